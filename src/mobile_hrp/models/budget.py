"""The budget ledger: lines with their five figures, holds, append-only entries, alerts.

The figures on a line are the sum of its entries, kept on the row so that one locked row decides.
CHECK constraints stand behind the domain's decision: even a wrong program cannot overspend a rigid
line or write a negative figure.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.budget.terms import (
    Account,
    CheckWindow,
    ControlMode,
    HoldEnd,
    HoldState,
    MovementKind,
    OverCondition,
)
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital

_USED = "frozen_fen + occupied_fen + executed_fen"
_TOTAL = "approved_fen + adjusted_fen"


class BudgetLine(TenantRow, Base):
    """A budget indicator (预算指标). Its row is what every movement locks, ancestors included.

    An empty dimension means "any". Figures of a line include those of the lines below it.
    ``alert_levels_bp`` are basis points of use, rising. A closed line takes no movement any more.
    """

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("hospital_id", "year", "code"),
        within_hospital("department_id", "department"),
        within_hospital("campus_id", "campus"),
        within_hospital("project_id", "project"),
        within_hospital("fund_source_id", "fund_source"),
        within_hospital("department_economic_class_id", "economic_class"),
        within_hospital("government_economic_class_id", "economic_class"),
        within_hospital("parent_id", "budget_line"),
        within_hospital("owner_id", "staff"),
        Index("ix_budget_line_department", "hospital_id", "department_id", "year"),
        Index("ix_budget_line_project", "hospital_id", "project_id", "year"),
        Index("ix_budget_line_parent", "hospital_id", "parent_id"),
        CheckConstraint("first_day <= last_day", name="period"),
        CheckConstraint("parent_id <> id", name="parent"),
        CheckConstraint("over_rate_bp >= 0", name="over_rate"),
        CheckConstraint(
            f"approved_fen >= 0 and {_TOTAL} >= 0 and frozen_fen >= 0"
            " and occupied_fen >= 0 and executed_fen >= 0",
            name="figures",
        ),
        CheckConstraint(f"control_mode <> 'rigid' or {_USED} <= {_TOTAL}", name="rigid"),
        CheckConstraint(
            f"control_mode <> 'elastic' or {_USED} <= {_TOTAL} + ({_TOTAL}) * over_rate_bp / 10000",
            name="elastic",
        ),
    )

    year: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    name: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    parent_id: Mapped[uuid.UUID | None]
    department_id: Mapped[uuid.UUID | None]
    campus_id: Mapped[uuid.UUID | None]
    project_id: Mapped[uuid.UUID | None]
    fund_source_id: Mapped[uuid.UUID | None]
    function_class: Mapped[str | None]
    department_economic_class_id: Mapped[uuid.UUID | None]
    government_economic_class_id: Mapped[uuid.UUID | None]
    expense_type: Mapped[str | None]
    owner_id: Mapped[uuid.UUID | None]
    control_mode: Mapped[ControlMode] = mapped_column(enum_column(ControlMode))
    over_rate_bp: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    over_condition: Mapped[OverCondition] = mapped_column(
        enum_column(OverCondition), server_default=OverCondition.REASON.value
    )
    check_window: Mapped[CheckWindow] = mapped_column(
        enum_column(CheckWindow), server_default=CheckWindow.YEAR.value
    )
    alert_levels_bp: Mapped[list[Any]] = mapped_column(
        server_default=text("'[7000, 8500, 9500, 10000]'::jsonb")
    )
    approved_fen: Mapped[int] = mapped_column(server_default=text("0"))
    adjusted_fen: Mapped[int] = mapped_column(server_default=text("0"))
    frozen_fen: Mapped[int] = mapped_column(server_default=text("0"))
    occupied_fen: Mapped[int] = mapped_column(server_default=text("0"))
    executed_fen: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    closed_at: Mapped[datetime | None]


class BudgetLineMonth(TenantRow, Base):
    """One month (YYYYMM) of a phased line: its plan and what was charged to it."""

    __tablename__ = "budget_line_month"
    __table_args__ = (
        within_hospital("line_id", "budget_line"),
        UniqueConstraint("hospital_id", "line_id", "month"),
        CheckConstraint("used_fen >= 0", name="used"),
        CheckConstraint("mod(month, 100) between 1 and 12", name="month"),
    )

    line_id: Mapped[uuid.UUID]
    month: Mapped[int] = mapped_column(Integer)
    planned_fen: Mapped[int] = mapped_column(server_default=text("0"))
    used_fen: Mapped[int] = mapped_column(server_default=text("0"))


class BudgetHold(TenantRow, Base):
    """What one document holds on one line, from its opening to its one end.

    ``document_line_id`` is no foreign key: a document sent back may drop the line, and the hold it
    once had stays in the history.
    """

    __tablename__ = "budget_hold"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("line_id", "budget_line"),
        within_hospital("source_hold_id", "budget_hold"),
        Index("ix_budget_hold_document", "hospital_id", "document_id"),
        Index("ix_budget_hold_source", "hospital_id", "source_hold_id"),
        Index(
            "ix_budget_hold_open",
            "hospital_id",
            "line_id",
            postgresql_where=text("state <> 'ended'"),
        ),
        CheckConstraint("amount_fen > 0 and left_fen between 0 and amount_fen", name="amount"),
        CheckConstraint("executed_fen between 0 and amount_fen - left_fen", name="executed"),
        CheckConstraint(
            "(state = 'ended') = (left_fen = 0)"
            " and (state = 'ended') = (ended_as is not null)"
            " and (state = 'ended') = (ended_at is not null)",
            name="one_end",
        ),
    )

    document_id: Mapped[uuid.UUID]
    document_line_id: Mapped[uuid.UUID | None]
    line_id: Mapped[uuid.UUID]
    source_hold_id: Mapped[uuid.UUID | None]
    state: Mapped[HoldState] = mapped_column(enum_column(HoldState))
    ended_as: Mapped[HoldEnd | None] = mapped_column(enum_column(HoldEnd))
    amount_fen: Mapped[int]
    left_fen: Mapped[int]
    executed_fen: Mapped[int] = mapped_column(server_default=text("0"))
    month: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BudgetEntry(TenantRow, Base):
    """One ledger entry. Insert-only for the application's role.

    A positive amount goes from one account of a line to another, so an entry balances by its
    shape. ``movement_id`` groups what one decision wrote; ``charged_line_id`` names the line a
    document charged when this is the entry of an ancestor.
    """

    __tablename__ = "budget_entry"
    __table_args__ = (
        within_hospital("line_id", "budget_line"),
        within_hospital("charged_line_id", "budget_line"),
        within_hospital("hold_id", "budget_hold"),
        within_hospital("document_id", "document"),
        within_hospital("actor_id", "staff"),
        Index("ix_budget_entry_line", "hospital_id", "line_id", "occurred_at", "id"),
        Index("ix_budget_entry_document", "hospital_id", "document_id"),
        Index("ix_budget_entry_hold", "hospital_id", "hold_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("source <> target", name="accounts"),
    )

    movement_id: Mapped[uuid.UUID]
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind))
    line_id: Mapped[uuid.UUID]
    charged_line_id: Mapped[uuid.UUID]
    hold_id: Mapped[uuid.UUID | None]
    document_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[uuid.UUID | None]
    source: Mapped[Account] = mapped_column(enum_column(Account, "source"))
    target: Mapped[Account] = mapped_column(enum_column(Account, "target"))
    amount_fen: Mapped[int]
    month: Mapped[int] = mapped_column(Integer)
    occurred_at: Mapped[datetime]


class BudgetAlertLatch(TenantRow, Base):
    """A level of a line that was told and is not armed; re-arming deletes the row."""

    __tablename__ = "budget_alert_latch"
    __table_args__ = (
        within_hospital("line_id", "budget_line"),
        UniqueConstraint("hospital_id", "line_id", "period", "level_bp"),
    )

    line_id: Mapped[uuid.UUID]
    period: Mapped[str]
    level_bp: Mapped[int] = mapped_column(Integer)
    latched_at: Mapped[datetime]


class BudgetForecast(TenantRow, Base):
    """The state of a line's exhaustion forecast: a date must be seen on two days to be told."""

    __tablename__ = "budget_forecast"
    __table_args__ = (
        within_hospital("line_id", "budget_line"),
        UniqueConstraint("hospital_id", "line_id", "period"),
    )

    line_id: Mapped[uuid.UUID]
    period: Mapped[str]
    candidate_day: Mapped[date | None]
    evaluated_on: Mapped[date | None]
    announced_day: Mapped[date | None]


class BudgetAlert(TenantRow, Base):
    """One alert that people were told of, and who acknowledged it.

    Either a level was crossed (``level_bp``) or the line is forecast to run out
    (``exhaustion_day``). The figures are those of the moment it fired.
    """

    __tablename__ = "budget_alert"
    __table_args__ = (
        within_hospital("line_id", "budget_line"),
        within_hospital("document_id", "document"),
        within_hospital("acknowledged_by", "staff"),
        Index("ix_budget_alert_line", "hospital_id", "line_id", "fired_at", "id"),
        Index(
            "ix_budget_alert_open",
            "hospital_id",
            "fired_at",
            "id",
            postgresql_where=text("acknowledged_at is null"),
        ),
        CheckConstraint("(level_bp is null) <> (exhaustion_day is null)", name="kind"),
        CheckConstraint(
            "(acknowledged_by is null) = (acknowledged_at is null)", name="acknowledged"
        ),
    )

    line_id: Mapped[uuid.UUID]
    period: Mapped[str]
    level_bp: Mapped[int | None] = mapped_column(Integer)
    exhaustion_day: Mapped[date | None]
    document_id: Mapped[uuid.UUID | None]
    total_fen: Mapped[int]
    used_fen: Mapped[int]
    fired_at: Mapped[datetime]
    acknowledged_by: Mapped[uuid.UUID | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledgement: Mapped[str | None]


class BudgetImport(TenantRow, Base):
    """One import of a budget sheet that was carried out: what it was, and what it changed.

    ``digest`` is that of the differences its preview showed, ``changes`` are those differences,
    ``movement_id`` groups the ledger entries it wrote (None when no amount changed).
    """

    __tablename__ = "budget_import"
    __table_args__ = (
        within_hospital("imported_by", "staff"),
        Index("ix_budget_import_imported", "hospital_id", "imported_at", "id"),
        Index("ix_budget_import_imported_by", "hospital_id", "imported_by"),
        CheckConstraint(
            "new_lines >= 0 and changed_lines >= 0 and removed_lines >= 0 and unchanged_lines >= 0",
            name="counts",
        ),
    )

    year: Mapped[int] = mapped_column(Integer)
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    digest: Mapped[str]
    remove_missing: Mapped[bool]
    new_lines: Mapped[int] = mapped_column(Integer)
    changed_lines: Mapped[int] = mapped_column(Integer)
    removed_lines: Mapped[int] = mapped_column(Integer)
    unchanged_lines: Mapped[int] = mapped_column(Integer)
    approved_change_fen: Mapped[int]
    movement_id: Mapped[uuid.UUID | None]
    changes: Mapped[list[Any]]
    imported_by: Mapped[uuid.UUID]
    imported_at: Mapped[datetime]
