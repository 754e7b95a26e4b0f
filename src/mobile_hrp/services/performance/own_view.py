"""What a person sees of performance pay: their own published lines and nothing else.

The predicate on the viewer stands in each statement; row-level security stands behind it, and the
person's own key behind that.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.terms import PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformanceBand,
    PerformanceKey,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.performance.inputs import counted_until
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import OpenedLine, open_lines

WORK_SHOWN = 20
"""Of each kind of work, in the overview; the rest is listed by the explanation of the line."""


@dataclass(frozen=True, slots=True)
class CountedWork:
    """An imported row behind a line, and where it came from."""

    code: str
    quantity_milli: int
    occurred_on: date
    source_system: str
    source_row: str


@dataclass(frozen=True, slots=True)
class MyLine:
    """One part of my pay (fen) with what it was computed from."""

    department_id: uuid.UUID
    department_name: str
    line: OpenedLine
    work: tuple[CountedWork, ...] = ()


@dataclass(frozen=True, slots=True)
class MyPeriod:
    """One published period with my total."""

    id: uuid.UUID
    run_id: uuid.UUID
    code: str
    first_day: date
    last_day: date
    state: PeriodState
    publicity_until: datetime | None
    published_at: datetime | None
    facts_until: int
    rule_version: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class PeerBand:
    """Where my job category stands (fen, rounded); at least ``people`` are in it."""

    job_category: str
    people: int
    low_fen: int
    middle_fen: int
    high_fen: int


@dataclass(frozen=True, slots=True)
class MyPerformance:
    """My lines of one period; they sum to its total."""

    period: MyPeriod
    lines: tuple[MyLine, ...]


async def my_performance(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, period_code: str | None = None
) -> MyPerformance | None:
    """My own pay of a published period, the latest unless one is named; None without any.

    Raises:
        Refusal: PERMISSION_DENIED; NOT_FOUND for a period with nothing of mine, which tells no
            more than that.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    found = await performance_of(
        session, viewer.staff_id, keys=keys, period_code=period_code, limit=1
    )
    if not found:
        if period_code is not None:
            raise Refusal("NOT_FOUND", path="period")
        return None
    return await with_work(session, viewer.staff_id, found[0])


async def performance_history(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, first: int
) -> Sequence[MyPerformance]:
    """My published periods with their lines, latest period first."""
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    return await performance_of(session, viewer.staff_id, keys=keys, period_code=None, limit=first)


async def peer_band(session: AnySession, *, viewer: Viewer, run_id: uuid.UUID) -> PeerBand | None:
    """The band of my job category in a run; None where too few people are in it."""
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    band = await session.scalar(
        select(PerformanceBand)
        .join(
            Staff,
            (Staff.hospital_id == PerformanceBand.hospital_id)
            & (Staff.job_category == PerformanceBand.job_category),
        )
        .where(PerformanceBand.run_id == run_id, Staff.id == viewer.staff_id)
    )
    if band is None:
        return None
    return PeerBand(band.job_category, band.people, band.low_fen, band.middle_fen, band.high_fen)


async def performance_of(
    session: AnySession,
    staff_id: uuid.UUID,
    *,
    keys: PersonalKeys,
    period_code: str | None,
    limit: int,
) -> list[MyPerformance]:
    """Published periods of one person, latest first. The caller has checked the right to it."""
    own = (
        select(PayoutLine.id)
        .where(
            PayoutLine.hospital_id == PerformanceRun.hospital_id,
            PayoutLine.run_id == PerformanceRun.id,
            PayoutLine.staff_id == staff_id,
        )
        .exists()
    )
    statement = (
        select(PerformanceRun, PerformancePeriod)
        .join(
            PerformancePeriod,
            (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
            & (PerformancePeriod.id == PerformanceRun.period_id),
        )
        .where(PerformanceRun.state == RunState.PUBLISHED, own)
        .order_by(PerformancePeriod.first_day.desc(), PerformancePeriod.id)
        .limit(limit)
    )
    if period_code is not None:
        statement = statement.where(PerformancePeriod.code == period_code)
    rows = (await session.execute(statement)).all()
    if not rows:
        return []
    lines = await _lines(session, staff_id, {run.id: period.id for run, period in rows}, keys)
    return [
        MyPerformance(_period(run, period, lines[run.id]), tuple(lines[run.id]))
        for run, period in rows
    ]


async def performance_with(
    session: AnySession, staff_id: uuid.UUID, *, keys: PersonalKeys, line_id: uuid.UUID
) -> MyPerformance | None:
    """The published period of one person that a line of theirs stands in, in one statement.

    None for anything else. The caller has checked the right to it.
    """
    named = aliased(PayoutLine)
    rows = (
        await session.execute(
            select(
                PayoutLine,
                Department.id,
                Department.name,
                PerformanceRun,
                PerformancePeriod,
                PerformanceKey.wrapped,
            )
            .select_from(named)
            .join(
                PayoutLine,
                (PayoutLine.hospital_id == named.hospital_id)
                & (PayoutLine.run_id == named.run_id)
                & (PayoutLine.staff_id == named.staff_id),
            )
            .join(
                PerformancePackage,
                (PerformancePackage.hospital_id == PayoutLine.hospital_id)
                & (PerformancePackage.id == PayoutLine.package_id),
            )
            .join(
                Department,
                (Department.hospital_id == PerformancePackage.hospital_id)
                & (Department.id == PerformancePackage.department_id),
            )
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == named.hospital_id)
                & (PerformanceRun.id == named.run_id),
            )
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePeriod.id == PerformanceRun.period_id),
            )
            .join(
                PerformanceKey,
                (PerformanceKey.hospital_id == named.hospital_id)
                & (PerformanceKey.staff_id == named.staff_id),
            )
            .where(
                named.id == line_id,
                named.staff_id == staff_id,
                PerformanceRun.state == RunState.PUBLISHED,
            )
            .order_by(Department.code, PayoutLine.position)
        )
    ).all()
    if not rows:
        return None
    run, period, wrapped = rows[0][3:]
    held = {staff_id: keys.unwrapped(run.hospital_id, staff_id, wrapped)}
    lines = [
        MyLine(department_id, name, line)
        for row, department_id, name, *_ in rows
        for line in open_lines([row], period.id, held)
    ]
    return MyPerformance(_period(run, period, lines), tuple(lines))


def _period(run: PerformanceRun, period: PerformancePeriod, lines: Sequence[MyLine]) -> MyPeriod:
    return MyPeriod(
        id=period.id,
        run_id=run.id,
        code=period.code,
        first_day=period.first_day,
        last_day=period.last_day,
        state=period.state,
        publicity_until=period.publicity_until,
        published_at=run.published_at,
        facts_until=run.facts_until,
        rule_version=run.rule_version,
        total_fen=sum(one.line.amount_fen for one in lines),
    )


async def _lines(
    session: AnySession,
    staff_id: uuid.UUID,
    periods: Mapping[uuid.UUID, uuid.UUID],
    keys: PersonalKeys,
) -> dict[uuid.UUID, list[MyLine]]:
    rows = (
        await session.execute(
            select(PayoutLine, Department.id, Department.name)
            .join(
                PerformancePackage,
                (PerformancePackage.hospital_id == PayoutLine.hospital_id)
                & (PerformancePackage.id == PayoutLine.package_id),
            )
            .join(
                Department,
                (Department.hospital_id == PerformancePackage.hospital_id)
                & (Department.id == PerformancePackage.department_id),
            )
            .where(PayoutLine.run_id.in_(periods), PayoutLine.staff_id == staff_id)
            .order_by(Department.code, PayoutLine.position)
        )
    ).all()
    held = await keys.of(session, [staff_id])
    found: dict[uuid.UUID, list[MyLine]] = {run_id: [] for run_id in periods}
    for row, department_id, name in rows:
        for line in open_lines([row], periods[row.run_id], held):
            found[row.run_id].append(MyLine(department_id, name, line))
    return found


async def with_work(
    session: AnySession, staff_id: uuid.UUID, found: MyPerformance
) -> MyPerformance:
    """Add the first rows behind each line, read as they stood when the run was made."""
    codes = {code for one in found.lines for code in one.line.explanation.facts}
    ranked = (
        select(
            WorkloadFact.id,
            func.row_number()
            .over(
                partition_by=(WorkloadFact.department_id, WorkloadFact.code),
                order_by=(WorkloadFact.occurred_on, WorkloadFact.source_row, WorkloadFact.id),
            )
            .label("number"),
        )
        .where(
            WorkloadFact.period_id == found.period.id,
            WorkloadFact.staff_id == staff_id,
            WorkloadFact.code.in_(codes),
            counted_until(found.period.facts_until),
        )
        .subquery()
    )
    rows = await session.scalars(
        select(WorkloadFact)
        .join(ranked, ranked.c.id == WorkloadFact.id)
        .where(ranked.c.number <= WORK_SHOWN)
        .order_by(WorkloadFact.occurred_on, WorkloadFact.source_row, WorkloadFact.id)
    )
    work: dict[tuple[uuid.UUID, str], list[CountedWork]] = {}
    for row in rows:
        work.setdefault((row.department_id, row.code), []).append(counted(row))
    return MyPerformance(
        found.period,
        tuple(
            MyLine(
                one.department_id,
                one.department_name,
                one.line,
                ()
                if one.line.explanation.shared
                else tuple(
                    row
                    for code in one.line.explanation.facts
                    for row in work.get((one.department_id, code), ())
                ),
            )
            for one in found.lines
        ),
    )


def facts_behind(
    period: MyPeriod, one: MyLine, staff_id: uuid.UUID
) -> tuple[ColumnElement[bool], ...]:
    """Which imported rows a line was counted from: the person's own, or the department's."""
    shared = one.line.explanation.shared
    own = WorkloadFact.staff_id == staff_id
    nobody = WorkloadFact.staff_id.is_(None)
    return (
        WorkloadFact.period_id == period.id,
        WorkloadFact.department_id == one.department_id,
        WorkloadFact.code.in_(one.line.explanation.facts),
        nobody if shared else or_(own, nobody),
        counted_until(period.facts_until),
    )


def counted(row: WorkloadFact) -> CountedWork:
    return CountedWork(
        code=row.code,
        quantity_milli=row.quantity_milli,
        occurred_on=row.occurred_on,
        source_system=row.source_system,
        source_row=row.source_row,
    )
