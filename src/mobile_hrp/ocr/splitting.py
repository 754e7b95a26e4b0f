"""Several receipts in one photo: where to cut.

The text is cut along blank lanes, and a cut is kept only when both sides stand on their own: each
names a number of its own, or a date and a total. So the two halves of one invoice are never parted,
and neighbours that touch are still told apart by what they say.
"""

import statistics
from collections.abc import Iterator

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import registry
from mobile_hrp.ocr.kinds.base import DATE
from mobile_hrp.ocr.sheet import Cell, Sheet

PARTS_MAX = 8
_ANY_DATE = rf"{DATE}|(?<![\d\-/])\d\d?[\-/]\d\d?[\-/]\d\d"
"""Year first, or day or month first, as on slips in English."""
_ANCHORS = ("number", "date", "total")
_CELLS_MIN = 5
_CUTS_TRIED = 10
_KIND_POINTS_MIN = 1.5
_LANE_HEIGHTS = 0.25
"""A blank lane narrower than this part of the text height is no lane."""


def parts(sheet: Sheet) -> list[Sheet]:
    """The receipts on a sheet, in reading order; the sheet itself when there is only one."""
    if len(sheet.cells) < 2 * _CELLS_MIN or not _may_hold_several(sheet):
        return [sheet]
    best: tuple[int, Sheet, Sheet] | None = None
    for first, second in _cuts(sheet):
        completeness = _independent(first, second)
        if completeness > (best[0] if best else 0):
            best = completeness, first, second
    if best is None:
        return [sheet]
    found = [*parts(best[1]), *parts(best[2])]
    return found if len(found) <= PARTS_MAX else [sheet]


def _may_hold_several(sheet: Sheet) -> bool:
    """A cheap look before trying cuts: two dates, or two numbers of one form."""
    if len(sheet.find(_ANY_DATE)) > 1:
        return True
    numbers = sheet.find(r"(?<![\d.])(?:\d{20}|\d{12}|\d{10})(?![\d.])")
    return any(
        len({piece.text for piece in numbers if len(piece.text) == length}) > 1
        for length in (10, 12, 20)
    )


def _cuts(sheet: Sheet) -> Iterator[tuple[Sheet, Sheet]]:
    """Pairs of halves, the widest lane first."""
    height = statistics.median(cell.height for cell in sheet.cells)
    lanes: list[tuple[float, list[Cell], list[Cell]]] = []
    for sideways in (True, False):
        ordered = sorted(sheet.cells, key=lambda c: c.x0 if sideways else c.y0)
        end = float("-inf")
        for index, cell in enumerate(ordered):
            start, stop = (cell.x0, cell.x1) if sideways else (cell.y0, cell.y1)
            lane = (start - end) / height
            enough = _CELLS_MIN <= index <= len(ordered) - _CELLS_MIN
            if enough and lane > _LANE_HEIGHTS:
                lanes.append((lane, ordered[:index], ordered[index:]))
            end = max(end, stop)
    for _, first, second in sorted(lanes, key=lambda item: -item[0])[:_CUTS_TRIED]:
        yield _part(sheet, first), _part(sheet, second)


def _part(sheet: Sheet, cells: list[Cell]) -> Sheet:
    boxes = [cell.box for cell in cells]
    return Sheet(
        sheet.width, sheet.height, boxes, reader=sheet.reader, page=sheet.page, turns=sheet.turns
    )


def _independent(first: Sheet, second: Sheet) -> int:
    """0 unless both sides are receipts of their own; else how much of them is there (4 to 6)."""
    one, other = _anchors(first), _anchors(second)
    if not one or not other:
        return 0
    slip = ReceiptKind.SHOP
    slips = one["kind"] is slip and other["kind"] is slip
    if slips and one.get("date") == other.get("date") and not _side_by_side(first, second):
        return 0  # a long slip repeats its date and its sums further down
    if one.get("number") and one.get("number") == other.get("number"):
        return 0
    return sum(name in side for side in (one, other) for name in _ANCHORS)


def _side_by_side(first: Sheet, second: Sheet) -> bool:
    return max(c.x1 for c in first.cells) <= min(c.x0 for c in second.cells)


def _anchors(sheet: Sheet) -> dict[str, object]:
    """What makes a part a receipt: two of number, date and total. Else empty."""
    rules, kind, _ = registry.classify(sheet)
    if kind is ReceiptKind.UNKNOWN or rules.score(sheet)[0] < _KIND_POINTS_MIN:
        return {}
    values: dict[str, object] = {"kind": kind}
    for found in rules.extract(sheet, kind):
        values.setdefault(found.name, found.value)
    if "words" in values:
        values.setdefault("total", values["words"])
    held = sum(name in values for name in _ANCHORS)
    return values if held >= 2 else {}  # noqa: PLR2004 - two of the three
