"""Showing a reading to a person at a terminal: a table, and the picture with boxes and proofs."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw
from rich.markup import escape
from rich.table import Table

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.reading import Box, Field, FieldState, Reading, Value
from mobile_hrp.mobile_contract.receipt_words import receipt_word
from mobile_hrp.ocr import intake

STATE_STYLES: Mapping[FieldState, str] = {
    FieldState.PROVEN: "green",
    FieldState.LIKELY: "cyan",
    FieldState.DOUBTFUL: "yellow",
    FieldState.MISSING: "red",
}
_COLOURS: Mapping[FieldState, tuple[int, int, int]] = {
    FieldState.PROVEN: (22, 140, 60),
    FieldState.LIKELY: (20, 110, 200),
    FieldState.DOUBTFUL: (220, 140, 0),
    FieldState.MISSING: (200, 30, 30),
}
_LABEL_PIXELS = 16
_EXPLAINED_WIDTH_MIN = 1400
_LEGEND_WIDTH = 520
_VALUE_WIDTH = 20


_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "zh": ("字段", "值", "状态", "把握", "来源", "证明", "另见"),
    "en": ("field", "value", "state", "confidence", "source", "proofs", "also seen"),
}


def field_table(reading: Reading, *, title: str = "", locale: str = "zh") -> Table:
    """One row a field: value, state, confidence, source, proofs (``✗`` marks a failed one)."""
    table = Table(title=title or None)
    for heading in _HEADINGS[locale]:
        # Chinese has no blanks to break a line at; a value is never broken before a proof is.
        minimum = _VALUE_WIDTH if heading == _HEADINGS[locale][1] else None
        table.add_column(heading, overflow="fold", min_width=minimum)
    for name, found in reading.fields.items():
        state = receipt_word("states", found.state.value, locale)
        table.add_row(
            receipt_word("fields", name, locale),
            escape(shown(found.value)),
            f"[{STATE_STYLES[found.state]}]{state}[/]",
            f"{found.confidence:.3f}" if found.value is not None else "",
            receipt_word("sources", found.source.value, locale) if found.source else "",
            proofs_text(found, locale),
            escape(", ".join(shown(value) for value in found.alternatives)),
        )
    return table


def pages_of(reading: Reading) -> set[int]:
    """Pages on which something was read; the first one at least."""
    readings = (reading, *reading.others)
    boxes = [found.box for one in readings for found in one.fields.values() if found.box]
    return {0} | {box.page for box in boxes}


def shown(value: Value | None) -> str:
    """A value for reading: fen as yuan with two decimals."""
    if value is None:
        return ""
    return grammar.render_fen(value) if isinstance(value, int) else value


def proofs_text(found: Field, locale: str = "zh") -> str:
    separator = "；" if locale == "zh" else "; "
    return separator.join(
        f"{'' if proof.passed else '✗ '}{receipt_word('proofs', proof.code.value, locale)}"
        for proof in found.proofs
    )


def picture_of(data: bytes, name: str, *, page: int = 0) -> Image.Image | None:
    """The page that a reading's boxes are relative to; None for OFD and XML. Raises Refusal."""
    accepted = intake.inspect(data, name)
    if accepted.format in intake.IMAGE_FORMATS:
        return intake.decode_image(accepted.content)
    if accepted.format is intake.FileFormat.PDF:
        return intake.render_page(accepted.content, page)
    return None


def explained(picture: Image.Image, reading: Reading, *, page: int = 0) -> bytes:
    """A PNG: every piece of text in grey, every field numbered in the colour of its state.

    The numbers are explained beside the picture, so that no value is hidden: name, value, state and
    the proofs it passed or failed. Labels are the codes of the API.
    """
    image = _enlarged(picture.convert("RGB"))
    bare = image.copy()
    draw = ImageDraw.Draw(image)
    for text in reading.texts:
        if text.box.page == page:
            draw.rectangle(_pixels(text.box, image), outline=(170, 170, 175))
    fields = [
        (name, found)
        for one in (reading, *reading.others)
        for name, found in one.fields.items()
        if found.box is None or found.box.page == page
    ]
    for number, (_, found) in enumerate(fields, start=1):
        _mark(draw, image, number, found)
    target = io.BytesIO()
    _beside(image, _legend(reading, fields, bare)).save(target, "PNG")
    return target.getvalue()


def _enlarged(image: Image.Image) -> Image.Image:
    """Small pictures grow so that the numbers do not cover the print."""
    factor = _EXPLAINED_WIDTH_MIN / image.width
    if factor <= 1:
        return image
    return image.resize((_EXPLAINED_WIDTH_MIN, round(image.height * factor)))


def _mark(draw: ImageDraw.ImageDraw, image: Image.Image, number: int, found: Field) -> None:
    if found.box is None:
        return
    colour = _COLOURS[found.state]
    x0, y0, x1, y1 = _pixels(found.box, image)
    draw.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), outline=colour, width=3)
    size = _label_pixels(image)
    width = draw.textlength(str(number), font_size=size) + 8
    left = x0 - width - 2 if x0 > width else x1 + 2
    draw.rectangle((left, y0, left + width, y0 + size + 4), fill=colour)
    draw.text((left + 4, y0 + 1), str(number), fill=(255, 255, 255), font_size=size)


def _label_pixels(image: Image.Image) -> int:
    return max(_LABEL_PIXELS, image.width // 90)


def _legend(
    reading: Reading, fields: Sequence[tuple[str, Field]], image: Image.Image
) -> Image.Image:
    """The numbers and what they stand for; fields that were not found come without a box.

    Chinese values are shown as they are printed: no font for them is sure to be installed.
    """
    size = _LABEL_PIXELS
    lines = [(f"{reading.kind.value}  ({reading.engine})", (40, 40, 45))]
    printed: list[tuple[int, Image.Image]] = []
    for number, (name, found) in enumerate(fields, start=1):
        value = shown(found.value)
        if not value.isascii() and found.box is not None:
            printed.append((len(lines), image.crop(_pixels(found.box, image))))
        value = value if value.isascii() else ""
        lines.append((f"{number:>2}  {name}  {value}", _COLOURS[found.state]))
        proofs = [f"{'' if proof.passed else 'not '}{proof.code}" for proof in found.proofs]
        for start in range(0, max(1, len(proofs)), 3):
            part = ", ".join(proofs[start : start + 3])
            lines.append((f"      {found.state + ': ' if not start else '  '}{part}", (90, 90, 95)))
    step = size + 7
    height = max(image.height, step * (len(lines) + 2))
    panel = Image.new("RGB", (_LEGEND_WIDTH, height), (250, 250, 248))
    draw = ImageDraw.Draw(panel)
    for index, (text, colour) in enumerate(lines):
        draw.text((16, 16 + index * step), text, fill=colour, font_size=size)
    for index, crop in printed:
        left = 24 + round(draw.textlength(lines[index][0], font_size=size))
        crop.thumbnail((_LEGEND_WIDTH - left - 8, size + 6))
        panel.paste(crop, (left, 13 + index * step))
    return panel


def _beside(image: Image.Image, panel: Image.Image) -> Image.Image:
    both = Image.new("RGB", (image.width + panel.width, max(image.height, panel.height)), "white")
    both.paste(image, (0, 0))
    both.paste(panel, (image.width, 0))
    return both


def _pixels(box: Box, image: Image.Image) -> tuple[float, float, float, float]:
    corners = np.array([box.x0, box.y0, box.x1, box.y1]) * np.array([*image.size, *image.size])
    x0, y0, x1, y1 = (float(value) for value in corners)
    return x0, y0, x1, y1
