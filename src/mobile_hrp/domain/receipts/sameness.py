"""How alike two receipts are. Warns, never blocks: the identity key does that."""

from collections.abc import Collection
from dataclasses import dataclass

_HASH_HEX = 64
_HASH_BITS_ALIKE = 26
_SHARED_ALIKE = 0.6
_MARKS_TELLING = 4
"""With fewer figures read than this, only the picture can tell."""


@dataclass(frozen=True, slots=True)
class Traces:
    """``picture`` holds four hashes, one per quarter turn; ``marks`` are digests of text tokens."""

    picture: str
    marks: Collection[str]


def looks_alike(first: Traces, second: Traces) -> bool:
    """Same paper again?

    Forms of one kind look alike as pictures, so the figures on them decide where both were read;
    the picture, in any quarter turn, decides only where one was not.
    """
    if min(len(set(first.marks)), len(set(second.marks))) >= _MARKS_TELLING:
        shared = len(set(first.marks) & set(second.marks))
        return shared >= _MARKS_TELLING and shared_marks(first.marks, second.marks) >= _SHARED_ALIKE
    return hash_distance(first.picture, second.picture) <= _HASH_BITS_ALIKE


def hash_distance(first: str, second: str) -> int:
    """Least differing bits of the first picture against the second in its four turns."""
    if len(first) < _HASH_HEX or len(second) < _HASH_HEX:
        return _HASH_HEX * 4
    upright = int(first[:_HASH_HEX], 16)
    turned = (second[at : at + _HASH_HEX] for at in range(0, len(second), _HASH_HEX))
    return min((upright ^ int(other, 16)).bit_count() for other in turned)


def shared_marks(first: Collection[str], second: Collection[str]) -> float:
    """Shared marks as a part of the smaller side: a crop shows fewer, but the same ones."""
    one, other = set(first), set(second)
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
