"""Giving and taking roles: the security administrator's act, never on oneself."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.policy import RULES, incompatible_with
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import (
    Campus,
    Department,
    Hospital,
    RoleAssignment,
    Staff,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit

_KNOWN_ROLES = {role.value: role for role in Role}


async def grant_role(
    session: WriteSession,
    *,
    viewer: Viewer,
    assignment_id: uuid.UUID,
    staff_id: uuid.UUID,
    role: Role,
    scope_kind: ScopeKind,
    scope_id: uuid.UUID | None,
    valid_from: date,
    valid_to: date | None,
    now: datetime,
) -> RoleAssignment:
    """Give a person a role, somewhere, from a day until before another. Needs ROLES_GRANT.

    Raises Refusal ROLE_SELF_GRANT, ROLE_SCOPE_INVALID, ROLES_INCOMPATIBLE (with a post the person
    holds in an overlapping time) or NOT_FOUND.
    """
    viewer.require(Permission.ROLES_GRANT)
    if staff_id == viewer.staff_id:
        raise Refusal("ROLE_SELF_GRANT", path="staffId")
    if valid_to is not None and valid_to <= valid_from:
        raise Refusal("ROLE_PERIOD_INVALID", path="validTo")
    await _check_scope(session, viewer.hospital_id, role, scope_kind, scope_id)
    await _lock_person(session, viewer.hospital_id, staff_id)
    held = await _held_within(session, viewer.hospital_id, staff_id, valid_from, valid_to)
    if conflicts := incompatible_with(role, held):
        raise Refusal("ROLES_INCOMPATIBLE", path="role", role=role.value, held=conflicts[0].value)
    assignment = RoleAssignment(
        hospital_id=viewer.hospital_id,
        id=assignment_id,
        staff_id=staff_id,
        role=role.value,
        scope_kind=scope_kind.value,
        scope_id=scope_id,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    session.add(assignment)
    await _note(session, viewer, "role.grant", assignment, now)
    return assignment


async def end_role(
    session: WriteSession, *, viewer: Viewer, assignment_id: uuid.UUID, now: datetime
) -> None:
    """End a role at once. Needs ROLES_GRANT; repeating it is harmless. Raises Refusal NOT_FOUND.

    A role that began today, or would begin later, never was: its row goes, the audit row stays.
    """
    viewer.require(Permission.ROLES_GRANT)
    found = await session.execute(
        select(RoleAssignment, Hospital.timezone)
        .join(Hospital, Hospital.id == RoleAssignment.hospital_id)
        .where(RoleAssignment.hospital_id == viewer.hospital_id, RoleAssignment.id == assignment_id)
        .with_for_update(of=RoleAssignment)
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal("NOT_FOUND", path="assignmentId")
    assignment, timezone = row
    today = now.astimezone(ZoneInfo(timezone)).date()
    if assignment.valid_to is not None and assignment.valid_to <= today:
        return
    if assignment.valid_from >= today:
        await session.delete(assignment)
    else:
        assignment.valid_to = today
    await _note(session, viewer, "role.end", assignment, now)


async def _check_scope(
    session: AnySession,
    hospital_id: int,
    role: Role,
    scope_kind: ScopeKind,
    scope_id: uuid.UUID | None,
) -> None:
    invalid = Refusal("ROLE_SCOPE_INVALID", path="scope", role=role.value, scope=scope_kind.value)
    names_a_place = scope_kind in {ScopeKind.DEPARTMENT, ScopeKind.CAMPUS}
    if scope_kind not in RULES[role].held_at or names_a_place != (scope_id is not None):
        raise invalid
    if names_a_place:
        place = Department if scope_kind is ScopeKind.DEPARTMENT else Campus
        known = await session.scalar(
            select(place.id).where(place.hospital_id == hospital_id, place.id == scope_id)
        )
        if known is None:
            raise invalid


async def _lock_person(session: WriteSession, hospital_id: int, staff_id: uuid.UUID) -> None:
    """Two grants to one person queue here, so each sees what the other gave."""
    found = await session.scalar(
        select(Staff.id)
        .where(Staff.hospital_id == hospital_id, Staff.id == staff_id, Staff.active)
        .with_for_update()
    )
    if found is None:
        raise Refusal("NOT_FOUND", path="staffId")


async def _held_within(
    session: AnySession,
    hospital_id: int,
    staff_id: uuid.UUID,
    valid_from: date,
    valid_to: date | None,
) -> list[Role]:
    overlaps = (RoleAssignment.valid_to.is_(None)) | (RoleAssignment.valid_to > valid_from)
    if valid_to is not None:
        overlaps &= RoleAssignment.valid_from < valid_to
    held = await session.scalars(
        select(RoleAssignment.role).where(
            RoleAssignment.hospital_id == hospital_id,
            RoleAssignment.staff_id == staff_id,
            RoleAssignment.role.in_(_KNOWN_ROLES),
            overlaps,
        )
    )
    return [_KNOWN_ROLES[value] for value in held.all()]


async def _note(
    session: WriteSession, viewer: Viewer, action: str, assignment: RoleAssignment, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="staff",
        subject_id=assignment.staff_id,
        now=now,
        detail={
            "assignment_id": str(assignment.id),
            "role": assignment.role,
            "scope_kind": assignment.scope_kind,
            "scope_id": str(assignment.scope_id) if assignment.scope_id else None,
            "valid_from": assignment.valid_from.isoformat(),
            "valid_to": assignment.valid_to.isoformat() if assignment.valid_to else None,
        },
    )
