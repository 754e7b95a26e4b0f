"""Create payment orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "payment_message",
    "payment_batch",
    "payee_account",
    "payment_order",
    "payment_batch_item",
)
APPEND_ONLY = {"payment_batch_item"}


def upgrade() -> None:
    _create_payment_message()
    _create_payment_batch()
    _create_payee_account()
    _create_payment_order()
    _create_payment_batch_item()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_payment_message() -> None:
    op.create_table(
        "payment_message",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("answer", JSONB, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payment_message__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payment_message")),
        sa.UniqueConstraint(
            "hospital_id", "event_id", name=op.f("uq_payment_message_hospital_id_event_id")
        ),
    )


def _create_payment_batch() -> None:
    op.create_table(
        "payment_batch",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "file_format",
            sa.Enum(
                "csv",
                "bank",
                name="fileformat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "encoding",
            sa.Enum(
                "utf-8",
                "gb18030",
                name="fileencoding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("order_count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("exported_by", sa.Uuid(), nullable=False),
        sa.Column("exported_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "order_count > 0 and total_fen > 0 and copies >= 0",
            name=op.f("ck_payment_batch_content"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "exported_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payment_batch_exported_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payment_batch__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payment_batch")),
        sa.UniqueConstraint(
            "hospital_id", "number", name=op.f("uq_payment_batch_hospital_id_number")
        ),
    )
    op.create_index(
        "ix_payment_batch_exported",
        "payment_batch",
        ["hospital_id", "exported_at", "id"],
        unique=False,
    )


def _create_payee_account() -> None:
    op.create_table(
        "payee_account",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "staff",
                "supplier",
                "external",
                name="payeekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("details_sealed", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("holder_masked", sa.Text(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("enabled_at", MOMENT, nullable=True),
        sa.Column("enabled_by_document_id", sa.Uuid(), nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(kind = 'staff') = (staff_id is not null) and (kind = 'supplier') = (supplier_id is not null)",
            name=op.f("ck_payee_account_owner"),
        ),
        sa.CheckConstraint(
            "disabled_at is null or enabled_at is not null", name=op.f("ck_payee_account_enabled")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "enabled_by_document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_payee_account_enabled_by_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "registered_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payee_account_registered_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payee_account_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "supplier_id"],
            ["supplier.hospital_id", "supplier.id"],
            name=op.f("fk_payee_account_supplier_id_supplier"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payee_account__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payee_account")),
    )
    op.create_index(
        "ix_payee_account_hash", "payee_account", ["hospital_id", "number_hash"], unique=False
    )
    op.create_index(
        "ix_payee_account_registered_by",
        "payee_account",
        ["hospital_id", "registered_by"],
        unique=False,
    )
    op.create_index(
        "ix_payee_account_staff", "payee_account", ["hospital_id", "staff_id"], unique=False
    )
    op.create_index(
        "ix_payee_account_supplier", "payee_account", ["hospital_id", "supplier_id"], unique=False
    )


def _create_payment_order() -> None:
    op.create_table(
        "payment_order",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("form_path", sa.Text(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("approved_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "ready",
                "exported",
                "sent",
                "paid",
                "failed",
                "returned",
                "cancelled",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("paid_reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at is not null)",
            name=op.f("ck_payment_order_cancelled"),
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (returned_at is not null)",
            name=op.f("ck_payment_order_returned"),
        ),
        sa.CheckConstraint(
            "(state in ('paid', 'returned')) = (paid_at is not null) and (paid_at is null) = (paid_reference = '')",
            name=op.f("ck_payment_order_paid"),
        ),
        sa.CheckConstraint(
            "state not in ('ready', 'exported', 'sent') or payee_account_id is not null",
            name=op.f("ck_payment_order_payee"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 and approved_fen >= amount_fen", name=op.f("ck_payment_order_amount")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "cancelled_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payment_order_cancelled_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_payment_order_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "payee_account_id"],
            ["payee_account.hospital_id", "payee_account.id"],
            name=op.f("fk_payment_order_payee_account_id_payee_account"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "recorded_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payment_order_recorded_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payment_order__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "sequence",
            name=op.f("uq_payment_order_hospital_id_document_id_sequence"),
        ),
        sa.UniqueConstraint(
            "hospital_id", "number", name=op.f("uq_payment_order_hospital_id_number")
        ),
    )
    op.create_index(
        "ix_payment_order_created",
        "payment_order",
        ["hospital_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_order_payee", "payment_order", ["hospital_id", "payee_account_id"], unique=False
    )
    op.create_index(
        "ix_payment_order_state",
        "payment_order",
        ["hospital_id", "state", "created_at", "id"],
        unique=False,
    )


def _create_payment_batch_item() -> None:
    op.create_table(
        "payment_batch_item",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_batch_item_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "batch_id"],
            ["payment_batch.hospital_id", "payment_batch.id"],
            name=op.f("fk_payment_batch_item_batch_id_payment_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "order_id"],
            ["payment_order.hospital_id", "payment_order.id"],
            name=op.f("fk_payment_batch_item_order_id_payment_order"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "payee_account_id"],
            ["payee_account.hospital_id", "payee_account.id"],
            name=op.f("fk_payment_batch_item_payee_account_id_payee_account"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payment_batch_item__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payment_batch_item")),
        sa.UniqueConstraint(
            "hospital_id",
            "batch_id",
            "position",
            name=op.f("uq_payment_batch_item_hospital_id_batch_id_position"),
        ),
    )
    op.create_index(
        "ix_payment_batch_item_order",
        "payment_batch_item",
        ["hospital_id", "order_id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_batch_item_payee",
        "payment_batch_item",
        ["hospital_id", "payee_account_id"],
        unique=False,
    )
