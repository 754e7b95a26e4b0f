"""通行费: the provincial electronic form (code, number, words) and paper slips of the booths."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score, first_date, found, money_pieces
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("车辆通行费", 2.5), ("通行费", 1.5), ("通行费通用", 2.0), ("入口站", 1.0),
    ("出口站", 1.0), ("收费站", 1.0), ("高速公路", 0.8), ("车型", 0.4), ("收费员", 0.8),
    ("入口", 0.3), ("出口", 0.3),
)  # fmt: skip


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("增值税电子", errors=0):
        points -= 4.0
    electronic = bool(sheet.labels("电子")) and bool(sheet.labels("价税合计", errors=1))
    return points, ReceiptKind.TOLL_E if electronic else ReceiptKind.TOLL


def extract(sheet: Sheet, kind: ReceiptKind) -> list[Found]:
    if kind is ReceiptKind.TOLL_E:
        return [
            *invoice.code_and_number(sheet),
            *invoice.issue_date(sheet),
            *[item for item in invoice.totals(sheet) if item.name in {"total", "words"}],
            *invoice.parties(sheet, side_by_side=False),
        ]
    return [*invoice.code_and_number(sheet), *first_date(sheet), *_paid(sheet)]


def _paid(sheet: Sheet) -> list[Found]:
    for label in ("实收金额", "金额", "收费", "通行费"):
        for hit in sheet.labels(label):
            rest = hit.row.after(hit)
            if match := re.search(r"\d{1,5}(?:\.\d{1,2})?(?= ?元|$)", rest.text):
                figure = match.group()
                value = grammar.parse_money(figure if "." in figure else f"{figure}.00")
                return found(sheet, "total", value, rest.sub(match))
    return [
        item
        for value, piece in money_pieces(sheet)[-1:]
        for item in found(sheet, "total", value, piece, 0.9)
    ]


RULES = KindRules(
    name="toll",
    fields=("number", "code", "date", "total"),
    optional=("seller", "seller_tax", "buyer", "buyer_tax"),
    score=score,
    extract=extract,
)
