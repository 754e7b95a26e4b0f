"""Whatever a form names must exist in the hospital: lines, people, departments, funds, documents.

A form value is stored as JSON, where no foreign key holds; what is wrong would come out only later,
in the hands of an approver. Receipts have rules of their own (see ``receipt_uses``).
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.models.base import TenantRow
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
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import AnySession

_TABLES: Mapping[FieldType, type[TenantRow]] = {
    FieldType.STAFF: Staff,
    FieldType.STAFF_LIST: Staff,
    FieldType.DEPT: Department,
    FieldType.CAMPUS: Campus,
    FieldType.PROJECT: Project,
    FieldType.FUND_SOURCE: FundSource,
    FieldType.BUDGET_LINE: BudgetLine,
    FieldType.ECON_CLASS: EconomicClass,
    FieldType.SUPPLIER: Supplier,
    FieldType.PAYEE: PayeeAccount,
    FieldType.DOC_LINK: Document,
}


async def check_references(
    session: AnySession,
    *,
    hospital_id: int,
    fields: Sequence[FieldDefinition],
    values: Mapping[str, Any],
) -> None:
    """Raise Refusal NOT_FOUND at the path of each id that names nothing in this hospital.

    An id of another hospital and one that never existed get the same answer.
    """
    named: dict[type[TenantRow], list[tuple[str, uuid.UUID]]] = defaultdict(list)
    for table, path, key in _references(fields, values, "values"):
        named[table].append((path, key))
    missing: list[str] = []
    for table, places in named.items():
        found = await session.scalars(
            select(table.id).where(
                table.hospital_id == hospital_id, table.id.in_({key for _, key in places})
            )
        )
        known = set(found)
        missing += [path for path, key in places if key not in known]
    if missing:
        raise Refusal.of(tuple(RefusalDetail("NOT_FOUND", path) for path in sorted(missing)))


def _references(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], path: str
) -> Iterator[tuple[type[TenantRow], str, uuid.UUID]]:
    for field in fields:
        value = values.get(field.key)
        place = f"{path}.{field.key}"
        if value is None:
            continue
        if field.type in ROW_TYPES:
            for number, row in enumerate(value):
                yield from _references(field.columns, row, f"{place}.{number}")
        elif (table := _TABLES.get(field.type)) is not None:
            for item in value if isinstance(value, list) else [value]:
                if (key := _key(item)) is not None:
                    yield table, place, key


def _key(value: Any) -> uuid.UUID | None:
    """Ids are stored as text; what is no id was refused by the form already."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
