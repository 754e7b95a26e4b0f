"""What a worker does by the clock: each duty in its own time, none in the way of another.

Every worker runs every duty. A duty is written so that a second run changes nothing, which costs
less than agreeing on who does it, and leaves nothing undone when a worker is killed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from sqlalchemy import text

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.metrics import JOBS

Run: TypeAlias = Callable[[Database, datetime], Coroutine[Any, Any, object]]
OfHospital: TypeAlias = Callable[[Database, int, datetime], Coroutine[Any, Any, object]]

_RETRY = timedelta(minutes=5)
_PAUSE_SECONDS = 15.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do again and again; ``every`` is counted from its last start."""

    name: str
    every: timedelta
    run: Run


class Schedule:
    """Runs duties when they are due. One that fails is logged, counted and tried again soon."""

    def __init__(
        self, database: Database, duties: Sequence[Duty], *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._duties = tuple(duties)
        self._clock = clock
        self._due: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        """Look at the clock until ``stop`` is set; a duty in hand is finished first."""
        while not stop.is_set():
            await self.tick()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_seconds):
                    await stop.wait()

    async def tick(self) -> list[str]:
        """Do what is due now, one after the other; answer with the names of what went well."""
        done = []
        for duty in self._duties:
            now = self._clock()
            if now < self._due.get(duty.name, now):
                continue
            problem = await _problem_of(duty.run(self._database, now))
            self._due[duty.name] = now + (
                duty.every if problem is None else min(_RETRY, duty.every)
            )
            JOBS.labels(job=duty.name, outcome="done" if problem is None else "failed").inc()
            if problem is None:
                done.append(duty.name)
            else:
                _log.error("duty failed", duty=duty.name, exc_info=problem)
        return done


def for_each_hospital(work: OfHospital) -> Run:
    """The work of one hospital, done for all; one that fails fails the duty after all others."""

    async def run(database: Database, now: datetime) -> None:
        async with database.reading(0) as session:
            hospitals = (
                await session.execute(text("SELECT id FROM hospital ORDER BY id"))
            ).scalars()
            ids = hospitals.all()
        problems = []
        for hospital_id in ids:
            problem = await _problem_of(work(database, hospital_id, now))
            if problem is not None:
                _log.error("duty failed for a hospital", hospital=hospital_id, exc_info=problem)
                problems.append(problem)
        if problems:
            raise problems[0]

    return run


async def _problem_of(work: Coroutine[Any, Any, object]) -> BaseException | None:
    """Wait for work in a task of its own and hand over what it raised.

    Whatever it is: nobody knows what a duty will fail with, and no other duty may pay for it. The
    task is cancelled with this one.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    return task.exception()
