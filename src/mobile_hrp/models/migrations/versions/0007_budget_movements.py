"""Create budget holds and the ledger."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("budget_hold", "budget_entry")
APPEND_ONLY = {"budget_entry"}


def upgrade() -> None:
    _create_budget_hold()
    _create_budget_entry()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_budget_hold() -> None:
    op.create_table(
        "budget_hold",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_line_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("source_hold_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "frozen",
                "occupied",
                "ended",
                name="holdstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "ended_as",
            sa.Enum(
                "converted",
                "executed",
                "released",
                "carried",
                "lapsed",
                name="holdend",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("executed_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (left_fen = 0) and (state = 'ended') = (ended_as is not null) and (state = 'ended') = (ended_at is not null)",
            name=op.f("ck_budget_hold_one_end"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 and left_fen between 0 and amount_fen",
            name=op.f("ck_budget_hold_amount"),
        ),
        sa.CheckConstraint(
            "executed_fen between 0 and amount_fen - left_fen", name=op.f("ck_budget_hold_executed")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_hold_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_hold_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "source_hold_id"],
            ["budget_hold.hospital_id", "budget_hold.id"],
            name=op.f("fk_budget_hold_source_hold_id_budget_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_hold__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_hold")),
    )
    op.create_index(
        "ix_budget_hold_document", "budget_hold", ["hospital_id", "document_id"], unique=False
    )
    op.create_index(
        "ix_budget_hold_open",
        "budget_hold",
        ["hospital_id", "line_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index(
        "ix_budget_hold_source", "budget_hold", ["hospital_id", "source_hold_id"], unique=False
    )


def _create_budget_entry() -> None:
    op.create_table(
        "budget_entry",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriate",
                "adjust",
                "transfer",
                "freeze",
                "occupy",
                "convert",
                "execute",
                "release",
                "restore",
                "reverse",
                "carry",
                "lapse",
                name="movementkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("charged_line_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "approved",
                "adjusted",
                "available",
                "frozen",
                "occupied",
                "executed",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "approved",
                "adjusted",
                "available",
                "frozen",
                "occupied",
                "executed",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_budget_entry_amount")),
        sa.CheckConstraint("source <> target", name=op.f("ck_budget_entry_accounts")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_entry_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "charged_line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_entry_charged_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_entry_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "hold_id"],
            ["budget_hold.hospital_id", "budget_hold.id"],
            name=op.f("fk_budget_entry_hold_id_budget_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_entry_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_entry__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_entry")),
    )
    op.create_index(
        "ix_budget_entry_document", "budget_entry", ["hospital_id", "document_id"], unique=False
    )
    op.create_index(
        "ix_budget_entry_hold", "budget_entry", ["hospital_id", "hold_id"], unique=False
    )
    op.create_index(
        "ix_budget_entry_line",
        "budget_entry",
        ["hospital_id", "line_id", "occurred_at", "id"],
        unique=False,
    )
