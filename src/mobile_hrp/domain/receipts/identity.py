"""Who a receipt is: the key that is claimed once per hospital, and weaker traces."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from mobile_hrp.domain.receipts.kinds import FISCAL_KINDS, ReceiptKind
from mobile_hrp.domain.receipts.reading import Value

_DIGITAL = re.compile(r"\d{20}")
_RAIL_NUMBER = re.compile(r"[0-9A-Z]{7,10}")
_BRACKETS = str.maketrans(
    {"（": "(", "）": ")", "【": "(", "】": ")", "[": "(", "]": ")", "·": "", ".": ""}
)


@dataclass(frozen=True, slots=True)
class ReceiptIdentity:
    """``key`` is unique for life and blocks; ``fact_key`` only warns (two taxi rides may agree)."""

    key: str | None
    fact_key: str | None


def identity(kind: ReceiptKind, fields: Mapping[str, Value | None]) -> ReceiptIdentity:
    """Keys from confirmed or proven fields. The same invoice has one key as photo, PDF and OFD.

    The 20-digit number identifies alone; code and number together otherwise; a rail ticket by its
    number with date and train, since the short number returns after some years.
    """
    return ReceiptIdentity(_key(kind, fields), fact_key(kind, fields))


def _key(kind: ReceiptKind, fields: Mapping[str, Value | None]) -> str | None:
    number, code = _text(fields, "number"), _text(fields, "code")
    if _DIGITAL.fullmatch(number):
        return f"einvoice:{number}"
    if kind is ReceiptKind.RAIL_PAPER:
        date = _text(fields, "date")
        return f"rail:{number}:{date}" if _RAIL_NUMBER.fullmatch(number) and date else None
    if not (number and code):
        return None
    family = "fiscal" if kind in FISCAL_KINDS else "invoice"
    return f"{family}:{code}:{number}"


def key_fields(kind: ReceiptKind) -> tuple[str, ...]:
    """The fields that make up the key of a kind; a 20-digit number needs no code."""
    return ("number", "date") if kind is ReceiptKind.RAIL_PAPER else ("number", "code")


def fact_key(kind: ReceiptKind, fields: Mapping[str, Value | None]) -> str | None:
    """A digest of seller (or kind), date and total; None when date or total is unknown."""
    date, total = _text(fields, "date"), fields.get("total")
    if not date or total is None:
        return None
    who = normal_title(_text(fields, "seller_tax") or _text(fields, "seller")) or kind.value
    return hashlib.sha256(f"{who}|{date}|{total}".encode()).hexdigest()[:32]


def normal_title(name: str) -> str:
    """A company name for comparing: width, brackets, blanks, dots and case do not matter."""
    text = unicodedata.normalize("NFKC", name).translate(_BRACKETS).upper()
    return "".join(character for character in text if not character.isspace())


def are_consecutive(first: str, second: str, *, distance: int = 1) -> bool:
    """Two numbers of equal length at most ``distance`` apart, and not the same one (连号)."""
    if len(first) != len(second) or not (first.isdigit() and second.isdigit()):
        return False
    return 0 < abs(int(first) - int(second)) <= distance


def _text(fields: Mapping[str, Value | None], name: str) -> str:
    value = fields.get(name)
    return value.upper() if isinstance(value, str) else ""
