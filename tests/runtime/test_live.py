"""Live updates: a row that commits late is not skipped, and a lost connection loses nothing."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Engine, event, text

from mobile_hrp.demo.waiting import until
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.live import CHANNEL, LiveUpdates, Notice
from mobile_hrp.services import events
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOSPITAL = HospitalPlan().hospital_id
ME = uuid.UUID(int=7)
WRITERS, EACH = 8, 12


@pytest.fixture
async def live(database: Database, owner_database: Database) -> AsyncIterator[LiveUpdates]:
    await seed_hospital(owner_database, HospitalPlan(staff=100), password_hash="-")
    updates = LiveUpdates(database)
    await updates.start()
    yield updates
    await updates.stop()


async def publish(database: Database, key: str, *, to: uuid.UUID = ME, linger: int = 0) -> None:
    """Write one event and keep its transaction open for ``linger`` round trips."""
    async with database.transaction(HOSPITAL) as session:
        await events.publish(
            session,
            hospital_id=HOSPITAL,
            kind="test",
            dedupe_key=key,
            subject_type="document",
            subject_id=new_id(),
            now=NOW,
            audience=[to],
        )
        for _ in range(linger):
            await session.execute(text("SELECT 1"))


async def arrived(queue: "asyncio.Queue[Notice]", seen: list[uuid.UUID], count: int) -> None:
    async def all_there() -> bool:
        while not queue.empty():
            seen.append(queue.get_nowait().subject_id)
        return len(seen) >= count

    await until(all_there, f"{count} notices", seconds=30)


async def test_eight_writers_that_commit_out_of_order_are_heard_in_full(
    database: Database, live: LiveUpdates
) -> None:
    """A cursor on the sequence alone would skip whoever commits after a later number was read."""

    async def write(writer: int) -> None:
        linger = random.Random(writer)  # noqa: S311 - the same disorder each time
        for number in range(EACH):
            await publish(database, f"{writer}:{number}", linger=linger.choice((0, 0, 3, 20)))
            live.committed(HOSPITAL)

    seen: list[uuid.UUID] = []
    async with live.subscribe(HOSPITAL, ME) as queue:
        writing = asyncio.gather(*(write(writer) for writer in range(WRITERS)))
        await arrived(queue, seen, WRITERS * EACH)
        await writing
        await publish(database, "last")
        await arrived(queue, seen, WRITERS * EACH + 1)
    assert len(seen) == len(set(seen)) == WRITERS * EACH + 1


async def test_a_transaction_that_stays_open_holds_back_but_hides_nothing(
    database: Database, live: LiveUpdates
) -> None:
    seen: list[uuid.UUID] = []
    early = new_id()
    async with live.subscribe(HOSPITAL, ME) as queue:
        async with database.transaction(HOSPITAL) as session:
            await events.publish(
                session,
                hospital_id=HOSPITAL,
                kind="test",
                dedupe_key="early",
                subject_type="document",
                subject_id=early,
                now=NOW,
                audience=[ME],
            )
            for number in range(5):
                await publish(database, f"overtaking:{number}")
                live.committed(HOSPITAL)
        live.committed(HOSPITAL)
        await arrived(queue, seen, 6)
    assert seen[0] == early


async def test_the_listener_may_be_killed_twice_and_every_notice_arrives(
    database: Database, live: LiveUpdates
) -> None:
    async def listening() -> int:
        async with database.reading(HOSPITAL) as session:
            found = await session.execute(
                text(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify($1, hospital)%')"
                )
            )
            return found.scalars().first() or 0

    seen: list[uuid.UUID] = []
    async with live.subscribe(HOSPITAL, ME) as queue:
        for number in range(30):
            await publish(database, f"one:{number}")
            live.committed(HOSPITAL)
            if number in {10, 20}:
                pid = await until(listening, "the listener to listen")
                async with database.transaction(HOSPITAL) as session:
                    killed = await session.execute(
                        text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}
                    )
                    assert killed.scalar_one() is True
        await arrived(queue, seen, 30)
    assert len(set(seen)) == 30


async def test_nobody_hears_what_is_meant_for_another(
    database: Database, live: LiveUpdates
) -> None:
    seen: list[uuid.UUID] = []
    async with live.subscribe(HOSPITAL, ME) as mine, live.subscribe(HOSPITAL + 1, ME) as elsewhere:
        await publish(database, "theirs", to=uuid.UUID(int=8))
        await publish(database, "mine")
        live.committed(HOSPITAL)
        await arrived(mine, seen, 1)
        assert elsewhere.empty()
    assert len(seen) == 1


async def test_a_slow_phone_keeps_the_newest_and_delays_nobody(
    database: Database, live: LiveUpdates
) -> None:
    async with live.subscribe(HOSPITAL, ME) as slow, live.subscribe(HOSPITAL, ME) as fast:
        for number in range(120):
            await publish(database, f"many:{number}")
        live.committed(HOSPITAL)
        seen: list[uuid.UUID] = []
        await arrived(fast, seen, 100)

        async def full() -> bool:
            return slow.full()

        await until(full, "the slow queue to fill")
        assert slow.qsize() == 100


async def test_subscribers_that_come_and_go_leave_nothing_behind(
    database: Database, live: LiveUpdates
) -> None:
    """Also while a reading is on its way: the reader must survive a hospital that has just left."""
    for number in range(10):
        async with live.subscribe(HOSPITAL, ME), live.subscribe(HOSPITAL + 1, ME):
            await publish(database, f"coming:{number}")
            live.committed(HOSPITAL)
    seen: list[uuid.UUID] = []
    async with live.subscribe(HOSPITAL, ME) as queue:
        await publish(database, "still here")
        live.committed(HOSPITAL)
        await arrived(queue, seen, 1)
    assert live.watched == frozenset()


@asynccontextmanager
async def overheard(database: Database) -> AsyncIterator[list[str]]:
    """What anybody announces to the processes, as another process hears it."""
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    heard: list[str] = []
    await connection.add_listener(CHANNEL, lambda *given: heard.append(given[-1]))
    try:
        yield heard
    finally:
        await connection.close()


@pytest.mark.parametrize("connected", [True, False])
async def test_a_commit_is_announced_with_and_without_the_listening_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch, connected: bool
) -> None:
    """Without it the pool does, so nobody waits for the poll; with it the pool is left alone."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    async def refused(*_: Any) -> None:
        raise ConnectionRefusedError

    async def both_listen() -> bool:
        async with database.engine.connect() as connection:
            listening = await connection.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                )
            )
        return bool(listening == 2)

    updates = LiveUpdates(database)
    async with overheard(database) as heard:
        if not connected:
            async with database.engine.connect():
                pass  # the pool has a connection now
            monkeypatch.setattr(asyncpg, "connect", refused)
        await updates.start()
        if connected:
            await until(both_listen, "both to listen")
        event.listen(Engine, "before_cursor_execute", note)
        try:
            updates.committed(HOSPITAL)

            async def told() -> bool:
                return bool(heard)

            await until(told, "the announcement")
        finally:
            event.remove(Engine, "before_cursor_execute", note)
            await updates.stop()
    assert heard == [str(HOSPITAL)]
    assert any("pg_notify" in one for one in asked) is not connected
