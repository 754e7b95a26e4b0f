"""The tables of a HEIC file, read with bounds: boxes, items, where they lie, what belongs to them.

ISO/IEC 14496-12 (boxes, ``iloc``, ``iinf``, ``pitm``, ``iref``) and ISO/IEC 23008-12 (``iprp``).
Everything here raises ValueError or KeyError for a table that does not hold together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

ITEMS_MAX = 4096
_BOXES_MAX = 8192
_EXTENTS_MAX = 64
_LARGE_SIZE, _TO_THE_END = 1, 0
_IN_FILE, _IN_META = 0, 1
_WIDTHS = frozenset({0, 4, 8})


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item's bytes lie: in the file or in the meta box, in pieces of (offset, length)."""

    method: int
    pieces: tuple[tuple[int, int], ...]


class Numbers:
    """Takes big-endian numbers from bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise ValueError("a table ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def count(self, size: int, limit: int) -> int:
        """A number of rows."""
        found = self.number(size)
        if found > limit:
            raise ValueError("a table has too many rows")
        return found

    def version(self) -> tuple[int, int]:
        """Version and flags, with which a full box begins."""
        return self.number(1), self.number(3)


def boxes(data: bytes) -> Iterator[Box]:
    at, left = 0, _BOXES_MAX
    while at < len(data):
        if not left:
            raise ValueError("too many boxes")
        left -= 1
        head = Numbers(data[at : at + 16])
        size, kind, start = head.number(4), head.take(4), 8
        if size == _LARGE_SIZE:
            size, start = head.number(8), 16
        elif size == _TO_THE_END:
            size = len(data) - at
        if not start <= size <= len(data) - at:
            raise ValueError("a box is longer than what it stands in")
        yield Box(kind, data[at + start : at + size])
        at += size


def named(data: bytes) -> dict[bytes, bytes]:
    """The bodies of boxes by kind; the first of a kind counts."""
    found: dict[bytes, bytes] = {}
    for box in boxes(data):
        found.setdefault(box.kind, box.body)
    return found


class Tables:
    """What a file says of its items."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._meta = named(named(content)[b"meta"][4:])
        self._of_properties = named(self._meta[b"iprp"])
        self._left = len(content)

    @cached_property
    def primary(self) -> int:
        table = Numbers(self._meta[b"pitm"])
        version, _ = table.version()
        return table.number(4 if version else 2)

    @cached_property
    def kinds(self) -> dict[int, bytes]:
        """What each item is: ``hvc1`` a coded picture, ``grid`` one made of others."""
        table = Numbers(self._meta[b"iinf"])
        version, _ = table.version()
        table.count(4 if version else 2, ITEMS_MAX)
        found = {}
        for box in boxes(self._meta[b"iinf"][8 if version else 6 :]):
            entry = Numbers(box.body)
            version, _ = entry.version()
            if box.kind == b"infe" and version in {2, 3}:
                item = entry.number(2 if version == 2 else 4)  # noqa: PLR2004 - as the table says
                entry.number(2)
                found[item] = entry.take(4)
        return found

    @cached_property
    def properties(self) -> list[Box]:
        return list(boxes(self._of_properties[b"ipco"]))

    @cached_property
    def associations(self) -> dict[int, list[tuple[bool, int]]]:
        """Which properties an item has: (must be understood, place counted from 1)."""
        table = Numbers(self._of_properties[b"ipma"])
        version, flags = table.version()
        found: dict[int, list[tuple[bool, int]]] = {}
        for _ in range(table.count(4, ITEMS_MAX)):
            item = table.number(4 if version else 2)
            rows = [table.number(2 if flags & 1 else 1) for _ in range(table.number(1))]
            top = 15 if flags & 1 else 7
            found[item] = [(bool(row >> top), row & ((1 << top) - 1)) for row in rows]
        return found

    def parts_of(self, grid: int) -> list[int]:
        """The tiles of a grid, row by row."""
        table = Numbers(self._meta[b"iref"])
        version, _ = table.version()
        width = 4 if version else 2
        for box in boxes(self._meta[b"iref"][4:]):
            entry = Numbers(box.body)
            if box.kind == b"dimg" and entry.number(width) == grid:
                return [entry.number(width) for _ in range(entry.count(2, ITEMS_MAX))]
        raise ValueError("a grid without tiles")

    @cached_property
    def places(self) -> dict[int, Place]:
        table = Numbers(self._meta[b"iloc"])
        version, _ = table.version()
        widths = table.number(2)
        of_offset, of_length, of_base = widths >> 12, widths >> 8 & 15, widths >> 4 & 15
        of_index = widths & 15 if version else 0
        if not {of_offset, of_length, of_base, of_index} <= _WIDTHS:
            raise ValueError("numbers of an unknown width")
        of_item = 4 if version > 1 else 2
        found = {}
        for _ in range(table.count(of_item, ITEMS_MAX)):
            item = table.number(of_item)
            method = table.number(2) & 15 if version else _IN_FILE
            table.number(2)
            base = table.number(of_base)
            pieces = []
            for _ in range(table.count(2, _EXTENTS_MAX)):
                table.number(of_index)
                pieces.append((base + table.number(of_offset), table.number(of_length)))
            found[item] = Place(method, tuple(pieces))
        return found

    def data(self, item: int) -> bytes:
        """The bytes of an item. All that is asked for cannot be more than the file has."""
        place = self.places[item]
        if place.method not in {_IN_FILE, _IN_META}:
            raise ValueError("data made of other data")
        source = self._content if place.method == _IN_FILE else self._meta[b"idat"]
        found = []
        for offset, length in place.pieces:
            self._left -= length
            if not 0 < length <= len(source) - offset or self._left < 0:
                raise ValueError("data outside the file, or told more than once")
            found.append(source[offset : offset + length])
        return b"".join(found)
