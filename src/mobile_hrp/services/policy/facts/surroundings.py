"""What several loaders ask: the hospital of a document, whether other documents still stand."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.forms import Entry
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.models.organization import Department, Hospital, Staff, Supplier
from mobile_hrp.runtime.database import AnySession

STANDING: Final = (DocumentStatus.IN_APPROVAL, DocumentStatus.APPROVED, DocumentStatus.CLOSED)
"""Submitted and not given back: their money, days and receipts count."""
LOOKED_BACK_DAYS: Final = 400
"""How far history is read. Windows of the policy tables lie within it."""


async def hospital_of(session: AnySession, document: PolicyDocument) -> Hospital:
    found = await session.execute(
        select(Hospital)
        .join(Department, Department.hospital_id == Hospital.id)
        .where(Department.id == document.department_id)
    )
    return found.scalar_one()


async def employee_number(session: AnySession, staff_id: uuid.UUID) -> str:
    """Empty for somebody this hospital does not employ."""
    number = await session.scalar(select(Staff.employee_number).where(Staff.id == staff_id))
    return number or ""


async def tax_ids(session: AnySession, named: Iterable[Entry]) -> Mapping[str, str]:
    """The tax id of each supplier that is named by id, by that id."""
    wanted = uuids(entry.text for entry in named)
    rows = await session.execute(
        select(Supplier.id, Supplier.tax_id).where(Supplier.id.in_(wanted))
    )
    return {str(key): tax_id for key, tax_id in rows}


def uuids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Those of the texts that are ids, each once."""
    found: dict[uuid.UUID, None] = {}
    for text in texts:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)
