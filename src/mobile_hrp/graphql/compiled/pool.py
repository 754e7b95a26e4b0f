"""Connections for compiled statements alone: generic plans, prepared once, read-only.

Not asyncpg's own pool: that one resets a connection after each use and guards it by a task, which
costs a third of what a short statement costs here. Nothing is left behind that had to be reset:
each statement is a transaction of its own, and its settings end with it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from mobile_hrp.runtime.database import Database

SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "default_transaction_read_only": "on",
    # A statement is planned once: with LIMIT $n the planner would choose custom plans for ever.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # What phones ask for is in memory: at the default of 4 small tables are read from end to end.
    "random_page_cost": "1.1",
}


@dataclass(slots=True)
class _Held:
    """A connection with the statements prepared on it."""

    connection: asyncpg.Connection
    statements: dict[str, Any] = field(default_factory=dict)


class PlanPool:
    """On the same server and as the same role as ``database``: row-level security holds.

    Connections are opened as they are needed, up to ``size``, and given to who waited longest.
    """

    def __init__(self, database: Database, *, size: int = 10) -> None:
        url = database.url.set(drivername="postgresql")
        self._dsn = url.render_as_string(hide_password=False)
        self._size = size
        self._open = 0
        self._idle: list[_Held] = []
        self._waiting: deque[asyncio.Future[_Held | None]] = deque()
        self._closed = False

    async def row(self, sql: str, arguments: Sequence[Any]) -> Any:
        """The first row, or None. Raises what asyncpg raises."""
        held = await self._take()
        try:
            statement = held.statements.get(sql) or await self._prepared(held, sql)
            return await statement.fetchrow(*arguments)
        except asyncpg.PostgresError:
            held.statements.pop(sql, None)  # it may have been outdated by a migration
            raise
        except BaseException:
            held.connection.terminate()  # cancelled midway: its answer is still to come
            raise
        finally:
            self._give(held)

    async def rows(self, sql: str, arguments: Sequence[Any]) -> list[Any]:
        """All rows. Raises what asyncpg raises."""
        held = await self._take()
        try:
            statement = held.statements.get(sql) or await self._prepared(held, sql)
            found: list[Any] = await statement.fetch(*arguments)
        except asyncpg.PostgresError:
            held.statements.pop(sql, None)
            raise
        except BaseException:
            held.connection.terminate()
            raise
        else:
            return found
        finally:
            self._give(held)

    async def close(self) -> None:
        """Close what is idle; what is in use ends when it is given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().connection.close()

    async def _prepared(self, held: _Held, sql: str) -> Any:
        made = held.statements[sql] = await held.connection.prepare(sql)
        return made

    async def _take(self) -> _Held:
        while True:
            while self._idle:
                held = self._idle.pop()
                if not held.connection.is_closed():
                    return held
                self._open -= 1
            if self._open < self._size:
                return await self._opened()
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                given: _Held | None = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._pass_on(waiter.result())
                raise
            if given is not None:
                return given

    async def _opened(self) -> _Held:
        self._open += 1
        try:
            return _Held(
                await asyncpg.connect(
                    self._dsn, server_settings=SERVER_SETTINGS, statement_cache_size=1
                )
            )
        except BaseException:
            self._open -= 1
            self._pass_on(None)
            raise

    def _give(self, held: _Held) -> None:
        if self._closed:
            held.connection.terminate()
        if held.connection.is_closed():
            self._open -= 1
            self._pass_on(None)
        else:
            self._pass_on(held)

    def _pass_on(self, held: _Held | None) -> None:
        """To who waits, who opens a connection of their own where there is none to pass on."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(held)
                return
        if held is not None:
            self._idle.append(held)
