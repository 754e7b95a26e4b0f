"""Create scenario packages and versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("scenario_package", "scenario_version")


def upgrade() -> None:
    _create_scenario_package()
    _create_scenario_version()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_scenario_package() -> None:
    op.create_table(
        "scenario_package",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=True),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "base_id"],
            ["scenario_package.hospital_id", "scenario_package.id"],
            name=op.f("fk_scenario_package_base_id_scenario_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "imported_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_scenario_package_imported_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_scenario_package__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_scenario_package")),
        sa.UniqueConstraint(
            "hospital_id",
            "code",
            "version",
            name=op.f("uq_scenario_package_hospital_id_code_version"),
        ),
    )


def _create_scenario_version() -> None:
    op.create_table(
        "scenario_version",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "imported",
                "published",
                "retired",
                name="scenariostate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "package_id"],
            ["scenario_package.hospital_id", "scenario_package.id"],
            name=op.f("fk_scenario_version_package_id_scenario_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "published_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_scenario_version_published_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_scenario_version__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_scenario_version")),
        sa.UniqueConstraint(
            "hospital_id",
            "code",
            "version",
            name=op.f("uq_scenario_version_hospital_id_code_version"),
        ),
    )
    op.create_index(
        "uq_scenario_version_published",
        "scenario_version",
        ["hospital_id", "code"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
