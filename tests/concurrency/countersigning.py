"""Everybody of a countersigning step (会签) decides at once: the step always completes.

    python -m tests.concurrency.countersigning --rounds 60
    python -m tests.concurrency.countersigning --rounds 60 --lock task

``--lock task`` plants the fault that this guards against: each approver locks their own task, reads
the approval, and does not see that the others are agreeing too. The version of the instance row and
the unique sequence number then refuse the later writer, who is lost although entitled, and the step
waits for ever. The exit code is 1 when a step did not complete.
"""
# ruff: noqa: T201 - a command prints its result

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select
from tests.concurrency.deciding import Lock, give_verdict
from tests.concurrency.papers import HOSPITAL_ID, SNAPSHOT, Office, open_office
from tests.concurrency.throwaway import throwaway_database

from mobile_hrp.domain.approval.commands import Approve
from mobile_hrp.domain.approval.terms import InstanceStatus, SignMode
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.runtime.database import Database

SIZES = range(2, 7)


@dataclass
class Tally:
    steps: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)


async def run_rounds(office: Office, rounds: int, *, lock: Lock = Lock.INSTANCE) -> Tally:
    """``rounds`` steps of every size; ``stuck`` names those that did not complete."""
    tally = Tally()
    for number in range(rounds):
        for size in SIZES:
            await _round(office, number, size, lock, tally)
    return tally


async def _round(office: Office, number: int, size: int, lock: Lock, tally: Tally) -> None:
    paper = await office.paper(SignMode.ALL, office.colleagues[:size])
    answers = await asyncio.gather(
        *(
            give_verdict(office, who, Approve(task_id, SNAPSHOT), lock)
            for who, task_id in paper.tasks.items()
        )
    )
    async with office.database.reading(HOSPITAL_ID) as session:
        status = await session.scalar(
            select(ApprovalInstance.status).where(ApprovalInstance.document_id == paper.document_id)
        )
    tally.steps += 1
    tally.answers.update(answers)
    if status is not InstanceStatus.APPROVED:
        tally.stuck.append(f"round {number}, {size} people: {answers}, {status}")


async def main(rounds: int, lock: Lock) -> int:
    async with throwaway_database() as urls:
        owner, database = Database(urls.owner), Database(urls.app)
        try:
            office = await open_office(owner, database)
            started = time.perf_counter()
            tally = await run_rounds(office, rounds, lock=lock)
        finally:
            await owner.close()
            await database.close()
    for line in tally.stuck[:5]:
        print(line)
    print("answers: " + ", ".join(f"{code} {count}" for code, count in tally.answers.most_common()))
    print(
        f"{tally.steps} countersigning steps of {SIZES.start} to {SIZES.stop - 1} people, "
        f"{time.perf_counter() - started:.1f} s, lock on the {lock.value}, "
        f"never completed: {len(tally.stuck)}"
    )
    return 1 if tally.stuck else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Everybody countersigns at once.")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--lock", type=Lock, choices=tuple(Lock), default=Lock.INSTANCE)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.rounds, options.lock)))
