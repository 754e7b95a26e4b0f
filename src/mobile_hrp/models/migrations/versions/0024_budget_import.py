"""Keep budget imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "budget_import",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("remove_missing", sa.Boolean(), nullable=False),
        sa.Column("new_lines", sa.Integer(), nullable=False),
        sa.Column("changed_lines", sa.Integer(), nullable=False),
        sa.Column("removed_lines", sa.Integer(), nullable=False),
        sa.Column("unchanged_lines", sa.Integer(), nullable=False),
        sa.Column("approved_change_fen", sa.BigInteger(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=True),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "new_lines >= 0 and changed_lines >= 0 and removed_lines >= 0 and unchanged_lines >= 0",
            name=op.f("ck_budget_import_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "imported_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_import_imported_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_import__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_import")),
    )
    op.create_index(
        "ix_budget_import_imported", "budget_import", ["hospital_id", "imported_at", "id"]
    )
    op.create_index("ix_budget_import_imported_by", "budget_import", ["hospital_id", "imported_by"])
    for statement in tenant_policy("budget_import", append_only=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("budget_import")
