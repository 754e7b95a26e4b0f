"""The vocabulary of voucher drafts in parallel accounting (平行记账)."""

from enum import StrEnum


class Half(StrEnum):
    FINANCIAL = "financial"  # 财务会计
    BUDGETARY = "budgetary"  # 预算会计


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"


class VoucherEvent(StrEnum):
    """What happened to the document that has to be booked."""

    APPROVED = "approved"  # accrual, before any payment
    PAID = "paid"
    LOAN_PAID = "loan_paid"
    LOAN_OFFSET = "loan_offset"
    LOAN_RETURNED = "loan_returned"
    REFUNDED = "refunded"


class VoucherState(StrEnum):
    DRAFT = "draft"
    VERIFIED = "verified"
    FINAL = "final"
