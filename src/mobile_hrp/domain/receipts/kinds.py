"""The kinds of receipt a hospital reimburses. The value is what the API and the database store."""

import enum


class ReceiptKind(enum.StrEnum):
    DIGITAL_NORMAL = "digital_normal"  # 数电票（普通发票）
    DIGITAL_SPECIAL = "digital_special"  # 数电票（增值税专用发票）
    VAT_E_NORMAL = "vat_e_normal"  # 增值税电子普通发票
    VAT_E_SPECIAL = "vat_e_special"  # 增值税电子专用发票
    VAT_NORMAL = "vat_normal"  # 增值税普通发票（纸质）
    VAT_SPECIAL = "vat_special"  # 增值税专用发票（纸质）
    VAT_ROLL = "vat_roll"  # 增值税普通发票（卷票）
    RAIL_PAPER = "rail_paper"  # 火车票
    RAIL_E = "rail_e"  # 铁路电子客票
    TAXI = "taxi"  # 出租车发票
    TOLL = "toll"  # 通行费纸质票
    TOLL_E = "toll_e"  # 通行费通用（电子）发票
    QUOTA = "quota"  # 定额发票
    MACHINE_PRINTED = "machine_printed"  # 通用机打发票
    ITINERARY = "itinerary"  # 航空运输电子客票行程单
    BUS = "bus"  # 汽车客票
    MEDICAL_E = "medical_e"  # 医疗收费票据（电子）
    MEDICAL = "medical"  # 医疗收费票据（纸质）
    NONTAX_E = "nontax_e"  # 非税收入统一票据（电子）
    SHOP = "receipt"  # 购物小票
    UNKNOWN = "unknown"


DIGITAL_KINDS = frozenset({ReceiptKind.DIGITAL_NORMAL, ReceiptKind.DIGITAL_SPECIAL})
VAT_KINDS = frozenset(
    {
        ReceiptKind.VAT_E_NORMAL,
        ReceiptKind.VAT_E_SPECIAL,
        ReceiptKind.VAT_NORMAL,
        ReceiptKind.VAT_SPECIAL,
        ReceiptKind.VAT_ROLL,
    }
)
FISCAL_KINDS = frozenset({ReceiptKind.MEDICAL_E, ReceiptKind.MEDICAL, ReceiptKind.NONTAX_E})
# Totals printed once, in figures only: nothing on the paper can prove them.
UNPROVABLE_TOTAL_KINDS = frozenset({ReceiptKind.TAXI, ReceiptKind.SHOP, ReceiptKind.UNKNOWN})
