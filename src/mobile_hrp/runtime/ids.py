"""UUIDv7 identifiers: sortable by creation time, made where a thing is born."""

import secrets
import time
import uuid

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> uuid.UUID:
    """Return a UUIDv7 of the current millisecond (RFC 9562, section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return uuid.UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | high << 64 | _VARIANT | low
    )
