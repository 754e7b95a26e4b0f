"""Keep the limits that people set for indicators, and what is latched of them."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLE = "indicator_threshold"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column(
            "side",
            sa.Enum(
                "above",
                "below",
                name="thresholdside",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latched_month", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{TABLE}__hospital"),
        _to("owner_id", "staff"),
        _to("department_id", "department"),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint(
            "hospital_id",
            "owner_id",
            "indicator_code",
            "department_id",
            "side",
            name=op.f(f"uq_{TABLE}_hospital_id_owner_id_indicator_code_department_id_side"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(f"ix_{TABLE}_department", TABLE, ["hospital_id", "department_id"])
    for statement in tenant_policy(TABLE):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["hospital_id", column],
        [f"{target}.hospital_id", f"{target}.id"],
        name=op.f(f"fk_{TABLE}_{column}_{target}"),
    )
