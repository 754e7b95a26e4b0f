"""Loans to staff: the balance on one locked row, and append-only movements behind it."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.loan.terms import LoanMovementKind, OffsetState
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class Loan(TenantRow, Base):
    """A loan that was paid on a request. Its row is what every movement locks.

    ``outstanding_fen`` is the sum of its movements; ``held_fen`` is the part of it that approved
    claims will settle when they are paid. ``borrower_id`` changes when it goes to a colleague.
    """

    __tablename__ = "loan"
    __table_args__ = (
        UniqueConstraint("hospital_id", "document_id"),
        within_hospital("document_id", "document"),
        within_hospital("borrower_id", "staff"),
        within_hospital("department_id", "department"),
        within_hospital("campus_id", "campus"),
        Index("ix_loan_borrower", "hospital_id", "borrower_id", "created_at", "id"),
        Index("ix_loan_department", "hospital_id", "department_id"),
        Index("ix_loan_campus", "hospital_id", "campus_id"),
        Index("ix_loan_created", "hospital_id", "created_at", "id"),
        Index(
            "ix_loan_open",
            "hospital_id",
            "due_on",
            postgresql_where=text("settled_at is null"),
        ),
        CheckConstraint(
            "principal_fen > 0 and held_fen >= 0 and held_fen <= outstanding_fen"
            " and outstanding_fen <= principal_fen",
            name="balance",
        ),
        CheckConstraint("(outstanding_fen = 0) = (settled_at is not null)", name="settled"),
        CheckConstraint("due_on >= paid_on", name="due"),
    )

    document_id: Mapped[uuid.UUID]
    number: Mapped[str]
    borrower_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    campus_id: Mapped[uuid.UUID]
    principal_fen: Mapped[int]
    outstanding_fen: Mapped[int]
    held_fen: Mapped[int] = mapped_column(server_default=text("0"))
    paid_on: Mapped[date]
    due_on: Mapped[date]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class LoanMovement(TenantRow, Base):
    """One change of a loan. Insert-only for the application's role.

    ``document_id`` is the paper it came from: the request, the claim, the repayment, the
    decision. A transfer names both people and leaves the balance as it is.
    """

    __tablename__ = "loan_movement"
    __table_args__ = (
        within_hospital("loan_id", "loan"),
        within_hospital("document_id", "document"),
        within_hospital("from_staff_id", "staff"),
        within_hospital("to_staff_id", "staff"),
        within_hospital("actor_id", "staff"),
        UniqueConstraint("hospital_id", "loan_id", "sequence"),
        Index("ix_loan_movement_document", "hospital_id", "document_id"),
        CheckConstraint("amount_fen > 0 and balance_fen >= 0", name="amount"),
        CheckConstraint(
            "(kind = 'transferred') = (from_staff_id is not null)"
            " and (kind = 'transferred') = (to_staff_id is not null)",
            name="transfer",
        ),
    )

    loan_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[LoanMovementKind] = mapped_column(enum_column(LoanMovementKind))
    amount_fen: Mapped[int]
    balance_fen: Mapped[int]
    document_id: Mapped[uuid.UUID]
    from_staff_id: Mapped[uuid.UUID | None]
    to_staff_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[uuid.UUID | None]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    occurred_at: Mapped[datetime]


class LoanOffset(TenantRow, Base):
    """What a claim settles of a loan: held from its approval, settled by its payment.

    ``source_document_id`` is the repayment that asked for it; otherwise the claim itself named
    the loan. A claim has at most one offset that counts.
    """

    __tablename__ = "loan_offset"
    __table_args__ = (
        within_hospital("loan_id", "loan"),
        within_hospital("claim_document_id", "document"),
        within_hospital("source_document_id", "document"),
        Index("ix_loan_offset_loan", "hospital_id", "loan_id"),
        Index(
            "ix_loan_offset_claim",
            "hospital_id",
            "claim_document_id",
            unique=True,
            postgresql_where=text("state in ('held', 'settled')"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    loan_id: Mapped[uuid.UUID]
    claim_document_id: Mapped[uuid.UUID]
    source_document_id: Mapped[uuid.UUID | None]
    amount_fen: Mapped[int]
    state: Mapped[OffsetState] = mapped_column(enum_column(OffsetState))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
