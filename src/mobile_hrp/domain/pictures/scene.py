"""A picture as a list of shapes on a grid of whole units; 320 units are the width of a small phone.

Every amount of ink is decided here, so that SVG and PNG cannot differ in what they say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from xml.sax.saxutils import escape

WIDTH = 320
SMALLEST_TEXT = 12


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class Ink(StrEnum):
    """What a colour is for."""

    PAPER = "paper"
    TEXT = "text"
    FAINT = "faint"
    RULE = "rule"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    WARNING = "warning"


COLOURS: Mapping[Theme, Mapping[Ink, str]] = MappingProxyType(
    {
        Theme.LIGHT: MappingProxyType(
            {
                Ink.PAPER: "#ffffff",
                Ink.TEXT: "#1c2430",
                Ink.FAINT: "#596575",
                Ink.RULE: "#d9dee5",
                Ink.FIRST: "#1f6feb",
                Ink.SECOND: "#12805c",
                Ink.THIRD: "#a05a00",
                Ink.FOURTH: "#7a4bc4",
                Ink.WARNING: "#c62828",
            }
        ),
        Theme.DARK: MappingProxyType(
            {
                Ink.PAPER: "#12161d",
                Ink.TEXT: "#eef2f7",
                Ink.FAINT: "#a5b0bf",
                Ink.RULE: "#39424f",
                Ink.FIRST: "#6ea8fe",
                Ink.SECOND: "#4cc79a",
                Ink.THIRD: "#f0b35c",
                Ink.FOURTH: "#bf9bf2",
                Ink.WARNING: "#ff7b72",
            }
        ),
    }
)


class Anchor(StrEnum):
    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    ink: Ink
    round: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[tuple[int, int], ...]
    ink: Ink
    width: int = 2


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``y`` is its baseline. ``fit`` is the widest it may be."""

    x: int
    y: int
    text: str
    size: int = SMALLEST_TEXT
    ink: Ink = Ink.TEXT
    anchor: Anchor = Anchor.START
    fit: int = WIDTH


Shape = Box | Line | Words


@dataclass(frozen=True, slots=True)
class Scene:
    """A card: its shapes from back to front, and what it says to who cannot see it."""

    height: int
    theme: Theme
    shapes: Sequence[Shape]
    alt: str

    def colour(self, ink: Ink) -> str:
        return COLOURS[self.theme][ink]


def svg_of(scene: Scene) -> str:
    """The card as SVG: no scripts, links or outside fonts."""
    size = f'width="{WIDTH}" height="{scene.height}" viewBox="0 0 {WIDTH} {scene.height}"'
    body = "".join(_shape(scene, shape) for shape in scene.shapes)
    families = "PingFang SC, Noto Sans CJK SC, WenQuanYi Zen Hei, Microsoft YaHei, sans-serif"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{families}">'
        f"<title>{escape(scene.alt)}</title>"
        f'<rect width="{WIDTH}" height="{scene.height}" fill="{scene.colour(Ink.PAPER)}"/>'
        f"{body}</svg>"
    )


def _shape(scene: Scene, shape: Shape) -> str:
    colour = scene.colour(shape.ink)
    if isinstance(shape, Box):
        return (
            f'<rect x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
            f' rx="{shape.round}" fill="{colour}"/>'
        )
    if isinstance(shape, Line):
        points = " ".join(f"{x},{y}" for x, y in shape.points)
        return (
            f'<polyline points="{points}" fill="none" stroke="{colour}"'
            f' stroke-width="{shape.width}" stroke-linejoin="round"/>'
        )
    return (
        f'<text x="{shape.x}" y="{shape.y}" font-size="{shape.size}" fill="{colour}"'
        f' text-anchor="{shape.anchor.value}">{escape(fitted(shape))}</text>'
    )


def fitted(words: Words) -> str:
    """The text cut to its room, a Chinese character as wide as its size and others half of it."""
    room = 2 * words.fit // words.size
    taken = 0
    for place, character in enumerate(words.text):
        taken += 1 if ord(character) < _WIDE_FROM else 2
        if taken > room:
            return words.text[: max(place - 1, 0)] + "…"
    return words.text


_WIDE_FROM = 0x2E80  # CJK radicals: from here on characters are as wide as high
