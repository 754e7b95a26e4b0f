"""Read one entered value as its field's type, or say what is wrong with it."""

import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mobile_hrp.domain.money import AMOUNT_FEN_MAX, format_money, parse_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import (
    REFERENCE_LIST_TYPES,
    REFERENCE_TYPES,
    FieldType,
)

TEXT_MAX = 200
LONGTEXT_MAX = 2000
REFERENCE_MAX = 200
LIST_MAX = 200
_FEN = 100
_INT_MAX = 10**9
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_FREE_REFERENCES = frozenset({FieldType.PAYEE, FieldType.CITY, FieldType.LOCATION})
"""References that may still be plain text, for want of a register of their own."""


def is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def read_value(field: FieldDefinition, raw: Any, path: str) -> Any:
    """The value as stored: JSON-safe, money in fen.

    Raises:
        Refusal: FORM_VALUE_INVALID, FORM_TEXT_TOO_LONG, FORM_OPTION_UNKNOWN, FORM_OUT_OF_RANGE, or
            a MONEY_… code, with the field's path.
    """
    if field.type in REFERENCE_LIST_TYPES:
        return _references(field, raw, path)
    if field.type in REFERENCE_TYPES:
        return _reference(field, raw, path)
    return _READERS[field.type](field, raw, path)


def _invalid(field: FieldDefinition, path: str) -> Refusal:
    return Refusal("FORM_VALUE_INVALID", path=path, type=field.type.value)


def _text(field: FieldDefinition, raw: Any, path: str) -> str:
    limit = LONGTEXT_MAX if field.type is FieldType.LONGTEXT else TEXT_MAX
    if not isinstance(raw, str):
        raise _invalid(field, path)
    if len(raw) > limit:
        raise Refusal("FORM_TEXT_TOO_LONG", path=path, limit=limit)
    allowed = "\n\t" if field.type is FieldType.LONGTEXT else ""
    for character in raw:
        if unicodedata.category(character) in {"Cc", "Cs", "Co"} and character not in allowed:
            raise _invalid(field, path)
    return raw.strip()


def _int(field: FieldDefinition, raw: Any, path: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > _INT_MAX:
        raise _invalid(field, path)
    _within(field, Decimal(raw), path)
    return raw


def _decimal(field: FieldDefinition, raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not _DECIMAL.fullmatch(raw):
        raise _invalid(field, path)
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise _invalid(field, path) from None
    _within(field, number, path)
    return format(number.normalize(), "f")


def _money(field: FieldDefinition, raw: Any, path: str) -> int:
    if not isinstance(raw, str):
        raise _invalid(field, path)
    negative = field.minimum is not None and field.minimum < 0
    fen = parse_money(raw, path=path, allow_negative=negative)
    _within(field, Decimal(fen) / _FEN, path)
    return fen


def within(field: FieldDefinition, stored: Any, path: str) -> None:
    """Refuse a stored figure outside the field's range, or beyond any hospital's."""
    number = Decimal(stored)
    if field.type is FieldType.MONEY:
        if abs(number) > AMOUNT_FEN_MAX:
            raise Refusal("MONEY_TOO_LARGE", path=path, maximum=format_money(AMOUNT_FEN_MAX))
        number = number.scaleb(-2)
    _within(field, number, path)


def _within(field: FieldDefinition, number: Decimal, path: str) -> None:
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise Refusal(
            "FORM_OUT_OF_RANGE",
            path=path,
            low="" if low is None else str(low),
            high="" if high is None else str(high),
        )


def _date(field: FieldDefinition, raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        raise _invalid(field, path)
    try:
        return date.fromisoformat(raw).isoformat()
    except ValueError:
        raise _invalid(field, path) from None


def _datetime(field: FieldDefinition, raw: Any, path: str) -> str:
    if not isinstance(raw, str) or len(raw) > TEXT_MAX:
        raise _invalid(field, path)
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise _invalid(field, path) from None
    if moment.tzinfo is None:
        raise _invalid(field, path)
    return moment.isoformat()


def _daterange(field: FieldDefinition, raw: Any, path: str) -> dict[str, str]:
    if not isinstance(raw, Mapping) or set(raw) != {"from", "to"}:
        raise _invalid(field, path)
    first, last = _date(field, raw["from"], path), _date(field, raw["to"], path)
    if first > last:
        raise _invalid(field, path)
    return {"from": first, "to": last}


def _bool(field: FieldDefinition, raw: Any, path: str) -> bool:
    if not isinstance(raw, bool):
        raise _invalid(field, path)
    return raw


def _enum(field: FieldDefinition, raw: Any, path: str) -> str:
    if not isinstance(raw, str) or raw not in {option.code for option in field.options}:
        raise Refusal("FORM_OPTION_UNKNOWN", path=path, value=str(raw)[:40])
    return raw


def _reference(field: FieldDefinition, raw: Any, path: str) -> str:
    """An id. Whether the thing exists and may be used is the service's to check."""
    if not isinstance(raw, str):
        raise _invalid(field, path)
    if field.type in _FREE_REFERENCES:
        return _text(field, raw, path)
    if not _REFERENCE.fullmatch(raw):
        raise _invalid(field, path)
    return _canonical(raw)


def _references(field: FieldDefinition, raw: Any, path: str) -> list[str]:
    if not isinstance(raw, list) or len(raw) > LIST_MAX:
        raise _invalid(field, path)
    return [_reference(field, item, f"{path}.{index}") for index, item in enumerate(raw)]


def _canonical(text: str) -> str:
    """A UUID in its one spelling; any other code as it stands."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text


_READERS: Mapping[FieldType, Callable[[FieldDefinition, Any, str], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONGTEXT: _text,
    FieldType.INT: _int,
    FieldType.DECIMAL: _decimal,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.DATERANGE: _daterange,
    FieldType.BOOL: _bool,
    FieldType.ENUM: _enum,
}
