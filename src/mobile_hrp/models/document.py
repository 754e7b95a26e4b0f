"""Business documents: the head, its lines, and an immutable version per submission."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.scenario.vocabulary import BudgetOperation
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital
from mobile_hrp.models.sealed_form import SealedContent, SealedForm, seals_forms


class Document(TenantRow, Base):
    """A request, claim or any other paper of a scenario. Its row is the aggregate to lock.

    ``values`` holds the scenario's form fields (money as fen; what people get is sealed);
    ``version`` counts edits for optimistic checks by phones; ``snapshot_hash`` is that of the last
    submitted version.
    ``deductions`` is what reviewers took off, by form path (``domain.document.deductions``).
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("hospital_id", "number"),
        within_hospital("requester_id", "staff"),
        within_hospital("department_id", "department"),
        within_hospital("campus_id", "campus"),
        Index("ix_document_requester", "hospital_id", "requester_id", "created_at", "id"),
        Index("ix_document_department", "hospital_id", "department_id", "created_at", "id"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )

    number: Mapped[str]
    scenario_code: Mapped[str]
    scenario_version: Mapped[str]
    title: Mapped[str]
    requester_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    campus_id: Mapped[uuid.UUID]
    status: Mapped[DocumentStatus] = mapped_column(enum_column(DocumentStatus))
    amount_fen: Mapped[int]
    values: Mapped[dict[str, Any]] = mapped_column(SealedForm, server_default=text("'{}'::jsonb"))
    deductions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    snapshot_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class DocumentLine(TenantRow, Base):
    """What a row of the form charges: how much, on which budget line, proven by which receipts.

    Derived from ``Document.values``; ``form_path`` leads back to the row.
    """

    __tablename__ = "document_line"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("budget_line_id", "budget_line"),
        UniqueConstraint("hospital_id", "document_id", "position"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    document_id: Mapped[uuid.UUID]
    position: Mapped[int]
    description: Mapped[str]
    expense_type: Mapped[str]
    amount_fen: Mapped[int]
    budget_line_id: Mapped[uuid.UUID | None]
    form_path: Mapped[str]
    receipt_ids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))


class DocumentLink(TenantRow, Base):
    """A submitted document uses another: a claim its request, a payment its contract.

    Written at each submission from the form's links to documents that hold budget; ``operation``
    is what the linked document's scenario lets such a use do.
    """

    __tablename__ = "document_link"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("linked_id", "document"),
        UniqueConstraint("hospital_id", "document_id", "position"),
        Index("ix_document_link_linked", "hospital_id", "linked_id"),
        CheckConstraint("document_id <> linked_id", name="other"),
    )

    document_id: Mapped[uuid.UUID]
    position: Mapped[int]
    field_key: Mapped[str]
    linked_id: Mapped[uuid.UUID]
    operation: Mapped[BudgetOperation] = mapped_column(enum_column(BudgetOperation))


class DocumentVersion(TenantRow, Base):
    """What was submitted, for ever: the content whose hash the decisions name."""

    __tablename__ = "document_version"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("created_by", "staff"),
        UniqueConstraint("hospital_id", "document_id", "version"),
    )

    document_id: Mapped[uuid.UUID]
    version: Mapped[int]
    snapshot_hash: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(SealedContent)
    created_by: Mapped[uuid.UUID]
    created_at: Mapped[datetime]


class DocumentCounter(Base):
    """The last running number given per hospital, scenario prefix and day."""

    __tablename__ = "document_counter"
    __table_args__ = ()

    hospital_id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int]


seals_forms(Document, "values")
seals_forms(DocumentVersion, "content", inside="values")
