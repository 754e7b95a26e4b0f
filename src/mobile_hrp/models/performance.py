"""Performance pay: periods, runs with frozen inputs, department packages, personal lines.

``payout_line`` is the most private table of the product: below the permission layer, row-level
security shows a person only the rows about themselves, and what a line says is sealed with that
person's own key, which is itself wrapped by a key outside the database.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.performance.terms import (
    CalculationKind,
    CalculationState,
    LineKind,
    PackageState,
    PeriodState,
    RunState,
)
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


class PerformanceRuleSet(TenantRow, Base):
    """One version of the hospital's own rules, as it was imported; it never changes.

    A period is calculated with the latest approved version in force on its first day.
    """

    __tablename__ = "performance_rule_set"
    __table_args__ = (
        within_hospital("proposed_by", "staff"),
        within_hospital("approved_by", "staff"),
        UniqueConstraint("hospital_id", "version"),
        CheckConstraint("approved_by is null or approved_by <> proposed_by", name="four_eyes"),
        Index("ix_performance_rule_set_proposed_by", "hospital_id", "proposed_by"),
        Index("ix_performance_rule_set_approved_by", "hospital_id", "approved_by"),
    )

    version: Mapped[str]
    definition: Mapped[dict[str, Any]]
    digest: Mapped[str]
    effective_from: Mapped[date]
    proposed_by: Mapped[uuid.UUID]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]


class PerformanceRun(TenantRow, Base):
    """One calculation of a period: which rules on which inputs, by hash.

    ``facts_until`` is the last import that was read: with it, the rows behind a line can be listed
    as they were, whatever was imported since.
    """

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
    output_hash: Mapped[str | None]
    facts_until: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    calculated_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class PerformanceCalculation(TenantRow, Base):
    """A run that was asked for, or its publication, while a worker is at it and after.

    The run itself is written in one transaction; what stands here is how far it is, in departments.
    One of a kind waits per period, whatever is running. ``refusal`` is why it was not done.
    """

    __tablename__ = "performance_calculation"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("run_id", "performance_run"),
        within_hospital("requested_by", "staff"),
        Index(
            "uq_performance_calculation_queued",
            "hospital_id",
            "period_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_performance_calculation_period", "hospital_id", "period_id"),
        Index("ix_performance_calculation_run", "hospital_id", "run_id"),
        Index("ix_performance_calculation_requested_by", "hospital_id", "requested_by"),
    )

    period_id: Mapped[uuid.UUID]
    run_id: Mapped[uuid.UUID | None]
    kind: Mapped[CalculationKind] = mapped_column(
        enum_column(CalculationKind), server_default=text("'calculate'")
    )
    state: Mapped[CalculationState] = mapped_column(enum_column(CalculationState))
    departments: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    calculated: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    refusal: Mapped[list[Any] | None]
    requested_by: Mapped[uuid.UUID]
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PerformancePackage(TenantRow, Base):
    """What a run gives a department; the personal lines of the package sum to it exactly.

    ``amount_fen`` stands open only where at least five people share it; ``sealed_amount`` always
    holds it. The hashes are of what the department's part was calculated from and came to;
    ``work_hash`` of its counted work alone, which is not read again while no import touches it.
    """

    __tablename__ = "performance_package"
    __table_args__ = (
        within_hospital("run_id", "performance_run"),
        within_hospital("department_id", "department"),
        UniqueConstraint("hospital_id", "run_id", "department_id"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )

    run_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    amount_fen: Mapped[int | None]
    sealed_amount: Mapped[str] = mapped_column(server_default=text("''"))
    people: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    input_hash: Mapped[str] = mapped_column(server_default=text("''"))
    work_hash: Mapped[str] = mapped_column(server_default=text("''"))
    output_hash: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[PackageState] = mapped_column(enum_column(PackageState))


class PayoutLine(TenantRow, Base):
    """One part of one person's pay.

    ``sealed`` is the amount with the rule's terms and sources, under the person's own key.
    ``corrects_id`` names the paid line a correction is the delta of.
    """

    __tablename__ = "payout_line"
    __table_args__ = (
        within_hospital("run_id", "performance_run"),
        within_hospital("package_id", "performance_package"),
        within_hospital("staff_id", "staff"),
        within_hospital("corrects_id", "payout_line"),
        UniqueConstraint("hospital_id", "package_id", "staff_id", "position"),
        Index("ix_payout_line_run", "hospital_id", "run_id"),
        Index("ix_payout_line_staff", "hospital_id", "staff_id", "run_id"),
        Index("ix_payout_line_corrects", "hospital_id", "corrects_id"),
    )

    run_id: Mapped[uuid.UUID]
    package_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind))
    rule_code: Mapped[str]
    rule_version: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    corrects_id: Mapped[uuid.UUID | None]


class WorkloadFact(TenantRow, Base):
    """One imported row of work: who did how much of what, and where the row came from.

    ``quantity_milli`` counts thousandths, so that half a shift is exact. Rows are never edited: an
    import that brings another figure withdraws the old row and adds a new one, so that what a run
    read can always be listed again.
    """

    __tablename__ = "workload_fact"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("department_id", "department"),
        within_hospital("staff_id", "staff"),
        Index(
            "uq_workload_fact_live",
            "hospital_id",
            "source_system",
            "source_row",
            unique=True,
            postgresql_where=text("withdrawn_sequence is null"),
        ),
        Index("ix_workload_fact_staff", "hospital_id", "period_id", "staff_id", "code"),
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
    import_sequence: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    withdrawn_sequence: Mapped[int | None] = mapped_column(Integer)


class PerformanceImport(TenantRow, Base):
    """One file of facts that was taken over as a whole; ``sequence`` counts within the period.

    ``departments`` are those whose work it changed; None where that was not kept.
    """

    __tablename__ = "performance_import"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("imported_by", "staff"),
        UniqueConstraint("hospital_id", "period_id", "sequence"),
        Index("ix_performance_import_imported_by", "hospital_id", "imported_by"),
    )

    period_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    source_system: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    withdrawn: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    departments: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(Uuid))
    imported_by: Mapped[uuid.UUID]
    imported_at: Mapped[datetime]


class PerformanceKey(TenantRow, Base):
    """A person's data key, wrapped by the installation's key. Without it no line can be read."""

    __tablename__ = "performance_key"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "staff_id"),
    )

    staff_id: Mapped[uuid.UUID]
    wrapped: Mapped[str]
    created_at: Mapped[datetime]


class PerformanceLook(TenantRow, Base):
    """Who looked at whose pay, and why. ``staff_id`` None is everybody of the period.

    Shown to the person it is about; never changed, never deleted by the application.
    """

    __tablename__ = "performance_look"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("viewer_id", "staff"),
        Index("ix_performance_look_staff", "hospital_id", "staff_id", "occurred_at"),
        Index("ix_performance_look_viewer", "hospital_id", "viewer_id"),
    )

    staff_id: Mapped[uuid.UUID | None]
    viewer_id: Mapped[uuid.UUID]
    permission: Mapped[str]
    purpose: Mapped[str]
    reason: Mapped[str]
    period_code: Mapped[str | None]
    occurred_at: Mapped[datetime]


class PerformanceBand(TenantRow, Base):
    """Quarters of what a job category gets in a published run; rounded, at least five people."""

    __tablename__ = "performance_band"
    __table_args__ = (
        within_hospital("run_id", "performance_run"),
        UniqueConstraint("hospital_id", "run_id", "job_category"),
    )

    run_id: Mapped[uuid.UUID]
    job_category: Mapped[str]
    people: Mapped[int] = mapped_column(Integer)
    low_fen: Mapped[int]
    middle_fen: Mapped[int]
    high_fen: Mapped[int]
