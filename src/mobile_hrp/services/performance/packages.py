"""The packages of a run: calculated where inputs are new, taken over where they are not."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import insert

from mobile_hrp.domain.performance.calculation import Package
from mobile_hrp.domain.performance.rules import smallest_group
from mobile_hrp.domain.performance.terms import PackageState
from mobile_hrp.models.performance import PerformancePackage, PerformanceRun
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.frozen import NO_WORK, Inputs
from mobile_hrp.services.performance.inputs import hash_of_all
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import canonical, copy_lines, write_lines

Progress: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Told after each department: how many are calculated, and of how many."""

_COPIED_PEOPLE = 1_000


def package_context(run_id: uuid.UUID, department_id: uuid.UUID) -> str:
    """What a sealed amount of a package is bound to."""
    return f"{run_id}/{department_id}"


async def write_packages(
    session: WriteSession,
    run: PerformanceRun,
    inputs: Inputs,
    *,
    keys: PersonalKeys,
    now: datetime,
    progress: Progress | None = None,
) -> str:
    """Calculate what is new, take over what is not; returns the hash of all lines."""
    kept = inputs.kept
    new = [department_id for department_id in inputs.hashes if department_id not in kept]
    packages: dict[uuid.UUID, Package] = {}
    for department_id in new:
        # Arithmetic that the other requests of the process need not wait for.
        packages[department_id] = await asyncio.to_thread(inputs.package, department_id)
        if progress is not None:
            await progress(len(packages), len(new))
    rows = [
        _taken_over(run, kept[one], inputs, keys)
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
        **_heading(run, department_id, package.amount_fen, inputs, keys),
        "amount_fen": None if few else package.amount_fen,
        "people": package.people,
        "output_hash": keys.digest(canonical(package.payouts)),
    }


def _taken_over(
    run: PerformanceRun, kept: PerformancePackage, inputs: Inputs, keys: PersonalKeys
) -> dict[str, Any]:
    amount_fen = keys.open_package(
        kept.sealed_amount, context=package_context(kept.run_id, kept.department_id)
    )
    return {
        **_heading(run, kept.department_id, amount_fen, inputs, keys),
        "amount_fen": kept.amount_fen,
        "people": kept.people,
        "output_hash": kept.output_hash,
    }


def _heading(
    run: PerformanceRun,
    department_id: uuid.UUID,
    amount_fen: int,
    inputs: Inputs,
    keys: PersonalKeys,
) -> dict[str, Any]:
    return {
        "hospital_id": run.hospital_id,
        "id": _package_id(run, department_id),
        "run_id": run.id,
        "department_id": department_id,
        "input_hash": inputs.hashes[department_id],
        "work_hash": inputs.work_hashes.get(department_id, NO_WORK),
        "sealed_amount": keys.seal_package(
            amount_fen, context=package_context(run.id, department_id)
        ),
        "state": PackageState.PROPOSED,
    }
