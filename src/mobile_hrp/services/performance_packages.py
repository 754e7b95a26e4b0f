"""The packages of a run: calculated where inputs are new, taken over where they are not."""

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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

_COPIED_PEOPLE = 1_000


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
        found = await session.scalars(
            select(PerformancePackage).where(PerformancePackage.run_id == earlier.id)
        )
        kept = {
            row.department_id: row
            for row in found
            if row.input_hash == inputs.hashes.get(row.department_id)
        }
    new = [department_id for department_id in inputs.hashes if department_id not in kept]
    # Thousands of people take seconds of arithmetic, which the other requests need not wait for.
    packages = await asyncio.to_thread(lambda: {one: inputs.package(one) for one in new})
    rows = [
        _taken_over(run, kept[one], keys)
        if one in kept
        else _calculated(run, one, packages[one], inputs, keys)
        for one in inputs.hashes
    ]
    await session.execute(insert(PerformancePackage), rows)
    for some in _in_parts(list(kept.values())):
        await copy_lines(
            session,
            run=run,
            copied_run_id=some[0].run_id,
            departments=[one.department_id for one in some],
        )
    people = {line.staff_id for package in packages.values() for line in package.payouts}
    held = await keys.ensure(session, hospital_id=run.hospital_id, people=people, now=now)
    for department_id in new:
        await write_lines(
            session,
            run=run,
            package_id=_package_id(run, department_id),
            department_id=department_id,
            package=packages[department_id],
            keys=held,
        )
    return hash_of_all({row["department_id"]: row["output_hash"] for row in rows})


def _package_id(run: PerformanceRun, department_id: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(run.id, str(department_id))


def _in_parts(kept: Sequence[PerformancePackage]) -> Iterator[Sequence[PerformancePackage]]:
    """Departments of some thousand people each time: a statement may not take long."""
    part: list[PerformancePackage] = []
    for one in kept:
        part.append(one)
        if sum(each.people for each in part) >= _COPIED_PEOPLE:
            yield part
            part = []
    if part:
        yield part


def _calculated(
    run: PerformanceRun,
    department_id: uuid.UUID,
    package: Package,
    inputs: Inputs,
    keys: PersonalKeys,
) -> dict[str, Any]:
    few = package.people < smallest_group(inputs.book)
    return {
        **_heading(run, department_id, package.amount_fen, keys),
        "amount_fen": None if few else package.amount_fen,
        "people": package.people,
        "input_hash": inputs.hashes[department_id],
        "output_hash": keys.digest(canonical(package.payouts)),
    }


def _taken_over(
    run: PerformanceRun, kept: PerformancePackage, keys: PersonalKeys
) -> dict[str, Any]:
    amount_fen = keys.open_package(
        kept.sealed_amount, context=package_context(kept.run_id, kept.department_id)
    )
    return {
        **_heading(run, kept.department_id, amount_fen, keys),
        "amount_fen": kept.amount_fen,
        "people": kept.people,
        "input_hash": kept.input_hash,
        "output_hash": kept.output_hash,
    }


def _heading(
    run: PerformanceRun, department_id: uuid.UUID, amount_fen: int, keys: PersonalKeys
) -> dict[str, Any]:
    return {
        "hospital_id": run.hospital_id,
        "id": _package_id(run, department_id),
        "run_id": run.id,
        "department_id": department_id,
        "sealed_amount": keys.seal_package(
            amount_fen, context=package_context(run.id, department_id)
        ),
        "state": PackageState.PROPOSED,
    }
