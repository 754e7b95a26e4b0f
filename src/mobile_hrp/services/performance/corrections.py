"""What paid periods would come to now: the differences go into the next run."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mobile_hrp.domain.performance.calculation import Package, calculate_package
from mobile_hrp.domain.performance.correcting import Delta, Key, PaidLine, deltas_of
from mobile_hrp.domain.performance.distributing import with_distribution
from mobile_hrp.domain.performance.terms import LineKind, PeriodState, RunState
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.performance.disputes import granted_of
from mobile_hrp.services.performance.inputs import last_import, read_costs, read_work
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import OpenedLine, open_lines
from mobile_hrp.services.performance.rules import book_of_version
from mobile_hrp.services.performance.shares import approved_of, open_sharings

DeltasByDepartment = Mapping[uuid.UUID, Sequence[Delta]]
_Opened = list[tuple[uuid.UUID, OpenedLine]]


@dataclass(frozen=True, slots=True)
class _Due:
    """What came after a paid run: imports, corrections paid already, disputes that were granted."""

    until: int
    settled: _Opened
    granted: Mapping[Key, int]


async def read_deltas(
    session: WriteSession, period: PerformancePeriod, keys: PersonalKeys
) -> dict[uuid.UUID, list[Delta]]:
    """The corrections due in ``period``: of paid periods before it that got other facts since.

    Call it inside ``reading_others_performance``.
    """
    paid = (
        await session.execute(
            select(PerformancePeriod, PerformanceRun)
            .join(PerformanceRun, PerformanceRun.period_id == PerformancePeriod.id)
            .where(
                PerformancePeriod.state == PeriodState.PAID,
                PerformancePeriod.first_day < period.first_day,
                PerformanceRun.state == RunState.PUBLISHED,
            )
            .order_by(PerformancePeriod.first_day)
        )
    ).all()
    corrections = await _corrections_since(session, period, keys) if paid else []
    found: dict[uuid.UUID, list[Delta]] = {}
    for earlier, run in paid:
        until = await last_import(session, earlier)
        settled = [one for one in corrections if one[1].explanation.terms["period"] == earlier.code]
        granted = await granted_of(session, earlier, keys)
        if until == run.facts_until and not settled and not granted:
            continue
        due = _Due(until, settled, granted)
        for delta in await _deltas(session, earlier, run, due=due, keys=keys):
            found.setdefault(delta.key[0], []).append(delta)
    return found


async def _deltas(
    session: WriteSession,
    period: PerformancePeriod,
    run: PerformanceRun,
    *,
    due: _Due,
    keys: PersonalKeys,
) -> Sequence[Delta]:
    book = await book_of_version(session, run.rule_version)
    work = await read_work(session, period, until=due.until)
    costs = await read_costs(session, period)
    sharings = await open_sharings(session, await approved_of(session, period), keys)
    packages: dict[uuid.UUID, Package] = {}
    for department_id in sorted(work):
        package = calculate_package(book, work[department_id], costs.get(department_id, ()))
        sharing = sharings.get(department_id)
        packages[department_id] = with_distribution(package, sharing, book) if sharing else package
    paid = [
        PaidLine(line.id, department_id, line.staff_id, line.rule_code, line.amount_fen)
        for department_id, line in await lines_of_run(session, run, keys)
        if line.kind is not LineKind.CORRECTION
    ]
    corrected: dict[Key, int] = {}
    for department_id, line in due.settled:
        key = (department_id, line.staff_id, line.rule_code)
        corrected[key] = corrected.get(key, 0) + line.amount_fen
    return deltas_of(period.code, run.rule_version, paid, corrected, packages, granted=due.granted)


async def _corrections_since(
    session: WriteSession, period: PerformancePeriod, keys: PersonalKeys
) -> _Opened:
    """Correction lines of published runs of other periods: what was set right already."""
    runs = await session.scalars(
        select(PerformanceRun).where(
            PerformanceRun.state == RunState.PUBLISHED, PerformanceRun.period_id != period.id
        )
    )
    return [
        one
        for run in runs.all()
        for one in await lines_of_run(session, run, keys, kind=LineKind.CORRECTION)
        if "period" in one[1].explanation.terms
    ]


async def lines_of_run(
    session: WriteSession,
    run: PerformanceRun,
    keys: PersonalKeys,
    *,
    kind: LineKind | None = None,
) -> _Opened:
    """Every line of a run with its department. Inside ``reading_others_performance`` only."""
    statement = (
        select(PayoutLine, PerformancePackage.department_id)
        .join(
            PerformancePackage,
            (PerformancePackage.hospital_id == PayoutLine.hospital_id)
            & (PerformancePackage.id == PayoutLine.package_id),
        )
        .where(PayoutLine.run_id == run.id)
        .order_by(PerformancePackage.department_id, PayoutLine.staff_id, PayoutLine.position)
    )
    if kind is not None:
        statement = statement.where(PayoutLine.kind == kind)
    rows = (await session.execute(statement)).all()
    people = {line.staff_id for line, _ in rows}
    held = await keys.of(session, people) if people else {}
    departments = {line.id: department_id for line, department_id in rows}
    opened = open_lines([line for line, _ in rows], run.period_id, held)
    return [(departments[line.id], line) for line in opened]


async def lines_of_package(
    session: AnySession, package: PerformancePackage, period_id: uuid.UUID, keys: PersonalKeys
) -> list[OpenedLine]:
    """Every line of one department. Inside ``reading_others_performance`` only."""
    rows = (
        await session.scalars(
            select(PayoutLine)
            .where(PayoutLine.package_id == package.id)
            .order_by(PayoutLine.staff_id, PayoutLine.position)
        )
    ).all()
    held = await keys.of(session, {line.staff_id for line in rows})
    return open_lines(rows, period_id, held)
