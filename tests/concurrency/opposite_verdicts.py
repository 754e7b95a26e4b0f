"""Two devices give opposite verdicts at once: exactly one counts.

    python -m tests.concurrency.opposite_verdicts --pairs 2000

Even pairs: one person, two phones, one task. Odd pairs: two people of an any-one step (或签), one
agrees while the other refuses. Each verdict has a connection of its own. The exit code is 1 when a
pair did not end with exactly one verdict.
"""
# ruff: noqa: T201 - a command prints its result

import argparse
import asyncio
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select
from tests.concurrency.deciding import ACCEPTED, LOST, Lock, give_verdict
from tests.concurrency.papers import HOSPITAL_ID, SNAPSHOT, Office, open_office
from tests.concurrency.throwaway import throwaway_database

from mobile_hrp.domain.approval.commands import Approve, Reject
from mobile_hrp.domain.approval.terms import SignMode
from mobile_hrp.models.approval import ApprovalDecision, ApprovalInstance
from mobile_hrp.runtime.database import Database


@dataclass
class Tally:
    pairs: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    approved: int = 0
    wrong: list[str] = field(default_factory=list)


async def run_pairs(office: Office, pairs: int, *, at_once: int = 4) -> Tally:
    """Run the pairs, a few side by side; ``wrong`` names those without exactly one verdict."""
    tally = Tally()
    for start in range(0, pairs, at_once):
        numbers = range(start, min(start + at_once, pairs))
        await asyncio.gather(*(_pair(office, number, tally) for number in numbers))
    return tally


async def _pair(office: Office, number: int, tally: Tally) -> None:
    first, second = office.colleagues[0], office.colleagues[number % 2]
    mode = SignMode.ANY
    paper = await office.paper(mode, tuple(dict.fromkeys((first, second))))
    verdicts: list[tuple[uuid.UUID, Approve | Reject]] = [
        (first, Approve(paper.tasks[first], SNAPSHOT)),
        (second, Reject(paper.tasks[second], SNAPSHOT, "不同意")),
    ]
    if number % 4 > 1:  # neither verdict is always the first to be sent
        verdicts.reverse()
    answers = await asyncio.gather(
        *(give_verdict(office, who, command, Lock.INSTANCE) for who, command in verdicts)
    )
    async with office.database.reading(HOSPITAL_ID) as session:
        row = await session.execute(
            select(ApprovalInstance.status, func.count(ApprovalDecision.id))
            .outerjoin(
                ApprovalDecision,
                (ApprovalDecision.hospital_id == ApprovalInstance.hospital_id)
                & (ApprovalDecision.instance_id == ApprovalInstance.id),
            )
            .where(ApprovalInstance.document_id == paper.document_id)
            .group_by(ApprovalInstance.status)
        )
        status, decisions = row.one()
    tally.pairs += 1
    tally.answers.update(answers)
    tally.approved += status.value == "approved"
    won = [
        type(command).__name__
        for (_, command), answer in zip(verdicts, answers, strict=True)
        if answer == ACCEPTED
    ]
    expected = {"Approve": "approved", "Reject": "rejected"}
    one_won = len(won) == 1 and decisions == 1 and status.value == expected[won[0]]
    if not one_won or LOST in answers:
        tally.wrong.append(f"pair {number}: {answers}, {decisions} decisions, {status.value}")


async def main(pairs: int) -> int:
    async with throwaway_database() as urls:
        owner, database = Database(urls.owner), Database(urls.app)
        try:
            office = await open_office(owner, database)
            started = time.perf_counter()
            tally = await run_pairs(office, pairs)
        finally:
            await owner.close()
            await database.close()
    for line in tally.wrong[:20]:
        print(line)
    print("answers: " + ", ".join(f"{code} {count}" for code, count in tally.answers.most_common()))
    print(
        f"{tally.pairs} pairs of opposite verdicts, {time.perf_counter() - started:.1f} s, "
        f"{tally.approved} approved, {tally.pairs - tally.approved} rejected, "
        f"without exactly one verdict: {len(tally.wrong)}"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Opposite verdicts from two connections.")
    parser.add_argument("--pairs", type=int, default=2000)
    sys.exit(asyncio.run(main(parser.parse_args().pairs)))
