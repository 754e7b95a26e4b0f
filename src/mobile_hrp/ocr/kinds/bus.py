"""汽车客票: coach and bus tickets with code and number, a fare and a travel date."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import (
    DATE,
    Found,
    KindRules,
    after_label,
    cue_score,
    first_date,
    found,
    money_pieces,
)
from mobile_hrp.ocr.sheet import Piece, Sheet

_CUES = (
    ("汽车客票", 3.0), ("道路汽车客票", 3.0), ("客运", 1.0), ("乘车日期", 1.5), ("开车时间", 1.2),
    ("检票口", 0.8), ("座号", 0.8), ("票价", 1.0), ("到站", 0.8), ("公交", 1.2), ("车次", 0.5),
)  # fmt: skip


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("中国铁路", errors=0) or sheet.labels("行程单"):
        points -= 3.0
    return points, ReceiptKind.BUS


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    result: list[Found] = []
    for name, length in (("code", 12), ("number", 8)):
        runs = sheet.find(rf"(?<![\d.])\d{{{length}}}(?![\d.])")
        piece = next((run for run in runs if not _is_something_else(run)), None)
        if piece:
            result += found(sheet, name, piece.text, piece)
    return result + _date(sheet) + _fare(sheet)


def _date(sheet: Sheet) -> list[Found]:
    """The day of travel; papers also tell when they were sold."""
    for label in ("乘车日期", "发车日期", "开车时间", "发车时间", "乘车时间"):
        for piece in after_label(sheet, (label,), DATE, rows_below=1):
            return found(sheet, "date", grammar.parse_date(piece.text), piece)
    return first_date(sheet)


def _is_something_else(run: Piece) -> bool:
    """A date without separators, or the number of a telephone."""
    telephone = re.search(r"(?:电话|热线|Tel)\W*$", run.row.before(run).text)
    return bool(telephone) or grammar.parse_date(run.text) is not None


def _fare(sheet: Sheet) -> list[Found]:
    """票价, which already includes the fuel surcharge printed beside it."""
    for label in ("票价", "全票", "金额"):
        for hit in sheet.labels(label):
            rest: Piece = hit.row.after(hit)
            if match := re.search(r"\d{1,4}\.\d{1,2}(?!\d)|\d{1,4}(?= ?元)", rest.text):
                figure = match.group()
                value = grammar.parse_money(figure if "." in figure else f"{figure}.00")
                return found(sheet, "total", value, rest.sub(match))
    largest = max(money_pieces(sheet), key=lambda item: item[0], default=None)
    return found(sheet, "total", largest[0], largest[1], 0.85) if largest else []


RULES = KindRules(
    name="bus",
    fields=("number", "code", "date", "total"),
    score=score,
    extract=extract,
)
