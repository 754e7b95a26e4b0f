"""Link documents, keep deductions, know holidays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("document_link", "calendar_day")


def upgrade() -> None:
    op.add_column(
        "document",
        sa.Column("deductions", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    _create_document_link()
    _create_calendar_day()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("document", "deductions")


def _create_document_link() -> None:
    op.create_table(
        "document_link",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("field_key", sa.Text(), nullable=False),
        sa.Column("linked_id", sa.Uuid(), nullable=False),
        sa.Column(
            "operation",
            sa.Enum(
                "none",
                "check",
                "freeze",
                "occupy",
                "convert",
                "execute",
                "release",
                "reverse",
                "transfer",
                name="budgetoperation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("document_id <> linked_id", name=op.f("ck_document_link_other")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_document_link_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "linked_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_document_link_linked_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_document_link__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_document_link")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "position",
            name=op.f("uq_document_link_hospital_id_document_id_position"),
        ),
    )
    op.create_index(
        "ix_document_link_linked", "document_link", ["hospital_id", "linked_id"], unique=False
    )


def _create_calendar_day() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shifts", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_calendar_day__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("hospital_id", "day", name=op.f("uq_calendar_day_hospital_id_day")),
    )
