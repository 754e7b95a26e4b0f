"""Create the organisation: who the hospital is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import APP_ROLE, tenant_policy

revision = "0001"
down_revision = "0000"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "campus",
    "economic_class",
    "fund_source",
    "position",
    "supplier",
    "department",
    "staff",
    "project",
    "role_assignment",
    "staff_position",
)


def upgrade() -> None:
    _create_hospital()
    _create_campus()
    _create_economic_class()
    _create_fund_source()
    _create_position()
    _create_supplier()
    _create_department()
    _create_staff()
    _create_project()
    _create_role_assignment()
    _create_staff_position()
    op.execute(f"GRANT SELECT ON hospital TO {APP_ROLE}")
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_table("hospital")


def _create_hospital() -> None:
    op.create_table(
        "hospital",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="Asia/Shanghai", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital")),
        sa.UniqueConstraint("code", name=op.f("uq_hospital_code")),
    )


def _create_campus() -> None:
    op.create_table(
        "campus",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_campus__hospital")),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_campus")),
        sa.UniqueConstraint("hospital_id", "code", name=op.f("uq_campus_hospital_id_code")),
    )


def _create_economic_class() -> None:
    op.create_table(
        "economic_class",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "scheme in ('department', 'government')", name=op.f("ck_economic_class_scheme")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_economic_class__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_economic_class")),
        sa.UniqueConstraint(
            "hospital_id", "scheme", "code", name=op.f("uq_economic_class_hospital_id_scheme_code")
        ),
    )


def _create_fund_source() -> None:
    op.create_table(
        "fund_source",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("year_end", sa.Text(), nullable=False),
        sa.CheckConstraint("year_end in ('carry', 'lapse')", name=op.f("ck_fund_source_year_end")),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_fund_source__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_fund_source")),
        sa.UniqueConstraint("hospital_id", "code", name=op.f("uq_fund_source_hospital_id_code")),
    )


def _create_position() -> None:
    op.create_table(
        "position",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_position__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_position")),
        sa.UniqueConstraint("hospital_id", "code", name=op.f("uq_position_hospital_id_code")),
    )


def _create_supplier() -> None:
    op.create_table(
        "supplier",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_supplier__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("hospital_id", "tax_id", name=op.f("uq_supplier_hospital_id_tax_id")),
    )


def _create_department() -> None:
    op.create_table(
        "department",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campus_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("functional_for", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to is null or valid_to > valid_from", name=op.f("ck_department_validity")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "campus_id"],
            ["campus.hospital_id", "campus.id"],
            name=op.f("fk_department_campus_id_campus"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "parent_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_department_parent_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_department__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_department")),
        sa.UniqueConstraint(
            "hospital_id",
            "code",
            "valid_from",
            name=op.f("uq_department_hospital_id_code_valid_from"),
        ),
    )
    op.create_index(
        "ix_department_parent", "department", ["hospital_id", "parent_id"], unique=False
    )


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("job_category", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_staff_department_id_department"),
        ),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_staff__hospital")),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint(
            "hospital_id", "employee_number", name=op.f("uq_staff_hospital_id_employee_number")
        ),
    )
    op.create_index("ix_staff_department", "staff", ["hospital_id", "department_id"], unique=False)


def _create_project() -> None:
    op.create_table(
        "project",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_project_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "leader_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_project_leader_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_project__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_project")),
        sa.UniqueConstraint("hospital_id", "code", name=op.f("uq_project_hospital_id_code")),
    )


def _create_role_assignment() -> None:
    op.create_table(
        "role_assignment",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(scope_kind in ('department', 'campus')) = (scope_id is not null)",
            name=op.f("ck_role_assignment_scope_id"),
        ),
        sa.CheckConstraint(
            "scope_kind in ('own', 'department', 'campus', 'hospital')",
            name=op.f("ck_role_assignment_scope_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_role_assignment_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_role_assignment__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_role_assignment")),
    )
    op.create_index(
        "ix_role_assignment_role",
        "role_assignment",
        ["hospital_id", "role", "scope_kind", "scope_id"],
        unique=False,
    )
    op.create_index(
        "ix_role_assignment_staff", "role_assignment", ["hospital_id", "staff_id"], unique=False
    )


def _create_staff_position() -> None:
    op.create_table(
        "staff_position",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_staff_position_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "position_id"],
            ["position.hospital_id", "position.id"],
            name=op.f("fk_staff_position_position_id_position"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_staff_position_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_staff_position__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_staff_position")),
    )
    op.create_index(
        "ix_staff_position_department",
        "staff_position",
        ["hospital_id", "department_id", "position_id"],
        unique=False,
    )
