"""What a new password must be like. Length counts; composition rules do not (NIST SP 800-63B)."""

import unicodedata

from mobile_hrp.domain.refusal import Refusal

MIN_LENGTH = 10
MAX_LENGTH = 128
_MIN_DISTINCT = 5
_COMMON = frozenset(
    {
        "1234567890",
        "12345678910",
        "0123456789",
        "0987654321",
        "qwertyuiop",
        "1q2w3e4r5t",
        "password123",
        "password1234",
        "administrator",
        "changeme123",
        "woaini1314",
        "a123456789",
        "abc123456789",
        "iloveyou123",
        "welcome123",
        "hospital123",
    }
)


def normalized(password: str) -> str:
    """One spelling per password, whatever keyboard typed it (full-width digits and the like)."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, login_name: str) -> None:
    """Raise Refusal PASSWORD_WEAK (with a ``reason``) unless the password is good enough."""
    text = normalized(password)
    folded = text.casefold()
    if len(text) < MIN_LENGTH:
        raise _weak("too_short")
    if len(text) > MAX_LENGTH:
        raise _weak("too_long")
    if folded in _COMMON or len(set(folded)) < _MIN_DISTINCT:
        raise _weak("too_common")
    if login_name and login_name.casefold() in folded:
        raise _weak("contains_login_name")


def _weak(reason: str) -> Refusal:
    return Refusal("PASSWORD_WEAK", path="newPassword", reason=reason, min_length=MIN_LENGTH)
