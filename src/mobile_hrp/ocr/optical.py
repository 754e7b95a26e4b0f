"""Optical reading of one page: orientation, the cascade of models, and picture quality.

The cascade reads a page with the tiny models, then reads only the lines that matter again with the
small recogniser (a second, independent opinion), and only when core fields are still open reads the
whole page with the small models.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from mobile_hrp.domain.receipts.reading import CORE_FIELDS, Box, FieldState, Notice, Reading
from mobile_hrp.ocr.engines import rapid, tesseract
from mobile_hrp.ocr.engines.base import EngineMissingError, Pixels
from mobile_hrp.ocr.kinds.base import KindRules
from mobile_hrp.ocr.sheet import Quad, Sheet, TextBox

PAGE_SIDE_PIXELS = 1280
_SHARPNESS_MIN = 450.0
_BRIGHTNESS_MIN = 60.0
_TEXT_SCORE_MIN = 0.5
_CERTAIN = 0.97
_LABEL_LENGTH = 4
_POOR = 0.85
ENGINES = ("auto", "tiny", "small", "tesseract")


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


def prepare(picture: Pixels) -> Page:
    """Downscale to the size at which the models read best (larger costs more and gains nothing)."""
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
        states = [reading.fields[name].state for name in rules.fields]
        return all(state is FieldState.PROVEN for state in states)

    def _cascade(self) -> Iterator[list[Sheet]]:
        tiny, small = rapid.reader("tiny"), rapid.reader("small")
        regions, pixels, turns = self._upright(tiny)
        first = [box for box in tiny.recognise(pixels, regions) if box.text.strip()]
        sheet = self._sheet([b for b in first if b.score >= _TEXT_SCORE_MIN], "tiny", turns)
        yield [sheet]
        again = self._worth_again(first, sheet)
        better = {b.quad: b for b in small.recognise(pixels, [rapid.Region(q) for q in again])}
        merged = [better.get(box.quad, box) for box in first]
        second = self._sheet([b for b in merged if b.score >= _TEXT_SCORE_MIN], "small", turns)
        yield [sheet, second]
        if self._core_is_open():
            self._last = True
            yield [sheet, self._sheet(small.read(pixels), "small", turns)]

    def _whole(self, reader: rapid.RapidReader) -> Sheet:
        regions, pixels, turns = self._upright(reader)
        boxes = [
            b
            for b in reader.recognise(pixels, regions)
            if b.score >= _TEXT_SCORE_MIN and b.text.strip()
        ]
        return self._sheet(boxes, reader.name, turns)

    def _upright(self, reader: rapid.RapidReader) -> tuple[list[rapid.Region], Pixels, int]:
        regions = reader.detect(self._page.pixels)
        turns = rapid.quarter_turns(self._page.pixels, regions, reader)
        if not turns:
            return regions, self._page.pixels, 0
        pixels = np.ascontiguousarray(np.rot90(self._page.pixels, turns))
        return reader.detect(pixels), pixels, turns

    def _sheet(self, boxes: list[TextBox], reader: str, turns: int) -> Sheet:
        width, height = self._page.width, self._page.height
        if turns % 2:
            width, height = height, width
        return Sheet(width, height, boxes, reader=reader, turns=turns)

    def _worth_again(self, boxes: list[TextBox], sheet: Sheet) -> list[Quad]:
        """Lines worth a second reading: those of fields that are not proven yet.

        While a field was not found at all it may hide in any line that was read badly, or that
        holds digits.
        """
        reading = self._reading
        if reading is None or any(f.state is FieldState.MISSING for f in reading.fields.values()):
            return [box.quad for box in boxes if _may_hide_a_field(box)]
        open_boxes = [
            f.box for f in reading.fields.values() if f.box and f.state is not FieldState.PROVEN
        ]
        chosen = []
        for box in boxes:
            place = sheet.place(box.quad)
            if box.score < _POOR or any(_overlap(place, other) for other in open_boxes):
                chosen.append(box.quad)
        return chosen

    def _core_is_open(self) -> bool:
        if self._reading is None:
            return True
        return any(
            self._reading.fields[name].state in {FieldState.MISSING, FieldState.DOUBTFUL}
            for name in CORE_FIELDS
            if name in self._reading.fields
        )


def _may_hide_a_field(box: TextBox) -> bool:
    text = box.text
    return box.score < _CERTAIN or any(c.isdigit() for c in text) or len(text) > _LABEL_LENGTH


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
