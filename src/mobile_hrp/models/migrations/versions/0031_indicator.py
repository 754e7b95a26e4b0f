"""Indicator facts, their imports, and versions of definitions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("indicator_version", "indicator_trial", "indicator_import", "indicator_fact")
APPEND_ONLY = {"indicator_version", "indicator_trial", "indicator_import"}


def upgrade() -> None:
    _create_version()
    _create_trial()
    _create_import()
    _create_fact()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _base(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{table}__hospital"),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=f"pk_{table}"),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["hospital_id", column],
        [f"{target}.hospital_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
    )


def _create_version() -> None:
    table = "indicator_version"
    op.create_table(
        table,
        *_base(table),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=False),
        sa.CheckConstraint("number > 1", name=op.f(f"ck_{table}_number")),
        sa.CheckConstraint(
            "extract(day from valid_from) = 1", name=op.f(f"ck_{table}_first_of_month")
        ),
        _to(table, "document_id", "document"),
        sa.UniqueConstraint(
            "hospital_id",
            "indicator_code",
            "number",
            name=op.f(f"uq_{table}_hospital_id_indicator_code_number"),
        ),
    )
    op.create_index(f"ix_{table}_document", table, ["hospital_id", "document_id"])


def _create_trial() -> None:
    table = "indicator_trial"
    op.create_table(
        table,
        *_base(table),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("tried_by", sa.Uuid(), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=False),
        _to(table, "tried_by", "staff"),
        sa.UniqueConstraint(
            "hospital_id",
            "indicator_code",
            "content_hash",
            name=op.f(f"uq_{table}_hospital_id_indicator_code_content_hash"),
        ),
    )
    op.create_index(f"ix_{table}_tried_by", table, ["hospital_id", "tried_by"])


def _create_import() -> None:
    table = "indicator_import"
    op.create_table(
        table,
        *_base(table),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("dataset", "source_system", "file_name", "file_sha256")
        ),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("added", "changed", "unchanged")
        ),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        _to(table, "imported_by", "staff"),
    )
    op.create_index(f"ix_{table}_imported_by", table, ["hospital_id", "imported_by"])
    op.create_index(f"ix_{table}_dataset", table, ["hospital_id", "dataset", "imported_at"])


def _create_fact() -> None:
    table = "indicator_fact"
    op.create_table(
        table,
        *_base(table),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("attributes", JSONB(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("people >= 0", name=op.f(f"ck_{table}_people")),
        _to(table, "department_id", "department"),
        _to(table, "import_id", "indicator_import"),
        _to(table, "withdrawn_by", "indicator_import"),
    )
    op.create_index(
        f"uq_{table}_live",
        table,
        ["hospital_id", "dataset", "source_system", "source_row"],
        unique=True,
        postgresql_where=sa.text("withdrawn_by is null"),
    )
    op.create_index(f"ix_{table}_day", table, ["hospital_id", "dataset", "occurred_on"])
    op.create_index(f"ix_{table}_department", table, ["hospital_id", "department_id"])
    op.create_index(f"ix_{table}_import", table, ["hospital_id", "import_id"])
    op.create_index(f"ix_{table}_withdrawn", table, ["hospital_id", "withdrawn_by"])
