"""Many callers of a statement, answered by one run of it.

To run a statement costs PostgreSQL a beginning and an end, whoever asks; for what phones ask to see
whether anything changed, that is most of it. A few *lanes* run a statement side by side. Who comes
while all are busy waits for the next run, which begins after they came: what they get is no older
than had each asked alone, and their tokens are proven in it. Nobody waits for others to come.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from mobile_hrp.graphql.compiled.pool import PlanPool

UNANSWERED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many callers a run answers at most, and how many runs there are side by side."""

    together: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One of ``statement.whole_statement`` that is written for many callers of a hospital."""

    sql: str
    hospital_id: int
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class _Caller:
    arguments: Sequence[Any]
    answer: asyncio.Future[Any]


class Batches:
    """Runs statements for callers that come from anywhere in this process."""

    def __init__(self, pool: PlanPool) -> None:
        self._pool = pool
        self._waiting: dict[Statement, deque[_Caller]] = {}
        self._busy: Counter[Statement] = Counter()
        self._running: set[asyncio.Task[None]] = set()

    async def row(self, statement: Statement, arguments: Sequence[Any]) -> Any:
        """The row of this caller, or None where the statement failed for whatever reason."""
        caller = _Caller(arguments, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(statement, deque()).append(caller)
        if self._busy[statement] < statement.sharing.lanes:
            self._busy[statement] += 1
            lane = asyncio.create_task(self._lane(statement), name="batch")
            self._running.add(lane)
            lane.add_done_callback(self._running.discard)
        return await caller.answer

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _lane(self, statement: Statement) -> None:
        """One run after the other, until nobody waits."""
        try:
            while callers := self._next(statement):
                await self._answer(statement, callers)
        finally:
            self._busy[statement] -= 1
            if not self._busy[statement]:
                del self._busy[statement]
                _tell({}, self._waiting.pop(statement, ()))

    def _next(self, statement: Statement) -> list[_Caller]:
        """Who has waited longest and still wants to know."""
        waiting, callers = self._waiting[statement], list[_Caller]()
        while waiting and len(callers) < statement.sharing.together:
            caller = waiting.popleft()
            if not caller.answer.done():
                callers.append(caller)
        return callers

    async def _answer(self, statement: Statement, callers: Sequence[_Caller]) -> None:
        found: dict[int, Any] = {}
        try:
            found = await self._found(statement, callers)
        finally:
            _tell(found, callers)

    async def _found(self, statement: Statement, callers: Sequence[_Caller]) -> dict[int, Any]:
        """Rows by the callers' numbers. What fails for one fails all: then each is asked alone."""
        columns = zip(*(caller.arguments for caller in callers), strict=True)
        try:
            rows = await self._pool.rows(
                statement.sql, [str(statement.hospital_id), *map(list, columns)]
            )
        except UNANSWERED as problem:
            _log.info("batch gave up", problem=type(problem).__name__, DEBUG=str(problem))
            if len(callers) == 1 or not isinstance(problem, asyncpg.DataError):
                return {}
        else:
            return {row["caller"]: row for row in rows}
        alone = [await self._found(statement, [caller]) for caller in callers]
        return {number: one[1] for number, one in enumerate(alone, start=1) if one}


def _tell(found: Mapping[int, Any], callers: Iterable[_Caller]) -> None:
    for number, caller in enumerate(callers, start=1):
        if not caller.answer.done():
            caller.answer.set_result(found.get(number))
