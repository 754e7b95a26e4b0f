"""SQL that is the same each time, sent by the driver itself in the transaction of a session.

SQLAlchemy carries a statement through a greenlet, a compiled form, a cursor and a result, which
costs four times what the driver costs. Where values go in and come out as the driver takes and
gives them, none of it does anything. What is pending in the session is flushed before; who listens
to the engine's statements hears of these too; and what goes wrong is raised as SQLAlchemy would.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from sqlalchemy import Connection, Select, text
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.sql.compiler import SQLCompiler

_NAME: Final = re.compile(r"(?<!:):([a-z_]+)")
_DIALECT: Final = dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_FIRST: Final = text("SELECT 1")
_KEPT: Final = "plain_sql"
_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class PlainSql:
    """A statement with ``:names``, of which each stands for one value of one type."""

    def __init__(self, written: str) -> None:
        self._names = tuple(dict.fromkeys(_NAME.findall(written)))
        numbers = {name: f"${number}" for number, name in enumerate(self._names, start=1)}
        self.sql = _NAME.sub(lambda found: numbers[found[1]], written).strip()
        self._constants: Mapping[str, Any] = {}

    @classmethod
    def of(cls, composed: Select[*tuple[Any, ...]]) -> "PlainSql":
        """A statement that SQLAlchemy composes, once.

        Raises:
            TypeError: it answers with what only SQLAlchemy can read (enums, sealed values).
        """
        for column in composed.selected_columns:
            if column.type.result_processor(_DIALECT, None) is not None:
                raise TypeError(f"{column} is not answered as the driver gives it")
        compiled = composed.compile(dialect=_DIALECT)
        made = cls("")
        made.sql = compiled.string
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of what is no DDL
        made._names = tuple(compiled.positiontup or ())
        made._constants = {name: one for name, one in compiled.params.items() if one is not None}
        return made

    async def rows(self, session: AsyncSession, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows. Raises DBAPIError."""
        if self._constants:
            values = {**self._constants, **values}
        return await rows_of(session, self.sql, [values[name] for name in self._names])

    async def column(self, session: AsyncSession, values: Mapping[str, Any]) -> list[Any]:
        """The first value of each row. Raises DBAPIError."""
        return [row[0] for row in await self.rows(session, values)]

    async def value(self, session: AsyncSession, values: Mapping[str, Any]) -> Any:
        """The first value of the first row, None without a row. Raises DBAPIError."""
        rows = await self.rows(session, values)
        return rows[0][0] if rows else None


async def rows_of(session: AsyncSession, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Any]:
    """The rows of a statement with places ``$1`` and so on. Raises DBAPIError."""
    if session.new or session.dirty or session.deleted:
        await session.flush()
    way = await _way_of(session)
    for note in way.connection.dispatch.before_cursor_execute:
        note(way.connection, None, sql, arguments, None, False)
    try:
        found: Sequence[Any] = await way.driver.fetch(sql, *arguments)
    except _FAILURES as problem:
        raise _raised(problem, sql, arguments, lost=way.driver.is_closed()) from problem
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """The driver's connection of a session, good for one transaction."""

    transaction: SessionTransaction | None
    connection: Connection
    driver: Any


async def _way_of(session: AsyncSession) -> _Way:
    known: _Way | None = session.info.get(_KEPT)
    if known is not None and known.transaction is session.sync_session.get_transaction():
        return known
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    sync = connection.sync_connection
    assert driver is not None and sync is not None  # noqa: S101, PT018 - in use, so they are there
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its first statement; before it, this one would commit by itself
        await session.execute(_FIRST)
    made = _Way(session.sync_session.get_transaction(), sync, driver)
    session.info[_KEPT] = made
    return made


def _raised(problem: Exception, sql: str, arguments: Sequence[Any], *, lost: bool) -> DBAPIError:
    kind = DBAPIError
    if isinstance(problem, asyncpg.IntegrityConstraintViolationError):
        kind = IntegrityError
    elif isinstance(problem, asyncpg.InterfaceError):
        kind = InterfaceError
    return kind(sql, tuple(arguments), problem, connection_invalidated=lost)
