"""Opaque reference tokens: ``<hospital in base 36>.<43 url-safe characters>``.

The text says which hospital's rows may be looked at before anything was looked up (row-level
security needs that); all else is 256 random bits. Only the SHA-256 of the whole text is stored, so
a token with a changed prefix matches no row of either hospital.
"""

import base64
import hashlib
import re

TOKEN_BYTES = 32
_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_HOSPITAL_ID = 2**31 - 1
_TEXT = re.compile(r"(0|[1-9a-z][0-9a-z]{0,5})\.([A-Za-z0-9_-]{43})", re.ASCII)


def token_text(hospital_id: int, random: bytes) -> str:
    """The text of a token for ``random``, which must be 32 fresh random bytes."""
    if len(random) != TOKEN_BYTES:
        raise ValueError("a token needs exactly 32 random bytes")
    secret = base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")
    return f"{_to_base_36(hospital_id)}.{secret}"


def hospital_of(token: str) -> int | None:
    """The hospital a token claims to be of; None when it is not the text of a token."""
    match = _TEXT.fullmatch(token)
    if match is None:
        return None
    hospital_id = int(match[1], 36)
    return hospital_id if hospital_id <= _MAX_HOSPITAL_ID else None


def token_hash(token: str) -> bytes:
    """What is stored of a token. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _to_base_36(number: int) -> str:
    if not 0 <= number <= _MAX_HOSPITAL_ID:
        raise ValueError("a hospital id is a non-negative 32-bit integer")
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _BASE_36[digit] + digits
        if number == 0:
            return digits
