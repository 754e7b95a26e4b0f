"""Statements that run for every single delivery go to asyncpg without a layer in between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from mobile_hrp.runtime.database import Database

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


@asynccontextmanager
async def raw_statement(database: Database, hospital_id: int) -> AsyncIterator[Any]:
    """A connection for one statement that is a transaction by itself: durable when it returns.

    The hospital is set for the session and taken away afterwards, when nobody waits any more. A
    connection that may still have it is not given back.
    """
    async with database.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await raw.execute(_SESSION_SCOPE.format(hospital_id))
            yield raw
        except BaseException:
            await connection.invalidate()
            raise
        try:
            await raw.execute(_NO_SCOPE)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.invalidate()  # what was asked for is done all the same


async def _roll_back(connection: AsyncConnection, raw: Any) -> None:
    """Leave the connection as it was found, or do not give it back to the pool."""
    try:
        await raw.execute("ROLLBACK", timeout=1.0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.invalidate()
