"""Create rule packages, trials of them, and reference facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "policy_package",
    "policy_table",
    "policy_publication",
    "policy_shadow_run",
    "policy_shadow_finding",
    "reference_import",
    "reference_fact",
)
APPEND_ONLY = {
    "policy_table",
    "policy_publication",
    "policy_shadow_finding",
    "reference_import",
    "reference_fact",
}


def upgrade() -> None:
    _create_policy_package()
    _create_policy_table()
    _create_policy_publication()
    _create_policy_shadow_run()
    _create_policy_shadow_finding()
    _create_reference_import()
    _create_reference_fact()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_policy_package() -> None:
    op.create_table(
        "policy_package",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("settings", JSONB, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "imported",
                "shadow",
                "published",
                "retired",
                name="policypackagestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("replaced_id", sa.Uuid(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(revision is null) = (published_at is null)", name=op.f("ck_policy_package_published")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "imported_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_policy_package_imported_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "published_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_policy_package_published_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "replaced_id"],
            ["policy_package.hospital_id", "policy_package.id"],
            name=op.f("fk_policy_package_replaced_id_policy_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_policy_package__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_policy_package")),
        sa.UniqueConstraint(
            "hospital_id",
            "code",
            "version",
            name=op.f("uq_policy_package_hospital_id_code_version"),
        ),
    )
    op.create_index(
        "uq_policy_package_published",
        "policy_package",
        ["hospital_id", "code"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )


def _create_policy_table() -> None:
    op.create_table(
        "policy_table",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("key_columns", JSONB, nullable=False),
        sa.Column("value_columns", JSONB, nullable=False),
        sa.Column("rows", JSONB, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "package_id"],
            ["policy_package.hospital_id", "policy_package.id"],
            name=op.f("fk_policy_table_package_id_policy_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_policy_table__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_policy_table")),
        sa.UniqueConstraint(
            "hospital_id",
            "package_id",
            "code",
            name=op.f("uq_policy_table_hospital_id_package_id_code"),
        ),
    )
    op.create_index(
        "ix_policy_table_code",
        "policy_table",
        ["hospital_id", "code", "effective_from"],
        unique=False,
    )


def _create_policy_publication() -> None:
    op.create_table(
        "policy_publication",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "publish",
                "rollback",
                name="publicationaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_policy_publication_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "package_id"],
            ["policy_package.hospital_id", "policy_package.id"],
            name=op.f("fk_policy_publication_package_id_policy_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_policy_publication__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_policy_publication")),
        sa.UniqueConstraint(
            "hospital_id", "revision", name=op.f("uq_policy_publication_hospital_id_revision")
        ),
    )
    op.create_index(
        "ix_policy_publication_package",
        "policy_publication",
        ["hospital_id", "package_id"],
        unique=False,
    )


def _create_policy_shadow_run() -> None:
    op.create_table(
        "policy_shadow_run",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                name="shadowrunstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("until_at", MOMENT, nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("documents", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("would_block", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("does_block", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("controls", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("kept", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_policy_shadow_run_period")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "package_id"],
            ["policy_package.hospital_id", "policy_package.id"],
            name=op.f("fk_policy_shadow_run_package_id_policy_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "requested_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_policy_shadow_run_requested_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_policy_shadow_run__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_policy_shadow_run")),
    )
    op.create_index(
        "ix_policy_shadow_run_package",
        "policy_shadow_run",
        ["hospital_id", "package_id", "requested_at"],
        unique=False,
    )


def _create_policy_shadow_finding() -> None:
    op.create_table(
        "policy_shadow_finding",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column(
            "change",
            sa.Enum(
                "appears",
                "disappears",
                "severity",
                "stays",
                name="shadowchange",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "block",
                "require_reason",
                "require_extra_approver",
                "warn",
                "info",
                name="before_severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "block",
                "require_reason",
                "require_extra_approver",
                "warn",
                "info",
                name="after_severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("evidence", JSONB, nullable=False),
        sa.CheckConstraint(
            "before is not null or after is not null",
            name=op.f("ck_policy_shadow_finding_some_severity"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_policy_shadow_finding_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "run_id"],
            ["policy_shadow_run.hospital_id", "policy_shadow_run.id"],
            name=op.f("fk_policy_shadow_finding_run_id_policy_shadow_run"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_policy_shadow_finding__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_policy_shadow_finding")),
    )
    op.create_index(
        "ix_policy_shadow_finding_document",
        "policy_shadow_finding",
        ["hospital_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_shadow_finding_run",
        "policy_shadow_finding",
        ["hospital_id", "run_id", "id"],
        unique=False,
    )


def _create_reference_import() -> None:
    op.create_table(
        "reference_import",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "imported_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_reference_import_imported_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_reference_import__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_reference_import")),
    )
    op.create_index(
        "ix_reference_import_kind",
        "reference_import",
        ["hospital_id", "kind", "imported_at"],
        unique=False,
    )


def _create_reference_fact() -> None:
    op.create_table(
        "reference_fact",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "valid_to is null or valid_to >= valid_from", name=op.f("ck_reference_fact_validity")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "import_id"],
            ["reference_import.hospital_id", "reference_import.id"],
            name=op.f("fk_reference_fact_import_id_reference_import"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_reference_fact__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_reference_fact")),
    )
    op.create_index(
        "ix_reference_fact_import", "reference_fact", ["hospital_id", "import_id"], unique=False
    )
    op.create_index(
        "ix_reference_fact_key",
        "reference_fact",
        [
            "hospital_id",
            "kind",
            "key",
            "item",
            sa.literal_column("valid_from DESC"),
            sa.literal_column("imported_at DESC"),
        ],
        unique=False,
    )
