"""增值税普通发票（卷票): a till slip with labelled lines, words and figures, no tax columns."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import (
    MONEY,
    Found,
    KindRules,
    after_label,
    cue_score,
    found,
    tax_ids,
    title_text,
    words_found,
)
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("(卷票)", 4.0), ("增值税普通发票", 1.0), ("销售方名称", 1.5), ("购买方名称", 0.7),
    ("销售方税号", 1.5), ("收款员", 1.0), ("机器编号", 0.5), ("合计金额", 0.5),
)  # fmt: skip


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("货物或应税劳务", errors=1) or sheet.labels("电子发票"):
        points -= 3.0
    return points, ReceiptKind.VAT_ROLL


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [
        *invoice.code_and_number(sheet),
        *invoice.issue_date(sheet),
        *invoice.check_code(sheet),
        *total_and_words(sheet),
        *_party(sheet, "seller", "销售方"),
        *_party(sheet, "buyer", "购买方"),
    ]


def total_and_words(sheet: Sheet) -> list[Found]:
    """The total in figures and the amount in words, from their labels."""
    result = words_found(sheet)
    for piece in after_label(sheet, ("(小写)", "小写"), MONEY, errors=0):
        return result + found(sheet, "total", grammar.parse_money(piece.text), piece)
    return result


def _party(sheet: Sheet, role: str, title: str) -> list[Found]:
    result: list[Found] = []
    for piece in after_label(
        sheet, (f"{title}名称",), r"[\u4e00-\u9fffA-Za-z0-9()·]{2,40}", errors=1
    ):
        result += found(sheet, role, title_text(piece.text), piece)
        break
    for label in (f"{title}税号", f"{title}纳税人识别号"):
        for hit in sheet.labels(label, errors=1):
            for value, piece in tax_ids(hit.row.after(hit))[:1]:
                result += found(sheet, f"{role}_tax", value, piece)
    return [item for item in result if not re.fullmatch(r"[:\s]*", str(item.value))]


RULES = KindRules(
    name="vat_roll",
    fields=("number", "code", "date", "total", "seller", "seller_tax"),
    optional=("check", "buyer", "buyer_tax"),
    score=score,
    extract=extract,
)
