"""The packages of a run: calculated where inputs are new, taken over where they are not."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from mobile_hrp.domain.performance.calculation import Cost, Package, Work, calculate_package
from mobile_hrp.domain.performance.correcting import Delta, with_corrections
from mobile_hrp.domain.performance.rules import RuleBook, smallest_group
from mobile_hrp.domain.performance.terms import PackageState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance_corrections import read_deltas
from mobile_hrp.services.performance_inputs import (
    department_hash,
    hash_of_all,
    last_import,
    read_costs,
    read_work,
)
from mobile_hrp.services.performance_keys import PersonalKeys
from mobile_hrp.services.performance_lines import canonical, copy_lines, write_lines
from mobile_hrp.services.performance_rules import book_in_force


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a run reads, by department, with the hash of each department's part."""

    book: RuleBook
    facts_until: int
    work: Mapping[uuid.UUID, Sequence[Work]]
    costs: Mapping[uuid.UUID, Sequence[Cost]]
    deltas: Mapping[uuid.UUID, Sequence[Delta]]
    hashes: Mapping[uuid.UUID, str]

    def package(self, department_id: uuid.UUID) -> Package:
        own = calculate_package(
            self.book, self.work.get(department_id, ()), self.costs.get(department_id, ())
        )
        return with_corrections(own, self.deltas.get(department_id, ()))


def package_context(run_id: uuid.UUID, department_id: uuid.UUID) -> str:
    """What a sealed amount of a package is bound to."""
    return f"{run_id}/{department_id}"


async def read_inputs(
    session: WriteSession, period: PerformancePeriod, keys: PersonalKeys
) -> Inputs:
    until = await last_import(session, period)
    work = await read_work(session, period, until=until)
    if not work:
        raise Refusal("PERFORMANCE_NO_FACTS", path="period", period=period.code)
    costs = await read_costs(session, period)
    deltas = await read_deltas(session, period, keys)
    book = await book_in_force(session, day=period.first_day)
    hashes = {
        department_id: department_hash(
            book,
            work.get(department_id, ()),
            costs.get(department_id, ()),
            deltas.get(department_id, ()),
        )
        for department_id in sorted(work.keys() | deltas.keys())
    }
    return Inputs(book, until, work, costs, deltas, hashes)


async def write_packages(
    session: WriteSession,
    run: PerformanceRun,
    inputs: Inputs,
    *,
    keys: PersonalKeys,
    earlier: PerformanceRun | None,
    now: datetime,
) -> str:
    """Calculate what is new, take over what is not; returns the hash of all lines."""
    kept: dict[uuid.UUID, PerformancePackage] = {}
    if earlier is not None:
        rows = await session.scalars(
            select(PerformancePackage).where(PerformancePackage.run_id == earlier.id)
        )
        kept = {
            row.department_id: row
            for row in rows
            if row.input_hash == inputs.hashes.get(row.department_id)
        }
    new = [department_id for department_id in inputs.hashes if department_id not in kept]
    # Thousands of people take seconds of arithmetic, which the other requests need not wait for.
    packages = await asyncio.to_thread(lambda: {one: inputs.package(one) for one in new})
    people = {line.staff_id for package in packages.values() for line in package.payouts}
    held = await keys.ensure(session, hospital_id=run.hospital_id, people=people, now=now)
    outputs = {}
    for department_id in inputs.hashes:
        package_id = uuid.uuid5(run.id, str(department_id))
        if department_id in kept:
            outputs[department_id] = await _take_over(
                session, run, department_id, package_id, kept=kept[department_id], keys=keys
            )
            continue
        package = packages[department_id]
        outputs[department_id] = keys.digest(canonical(package.payouts))
        few = package.people < smallest_group(inputs.book)
        await _insert_package(
            session,
            run,
            package_id=package_id,
            department_id=department_id,
            amount_fen=None if few else package.amount_fen,
            sealed_amount=keys.seal_package(
                package.amount_fen, context=package_context(run.id, department_id)
            ),
            people=package.people,
            input_hash=inputs.hashes[department_id],
            output_hash=outputs[department_id],
        )
        await write_lines(
            session,
            run=run,
            package_id=package_id,
            department_id=department_id,
            package=package,
            keys=held,
        )
    return hash_of_all(outputs)


async def _take_over(
    session: WriteSession,
    run: PerformanceRun,
    department_id: uuid.UUID,
    package_id: uuid.UUID,
    *,
    kept: PerformancePackage,
    keys: PersonalKeys,
) -> str:
    amount_fen = keys.open_package(
        kept.sealed_amount, context=package_context(kept.run_id, department_id)
    )
    await _insert_package(
        session,
        run,
        package_id=package_id,
        department_id=department_id,
        amount_fen=kept.amount_fen,
        sealed_amount=keys.seal_package(amount_fen, context=package_context(run.id, department_id)),
        people=kept.people,
        input_hash=kept.input_hash,
        output_hash=kept.output_hash,
    )
    await copy_lines(
        session,
        run=run,
        package_id=package_id,
        department_id=department_id,
        copied_id=kept.id,
    )
    return kept.output_hash


async def _insert_package(
    session: WriteSession,
    run: PerformanceRun,
    *,
    package_id: uuid.UUID,
    **values: object,
) -> None:
    await session.execute(
        insert(PerformancePackage).values(
            hospital_id=run.hospital_id,
            id=package_id,
            run_id=run.id,
            state=PackageState.PROPOSED,
            **values,
        )
    )
