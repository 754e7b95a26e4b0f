"""Ids inside form values: opaque typed ids outside, plain ids inside."""

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from mobile_hrp.domain.scenario.form import displayed
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.graphql.ids import encode_id

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
_ID_LENGTH = range(44, 129)


def inward(value: Any, depth: int = 0) -> Any:
    """Entered values with every typed id replaced by the key it names."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {str(key): inward(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [inward(item, depth + 1) for item in value]
    if isinstance(value, str) and len(value) in _ID_LENGTH:
        return _key_of(value) or value
    return value


def _key_of(text: str) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        name, _, key = raw.partition(":")
        return str(uuid.UUID(key)) if name in TYPE_NAMES.values() else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


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
