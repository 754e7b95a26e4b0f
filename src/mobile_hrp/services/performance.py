"""Calculating and publishing performance pay."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import case, func, insert, select, update

from mobile_hrp.domain.budget.terms import MovementKind
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.calculation import Cost, Fact, Package, calculate_package
from mobile_hrp.domain.performance.package import Explanation
from mobile_hrp.domain.performance.rules import RuleBook, read_rules
from mobile_hrp.domain.performance.terms import PackageState, PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetEntry, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.performance_access import reading_others_performance

_EXECUTION = (MovementKind.EXECUTE, MovementKind.REVERSE)
_BATCH = 2_000

FactsByDepartment = Mapping[uuid.UUID, Sequence[Fact]]
CostsByDepartment = Mapping[uuid.UUID, Sequence[Cost]]


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The rules shipped with the scenario library. Faulty data stops here, at the start."""
    source = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    return read_rules(yaml.safe_load((source / "performance_rules.yaml").read_text("utf-8")))


async def calculate_period(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> PerformanceRun:
    """Calculate a period from its counted work and what its departments had executed in it.

    The same inputs under the same rules give the run that is already there. A run with other
    inputs takes the place of one that was not published.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_PERIOD_STATE once it is paid,
            PERFORMANCE_NO_FACTS, ALLOT_NO_WEIGHT.
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
    ):
        facts = await _facts(session, period)
        if not facts:
            raise Refusal("PERFORMANCE_NO_FACTS", path="period", period=period.code)
        costs = await _costs(session, period)
        input_hash = _hash_of(rule_book(), facts, costs)
        runs = await _runs(session, period)
        if runs and (runs[-1].input_hash, runs[-1].rule_version) == (
            input_hash,
            rule_book().version,
        ):
            return runs[-1]
        run = await _open_run(
            session,
            period,
            sequence=len(runs) + 1,
            viewer=viewer,
            input_hash=input_hash,
            now=now,
        )
        for department_id in sorted(facts):
            package = calculate_package(
                rule_book(), facts[department_id], costs.get(department_id, ())
            )
            await _write_package(session, run, department_id, package)
    await _record(session, viewer, "performance.calculate", run, now)
    return run


async def publish_period(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> PerformanceRun:
    """Publish the latest run of a period; see ``publish_run``."""
    run_id = await session.scalar(
        select(PerformanceRun.id)
        .join(PerformancePeriod, PerformancePeriod.id == PerformanceRun.period_id)
        .where(PerformancePeriod.code == period_code)
        .order_by(PerformanceRun.sequence.desc())
        .limit(1)
    )
    if run_id is None:
        raise Refusal("NOT_FOUND", path="period")
    return await publish_run(session, viewer=viewer, run_id=run_id, now=now)


async def publish_run(
    session: WriteSession, *, viewer: Viewer, run_id: uuid.UUID, now: datetime
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
    period.state = PeriodState.PUBLICITY
    period.publicity_from = now
    period.publicity_until = now + timedelta(days=rule_book().publicity_days)
    await session.flush()
    await _record(session, viewer, "performance.publish", run, now)
    await _tell_everybody(session, viewer, run, period, now)
    return run


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


async def _facts(session: WriteSession, period: PerformancePeriod) -> FactsByDepartment:
    rows = await session.execute(
        select(
            WorkloadFact.department_id,
            WorkloadFact.id,
            WorkloadFact.staff_id,
            WorkloadFact.code,
            WorkloadFact.quantity_milli,
        )
        .where(WorkloadFact.period_id == period.id)
        .order_by(WorkloadFact.id)
    )
    facts: dict[uuid.UUID, list[Fact]] = {}
    for department_id, key, staff_id, code, quantity_milli in rows:
        facts.setdefault(department_id, []).append(Fact(key, staff_id, code, quantity_milli))
    return facts


async def _costs(session: WriteSession, period: PerformancePeriod) -> CostsByDepartment:
    """What documents had executed on each department's budget on the days of the period.

    The department is that of the charged line; a line of no department in particular charges the
    department of the document. Entries of lines above would count the same money again.
    """
    timezone = await session.scalar(
        select(Hospital.timezone).where(Hospital.id == period.hospital_id)
    )
    zone = ZoneInfo(timezone or "UTC")
    begins = datetime.combine(period.first_day, time.min, zone).astimezone(UTC)
    ends = datetime.combine(period.last_day + timedelta(days=1), time.min, zone).astimezone(UTC)
    department = func.coalesce(BudgetLine.department_id, Document.department_id)
    signed = case(
        (BudgetEntry.kind == MovementKind.EXECUTE, BudgetEntry.amount_fen),
        else_=-BudgetEntry.amount_fen,
    )
    rows = await session.execute(
        select(department, Document.id, Document.number, func.sum(signed))
        .select_from(BudgetEntry)
        .join(BudgetLine, BudgetLine.id == BudgetEntry.line_id)
        .join(Document, Document.id == BudgetEntry.document_id)
        .where(
            BudgetEntry.kind.in_(_EXECUTION),
            BudgetEntry.line_id == BudgetEntry.charged_line_id,
            BudgetEntry.occurred_at >= begins,
            BudgetEntry.occurred_at < ends,
        )
        .group_by(department, Document.id, Document.number)
        .having(func.sum(signed) != 0)
        .order_by(Document.number)
    )
    costs: dict[uuid.UUID, list[Cost]] = {}
    for department_id, document_id, number, fen in rows:
        costs.setdefault(department_id, []).append(Cost(document_id, number, int(fen)))
    return costs


def _hash_of(book: RuleBook, facts: FactsByDepartment, costs: CostsByDepartment) -> str:
    """SHA-256 over everything the calculation reads: the same hash gives the same lines."""
    inputs = {
        "rules": book.version,
        "facts": {str(key): [_row(fact) for fact in facts[key]] for key in sorted(facts)},
        "costs": {str(key): [_row(cost) for cost in costs[key]] for key in sorted(costs)},
    }
    canonical = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _row(part: Fact | Cost) -> list[str]:
    return [str(value) for value in asdict(part).values()]


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
    input_hash: str,
    now: datetime,
) -> PerformanceRun:
    await _supersede(session, period, RunState.FROZEN)
    run = PerformanceRun(
        hospital_id=period.hospital_id,
        id=new_id(),
        period_id=period.id,
        sequence=sequence,
        state=RunState.FROZEN,
        rule_version=rule_book().version,
        input_hash=input_hash,
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


async def _write_package(
    session: WriteSession, run: PerformanceRun, department_id: uuid.UUID, package: Package
) -> None:
    """Positions count per person over the whole run: somebody may work in two departments."""
    package_id = new_id()
    await session.execute(
        insert(PerformancePackage).values(
            hospital_id=run.hospital_id,
            id=package_id,
            run_id=run.id,
            department_id=department_id,
            amount_fen=package.amount_fen,
            state=PackageState.PROPOSED,
        )
    )
    positions = await _positions(session, run, {line.staff_id for line in package.payouts})
    rows = []
    for line in package.payouts:
        position = positions.get(line.staff_id, 0)
        positions[line.staff_id] = position + 1
        rows.append(
            {
                "hospital_id": run.hospital_id,
                "id": new_id(),
                "run_id": run.id,
                "package_id": package_id,
                "staff_id": line.staff_id,
                "position": position,
                "kind": line.kind,
                "rule_code": line.explanation.rule_code,
                "rule_version": line.explanation.rule_version,
                "amount_fen": line.amount_fen,
                "explanation": _stored(line.explanation),
            }
        )
    for start in range(0, len(rows), _BATCH):
        await session.execute(insert(PayoutLine), rows[start : start + _BATCH])


async def _positions(
    session: WriteSession, run: PerformanceRun, people: set[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """The next free position of those who have lines in the run already."""
    rows = await session.execute(
        select(PayoutLine.staff_id, func.max(PayoutLine.position) + 1)
        .where(PayoutLine.run_id == run.id, PayoutLine.staff_id.in_(people))
        .group_by(PayoutLine.staff_id)
    )
    return {staff_id: int(position) for staff_id, position in rows}


def _stored(explanation: Explanation) -> dict[str, object]:
    return {
        "terms": dict(explanation.terms),
        "fact_ids": [str(key) for key in explanation.fact_ids],
        "sources": [
            {
                "document_id": str(source.document_id),
                "document_number": source.document_number,
                "executed_fen": source.executed_fen,
            }
            for source in explanation.sources
        ],
    }


async def _tell_everybody(
    session: WriteSession,
    viewer: Viewer,
    run: PerformanceRun,
    period: PerformancePeriod,
    now: datetime,
) -> None:
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_PUBLISH,
        subject_id=run.id,
        now=now,
    ):
        people = (
            await session.scalars(
                select(PayoutLine.staff_id)
                .where(PayoutLine.run_id == run.id)
                .distinct()
                .order_by(PayoutLine.staff_id)
            )
        ).all()
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
        recipients=people,
        now=now,
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
