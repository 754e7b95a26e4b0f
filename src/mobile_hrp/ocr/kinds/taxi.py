"""出租车发票: some hundred city layouts, printed in two passes that rarely line up.

The claim is what was paid: 实收金额 where it is printed (Beijing, Xining), else 金额. Because the
second print is shifted against the labels, amounts are told by their form and order, not by rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import LOOSE, LOOSE_DATE, Found, KindRules, cue_score, found
from mobile_hrp.ocr.sheet import Cell, Piece, Sheet

_CUES = (
    ("出租汽车", 2.0), ("出租车", 1.5), ("TAXI", 2.0), ("上车", 1.0), ("下车", 1.0), ("单价", 0.8),
    ("里程", 1.2), ("等候", 1.2), ("燃油附加费", 0.8), ("电召", 0.8), ("预约叫车服务费", 1.0),
    ("车号", 0.8), ("证号", 0.4), ("监督电话", 0.5), ("车费发票", 1.0), ("手写无效", 0.2),
    ("卡原额", 0.5), ("实收金额", 0.5),
)  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<mark>(?<![A-Za-z0-9])[¥￥Y$V]|[¥￥]|) ?"
    r"(?P<figure>\d{1,4} ?(?:\.{1,2} ?\d{1,2}|[·,\-] ?\d{2}))(?!\d) ?"
    r"(?P<unit>(?:元|兀|π|示|圆|n(?![a-z]))?)(?P<per>[/<]?(?:公里|km|KM)?)"
)
"""Points of dots come out as · , or - too; only a mark or a unit makes such figures an amount."""
_NO_POINT = re.compile(r"[¥￥Y$V] ?(?P<figure>\d{3,5})(?![\d.])")
_BARE = re.compile(r"(?<![\d.:\-])\d{1,4}\.\d0(?! ?[\d/元kK公])")
_BARE_FEN_MIN = 500
_SPOTTED = 0.94
"""For digits with a speck between them that was read as a point: it may be half a digit."""
_OF_OTHERS = re.compile(r"(?:电话|车牌|证件?|机器|卡) ?$")
"""What stands before 号码 when it is not the invoice's."""
_TOTAL_FEN_MAX = 300_000
_ROUNDING_FEN = 50
_YUAN_FEN = 100
_PARTS_MIN = 2
"""Amounts that a sum needs before it proves the total: the metered fare and a surcharge."""
_GUESS = 0.7


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("通行费") or sheet.labels("价税合计"):
        points -= 3.0
    return points, ReceiptKind.TAXI


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [*_code_and_number(sheet), *_date(sheet), *_total(sheet)]


def _code_and_number(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    code = _first_digits(sheet, ("发票代码", "票代码"), 12)
    if code:
        result += _digits_found(sheet, "code", *code)
    number = _first_digits(sheet, ("发票号码", "票号码", "号码"), 8)
    if not number and code:
        number = _under(sheet, code[1])
    if number:
        result += _digits_found(sheet, "number", *number)
    return result


def _digits_found(sheet: Sheet, name: str, digits: str, piece: Piece) -> list[Found]:
    spotted = re.search(r"[^\d ]", piece.text)
    return found(sheet, name, digits, piece, _SPOTTED if spotted else 1.0)


def _first_digits(sheet: Sheet, labels: tuple[str, ...], length: int) -> tuple[str, Piece] | None:
    """Digits after a label, else the first run of that length on the upper half of the paper."""
    run = re.compile(rf"(?<!\d)(?:\d ?){{{length}}}(?!\d)")
    spotted = re.compile(rf"(?<!\d)\d(?:[ .:·,']?\d){{{length - 1}}}(?!\d)")
    for label in labels:
        for hit in sheet.labels(label, errors=1 if len(label) > 3 else 0):  # noqa: PLR2004 - short label
            rest = hit.row.after(hit)
            if _OF_OTHERS.search(hit.row.before(hit).text):
                continue
            if match := run.search(rest.text) or spotted.search(rest.text):
                return re.sub(r"\D", "", match.group()), rest.sub(match)
    if length < 12:  # noqa: PLR2004 - an 8-digit run alone may be a licence or a date
        return None
    for row in sheet.rows:
        for piece in row.find(run):
            digits = piece.text.replace(" ", "")
            if sheet.relative_y(piece) < 0.6 and digits.startswith("1"):  # noqa: PLR2004 - upper part
                return digits, piece
    return None


def _under(sheet: Sheet, code: Piece) -> tuple[str, Piece] | None:
    """The 8 digits in the line below the code."""
    for cell in sheet.below(code, heights=2.5):
        piece = sheet.piece_of(cell)
        if match := re.search(r"(?<!\d)\d{8}(?!\d)", piece.text):
            return match.group(), piece.sub(match)
    return None


def _date(sheet: Sheet) -> list[Found]:
    for piece in sheet.find(r"20[0-4]\d ?[年\-./] ?\d{1,2} ?[月\-./] ?\d{1,2}(?!\d)"):
        value = grammar.parse_date(piece.text)
        if value and not _is_of_the_form(piece):
            return found(sheet, "date", value, piece)
    for piece in sheet.find(r"(?<!\d)[12]\d ?[\-./年] ?\d{1,2} ?[\-./月] ?\d{1,2}(?!\d)"):
        value = grammar.parse_short_date(piece.text)
        if value:
            return found(sheet, "date", value, piece, 0.95)
    for piece in sheet.find(LOOSE_DATE):
        value = grammar.parse_date(re.sub(r"\D", "", piece.text))
        bare = piece.text.isdigit() and "期" not in piece.row.text
        if value and not bare and not _is_of_the_form(piece):
            return found(sheet, "date", value, piece, LOOSE)
    return []


def _is_of_the_form(date: Piece) -> bool:
    """Whether the date tells when the form was printed or until when it may be used."""
    after = date.row.after(date).text.replace(" ", "")[:4]
    before = date.row.before(date).text.replace(" ", "")[-6:]
    return bool(re.search(r"印|^日?[前止起后]|^至", after) or re.search("有效|截[止至]", before))


def _total(sheet: Sheet) -> list[Found]:
    amounts = _amounts(sheet)
    if not amounts:
        return _unmarked(sheet)
    floor = _start_of_fare(sheet)
    late = [item for item in amounts if item[1].middle > floor]
    paid = _paid(sheet, late or amounts)
    if not paid:
        return []
    result = found(sheet, "total", paid.fen, paid.piece, paid.strength)
    if paid.is_sum:
        result += found(sheet, "lines_total", paid.fen, paid.piece)
    return result


def _amounts(sheet: Sheet) -> list[tuple[int, Piece]]:
    """Amounts from top to bottom; unit prices per kilometre and distances left out."""
    result = []
    for row in sheet.rows:
        for match in _AMOUNT.finditer(row.text):
            if match["per"] or not (match["mark"] or match["unit"]):
                continue
            figure = re.sub(r"[.·,\-]+", ".", match["figure"].replace(" ", ""))
            value = grammar.parse_money(figure)
            if value and value <= _TOTAL_FEN_MAX:
                result.append((value, Piece(row, match.start(), match.end())))
    return result


def _unmarked(sheet: Sheet) -> list[Found]:
    """A guess where no mark of money is readable: the lowest figure that no unit price can be.

    Its first digit of three is more likely a faint ¥ than the hundreds of a fare.
    """
    for row in reversed(sheet.rows):
        for piece in row.find(_BARE):
            value = grammar.parse_money(re.sub(r"^\d(?=\d{2,}\.)", "", piece.text))
            if value and _BARE_FEN_MIN <= value <= _TOTAL_FEN_MAX:
                return found(sheet, "total", value, piece, _GUESS)
    return []


def _start_of_fare(sheet: Sheet) -> float:
    """The height of the unit price or distance: the fare is printed below it."""
    heights = [p.middle for label in ("单价", "里程") for p in sheet.labels(label)]
    return max(heights, default=0.0)


@dataclass(frozen=True, slots=True)
class _Paid:
    """What was paid. ``is_sum``: fare and surcharges on the paper add up to it."""

    fen: int
    piece: Piece
    strength: float
    is_sum: bool = False


def _paid(sheet: Sheet, amounts: list[tuple[int, Piece]]) -> _Paid | None:
    if _has_surcharges(sheet):
        return _received(sheet, amounts)
    card = [p.middle for label in ("卡号", "原额", "余额") for p in sheet.labels(label)]
    fare = _nearest(sheet, amounts)
    if fare:
        return _Paid(*fare, 1.0)
    before_card = [a for a in amounts if not card or a[1].middle < min(card)]
    best = before_card or amounts
    return _Paid(*best[0], 0.9)


def _has_surcharges(sheet: Sheet) -> bool:
    """Forms that print the metered fare, surcharges and, last, what was received."""
    phrases = ("实收金额", "燃油附加费", "预约叫车服务费", "surcharge", "Surcharge")
    return bool(sheet.labels("实收")) or any(
        sheet.labels(phrase, errors=1 if len(phrase) < 5 else 2)  # noqa: PLR2004 - longer ones blur more
        for phrase in phrases
    )


def _received(sheet: Sheet, amounts: list[tuple[int, Piece]]) -> _Paid:
    """实收: fare and surcharges together, rounded to the yuan. The sum tells which one it is.

    Without a sum that fits, the amount is only a guess: what the amounts come to, unless the last
    one is already more than the others (then it is the total, and a surcharge was not readable).
    """
    for value, piece in (*_pointless(sheet, amounts), *reversed(amounts)):
        parts = [v for v, p in amounts if p is not piece and p.middle < piece.middle]
        if parts and abs(sum(parts) - value) <= _ROUNDING_FEN:
            whole = value % _YUAN_FEN == 0 and len(parts) >= _PARTS_MIN
            return _Paid(value, piece, 1.0, is_sum=whole)
    *parts, last = [value for value, _ in amounts]
    comes_to = last if last > sum(parts) else _whole_yuan(sum(parts) + last)
    return _Paid(comes_to, amounts[-1][1], _GUESS)


def _pointless(sheet: Sheet, amounts: list[tuple[int, Piece]]) -> Iterator[tuple[int, Piece]]:
    """Whole amounts below the others whose point was not read (¥3100): a sum may explain them."""
    lowest = max(piece.middle for _, piece in amounts)
    for row in sheet.rows:
        for match in _NO_POINT.finditer(row.text):
            value = int(match["figure"])
            if row.middle > lowest and value % _YUAN_FEN == 0 and value <= _TOTAL_FEN_MAX:
                yield value, Piece(row, match.start(), match.end())


def _whole_yuan(fen: int) -> int:
    return (fen + _ROUNDING_FEN) // _YUAN_FEN * _YUAN_FEN


def _nearest(sheet: Sheet, amounts: list[tuple[int, Piece]]) -> tuple[int, Piece] | None:
    """The amount closest to the label 金额, above or below it: the print is shifted."""
    labels = sheet.labels("金额")
    if not labels:
        return None
    label = labels[0]
    near = min(amounts, key=lambda item: abs(item[1].middle - label.middle))
    return near if abs(near[1].middle - label.middle) < 2.5 * _line_height(sheet, label) else None


def _line_height(sheet: Sheet, piece: Piece) -> float:
    cells: list[Cell] = piece.cells
    return cells[0].height if cells else sheet.height / 40


RULES = KindRules(
    name="taxi",
    fields=("number", "code", "date", "total"),
    score=score,
    extract=extract,
)
