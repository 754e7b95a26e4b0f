"""What a run reads: the counted work of a period up to one import, and executed costs."""

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from mobile_hrp.domain.budget.terms import MovementKind
from mobile_hrp.domain.performance.calculation import Cost, Work
from mobile_hrp.domain.performance.correcting import Delta
from mobile_hrp.domain.performance.rules import RuleBook
from mobile_hrp.models.budget import BudgetEntry, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.performance import PerformanceImport, PerformancePeriod, WorkloadFact
from mobile_hrp.runtime.database import AnySession

PAY_SCENARIO = "perf_secondary"
"""The documents with which departments share out their packages."""
_EXECUTION = (MovementKind.EXECUTE, MovementKind.REVERSE)

WorkByDepartment = Mapping[uuid.UUID, Sequence[Work]]
CostsByDepartment = Mapping[uuid.UUID, Sequence[Cost]]


async def last_import(session: AnySession, period: PerformancePeriod) -> int:
    """The number of the period's latest import; 0 before the first."""
    found = await session.scalar(
        select(func.max(PerformanceImport.sequence)).where(PerformanceImport.period_id == period.id)
    )
    return found or 0


def counted_until(sequence: int) -> ColumnElement[bool]:
    """The facts as they stood after that import."""
    return and_(
        WorkloadFact.import_sequence <= sequence,
        or_(WorkloadFact.withdrawn_sequence.is_(None), WorkloadFact.withdrawn_sequence > sequence),
    )


async def touched_since(
    session: AnySession, period: PerformancePeriod, sequence: int
) -> set[uuid.UUID] | None:
    """The departments whose work imports after that one changed; None where it is not known."""
    lists = await session.scalars(
        select(PerformanceImport.departments).where(
            PerformanceImport.period_id == period.id, PerformanceImport.sequence > sequence
        )
    )
    touched: set[uuid.UUID] = set()
    for departments in lists:
        if departments is None:
            return None
        touched.update(departments)
    return touched


async def read_work(
    session: AnySession,
    period: PerformancePeriod,
    *,
    until: int,
    departments: Collection[uuid.UUID] | None = None,
) -> dict[uuid.UUID, list[Work]]:
    """The work of the period, added up by the database: one row per person and code.

    ``departments``: of these alone; None is all of them.
    """
    these = () if departments is None else (WorkloadFact.department_id.in_(departments),)
    rows = await session.execute(
        select(
            WorkloadFact.department_id,
            WorkloadFact.staff_id,
            WorkloadFact.code,
            func.sum(WorkloadFact.quantity_milli),
            func.count(),
        )
        .where(WorkloadFact.period_id == period.id, counted_until(until), *these)
        .group_by(WorkloadFact.department_id, WorkloadFact.staff_id, WorkloadFact.code)
    )
    work: dict[uuid.UUID, list[Work]] = {}
    for department_id, staff_id, code, milli, count in rows:
        work.setdefault(department_id, []).append(Work(staff_id, code, int(milli), count))
    for found in work.values():
        found.sort(key=lambda one: (str(one.staff_id or ""), one.code))
    return work


async def read_costs(session: AnySession, period: PerformancePeriod) -> dict[uuid.UUID, list[Cost]]:
    """What documents had executed on each department's budget on the days of the period.

    The department is that of the charged line; a line of no department in particular charges the
    department of the document. Entries of lines above would count the same money again.
    """
    begins, ends = await span_of(session, period)
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
            Document.scenario_code != PAY_SCENARIO,
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


async def span_of(session: AnySession, period: PerformancePeriod) -> tuple[datetime, datetime]:
    """The period's days where the hospital is, as a half-open span in UTC."""
    timezone = await session.scalar(
        select(Hospital.timezone).where(Hospital.id == period.hospital_id)
    )
    zone = ZoneInfo(timezone or "UTC")
    begins = datetime.combine(period.first_day, time.min, zone).astimezone(UTC)
    ends = datetime.combine(period.last_day + timedelta(days=1), time.min, zone).astimezone(UTC)
    return begins, ends


def work_hash(work: Sequence[Work]) -> str:
    """SHA-256 over a department's counted work."""
    return _hash([[str(one.staff_id), one.code, one.quantity_milli, one.rows] for one in work])


def department_hash(
    book: RuleBook,
    work: str,
    costs: Sequence[Cost],
    deltas: Sequence[Delta],
    distribution: uuid.UUID | None = None,
) -> str:
    """SHA-256 over everything a department's package follows from: same hash, same lines.

    ``work`` is the hash of the work; ``distribution`` names the approved sharing out, whose shares
    never change.
    """
    return _hash(
        [
            book.version,
            work,
            [[str(one.document_id), one.document_number, one.executed_fen] for one in costs],
            [[*map(str, one.key), one.period, one.rule_version, one.delta_fen] for one in deltas],
            str(distribution or ""),
        ]
    )


def _hash(content: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def hash_of_all(hashes: Mapping[uuid.UUID, str]) -> str:
    """One hash over those of all departments, whatever their order."""
    canonical = json.dumps({str(key): found for key, found in hashes.items()}, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
