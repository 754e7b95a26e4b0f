"""Giving and taking roles."""

import asyncio
import uuid
from datetime import date

import pytest
from sqlalchemy import select
from tests.services.identity.house import HOSPITAL, NOW, House

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import RoleAssignment
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.identity.role_grants import end_role, grant_role

TODAY = date(2026, 3, 2)


@pytest.fixture
async def guard(house: House) -> Viewer:
    await house.hire("guard")
    await house.give("guard", Role.SECURITY_ADMIN, ScopeKind.HOSPITAL)
    return await house.viewer("guard")


async def grant(
    house: House,
    viewer: Viewer,
    role: Role,
    kind: ScopeKind = ScopeKind.HOSPITAL,
    scope_id: uuid.UUID | None = None,
    *,
    to: str = "chen",
    valid_from: date = TODAY,
    valid_to: date | None = None,
) -> uuid.UUID:
    async with house.database.transaction(HOSPITAL) as session:
        assignment = await grant_role(
            session,
            viewer=viewer,
            assignment_id=new_id(),
            staff_id=house.staff[to],
            role=role,
            scope_kind=kind,
            scope_id=scope_id,
            valid_from=valid_from,
            valid_to=valid_to,
            now=NOW,
        )
    return assignment.id


async def roles_of(house: House, name: str = "chen") -> list[str]:
    async with house.database.reading(HOSPITAL) as session:
        rows = await session.scalars(
            select(RoleAssignment.role).where(RoleAssignment.staff_id == house.staff[name])
        )
        return sorted(rows.all())


async def test_a_granted_role_works_at_once_and_is_audited(house: House, guard: Viewer) -> None:
    surgery = house.departments["surgery"]
    await grant(house, guard, Role.DEPT_HEAD, ScopeKind.DEPARTMENT, surgery)
    viewer = await house.viewer("chen")
    assert viewer.can(Permission.DOCUMENT_VIEW, department_id=surgery)
    rows = await house.audited("role.grant")
    assert [(row.actor_id, row.subject_id) for row in rows] == [
        (guard.staff_id, house.staff["chen"])
    ]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.PRESIDENT])
async def test_only_the_security_administrator_grants_roles(house: House, role: Role) -> None:
    await house.give("chen", role, ScopeKind.HOSPITAL)
    await house.hire("zhao")
    viewer = await house.viewer("chen")
    with pytest.raises(Refusal, match="PERMISSION_DENIED"):
        await grant(house, viewer, Role.EMPLOYEE, ScopeKind.OWN, to="zhao")
    assert await roles_of(house, "zhao") == []


async def test_nobody_grants_a_role_to_oneself(house: House, guard: Viewer) -> None:
    with pytest.raises(Refusal, match="ROLE_SELF_GRANT"):
        await grant(house, guard, Role.EMPLOYEE, ScopeKind.OWN, to="guard")
    assert await roles_of(house, "guard") == ["security_admin"]


async def test_incompatible_posts_are_refused_while_they_overlap_only(
    house: House, guard: Viewer
) -> None:
    await grant(house, guard, Role.CASHIER, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 1))
    for overlap in (
        (TODAY, None),
        (date(2025, 1, 1), date(2026, 1, 2)),
        (date(2026, 5, 31), date(2026, 7, 1)),
    ):
        with pytest.raises(Refusal, match="ROLES_INCOMPATIBLE"):
            await grant(house, guard, Role.FINANCE_HEAD, valid_from=overlap[0], valid_to=overlap[1])
    assert await roles_of(house) == ["cashier"]
    await grant(house, guard, Role.FINANCE_HEAD, valid_from=date(2026, 6, 1))
    assert await roles_of(house) == ["cashier", "finance_head"]


async def test_two_incompatible_grants_at_once_leave_one(house: House, guard: Viewer) -> None:
    answers = await asyncio.gather(
        *(grant(house, guard, role) for role in (Role.CASHIER, Role.FINANCE_REVIEW)),
        return_exceptions=True,
    )
    codes = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert codes == ["ROLES_INCOMPATIBLE"]
    assert len(await roles_of(house)) == 1


@pytest.mark.parametrize(
    ("role", "kind", "place"),
    [
        (Role.DEPT_HEAD, ScopeKind.HOSPITAL, None),
        (Role.DEPT_HEAD, ScopeKind.DEPARTMENT, None),
        (Role.DEPT_HEAD, ScopeKind.DEPARTMENT, "nowhere"),
        (Role.DEPT_HEAD, ScopeKind.DEPARTMENT, "north"),
        (Role.FINANCE_REVIEW, ScopeKind.HOSPITAL, "north"),
        (Role.SYSTEM_ADMIN, ScopeKind.CAMPUS, "north"),
    ],
)
async def test_a_role_is_granted_only_where_it_can_be_held(
    house: House, guard: Viewer, role: Role, kind: ScopeKind, place: str | None
) -> None:
    places = {**house.campuses, "nowhere": uuid.UUID(int=404)}
    with pytest.raises(Refusal, match="ROLE_SCOPE_INVALID"):
        await grant(house, guard, role, kind, places[place] if place else None)
    assert await roles_of(house) == []


async def test_a_role_that_ends_before_it_begins_is_refused(house: House, guard: Viewer) -> None:
    with pytest.raises(Refusal, match="ROLE_PERIOD_INVALID"):
        await grant(house, guard, Role.PRESIDENT, valid_from=TODAY, valid_to=TODAY)


async def test_ending_a_role_takes_effect_at_once_and_keeps_its_history(
    house: House, guard: Viewer
) -> None:
    begun = await grant(house, guard, Role.PRESIDENT, valid_from=date(2026, 1, 1))
    today = await grant(house, guard, Role.HR_OFFICE, valid_from=TODAY)
    for assignment_id in (begun, begun, today):
        async with house.database.transaction(HOSPITAL) as session:
            await end_role(session, viewer=guard, assignment_id=assignment_id, now=NOW)
    viewer = await house.viewer("chen")
    assert viewer.roles == ()
    assert await roles_of(house) == ["president"]
    assert len(await house.audited("role.end")) == 2


async def test_ending_an_unknown_role_is_refused(house: House, guard: Viewer) -> None:
    async with house.database.transaction(HOSPITAL) as session:
        with pytest.raises(Refusal, match="NOT_FOUND"):
            await end_role(session, viewer=guard, assignment_id=uuid.UUID(int=404), now=NOW)
