"""What a viewer may do, and above all what not."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.policy import RULES
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.viewer import NOWHERE, RoleGrant, Viewer
from mobile_hrp.domain.refusal import Refusal

ME, SOMEBODY = uuid.UUID(int=1), uuid.UUID(int=2)
MEDICINE, CARDIOLOGY, SURGERY = (uuid.UUID(int=n) for n in (11, 12, 13))
NORTH, SOUTH = uuid.UUID(int=21), uuid.UUID(int=22)


def viewer(*roles: RoleGrant, must_change_password: bool = False) -> Viewer:
    return Viewer(
        hospital_id=1,
        staff_id=ME,
        session_id=uuid.UUID(int=3),
        device_id=uuid.UUID(int=4),
        roles=roles,
        must_change_password=must_change_password,
    )


def head_of_medicine() -> Viewer:
    departments = frozenset({MEDICINE, CARDIOLOGY})
    return viewer(RoleGrant(Role.DEPT_HEAD, ScopeKind.DEPARTMENT, MEDICINE, departments))


def test_somebody_without_roles_may_do_nothing() -> None:
    nobody = viewer()
    for permission in Permission:
        assert not nobody.holds(permission)
        assert not nobody.can(permission, department_id=MEDICINE, campus_id=NORTH, owner_id=ME)
    assert nobody.reach(Permission.DOCUMENT_VIEW) == NOWHERE


def test_an_employee_reaches_only_what_is_his_own() -> None:
    employee = viewer(RoleGrant(Role.EMPLOYEE, ScopeKind.OWN))
    assert employee.can(Permission.DOCUMENT_VIEW, owner_id=ME)
    assert not employee.can(Permission.DOCUMENT_VIEW, owner_id=SOMEBODY, department_id=MEDICINE)
    assert employee.can(Permission.PERFORMANCE_VIEW_OWN, owner_id=ME)
    assert not employee.can(Permission.PERFORMANCE_VIEW_OWN, owner_id=SOMEBODY)
    assert not employee.holds(Permission.BUDGET_VIEW_DEPARTMENT)


@pytest.mark.parametrize(
    ("kind", "scope_id"), [(ScopeKind.HOSPITAL, None), (ScopeKind.DEPARTMENT, MEDICINE)]
)
def test_an_employee_assigned_to_a_wide_scope_still_reaches_only_his_own(
    kind: ScopeKind, scope_id: uuid.UUID | None
) -> None:
    employee = viewer(RoleGrant(Role.EMPLOYEE, kind, scope_id, frozenset({MEDICINE})))
    assert employee.can(Permission.DOCUMENT_VIEW, owner_id=ME)
    assert not employee.can(Permission.DOCUMENT_VIEW, owner_id=SOMEBODY, department_id=MEDICINE)
    assert not employee.can(Permission.DOCUMENT_VIEW)


def test_a_head_sees_the_own_department_and_those_below_but_no_other() -> None:
    head = head_of_medicine()
    assert head.can(Permission.BUDGET_VIEW_DEPARTMENT, department_id=MEDICINE)
    assert head.can(Permission.BUDGET_VIEW_DEPARTMENT, department_id=CARDIOLOGY)
    assert not head.can(Permission.BUDGET_VIEW_DEPARTMENT, department_id=SURGERY)
    assert not head.can(Permission.BUDGET_VIEW_DEPARTMENT, campus_id=NORTH)
    assert not head.holds(Permission.BUDGET_VIEW_ALL)


def test_an_office_on_a_campus_reaches_the_campus_and_its_departments() -> None:
    grant = RoleGrant(Role.FINANCE_REVIEW, ScopeKind.CAMPUS, NORTH, frozenset({MEDICINE}))
    reviewer = viewer(grant)
    assert reviewer.can(Permission.VOUCHER_VERIFY, campus_id=NORTH)
    assert reviewer.can(Permission.VOUCHER_VERIFY, department_id=MEDICINE)
    assert not reviewer.can(Permission.VOUCHER_VERIFY, campus_id=SOUTH, department_id=SURGERY)
    assert not reviewer.can(Permission.VOUCHER_VERIFY)


def test_a_scoped_power_does_not_reach_own_things_outside_the_scope() -> None:
    grant = RoleGrant(Role.FINANCE_REVIEW, ScopeKind.CAMPUS, NORTH)
    assert not viewer(grant).can(Permission.VOUCHER_VERIFY, owner_id=ME, campus_id=SOUTH)


def test_a_hospital_wide_post_reaches_everything_of_its_powers_only() -> None:
    auditor = viewer(RoleGrant(Role.AUDIT_OFFICE, ScopeKind.HOSPITAL))
    assert auditor.can(Permission.DOCUMENT_VIEW)
    assert auditor.can(Permission.DOCUMENT_VIEW, department_id=SURGERY, owner_id=SOMEBODY)
    assert not auditor.can(Permission.PERFORMANCE_VIEW_ALL, department_id=SURGERY)


def test_a_role_at_a_scope_it_cannot_be_held_at_gives_nothing() -> None:
    everywhere = viewer(RoleGrant(Role.DEPT_HEAD, ScopeKind.HOSPITAL))
    assert everywhere.permissions == frozenset()
    own_admin = viewer(RoleGrant(Role.SECURITY_ADMIN, ScopeKind.OWN))
    assert not own_admin.holds(Permission.ROLES_GRANT)


def test_a_thing_without_department_owner_and_campus_is_refused_to_all_but_the_whole_hospital() -> (
    None
):
    assert not head_of_medicine().can(
        Permission.DOCUMENT_VIEW, department_id=None, campus_id=None, owner_id=None
    )


def test_an_initial_password_opens_nothing_and_says_what_to_do() -> None:
    grant = RoleGrant(Role.PRESIDENT, ScopeKind.HOSPITAL)
    fresh = viewer(grant, must_change_password=True)
    assert fresh.permissions == frozenset()
    with pytest.raises(Refusal) as refused:
        fresh.require(Permission.DOCUMENT_VIEW)
    assert refused.value.code == "PASSWORD_CHANGE_REQUIRED"


def test_a_denied_permission_is_named_in_the_refusal() -> None:
    with pytest.raises(Refusal) as refused:
        head_of_medicine().require(Permission.DOCUMENT_VIEW, department_id=SURGERY)
    assert refused.value.code == "PERMISSION_DENIED"
    assert refused.value.details[0].params == {"permission": "document.view"}
    with pytest.raises(Refusal):
        head_of_medicine().require_held(Permission.ROLES_GRANT)
    head_of_medicine().require(Permission.DOCUMENT_VIEW, department_id=CARDIOLOGY)
    head_of_medicine().require_held(Permission.DOCUMENT_VIEW)


def test_two_viewers_of_the_same_person_are_equal_and_cannot_be_changed() -> None:
    assert head_of_medicine() == head_of_medicine()
    with pytest.raises(AttributeError):
        head_of_medicine().staff_id = SOMEBODY  # type: ignore[misc]  # the point of the test


PLACES = st.sampled_from([MEDICINE, CARDIOLOGY, SURGERY])
GRANTS = st.builds(
    RoleGrant,
    role=st.sampled_from(Role),
    scope_kind=st.sampled_from(ScopeKind),
    scope_id=st.sampled_from([NORTH, SOUTH, MEDICINE]),
    departments=st.frozensets(PLACES),
)


@settings(deadline=None, max_examples=200)
@given(
    roles=st.lists(GRANTS, max_size=4),
    more=GRANTS,
    permission=st.sampled_from(Permission),
    department_id=PLACES,
    owner_id=st.sampled_from([ME, SOMEBODY]),
)
def test_a_further_role_never_takes_anything_away_and_gives_only_what_its_rule_says(
    roles: list[RoleGrant],
    more: RoleGrant,
    permission: Permission,
    department_id: uuid.UUID,
    owner_id: uuid.UUID,
) -> None:
    before = viewer(*roles).can(permission, department_id=department_id, owner_id=owner_id)
    after = viewer(*roles, more).can(permission, department_id=department_id, owner_id=owner_id)
    assert not before or after
    if after and not before:
        assert permission in RULES[more.role].permissions
        assert more.scope_kind in RULES[more.role].held_at
