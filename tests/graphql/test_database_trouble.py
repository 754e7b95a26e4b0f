"""Trouble of the database that passes: the person's mutation counts once, or is told BUSY."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.graphql.door import Door
from tests.services.seeded import open_seeded

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.database_trouble import Trouble, trouble_of
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.schema import schema
from mobile_hrp.services.ports import Services

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
async def viewer(database: Database, owner_database: Database) -> Viewer:
    hospital = await open_seeded(database, owner_database)
    return await hospital.viewer(hospital.member("CARD"))


def context_of(database: Database, viewer: Viewer, kind: type[Context] = Context) -> Context:
    return kind(
        database=database,
        clock=lambda: NOW,
        live=LiveUpdates(database),
        services=cast("Services", None),  # no adapter is reached
        viewer=viewer,
    )


class Work:
    """Counts its tries; the first of them meets what ``trouble`` does to it."""

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble
        self.tries = 0

    async def __call__(self, session: WriteSession, _: Viewer, __: datetime) -> Mapping[str, Any]:
        self.tries += 1
        if self.tries == 1:
            await session.execute(text(self.trouble))
        return {"try": self.tries}


async def performed(context: Context, work: Work) -> Outcome:
    info = cast("Info", SimpleNamespace(context=context))
    return await perform(info, operation="try", key=str(uuid.uuid4()), body={}, work=work)


async def kept(database: Database, viewer: Viewer) -> int:
    async with database.reading(viewer.hospital_id, staff_id=viewer.staff_id) as session:
        return (await session.scalars(select(func.count(IdempotencyRecord.key)))).one()


async def test_a_connection_that_dies_costs_a_try_and_nothing_else(
    database: Database, viewer: Viewer
) -> None:
    work = Work("SELECT pg_terminate_backend(pg_backend_pid())")

    outcome = await performed(context_of(database, viewer), work)

    assert (outcome.errors, outcome.result, work.tries) == ([], {"try": 2}, 2)
    assert await kept(database, viewer) == 1


async def test_a_transaction_left_idle_for_too_long_is_done_again(
    database: Database, viewer: Viewer
) -> None:
    work = Work("SET LOCAL idle_in_transaction_session_timeout = 1")

    class Slow(Context):
        @asynccontextmanager
        async def writing(self) -> AsyncIterator[WriteSession]:
            async with super().writing() as session:
                yield session
                if work.tries == 1:
                    # the server hangs up on its own while we compute
                    await _until_gone(database, session)

    outcome = await performed(context_of(database, viewer, Slow), work)

    assert (outcome.errors, work.tries) == ([], 2)
    assert await kept(database, viewer) == 1


async def _until_gone(database: Database, session: WriteSession) -> None:
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    pid = raw.get_server_pid()
    async with database.engine.connect() as other:
        alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        while (await other.execute(alive, {"pid": pid})).scalar_one():
            await other.rollback()


async def test_an_answer_lost_after_the_commit_is_found_by_its_key(
    database: Database, viewer: Viewer
) -> None:
    lost: list[bool] = []

    class Deaf(Context):
        @asynccontextmanager
        async def writing(self) -> AsyncIterator[WriteSession]:
            async with super().writing() as session:
                yield session
            if not lost:
                lost.append(True)
                raise DBAPIError("COMMIT", None, OSError("reset"), connection_invalidated=True)

    work = Work("SELECT 1")
    outcome = await performed(context_of(database, viewer, Deaf), work)

    assert (outcome.result, outcome.replayed, work.tries) == ({"try": 1}, True, 1)
    assert await kept(database, viewer) == 1


@pytest.mark.parametrize("state", ["query_canceled", "lock_not_available"])
async def test_what_takes_too_long_is_refused_and_not_tried_again(
    database: Database, viewer: Viewer, state: str
) -> None:
    work = Work(f"DO $$ BEGIN RAISE {state}; END $$")

    outcome = await performed(context_of(database, viewer), work)

    assert [error.code.value for error in outcome.errors] == ["BUSY"]
    assert work.tries == 1
    assert await kept(database, viewer) == 0


async def test_a_fault_of_ours_is_not_called_trouble(database: Database, viewer: Viewer) -> None:
    with pytest.raises(IntegrityError) as raised:
        await performed(
            context_of(database, viewer), Work("DO $$ BEGIN RAISE check_violation; END $$")
        )

    assert trouble_of(raised.value) is None


async def test_a_connection_that_is_still_at_work_for_somebody_else_is_trouble(
    database: Database,
) -> None:
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        busy = asyncio.create_task(raw.fetchval("SELECT pg_sleep(0.3)"))
        await asyncio.sleep(0)
        with pytest.raises(DBAPIError) as raised:
            await connection.execute(text("SELECT 1"))
        await busy
        assert trouble_of(raised.value) is Trouble.LOST
        with pytest.raises(DBAPIError) as other:
            await connection.execute(text("SELECT 'another operation'::int"))
        assert trouble_of(other.value) is None


async def test_a_pool_with_nothing_left_is_busy_for_readers_too(
    database: Database, viewer: Viewer
) -> None:
    narrow = Database(
        database.url.render_as_string(hide_password=False), pool_size=1, max_overflow=0
    )
    narrow.engine.pool._timeout = 0.01  # type: ignore[attr-defined]  # noqa: SLF001 - no waiting
    try:
        async with narrow.engine.connect():
            answer = await schema.execute(
                "{ unreadCount }", context_value=context_of(narrow, viewer)
            )
    finally:
        await narrow.close()

    found = format_errors(getattr(answer, "errors", None) or [], "zh")
    assert [error["extensions"]["code"] for error in found] == ["BUSY"]
    assert found[0]["extensions"]["retryable"]


async def test_a_database_that_is_not_there_is_told_as_passing() -> None:
    door = Door(trouble=FileNotFoundError(2, "no such socket"))  # asyncpg's, where none listens
    answer = await door.post({"query": "{ me { id } }"})
    (error,) = answer.json["errors"]
    assert answer.status == 503
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("BUSY", True)
    assert b"socket" not in answer.raw
