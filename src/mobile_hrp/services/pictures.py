"""Cards as PNG, with fonts of our own: a server without any shows the same picture."""

import io
from functools import lru_cache
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

from mobile_hrp.domain.pictures.scene import (
    WIDTH,
    Anchor,
    Box,
    Ink,
    Line,
    Scene,
    Words,
    fitted,
)

SCALE = 2
_FONTS = {"han": "droid-sans-fallback-subset.ttf", "latin": "dejavu-sans-subset.ttf"}
_WIDE_FROM = 0x2000  # dashes, ellipses and all of CJK


def png_of(scene: Scene) -> bytes:
    """The card at twice its size. Takes some milliseconds of CPU: run it in a thread."""
    image = Image.new("RGB", (WIDTH * SCALE, scene.height * SCALE), scene.colour(Ink.PAPER))
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        colour = scene.colour(shape.ink)
        if isinstance(shape, Box):
            if shape.width > 0 and shape.height > 0:
                corners = (
                    shape.x * SCALE,
                    shape.y * SCALE,
                    (shape.x + shape.width) * SCALE - 1,
                    (shape.y + shape.height) * SCALE - 1,
                )
                draw.rounded_rectangle(corners, shape.round * SCALE, fill=colour)
        elif isinstance(shape, Line):
            points = [(x * SCALE, y * SCALE) for x, y in shape.points]
            draw.line(points, fill=colour, width=shape.width * SCALE)
        else:
            _write(draw, shape, colour)
    stored = io.BytesIO()
    image.save(stored, "PNG", optimize=True)
    return stored.getvalue()


def drawable(text: str) -> bool:
    """Whether every character has a shape in the fonts, and none would be an empty box."""
    return all(_has_shape(character) for character in text if not character.isspace())


def _write(draw: ImageDraw.ImageDraw, words: Words, colour: str) -> None:
    runs = _runs(fitted(words))
    size = words.size * SCALE
    width = sum(_font(face, size).getlength(text) for face, text in runs)
    x = float(words.x * SCALE)
    if words.anchor is not Anchor.START:
        x -= width / (1 if words.anchor is Anchor.END else 2)
    for face, text in runs:
        font = _font(face, size)
        draw.text((x, words.y * SCALE), text, fill=colour, font=font, anchor="ls")
        x += font.getlength(text)


def _runs(text: str) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for character in text:
        face = "han" if ord(character) >= _WIDE_FROM else "latin"
        if runs and runs[-1][0] == face:
            runs[-1] = (face, runs[-1][1] + character)
        else:
            runs.append((face, character))
    return runs


def _has_shape(character: str) -> bool:
    face = "han" if ord(character) >= _WIDE_FROM else "latin"
    return _ink(face, character) != _ink(face, "\U000f0000")


@lru_cache(maxsize=8192)
def _ink(face: str, character: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(face, 32).getmask(character)
    return mask.size, bytes(mask)


@lru_cache(maxsize=64)
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    folder = resources.files("mobile_hrp.synthetic.receipts") / "fonts"
    with resources.as_file(folder / _FONTS[face]) as path:
        return ImageFont.truetype(str(path), size)
