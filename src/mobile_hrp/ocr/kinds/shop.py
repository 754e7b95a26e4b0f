"""Shop receipts, Chinese and English: no code, no number by law; date and the amount payable."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score, found, money_pieces
from mobile_hrp.ocr.sheet import Piece, Sheet

_CUES = (
    ("合计", 0.6), ("总额", 1.0), ("实收", 0.6), ("找零", 1.2), ("收银", 1.0), ("小票", 1.0),
    ("单号", 0.4), ("应收", 0.6), ("应付", 0.6), ("数量", 0.3), ("TOTAL", 1.0), ("Total", 1.0),
    ("CASH", 0.8), ("Cash", 0.5), ("Change", 0.7), ("CHANGE", 0.7), ("SUBTOTAL", 0.8), ("GST", 0.8),
    ("TAXINVOICE", 0.8), ("Cashier", 0.8), ("Invoice", 0.4), ("Receipt", 0.6), ("RECEIPT", 0.6),
    ("THANKYOU", 0.6), ("ThankYou", 0.6),
    ("商户名称", 0.8), ("持卡人", 0.8), ("交易日期", 0.6), ("交易时间", 0.4), ("流水号", 0.4),
)  # fmt: skip
_STRAY_CHARACTERS = 10
_EITHER_WAY = 0.94
"""05-06-2018 may be June or May, and a bare date anything: reading it twice is no proof of it."""
_OTHER_DATE = re.compile(
    r"(?i)exp(ir|:)|due|valid|birth|dob|member|updat|best|有效|到期|截止|出生|生产|保质|入会"
)
"""Words of dates that are not the day of sale."""
_STROKE_FEN_MIN = 10_000
_UNEXPLAINED = 0.88
_FIGURE = r"-?\d{1,3}(?:,\d{3})+\.\d{2}(?!\d)|-?\d{1,7}\.\d{2}(?!\d)"
# What the customer owes, strongest first. "Total" alone comes after the rounded and inclusive ones.
_PAYABLE: tuple[tuple[str, float], ...] = (
    (r"折后总额|应付金额|应付|实付金额|实付|应收金额|应收", 1.0),
    (r"(?i)(total|amount)(amount)?(payable|due)|nett?total|grandtotal|balancedue", 1.0),
    (r"(?i)total(sales)?\(?incl?u?s?i?v?e?(of)?\.?gst\)?|total\(?rm\)?incl", 0.97),
    (r"(?i)rounded?total|totalafterrounding|total\(rounded\)", 1.0),
    (r"总额|总计|合计金额|合计|总价", 0.95),
    (r"(?i)(?<!sub)(?<!sub-)total(amount|sales)?", 0.93),
    (r"实收|现金", 0.85),
    (r"(?i)cash|visa|amount", 0.8),
)
_NOT_PAYABLE = re.compile(
    r"(?i)sub-?total|excl|discount|qty|quantity|item|saving|0%|6%|tax(?!.*incl)|summary|数量|件数"
)


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = min(cue_score(sheet, _CUES, errors=0), 4.0)
    if sheet.labels("发票代码", errors=1) or sheet.labels("价税合计", errors=1):
        points -= 2.0
    return points, ReceiptKind.SHOP


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return _date(sheet) + _total(sheet)


def _date(sheet: Sheet) -> list[Found]:
    """The date of sale: labelled or followed by a time first.

    English receipts put the day first, except in the USA (sales written with $).
    """
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in sheet.text) > _STRAY_CHARACTERS
    dollars = "$" in sheet.text
    ranked: list[tuple[float, int, str, Piece]] = []
    for index, row in enumerate(sheet.rows):
        value = grammar.parse_date(row.text, day_first=not (chinese or dollars))
        if value is None:
            continue
        if _OTHER_DATE.search(row.compact):
            continue
        labelled = bool(re.search(r"(?i)date|日期|时间", row.compact))
        timed = bool(re.search(r"\d{1,2}:\d\d", row.text))
        ranked.append((-(2.0 * labelled + timed), index, value, row.whole()))
    for rank, _, value, piece in sorted(ranked, key=lambda item: item[:2])[:1]:
        match = re.search(r"\d[\d\-./年月A-Za-z ]{5,12}\d", piece.text)
        several = len({other for order, _, other, _ in ranked if order == rank}) > 1
        unsure = not rank or several or grammar.is_ambiguous_date(piece.text)
        strength = _EITHER_WAY if unsure else 1.0
        return found(sheet, "date", value, piece.sub(match) if match else piece, strength)
    return []


def _total(sheet: Sheet) -> list[Found]:
    for pattern, strength in _PAYABLE:
        hits = [p for p in sheet.find_compact(pattern) if not _NOT_PAYABLE.search(p.row.compact)]
        for hit in reversed(hits):
            amount = _figure_right_of(sheet, hit)
            if amount:
                value, explained = _explained(sheet, *amount)
                return found(sheet, "total", value, amount[1], strength * explained)
    return []


def _explained(sheet: Sheet, value: int, piece: Piece) -> tuple[int, float]:
    """The total, or what the other figures make of it without a stroke before it; its strength."""
    if _is_explained(sheet, value, piece):
        return value, 1.0
    shorter = int(str(value)[1:])
    if value >= _STROKE_FEN_MIN and _is_explained(sheet, shorter, piece):
        return shorter, _UNEXPLAINED
    return value, _UNEXPLAINED


def _is_explained(sheet: Sheet, total: int, piece: Piece) -> bool:
    """Whether other figures of the paper lead to the total.

    It stands there again (paid in cash), it is a sum or difference of two others (with tax, after
    rounding), or all lines above add up. The stroke of a pen beside a figure looks like one more
    digit to every reader; nothing else on the paper agrees with it then.
    """
    others = [value for value, other in _figures(sheet) if not _same_place(other, piece)]
    above = [
        v for v, other in _figures(sheet) if other.middle < piece.middle - piece.row.height / 2
    ]
    if not others:
        return True  # a slip with one figure: there is nothing that could explain it
    if total in others or total == sum(above):
        return True
    known = set(others)
    return any(total - value in known or total + value in known for value in known)


def _figures(sheet: Sheet) -> list[tuple[int, Piece]]:
    return money_pieces(sheet, _FIGURE)


def _same_place(first: Piece, second: Piece) -> bool:
    return first.row is second.row and first.start < second.end and second.start < first.end


def _figure_right_of(sheet: Sheet, label: Piece) -> tuple[int, Piece] | None:
    """The last figure of the label's row, or of a row at its height (columns drift)."""
    rows = [label.row] + [
        row
        for row in sheet.rows
        if row is not label.row
        and abs(row.middle - label.middle) < 0.7 * label.row.height
        and row.x0 > label.x1
    ]
    for row in rows:
        rest = row.after(label) if row is label.row else row.whole()
        matches = list(re.finditer(_FIGURE, rest.text))
        if matches:
            piece = rest.sub(matches[-1])
            value = grammar.parse_money(piece.text)
            if value is not None and value > 0:
                return value, piece
    return None


RULES = KindRules(
    name="receipt",
    fields=("date", "total"),
    score=score,
    extract=extract,
)
