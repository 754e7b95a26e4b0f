"""From an access token to the person behind it, and what that person is told about themselves.

Roles are read from the assignments in force on the hospital's own calendar day, on each request: a
transfer or the end of an acting post takes effect at once, whatever tokens are about.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import LoginMethod, Provider
from mobile_hrp.domain.identity.tokens import hospital_of, token_hash
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.models.identity import ExternalIdentity
from mobile_hrp.models.organization import (
    Campus,
    Department,
    Hospital,
    Staff,
)
from mobile_hrp.runtime.database import AnySession, Database

_ROLES: Mapping[str, Role] = {role.value: role for role in Role}

# Every request asks these two, so they are compiled once: composing them anew cost 5 ms of CPU.
PROOF = text(
    """
    SELECT token.expires_at, family.id AS session_id, family.device_id, family.staff_id,
           family.method, credential.must_change, hospital.timezone
      FROM access_token token
      JOIN session_family family
        ON (family.hospital_id, family.id) = (token.hospital_id, token.family_id)
      JOIN device ON (device.hospital_id, device.id) = (family.hospital_id, family.device_id)
      JOIN staff ON (staff.hospital_id, staff.id) = (family.hospital_id, family.staff_id)
      JOIN hospital ON hospital.id = token.hospital_id
      LEFT JOIN credential
        ON (credential.hospital_id, credential.staff_id) = (staff.hospital_id, staff.id)
     WHERE token.hospital_id = :hospital_id AND token.token_hash = :token_hash
       AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    """
)

ROLES_HELD = text(
    """
    SELECT DISTINCT role, scope_kind, scope_id
      FROM role_assignment
     WHERE hospital_id = :hospital_id AND staff_id = :staff_id
       AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
     ORDER BY role, scope_kind, scope_id
    """
)

# UNION, not UNION ALL: a cycle among departments ends. Ordered, so that two answers compare.
ROLES_WITH_DEPARTMENTS = text(
    f"""
    WITH RECURSIVE held AS (
        {ROLES_HELD.text}
    ), below (root, id) AS (
        SELECT scope_id, scope_id FROM held WHERE scope_kind = 'department'
        UNION
        SELECT below.root, department.id
          FROM department JOIN below ON department.parent_id = below.id
         WHERE department.hospital_id = :hospital_id
    ), covered (root, id) AS (
        SELECT root, id FROM below
        UNION
        SELECT department.campus_id, department.id
          FROM department
          JOIN held ON held.scope_kind = 'campus' AND held.scope_id = department.campus_id
         WHERE department.hospital_id = :hospital_id
    )
    SELECT held.role, held.scope_kind, held.scope_id,
           array_remove(array_agg(covered.id ORDER BY covered.id), NULL) AS departments
      FROM held LEFT JOIN covered ON covered.root = held.scope_id
     GROUP BY held.role, held.scope_kind, held.scope_id
     ORDER BY held.role, held.scope_kind, held.scope_id
    """  # noqa: S608 - made of constants
)


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
        PROOF, {"hospital_id": hospital_id, "token_hash": token_hash(access_token)}
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
            must_change_password=bool(proof.must_change) and proof.method == LoginMethod.PASSWORD,
        )
    )


async def roles_on(
    session: AnySession, *, hospital_id: int, staff_id: uuid.UUID, day: date
) -> tuple[RoleGrant, ...]:
    """The roles in force on a day, with the departments each scope covers.

    A role or scope this release does not know gives nothing.
    """
    found = await session.execute(
        ROLES_WITH_DEPARTMENTS, {"hospital_id": hospital_id, "staff_id": staff_id, "day": day}
    )
    return tuple(
        RoleGrant(
            role=_ROLES[row.role],
            scope_kind=ScopeKind(row.scope_kind),
            scope_id=row.scope_id,
            departments=frozenset(row.departments),
        )
        for row in found
        if row.role in _ROLES
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
