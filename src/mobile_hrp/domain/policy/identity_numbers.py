"""Citizen identity numbers (GB 11643): found by their check digit, shown only masked."""

from datetime import date
from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_LENGTH: Final = 18
_SHOWN: Final = 3


def is_identity_number(text: str) -> bool:
    """Whether 18 characters have a real date of birth and the right check digit."""
    digits, last = text[:-1], text[-1:].upper()
    if len(text) != _LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECKS[total % len(_CHECKS)] == last


def masked(text: str) -> str:
    """Enough to find it again, too little to use it: ``110***********021``; a name as ``张*``."""
    if len(text) <= 2 * _SHOWN:
        return text[:1] + "*" * (len(text) - 1)
    return text[:_SHOWN] + "*" * (len(text) - 2 * _SHOWN) + text[-_SHOWN:]
