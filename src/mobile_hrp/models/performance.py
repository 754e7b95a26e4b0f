"""Performance pay: periods, runs with frozen inputs, department packages, personal lines.

``payout_line`` is the most private table of the product: below the permission layer, row-level
security shows a person only the rows about themselves.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.performance.terms import LineKind, PackageState, PeriodState, RunState
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class PerformancePeriod(TenantRow, Base):
    """A month or quarter that is paid for.

    Disputes are taken from ``publicity_from`` up to, and without, ``publicity_until``.
    """

    __tablename__ = "performance_period"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code"),
        CheckConstraint("first_day <= last_day", name="period"),
        CheckConstraint("publicity_from < publicity_until", name="publicity"),
    )

    code: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[PeriodState] = mapped_column(enum_column(PeriodState))
    publicity_from: Mapped[datetime | None]
    publicity_until: Mapped[datetime | None]


class PerformanceRun(TenantRow, Base):
    """One calculation of a period: which rules on which inputs, by hash."""

    __tablename__ = "performance_run"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("calculated_by", "staff"),
        UniqueConstraint("hospital_id", "period_id", "sequence"),
    )

    period_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    state: Mapped[RunState] = mapped_column(enum_column(RunState))
    rule_version: Mapped[str]
    input_hash: Mapped[str | None]
    calculated_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class PerformancePackage(TenantRow, Base):
    """What a run gives a department; the personal lines of the package sum to it exactly."""

    __tablename__ = "performance_package"
    __table_args__ = (
        within_hospital("run_id", "performance_run"),
        within_hospital("department_id", "department"),
        UniqueConstraint("hospital_id", "run_id", "department_id"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )

    run_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    amount_fen: Mapped[int]
    state: Mapped[PackageState] = mapped_column(enum_column(PackageState))


class PayoutLine(TenantRow, Base):
    """One part of one person's pay, with what it was computed from.

    ``explanation`` holds the rule's terms with their values and the ids of the facts, enough to
    compute the line again. ``corrects_id`` names the paid line a correction is the delta of.
    """

    __tablename__ = "payout_line"
    __table_args__ = (
        within_hospital("run_id", "performance_run"),
        within_hospital("package_id", "performance_package"),
        within_hospital("staff_id", "staff"),
        within_hospital("corrects_id", "payout_line"),
        UniqueConstraint("hospital_id", "run_id", "staff_id", "position"),
        Index("ix_payout_line_package", "hospital_id", "package_id"),
        Index("ix_payout_line_staff", "hospital_id", "staff_id", "run_id"),
        CheckConstraint("amount_fen >= 0 or kind in ('deduction', 'correction')", name="amount"),
    )

    run_id: Mapped[uuid.UUID]
    package_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind))
    rule_code: Mapped[str]
    rule_version: Mapped[str]
    amount_fen: Mapped[int]
    explanation: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    corrects_id: Mapped[uuid.UUID | None]


class WorkloadFact(TenantRow, Base):
    """One imported row of work: who did how much of what, and where the row came from.

    ``quantity_milli`` counts thousandths, so that half a shift is exact.
    """

    __tablename__ = "workload_fact"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("department_id", "department"),
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "source_system", "source_row"),
        Index("ix_workload_fact_staff", "hospital_id", "period_id", "staff_id"),
    )

    period_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID | None]
    code: Mapped[str]
    quantity_milli: Mapped[int]
    occurred_on: Mapped[date]
    source_system: Mapped[str]
    source_row: Mapped[str]
    imported_at: Mapped[datetime]
