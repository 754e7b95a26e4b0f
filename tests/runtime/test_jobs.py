"""A job exists if, and only if, the transaction it follows from was committed."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import text

from mobile_hrp.demo.waiting import until
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import Database, WriteSession

HOSPITAL = 7


async def waiting(database: Database) -> int:
    async with database.reading(HOSPITAL) as session:
        return int((await session.execute(text("SELECT count(*) FROM pgqueuer"))).scalar_one())


async def test_a_job_is_there_after_the_commit(database: Database) -> None:
    async with database.transaction(HOSPITAL) as session:
        await jobs.enqueue(session, "read", {"receipt_id": "1"})
    assert await waiting(database) == 1


async def test_a_job_goes_with_the_transaction_that_is_rolled_back(database: Database) -> None:
    async def fail_afterwards() -> None:
        async with database.transaction(HOSPITAL) as session:
            await jobs.enqueue(session, "read", {"receipt_id": "1"})
            raise LookupError

    with pytest.raises(LookupError):
        await fail_afterwards()
    assert await waiting(database) == 0


async def test_a_job_that_is_the_very_first_statement_is_rolled_back_too(
    database: Database,
) -> None:
    """SQLAlchemy's asyncpg begins the transaction with the first statement, not with begin()."""
    async with database._sessions() as session:  # noqa: SLF001 - a session with nothing said yet
        await session.begin()
        await jobs.enqueue(WriteSession(session), "read", {"receipt_id": "1"})
        await session.rollback()
    assert await waiting(database) == 0


async def test_a_job_with_a_key_that_waits_is_not_added_again(database: Database) -> None:
    for _ in range(2):
        async with database.transaction(HOSPITAL) as session:
            await jobs.enqueue(session, "read", {"receipt_id": "1"}, dedupe_key="read:1")
    assert await waiting(database) == 1


async def test_a_runner_hands_each_job_over_and_stops_when_told(database: Database) -> None:
    seen: list[str] = []

    async def read(payload: Mapping[str, str]) -> None:
        seen.append(payload["receipt_id"])

    async with database.transaction(HOSPITAL) as session:
        for number in range(3):
            await jobs.enqueue(session, "read", {"receipt_id": number})
    stop = asyncio.Event()
    running = asyncio.create_task(jobs.JobRunner(database, {"read": read}, concurrency=1).run(stop))

    async def emptied() -> bool:
        return len(seen) == 3 and await waiting(database) == 0

    await until(emptied, "three jobs to be done")
    stop.set()
    await running
    assert sorted(seen) == ["0", "1", "2"]
