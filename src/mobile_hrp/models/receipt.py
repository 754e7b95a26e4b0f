"""Receipts: the file, what was read from it, what a person corrected, and where it is used."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.verification import VerificationOutcome
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
        Index(
            "uq_receipt_own_file",
            "hospital_id",
            "uploaded_by",
            "sha256",
            unique=True,
            postgresql_where=text("split_from IS NULL"),
        ),
        Index("ix_receipt_split_from", "hospital_id", "split_from"),
        Index(
            "ix_receipt_discarded",
            "hospital_id",
            "discarded_at",
            postgresql_where=text("discarded_at IS NOT NULL AND original_removed_at IS NULL"),
        ),
        Index(
            "ix_receipt_waiting",
            "hospital_id",
            "queued_at",
            postgresql_where=text("status IN ('uploaded', 'reading')"),
        ),
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
    part: Mapped[int] = mapped_column(server_default=text("0"))
    """Which of the receipts in one picture this is; 0 for the first, or the only one."""
    region: Mapped[dict[str, Any] | None]
    """Where on the upright page a person said it is, as ``domain.receipts.reading.Box``."""
    cut_at: Mapped[datetime | None]
    """When a person cut the picture up; from then on only its parts are receipts."""
    status: Mapped[ReceiptStatus] = mapped_column(enum_column(ReceiptStatus))
    failure_code: Mapped[str | None]
    kind: Mapped[ReceiptKind | None] = mapped_column(enum_column(ReceiptKind))
    reading: Mapped[dict[str, Any] | None]
    identity_key: Mapped[str | None]
    fact_key: Mapped[str | None]
    perceptual_hash: Mapped[str | None]
    qr_hint: Mapped[str | None]
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    """Since when it waits to be read; later than ``created_at`` after a retry."""
    reading_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    read_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    """When its owner threw it out of the wallet. The original stays under retention."""
    original_removed_at: Mapped[datetime | None]
    """When retention ended and the bytes were deleted; the row stays."""


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


class ReceiptCapture(TenantRow, Base):
    """A phone is about to send a file: what is expected, and what became of it."""

    __tablename__ = "receipt_capture"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("receipt_id", "receipt"),
        Index("ix_receipt_capture_staff", "hospital_id", "staff_id", "created_at"),
        Index("ix_receipt_capture_receipt", "hospital_id", "receipt_id"),
    )

    staff_id: Mapped[uuid.UUID]
    qr_text: Mapped[str | None]
    """What the phone's own scanner read: a hint, cross-checked with the paper."""
    receipt_id: Mapped[uuid.UUID | None]
    refused_code: Mapped[str | None]
    """Why the last file that was sent was not accepted."""
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]


class ReceiptUpload(TenantRow, Base):
    """A file that comes in chunks. It is over once ``ended_at`` is set, with a receipt or without.

    ``complete_key`` finds the bytes where they need not come: the person has sent this file before.
    """

    __tablename__ = "receipt_upload"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("capture_id", "receipt_capture"),
        within_hospital("receipt_id", "receipt"),
        Index(
            "uq_receipt_upload_open",
            "hospital_id",
            "staff_id",
            "sha256",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_receipt_upload_staff", "hospital_id", "staff_id"),
        Index("ix_receipt_upload_capture", "hospital_id", "capture_id"),
        Index("ix_receipt_upload_receipt", "hospital_id", "receipt_id"),
        Index("ix_receipt_upload_expires", "hospital_id", "expires_at"),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint(
            "ended_at IS NOT NULL OR (receipt_id IS NULL AND refused_code IS NULL)", name="ended"
        ),
    )

    staff_id: Mapped[uuid.UUID]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    original_name: Mapped[str]
    target_id: Mapped[uuid.UUID]
    """Under which id the receipt is kept."""
    capture_id: Mapped[uuid.UUID | None]
    qr_text: Mapped[str | None]
    complete_key: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    receipt_id: Mapped[uuid.UUID | None]
    refused_code: Mapped[str | None]
    """Why the file was not acceptable once it was complete."""


class ReceiptUploadChunk(TenantRow, Base):
    """Bytes of an upload that are in the object store."""

    __tablename__ = "receipt_upload_chunk"
    __table_args__ = (
        within_hospital("upload_id", "receipt_upload", ondelete="CASCADE"),
        UniqueConstraint("hospital_id", "upload_id", "start_byte"),
        CheckConstraint("start_byte >= 0 AND end_byte > start_byte", name="range"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    upload_id: Mapped[uuid.UUID]
    start_byte: Mapped[int]
    end_byte: Mapped[int]
    sha256: Mapped[str]


class ReceiptVerification(TenantRow, Base):
    """One question to the tax bureau's data (查验), or a person's word that they asked it."""

    __tablename__ = "receipt_verification"
    __table_args__ = (
        within_hospital("receipt_id", "receipt"),
        within_hospital("requested_by", "staff"),
        Index("ix_receipt_verification_receipt", "hospital_id", "receipt_id", "requested_at"),
        Index("ix_receipt_verification_requested_by", "hospital_id", "requested_by"),
        Index(
            "uq_receipt_verification_open",
            "hospital_id",
            "receipt_id",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name="finished"),
        CheckConstraint("NOT manual OR reason IS NOT NULL", name="manual_reason"),
    )

    receipt_id: Mapped[uuid.UUID]
    requested_by: Mapped[uuid.UUID]
    requested_at: Mapped[datetime]
    manual: Mapped[bool]
    reason: Mapped[str | None]
    """How the person verified it, where it was by hand."""
    outcome: Mapped[VerificationOutcome | None] = mapped_column(enum_column(VerificationOutcome))
    mismatched: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Names of the fields that the provider knows otherwise."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    finished_at: Mapped[datetime | None]


class VerificationRequest(TenantRow, Base):
    """What was sent to the provider and what came back, without the figures and without secrets."""

    __tablename__ = "verification_request"
    __table_args__ = (
        within_hospital("verification_id", "receipt_verification"),
        Index("ix_verification_request_verification", "hospital_id", "verification_id", "sent_at"),
        UniqueConstraint("hospital_id", "nonce"),
    )

    verification_id: Mapped[uuid.UUID]
    nonce: Mapped[str]
    key_id: Mapped[str]
    body_sha256: Mapped[str]
    """Of the signed body: proves what was asked without keeping it."""
    sent_at: Mapped[datetime]
    duration_ms: Mapped[int]
    http_status: Mapped[int | None]
    """None when no answer came."""
    outcome: Mapped[VerificationOutcome] = mapped_column(enum_column(VerificationOutcome))
    provider_code: Mapped[str]
