"""Monthly reports, telemetry, and files that left by an approved request."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("monthly_report", "telemetry_event", "data_export")
APPEND_ONLY = {"monthly_report"}


def upgrade() -> None:
    _create_report()
    _create_event()
    _create_export()
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


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    name = f"uq_{table}_hospital_id_{'_'.join(columns)}"
    return sa.UniqueConstraint("hospital_id", *columns, name=op.f(name))


def _kinds(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _create_report() -> None:
    table = "monthly_report"
    op.create_table(
        table,
        *_base(table),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f(f"ck_{table}_first_of_month")),
        _to(table, "department_id", "department"),
        _to(table, "made_by", "staff"),
        _unique(table, "department_id", "month", "edition"),
    )
    op.create_index(f"ix_{table}_made_by", table, ["hospital_id", "made_by"])


def _create_event() -> None:
    table = "telemetry_event"
    names = (
        *("screen_opened", "form_opened", "field_left", "field_refused", "form_left"),
        *("form_sent", "picture_retaken", "queued_offline"),
    )
    clients = ("android", "ios", "harmony", "wechat", "dingtalk", "wecom", "h5")
    screens = (
        *("todo", "document", "form", "capture", "wallet", "inbox", "budget", "performance"),
        *("indicators", "settings"),
    )
    op.create_table(
        table,
        *_base(table),
        sa.Column("name", _kinds("eventname", *names), nullable=False),
        sa.Column("client", _kinds("clientkind", *clients), nullable=False),
        sa.Column("screen", _kinds("screen", *screens), nullable=True),
        sa.Column("scenario_code", sa.Text(), nullable=True),
        sa.Column("field_key", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("taps", sa.Integer(), nullable=True),
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.CheckConstraint("duration_ms between 0 and 3600000", name=op.f(f"ck_{table}_duration")),
        sa.CheckConstraint("taps between 0 and 1000", name=op.f(f"ck_{table}_taps")),
        _to(table, "department_id", "department"),
    )
    op.create_index(f"ix_{table}_month", table, ["hospital_id", "occurred_at"])
    op.create_index(f"ix_{table}_department", table, ["hospital_id", "department_id"])


def _create_export() -> None:
    table = "data_export"
    maskings = ("deidentified", "pseudonymised", "aggregated", "plain")
    op.create_table(
        table,
        *_base(table),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("masking", _kinds("masking", *maskings), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(destroyed_at is null) = (sealed is not null)", name=op.f(f"ck_{table}_destroyed")
        ),
        _to(table, "document_id", "document"),
        _to(table, "made_by", "staff"),
        _unique(table, "document_id"),
    )
    op.create_index(f"ix_{table}_made_by", table, ["hospital_id", "made_by", "made_at"])
    op.create_index(f"ix_{table}_expires", table, ["hospital_id", "expires_at"])
