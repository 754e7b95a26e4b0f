"""A file that comes in chunks: which chunks fit, what has come, what is missing.

Offsets count bytes from 0; ``end`` is the first byte that is not part of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.refusal import Refusal

CHUNK_BYTES: Final = 256 * 1024
"""What a phone is told to send: seconds on a slow line."""
CHUNK_BYTES_MIN: Final = 64 * 1024
"""Of all chunks but the last, so that a file is not thousands of rows."""
CHUNK_BYTES_MAX: Final = 1024 * 1024
OPEN_MAX: Final = 5
"""Files of one person that may be on their way at once."""
KEPT_FOR: Final = timedelta(hours=48)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bytes of a file, and their hash."""

    start: int
    end: int
    sha256: str


def is_sha256(text: object) -> bool:
    """Whether this is a hash as it is written here: 64 hexadecimal digits in lower case."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def fits(chunk: Chunk, *, size: int, present: Iterable[Chunk]) -> bool:
    """Whether a chunk is to be kept; False when the same one has come before.

    Raises:
        Refusal: UPLOAD_CHUNK_OUTSIDE, UPLOAD_CHUNK_SIZE, UPLOAD_CHUNK_OVERLAPS.
    """
    length = chunk.end - chunk.start
    if chunk.start < 0 or chunk.end > size:
        raise Refusal("UPLOAD_CHUNK_OUTSIDE", path="offset", size=size)
    if length > CHUNK_BYTES_MAX or (length < CHUNK_BYTES_MIN and chunk.end != size) or length < 1:
        raise Refusal(
            "UPLOAD_CHUNK_SIZE", path="body", minimum=CHUNK_BYTES_MIN, limit=CHUNK_BYTES_MAX
        )
    for other in present:
        if other == chunk:
            return False
        if other.start < chunk.end and chunk.start < other.end:
            raise Refusal("UPLOAD_CHUNK_OVERLAPS", path="offset", start=other.start, end=other.end)
    return True


def received(present: Iterable[Chunk]) -> list[tuple[int, int]]:
    """What has come, as ranges that do not touch."""
    ranges: list[tuple[int, int]] = []
    for chunk in sorted(present, key=lambda one: one.start):
        if ranges and ranges[-1][1] == chunk.start:
            ranges[-1] = (ranges[-1][0], chunk.end)
        else:
            ranges.append((chunk.start, chunk.end))
    return ranges


def missing_bytes(present: Iterable[Chunk], size: int) -> int:
    return size - sum(chunk.end - chunk.start for chunk in present)
