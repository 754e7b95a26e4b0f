"""Whether two readings are of one receipt: by number, by bytes, by facts, by the look of it.

Only the number and the bytes are certain. Facts and looks warn; a person compares.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from mobile_hrp.domain.receipts.kinds import ReceiptKind

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


class Trace(StrEnum):
    """By what a receipt was recognised again, the strongest first."""

    IDENTITY = "identity"  # the number, or code and number
    FILE = "file"  # the same bytes
    FACTS = "facts"  # seller, day and total
    PICTURE = "picture"  # the figures or the picture itself look alike


@dataclass(frozen=True, slots=True)
class Seen:
    """What one file shows. ``key`` and ``fact_key`` are those of ``identity``.

    ``key_is_proven`` says that every part of the key was proven by the reading itself: a number
    that a person typed, or that was read once, can be wrong, by mistake or on purpose.
    """

    kind: ReceiptKind | None
    sha256: str
    key: str | None = None
    key_is_proven: bool = False
    fact_key: str | None = None
    traces: Traces | None = None


def trace_of(first: Seen, second: Seen) -> Trace | None:
    """The strongest trace by which the second is the first again; None when they are two.

    Two receipts with different proven numbers are two receipts, however alike they look.
    """
    if first.key and first.key == second.key:
        return Trace.IDENTITY
    if first.sha256 == second.sha256:
        return Trace.FILE
    if first.key and second.key and first.key_is_proven and second.key_is_proven:
        return None
    if first.fact_key and first.fact_key == second.fact_key:
        return Trace.FACTS
    same_kind = first.kind is not None and first.kind is second.kind
    if same_kind and first.traces and second.traces and looks_alike(first.traces, second.traces):
        return Trace.PICTURE
    return None


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
