"""火车票: blue magnetic and red soft paper tickets. Number, date, train and fare; no words.

The ticket number stands at the top left (K123456, 47K123456); its letter and six digits return at
the end of the 21-character serial at the bottom. That proves them, but not what stands before them.
"""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import LOOSE, LOOSE_DATE, Found, KindRules, cue_score, found
from mobile_hrp.ocr.sheet import Piece, Sheet

NUMBER = r"(?<![0-9A-Z])[0-9A-Z]{0,3}[A-Z]\d{6}(?![0-9A-Z])"
SERIAL = r"\d{14}[A-Z]\d{6}(?![0-9])"
_TRAIN = r"(?<![0-9A-Z])(?:[GDCZTKYLS]\d{1,4}|[1-9]\d{3})(?![0-9A-Z])"
_IN_SERIAL = 7
"""Characters of the number that the serial repeats."""
_ONLY_DIGITS = 0.75
"""Four digits may be part of anything: reading them twice does not make them a train."""
_FARE = re.compile(r"[¥￥Y]? ?(\d{1,4}\.\d)(?!\d) ?元?")
_CUES = (
    ("中国铁路祝您旅途愉快", 3.0),
    ("限乘当日当次车", 2.5),
    ("仅供报销使用", 2.0),
    ("退票改签时须交回车站", 2.5),
    ("买票请到12306发货请到95306", 2.5),
    ("报销凭证遗失不补", 2.0),
    ("二等座", 1.0), ("一等座", 1.0), ("商务座", 1.0), ("硬座", 1.0), ("硬卧", 1.0), ("软卧", 1.0),
    ("无座", 0.7),
    ("检票:", 0.7),
)  # fmt: skip


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES, errors=2)
    if sheet.find(SERIAL):
        points += 2.0
    if sheet.find(r"\d月\d{1,2}日 ?\d\d:\d\d ?开"):
        points += 2.0
    if sheet.labels("电子客票") or sheet.labels("行程单"):
        points -= 3.0
    return points, ReceiptKind.RAIL_PAPER


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    date = _date(sheet)
    result = found(sheet, "date", *date) if date else []
    anchor = date[1] if date else None
    return result + _number(sheet, anchor) + _fare(sheet, anchor) + _train(sheet, anchor)


def _date(sheet: Sheet) -> tuple[str, Piece, float] | None:
    """The departure: the date that a clock time follows, else the first full date; its strength."""
    candidates = [
        (value, piece)
        for piece in sheet.find(
            r"(?:20|19)\d\d ?年? ?\d{1,2} ?月 ?\d{1,2} ?日?(?: ?\d\d ?[:：]? ?\d\d ?开?)?"
        )
        if (value := grammar.parse_date(piece.text))
    ]
    timed = [c for c in candidates if re.search(r"\d\d:?\d\d ?开?$", c[1].text)]
    if best := timed or candidates:
        return *best[0], 1.0
    for piece in sheet.find(LOOSE_DATE):
        value = grammar.parse_date(re.sub(r"\D", "", piece.text))
        if value and not piece.text.isdigit():
            return value, piece, LOOSE
    return None


def _number(sheet: Sheet, anchor: Piece | None) -> list[Found]:
    serials = {p.text[-7:]: p for p in sheet.find(SERIAL)}
    candidates = [p for p in sheet.find(NUMBER) if not re.search(SERIAL, p.row.text)]
    above = [p for p in candidates if anchor is None or p.middle < anchor.middle]
    result: list[Found] = []
    for piece in above or candidates:
        if piece.text[-_IN_SERIAL:] in serials:
            whole = len(piece.text) == _IN_SERIAL and not _follows_print(piece)
            result += found(sheet, "number", piece.text, piece)
            again = serials[piece.text[-_IN_SERIAL:]]
            return result + (found(sheet, "number", piece.text, again, 0.97) if whole else [])
    nearest = sorted(above or candidates, key=lambda p: -p.middle)
    for piece in nearest[:1]:
        result += found(sheet, "number", piece.text, piece, 0.97)
    return result


def _follows_print(piece: Piece) -> bool:
    """Whether letters or digits stand just before: the head of the number, cut off by a blank."""
    before = piece.row.text[: piece.start].rstrip()
    if not before or not before[-1].isalnum():
        return False
    return piece.x0 - piece.row.right[len(before) - 1] < piece.row.height


def _fare(sheet: Sheet, anchor: Piece | None) -> list[Found]:
    best: tuple[float, Piece] | None = None
    for row in sheet.rows:
        for piece in row.find(_FARE):
            marked = ("元" in piece.text) + (piece.text[0] in "¥￥")
            if not marked:
                continue
            near = (
                1.0
                if anchor is None
                else 1.0 / (1.0 + abs(piece.middle - anchor.middle) / row.height)
            )
            if best is None or marked + near > best[0]:
                best = (marked + near, piece)
    if best is None:
        return []
    match = _FARE.search(best[1].text)
    value = grammar.parse_money(match[1]) if match else None
    return found(sheet, "total", value, best[1])


def _train(sheet: Sheet, anchor: Piece | None) -> list[Found]:
    above = [
        piece
        for piece in sheet.find(_TRAIN)
        if (anchor is None or piece.middle < anchor.middle) and not _in_number(piece)
    ]
    lettered = [p for p in above if p.text[0].isalpha()]
    for piece in sorted(lettered or above, key=lambda p: -p.middle)[:1]:
        return found(sheet, "train", piece.text, piece, 1.0 if lettered else _ONLY_DIGITS)
    return []


def _in_number(piece: Piece) -> bool:
    return bool(re.search(r"检票|候车|车\d|号$", piece.cells[0].text if piece.cells else ""))


RULES = KindRules(
    name="rail_paper",
    fields=("number", "date", "total"),
    optional=("train",),
    score=score,
    extract=extract,
)
