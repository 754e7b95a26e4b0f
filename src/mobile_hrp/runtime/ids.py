"""UUIDv7 identifiers: sortable by creation time, made where a thing is born."""

import os
import secrets
import threading
import time
import uuid

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_BITS = 74
_STEP_BITS = 32


class _Sequence:
    """Strictly increasing pairs of (millisecond, random part) within one process.

    Two vouchers of one transaction are born in one millisecond, and readers list them by id:
    within a millisecond the random part grows by a random step (RFC 9562, section 6.2, method 2),
    and a clock set back does not let a later id sort before an earlier one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._random = 0

    def next(self, millisecond: int) -> tuple[int, int]:
        with self._lock:
            if millisecond > self._millisecond:
                self._millisecond, self._random = millisecond, secrets.randbits(_RANDOM_BITS)
            else:
                self._random += 1 + secrets.randbits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    self._millisecond += 1
                    self._random = secrets.randbits(_RANDOM_BITS)
            return self._millisecond, self._random

    def forget(self) -> None:
        """A forked child must not go on where its parent also goes on."""
        self._lock = threading.Lock()
        self._millisecond = self._random = 0


_sequence = _Sequence()
os.register_at_fork(after_in_child=_sequence.forget)


def new_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7) that sorts after all this process made before."""
    millisecond, random_bits = _sequence.next(time.time_ns() // 1_000_000)
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return uuid.UUID(
        int=(millisecond & ((1 << 48) - 1)) << 80 | _VERSION_7 | high << 64 | _VARIANT | low
    )
