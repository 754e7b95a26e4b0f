"""Every kind we read. A new kind is a new module and one line here."""

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import (
    bus,
    digital,
    fiscal,
    itinerary,
    machine_printed,
    quota,
    rail_e,
    rail_paper,
    roll,
    shop,
    taxi,
    toll,
    vat,
)
from mobile_hrp.ocr.kinds.base import KindRules
from mobile_hrp.ocr.sheet import Sheet

RULES: tuple[KindRules, ...] = (
    digital.RULES,
    rail_e.RULES,
    vat.RULES,
    roll.RULES,
    toll.RULES,
    fiscal.RULES,
    itinerary.RULES,
    quota.RULES,
    machine_printed.RULES,
    rail_paper.RULES,
    taxi.RULES,
    bus.RULES,
    shop.RULES,
)
_CERTAIN_POINTS = 5.0
_LEAST_POINTS = 1.0


def classify(sheet: Sheet) -> tuple[KindRules, ReceiptKind, float]:
    """The best fitting kind with a confidence 0..1; shop rules with UNKNOWN when nothing fits."""
    scored = [(*rules.score(sheet), rules) for rules in RULES]
    points, kind, rules = max(scored, key=lambda item: item[0])
    if points < _LEAST_POINTS:
        return shop.RULES, ReceiptKind.UNKNOWN, 0.0
    runner_up = max(other for other, _, candidate in scored if candidate is not rules)
    margin = min(1.0, max(0.0, points - max(runner_up, 0.0)) / 2)
    return rules, kind, round(min(1.0, points / _CERTAIN_POINTS) * (0.5 + 0.5 * margin), 3)


def rules_of(kind: ReceiptKind) -> KindRules:
    """The rules that read a kind whose name is known from an e-file or a code."""
    return _BY_KIND[kind]


_BY_KIND: dict[ReceiptKind, KindRules] = {
    ReceiptKind.DIGITAL_NORMAL: digital.RULES,
    ReceiptKind.DIGITAL_SPECIAL: digital.RULES,
    ReceiptKind.VAT_E_NORMAL: vat.RULES,
    ReceiptKind.VAT_E_SPECIAL: vat.RULES,
    ReceiptKind.VAT_NORMAL: vat.RULES,
    ReceiptKind.VAT_SPECIAL: vat.RULES,
    ReceiptKind.VAT_ROLL: roll.RULES,
    ReceiptKind.RAIL_PAPER: rail_paper.RULES,
    ReceiptKind.RAIL_E: rail_e.RULES,
    ReceiptKind.TAXI: taxi.RULES,
    ReceiptKind.TOLL: toll.RULES,
    ReceiptKind.TOLL_E: toll.RULES,
    ReceiptKind.QUOTA: quota.RULES,
    ReceiptKind.MACHINE_PRINTED: machine_printed.RULES,
    ReceiptKind.ITINERARY: itinerary.RULES,
    ReceiptKind.BUS: bus.RULES,
    ReceiptKind.MEDICAL_E: fiscal.RULES,
    ReceiptKind.MEDICAL: fiscal.RULES,
    ReceiptKind.NONTAX_E: fiscal.RULES,
    ReceiptKind.SHOP: shop.RULES,
    ReceiptKind.UNKNOWN: shop.RULES,
}
