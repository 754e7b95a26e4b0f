"""A small drawing surface: operations in points, rendered as a picture or written as a PDF.

One drawing serves all outputs, so a photo, a PDF and an OFD of one receipt agree to the digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
BLACK: Colour = (20, 20, 24)
BROWN: Colour = (128, 64, 40)
RED: Colour = (200, 40, 40)
BLUE: Colour = (40, 60, 150)
GREY: Colour = (110, 110, 116)

_FACES = {
    "han": "droid-sans-fallback-subset.ttf",
    "sans": "dejavu-sans-subset.ttf",
    "mono": "dejavu-sans-mono-subset.ttf",
}


@dataclass(frozen=True, slots=True)
class Text:
    """``y`` is the baseline. ``stretch`` spaces the characters out by so many points."""

    x: float
    y: float
    size: float
    text: str
    colour: Colour = BLACK
    mono: bool = False
    stretch: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    x0: float
    y0: float
    x1: float
    y1: float
    colour: Colour = BROWN
    width: float = 0.7


@dataclass(frozen=True, slots=True)
class Ring:
    """An ellipse outline: the seal."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: Colour = RED
    width: float = 1.2


@dataclass(frozen=True, slots=True)
class Qr:
    x: float
    y: float
    side: float
    text: str


@dataclass(slots=True)
class Canvas:
    width: float
    height: float
    paper: Colour = (255, 255, 255)
    texts: list[Text] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    codes: list[Qr] = field(default_factory=list)

    def text(
        self, x: float, y: float, text: str, *, size: float = 9, colour: Colour = BLACK,
        mono: bool = False, stretch: float = 0.0,
    ) -> None:  # fmt: skip
        self.texts.append(Text(x, y, size, text, colour, mono, stretch))

    def right(
        self, x: float, y: float, text: str, *, size: float = 9, colour: Colour = BLACK
    ) -> None:
        """Text that ends at x."""
        self.text(x - text_width(text, size), y, text, size=size, colour=colour)

    def centre(
        self, x: float, y: float, text: str, *, size: float = 9, colour: Colour = BLACK
    ) -> None:
        self.text(x - text_width(text, size) / 2, y, text, size=size, colour=colour)

    def vertical(
        self, x: float, y: float, text: str, *, size: float = 9, colour: Colour = BLACK
    ) -> None:
        """Characters below each other, as in the margins of invoices."""
        for index, character in enumerate(text):
            self.text(x, y + index * size * 1.25, character, size=size, colour=colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, *, colour: Colour = BROWN) -> None:
        for ends in ((x0, y0, x1, y0), (x1, y0, x1, y1), (x0, y1, x1, y1), (x0, y0, x0, y1)):
            self.lines.append(Line(*ends, colour=colour))

    def line(self, x0: float, y0: float, x1: float, y1: float, *, colour: Colour = BROWN) -> None:
        self.lines.append(Line(x0, y0, x1, y1, colour=colour))

    def seal(
        self, x0: float, y0: float, x1: float, y1: float, text: str, *, size: float = 7
    ) -> None:
        self.rings.append(Ring(x0, y0, x1, y1))
        self.centre((x0 + x1) / 2, (y0 + y1) / 2 + size / 3, text, size=size, colour=RED)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        self.codes.append(Qr(x, y, side, text))

    def picture(self, *, scale: float = 2.0) -> Image.Image:
        """RGB, ``scale`` pixels to the point."""
        image = Image.new(
            "RGB", (round(self.width * scale), round(self.height * scale)), self.paper
        )
        draw = ImageDraw.Draw(image)
        for line in self.lines:
            ends = [v * scale for v in (line.x0, line.y0, line.x1, line.y1)]
            draw.line(ends, fill=line.colour, width=max(1, round(line.width * scale)))
        for ring in self.rings:
            corners = [v * scale for v in (ring.x0, ring.y0, ring.x1, ring.y1)]
            draw.ellipse(corners, outline=ring.colour, width=max(1, round(ring.width * scale)))
        for code in self.codes:
            side = round(code.side * scale)
            tile = qr_picture(code.text).resize((side, side), Image.Resampling.NEAREST)
            image.paste(tile, (round(code.x * scale), round(code.y * scale)))
        for text in self.texts:
            for run in runs(text):
                font = _font(run.face, text.size * scale)
                place = (run.x * scale, run.y * scale)
                draw.text(place, run.text, font=font, fill=text.colour, anchor="ls")
        return image


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of a text in one face, placed."""

    face: str
    x: float
    y: float
    text: str


def runs(text: Text) -> Iterator[TextRun]:
    """Split a text by face; every character alone when it is stretched."""
    x, pending, face = text.x, "", ""
    start = x
    for character in text.text:
        own = _face(character, mono=text.mono)
        if pending and (own != face or text.stretch):
            yield TextRun(face, start, text.y, pending)
            pending, start = "", x
        pending, face = pending + character, own
        x += _advance(own, character) * text.size + text.stretch
    if pending:
        yield TextRun(face, start, text.y, pending)


def text_width(text: str, size: float, *, mono: bool = False) -> float:
    return sum(_advance(_face(character, mono=mono), character) for character in text) * size


def qr_picture(text: str) -> Image.Image:
    """One pixel to the module, with the quiet zone."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(np.array(barcode.to_image(scale=1, add_quiet_zones=True))).convert("RGB")


def face_bytes(face: str) -> bytes:
    folder = resources.files("mobile_hrp.synthetic.receipts") / "fonts"
    return (folder / _FACES[face]).read_bytes()


def _face(character: str, *, mono: bool) -> str:
    if ord(character) < 0x2E80 and character not in "“”‘’（）":
        return "mono" if mono else "sans"
    return "han"


@lru_cache(maxsize=64)
def _font(face: str, size: float) -> ImageFont.FreeTypeFont:
    folder = resources.files("mobile_hrp.synthetic.receipts") / "fonts"
    with resources.as_file(folder / _FACES[face]) as path:
        return ImageFont.truetype(str(path), size)


@lru_cache(maxsize=8192)
def _advance(face: str, character: str) -> float:
    """Width of a character in parts of its size."""
    return _font(face, 100).getlength(character) / 100
