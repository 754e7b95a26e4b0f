"""A form's values as people read them: names for ids, option names for codes, yuan for fen."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import (
    REFERENCE_LIST_TYPES,
    ROW_TYPES,
    FieldType,
)
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import (
    Campus,
    Department,
    EconomicClass,
    FundSource,
    Project,
    Staff,
    Supplier,
)
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.form_seals import PERSON, SEALED

_NAMED: Mapping[FieldType, tuple[Any, ...]] = {
    FieldType.STAFF: (Staff.id, Staff.employee_number, Staff.name),
    FieldType.STAFF_LIST: (Staff.id, Staff.employee_number, Staff.name),
    FieldType.DEPT: (Department.id, Department.code, Department.name),
    FieldType.CAMPUS: (Campus.id, Campus.code, Campus.name),
    FieldType.PROJECT: (Project.id, Project.code, Project.name),
    FieldType.FUND_SOURCE: (FundSource.id, FundSource.code, FundSource.name),
    FieldType.BUDGET_LINE: (BudgetLine.id, BudgetLine.code, BudgetLine.name),
    FieldType.ECON_CLASS: (EconomicClass.id, EconomicClass.code, EconomicClass.name),
    FieldType.SUPPLIER: (Supplier.id, Supplier.tax_id, Supplier.name),
    FieldType.DOC_LINK: (Document.id, Document.number, Document.title),
    FieldType.INVOICE_LIST: (Receipt.id, Receipt.sha256, Receipt.original_name),
}
"""What each kind of reference is shown by: a code and a name."""
_SHORT = 12
SEALED_TEXT = "（已封存）"
"""Stands where an archive keeps back what somebody gets."""
_YES_NO = {True: "是", False: "否"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """``text`` of a plain field, or the ``rows`` of a list, each by its own fields."""

    definition: FieldDefinition
    text: str
    items: tuple[str, ...] = ()
    rows: tuple[tuple["ShownField", ...], ...] = ()


async def shown_form(
    session: AnySession, fields: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> tuple[ShownField, ...]:
    """Every field that has a value, in the order of the form."""
    wanted: dict[FieldType, set[uuid.UUID]] = {}
    for kind, key in _references(fields, values):
        wanted.setdefault(kind, set()).add(key)
    names: dict[str, str] = {}
    for kind, keys in wanted.items():
        identity, code, name = _NAMED[kind]
        rows = await session.execute(select(identity, code, name).where(identity.in_(keys)))
        for key, short, long in rows:
            shown = short[:_SHORT] if kind is FieldType.INVOICE_LIST else short
            names[str(key)] = f"{long}（{shown}）"
    return tuple(_shown(fields, values, names))


def _references(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> Iterator[tuple[FieldType, uuid.UUID]]:
    for field in fields:
        value = values.get(field.key)
        if field.type in ROW_TYPES:
            for row in value or []:
                yield from _references(field.columns, row)
        elif field.type in _NAMED and value:
            for one in value if isinstance(value, list) else [value]:
                try:
                    yield field.type, uuid.UUID(str(one))
                except ValueError:
                    continue


def _shown(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[ShownField]:
    for field in fields:
        value = values.get(field.key)
        if value is None or value in ("", [], {}):
            continue
        if field.type in ROW_TYPES:
            rows = tuple(tuple(_row(field.columns, row, names)) for row in value)
            yield ShownField(field, "", rows=rows)
        elif field.type in REFERENCE_LIST_TYPES or isinstance(value, list):
            items = tuple(names.get(str(one), str(one)) for one in value)
            yield ShownField(field, "、".join(items), items=items)
        else:
            yield ShownField(field, _text(field, value, names))


def _row(
    columns: Sequence[FieldDefinition], row: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[ShownField]:
    """A row; of one that is sealed, who it is about, and that there is more."""
    if SEALED not in row:
        yield from _shown(columns, row, names)
        return
    yield from _shown([one for one in columns if one.key == PERSON], row, names)
    yield from (ShownField(one, SEALED_TEXT) for one in columns if one.key != PERSON)


def _text(field: FieldDefinition, value: Any, names: Mapping[str, str]) -> str:
    match field.type:
        case FieldType.MONEY if isinstance(value, int):
            return format_money(value)
        case FieldType.BOOL if isinstance(value, bool):
            return _YES_NO[value]
        case FieldType.ENUM:
            found = (option.name.zh for option in field.options if option.code == value)
            return next(found, str(value))
        case FieldType.DATERANGE if isinstance(value, dict):
            return f"{value.get('from', '')} 至 {value.get('to', '')}"
        case _:
            return names.get(str(value), str(value))
