"""One page of text as boxes, whatever read it, and finding labels and values on it.

Text layers, OFD objects and optical readers all become a :class:`Sheet`, so that each kind of
receipt has one extractor. Layout coordinates are deskewed by the median slope of the text; the
quads keep where the text really is, in the pixels or points of the page.
"""

import math
import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.reading import Box

Quad = tuple[float, float, float, float, float, float, float, float]
_SKEW_NOISE = math.radians(0.4)
_SKEW_LIMIT = math.radians(35)
_WORD_GAP = 0.45
"""A blank wider than this part of the text height separates words."""
_GAP_OF_ROW = 40.0
"""Cells farther apart than this many text heights are not one row (two receipts side by side)."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A piece of text with its four corners (clockwise from the top left, page units, y down)."""

    text: str
    score: float
    quad: Quad

    @classmethod
    def upright(cls, text: str, score: float, *, box: tuple[float, float, float, float]) -> Self:
        """From left, top, right, bottom."""
        x0, y0, x1, y1 = box
        return cls(text, score, (x0, y0, x1, y0, x1, y1, x0, y1))


@dataclass(slots=True)
class Cell:
    """A text box in layout space. ``text`` is NFKC with single blanks; ``raw`` is as read."""

    box: TextBox
    x0: float
    y0: float
    x1: float
    y1: float
    raw: str = ""
    text: str = ""
    widths: list[float] = field(default_factory=list)

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def score(self) -> float:
        return self.box.score


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one row: ``start`` to ``end`` of the row's text."""

    row: "Row"
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.row.text[self.start : self.end]

    @property
    def score(self) -> float:
        return min((cell.score for cell in self.cells), default=0.0)

    @property
    def cells(self) -> list[Cell]:
        seen: list[Cell] = []
        for index in range(self.start, self.end):
            cell = self.row.cells[self.row.owner[index]]
            if not seen or seen[-1] is not cell:
                seen.append(cell)
        return seen

    @property
    def x0(self) -> float:
        return self.row.left[self.start] if self.start < self.end else self.row.x1

    @property
    def x1(self) -> float:
        return self.row.right[self.end - 1] if self.start < self.end else self.row.x1

    @property
    def y0(self) -> float:
        return min((cell.y0 for cell in self.cells), default=self.row.y0)

    @property
    def y1(self) -> float:
        return max((cell.y1 for cell in self.cells), default=self.row.y1)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    def sub(self, match: "re.Match[str]", group: int | str = 0) -> "Piece":
        """The part of this piece that a match on ``text`` covers."""
        first, last = match.span(group)
        return Piece(self.row, self.start + first, self.start + last)

    def until_gap(self, heights: float) -> "Piece":
        """Cut where the blank before a character is wider than so many text heights."""
        limit = heights * self.row.height
        for index in range(self.start + 1, self.end):
            if self.row.left[index] - self.row.right[index - 1] > limit:
                return Piece(self.row, self.start, index)
        return self


class Row:
    """Cells that stand side by side, with their texts joined and every character placed.

    ``text`` has a blank between cells that stand apart, so that two columns never make one number;
    ``compact`` has none, so that a label printed 名　　称 is still found.
    """

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = sorted(cells, key=lambda cell: cell.x0)
        self.x0 = min(cell.x0 for cell in self.cells)
        self.x1 = max(cell.x1 for cell in self.cells)
        self.y0 = statistics.median(cell.y0 for cell in self.cells)
        self.y1 = statistics.median(cell.y1 for cell in self.cells)
        self.height = max(1.0, statistics.median(cell.height for cell in self.cells))
        self.owner: list[int] = []
        self.left: list[float] = []
        self.right: list[float] = []
        self.text = ""
        for index, cell in enumerate(self.cells):
            if index and cell.x0 - self.cells[index - 1].x1 > _WORD_GAP * self.height:
                self._place(" ", index - 1, self.cells[index - 1].x1, self.cells[index - 1].x1)
            total = sum(cell.widths) or 1.0
            at = cell.x0
            for character, width in zip(cell.text, cell.widths, strict=True):
                step = width / total * (cell.x1 - cell.x0)
                self._place(character, index, at, at + step)
                at += step
        self.places = [index for index, character in enumerate(self.text) if character != " "]
        self.compact = self.text.replace(" ", "")

    def _place(self, character: str, owner: int, left: float, right: float) -> None:
        self.text += character
        self.owner.append(owner)
        self.left.append(left)
        self.right.append(right)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    def whole(self) -> Piece:
        return Piece(self, 0, len(self.text))

    def after(self, piece: Piece) -> Piece:
        return Piece(self, piece.end, len(self.text))

    def before(self, piece: Piece) -> Piece:
        return Piece(self, 0, piece.start)

    def find(self, pattern: "re.Pattern[str]") -> Iterator[Piece]:
        for match in pattern.finditer(self.text):
            yield Piece(self, match.start(), match.end())

    def find_compact(self, pattern: "re.Pattern[str]") -> Iterator[Piece]:
        for match in pattern.finditer(self.compact):
            if match.end() > match.start():
                yield self.piece(match.start(), match.end())

    def labels(self, label: str, errors: int) -> Iterator[Piece]:
        for at in _fuzzy(self.compact, label, errors):
            yield self.piece(at, at + len(label))

    def piece(self, first: int, last: int) -> Piece:
        """The characters ``first`` to ``last`` of the compact text."""
        return Piece(self, self.places[first], self.places[last - 1] + 1)


class Sheet:
    """A page. ``width`` and ``height`` are in the units of the quads.

    ``turns`` counter-clockwise quarter turns were applied to the picture before it was read;
    :meth:`locate` undoes them, so that boxes are of the picture as the user sees it.
    """

    def __init__(
        self,
        width: float,
        height: float,
        boxes: Iterable[TextBox],
        *,
        reader: str,
        page: int = 0,
        turns: int = 0,
    ) -> None:
        self.width = max(width, 1.0)
        self.height = max(height, 1.0)
        self.boxes = [box for box in boxes if box.text.strip()]
        self.page = page
        self.reader = reader
        self.turns = turns

    @cached_property
    def skew(self) -> float:
        """Median slope of the text lines in radians, 0 for an upright page."""
        slopes = []
        for box in self.boxes:
            x0, y0, x1, y1 = box.quad[:4]
            length, height = math.hypot(x1 - x0, y1 - y0), _side(box.quad)
            if length > 3 * height and x1 > x0:
                slopes.append(math.atan2(y1 - y0, x1 - x0))
        if not slopes:
            return 0.0
        angle = statistics.median(slopes)
        return angle if _SKEW_NOISE < abs(angle) < _SKEW_LIMIT else 0.0

    @cached_property
    def cells(self) -> list[Cell]:
        cos, sin = math.cos(-self.skew), math.sin(-self.skew)
        cells = []
        for box in self.boxes:
            text = grammar.spaced(box.text)
            if not text:
                continue
            xs, ys = box.quad[0::2], box.quad[1::2]
            turned = [(x * cos - y * sin, x * sin + y * cos) for x, y in zip(xs, ys, strict=True)]
            cell = Cell(
                box=box,
                x0=(turned[0][0] + turned[3][0]) / 2,
                x1=(turned[1][0] + turned[2][0]) / 2,
                y0=(turned[0][1] + turned[1][1]) / 2,
                y1=(turned[2][1] + turned[3][1]) / 2,
                raw=box.text,
                text=text,
                widths=[0.55 if character.isascii() else 1.0 for character in text],
            )
            if cell.x1 > cell.x0 and cell.y1 > cell.y0:
                cells.append(cell)
        return cells

    @cached_property
    def rows(self) -> list[Row]:
        """Rows from top to bottom, chained neighbour to neighbour: perspective is harmless."""
        rows: list[list[Cell]] = []
        for cell in sorted(self.cells, key=lambda cell: cell.x0):
            best: list[Cell] | None = None
            best_overlap = 0.0
            for row in rows:
                overlap = _row_overlap(row, cell)
                if overlap > best_overlap:
                    best, best_overlap = row, overlap
            if best is None:
                rows.append([cell])
            else:
                best.append(cell)
        return sorted((Row(cells) for cells in rows), key=lambda row: row.middle)

    @cached_property
    def text(self) -> str:
        return "\n".join(row.text for row in self.rows)

    def find(self, pattern: str) -> list[Piece]:
        """All matches of a regular expression in the rows, top to bottom, left to right."""
        compiled = re.compile(pattern)
        return [piece for row in self.rows for piece in row.find(compiled)]

    def first(self, *patterns: str) -> Piece | None:
        """The first match of the first pattern that matches anywhere."""
        for pattern in patterns:
            found = self.find(pattern)
            if found:
                return found[0]
        return None

    def labels(self, label: str, *, errors: int = 0) -> list[Piece]:
        """Places where the label stands, allowing so many wrong characters (no insertions)."""
        return [piece for row in self.rows for piece in row.labels(label, errors)]

    def find_compact(self, pattern: str) -> list[Piece]:
        """Like :meth:`find`, blind to blanks between cells: for labels."""
        compiled = re.compile(pattern)
        return [piece for row in self.rows for piece in row.find_compact(compiled)]

    def below(self, piece: Piece, *, heights: float = 2.5, slack: float = 1.0) -> list[Cell]:
        """Cells under a piece within so many text heights and overlapping it sideways."""
        height = piece.row.height
        return sorted(
            (
                cell
                for cell in self.cells
                if piece.y1 - 0.3 * height < cell.middle < piece.y1 + heights * height
                and cell.x1 > piece.x0 - slack * height
                and cell.x0 < piece.x1 + slack * height
            ),
            key=lambda cell: cell.y0,
        )

    def piece_of(self, cell: Cell) -> Piece:
        for row in self.rows:
            for index, candidate in enumerate(row.cells):
                if candidate is cell:
                    start = row.owner.index(index)
                    return Piece(row, start, start + len(cell.text))
        raise ValueError("the cell is of another sheet")

    def locate(self, piece: Piece) -> Box:
        """Where the piece stands, relative to the page."""
        xs: list[float] = []
        ys: list[float] = []
        for cell in piece.cells:
            xs += cell.box.quad[0::2]
            ys += cell.box.quad[1::2]
        left, right = min(xs, default=0.0), max(xs, default=0.0)
        if not self.skew and len(piece.cells) == 1:
            left, right = max(left, piece.x0), min(right, piece.x1)
        return self._relative(left, min(ys, default=0.0), right, max(ys, default=0.0))

    def extent(self, *, margin: float = 0.02) -> Box:
        """The part of the page that the text covers, with a margin."""
        xs = [x for box in self.boxes for x in box.quad[0::2]]
        ys = [y for box in self.boxes for y in box.quad[1::2]]
        space = margin * max(self.width, self.height)
        return self._relative(min(xs) - space, min(ys) - space, max(xs) + space, max(ys) + space)

    def place(self, quad: Quad) -> Box:
        """Where a quad stands, relative to the page."""
        return self._relative(min(quad[0::2]), min(quad[1::2]), max(quad[0::2]), max(quad[1::2]))

    def _relative(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        corners = _turned_back(
            _unit(x0 / self.width),
            _unit(y0 / self.height),
            _unit(x1 / self.width),
            _unit(y1 / self.height),
            self.turns,
        )
        return Box(self.page, *(round(value, 4) for value in corners))

    def relative_y(self, piece: Piece) -> float:
        top = min((cell.y0 for cell in self.cells), default=0.0)
        bottom = max((cell.y1 for cell in self.cells), default=1.0)
        return (piece.middle - top) / max(bottom - top, 1.0)

    def relative_x(self, piece: Piece) -> float:
        left = min((cell.x0 for cell in self.cells), default=0.0)
        right = max((cell.x1 for cell in self.cells), default=1.0)
        return ((piece.x0 + piece.x1) / 2 - left) / max(right - left, 1.0)


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _turned_back(
    x0: float, y0: float, x1: float, y1: float, turns: int
) -> tuple[float, float, float, float]:
    """Undo counter-clockwise quarter turns of a relative box, one at a time."""
    for _ in range(turns % 4):
        x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
    return x0, y0, x1, y1


def _side(quad: Quad) -> float:
    return max(1.0, math.hypot(quad[6] - quad[0], quad[7] - quad[1]))


def _row_overlap(row: list[Cell], cell: Cell) -> float:
    """How well a cell continues a row to the right: shared height as a part of the smaller one."""
    last = row[-1]
    small = min(last.height, cell.height)
    gap = cell.x0 - last.x1
    if gap > _GAP_OF_ROW * small or gap < -0.6 * min(cell.x1 - cell.x0, last.x1 - last.x0):
        return 0.0
    shared = min(last.y1, cell.y1) - max(last.y0, cell.y0)
    overlap = shared / small
    if overlap <= 0.45 or max(last.height, cell.height) > 4 * small:  # noqa: PLR2004 - a seal is not text
        return 0.0
    return overlap + 1.0 / (2.0 + abs(gap) / small)


def _fuzzy(text: str, label: str, errors: int) -> Iterator[int]:
    """Places of the label in the text with at most so many wrong characters.

    Of errors + 1 parts of the label at least one must stand there exactly; finding that part first
    spares comparing at every place.
    """
    starts: set[int] = set()
    part = max(1, len(label) // (errors + 1))
    for index in range(errors + 1):
        offset = index * part
        end = len(label) if index == errors else offset + part
        at = text.find(label[offset:end])
        while at >= 0:
            starts.add(at - offset)
            at = text.find(label[offset:end], at + 1)
    taken = 0
    for at in sorted(starts):
        window = text[at : at + len(label)] if at >= taken else ""
        if len(window) == len(label):
            wrong = sum(a != b for a, b in zip(window, label, strict=True))
            if wrong <= errors:
                yield at
                taken = at + len(label)
