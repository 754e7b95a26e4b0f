"""Receipts: the file, what was read from it, what a person corrected, and where it is used."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class ReceiptStatus(enum.StrEnum):
    UPLOADED = "uploaded"
    READING = "reading"
    READ = "read"
    FAILED = "failed"
    CONFIRMED = "confirmed"


class ReceiptUseState(enum.StrEnum):
    RESERVED = "reserved"
    """On a draft or a submitted document."""
    CLAIMED = "claimed"
    """Paid or being paid."""
    RELEASED = "released"
    """Given back by a recorded reversal; the identity is free again."""


class Receipt(TenantRow, Base):
    """One uploaded original.

    Its bytes are the legal record and never change; ``storage_key`` finds them. ``reading`` is the
    stored result of recognition and is never edited either.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        within_hospital("uploaded_by", "staff"),
        within_hospital("split_from", "receipt"),
        Index("ix_receipt_wallet", "hospital_id", "uploaded_by", "created_at", "id"),
        Index("ix_receipt_sha256", "hospital_id", "sha256"),
        Index("ix_receipt_identity", "hospital_id", "identity_key"),
        Index("ix_receipt_fact", "hospital_id", "fact_key"),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    sha256: Mapped[str]
    size_bytes: Mapped[int]
    content_type: Mapped[str]
    original_name: Mapped[str]
    storage_key: Mapped[str]
    working_key: Mapped[str | None]
    """The upright copy without metadata, for screens."""
    uploaded_by: Mapped[uuid.UUID]
    split_from: Mapped[uuid.UUID | None]
    """The receipt whose picture also shows this one."""
    status: Mapped[ReceiptStatus] = mapped_column(enum_column(ReceiptStatus))
    failure_code: Mapped[str | None]
    kind: Mapped[ReceiptKind | None] = mapped_column(enum_column(ReceiptKind))
    reading: Mapped[dict[str, Any] | None]
    identity_key: Mapped[str | None]
    fact_key: Mapped[str | None]
    perceptual_hash: Mapped[str | None]
    qr_hint: Mapped[str | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class ReceiptCorrection(TenantRow, Base):
    """What a person said a field is, beside what was read. Append-only."""

    __tablename__ = "receipt_correction"
    __table_args__ = (
        within_hospital("receipt_id", "receipt"),
        within_hospital("corrected_by", "staff"),
        Index("ix_receipt_correction_receipt", "hospital_id", "receipt_id", "corrected_at"),
    )

    receipt_id: Mapped[uuid.UUID]
    field_name: Mapped[str]
    read_value: Mapped[dict[str, Any]]
    """``{"value": …, "state": …}`` as the reading had it."""
    corrected_value: Mapped[dict[str, Any]]
    """``{"value": …}``; money in fen."""
    reason: Mapped[str | None]
    corrected_by: Mapped[uuid.UUID]
    corrected_at: Mapped[datetime]


class ReceiptUse(TenantRow, Base):
    """A receipt on a document line. The database allows one live use per identity."""

    __tablename__ = "receipt_use"
    __table_args__ = (
        within_hospital("receipt_id", "receipt"),
        within_hospital("document_id", "document"),
        within_hospital("document_line_id", "document_line"),
        within_hospital("released_by", "staff"),
        Index(
            "uq_receipt_use_live_identity",
            "hospital_id",
            "identity_key",
            unique=True,
            postgresql_where=text("state <> 'released' AND identity_key IS NOT NULL"),
        ),
        Index(
            "uq_receipt_use_live_receipt",
            "hospital_id",
            "receipt_id",
            unique=True,
            postgresql_where=text("state <> 'released'"),
        ),
        Index("ix_receipt_use_document", "hospital_id", "document_id"),
        UniqueConstraint("hospital_id", "document_line_id", "receipt_id"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released"),
    )

    receipt_id: Mapped[uuid.UUID]
    document_id: Mapped[uuid.UUID]
    document_line_id: Mapped[uuid.UUID | None]
    identity_key: Mapped[str | None]
    state: Mapped[ReceiptUseState] = mapped_column(enum_column(ReceiptUseState))
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[uuid.UUID | None]
    release_reason: Mapped[str | None]
