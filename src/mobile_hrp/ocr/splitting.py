"""Several receipts in one photo: where to cut.

Papers that lie apart on a table are told by the picture, as far as their text says that they are
receipts. Otherwise the text is cut along blank lanes, and a cut is kept only when both sides stand
on their own: each names a number of its own, or a date and a total. So the two halves of one
invoice are never parted, and neighbours that touch are still told apart by what they say.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.ocr import papers
from mobile_hrp.ocr.engines.base import Pixels
from mobile_hrp.ocr.kinds import registry
from mobile_hrp.ocr.kinds.base import DATE
from mobile_hrp.ocr.sheet import Cell, Sheet

PARTS_MAX = 8
_ANY_DATE = rf"{DATE}|(?<![\d\-/])\d\d?[\-/]\d\d?[\-/]\d\d"
"""Year first, or day or month first, as on slips in English."""
_ANCHORS = ("number", "date", "total")
_CELLS_MIN = 5
_PAPER_CELLS_MIN = 4
_CUTS_TRIED = 10
_KIND_POINTS_MIN = 1.5
_LANE_HEIGHTS = 0.25
"""A blank lane narrower than this part of the text height is no lane."""


@dataclass(frozen=True, slots=True)
class Part:
    """One receipt of a photo: its text, and the part of the page that shows it (0..1)."""

    sheet: Sheet
    region: Box


def parts(sheet: Sheet, picture: Pixels | None = None) -> list[Part]:
    """The receipts on a sheet, in reading order; one that is the sheet when there is only one.

    ``picture`` is the page as it was photographed, before ``sheet.turns`` were applied.
    """
    whole = [Part(sheet, Box(sheet.page, 0, 0, 1, 1))]
    if len(sheet.cells) < 2 * _CELLS_MIN:
        return whole
    lying_apart = [] if picture is None else _by_paper(sheet, picture)
    if lying_apart:
        found = [part for one in lying_apart for part in _cut_further(one)]
    else:
        found = [Part(one, one.extent()) for one in _by_text(sheet)]
    return found if 1 < len(found) <= PARTS_MAX else whole


def _by_paper(sheet: Sheet, picture: Pixels) -> list[Part]:
    """Papers that show a receipt each; empty when they are not at least two."""
    sheets = papers.papers(picture)
    held: list[list[Cell]] = [[] for _ in sheets]
    for cell in sheet.cells:
        place = sheet.place(cell.box.quad)
        for paper, cells in zip(sheets, held, strict=True):
            if paper.holds(place):
                cells.append(cell)
                break
    found = []
    proven = 0
    for paper, cells in zip(sheets, held, strict=True):
        if len(cells) < _PAPER_CELLS_MIN:
            continue
        part = _part(sheet, cells)
        rules, kind, _ = registry.classify(part)
        known = kind is not ReceiptKind.UNKNOWN and rules.score(part)[0] >= _KIND_POINTS_MIN
        if known or len(cells) >= 2 * _CELLS_MIN:  # better asked about than lost
            found.append(Part(part, paper.region))
            proven += bool(_anchors(part))
    found.sort(key=lambda part: (part.region.y0 + part.region.y1, part.region.x0))
    return found if min(len(found), proven) > 1 else []


def _cut_further(part: Part) -> list[Part]:
    """Papers that touch look like one: their text may still tell them apart."""
    inner = _by_text(part.sheet)
    return [part] if len(inner) == 1 else [Part(one, one.extent()) for one in inner]


def _by_text(sheet: Sheet) -> list[Sheet]:
    if len(sheet.cells) < 2 * _CELLS_MIN or not _may_hold_several(sheet):
        return [sheet]
    best: tuple[int, Sheet, Sheet] | None = None
    for first, second in _cuts(sheet):
        completeness = _independent(first, second)
        if completeness > (best[0] if best else 0):
            best = completeness, first, second
    return [sheet] if best is None else [*_by_text(best[1]), *_by_text(best[2])]


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
    if one["kind"] is other["kind"] and bool(one.get("number")) != bool(other.get("number")):
        return 0  # two of a kind both have a number, or the kind has none
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
