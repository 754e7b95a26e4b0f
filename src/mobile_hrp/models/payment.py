"""Payment: payees' accounts (sealed), one order per payee, files for the bank, its messages."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.payment.terms import FileEncoding, FileFormat, PayeeKind, PaymentState
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class PayeeAccount(TenantRow, Base):
    """An account money may go to. A change is a new row; what was paid stays on the old one.

    ``details_sealed`` holds the holder, number and bank, sealed for this row. The hash finds an
    equal number again; what is masked may be shown. Cooling off runs from ``enabled_at``.
    """

    __tablename__ = "payee_account"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("supplier_id", "supplier"),
        within_hospital("registered_by", "staff"),
        within_hospital("enabled_by_document_id", "document"),
        Index("ix_payee_account_staff", "hospital_id", "staff_id"),
        Index("ix_payee_account_supplier", "hospital_id", "supplier_id"),
        Index("ix_payee_account_registered_by", "hospital_id", "registered_by"),
        Index("ix_payee_account_hash", "hospital_id", "number_hash"),
        CheckConstraint(
            "(kind = 'staff') = (staff_id is not null)"
            " and (kind = 'supplier') = (supplier_id is not null)",
            name="owner",
        ),
        CheckConstraint("disabled_at is null or enabled_at is not null", name="enabled"),
    )

    kind: Mapped[PayeeKind] = mapped_column(enum_column(PayeeKind))
    staff_id: Mapped[uuid.UUID | None]
    supplier_id: Mapped[uuid.UUID | None]
    details_sealed: Mapped[str]
    number_hash: Mapped[bytes] = mapped_column(LargeBinary)
    holder_masked: Mapped[str]
    number_masked: Mapped[str]
    bank_name: Mapped[str]
    registered_by: Mapped[uuid.UUID]
    registered_at: Mapped[datetime]
    enabled_at: Mapped[datetime | None]
    enabled_by_document_id: Mapped[uuid.UUID | None]
    disabled_at: Mapped[datetime | None]


class PaymentOrder(TenantRow, Base):
    """Pay one payee of one approved document. Its row is what every result locks.

    ``amount_fen`` is the cash; ``approved_fen`` is the part of the approved amount it stands for,
    before the loan offset and the tax. ``form_path`` leads to the payee in the form; a payee
    without a registered account has no ``payee_account_id`` and is paid by hand only. An order
    without ``cancelled_by`` was cancelled because its document went back.
    """

    __tablename__ = "payment_order"
    __table_args__ = (
        UniqueConstraint("hospital_id", "number"),
        UniqueConstraint("hospital_id", "document_id", "sequence"),
        within_hospital("document_id", "document"),
        within_hospital("payee_account_id", "payee_account"),
        within_hospital("recorded_by", "staff"),
        within_hospital("cancelled_by", "staff"),
        Index("ix_payment_order_state", "hospital_id", "state", "created_at", "id"),
        Index("ix_payment_order_created", "hospital_id", "created_at", "id"),
        Index("ix_payment_order_payee", "hospital_id", "payee_account_id"),
        CheckConstraint("amount_fen > 0 and approved_fen >= amount_fen", name="amount"),
        CheckConstraint(
            "(state in ('paid', 'returned')) = (paid_at is not null)"
            " and (paid_at is null) = (paid_reference = '')",
            name="paid",
        ),
        CheckConstraint("(state = 'returned') = (returned_at is not null)", name="returned"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at is not null)", name="cancelled"),
        CheckConstraint(
            "state not in ('ready', 'exported', 'sent') or payee_account_id is not null",
            name="payee",
        ),
    )

    number: Mapped[str]
    document_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    form_path: Mapped[str]
    payee_account_id: Mapped[uuid.UUID | None]
    amount_fen: Mapped[int]
    approved_fen: Mapped[int]
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState))
    reference: Mapped[str] = mapped_column(server_default=text("''"))
    paid_reference: Mapped[str] = mapped_column(server_default=text("''"))
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    recorded_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[uuid.UUID | None]


class PaymentBatch(TenantRow, Base):
    """One export: which file it was, of what, and the hash of its bytes."""

    __tablename__ = "payment_batch"
    __table_args__ = (
        UniqueConstraint("hospital_id", "number"),
        within_hospital("exported_by", "staff"),
        Index("ix_payment_batch_exported", "hospital_id", "exported_at", "id"),
        CheckConstraint("order_count > 0 and total_fen > 0 and copies >= 0", name="content"),
    )

    number: Mapped[str]
    file_format: Mapped[FileFormat] = mapped_column(enum_column(FileFormat))
    encoding: Mapped[FileEncoding] = mapped_column(enum_column(FileEncoding))
    dated: Mapped[date]
    order_count: Mapped[int] = mapped_column(Integer)
    total_fen: Mapped[int]
    sha256: Mapped[str]
    copies: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    exported_by: Mapped[uuid.UUID]
    exported_at: Mapped[datetime]


class PaymentBatchItem(TenantRow, Base):
    """An order in a file, in its place. An order that failed may stand in a later file again."""

    __tablename__ = "payment_batch_item"
    __table_args__ = (
        within_hospital("batch_id", "payment_batch"),
        within_hospital("order_id", "payment_order"),
        within_hospital("payee_account_id", "payee_account"),
        UniqueConstraint("hospital_id", "batch_id", "position"),
        Index("ix_payment_batch_item_order", "hospital_id", "order_id"),
        Index("ix_payment_batch_item_payee", "hospital_id", "payee_account_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    batch_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    order_id: Mapped[uuid.UUID]
    payee_account_id: Mapped[uuid.UUID]
    amount_fen: Mapped[int]
    purpose: Mapped[str]


class PaymentMessage(TenantRow, Base):
    """A signed message of the bank. Its event id is used once; ``answer`` is replayed.

    ``answer`` is empty while it is being carried out, or when that has to be tried again.
    """

    __tablename__ = "payment_message"
    __table_args__ = (UniqueConstraint("hospital_id", "event_id"),)

    event_id: Mapped[str]
    body_sha256: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime]
