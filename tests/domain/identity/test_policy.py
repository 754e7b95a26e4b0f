"""The table of powers: what must hold of it whatever rows are added."""

import itertools

import pytest

from mobile_hrp.domain.identity.permissions import ADMINISTRATIVE, Permission
from mobile_hrp.domain.identity.policy import INCOMPATIBLE, RULES, incompatible_with
from mobile_hrp.domain.identity.roles import (
    ADMINISTRATORS,
    RELATIVE_APPROVERS,
    Role,
    ScopeKind,
)

WHO_OF_THE_SCENARIO_LIBRARY = [
    "applicant",
    "dept_head",
    "dept_finance_liaison",
    "head_nurse",
    "project_pi",
    "functional_dept_head",
    "budget_office",
    "finance_review",
    "finance_head",
    "cashier",
    "chief_accountant",
    "president_in_charge",
    "president",
    "president_meeting",
    "party_committee",
    "audit_office",
    "discipline_office",
    "hr_office",
    "medical_affairs",
    "nursing_office",
    "research_office",
    "ethics_office",
    "equipment_office",
    "procurement_office",
    "logistics_office",
    "it_office",
    "security_office",
    "legal_office",
    "seal_keeper",
    "warehouse_keeper",
    "receiving_dept_head",
    "campus_head",
    "pharmacy_committee",
    "consumables_committee",
    "price_office",
    "performance_office",
    "union_office",
    "data_owner",
    "info_security",
    "self_selected",
    "peer_staff",
    "system",
]


def test_every_role_has_a_rule_and_can_be_held_somewhere() -> None:
    assert set(RULES) == set(Role)
    assert all(rule.held_at for rule in RULES.values())


def test_every_permission_is_given_by_some_role() -> None:
    given = frozenset().union(*(rule.permissions for rule in RULES.values()))
    assert given == frozenset(Permission)


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(sorted(ADMINISTRATORS), 2)])
def test_two_administrators_share_no_power(one: Role, other: Role) -> None:
    assert not RULES[one].permissions & RULES[other].permissions


@pytest.mark.parametrize("administrator", sorted(ADMINISTRATORS))
def test_an_administrator_has_administrative_powers_and_no_business_power(
    administrator: Role,
) -> None:
    assert RULES[administrator].permissions
    assert RULES[administrator].permissions <= ADMINISTRATIVE
    assert RULES[administrator].held_at == {ScopeKind.HOSPITAL}


def test_the_three_administrators_together_have_all_administrative_powers() -> None:
    together = frozenset().union(*(RULES[role].permissions for role in ADMINISTRATORS))
    assert together == ADMINISTRATIVE


def test_no_business_post_has_an_administrative_power() -> None:
    for role in frozenset(Role) - ADMINISTRATORS:
        assert not RULES[role].permissions & ADMINISTRATIVE, role


def test_each_administrator_is_incompatible_with_the_others_and_with_every_business_post() -> None:
    for administrator in ADMINISTRATORS:
        others = frozenset(Role) - {administrator}
        assert set(incompatible_with(administrator, others)) == others - {Role.EMPLOYEE}


def test_whoever_approves_money_does_not_pay_it_out() -> None:
    paying = RULES[Role.CASHIER].permissions
    assert Permission.PAYMENT_EXECUTE in paying
    assert not paying & {Permission.VOUCHER_VERIFY, Permission.VOUCHER_FINALIZE}
    for role in (Role.FINANCE_REVIEW, Role.FINANCE_HEAD, Role.CHIEF_ACCOUNTANT):
        assert Permission.PAYMENT_EXECUTE not in RULES[role].permissions
        assert frozenset({Role.CASHIER, role}) in INCOMPATIBLE


def test_no_single_role_both_verifies_and_finalizes_or_both_imports_and_publishes() -> None:
    for role, rule in RULES.items():
        assert not rule.permissions >= {Permission.VOUCHER_VERIFY, Permission.VOUCHER_FINALIZE}, (
            role
        )
        assert not rule.permissions >= {
            Permission.SCENARIO_IMPORT,
            Permission.SCENARIO_PUBLISH,
        }, role


def test_only_the_performance_office_sees_the_performance_of_the_whole_hospital() -> None:
    seeing = {
        role for role, rule in RULES.items() if Permission.PERFORMANCE_VIEW_ALL in rule.scoped
    }
    assert seeing == {Role.PERFORMANCE_OFFICE}


def test_incompatibility_is_symmetric_and_never_of_a_role_with_itself() -> None:
    for role in Role:
        assert not incompatible_with(role, [role])
        for other in incompatible_with(role, Role):
            assert role in incompatible_with(other, Role)


@pytest.mark.parametrize("who", WHO_OF_THE_SCENARIO_LIBRARY)
def test_every_who_of_the_scenario_library_is_a_role_or_a_relation(who: str) -> None:
    assert (who in {role.value for role in Role}) != (who in RELATIVE_APPROVERS)
