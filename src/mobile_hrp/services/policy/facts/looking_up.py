"""What several loaders look up: ids of a form, codes of people, the way a document will go."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.form_view import placed
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.routing import RoutedNode, RouteRequest, RouteStatus, route
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Department, RoleAssignment, Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.organisation_view import load_organisation

STANDING = (
    DocumentStatus.IN_APPROVAL,
    DocumentStatus.RETURNED,
    DocumentStatus.APPROVED,
    DocumentStatus.CLOSED,
)
"""Submitted and neither refused nor taken back."""


@dataclass(frozen=True, slots=True)
class Person:
    id: uuid.UUID
    number: str
    name: str
    job_category: str
    rank: str
    active: bool
    department_id: uuid.UUID


def as_id(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def ids_on(document: PolicyDocument, *types: FieldType) -> tuple[uuid.UUID, ...]:
    """The ids that fields of these types name, each once, in the form's order."""
    found = (
        as_id(item)
        for value in placed(document, *types)
        for item in (value.value if isinstance(value.value, list) else [value.value])
    )
    return tuple(dict.fromkeys(one for one in found if one is not None))


async def people(session: AnySession, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Person]:
    rows = await session.execute(
        select(
            Staff.id,
            Staff.employee_number,
            Staff.name,
            Staff.job_category,
            Staff.rank,
            Staff.active,
            Staff.department_id,
        ).where(Staff.id.in_(list(ids)))
    )
    return {row[0]: Person(*row) for row in rows}


async def department_code(session: AnySession, department_id: uuid.UUID) -> str:
    found = await session.scalar(select(Department.code).where(Department.id == department_id))
    return found or ""


async def stored(session: AnySession, document: PolicyDocument) -> Document | None:
    found: Document | None = await session.scalar(
        select(Document).where(Document.id == document.id)
    )
    return found


async def linked(session: AnySession, document: PolicyDocument) -> Sequence[Document]:
    """The documents the form links to."""
    ids = ids_on(document, FieldType.DOC_LINK)
    if not ids:
        return ()
    rows = await session.scalars(select(Document).where(Document.id.in_(ids)))
    return rows.all()


async def nodes_ahead(
    session: AnySession, document: PolicyDocument, now: datetime
) -> tuple[RoutedNode, ...]:
    """The nodes the document will pass as it is filled in now; none for an unknown document."""
    row = await stored(session, document)
    if row is None:
        return ()
    loaded = await scenarios.loaded_scenario(session, row.scenario_code, row.scenario_version)
    organisation = await load_organisation(session, hospital_id=row.hospital_id, now=now)
    planned = route(
        loaded.scenario,
        RouteRequest(
            values=document.values,
            requester_id=document.requester_id,
            department_id=document.department_id,
            facts=_NOTHING_UNUSUAL,
        ),
        vocabulary=loaded.vocabulary,
        organisation=organisation,
        now=now,
    )
    return tuple(node for node in planned.nodes if node.status is RouteStatus.INCLUDED)


_NOTHING_UNUSUAL: Mapping[str, bool] = {
    "over_standard": False,
    "over_quota": False,
    "extra_approver_required": False,
    "used_in_performance": False,
}


async def holders_of(session: AnySession, role: str, on: date) -> frozenset[uuid.UUID]:
    """Who holds the role anywhere on that day and works here."""
    rows = await session.scalars(
        select(RoleAssignment.staff_id)
        .join(
            Staff,
            (Staff.hospital_id == RoleAssignment.hospital_id)
            & (Staff.id == RoleAssignment.staff_id),
        )
        .where(
            Staff.active,
            RoleAssignment.role == role,
            RoleAssignment.valid_from <= on,
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to > on),
        )
    )
    return frozenset(rows)
