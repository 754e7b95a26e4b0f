"""Everything a run follows from, with hashes: the same hash, the same lines.

A run after a few imports need not add up millions of rows again. Imports are the only way facts
come in and each keeps which departments it touched, so the work of the others is what the run
before read; its hash stands in for it.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mobile_hrp.domain.performance.calculation import Cost, Package, Work, calculate_package
from mobile_hrp.domain.performance.correcting import Delta, with_corrections
from mobile_hrp.domain.performance.distributing import Sharing, with_distribution
from mobile_hrp.domain.performance.rules import RuleBook
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.performance.corrections import read_deltas
from mobile_hrp.services.performance.inputs import (
    department_hash,
    last_import,
    read_costs,
    read_work,
    touched_since,
    work_hash,
)
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.rules import book_in_force
from mobile_hrp.services.performance.shares import approved_of, open_sharings

NO_WORK = work_hash(())
"""Of a department that has corrections and nothing else."""

_Packages = Mapping[uuid.UUID, PerformancePackage]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a run reads, by department, with the hash of each department's part.

    ``kept`` are the packages of the run before whose inputs are the same; ``work`` and ``sharings``
    are those of the other departments.
    """

    book: RuleBook
    facts_until: int
    work: Mapping[uuid.UUID, Sequence[Work]]
    work_hashes: Mapping[uuid.UUID, str]
    costs: Mapping[uuid.UUID, Sequence[Cost]]
    deltas: Mapping[uuid.UUID, Sequence[Delta]]
    sharings: Mapping[uuid.UUID, Sharing]
    hashes: Mapping[uuid.UUID, str]
    kept: _Packages

    def package(self, department_id: uuid.UUID) -> Package:
        """Calculate one department: what the rules give, how it is shared, what is set right."""
        own = calculate_package(
            self.book, self.work.get(department_id, ()), self.costs.get(department_id, ())
        )
        sharing = self.sharings.get(department_id)
        shared = with_distribution(own, sharing, self.book) if sharing else own
        return with_corrections(shared, self.deltas.get(department_id, ()))


async def read_inputs(
    session: WriteSession,
    period: PerformancePeriod,
    keys: PersonalKeys,
    earlier: PerformanceRun | None = None,
) -> Inputs:
    """What a run of the period follows from. Inside ``reading_others_performance`` only.

    With an ``earlier`` run of the period only that work is read which imports have touched since,
    or which has to be calculated with other costs, corrections or rules. The hashes are the same
    either way.

    Raises:
        Refusal: PERFORMANCE_NO_FACTS.
    """
    until = await last_import(session, period)
    before = await _packages(session, earlier) if earlier else {}
    work, standing = await _work(session, period, earlier, before, until)
    work_hashes = standing | {key: work_hash(found) for key, found in work.items()}
    if not work_hashes:
        raise Refusal("PERFORMANCE_NO_FACTS", path="period", period=period.code)
    costs = await read_costs(session, period)
    deltas = await read_deltas(session, period, keys)
    approved = await approved_of(session, period)
    book = await book_in_force(session, day=period.first_day)
    hashes = {
        one: department_hash(
            book,
            work_hashes.get(one, NO_WORK),
            costs.get(one, ()),
            deltas.get(one, ()),
            approved[one].row.id if one in approved else None,
        )
        for one in sorted(work_hashes.keys() | deltas.keys())
    }
    kept = {key: row for key, row in before.items() if row.input_hash == hashes.get(key)}
    if unread := standing.keys() - kept.keys():
        work |= await read_work(session, period, until=until, departments=unread)
    new = {key: found for key, found in approved.items() if key in hashes and key not in kept}
    sharings = await open_sharings(session, new, keys)
    return Inputs(book, until, work, work_hashes, costs, deltas, sharings, hashes, kept)


async def _packages(
    session: AnySession, run: PerformanceRun
) -> dict[uuid.UUID, PerformancePackage]:
    rows = await session.scalars(
        select(PerformancePackage).where(PerformancePackage.run_id == run.id)
    )
    return {row.department_id: row for row in rows}


async def _work(
    session: AnySession,
    period: PerformancePeriod,
    earlier: PerformanceRun | None,
    before: _Packages,
    until: int,
) -> tuple[dict[uuid.UUID, list[Work]], dict[uuid.UUID, str]]:
    """The work that has to be read, and the hashes of that which stands as it was."""
    touched = await touched_since(session, period, earlier.facts_until) if earlier else None
    if touched is None:
        return await read_work(session, period, until=until), {}
    standing = {
        key: row.work_hash
        for key, row in before.items()
        if row.work_hash and row.work_hash != NO_WORK and key not in touched
    }
    unknown = {key for key, row in before.items() if not row.work_hash}
    wanted: Collection[uuid.UUID] = touched | unknown
    found = await read_work(session, period, until=until, departments=wanted) if wanted else {}
    return found, standing
