"""The posts a person can hold, and the places a post can be held at."""

import enum


class Role(enum.StrEnum):
    """A post, as the scenario library names it in ``who``.

    A row of ``role_assignment`` gives a role to a person, somewhere and for a time. The `who`
    values of RELATIVE_APPROVERS are not here: they follow from the document, not from a post.
    """

    EMPLOYEE = "employee"
    # the requester's own department
    DEPT_HEAD = "dept_head"
    DEPT_FINANCE_LIAISON = "dept_finance_liaison"
    HEAD_NURSE = "head_nurse"
    PROJECT_PI = "project_pi"
    CAMPUS_HEAD = "campus_head"
    # money
    FINANCE_REVIEW = "finance_review"
    FINANCE_HEAD = "finance_head"
    CASHIER = "cashier"
    BUDGET_OFFICE = "budget_office"
    CHIEF_ACCOUNTANT = "chief_accountant"
    PRICE_OFFICE = "price_office"
    PERFORMANCE_OFFICE = "performance_office"
    # leadership and committees
    PRESIDENT_IN_CHARGE = "president_in_charge"
    PRESIDENT = "president"
    PRESIDENT_MEETING = "president_meeting"
    PARTY_COMMITTEE = "party_committee"
    PHARMACY_COMMITTEE = "pharmacy_committee"
    CONSUMABLES_COMMITTEE = "consumables_committee"
    # functional departments (归口管理)
    FUNCTIONAL_DEPT_HEAD = "functional_dept_head"
    AUDIT_OFFICE = "audit_office"
    DISCIPLINE_OFFICE = "discipline_office"
    HR_OFFICE = "hr_office"
    MEDICAL_AFFAIRS = "medical_affairs"
    NURSING_OFFICE = "nursing_office"
    RESEARCH_OFFICE = "research_office"
    ETHICS_OFFICE = "ethics_office"
    EQUIPMENT_OFFICE = "equipment_office"
    PROCUREMENT_OFFICE = "procurement_office"
    LOGISTICS_OFFICE = "logistics_office"
    IT_OFFICE = "it_office"
    SECURITY_OFFICE = "security_office"
    LEGAL_OFFICE = "legal_office"
    UNION_OFFICE = "union_office"
    SEAL_KEEPER = "seal_keeper"
    WAREHOUSE_KEEPER = "warehouse_keeper"
    DATA_OWNER = "data_owner"
    INFO_SECURITY = "info_security"
    # the three administrators of GB/T 22239-2019 (系统管理员, 安全管理员, 审计管理员)
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

RELATIVE_APPROVERS = frozenset(
    {"applicant", "peer_staff", "receiving_dept_head", "self_selected", "system"}
)
"""`who` values that name somebody by relation to the document; no assignment can grant them."""


class ScopeKind(enum.StrEnum):
    """Where a role is held. A department includes all below it; a campus all departments on it."""

    OWN = "own"
    DEPARTMENT = "department"
    CAMPUS = "campus"
    HOSPITAL = "hospital"
