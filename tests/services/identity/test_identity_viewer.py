"""From a token to what the person may do: roles are those in force at this very request."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update
from tests.fakes.login_providers import FakeWeChat
from tests.services.identity.house import HOSPITAL, NOW, House

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.models.organization import Department, RoleAssignment
from mobile_hrp.services.identity.viewers import Capability, capabilities, me, roles_on


async def test_roles_follow_the_assignments_and_not_the_token(house: House) -> None:
    signed_in = await house.sign_in("chen")
    before = await house.see(signed_in)
    assert before is not None
    assert before.permissions == frozenset()
    assignment = await house.give(
        "chen", Role.DEPT_HEAD, ScopeKind.DEPARTMENT, house.departments["surgery"]
    )
    during = await house.see(signed_in)
    assert during is not None
    assert during.can(Permission.DOCUMENT_VIEW, department_id=house.departments["surgery"])
    async with house.database.transaction(HOSPITAL) as session:
        await session.execute(
            update(RoleAssignment)
            .where(RoleAssignment.id == assignment)
            .values(valid_to=date(2026, 3, 2))
        )
    after = await house.see(signed_in)
    assert after is not None
    assert after.permissions == frozenset()


async def test_a_role_begins_and_ends_at_the_hospitals_own_midnight(house: House) -> None:
    await house.give("chen", Role.EMPLOYEE, valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 3))
    midnight_in_shanghai = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    held = []
    for now in (
        midnight_in_shanghai - timedelta(seconds=1),
        midnight_in_shanghai,
        midnight_in_shanghai + timedelta(days=1, seconds=-1),
        midnight_in_shanghai + timedelta(days=1),
    ):
        viewer = await house.see(await house.sign_in("chen", now=now), now=now)
        assert viewer is not None
        held.append(viewer.holds(Permission.DOCUMENT_SUBMIT))
    assert held == [False, True, True, False]


async def test_a_head_reaches_the_tree_below_and_a_campus_all_departments_on_it(
    house: House,
) -> None:
    await house.hire("zhao")
    await house.give("chen", Role.DEPT_HEAD, ScopeKind.DEPARTMENT, house.departments["medicine"])
    await house.give("zhao", Role.FINANCE_REVIEW, ScopeKind.CAMPUS, house.campuses["south"])
    head, reviewer = await house.viewer("chen"), await house.viewer("zhao")
    seen = {
        name: head.can(Permission.DOCUMENT_VIEW, department_id=department_id)
        for name, department_id in house.departments.items()
    }
    assert seen == {"medicine": True, "cardiology": True, "surgery": False}
    reviewed = {
        name: reviewer.can(Permission.VOUCHER_VERIFY, department_id=department_id)
        for name, department_id in house.departments.items()
    }
    assert reviewed == {"medicine": False, "cardiology": False, "surgery": True}


async def test_a_cycle_in_the_department_tree_ends(house: House) -> None:
    medicine, cardiology = house.departments["medicine"], house.departments["cardiology"]
    async with house.database.transaction(HOSPITAL) as session:
        await session.execute(
            update(Department).where(Department.id == medicine).values(parent_id=cardiology)
        )
    await house.give("chen", Role.DEPT_HEAD, ScopeKind.DEPARTMENT, cardiology)
    head = await house.viewer("chen")
    assert head.reach(Permission.DOCUMENT_VIEW).departments == {medicine, cardiology}


async def test_a_role_of_a_later_release_gives_nothing_and_breaks_nothing(house: House) -> None:
    await house.give("chen", "drone_pilot", ScopeKind.HOSPITAL)
    await house.give("chen", Role.EMPLOYEE)
    viewer = await house.viewer("chen")
    assert [grant.role for grant in viewer.roles] == [Role.EMPLOYEE]


async def test_another_hospitals_assignments_are_not_read(house: House) -> None:
    await house.give("chen", Role.EMPLOYEE)
    async with house.database.reading(HOSPITAL + 1) as session:
        roles = await roles_on(
            session,
            hospital_id=HOSPITAL,
            staff_id=house.staff["chen"],
            day=date(2026, 3, 2),
        )
    assert roles == ()


async def test_a_client_is_told_who_its_user_is_and_what_to_offer(
    house: House, wechat: FakeWeChat
) -> None:
    await house.give("chen", Role.DEPT_HEAD, ScopeKind.DEPARTMENT, house.departments["medicine"])
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("openid"), now=NOW
    )
    async with house.database.reading(HOSPITAL) as session:
        myself = await me(session, viewer=viewer)
    assert (myself.name, myself.department_name, myself.campus_name) == (
        "示例chen",
        "cardiology",
        "north",
    )
    assert myself.providers == (Provider.WECHAT,)
    assert Capability(Permission.DOCUMENT_SUBMIT, ScopeKind.OWN) in myself.capabilities
    assert Capability(Permission.DOCUMENT_VIEW, ScopeKind.DEPARTMENT) in myself.capabilities
    offered = {capability.permission for capability in myself.capabilities}
    assert Permission.AUDIT_READ not in offered
    assert Permission.BUDGET_VIEW_ALL not in offered


async def test_capabilities_are_exactly_the_permissions_with_the_widest_scope(
    house: House,
) -> None:
    await house.give("chen", Role.EMPLOYEE)
    viewer = await house.viewer("chen")
    wider = replace(
        viewer,
        roles=(
            *viewer.roles,
            *(
                replace(viewer.roles[0], role=Role.AUDIT_OFFICE, scope_kind=ScopeKind.HOSPITAL),
                replace(
                    viewer.roles[0],
                    role=Role.CASHIER,
                    scope_kind=ScopeKind.CAMPUS,
                    scope_id=house.campuses["north"],
                ),
            ),
        ),
    )
    offered = {one.permission: one.widest for one in capabilities(wider)}
    assert set(offered) == wider.permissions
    assert offered[Permission.DOCUMENT_VIEW] is ScopeKind.HOSPITAL
    assert offered[Permission.PAYMENT_EXECUTE] is ScopeKind.CAMPUS
    assert offered[Permission.DOCUMENT_SUBMIT] is ScopeKind.OWN
