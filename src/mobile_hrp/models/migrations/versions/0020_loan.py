"""Create loans."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("loan", "loan_movement", "loan_offset")
APPEND_ONLY = {"loan_movement"}


def upgrade() -> None:
    _create_loan()
    _create_loan_movement()
    _create_loan_offset()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_loan() -> None:
    op.create_table(
        "loan",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("campus_id", sa.Uuid(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_fen", sa.BigInteger(), nullable=False),
        sa.Column("held_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(outstanding_fen = 0) = (settled_at is not null)", name=op.f("ck_loan_settled")
        ),
        sa.CheckConstraint("due_on >= paid_on", name=op.f("ck_loan_due")),
        sa.CheckConstraint(
            "principal_fen > 0 and held_fen >= 0 and held_fen <= outstanding_fen and outstanding_fen <= principal_fen",
            name=op.f("ck_loan_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "borrower_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_loan_borrower_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "campus_id"],
            ["campus.hospital_id", "campus.id"],
            name=op.f("fk_loan_campus_id_campus"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_loan_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_loan_document_id_document"),
        ),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_loan__hospital")),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_loan")),
        sa.UniqueConstraint(
            "hospital_id", "document_id", name=op.f("uq_loan_hospital_id_document_id")
        ),
    )
    op.create_index(
        "ix_loan_borrower", "loan", ["hospital_id", "borrower_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_loan_campus", "loan", ["hospital_id", "campus_id"], unique=False)
    op.create_index("ix_loan_created", "loan", ["hospital_id", "created_at", "id"], unique=False)
    op.create_index("ix_loan_department", "loan", ["hospital_id", "department_id"], unique=False)
    op.create_index(
        "ix_loan_open",
        "loan",
        ["hospital_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("settled_at is null"),
    )


def _create_loan_movement() -> None:
    op.create_table(
        "loan_movement",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "paid_out",
                "offset",
                "reinstated",
                "repaid",
                "transferred",
                "written_off",
                name="loanmovementkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("from_staff_id", sa.Uuid(), nullable=True),
        sa.Column("to_staff_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'transferred') = (from_staff_id is not null) and (kind = 'transferred') = (to_staff_id is not null)",
            name=op.f("ck_loan_movement_transfer"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 and balance_fen >= 0", name=op.f("ck_loan_movement_amount")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_loan_movement_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_loan_movement_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "from_staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_loan_movement_from_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "loan_id"],
            ["loan.hospital_id", "loan.id"],
            name=op.f("fk_loan_movement_loan_id_loan"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "to_staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_loan_movement_to_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_loan_movement__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_loan_movement")),
        sa.UniqueConstraint(
            "hospital_id",
            "loan_id",
            "sequence",
            name=op.f("uq_loan_movement_hospital_id_loan_id_sequence"),
        ),
    )
    op.create_index(
        "ix_loan_movement_document", "loan_movement", ["hospital_id", "document_id"], unique=False
    )


def _create_loan_offset() -> None:
    op.create_table(
        "loan_offset",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("claim_document_id", sa.Uuid(), nullable=False),
        sa.Column("source_document_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "settled",
                "released",
                "reinstated",
                name="offsetstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_loan_offset_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "claim_document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_loan_offset_claim_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "loan_id"],
            ["loan.hospital_id", "loan.id"],
            name=op.f("fk_loan_offset_loan_id_loan"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "source_document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_loan_offset_source_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_loan_offset__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_loan_offset")),
    )
    op.create_index(
        "ix_loan_offset_claim",
        "loan_offset",
        ["hospital_id", "claim_document_id"],
        unique=True,
        postgresql_where=sa.text("state in ('held', 'settled')"),
    )
    op.create_index("ix_loan_offset_loan", "loan_offset", ["hospital_id", "loan_id"], unique=False)
