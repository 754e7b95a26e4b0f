"""The same random histories on PostgreSQL as on the pure core: identical, step by step.

    python -m tests.concurrency.histories --steps 10000 --seeds 20

A history is that of ``benchmarks.approval_world``: plans of all modes and policies, people who
decide, forge, leave and stand in for each other, a clock that jumps. Each command is given to the
state in memory and, with the same ids, to the locked row in a transaction. Compared are the refusal
or the whole new state after each step, and at the end of each document its nodes and tasks with
the rows that were written on the way. The exit code is 1 at the first difference.
"""
# ruff: noqa: T201 - a command prints its result

import argparse
import asyncio
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from benchmarks.approval_world import World
from sqlalchemy import insert, select
from tests.concurrency.throwaway import throwaway_database

from mobile_hrp.domain.approval import InstanceState, decide, open_instance
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.projection import rebuild
from mobile_hrp.domain.approval.terms import InstanceStatus
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import (
    ApprovalDecision,
    ApprovalEntry,
    ApprovalInstance,
    ApprovalNode,
    ApprovalTask,
)
from mobile_hrp.models.base import TenantRow
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Campus, Department, Hospital, Staff
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.approvals import store
from mobile_hrp.services.approvals.commands import Step, advance

_STEPS_PER_DOCUMENT_MAX = 120
_ENDED = (InstanceStatus.APPROVED, InstanceStatus.REJECTED, InstanceStatus.WITHDRAWN)
_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_PLACE = uuid.UUID(int=1 << 100)


class Different(Exception):  # noqa: N818 - a finding, not a failure of this program
    """The database and the core do not agree."""


@dataclass
class Tally:
    steps: int = 0
    accepted: int = 0
    documents: int = 0
    rows: int = 0


@dataclass
class _Recorder:
    """Hands ids out and remembers them, so that the database is given the same."""

    source: Iterator[uuid.UUID]
    given: list[uuid.UUID] = field(default_factory=list)

    def __iter__(self) -> Iterator[uuid.UUID]:
        return self

    def __next__(self) -> uuid.UUID:
        self.given.append(next(self.source))
        return self.given[-1]


@dataclass
class _History:
    """One seed in a hospital of its own."""

    world: World
    database: Database
    hospital_id: int
    tally: Tally

    async def run(self, steps: int) -> None:
        end = self.tally.steps + steps
        while self.tally.steps < end:
            await self._document(min(end - self.tally.steps, _STEPS_PER_DOCUMENT_MAX))

    async def _document(self, steps: int) -> None:
        world = self.world
        self.tally.steps += 1
        try:
            outcome = open_instance(world.plan(), **world.opening())
        except Refusal:
            return
        state, document_id = outcome.state, next(world.ids)
        await self._open(document_id, outcome)
        for _ in range(1, steps):
            world.pass_time()
            actor, command = world.next_step(state)
            self.tally.steps += 1
            state, over = await self._step(document_id, state, actor, command)
            if over:
                break
        await self._compare_rows(document_id, state)

    async def _open(self, document_id: uuid.UUID, outcome: Outcome) -> None:
        self.tally.documents += 1
        async with self.database.transaction(self.hospital_id) as session:
            session.add(
                Document(
                    hospital_id=self.hospital_id,
                    id=document_id,
                    number=str(document_id),
                    scenario_code="simulated",
                    scenario_version="1",
                    title="-",
                    requester_id=outcome.state.requester,
                    department_id=_PLACE,
                    campus_id=_PLACE,
                    status=DocumentStatus.IN_APPROVAL,
                    amount_fen=0,
                    version=1,
                    created_at=_NOW,
                )
            )
            await session.flush()
            await store.save(
                session,
                hospital_id=self.hospital_id,
                document_id=document_id,
                before=None,
                outcome=outcome,
            )

    async def _step(
        self, document_id: uuid.UUID, state: InstanceState, actor: uuid.UUID, command: Command
    ) -> tuple[InstanceState, bool]:
        """The state after the step, and whether the document is left alone from here on."""
        world, ids = self.world, _Recorder(self.world.ids)
        expected: InstanceState | str
        try:
            expected = decide(state, command, actor=actor, now=world.now, ids=ids).state
        except Refusal as refusal:
            expected = refusal.code
        found = await self._on_postgresql(document_id, state, (actor, command), ids.given)
        if found != (expected if isinstance(expected, str) else ""):
            raise Different(f"{command}: {_short(expected)} in the core, {found or 'yes'} stored")
        if isinstance(expected, str):
            return state, state.status in _ENDED and world.chance(0.3)
        self.tally.accepted += 1
        over = expected.status is InstanceStatus.VOIDED
        return expected, over or (expected.status in _ENDED and world.chance(0.5))

    async def _on_postgresql(
        self, document_id: uuid.UUID, state: InstanceState, step: Step, ids: list[uuid.UUID]
    ) -> str:
        """The code with which the stored approval refuses, or nothing.

        What is read under the lock must be the ``state`` that the last step led to in memory.
        """
        try:
            async with self.database.transaction(self.hospital_id) as session:
                locked = await store.lock_by_document(session, document_id)
                if locked.state != state:
                    raise Different(f"read back at {locked.state.seq}, in the core {state.seq}")
                outcome = advance(locked.state, [step], now=self.world.now, ids=iter(ids))
                await store.save(
                    session,
                    hospital_id=self.hospital_id,
                    document_id=document_id,
                    before=locked.state,
                    outcome=outcome,
                )
        except Refusal as refusal:
            return refusal.code
        return ""

    async def _compare_rows(self, document_id: uuid.UUID, state: InstanceState) -> None:
        """The rows written on the way are those the final state stands for."""
        instance, nodes, tasks = rebuild(state, document_id=document_id)
        async with self.database.reading(self.hospital_id) as session:
            compared: tuple[tuple[type[TenantRow], Any, list[dict[str, Any]]], ...] = (
                (ApprovalInstance, ApprovalInstance.id, [instance]),
                (ApprovalNode, ApprovalNode.instance_id, nodes),
                (ApprovalTask, ApprovalTask.instance_id, tasks),
            )
            for table, key, rows in compared:
                found = (await session.scalars(select(table).where(key == state.id))).all()
                _same_rows(table, rows, found)
                self.tally.rows += len(found)
            decisions = (
                await session.scalars(
                    select(ApprovalDecision.id).where(ApprovalDecision.instance_id == state.id)
                )
            ).all()
            numbers = (
                await session.scalars(
                    select(ApprovalEntry.seq).where(ApprovalEntry.instance_id == state.id)
                )
            ).all()
        self.tally.rows += len(decisions) + len(numbers)
        if set(decisions) != {one.id for one in state.decisions}:
            raise Different(f"document {document_id}: decisions differ")
        if max(numbers) > state.seq:
            raise Different(f"document {document_id}: the timeline is ahead of the state")


def _short(outcome: InstanceState | str) -> str:
    if isinstance(outcome, str):
        return outcome
    return f"{outcome.status.value} at {outcome.seq}"


def _same_rows(table: type[TenantRow], expected: list[dict[str, Any]], found: Any) -> None:
    stored = {row.id: row for row in found}
    if set(stored) != {row["id"] for row in expected}:
        raise Different(f"{table.__name__}: other rows are stored than the state has")
    for row in expected:
        for name, value in row.items():
            if getattr(stored[row["id"]], name) != value:
                raise Different(f"{table.__name__}.{name}: {value} in the core")


async def run_histories(
    owner: Database, database: Database, *, seeds: int, steps: int, first: int = 0
) -> Tally:
    """``steps`` commands in all, shared by the seeds. Raises Different at the first difference."""
    tally = Tally()
    for seed in range(first, first + seeds):
        history = _History(World(seed), database, seed + 1, tally)
        await _found(owner, history)
        try:
            await history.run(steps // seeds)
        except Different as difference:
            raise Different(f"seed {seed}, step {tally.steps}: {difference}") from difference
    return tally


async def _found(owner: Database, history: _History) -> None:
    """The hospital of a seed: its people, one department."""
    key = {"hospital_id": history.hospital_id}
    since = date(2020, 1, 1)
    async with owner.transaction(history.hospital_id) as session:
        await session.execute(
            insert(Hospital).values(
                id=history.hospital_id,
                code=f"seed-{history.hospital_id}",
                name="示例医院",
                tax_id="0",
                created_at=_NOW,
            )
        )
        await session.execute(insert(Campus).values(**key, id=_PLACE, code="A", name="本部"))
        await session.execute(
            insert(Department).values(
                **key,
                id=_PLACE,
                code="D",
                name="示例科",
                kind="clinical",
                campus_id=_PLACE,
                functional_for=[],
                valid_from=since,
            )
        )
        people = [
            {
                **key,
                "id": person,
                "employee_number": str(person.int),
                "name": f"示例{person.int}",
                "department_id": _PLACE,
                "rank": "STAFF",
                "job_category": "doctor",
                "joined_on": since,
            }
            for person in history.world.people.everybody
        ]
        await session.execute(insert(Staff), people)


async def main(seeds: int, steps: int, first: int) -> int:
    async with throwaway_database() as urls:
        owner, database = Database(urls.owner), Database(urls.app)
        started = time.perf_counter()
        try:
            tally = await run_histories(owner, database, seeds=seeds, steps=steps, first=first)
        except Different as difference:
            print(difference)
            return 1
        finally:
            await owner.close()
            await database.close()
    seconds = time.perf_counter() - started
    print(
        f"{seeds} seeds, {tally.steps} steps ({tally.accepted} accepted), {tally.documents} "
        f"documents, {tally.rows} rows compared, {seconds:.1f} s, "
        f"{tally.steps / seconds:.0f} steps/s, differences: 0"
    )
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Random histories, stored and in memory.")
    parser.add_argument("--steps", type=int, default=10_000, help="commands in all seeds together")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.seeds, options.steps, options.first)))
