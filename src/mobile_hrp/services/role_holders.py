"""Who holds a post on a day, for a department or the campus it is on."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.models.organization import Department, RoleAssignment, Staff
from mobile_hrp.runtime.database import AnySession


async def holders_for_hospital(
    session: AnySession,
    *,
    hospital_id: int,
    roles: Sequence[Role],
    day: date,
    campus_id: uuid.UUID | None = None,
) -> Sequence[uuid.UUID]:
    """Active people who hold one of the roles for the whole hospital or for the campus."""
    scope: ColumnElement[bool] = RoleAssignment.scope_kind == ScopeKind.HOSPITAL
    if campus_id is not None:
        of_campus = and_(
            RoleAssignment.scope_kind == ScopeKind.CAMPUS, RoleAssignment.scope_id == campus_id
        )
        scope = or_(scope, of_campus)
    return await _holders(session, hospital_id, roles, day, scope)


async def heads_of_department(
    session: AnySession, *, hospital_id: int, department_id: uuid.UUID, day: date
) -> Sequence[uuid.UUID]:
    """The heads of a department; where it has none, those of the nearest department above."""
    for at in await departments_upwards(
        session, hospital_id=hospital_id, department_id=department_id
    ):
        scope = and_(
            RoleAssignment.scope_kind == ScopeKind.DEPARTMENT, RoleAssignment.scope_id == at
        )
        found = await _holders(session, hospital_id, (Role.DEPT_HEAD,), day, scope)
        if found:
            return found
    return ()


async def _holders(
    session: AnySession,
    hospital_id: int,
    roles: Sequence[Role],
    day: date,
    scope: ColumnElement[bool],
) -> Sequence[uuid.UUID]:
    found = await session.scalars(
        select(RoleAssignment.staff_id)
        .join(
            Staff,
            (Staff.hospital_id == RoleAssignment.hospital_id)
            & (Staff.id == RoleAssignment.staff_id),
        )
        .where(
            RoleAssignment.hospital_id == hospital_id,
            RoleAssignment.role.in_([role.value for role in roles]),
            RoleAssignment.valid_from <= day,
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to > day),
            Staff.active,
            scope,
        )
        .distinct()
        .order_by(RoleAssignment.staff_id)
    )
    return found.all()


async def departments_upwards(
    session: AnySession, *, hospital_id: int, department_id: uuid.UUID
) -> Sequence[uuid.UUID]:
    """The department and those above it, nearest first. UNION ends the walk in a circle."""
    start = (
        select(Department.id, Department.parent_id)
        .where(Department.hospital_id == hospital_id, Department.id == department_id)
        .cte("upwards", recursive=True)
    )
    parent = aliased(Department)
    walk = start.union(
        select(parent.id, parent.parent_id).join(
            start, (start.c.parent_id == parent.id) & (parent.hospital_id == hospital_id)
        )
    )
    rows = (await session.execute(select(walk.c.id, walk.c.parent_id))).all()
    parents = {row.id: row.parent_id for row in rows}
    path: list[uuid.UUID] = []
    at: uuid.UUID | None = department_id
    while at is not None and at in parents and at not in path:
        path.append(at)
        at = parents[at]
    return path
