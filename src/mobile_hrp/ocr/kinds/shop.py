"""Shop receipts, Chinese and English: no code, no number by law; date and the amount payable."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score, found
from mobile_hrp.ocr.sheet import Piece, Sheet

_CUES = (
    ("合计", 0.6), ("总额", 1.0), ("实收", 0.6), ("找零", 1.2), ("收银", 1.0), ("小票", 1.0),
    ("单号", 0.4), ("应收", 0.6), ("应付", 0.6), ("数量", 0.3), ("TOTAL", 1.0), ("Total", 1.0),
    ("CASH", 0.8), ("Cash", 0.5), ("Change", 0.7), ("CHANGE", 0.7), ("SUBTOTAL", 0.8), ("GST", 0.8),
    ("TAXINVOICE", 0.8), ("Cashier", 0.8), ("Invoice", 0.4), ("Receipt", 0.6), ("RECEIPT", 0.6),
    ("THANKYOU", 0.6), ("ThankYou", 0.6),
)  # fmt: skip
_STRAY_CHARACTERS = 10
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
        labelled = bool(re.search(r"(?i)date|日期|时间", row.compact))
        timed = bool(re.search(r"\d{1,2}:\d\d", row.text))
        ranked.append((-(2.0 * labelled + timed), index, value, row.whole()))
    for _, _, value, piece in sorted(ranked, key=lambda item: item[:2])[:1]:
        match = re.search(r"\d[\d\-./年月A-Za-z ]{5,12}\d", piece.text)
        return found(sheet, "date", value, piece.sub(match) if match else piece)
    return []


def _total(sheet: Sheet) -> list[Found]:
    for pattern, strength in _PAYABLE:
        hits = [p for p in sheet.find_compact(pattern) if not _NOT_PAYABLE.search(p.row.compact)]
        for hit in reversed(hits):
            amount = _figure_right_of(sheet, hit)
            if amount:
                return found(sheet, "total", amount[0], amount[1], strength)
    return []


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
