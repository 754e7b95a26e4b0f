"""Showing a reading to a person at a terminal: a table, and the picture with boxes and proofs."""

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw
from rich.table import Table

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.reading import Box, Field, FieldState, Reading, Value
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
_LABEL_PIXELS = 15


def field_table(reading: Reading, *, title: str = "") -> Table:
    """One row a field: value, state, confidence, source, proofs (``!`` marks a failed one)."""
    table = Table(title=title or None)
    for heading in ("field", "value", "state", "confidence", "source", "proofs", "also seen"):
        table.add_column(heading)
    for name, found in reading.fields.items():
        table.add_row(
            name,
            shown(found.value),
            f"[{STATE_STYLES[found.state]}]{found.state}[/]",
            f"{found.confidence:.3f}" if found.value is not None else "",
            found.source.value if found.source else "",
            proofs_text(found),
            ", ".join(shown(value) for value in found.alternatives),
        )
    return table


def shown(value: Value | None) -> str:
    """A value for reading: fen as yuan with two decimals."""
    if value is None:
        return ""
    return grammar.render_fen(value) if isinstance(value, int) else value


def proofs_text(found: Field) -> str:
    return " ".join(f"{proof.code}{'' if proof.passed else '!'}" for proof in found.proofs)


def picture_of(data: bytes, name: str, *, page: int = 0) -> Image.Image | None:
    """The page that a reading's boxes are relative to; None for OFD and XML. Raises Refusal."""
    accepted = intake.inspect(data, name)
    if accepted.format in intake.IMAGE_FORMATS:
        return intake.decode_image(accepted.content)
    if accepted.format is intake.FileFormat.PDF:
        return intake.render_page(accepted.content, page)
    return None


def explained(picture: Image.Image, reading: Reading, *, page: int = 0) -> bytes:
    """A PNG: every piece of text in grey, every field in the colour of its state with its name."""
    image = picture.convert("RGB")
    draw = ImageDraw.Draw(image)
    for text in reading.texts:
        if text.box.page == page:
            draw.rectangle(_pixels(text.box, image), outline=(170, 170, 175))
    for one in (reading, *reading.others):
        for name, found in one.fields.items():
            if found.box and found.box.page == page:
                _mark(draw, image, name, found)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def _mark(draw: ImageDraw.ImageDraw, image: Image.Image, name: str, found: Field) -> None:
    if found.box is None:
        return
    colour = _COLOURS[found.state]
    x0, y0, x1, y1 = _pixels(found.box, image)
    draw.rectangle((x0, y0, x1, y1), outline=colour, width=3)
    proofs = "+".join(proof.code for proof in found.proofs if proof.passed)
    label = f"{name} {proofs or found.state}"
    width = draw.textlength(label, font_size=_LABEL_PIXELS)
    top = max(0.0, y0 - _LABEL_PIXELS - 3)
    draw.rectangle((x0, top, x0 + width + 4, top + _LABEL_PIXELS + 3), fill=colour)
    draw.text((x0 + 2, top), label, fill=(255, 255, 255), font_size=_LABEL_PIXELS)


def _pixels(box: Box, image: Image.Image) -> tuple[float, float, float, float]:
    corners = np.array([box.x0, box.y0, box.x1, box.y1]) * np.array([*image.size, *image.size])
    x0, y0, x1, y1 = (float(value) for value in corners)
    return x0, y0, x1, y1
