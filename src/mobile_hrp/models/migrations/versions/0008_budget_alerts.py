"""Create budget alerts."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("budget_alert", "budget_alert_latch", "budget_forecast")


def upgrade() -> None:
    _create_budget_alert()
    _create_budget_alert_latch()
    _create_budget_forecast()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_budget_alert() -> None:
    op.create_table(
        "budget_alert",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("level_bp", sa.Integer(), nullable=True),
        sa.Column("exhaustion_day", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", MOMENT, nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledgement", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_by is null) = (acknowledged_at is null)",
            name=op.f("ck_budget_alert_acknowledged"),
        ),
        sa.CheckConstraint(
            "(level_bp is null) <> (exhaustion_day is null)", name=op.f("ck_budget_alert_kind")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "acknowledged_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_alert_acknowledged_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_alert_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_alert_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_alert__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_alert")),
    )
    op.create_index(
        "ix_budget_alert_line",
        "budget_alert",
        ["hospital_id", "line_id", "fired_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_budget_alert_open",
        "budget_alert",
        ["hospital_id", "fired_at", "id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at is null"),
    )


def _create_budget_alert_latch() -> None:
    op.create_table(
        "budget_alert_latch",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("level_bp", sa.Integer(), nullable=False),
        sa.Column("latched_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_alert_latch_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_alert_latch__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_alert_latch")),
        sa.UniqueConstraint(
            "hospital_id",
            "line_id",
            "period",
            "level_bp",
            name=op.f("uq_budget_alert_latch_hospital_id_line_id_period_level_bp"),
        ),
    )


def _create_budget_forecast() -> None:
    op.create_table(
        "budget_forecast",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("candidate_day", sa.Date(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("announced_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_forecast_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_forecast__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_forecast")),
        sa.UniqueConstraint(
            "hospital_id",
            "line_id",
            "period",
            name=op.f("uq_budget_forecast_hospital_id_line_id_period"),
        ),
    )
