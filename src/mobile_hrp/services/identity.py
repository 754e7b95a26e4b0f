"""From an access token to the person behind it, and what that person is told about themselves.

Roles are read from the assignments in force on the hospital's own calendar day, on each request: a
transfer or the end of an acting post takes effect at once, whatever tokens are about.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import LoginMethod, Provider
from mobile_hrp.domain.identity.tokens import hospital_of, token_hash
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.models.identity import (
    AccessToken,
    Credential,
    Device,
    ExternalIdentity,
    SessionFamily,
)
from mobile_hrp.models.organization import (
    Campus,
    Department,
    Hospital,
    RoleAssignment,
    Staff,
)
from mobile_hrp.runtime.database import AnySession, Database

_ROLES: Mapping[str, Role] = {role.value: role for role in Role}


class Authentication(NamedTuple):
    """``denial`` says why there is no viewer: UNAUTHENTICATED or TOKEN_EXPIRED."""

    viewer: Viewer | None
    denial: str = "UNAUTHENTICATED"


@dataclass(frozen=True, slots=True)
class Capability:
    """A permission the interface may offer. ``widest`` is the widest kind of scope it covers."""

    permission: Permission
    widest: ScopeKind


@dataclass(frozen=True, slots=True)
class Me:
    """What a client shows of its own user."""

    staff_id: uuid.UUID
    name: str
    employee_number: str
    hospital_id: int
    hospital_name: str
    department_id: uuid.UUID
    department_name: str
    campus_id: uuid.UUID
    campus_name: str
    roles: tuple[RoleGrant, ...]
    providers: tuple[Provider, ...]
    must_change_password: bool
    capabilities: tuple[Capability, ...]


async def authenticate(database: Database, *, access_token: str, now: datetime) -> Authentication:
    """Find the person behind a token, in a read transaction of the hospital the token names."""
    hospital_id = hospital_of(access_token)
    if hospital_id is None:
        return Authentication(None)
    async with database.reading(hospital_id) as session:
        return await authenticate_in(
            session, hospital_id=hospital_id, access_token=access_token, now=now
        )


async def authenticate_in(
    session: AnySession, *, hospital_id: int, access_token: str, now: datetime
) -> Authentication:
    """As ``authenticate``, in a transaction that is open. A changed token matches nothing."""
    found = await session.execute(
        select(
            AccessToken.expires_at,
            SessionFamily.id.label("session_id"),
            SessionFamily.device_id,
            SessionFamily.staff_id,
            SessionFamily.method,
            Credential.must_change,
            Hospital.timezone,
        )
        .join_from(
            AccessToken,
            SessionFamily,
            (SessionFamily.hospital_id == AccessToken.hospital_id)
            & (SessionFamily.id == AccessToken.family_id),
        )
        .join(
            Device,
            (Device.hospital_id == SessionFamily.hospital_id)
            & (Device.id == SessionFamily.device_id),
        )
        .join(
            Staff,
            (Staff.hospital_id == SessionFamily.hospital_id) & (Staff.id == SessionFamily.staff_id),
        )
        .join(Hospital, Hospital.id == AccessToken.hospital_id)
        .outerjoin(
            Credential,
            (Credential.hospital_id == Staff.hospital_id) & (Credential.staff_id == Staff.id),
        )
        .where(
            AccessToken.hospital_id == hospital_id,
            AccessToken.token_hash == token_hash(access_token),
            SessionFamily.ended_at.is_(None),
            Device.revoked_at.is_(None),
            Staff.active,
        )
    )
    proof = found.one_or_none()
    if proof is None:
        return Authentication(None)
    if now >= proof.expires_at:
        return Authentication(None, "TOKEN_EXPIRED")
    today = now.astimezone(ZoneInfo(proof.timezone)).date()
    return Authentication(
        Viewer(
            hospital_id=hospital_id,
            staff_id=proof.staff_id,
            session_id=proof.session_id,
            device_id=proof.device_id,
            roles=await roles_on(
                session, hospital_id=hospital_id, staff_id=proof.staff_id, day=today
            ),
            must_change_password=bool(proof.must_change) and proof.method is LoginMethod.PASSWORD,
        )
    )


async def roles_on(
    session: AnySession, *, hospital_id: int, staff_id: uuid.UUID, day: date
) -> tuple[RoleGrant, ...]:
    """The roles in force on a day, with the departments each scope covers.

    A role or scope this release does not know gives nothing.
    """
    found = await session.execute(
        select(RoleAssignment.role, RoleAssignment.scope_kind, RoleAssignment.scope_id)
        .where(
            RoleAssignment.hospital_id == hospital_id,
            RoleAssignment.staff_id == staff_id,
            RoleAssignment.role.in_(_ROLES),
            RoleAssignment.valid_from <= day,
            (RoleAssignment.valid_to.is_(None)) | (RoleAssignment.valid_to > day),
        )
        .order_by(RoleAssignment.role, RoleAssignment.scope_kind, RoleAssignment.scope_id)
        .distinct()
    )
    rows = found.all()
    covered = await _departments_in(session, hospital_id, rows)
    return tuple(
        RoleGrant(
            role=_ROLES[row.role],
            scope_kind=ScopeKind(row.scope_kind),
            scope_id=row.scope_id,
            departments=covered.get(row.scope_id, frozenset()),
        )
        for row in rows
    )


def capabilities(viewer: Viewer) -> tuple[Capability, ...]:
    """What the interface may offer, in the order of the permissions' names."""
    return tuple(
        Capability(permission, _widest(viewer, permission))
        for permission in sorted(viewer.permissions)
    )


async def me(session: AnySession, *, viewer: Viewer) -> Me:
    """What the viewer's client shows of its user."""
    found = await session.execute(
        select(Staff, Department, Campus, Hospital)
        .join(
            Department,
            (Department.hospital_id == Staff.hospital_id) & (Department.id == Staff.department_id),
        )
        .join(
            Campus,
            (Campus.hospital_id == Department.hospital_id) & (Campus.id == Department.campus_id),
        )
        .join(Hospital, Hospital.id == Staff.hospital_id)
        .where(Staff.hospital_id == viewer.hospital_id, Staff.id == viewer.staff_id)
    )
    staff, department, campus, hospital = found.one()
    providers = await session.scalars(
        select(ExternalIdentity.provider)
        .where(
            ExternalIdentity.hospital_id == viewer.hospital_id,
            ExternalIdentity.staff_id == viewer.staff_id,
        )
        .distinct()
    )
    return Me(
        staff_id=staff.id,
        name=staff.name,
        employee_number=staff.employee_number,
        hospital_id=hospital.id,
        hospital_name=hospital.name,
        department_id=department.id,
        department_name=department.name,
        campus_id=campus.id,
        campus_name=campus.name,
        roles=viewer.roles,
        providers=tuple(sorted(providers.all())),
        must_change_password=viewer.must_change_password,
        capabilities=capabilities(viewer),
    )


def _widest(viewer: Viewer, permission: Permission) -> ScopeKind:
    reach = viewer.reach(permission)
    if reach.hospital:
        return ScopeKind.HOSPITAL
    if reach.campuses:
        return ScopeKind.CAMPUS
    return ScopeKind.DEPARTMENT if reach.departments else ScopeKind.OWN


async def _departments_in(
    session: AnySession, hospital_id: int, rows: Sequence[Row[str, str, uuid.UUID | None]]
) -> Mapping[uuid.UUID | None, frozenset[uuid.UUID]]:
    """By scope id, the departments it covers."""
    roots = {row.scope_id for row in rows if row.scope_kind == ScopeKind.DEPARTMENT}
    campuses = {row.scope_id for row in rows if row.scope_kind == ScopeKind.CAMPUS}
    covered: dict[uuid.UUID | None, set[uuid.UUID]] = defaultdict(set)
    if roots:
        for root, department_id in await _below(session, hospital_id, roots):
            covered[root].add(department_id)
    if campuses:
        found = await session.execute(
            select(Department.campus_id, Department.id).where(
                Department.hospital_id == hospital_id, Department.campus_id.in_(campuses)
            )
        )
        for campus_id, department_id in found:
            covered[campus_id].add(department_id)
    return {scope_id: frozenset(departments) for scope_id, departments in covered.items()}


async def _below(
    session: AnySession, hospital_id: int, roots: Iterable[uuid.UUID | None]
) -> Iterable[tuple[uuid.UUID, uuid.UUID]]:
    """Pairs of a root and a department in its tree, itself included. A cycle ends by the UNION."""
    tree = (
        select(Department.id.label("root"), Department.id.label("id"))
        .where(Department.hospital_id == hospital_id, Department.id.in_(roots))
        .cte("below", recursive=True)
    )
    tree = tree.union(
        select(tree.c.root, Department.id)
        .join(tree, Department.parent_id == tree.c.id)
        .where(Department.hospital_id == hospital_id)
    )
    found = await session.execute(select(tree.c.root, tree.c.id))
    return [(row.root, row.id) for row in found]
