"""Voucher drafts in parallel accounting: a financial and a budgetary half, each balanced alone."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent, VoucherState
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class Voucher(TenantRow, Base):
    """A voucher of one event of a document. It is a draft until a person verified it.

    ``changes`` lists what the verifier altered of the draft; the one who makes it final is
    somebody else than the one who verified it.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("verified_by", "staff"),
        within_hospital("finalized_by", "staff"),
        UniqueConstraint("hospital_id", "document_id", "event", "sequence"),
        Index("ix_voucher_state", "hospital_id", "state", "dated", "id"),
        CheckConstraint(
            "(verified_by is null) = (verified_at is null)"
            " and (state = 'draft') = (verified_at is null)",
            name="verified",
        ),
        CheckConstraint(
            "(finalized_by is null) = (finalized_at is null)"
            " and (state = 'final') = (finalized_at is not null)",
            name="finalized",
        ),
        CheckConstraint("finalized_by <> verified_by", name="two_persons"),
    )

    document_id: Mapped[uuid.UUID]
    event: Mapped[VoucherEvent] = mapped_column(enum_column(VoucherEvent))
    sequence: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    dated: Mapped[date]
    template_code: Mapped[str]
    template_version: Mapped[str]
    state: Mapped[VoucherState] = mapped_column(enum_column(VoucherState))
    needs_confirmation: Mapped[bool]
    changes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    verified_by: Mapped[uuid.UUID | None]
    verified_at: Mapped[datetime | None]
    finalized_by: Mapped[uuid.UUID | None]
    finalized_at: Mapped[datetime | None]


class VoucherLine(TenantRow, Base):
    """One entry of one half, with the dimensions DA/T 95-2022 Annex C asks of it."""

    __tablename__ = "voucher_line"
    __table_args__ = (
        within_hospital("voucher_id", "voucher"),
        within_hospital("document_line_id", "document_line"),
        within_hospital("department_id", "department"),
        within_hospital("project_id", "project"),
        within_hospital("fund_source_id", "fund_source"),
        within_hospital("department_economic_class_id", "economic_class"),
        within_hospital("government_economic_class_id", "economic_class"),
        UniqueConstraint("hospital_id", "voucher_id", "position"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    voucher_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    half: Mapped[Half] = mapped_column(enum_column(Half))
    side: Mapped[Side] = mapped_column(enum_column(Side))
    account_code: Mapped[str]
    account_name: Mapped[str]
    amount_fen: Mapped[int]
    summary: Mapped[str]
    document_line_id: Mapped[uuid.UUID | None]
    department_id: Mapped[uuid.UUID | None]
    project_id: Mapped[uuid.UUID | None]
    fund_source_id: Mapped[uuid.UUID | None]
    function_class: Mapped[str | None]
    department_economic_class_id: Mapped[uuid.UUID | None]
    government_economic_class_id: Mapped[uuid.UUID | None]
