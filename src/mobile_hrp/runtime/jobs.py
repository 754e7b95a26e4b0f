"""Background jobs in the same database and the same transaction as the work they follow from.

A port over PgQueuer: ``enqueue`` in a service, ``JobRunner`` in the worker. Jobs run at least once,
so a handler's effect must be keyed. A payload holds ids only, never data.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TypeAlias

import asyncpg
import structlog
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, DatabaseRetryEntrypointExecutor, PgQueuer
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from sqlalchemy import text

from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.metrics import JOBS

Handler: TypeAlias = Callable[[Mapping[str, str]], Awaitable[None]]

_HEARTBEAT = timedelta(seconds=6)
_POLL = timedelta(seconds=2)
_MAX_ATTEMPTS = 5
_log = structlog.get_logger(__name__)


async def enqueue(
    session: WriteSession,
    name: str,
    payload: Mapping[str, str | int | uuid.UUID],
    *,
    run_after: timedelta | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Add a job that exists if, and only if, the session's transaction commits.

    A job whose ``dedupe_key`` is already waiting or running is not added again.
    """
    # SQLAlchemy opens the transaction with the first statement. On the raw connection before one,
    # the job would be committed by itself and would survive a rollback.
    await session.execute(text("SELECT 1"))
    connection = await (await session.connection()).get_raw_connection()
    driver = AsyncpgDriver(connection.driver_connection)
    body = json.dumps({key: str(value) for key, value in payload.items()}).encode()
    await Queries(driver).enqueue(
        name, body, execute_after=run_after, dedupe_key=dedupe_key, on_conflict="skip"
    )


class JobRunner:
    """Runs one worker's handlers; the jobs of a killed worker go to another by heartbeat."""

    def __init__(
        self, database: Database, handlers: Mapping[str, Handler], *, concurrency: int
    ) -> None:
        self._dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._handlers = handlers
        self._concurrency = concurrency

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then finish what was begun."""
        async with asyncpg.create_pool(self._dsn, min_size=2, max_size=4) as pool:
            queue = PgQueuer(AsyncpgPoolDriver(pool))
            for name, handler in self._handlers.items():
                self._register(queue, name, handler)
            ended = asyncio.create_task(
                queue.run(
                    dequeue_timeout=_POLL,
                    batch_size=self._concurrency,
                    heartbeat_timeout=_HEARTBEAT,
                    max_concurrent_tasks=2 * self._concurrency,
                )
            )
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            queue.shutdown.set()
            stopped.cancel()
            await ended

    def _register(self, queue: PgQueuer, name: str, handler: Handler) -> None:
        @queue.entrypoint(
            name,
            concurrency_limit=self._concurrency,
            on_failure="hold",
            executor_factory=partial(DatabaseRetryEntrypointExecutor, max_attempts=_MAX_ATTEMPTS),
        )
        async def run_one(job: Job) -> None:
            try:
                await handler(json.loads(job.payload or b"{}"))
            except BaseException as problem:
                JOBS.labels(job=name, outcome="failed").inc()
                _log.warning("job failed", job_name=name, error_type=type(problem).__name__)
                raise
            JOBS.labels(job=name, outcome="done").inc()
