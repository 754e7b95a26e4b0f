"""The one table of who may do what: role -> permissions, and where the role may be held.

Three administrators have pairwise disjoint powers and no business power (GB/T 22239-2019, 8.1.4.2
and 8.1.5: system, security and audit management are separate posts). Incompatible posts follow the
basic norms of internal control (财会〔2012〕21号): approving is not paying, compiling the budget is
not auditing it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import ADMINISTRATORS, Role, ScopeKind


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a role gives.

    ``held_at``: scope kinds an assignment may have; any other kind gives nothing.
    ``own``: powers that reach only what belongs to the holder, whatever the assignment's scope.
    ``scoped``: powers that reach as far as the assignment's scope.
    """

    held_at: frozenset[ScopeKind]
    own: frozenset[Permission] = frozenset()
    scoped: frozenset[Permission] = frozenset()

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.own | self.scoped


_ANYWHERE = frozenset(ScopeKind)
_DEPARTMENT = frozenset({ScopeKind.DEPARTMENT})
_CAMPUS = frozenset({ScopeKind.CAMPUS})
_HOSPITAL = frozenset({ScopeKind.HOSPITAL})
_OFFICE = frozenset({ScopeKind.CAMPUS, ScopeKind.HOSPITAL})
_LEADER = frozenset({ScopeKind.DEPARTMENT, ScopeKind.CAMPUS, ScopeKind.HOSPITAL})

_ABOUT_ONESELF = frozenset(
    {
        Permission.INBOX_VIEW,
        Permission.DOCUMENT_SUBMIT,
        Permission.DOCUMENT_VIEW,
        Permission.TASK_DECIDE,
        Permission.DELEGATION_GRANT,
        Permission.RECEIPTS_UPLOAD,
        Permission.RECEIPTS_VIEW,
        Permission.PERFORMANCE_VIEW_OWN,
        Permission.PERFORMANCE_DISPUTE,
        Permission.STAFF_DIRECTORY,
        Permission.SCENARIO_VIEW,
    }
)


def _staff(held_at: frozenset[ScopeKind], *scoped: Permission) -> RoleRule:
    """A business post: what every employee has about oneself, and more over the scope."""
    return RoleRule(held_at, own=_ABOUT_ONESELF, scoped=frozenset(scoped))


def _administrator(*scoped: Permission) -> RoleRule:
    return RoleRule(_HOSPITAL, scoped=frozenset(scoped))


_OVERSIGHT = (
    Permission.DOCUMENT_VIEW,
    Permission.BUDGET_VIEW_DEPARTMENT,
    Permission.INDICATOR_VIEW,
)
_LEADERSHIP = (*_OVERSIGHT, Permission.RECEIPTS_VIEW, Permission.BUDGET_VIEW_ALL)

RULES: Mapping[Role, RoleRule] = MappingProxyType(
    {
        Role.EMPLOYEE: _staff(_ANYWHERE),
        Role.DEPT_HEAD: _staff(
            _DEPARTMENT,
            *_OVERSIGHT,
            Permission.RECEIPTS_VIEW,
            Permission.PERFORMANCE_VIEW_DEPARTMENT,
            Permission.PERFORMANCE_DISTRIBUTE,
        ),
        Role.DEPT_FINANCE_LIAISON: _staff(
            _DEPARTMENT, Permission.DOCUMENT_VIEW, Permission.BUDGET_VIEW_DEPARTMENT
        ),
        Role.HEAD_NURSE: _staff(_DEPARTMENT, Permission.BUDGET_VIEW_DEPARTMENT),
        Role.PROJECT_PI: _staff(_ANYWHERE),
        Role.CAMPUS_HEAD: _staff(_CAMPUS, *_OVERSIGHT),
        Role.FINANCE_REVIEW: _staff(
            _OFFICE,
            Permission.DOCUMENT_VIEW,
            Permission.RECEIPTS_VIEW,
            Permission.RECEIPTS_OVERRIDE,
            Permission.RECEIPTS_ARCHIVE,
            Permission.BUDGET_VIEW_DEPARTMENT,
            Permission.BUDGET_VIEW_ALL,
            Permission.VOUCHER_VIEW,
            Permission.VOUCHER_VERIFY,
            Permission.ARCHIVE_VIEW,
            Permission.ARCHIVE_BUILD,
            Permission.SUPPLIER_MANAGE,
            Permission.FINDING_VIEW,
        ),
        Role.FINANCE_HEAD: _staff(
            _OFFICE,
            *_LEADERSHIP,
            Permission.VOUCHER_VIEW,
            Permission.VOUCHER_FINALIZE,
            Permission.ARCHIVE_VIEW,
            Permission.ARCHIVE_BUILD,
            Permission.BUDGET_ALERT_RULES,
            Permission.SCENARIO_IMPORT,
            Permission.POLICY_IMPORT,
            Permission.REFERENCE_IMPORT,
            Permission.DATA_EXPORT,
            Permission.FINDING_VIEW,
            Permission.FINDING_OVERRIDE,
        ),
        Role.CASHIER: _staff(
            _OFFICE, Permission.DOCUMENT_VIEW, Permission.VOUCHER_VIEW, Permission.PAYMENT_EXECUTE
        ),
        Role.BUDGET_OFFICE: _staff(
            _OFFICE,
            *_OVERSIGHT,
            Permission.BUDGET_VIEW_ALL,
            Permission.BUDGET_COMPILE,
            Permission.BUDGET_ADJUST,
            Permission.BUDGET_ALERT_RULES,
            Permission.SCENARIO_IMPORT,
        ),
        Role.CHIEF_ACCOUNTANT: _staff(
            _OFFICE,
            *_LEADERSHIP,
            Permission.VOUCHER_VIEW,
            Permission.ARCHIVE_VIEW,
            Permission.SCENARIO_PUBLISH,
            Permission.POLICY_PUBLISH,
            Permission.DATA_EXPORT,
            Permission.FINDING_VIEW,
            Permission.FINDING_OVERRIDE,
        ),
        Role.PRICE_OFFICE: _staff(_OFFICE),
        Role.PERFORMANCE_OFFICE: _staff(
            _OFFICE,
            Permission.PERFORMANCE_VIEW_ALL,
            Permission.PERFORMANCE_CALCULATE,
            Permission.PERFORMANCE_PUBLISH,
            Permission.PERFORMANCE_RESOLVE_DISPUTE,
            Permission.INDICATOR_VIEW,
        ),
        Role.PRESIDENT_IN_CHARGE: _staff(_LEADER, *_OVERSIGHT, Permission.RECEIPTS_VIEW),
        Role.PRESIDENT: _staff(_HOSPITAL, *_LEADERSHIP),
        Role.PRESIDENT_MEETING: _staff(_OFFICE),
        Role.PARTY_COMMITTEE: _staff(_OFFICE),
        Role.PHARMACY_COMMITTEE: _staff(_OFFICE),
        Role.CONSUMABLES_COMMITTEE: _staff(_OFFICE),
        Role.FUNCTIONAL_DEPT_HEAD: _staff(_LEADER, *_OVERSIGHT),
        Role.AUDIT_OFFICE: _staff(
            _HOSPITAL,
            *_LEADERSHIP,
            Permission.VOUCHER_VIEW,
            Permission.ARCHIVE_VIEW,
            Permission.FINDING_VIEW,
        ),
        Role.DISCIPLINE_OFFICE: _staff(
            _HOSPITAL, Permission.DOCUMENT_VIEW, Permission.FINDING_VIEW
        ),
        Role.HR_OFFICE: _staff(_OFFICE, Permission.STAFF_MANAGE, Permission.ORGANIZATION_MANAGE),
        Role.MEDICAL_AFFAIRS: _staff(_OFFICE),
        Role.NURSING_OFFICE: _staff(_OFFICE),
        Role.RESEARCH_OFFICE: _staff(_OFFICE, Permission.PROJECT_MANAGE),
        Role.ETHICS_OFFICE: _staff(_OFFICE),
        Role.EQUIPMENT_OFFICE: _staff(_OFFICE),
        Role.PROCUREMENT_OFFICE: _staff(_OFFICE, Permission.SUPPLIER_MANAGE),
        Role.LOGISTICS_OFFICE: _staff(_OFFICE),
        Role.IT_OFFICE: _staff(_OFFICE),
        Role.SECURITY_OFFICE: _staff(_OFFICE),
        Role.LEGAL_OFFICE: _staff(_OFFICE),
        Role.UNION_OFFICE: _staff(_OFFICE),
        Role.SEAL_KEEPER: _staff(_LEADER),
        Role.WAREHOUSE_KEEPER: _staff(_LEADER),
        Role.DATA_OWNER: _staff(_LEADER),
        Role.INFO_SECURITY: _staff(_OFFICE),
        Role.SYSTEM_ADMIN: _administrator(
            Permission.USERS_MANAGE,
            Permission.OPERATOR_DELIVERIES,
            Permission.OPERATOR_JOBS,
            Permission.OPERATOR_SETTINGS,
        ),
        Role.SECURITY_ADMIN: _administrator(
            Permission.ROLES_GRANT,
            Permission.SESSIONS_REVOKE,
            Permission.LOGIN_UNLOCK,
            Permission.SECURITY_POLICY,
        ),
        Role.AUDIT_ADMIN: _administrator(
            Permission.AUDIT_READ, Permission.AUDIT_VERIFY, Permission.AUDIT_EXPORT
        ),
    }
)

_APPROVING_MONEY = (Role.FINANCE_REVIEW, Role.FINANCE_HEAD, Role.CHIEF_ACCOUNTANT)
_BUSINESS_POSTS = frozenset(Role) - ADMINISTRATORS - {Role.EMPLOYEE}

INCOMPATIBLE: frozenset[frozenset[Role]] = frozenset(
    {frozenset(pair) for pair in combinations(sorted(ADMINISTRATORS), 2)}
    | {frozenset({admin, post}) for admin in ADMINISTRATORS for post in _BUSINESS_POSTS}
    | {frozenset({Role.CASHIER, post}) for post in _APPROVING_MONEY}
    | {
        frozenset({Role.FINANCE_REVIEW, Role.FINANCE_HEAD}),
        frozenset({Role.AUDIT_OFFICE, Role.BUDGET_OFFICE}),
        frozenset({Role.AUDIT_OFFICE, Role.CASHIER}),
        frozenset({Role.AUDIT_OFFICE, Role.FINANCE_REVIEW}),
        frozenset({Role.AUDIT_OFFICE, Role.FINANCE_HEAD}),
    }
)
"""Pairs of posts one person must not hold at the same time. An administrator may be an employee."""


def incompatible_with(role: Role, held: Iterable[Role]) -> tuple[Role, ...]:
    """Those of ``held`` that the same person must not hold together with ``role``, sorted."""
    return tuple(sorted({other for other in held if frozenset({role, other}) in INCOMPATIBLE}))
