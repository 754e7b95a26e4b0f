"""Calculating and publishing performance pay."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.bands import band_of
from mobile_hrp.domain.performance.rules import RuleBook, smallest_group
from mobile_hrp.domain.performance.terms import PackageState, PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import (
    PerformanceBand,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.frozen import Inputs, read_inputs
from mobile_hrp.services.performance.inputs import hash_of_all
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.packages import Progress, write_packages
from mobile_hrp.services.performance.rules import book_of_version, rule_book

__all__ = ["calculate_period", "mark_paid", "packages_of", "publish_run", "rule_book"]


async def calculate_period(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    period_code: str,
    now: datetime,
    progress: Progress | None = None,
) -> PerformanceRun:
    """Calculate a period from its counted work and what its departments had executed in it.

    The same inputs under the same rules give the run that is already there. A run with other
    inputs takes the place of one that was not published; departments whose inputs did not change
    keep their lines.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_PERIOD_STATE once it is paid,
            PERFORMANCE_NO_FACTS, ALLOT_NO_WEIGHT, PERFORMANCE_RULE_FAULT,
            PERFORMANCE_COEFFICIENT_TWICE. Nothing of the run is kept then.
    """
    viewer.require(Permission.PERFORMANCE_CALCULATE)
    period = await _lock_period(session, period_code)
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_CALCULATE,
        subject_id=period.id,
        now=now,
        period_code=period.code,
    ):
        runs = await _runs(session, period)
        inputs = await read_inputs(session, period, keys, runs[-1] if runs else None)
        input_hash = hash_of_all(inputs.hashes)
        if runs and (runs[-1].input_hash, runs[-1].rule_version) == (
            input_hash,
            inputs.book.version,
        ):
            return runs[-1]
        run = await _open_run(
            session,
            period,
            sequence=len(runs) + 1,
            viewer=viewer,
            inputs=inputs,
            input_hash=input_hash,
            now=now,
        )
        run.output_hash = await write_packages(
            session, run, inputs, keys=keys, now=now, progress=progress
        )
        await session.flush()
    await _record(session, viewer, "performance.calculate", run, now)
    return run


async def publish_run(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    run_id: uuid.UUID,
    now: datetime,
) -> PerformanceRun:
    """Show everybody their own lines of the run and open the time for disputes.

    An earlier publication of the period is superseded. Publishing twice changes nothing.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_RUN_STATE, PERFORMANCE_PERIOD_STATE.
    """
    viewer.require(Permission.PERFORMANCE_PUBLISH)
    period_id = await session.scalar(
        select(PerformanceRun.period_id).where(PerformanceRun.id == run_id)
    )
    if period_id is None:
        raise Refusal("NOT_FOUND", path="runId")
    period = await session.get_one(
        PerformancePeriod, (viewer.hospital_id, period_id), with_for_update=True
    )
    run = await session.get_one(
        PerformanceRun, (viewer.hospital_id, run_id), populate_existing=True
    )
    if run.state is RunState.PUBLISHED:
        return run
    if run.state is not RunState.FROZEN:
        raise Refusal("PERFORMANCE_RUN_STATE", path="runId", state=run.state.value)
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="runId", state=period.state.value)
    await _supersede(session, period, RunState.PUBLISHED)
    run.state, run.published_at = RunState.PUBLISHED, now
    await session.execute(
        update(PerformancePackage)
        .where(PerformancePackage.run_id == run.id)
        .values(state=PackageState.PUBLISHED)
    )
    book = await book_of_version(session, run.rule_version)
    period.state = PeriodState.PUBLICITY
    period.publicity_from = now
    period.publicity_until = now + timedelta(days=book.publicity_days)
    await session.flush()
    await _record(session, viewer, "performance.publish", run, now)
    await _tell_everybody(session, viewer, run, keys=keys, period=period, book=book, now=now)
    return run


async def mark_paid(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> PerformancePeriod:
    """Close a published period: it went to the payroll and never changes again.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_PERIOD_STATE unless it was published and
            the time for disputes is over.
    """
    viewer.require(Permission.PERFORMANCE_PUBLISH)
    period = await _lock_period(session, period_code)
    if period.state is PeriodState.PAID:
        return period
    over = period.publicity_until is not None and period.publicity_until <= now
    if period.state is not PeriodState.PUBLICITY or not over:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    period.state = PeriodState.PAID
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="performance.mark_paid",
        subject_type="performance_period",
        subject_id=period.id,
        detail={"period": period.code},
        now=now,
    )
    await session.flush()
    return period


async def packages_of(
    session: AnySession, *, viewer: Viewer, run_id: uuid.UUID
) -> Sequence[PerformancePackage]:
    """The packages of a run, for those who may see all of them.

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_ALL)
    found = await session.scalars(
        select(PerformancePackage)
        .where(PerformancePackage.run_id == run_id)
        .order_by(PerformancePackage.department_id)
    )
    return found.all()


async def _lock_period(session: WriteSession, code: str) -> PerformancePeriod:
    period = await session.scalar(
        select(PerformancePeriod).where(PerformancePeriod.code == code).with_for_update()
    )
    if period is None:
        raise Refusal("NOT_FOUND", path="period")
    return period


async def _runs(session: WriteSession, period: PerformancePeriod) -> Sequence[PerformanceRun]:
    found = await session.scalars(
        select(PerformanceRun)
        .where(PerformanceRun.period_id == period.id)
        .order_by(PerformanceRun.sequence)
    )
    return found.all()


async def _open_run(
    session: WriteSession,
    period: PerformancePeriod,
    *,
    sequence: int,
    viewer: Viewer,
    inputs: Inputs,
    input_hash: str,
    now: datetime,
) -> PerformanceRun:
    await _supersede(session, period, RunState.FROZEN)
    run = PerformanceRun(
        hospital_id=period.hospital_id,
        id=uuid.uuid5(period.id, f"run/{sequence}"),  # a run that is begun again is the same run
        period_id=period.id,
        sequence=sequence,
        state=RunState.FROZEN,
        rule_version=inputs.book.version,
        input_hash=input_hash,
        facts_until=inputs.facts_until,
        calculated_by=viewer.staff_id,
        created_at=now,
    )
    session.add(run)
    if period.state is PeriodState.OPEN:
        period.state = PeriodState.DISTRIBUTING
    await session.flush()
    return run


async def _supersede(session: WriteSession, period: PerformancePeriod, state: RunState) -> None:
    await session.execute(
        update(PerformanceRun)
        .where(PerformanceRun.period_id == period.id, PerformanceRun.state == state)
        .values(state=RunState.SUPERSEDED)
    )


async def _tell_everybody(
    session: WriteSession,
    viewer: Viewer,
    run: PerformanceRun,
    *,
    keys: PersonalKeys,
    period: PerformancePeriod,
    book: RuleBook,
    now: datetime,
) -> None:
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_PUBLISH,
        subject_id=run.id,
        now=now,
        purpose="publication",
        period_code=period.code,
    ):
        totals: dict[uuid.UUID, int] = {}
        for _, line in await lines_of_run(session, run, keys):
            totals[line.staff_id] = totals.get(line.staff_id, 0) + line.amount_fen
    await _keep_bands(session, run, totals, book)
    await tell(
        session,
        hospital_id=run.hospital_id,
        news=News(
            kind="perf_published",
            subject_type="performance_period",
            subject_id=period.id,
            dedupe_key=f"perf_published:{run.id}",
            params={"period": period.code},
        ),
        recipients=sorted(totals),
        now=now,
    )


async def _keep_bands(
    session: WriteSession, run: PerformanceRun, totals: Mapping[uuid.UUID, int], book: RuleBook
) -> None:
    """Where each job category stands, once and for all: groups are never anybody's choice."""
    categories = await session.execute(
        select(Staff.id, Staff.job_category).where(Staff.id.in_(totals.keys()))
    )
    groups: dict[str, list[int]] = {}
    for staff_id, category in categories:
        groups.setdefault(str(category), []).append(totals[staff_id])
    for category, found in sorted(groups.items()):
        band = band_of(found, smallest=smallest_group(book))
        if band is not None:
            session.add(
                PerformanceBand(
                    hospital_id=run.hospital_id,
                    id=new_id(),
                    run_id=run.id,
                    job_category=category,
                    people=band.people,
                    low_fen=band.low_fen,
                    middle_fen=band.middle_fen,
                    high_fen=band.high_fen,
                )
            )


async def _record(
    session: WriteSession, viewer: Viewer, action: str, run: PerformanceRun, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="performance_run",
        subject_id=run.id,
        detail={"rule_version": run.rule_version, "input_hash": run.input_hash},
        now=now,
    )
