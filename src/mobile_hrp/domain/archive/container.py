"""A ZIP file of which every byte follows from its members, so that no byte can change unseen.

Members are stored, not compressed, in a given order, with one fixed date and no extra fields
(APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16). Any ZIP program opens it; only this form is
accepted back.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SIZE_MAX = 1 << 30
MEMBERS_MAX = 10_000
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_SIGNATURE, _CENTRAL_SIGNATURE, _END_SIGNATURE = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION  # Unix, so that the attributes below are read as permissions
_UTF8 = 0x800
_DATE = 1 << 5 | 1  # 1980-01-01, the first a ZIP knows
_ATTRIBUTES = 0o100444 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the container. ``intact`` is False when its own checksum denies the content."""

    path: str
    content: bytes
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes ``start`` to ``end`` belong to ``path``; empty for the container's own record."""

    start: int
    end: int
    path: str


def pack(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The container of these members, in this order.

    Raises:
        ValueError: more than ``MEMBERS_MAX`` members or ``SIZE_MAX`` bytes.
    """
    if len(members) > MEMBERS_MAX or sum(len(content) for _, content in members) > SIZE_MAX:
        raise ValueError("the bundle is too large for one container")
    body, directory = bytearray(), bytearray()
    for path, content in members:
        name, checksum = path.encode(), zlib.crc32(content)
        about = (_UTF8, 0, 0, _DATE, checksum, len(content), len(content), len(name), 0)
        directory += _CENTRAL.pack(
            _CENTRAL_SIGNATURE, _MADE_BY, _VERSION, *about, 0, 0, 0, _ATTRIBUTES, len(body)
        )
        directory += name
        body += _LOCAL.pack(_LOCAL_SIGNATURE, _VERSION, *about) + name + content
    count = len(members)
    end = _END.pack(_END_SIGNATURE, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def regions(members: Sequence[tuple[str, bytes]]) -> Iterator[Region]:
    """What each byte of ``pack(members)`` belongs to, without a gap."""
    at = 0
    for path, content in members:
        start, at = at, at + _LOCAL.size + len(path.encode()) + len(content)
        yield Region(start, at, path)
    for path, _ in members:
        start, at = at, at + _CENTRAL.size + len(path.encode())
        yield Region(start, at, path)
    yield Region(at, at + _END.size, "")


def unpack(data: bytes) -> tuple[Member, ...]:
    """The members that can still be read, by the directory or, where that is broken, one by one.

    Lenient on purpose: what is left of a damaged file is needed to say what is damaged.
    """
    by_directory = _affordable(_by_directory(data), len(data))
    return by_directory or _affordable(_one_by_one(data), len(data))


def _affordable(members: Iterator[Member], size: int) -> tuple[Member, ...]:
    """No more than the file can hold: entries that overlap could name the same bytes for ever."""
    found: list[Member] = []
    total = 0
    for member in members:
        total += len(member.content)
        if total > size:
            break
        found.append(member)
    return tuple(found)


def _by_directory(data: bytes) -> Iterator[Member]:
    end_at = data.rfind(_END_SIGNATURE)
    if end_at < 0 or end_at + _END.size > len(data):
        return
    *_, count, _, at, _ = _END.unpack_from(data, end_at)
    for _ in range(count):
        if at + _CENTRAL.size > len(data):
            return
        fields = _CENTRAL.unpack_from(data, at)
        if fields[0] != _CENTRAL_SIGNATURE:
            return
        checksum, size, name_size, extra_size, note_size = *fields[7:9], *fields[10:13]
        name = data[at + _CENTRAL.size : at + _CENTRAL.size + name_size]
        at += _CENTRAL.size + name_size + extra_size + note_size
        yield _member(data, fields[16], name, size, checksum)


def _member(data: bytes, at: int, name: bytes, size: int, checksum: int) -> Member:
    """The member whose local header the directory says is at ``at``."""
    path = name.decode(errors="replace")
    if at + _LOCAL.size > len(data):
        return Member(path, b"", intact=False)
    header = _LOCAL.unpack_from(data, at)
    start = at + _LOCAL.size + header[9] + header[10]
    content = data[start : start + size]
    return Member(path, content, zlib.crc32(content) == checksum and len(content) == size)


def _one_by_one(data: bytes) -> Iterator[Member]:
    at = 0
    while at + _LOCAL.size <= len(data) and data[at : at + 4] == _LOCAL_SIGNATURE:
        header = _LOCAL.unpack_from(data, at)
        checksum, size, name_size, extra_size = header[6], header[7], header[9], header[10]
        start = at + _LOCAL.size + name_size + extra_size
        path = data[at + _LOCAL.size : at + _LOCAL.size + name_size].decode(errors="replace")
        content = data[start : start + size]
        yield Member(path, content, zlib.crc32(content) == checksum and len(content) == size)
        at = start + size
