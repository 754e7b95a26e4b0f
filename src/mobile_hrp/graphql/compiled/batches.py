"""Many callers of a short statement, answered by one run of it.

What phones ask to see whether anything changed costs less to find out than to ask the database
about. Callers that come while the statement runs wait for its next run, which begins after they
came: what they get is no older than had each asked alone, and their tokens are proven in it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
import structlog

from mobile_hrp.graphql.compiled.pool import PlanPool

TOGETHER_MAX = 64
UNANSWERED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)

_Key: TypeAlias = tuple[str, int]
_Waiting: TypeAlias = tuple[Sequence[Any], asyncio.Future[Any]]


class Batches:
    """Runs statements of ``statement.whole_statement`` that are written for many callers."""

    def __init__(self, pool: PlanPool) -> None:
        self._pool = pool
        self._waiting: dict[_Key, list[_Waiting]] = defaultdict(list)
        self._running: dict[_Key, asyncio.Task[None]] = {}

    async def row(self, sql: str, hospital_id: int, arguments: Sequence[Any]) -> Any:
        """The row of this caller, or None where the statement failed for whatever reason."""
        key = (sql, hospital_id)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[key].append((arguments, future))
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._run(key), name="batch")
        return await future

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _run(self, key: _Key) -> None:
        """One run after the other, until nobody waits."""
        try:
            while waiting := self._waiting.pop(key, None):
                together, rest = waiting[:TOGETHER_MAX], waiting[TOGETHER_MAX:]
                if rest:
                    self._waiting[key] = rest
                await self._answer(key, together)
        finally:
            del self._running[key]

    async def _answer(self, key: _Key, together: Sequence[_Waiting]) -> None:
        sql, hospital_id = key
        columns = zip(*(arguments for arguments, _ in together), strict=True)
        found: dict[int, Any] = {}
        try:
            rows = await self._pool.rows(sql, [str(hospital_id), *map(list, columns)])
            found = {row["caller"]: row for row in rows}
        except UNANSWERED as problem:
            _log.info("batch gave up", problem=type(problem).__name__, DEBUG=str(problem))
        finally:
            for number, (_, future) in enumerate(together, start=1):
                if not future.done():
                    future.set_result(found.get(number))
