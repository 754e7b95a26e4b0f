"""Runs and their publication as work of the worker: asked for, followed, begun again when killed.

Either is one transaction: all of it is there, or nothing. It names the calculation as done
in that same transaction, so a job that comes back after a crash either finds it done, or begins
again from the same inputs and comes to the same run.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.terms import (
    CalculationKind,
    CalculationState,
    PeriodState,
    RunState,
)
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.performance import (
    PerformanceCalculation,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.runs import calculate_period, publish_run

CALCULATE_JOB: Final = "calculate_performance"
_ASKED: Final = {
    CalculationKind.CALCULATE: "performance.request_calculation",
    CalculationKind.PUBLISH: "performance.request_publication",
}
_OVER = frozenset({CalculationState.DONE, CalculationState.REFUSED})
# A worker may wait for an import to end and add up millions of rows; nobody's request waits for it.
_PATIENCE = text(
    "SELECT set_config('statement_timeout', '120s', true),"
    " set_config('lock_timeout', '60s', true),"
    " set_config('idle_in_transaction_session_timeout', '120s', true)"
)


async def request_calculation(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> PerformanceCalculation:
    """Ask the worker to calculate a period. One that waits already is answered instead of another.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_PERIOD_STATE once it is paid.
    """
    viewer.require(Permission.PERFORMANCE_CALCULATE)
    return await enqueue_calculation(session, viewer=viewer, period_code=period_code, now=now)


async def enqueue_calculation(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> PerformanceCalculation:
    """As ``request_calculation``, of a caller that has checked another right to it."""
    period = await session.scalar(
        select(PerformancePeriod).where(PerformancePeriod.code == period_code)
    )
    if period is None:
        raise Refusal("NOT_FOUND", path="period")
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    return await _enqueue(session, viewer, period, kind=CalculationKind.CALCULATE, now=now)


async def request_publication(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> tuple[PerformanceRun, PerformanceCalculation | None]:
    """Ask the worker to publish the latest run of a period, as it is now.

    A run that is published already needs no worker. One that waits already is answered instead of
    another.

    Raises:
        Refusal: PERMISSION_DENIED; NOT_FOUND without a run; PERFORMANCE_RUN_STATE,
            PERFORMANCE_PERIOD_STATE as ``publish_run``.
    """
    viewer.require(Permission.PERFORMANCE_PUBLISH)
    found = (
        await session.execute(
            select(PerformancePeriod, PerformanceRun)
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == PerformancePeriod.hospital_id)
                & (PerformanceRun.period_id == PerformancePeriod.id),
            )
            .where(PerformancePeriod.code == period_code)
            .order_by(PerformanceRun.sequence.desc())
            .limit(1)
        )
    ).one_or_none()
    if found is None:
        raise Refusal("NOT_FOUND", path="period")
    period, run = found
    if run.state is RunState.PUBLISHED:
        return run, None
    if run.state is not RunState.FROZEN:
        raise Refusal("PERFORMANCE_RUN_STATE", path="period", state=run.state.value)
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    return run, await _enqueue(
        session, viewer, period, kind=CalculationKind.PUBLISH, run=run, now=now
    )


async def _enqueue(
    session: WriteSession,
    viewer: Viewer,
    period: PerformancePeriod,
    *,
    kind: CalculationKind,
    now: datetime,
    run: PerformanceRun | None = None,
) -> PerformanceCalculation:
    await session.execute(
        insert(PerformanceCalculation)
        .values(
            hospital_id=viewer.hospital_id,
            id=new_id(),
            period_id=period.id,
            run_id=run.id if run is not None else None,
            kind=kind,
            state=CalculationState.QUEUED,
            requested_by=viewer.staff_id,
            requested_at=now,
        )
        .on_conflict_do_nothing()
    )
    row = (
        await session.scalars(
            select(PerformanceCalculation).where(
                PerformanceCalculation.period_id == period.id,
                PerformanceCalculation.kind == kind,
                PerformanceCalculation.state == CalculationState.QUEUED,
            )
        )
    ).one()
    if run is not None:  # what waits publishes what was seen last
        row.run_id = run.id
        await session.flush()
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=_ASKED[kind],
        subject_type="performance_calculation",
        subject_id=row.id,
        detail={"period": period.code},
        now=now,
    )
    await jobs.enqueue(
        session,
        CALCULATE_JOB,
        {"hospital_id": viewer.hospital_id, "calculation_id": row.id},
        dedupe_key=f"{CALCULATE_JOB}:{viewer.hospital_id}:{row.id}",
    )
    return row


async def calculation(
    session: AnySession, *, viewer: Viewer, calculation_id: uuid.UUID
) -> tuple[PerformanceCalculation, PerformanceRun | None]:
    """How far a calculation is, and the run it came to.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_ALL)
    return await errand_and_run(session, calculation_id=calculation_id)


async def errand_and_run(
    session: AnySession, *, calculation_id: uuid.UUID
) -> tuple[PerformanceCalculation, PerformanceRun | None]:
    """As ``calculation``, of a caller that has just asked for it. Raises Refusal NOT_FOUND."""
    found = (
        await session.execute(
            select(PerformanceCalculation, PerformanceRun)
            .outerjoin(
                PerformanceRun,
                (PerformanceRun.hospital_id == PerformanceCalculation.hospital_id)
                & (PerformanceRun.id == PerformanceCalculation.run_id),
            )
            .where(PerformanceCalculation.id == calculation_id)
        )
    ).one_or_none()
    if found is None:
        raise Refusal("NOT_FOUND", path="calculationId")
    return found[0], found[1]


def refusal_of(row: PerformanceCalculation) -> Refusal | None:
    """Why there is no run."""
    if not row.refusal:
        return None
    return Refusal.of(
        tuple(RefusalDetail(one["code"], one["path"], one["params"]) for one in row.refusal)
    )


@dataclass(frozen=True, slots=True)
class _Errand:
    """What was asked, by whom, of which period; the run that is to be published."""

    kind: CalculationKind
    staff_id: uuid.UUID
    period_code: str
    run_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class PerformanceCalculator:
    """The worker's side. A calculation that is over, or unknown, is left alone."""

    database: Database
    keys: PersonalKeys

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, key = int(payload["hospital_id"]), uuid.UUID(payload["calculation_id"])
        begun = await self._begin(hospital_id, key, now)
        if begun is None:
            return
        try:
            if begun.kind is CalculationKind.PUBLISH:
                await self._publish(hospital_id, key, begun, now)
            else:
                await self._calculate(hospital_id, key, begun, now)
        except Refusal as refusal:
            await self._end(hospital_id, key, refusal.details, now)

    async def _begin(self, hospital_id: int, key: uuid.UUID, now: datetime) -> "_Errand | None":
        async with self.database.transaction(hospital_id) as session:
            found = (
                await session.execute(
                    select(PerformanceCalculation, PerformancePeriod.code)
                    .join(
                        PerformancePeriod,
                        (PerformancePeriod.hospital_id == PerformanceCalculation.hospital_id)
                        & (PerformancePeriod.id == PerformanceCalculation.period_id),
                    )
                    .where(PerformanceCalculation.id == key)
                    .with_for_update(of=PerformanceCalculation)
                )
            ).one_or_none()
            if found is None or found[0].state in _OVER:
                return None
            row, code = found
            row.state, row.calculated = CalculationState.RUNNING, 0
            row.attempts += 1
            row.started_at = row.started_at or now
            return _Errand(row.kind, row.requested_by, code, row.run_id)

    async def _calculate(
        self, hospital_id: int, key: uuid.UUID, errand: "_Errand", now: datetime
    ) -> None:
        async def progress(calculated: int, departments: int) -> None:
            async with self.database.transaction(hospital_id) as session:
                await _write(session, key, calculated=calculated, departments=departments)

        async with self.database.transaction(hospital_id, staff_id=errand.staff_id) as session:
            await session.execute(_PATIENCE)
            viewer = await _viewer(session, hospital_id, errand.staff_id, key, now)
            run = await calculate_period(
                session,
                viewer=viewer,
                keys=self.keys,
                period_code=errand.period_code,
                now=now,
                progress=progress,
            )
            await _write(session, key, state=CalculationState.DONE, run_id=run.id, ended_at=now)

    async def _publish(
        self, hospital_id: int, key: uuid.UUID, errand: "_Errand", now: datetime
    ) -> None:
        if errand.run_id is None:
            raise Refusal("NOT_FOUND", path="runId")
        async with self.database.transaction(hospital_id, staff_id=errand.staff_id) as session:
            await session.execute(_PATIENCE)
            viewer = await _viewer(session, hospital_id, errand.staff_id, key, now)
            await publish_run(session, viewer=viewer, keys=self.keys, run_id=errand.run_id, now=now)
            await _write(session, key, state=CalculationState.DONE, ended_at=now)

    async def _end(
        self, hospital_id: int, key: uuid.UUID, why: Sequence[RefusalDetail], now: datetime
    ) -> None:
        refusal = [{"code": one.code, "path": one.path, "params": dict(one.params)} for one in why]
        async with self.database.transaction(hospital_id) as session:
            await _write(
                session, key, state=CalculationState.REFUSED, refusal=refusal, ended_at=now
            )


async def _viewer(
    session: AnySession, hospital_id: int, staff_id: uuid.UUID, key: uuid.UUID, now: datetime
) -> Viewer:
    """Whoever asked, with the posts of today: a right that was taken away since counts no more."""
    today = await budget_day(session, hospital_id, now)
    roles = await roles_on(session, hospital_id=hospital_id, staff_id=staff_id, day=today)
    return Viewer(hospital_id, staff_id, key, key, roles)


async def _write(session: WriteSession, key: uuid.UUID, **values: Any) -> None:
    await session.execute(
        update(PerformanceCalculation).where(PerformanceCalculation.id == key).values(**values)
    )
