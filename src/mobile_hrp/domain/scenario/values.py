"""Stored form values as conditions read them.

Stored values are JSON-safe: money as whole fen, decimals and dates as text. Conditions read yuan,
exact decimals and dates; lists and long texts are not readable and are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mobile_hrp.domain.expression import Value
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import COMPARABLE_TYPES, FieldType

_READ: Mapping[FieldType, Callable[[Any], Value]] = {
    FieldType.MONEY: lambda fen: Decimal(fen).scaleb(-2),
    FieldType.INT: Decimal,
    FieldType.DECIMAL: Decimal,
    FieldType.DATE: date.fromisoformat,
    FieldType.DATETIME: datetime.fromisoformat,
    FieldType.BOOL: bool,
}


def readable_value(field: FieldDefinition, stored: Any) -> Value:
    """One stored value of a comparable field; None when it is empty."""
    if stored is None or stored == "":
        return None
    return _READ.get(field.type, str)(stored)


def readable_fields(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> dict[str, Value]:
    """All comparable fields by key; those without a value are None."""
    return {
        field.key: readable_value(field, values.get(field.key))
        for field in fields
        if field.type in COMPARABLE_TYPES
    }
