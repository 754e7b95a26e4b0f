"""Statements that run for every single delivery go to asyncpg without a layer in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from mobile_hrp.runtime.database import Database

DRIVER_TROUBLE = (
    OSError,  # a timeout is one
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was cut off in the middle of a statement
)
"""What the driver raises when a connection or its server cannot go on."""

_SCOPE = "SELECT set_config('app.hospital_id', '{:d}', true), set_config('app.staff_id', '', true)"

_SESSION_SCOPE = "SELECT set_config('app.hospital_id', '{:d}', false)"
_NO_SCOPE = "SELECT set_config('app.hospital_id', '', false)"


async def raw_connection(session: AsyncSession) -> Any:
    """The driver's connection under the session, inside the session's transaction."""
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


@asynccontextmanager
async def raw_transaction(
    database: Database, hospital_id: int, *, durable: bool = True
) -> AsyncIterator[Any]:
    """A transaction of one hospital on a pooled connection, in two round trips less.

    ``durable`` False does not wait for the disk: for what a crash of the server may forget.
    """
    begin = ["BEGIN", _SCOPE.format(hospital_id)]
    if not durable:
        begin.append("SET LOCAL synchronous_commit = off")
    async with database.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await raw.execute(";".join(begin))
            yield raw
            await raw.execute("COMMIT")
        except BaseException:
            await _roll_back(connection, raw)
            raise


@dataclass(slots=True)
class _Kept:
    connection: AsyncConnection
    raw: Any
    hospital_id: int
    since: float = 0.0


class KeptConnections:
    """Connections for statements that are transactions by themselves, for one hospital each.

    One that was just used stays that hospital's for a moment, so that a row of statements costs a
    round trip each and not three. Then the hospital is taken from it and it goes back to the pool;
    one that may still have it never does.
    """

    def __init__(self, database: Database, *, most: int = 5, seconds: float = 0.5) -> None:
        self._database, self._most, self._seconds = database, most, seconds
        self._idle: list[_Kept] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def of(self, hospital_id: int) -> AsyncIterator[Any]:
        """The driver's connection: what one statement did is durable when it returns."""
        kept = self._reuse(hospital_id) or await self._open(hospital_id)
        try:
            yield kept.raw
        except BaseException:
            await _discard(kept)
            raise
        if len(self._idle) < self._most:
            self._keep(kept)
        else:
            await _give_back(kept)

    async def close(self) -> None:
        """Give all back; those in use are kept again when their statement has ended."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        idle, self._idle = self._idle, []
        for kept in idle:
            await _give_back(kept)
        await asyncio.gather(*self._tasks)

    def _reuse(self, hospital_id: int) -> _Kept | None:
        for kept in self._idle:
            if kept.hospital_id == hospital_id and not kept.raw.is_closed():
                self._idle.remove(kept)
                return kept
        return None

    async def _open(self, hospital_id: int) -> _Kept:
        connection = await self._database.engine.connect()
        kept = _Kept(connection, None, hospital_id)
        try:
            kept.raw = (await connection.get_raw_connection()).driver_connection
            await kept.raw.execute(_SESSION_SCOPE.format(hospital_id))
        except BaseException:
            await _discard(kept)
            raise
        return kept

    def _keep(self, kept: _Kept) -> None:
        loop = asyncio.get_running_loop()
        kept.since = loop.time()
        self._idle.append(kept)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._seconds, self._sweep)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeper = None
        old = [kept for kept in self._idle if loop.time() - kept.since >= self._seconds]
        self._idle = [kept for kept in self._idle if kept not in old]
        for kept in old:
            task = asyncio.create_task(_give_back(kept))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._idle:
            self._sweeper = loop.call_later(self._seconds, self._sweep)


async def _give_back(kept: _Kept) -> None:
    try:
        await kept.raw.execute(_NO_SCOPE)
        await kept.connection.close()
    except (*DRIVER_TROUBLE, SQLAlchemyError):
        await _discard(kept)  # what was asked for is done all the same


async def _discard(kept: _Kept) -> None:
    """End the connection: nobody may be given one that has a hospital."""
    await kept.connection.invalidate()
    await kept.connection.close()


async def _roll_back(connection: AsyncConnection, raw: Any) -> None:
    """Leave the connection as it was found, or do not give it back to the pool."""
    try:
        await raw.execute("ROLLBACK", timeout=1.0)
    except DRIVER_TROUBLE:
        await connection.invalidate()
