"""What a person sees of performance pay: their own published lines and nothing else.

The predicate on the viewer stands in each statement; row-level security stands behind it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.terms import LineKind, PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Department
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.runtime.database import AnySession


@dataclass(frozen=True, slots=True)
class CountedWork:
    """An imported row behind a line, and where it came from."""

    code: str
    quantity_milli: int
    occurred_on: date
    source_system: str
    source_row: str


@dataclass(frozen=True, slots=True)
class CostSource:
    """A document whose cost was shared; ``executed_fen`` is None in a small department."""

    document_number: str
    executed_fen: int | None


@dataclass(frozen=True, slots=True)
class MyLine:
    """One part of my pay (fen) with what it was computed from."""

    id: uuid.UUID
    department_name: str
    kind: LineKind
    rule_code: str
    rule_version: str
    amount_fen: int
    terms: Mapping[str, str]
    work: tuple[CountedWork, ...]
    sources: tuple[CostSource, ...]


@dataclass(frozen=True, slots=True)
class MyPeriod:
    """One published period with my total."""

    code: str
    first_day: date
    last_day: date
    state: PeriodState
    publicity_until: datetime | None
    published_at: datetime | None
    total_fen: int


@dataclass(frozen=True, slots=True)
class MyPerformance:
    """My lines of one period; they sum to its total."""

    period: MyPeriod
    lines: tuple[MyLine, ...]


async def my_performance(
    session: AnySession, *, viewer: Viewer, period_code: str | None = None
) -> MyPerformance | None:
    """My own pay of a published period, the latest unless one is named; None without any.

    Raises:
        Refusal: PERMISSION_DENIED; NOT_FOUND for a period with nothing of mine, which tells no
            more than that.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    found = await _periods(session, viewer, period_code, limit=1)
    if not found:
        if period_code is not None:
            raise Refusal("NOT_FOUND", path="period")
        return None
    run_id, period = found[0]
    return MyPerformance(period, await _lines(session, viewer, run_id))


async def performance_history(
    session: AnySession, *, viewer: Viewer, first: int
) -> Sequence[MyPeriod]:
    """My totals of published periods, latest period first."""
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    return [period for _, period in await _periods(session, viewer, None, limit=first)]


async def _periods(
    session: AnySession, viewer: Viewer, period_code: str | None, *, limit: int
) -> list[tuple[uuid.UUID, MyPeriod]]:
    total = func.sum(PayoutLine.amount_fen)
    statement = (
        select(PerformanceRun.id, PerformanceRun.published_at, PerformancePeriod, total)
        .join(PerformancePeriod, PerformancePeriod.id == PerformanceRun.period_id)
        .join(PayoutLine, PayoutLine.run_id == PerformanceRun.id)
        .where(
            PayoutLine.hospital_id == viewer.hospital_id,
            PayoutLine.staff_id == viewer.staff_id,
            PerformanceRun.state == RunState.PUBLISHED,
        )
        .group_by(PerformanceRun.hospital_id, PerformanceRun.id)
        .group_by(PerformancePeriod.hospital_id, PerformancePeriod.id)
        .order_by(PerformancePeriod.first_day.desc(), PerformancePeriod.id)
        .limit(limit)
    )
    if period_code is not None:
        statement = statement.where(PerformancePeriod.code == period_code)
    return [
        (
            run_id,
            MyPeriod(
                code=period.code,
                first_day=period.first_day,
                last_day=period.last_day,
                state=period.state,
                publicity_until=period.publicity_until,
                published_at=published_at,
                total_fen=int(total_fen),
            ),
        )
        for run_id, published_at, period, total_fen in await session.execute(statement)
    ]


async def _lines(session: AnySession, viewer: Viewer, run_id: uuid.UUID) -> tuple[MyLine, ...]:
    rows = (
        await session.execute(
            select(PayoutLine, Department.name)
            .join(PerformancePackage, PerformancePackage.id == PayoutLine.package_id)
            .join(Department, Department.id == PerformancePackage.department_id)
            .where(PayoutLine.run_id == run_id, PayoutLine.staff_id == viewer.staff_id)
            .order_by(PayoutLine.position)
        )
    ).all()
    keys = {uuid.UUID(key) for line, _ in rows for key in line.explanation.get("fact_ids", ())}
    work = await _work(session, viewer, keys)
    return tuple(
        MyLine(
            id=line.id,
            department_name=department_name,
            kind=line.kind,
            rule_code=line.rule_code,
            rule_version=line.rule_version,
            amount_fen=line.amount_fen,
            terms=dict(line.explanation.get("terms", {})),
            work=tuple(
                work[key]
                for key in map(uuid.UUID, line.explanation.get("fact_ids", ()))
                if key in work
            ),
            sources=tuple(
                CostSource(source["document_number"], source["executed_fen"])
                for source in line.explanation.get("sources", ())
            ),
        )
        for line, department_name in rows
    )


async def _work(
    session: AnySession, viewer: Viewer, keys: set[uuid.UUID]
) -> Mapping[uuid.UUID, CountedWork]:
    rows = await session.scalars(
        select(WorkloadFact).where(
            WorkloadFact.id.in_(keys), WorkloadFact.staff_id == viewer.staff_id
        )
    )
    return {
        row.id: CountedWork(
            code=row.code,
            quantity_milli=row.quantity_milli,
            occurred_on=row.occurred_on,
            source_system=row.source_system,
            source_row=row.source_row,
        )
        for row in rows
    }
