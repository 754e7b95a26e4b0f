"""The powers of the system, each named once."""

import enum


class Permission(enum.StrEnum):
    """One power. Held through a role, over what the role's scope covers (see ``policy``)."""

    # everybody, about themselves
    INBOX_VIEW = "inbox.view"
    DOCUMENT_SUBMIT = "document.submit"
    TASK_DECIDE = "task.decide"
    DELEGATION_GRANT = "delegation.grant"
    RECEIPTS_UPLOAD = "receipts.upload"
    PERFORMANCE_VIEW_OWN = "performance.view_own"
    PERFORMANCE_DISPUTE = "performance.dispute"
    STAFF_DIRECTORY = "staff.directory"
    SCENARIO_VIEW = "scenario.view"
    # documents and receipts of others
    DOCUMENT_VIEW = "document.view"
    RECEIPTS_VIEW = "receipts.view"
    RECEIPTS_OVERRIDE = "receipts.override"
    RECEIPTS_ARCHIVE = "receipts.archive"
    # budget
    BUDGET_VIEW_DEPARTMENT = "budget.view_department"
    BUDGET_VIEW_ALL = "budget.view_all"
    BUDGET_COMPILE = "budget.compile"
    BUDGET_ADJUST = "budget.adjust"
    BUDGET_ALERT_RULES = "budget.alert_rules"
    # expense policy
    FINDING_VIEW = "finding.view"
    FINDING_OVERRIDE = "finding.override"
    # vouchers and payment
    VOUCHER_VIEW = "voucher.view"
    VOUCHER_VERIFY = "voucher.verify"
    VOUCHER_FINALIZE = "voucher.finalize"
    PAYMENT_EXECUTE = "payment.execute"
    # archive of finished documents
    ARCHIVE_VIEW = "archive.view"
    ARCHIVE_BUILD = "archive.build"
    # performance of others
    PERFORMANCE_VIEW_DEPARTMENT = "performance.view_department"
    PERFORMANCE_VIEW_ALL = "performance.view_all"
    PERFORMANCE_DISTRIBUTE = "performance.distribute"
    PERFORMANCE_CALCULATE = "performance.calculate"
    PERFORMANCE_PUBLISH = "performance.publish"
    PERFORMANCE_RESOLVE_DISPUTE = "performance.resolve_dispute"
    # reference data and rules
    STAFF_MANAGE = "staff.manage"
    ORGANIZATION_MANAGE = "organization.manage"
    SUPPLIER_MANAGE = "supplier.manage"
    PROJECT_MANAGE = "project.manage"
    SCENARIO_IMPORT = "scenario.import"
    SCENARIO_PUBLISH = "scenario.publish"
    POLICY_IMPORT = "policy.import"
    POLICY_PUBLISH = "policy.publish"
    REFERENCE_IMPORT = "reference.import"
    INDICATOR_VIEW = "indicator.view"
    DATA_EXPORT = "data.export"
    # system administrator: keeps the installation running
    USERS_MANAGE = "users.manage"
    OPERATOR_DELIVERIES = "operator.deliveries"
    OPERATOR_JOBS = "operator.jobs"
    OPERATOR_SETTINGS = "operator.settings"
    # security administrator: decides who is let in
    ROLES_GRANT = "roles.grant"
    SESSIONS_REVOKE = "sessions.revoke"
    LOGIN_UNLOCK = "login.unlock"
    SECURITY_POLICY = "security.policy"
    # audit administrator: watches the other two
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    AUDIT_EXPORT = "audit.export"


ADMINISTRATIVE = frozenset(
    {
        Permission.USERS_MANAGE,
        Permission.OPERATOR_DELIVERIES,
        Permission.OPERATOR_JOBS,
        Permission.OPERATOR_SETTINGS,
        Permission.ROLES_GRANT,
        Permission.SESSIONS_REVOKE,
        Permission.LOGIN_UNLOCK,
        Permission.SECURITY_POLICY,
        Permission.AUDIT_READ,
        Permission.AUDIT_VERIFY,
        Permission.AUDIT_EXPORT,
    }
)
"""Powers over the installation. Everything else is a business power."""
