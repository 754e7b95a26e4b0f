"""Ids inside form values: opaque typed ids outside, plain ids inside."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from mobile_hrp.domain.scenario.form import displayed
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.graphql.ids import encode_id, named_by

TYPE_NAMES: Mapping[FieldType, str] = {
    FieldType.STAFF: "Staff",
    FieldType.STAFF_LIST: "Staff",
    FieldType.DEPT: "Department",
    FieldType.CAMPUS: "Campus",
    FieldType.PROJECT: "Project",
    FieldType.FUND_SOURCE: "FundSource",
    FieldType.BUDGET_LINE: "BudgetLine",
    FieldType.ECON_CLASS: "EconomicClass",
    FieldType.SUPPLIER: "Supplier",
    FieldType.PAYEE: "PayeeAccount",
    FieldType.INVOICE_LIST: "Receipt",
    FieldType.DOC_LINK: "Document",
}
_DEPTH_MAX = 6
_ID_LENGTH_MIN = min(map(len, TYPE_NAMES.values())) + len(":") + 36


def inward(value: Any, depth: int = 0) -> Any:
    """Entered values with every typed id replaced by the key it names."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {str(key): inward(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [inward(item, depth + 1) for item in value]
    if isinstance(value, str) and len(value) >= _ID_LENGTH_MIN:
        return _key_of(value) or value
    return value


def _key_of(text: str) -> str | None:
    named = named_by(text)
    return str(named[1]) if named is not None and named[0] in TYPE_NAMES.values() else None


def outward(fields: Sequence[FieldDefinition], values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values as a phone shows and sends them back."""
    return _outward(fields, displayed(fields, values))


def _outward(fields: Sequence[FieldDefinition], shown: Mapping[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for field in fields:
        if field.key not in shown:
            continue
        value = shown[field.key]
        if field.type in ROW_TYPES:
            typed[field.key] = [_outward(field.columns, row) for row in value]
        elif field.type in TYPE_NAMES:
            typed[field.key] = _typed(TYPE_NAMES[field.type], value)
        else:
            typed[field.key] = value
    return typed


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(name, item) for item in value]
    try:
        return encode_id(name, uuid.UUID(str(value)))
    except ValueError:
        return value
