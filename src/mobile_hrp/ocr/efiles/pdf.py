"""The text layer of a PDF as a sheet: characters placed by pdfium, grouped into runs.

Coordinates are points from the top left of the visible page (the crop box may be offset).
Characters outside the page, or drawn invisibly, are not on the paper and are dropped.
"""

import ctypes

import pypdfium2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]  # ships neither stubs nor py.typed

from mobile_hrp.ocr import pdf_guard
from mobile_hrp.ocr.sheet import Sheet, TextBox

CHARACTERS_MAX = 20_000
_INVISIBLE = 3
_FLAT_POINTS = 2.0
"""Some fonts give a glyph box of no height (and dashes have little): then the loose box counts."""
_BLANK_GAP = 0.1
_RUN_GAP = 0.6
"""A blank wider than this part of the text height begins a new run."""

_Run = tuple[str, float, float, float, float]
"""Text and its box: left, bottom, right, top (y up, as pdfium has it)."""


def sheet_of(document: pypdfium2.PdfDocument, page_number: int) -> Sheet:
    """The page's text; an empty sheet when the page has no text layer (a scan)."""
    page = document[page_number]
    pdf_guard.check_page(page)
    left, bottom, right, top = page.get_bbox()
    text_page = page.get_textpage()
    count = min(text_page.count_chars(), CHARACTERS_MAX)
    runs = _runs(text_page, count)
    boxes = [
        TextBox.upright(text, 1.0, box=(x0 - left, top - y1, x1 - left, top - y0))
        for text, x0, y0, x1, y1 in runs
        if x1 > left and x0 < right and y1 > bottom and y0 < top
    ]
    return Sheet(right - left, top - bottom, boxes, page=page_number, reader="pdf")


def _runs(text_page: pypdfium2.PdfTextPage, count: int) -> list[_Run]:
    runs: list[_Run] = []
    x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
    loose = pdfium_c.FS_RECTF()
    blank = False
    for index in range(count):
        character = chr(pdfium_c.FPDFText_GetUnicode(text_page, index))
        if character.isspace() or not character.isprintable():
            blank = blank or character == " "
            continue
        text_object = pdfium_c.FPDFText_GetTextObject(text_page, index)
        if text_object and pdfium_c.FPDFTextObj_GetTextRenderMode(text_object) == _INVISIBLE:
            continue
        if not pdfium_c.FPDFText_GetCharBox(text_page, index, x0, x1, y0, y1):
            continue
        if y1.value - y0.value > _FLAT_POINTS:
            _append(runs, character, (x0.value, y0.value, x1.value, y1.value), blank=blank)
        elif pdfium_c.FPDFText_GetLooseCharBox(text_page, index, loose):
            box = (loose.left, loose.bottom, loose.right, loose.top)
            _append(runs, character, box, blank=blank)
        blank = False
    return runs


def _append(
    runs: list[_Run], character: str, box: tuple[float, float, float, float], *, blank: bool
) -> None:
    """Continue the last run, or begin a new one; a printed blank stays one."""
    x0, y0, x1, y1 = box
    if runs:
        text, rx0, ry0, rx1, ry1 = runs[-1]
        height = max(ry1 - ry0, y1 - y0, 1.0)
        same_line = (
            min(ry1, y1) - max(ry0, y0) > -0.3 * height
            and abs((ry0 + ry1) - (y0 + y1)) < 1.4 * height
        )
        if same_line and -0.5 * height < x0 - rx1 < _RUN_GAP * height:
            gap = " " if blank and x0 - rx1 > _BLANK_GAP * height else ""
            runs[-1] = (
                text + gap + character,
                min(rx0, x0),
                min(ry0, y0),
                max(rx1, x1),
                max(ry1, y1),
            )
            return
    runs.append((character, x0, y0, x1, y1))
