"""航空运输电子客票行程单: on paper, and as a 数电票 since December 2024.

Total = fare + civil aviation fund + fuel surcharge + other taxes: the printed sum proves itself.
"""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import Found, KindRules, after_label, cue_score, dates, found
from mobile_hrp.ocr.sheet import Cell, Piece, Sheet

_CUES = (
    ("航空运输电子客票行程单", 5.0), ("ITINERARY", 2.0), ("民航发展基金", 2.0), ("燃油附加费", 1.0),
    ("承运人", 1.0), ("航班号", 1.0), ("印刷序号", 0.8), ("填开日期", 0.6),
)  # fmt: skip
_FIGURE = re.compile(r"(?:CNY|CN|YQ)? ?(\d{1,6}\.\d\d)(?!\d)")
_PARTS = (
    ("fare", ("票价", "FARE")),
    ("caac_fund", ("民航发展基金", "CAACDEVELOPMENTFUND")),
    ("fuel_surcharge", ("燃油附加费", "FUELSURCHARGE")),
    ("total", ("合计", "TOTAL")),
)


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("上车") or sheet.labels("出租"):
        points -= 4.0
    return points, ReceiptKind.ITINERARY


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [*_number(sheet), *_date(sheet), *_amounts(sheet), *_flight(sheet)]


def _number(sheet: Sheet) -> list[Found]:
    digital = invoice.digital_number(sheet)
    if digital:
        return digital
    for piece in after_label(sheet, ("电子客票号码", "E-TICKETNO"), r"(?<!\d)\d{3}-?\d{10}(?!\d)"):
        return found(sheet, "number", piece.text.replace("-", ""), piece)
    for piece in sheet.find(r"(?<!\d)\d{3}-?\d{10}(?!\d)"):
        return found(sheet, "number", piece.text.replace("-", ""), piece, 0.95)
    return []


def _date(sheet: Sheet) -> list[Found]:
    for hit in (*sheet.labels("填开日期"), *sheet.labels("开票日期")):
        value = grammar.parse_date(hit.row.after(hit).text)
        if value:
            return found(sheet, "date", value, hit.row.after(hit).until_gap(6))
    return [
        item
        for value, piece in dates(sheet)[-1:]
        for item in found(sheet, "date", value, piece, 0.9)
    ]


def _amounts(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for name, labels in _PARTS:
        piece = next((p for label in labels if (p := _figure(sheet, label))), None)
        if piece and (match := _FIGURE.search(piece.text)):
            result += found(sheet, name, grammar.parse_money(match[1]), piece)
    values = {item.name: int(item.value) for item in result}
    parts = sum(values.get(name, 0) for name in ("fare", "caac_fund", "fuel_surcharge"))
    if "total" in values and "fare" in values and parts == values["total"]:
        printed = next(item for item in result if item.name == "total")
        result.append(Found("lines_total", printed.value, printed.score, printed.box))
    return result


def _figure(sheet: Sheet, label: str) -> Piece | None:
    """The amount in the column under a label, else to its right."""
    for hit in sheet.labels(label):
        cells: list[Cell] = sheet.below(hit, heights=3.0)
        for cell in cells:
            piece = sheet.piece_of(cell)
            if match := _FIGURE.search(piece.text):
                return piece.sub(match)
        rest = hit.row.after(hit).until_gap(6)
        if match := _FIGURE.search(rest.text):
            return rest.sub(match)
    return None


def _flight(sheet: Sheet) -> list[Found]:
    for piece in sheet.find(r"(?<![0-9A-Z])[A-Z][A-Z0-9]\d{3,4}(?![0-9A-Z])"):
        return found(sheet, "flight", piece.text, piece)
    return []


RULES = KindRules(
    name="itinerary",
    fields=("number", "date", "total"),
    optional=("fare", "caac_fund", "fuel_surcharge", "flight"),
    score=score,
    extract=extract,
)
