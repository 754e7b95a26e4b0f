"""Statements by the driver itself: part of the session's transaction, and in trouble as any."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Integer, bindparam, event, literal, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.models.document import DocumentVersion
from mobile_hrp.models.identity import Device
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.database_trouble import Trouble, trouble_of
from mobile_hrp.runtime.plain_sql import PlainSql, rows_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_PUT = PlainSql(
    "INSERT INTO hospital (id, code, name, tax_id, created_at)"
    " VALUES (:id, :code, :code, :code::text, now())"
)
_ALL = PlainSql("SELECT code FROM hospital WHERE id >= 900 ORDER BY id")


@pytest.fixture
async def owner(owner_database: Database) -> AsyncIterator[Database]:
    yield owner_database
    async with owner_database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM hospital WHERE id >= 900"))


async def codes(database: Database) -> list[str]:
    async with AsyncSession(database.engine) as session:
        return await _ALL.column(session, {})


async def failed(database: Database, *statements: str) -> DBAPIError:
    """How a transaction of these statements ended."""
    try:
        async with database.transaction(7) as session:
            for one in statements:
                await rows_of(session, one)
    except DBAPIError as problem:
        return problem
    raise AssertionError("it was committed")


async def test_the_very_first_statement_is_rolled_back_too(owner: Database) -> None:
    """SQLAlchemy has not begun by then, and the driver by itself would commit it."""
    async with AsyncSession(owner.engine) as session:
        await _PUT.rows(session, {"id": 901, "code": "first"})
        await session.rollback()
        assert await _ALL.column(session, {}) == []
        await _PUT.rows(session, {"id": 902, "code": "second"})
        await session.commit()
        await _PUT.rows(session, {"id": 903, "code": "third"})
    assert await codes(owner) == ["second"]


async def test_what_is_refused_is_raised_as_sqlalchemy_raises_it(owner: Database) -> None:
    async with AsyncSession(owner.engine) as session:
        await _PUT.rows(session, {"id": 901, "code": "same"})
        with pytest.raises(IntegrityError) as refused:
            await _PUT.rows(session, {"id": 901, "code": "same"})
        assert trouble_of(refused.value) is Trouble.CONFLICT
        assert not refused.value.connection_invalidated
    cut = await failed(owner, "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(1)")
    assert trouble_of(cut) is Trouble.OVERLOAD
    assert await codes(owner) == []


async def test_a_connection_that_is_lost_midway_is_not_used_again(owner: Database) -> None:
    put = (
        "INSERT INTO hospital (id, code, name, tax_id, created_at) VALUES (901, '', '', '', now())"
    )
    lost = await failed(owner, put, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert trouble_of(lost) is Trouble.LOST
    assert await codes(owner) == []


async def test_who_listens_to_the_engine_hears_of_it(owner: Database) -> None:
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await codes(owner)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert heard.count(_ALL.sql) == 1


async def test_names_stand_for_places_and_casts_stay_casts(owner: Database) -> None:
    assert PlainSql("SELECT :one::int, :two, :one").sql == "SELECT $1::int, $2, $1"
    key = uuid.uuid4()
    async with AsyncSession(owner.engine) as session:
        composed = PlainSql.of(select(bindparam("n", type_=Integer) + 1, literal("kept")))
        assert await composed.value(session, {"n": 4}) == 5
        assert (await composed.rows(session, {"n": 5}))[0][1] == "kept"
        assert await PlainSql("SELECT :key::uuid").value(session, {"key": key}) == key
        assert await PlainSql("SELECT 1 WHERE false").value(session, {}) is None


def test_what_only_sqlalchemy_can_read_is_not_sent_past_it() -> None:
    """A sealed value would come out as it is stored."""
    for column in (DocumentVersion.content, Device.platform):
        with pytest.raises(TypeError):
            PlainSql.of(select(column))


async def test_what_is_pending_is_written_before(owner: Database) -> None:
    made = Hospital(id=901, code="pending", name="", tax_id="", created_at=NOW)
    async with AsyncSession(owner.engine) as session:
        session.add(made)
        assert await _ALL.column(session, {}) == ["pending"]
        made.code = "changed"
        assert await _ALL.column(session, {}) == ["changed"]
