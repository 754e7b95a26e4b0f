"""Optical reading of one page: orientation, the cascade of models, and picture quality.

The cascade reads a page with the tiny models, then reads only the lines that matter again with the
small recogniser (a second, independent opinion), and only when core fields are still open reads the
whole page with the small models.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from mobile_hrp.domain.receipts.kinds import (
    DIGITAL_KINDS,
    FISCAL_KINDS,
    VAT_KINDS,
    ReceiptKind,
)
from mobile_hrp.domain.receipts.reading import CORE_FIELDS, Box, FieldState, Notice, Reading
from mobile_hrp.ocr.engines import rapid, tesseract
from mobile_hrp.ocr.engines.base import EngineMissingError, Pixels
from mobile_hrp.ocr.kinds.base import KindRules
from mobile_hrp.ocr.sheet import Quad, Sheet, TextBox

PAGE_SIDE_PIXELS = 1280
_SHARPNESS_MIN = 450.0
_BRIGHTNESS_MIN = 60.0
_EDGE_PIXELS = 6
_INK_DARKER = 60
"""Grey levels below the paper beside it."""
_CUT_LINES_MIN = 2
_RULE_PIXELS, _RULE_DARKER, _RULE_UNBROKEN = 40, 25, 0.97
_PAPER_GREY = 110
_FRAMED_KINDS = (DIGITAL_KINDS | VAT_KINDS | FISCAL_KINDS | {ReceiptKind.TOLL_E}) - {
    ReceiptKind.VAT_ROLL
}
_TEXT_SCORE_MIN = 0.5
_CERTAIN = 0.97
_CLEAR = 0.9
_LABEL_LENGTH = 4
_POOR = 0.85
_SAME_PLACE = 0.6
_SMALL_PAGE_PIXELS = 900
_ENLARGED = 2
_TAX_ID: Final = re.compile(r"[0-9A-Za-z]{10,}")
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {"buyer_tax": _TAX_ID, "seller_tax": _TAX_ID}
"""What a line that was read passably holds of a field, for those that few lines can hold."""
_PLAIN = "rapidocr"
ENGINES = ("auto", "tiny", "small", _PLAIN, "tesseract")


@dataclass(frozen=True, slots=True)
class Page:
    """A picture at reading size."""

    pixels: Pixels

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def prepare(picture: Pixels, engine: str = "auto") -> Page:
    """Downscale to the size at which the models read best (larger costs more and gains nothing).

    RapidOCR as it is shipped gets the picture as it is and scales by its own settings.
    """
    if engine == _PLAIN:
        return Page(picture)
    side = max(picture.shape[:2])
    if side <= PAGE_SIDE_PIXELS:
        return Page(picture)
    factor = PAGE_SIDE_PIXELS / side
    smaller = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return Page(np.asarray(smaller, dtype=np.uint8))


def quality_notices(page: Page) -> tuple[Notice, ...]:
    """Hints for taking the photo again. Never a refusal: faded paper also looks blurred."""
    grey = cv2.cvtColor(page.pixels, cv2.COLOR_BGR2GRAY)
    notices = []
    if float(np.percentile(grey, 90)) < _BRIGHTNESS_MIN:
        notices.append(Notice("RECEIPT_PHOTO_DARK"))
    laplacian = cv2.Laplacian(grey, cv2.CV_64F) ** 2
    blocks = cv2.resize(
        laplacian,
        (max(1, page.width // 32), max(1, page.height // 32)),
        interpolation=cv2.INTER_AREA,
    )
    if float(np.percentile(blocks, 95)) < _SHARPNESS_MIN:
        notices.append(Notice("RECEIPT_PHOTO_BLURRED"))
    return tuple(notices)


def cut_off_notices(page: Page, sheet: Sheet, kind: ReceiptKind) -> tuple[Notice, ...]:
    """A hint when print runs into the edge of the picture: part of the receipt is not on it.

    Print is text, or the rules of the frame that a form has (on a slip they would be the grain of
    the table below it). One line may end there by chance (another
    paper below it); several on one side do not. Ink must reach the outermost pixels: a scan that
    is trimmed close to the text is whole.
    """
    pixels = np.ascontiguousarray(np.rot90(page.pixels, sheet.turns))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    # Four views of the picture, each with another side on the left.
    sides = (grey, grey[:, ::-1], grey.T, grey.T[:, ::-1])
    cut = [0, 0, 0, 0]
    for box in sheet.boxes:
        x0, y0, x1, y1 = _extent(box.quad)
        along = ((y0, y1), (y0, y1), (x0, x1), (x0, x1))
        gaps = (x0, sheet.width - x1, y0, sheet.height - y1)
        for side, (gap, span) in enumerate(zip(gaps, along, strict=True)):
            cut[side] += gap <= _EDGE_PIXELS and _ink_at_edge(sides[side], *span)
    if kind in _FRAMED_KINDS:
        cut += [_rules_at_edge(side) for side in sides]
    return (Notice("RECEIPT_PHOTO_CUT_OFF"),) if max(cut) >= _CUT_LINES_MIN else ()


def _ink_at_edge(view: Pixels, start: float, stop: float) -> bool:
    """Whether strokes of the text between two rows of a view reach its left edge."""
    band = view[max(0, int(start)) : int(stop) + 1]
    if not band.size:
        return False
    paper = float(np.percentile(band[:, : _EDGE_PIXELS * 8], 80))
    return bool((band[:, :2].min(axis=1) < paper - _INK_DARKER).any())


def _rules_at_edge(view: Pixels) -> int:
    """How many thin dark lines on bright paper run out of the picture on the left of a view.

    Lines near the two corners do not count: they may be the border of a screenshot.
    """
    band = np.ascontiguousarray(view[:, :_RULE_PIXELS])
    bright = cv2.morphologyEx(band, cv2.MORPH_CLOSE, np.ones((9, 1), np.uint8))
    dark = (bright.astype(np.int16) - band > _RULE_DARKER) & (bright > _PAPER_GREY)
    # A tilted rule leaves its row: neighbours count too.
    near = cv2.dilate(dark.astype(np.uint8), np.ones((3, 1), np.uint8)).mean(axis=1)
    corner = max(1, view.shape[0] // 40)
    through = near[corner:-corner] > _RULE_UNBROKEN
    return int(through[0]) + int(np.count_nonzero(through[1:] & ~through[:-1]))


class Session:
    """The rounds of reading one page. Each round gives all sheets so far, the best one last."""

    def __init__(self, page: Page, engine: str) -> None:
        if engine not in ENGINES:
            raise EngineMissingError(engine)
        self._page = page
        self.engine = _available(engine)
        self._reading: Reading | None = None
        self._last = False

    def rounds(self) -> Iterator[list[Sheet]]:
        if self.engine == "tesseract":
            self._last = True
            boxes = tesseract.TesseractReader().read(self._page.pixels)
            yield [self._sheet(boxes, "tesseract", 0)]
            return
        if self.engine == _PLAIN:
            self._last = True
            yield [self._sheet(rapid.reader(_PLAIN).read_as_shipped(self._page.pixels), _PLAIN, 0)]
            return
        if self.engine in {"tiny", "small"}:
            self._last = True
            yield [self._whole(rapid.reader(self.engine))]
            return
        yield from self._cascade()

    def is_enough(self, reading: Reading, rules: KindRules) -> bool:
        """Whether reading further can be spared. Also remembers the reading for the next round."""
        self._reading = reading
        if self._last:
            return True
        # A field that this receipt cannot have (a private buyer's tax id) is not in the reading.
        expected = [reading.fields[name] for name in rules.fields if name in reading.fields]
        doubtful = any(one.state is FieldState.DOUBTFUL for one in reading.fields.values())
        return not doubtful and all(found.state is FieldState.PROVEN for found in expected)

    def _cascade(self) -> Iterator[list[Sheet]]:
        tiny, small = rapid.reader("tiny"), rapid.reader("small")
        regions, pixels, turns = self._upright(tiny)
        first = [box for box in tiny.recognise(pixels, regions) if box.text.strip()]
        sheet = self._sheet([b for b in first if b.score >= _TEXT_SCORE_MIN], "tiny", turns)
        yield [sheet]
        if self._reading is not None and self._reading.kind is ReceiptKind.UNKNOWN:
            # Labels in a column look like lines of a page that lies on its side.
            regions, other_pixels, other_turns = self._upright(tiny, turns + 1)
            other = [box for box in tiny.recognise(other_pixels, regions) if box.text.strip()]
            if _legible(other) > _legible(first):
                first, pixels, turns = other, other_pixels, other_turns
                sheet = self._sheet([b for b in first if b.score >= _TEXT_SCORE_MIN], "tiny", turns)
                yield [sheet]
        again = self._worth_again(first, sheet)
        better = {b.quad: b for b in small.recognise(pixels, [rapid.Region(q) for q in again])}
        merged = [better.get(box.quad, box) for box in first]
        second = self._sheet([b for b in merged if b.score >= _TEXT_SCORE_MIN], "small", turns)
        yield [sheet, second]
        if self._core_is_open():
            self._last = True
            if self._is_sealed_slip():
                boxes = _read_without_seals(small, pixels, better.values())
                yield [sheet, second, self._sheet(boxes, "small-red", turns)]
                return
            boxes = _read_rest(small, pixels, better.values())
            yield [sheet, self._sheet(boxes, "small", turns)]

    def _whole(self, reader: rapid.RapidReader) -> Sheet:
        regions, pixels, turns = self._upright(reader)
        boxes = [
            b
            for b in reader.recognise(pixels, regions)
            if b.score >= _TEXT_SCORE_MIN and b.text.strip()
        ]
        return self._sheet(boxes, reader.name, turns)

    def _upright(
        self, reader: rapid.RapidReader, turned: int | None = None
    ) -> tuple[list[rapid.Region], Pixels, int]:
        """Lines, pixels and quarter turns; ``turned`` ones or two more, instead of by the look."""
        if turned is None:
            regions = reader.detect(self._page.pixels)
            turns = rapid.quarter_turns(self._page.pixels, regions, reader)
            if not turns:
                return regions, self._page.pixels, 0
        else:
            pixels = self._turned(turned)
            turns = turned + 2 * reader.upside_down(pixels, reader.detect(pixels))
        pixels = self._turned(turns)
        return reader.detect(pixels), pixels, turns % 4

    def _turned(self, turns: int) -> Pixels:
        return np.ascontiguousarray(np.rot90(self._page.pixels, turns))

    def _sheet(self, boxes: list[TextBox], reader: str, turns: int) -> Sheet:
        width, height = self._page.width, self._page.height
        if turns % 2:
            width, height = height, width
        return Sheet(width, height, boxes, reader=reader, turns=turns)

    def _worth_again(self, boxes: list[TextBox], sheet: Sheet) -> list[Quad]:
        """Lines worth a second reading: those of fields that are not proven yet.

        A field that was not found at all may hide in any line that was read badly or could hold it.
        """
        reading = self._reading
        if reading is None:
            return [box.quad for box in boxes if _may_hide_a_field(box)]
        fields = reading.fields.items()
        missing = [name for name, found in fields if found.state is FieldState.MISSING]
        open_boxes = [
            f.box for _, f in fields if f.box is not None and f.state is not FieldState.PROVEN
        ]
        chosen = []
        for box in boxes:
            place = sheet.place(box.quad)
            if (
                box.score < _POOR
                or any(_overlap(place, other) for other in open_boxes)
                or any(_may_hold(box, name) for name in missing)
            ):
                chosen.append(box.quad)
        return chosen

    def _is_sealed_slip(self) -> bool:
        """Taxi receipts carry the company's red seal where the last amounts are printed."""
        return self._reading is not None and self._reading.kind is ReceiptKind.TAXI

    def _core_is_open(self) -> bool:
        if self._reading is None:
            return True
        return any(
            self._reading.fields[name].state in {FieldState.MISSING, FieldState.DOUBTFUL}
            for name in CORE_FIELDS
            if name in self._reading.fields
        )


def _legible(boxes: Iterable[TextBox]) -> int:
    """Characters that were read clearly."""
    return sum(len(box.text) for box in boxes if box.score >= _CLEAR)


def _read_rest(reader: rapid.RapidReader, pixels: Pixels, read: Iterable[TextBox]) -> list[TextBox]:
    """The whole page by one reader; lines that it has read before are not read again."""
    known = tuple(read)
    regions = reader.detect(pixels)
    before = {region.quad: _known(region, known) for region in regions}
    fresh = reader.recognise(pixels, [region for region in regions if not before[region.quad]])
    texts = {box.quad: box for box in fresh}
    boxes = [before[region.quad] or texts[region.quad] for region in regions]
    return [box for box in boxes if box.score >= _TEXT_SCORE_MIN and box.text.strip()]


def _read_without_seals(
    reader: rapid.RapidReader, pixels: Pixels, read: Iterable[TextBox]
) -> list[TextBox]:
    """The whole page in red light, where red seals vanish and blue print stays; small pages larger.

    Lines that were read clearly before are kept where nothing is read now, such as red print.
    """
    factor = _ENLARGED if max(pixels.shape[:2]) < _SMALL_PAGE_PIXELS else 1
    red = cv2.resize(pixels[:, :, 2], None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    view = np.asarray(cv2.merge([red, red, red]), dtype=np.uint8)
    regions = reader.detect(view)
    here = {region.quad: _scaled(region.quad, 1 / factor) for region in regions}
    clear = [box for box in read if box.score >= _CLEAR and box.text.strip()]
    certain = [box for box in clear if box.score >= _CERTAIN]
    known = {q: _known(rapid.Region(place), certain) for q, place in here.items()}
    fresh = reader.recognise(view, [region for region in regions if not known[region.quad]])
    boxes = [TextBox(box.text, box.score, here[box.quad]) for box in fresh]
    boxes = [box for box in boxes if box.score >= _TEXT_SCORE_MIN and box.text.strip()]
    found = [_extent(box.quad) for box in boxes]
    kept = [box for box in clear if not any(_covers(one, _extent(box.quad)) for one in found)]
    return boxes + kept


def _scaled(quad: Quad, factor: float) -> Quad:
    x0, y0, x1, y1, x2, y2, x3, y3 = (value * factor for value in quad)
    return x0, y0, x1, y1, x2, y2, x3, y3


def _covers(outer: "_Extent", inner: "_Extent") -> bool:
    return _shared(outer, inner) > _SAME_PLACE * _area(inner)


def _may_hide_a_field(box: TextBox) -> bool:
    text = box.text
    return box.score < _CERTAIN or any(c.isdigit() for c in text) or len(text) > _LABEL_LENGTH


def _may_hold(box: TextBox, name: str) -> bool:
    shape = _SHAPES.get(name)
    return _may_hide_a_field(box) if shape is None else shape.search(box.text) is not None


def _known(region: rapid.Region, read: Iterable[TextBox]) -> TextBox | None:
    """A line read before that is this region, give or take some pixels."""
    mine = _extent(region.quad)
    for box in read:
        other = _extent(box.quad)
        if _shared(mine, other) >= _SAME_PLACE * max(_area(mine), _area(other)):
            return box
    return None


_Extent = tuple[float, float, float, float]


def _extent(quad: Quad) -> _Extent:
    return min(quad[0::2]), min(quad[1::2]), max(quad[0::2]), max(quad[1::2])


def _area(extent: _Extent) -> float:
    return (extent[2] - extent[0]) * (extent[3] - extent[1])


def _shared(first: _Extent, second: _Extent) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)


def _overlap(first: Box, second: Box) -> bool:
    return (
        first.x0 < second.x1
        and second.x0 < first.x1
        and first.y0 < second.y1
        and second.y0 < first.y1
    )


def _available(engine: str) -> str:
    """Without the tiny models, auto means the small ones."""
    if engine == "auto" and rapid.tiny_models() is None:
        return "small"
    return engine
