"""Takes the one picture out of a HEIC photo and leaves everything else behind.

A phone's file holds tiles, thumbnails, depth maps, Exif with the place, XMP; the library that
decodes it walks through all of that in native code, and a damaged table can end its process. So the
tables are read here (:mod:`mobile_hrp.ocr.heic_tables`), and a new file is written of what the
primary picture needs: its tiles, the settings of their decoder, size, rotation and mirroring. Only
that reaches native code. What is kept as the original is the file as it came.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.heic_tables import Box, Numbers, Tables

TILES_MAX = 1024
_PROPERTIES_MAX = 127
"""As many as the small form of an association can name."""
_KEPT_PROPERTIES = frozenset({b"hvcC", b"ispe", b"irot", b"imir"})
_CODED, _GRID = b"hvc1", b"grid"
_ESSENTIAL = 0x80


@dataclass(frozen=True, slots=True)
class _Part:
    """The picture or one of its tiles."""

    kind: bytes
    data: bytes
    properties: tuple[tuple[bool, Box], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        told = [one.body for _, one in self.properties if one.kind == b"ispe"]
        if len(told) != 1:
            raise ValueError("a picture without one size")
        numbers = Numbers(told[0])
        numbers.version()
        return numbers.number(4), numbers.number(4)


def primary_picture(content: bytes, *, pixels_max: int) -> bytes:
    """A HEIC file of the primary picture alone.

    Raises Refusal ``RECEIPT_DAMAGED``, or ``RECEIPT_TOO_MANY_PIXELS`` above ``pixels_max``.
    """
    try:
        parts = _parts(Tables(content))
        pixels = max(one.size[0] * one.size[1] for one in parts)
    except (ValueError, KeyError) as damage:
        raise Refusal("RECEIPT_DAMAGED", path="file") from damage
    if pixels > pixels_max:
        raise Refusal("RECEIPT_TOO_MANY_PIXELS", path="file", limit=pixels_max // 10**6)
    return _written(parts)


def _parts(tables: Tables) -> list[_Part]:
    """The primary picture, and its tiles where it has some."""
    items = [tables.primary]
    if tables.kinds[tables.primary] == _GRID:
        items += tables.parts_of(tables.primary)
    if len(items) > TILES_MAX + 1 or len(set(items)) != len(items):
        raise ValueError("too many tiles, or one twice")
    parts = [_part(tables, one) for one in items]
    if len({prop for one in parts for _, prop in one.properties}) > _PROPERTIES_MAX:
        raise ValueError("too many properties")
    first, *tiles = parts
    if first.kind == _GRID:
        _check_grid(first, tiles)
    elif first.kind != _CODED:
        raise ValueError("the primary picture is of another kind")
    return parts


def _part(tables: Tables, item: int) -> _Part:
    kept = [
        (essential, tables.properties[place - 1])
        for essential, place in tables.associations[item]
        if 0 < place <= len(tables.properties)
    ]
    wanted = tuple(one for one in kept if one[1].kind in _KEPT_PROPERTIES)
    return _Part(tables.kinds[item], tables.data(item), wanted)


def _check_grid(grid: _Part, tiles: Sequence[_Part]) -> None:
    """The tiles are as many as told, of one size, and cover the picture."""
    numbers = Numbers(grid.data)
    numbers.number(1)
    width = 4 if numbers.number(1) & 1 else 2
    rows, columns = numbers.number(1) + 1, numbers.number(1) + 1
    size = numbers.number(width), numbers.number(width)
    sizes = {one.size for one in tiles}
    if len(tiles) != rows * columns or len(sizes) != 1 or size != grid.size:
        raise ValueError("the tiles do not make the picture")
    ((tile_width, tile_height),) = sizes
    covered = columns * tile_width >= size[0] and rows * tile_height >= size[1]
    if any(one.kind != _CODED for one in tiles) or not covered:
        raise ValueError("the tiles do not cover the picture")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _full_box(kind: bytes, body: bytes, *, version: int = 0) -> bytes:
    return _box(kind, bytes((version, 0, 0, 0)) + body)


def _written(parts: Sequence[_Part]) -> bytes:
    """A file of these parts, numbered from 1; the first is the picture."""
    head = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    without_places = _meta(parts, 0)
    data = b"".join(one.data for one in parts)
    return head + _meta(parts, len(head) + len(without_places) + 8) + _box(b"mdat", data)


def _meta(parts: Sequence[_Part], data_at: int) -> bytes:
    tiles = range(2, len(parts) + 1)
    entries = b"".join(
        _full_box(b"infe", struct.pack(">HH", item, 0) + one.kind + b"\0", version=2)
        for item, one in enumerate(parts, 1)
    )
    grid = _box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles))
    return _full_box(
        b"meta",
        _full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + _full_box(b"pitm", struct.pack(">H", 1))
        + _full_box(b"iinf", struct.pack(">H", len(parts)) + entries)
        + (_full_box(b"iref", grid) if tiles else b"")
        + _properties(parts)
        + _places(parts, data_at),
    )


def _properties(parts: Sequence[_Part]) -> bytes:
    """Equal properties once: all tiles of a photo share theirs."""
    places: dict[Box, int] = {}
    rows = b""
    for item, one in enumerate(parts, 1):
        marks = bytes(
            places.setdefault(prop, len(places) + 1) | (_ESSENTIAL if essential else 0)
            for essential, prop in one.properties
        )
        rows += struct.pack(">HB", item, len(marks)) + marks
    shared = b"".join(_box(prop.kind, prop.body) for prop in places)
    table = _full_box(b"ipma", struct.pack(">I", len(parts)) + rows)
    return _box(b"iprp", _box(b"ipco", shared) + table)


def _places(parts: Sequence[_Part], data_at: int) -> bytes:
    rows = b""
    for item, one in enumerate(parts, 1):
        rows += struct.pack(">HHHII", item, 0, 1, data_at, len(one.data))
        data_at += len(one.data)
    widths = struct.pack(">BB", 0x44, 0x00)  # offset and length of four bytes, no base
    return _full_box(b"iloc", widths + struct.pack(">H", len(parts)) + rows)
