"""Live updates across processes: durable event rows, and a merged wake-up after commit.

NOTIFY inside a business transaction serialises commits on one global lock, so writers wake the
listeners after their commit, merged. Readers page event rows by (xid, seq) below the oldest running
transaction, so a row that commits late is never skipped; a poll each second is the safety net.
"""

import asyncio
import contextlib
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.tasks import end

CHANNEL = "hrp_event"
_QUEUE_MAX = 100
_POLL_SECONDS = 1.0
_RECONNECT_SECONDS = 0.5
_PAGE = 500
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger(__name__)

_NEW_EVENTS = text(
    "SELECT xid::text::bigint AS xid, seq, kind, subject_type, subject_id, audience FROM event"
    " WHERE hospital_id = :hospital_id"
    " AND (xid, seq) > (CAST(CAST(:xid AS text) AS xid8), :seq)"
    " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY xid, seq LIMIT :page"
)
_NOTIFY = "SELECT pg_notify($1, hospital) FROM unnest($2::text[]) AS hospital"
_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


@dataclass(frozen=True, slots=True)
class Notice:
    """That something changed for a person; the client asks again for what it shows."""

    kind: str
    subject_type: str
    subject_id: uuid.UUID


class LiveUpdates:
    """One per process. Start it in the lifespan; subscribers of a slow phone lose the oldest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscribers: dict[int, dict[uuid.UUID, set[asyncio.Queue[Notice]]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._cursors: dict[int, tuple[int, int]] = {}
        self._to_announce: set[int] = set()
        self._announce = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: asyncpg.Connection | None = None

    @property
    def watched(self) -> frozenset[int]:
        """The hospitals somebody here is subscribed to."""
        return frozenset(self._subscribers) | frozenset(self._cursors)

    def open_for(self, hospital_id: int, staff_id: uuid.UUID) -> int:
        """How many subscriptions of this person are open in this process."""
        people = self._subscribers.get(hospital_id)
        return len(people.get(staff_id, ())) if people else 0

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._listen(), name="live-listen"),
            asyncio.create_task(self._read_forever(), name="live-read"),
            asyncio.create_task(self._announce_forever(), name="live-announce"),
        ]

    async def stop(self) -> None:
        await end(*self._tasks)
        self._tasks = []

    def committed(self, hospital_id: int) -> None:
        """Say that events of this hospital were committed; wake-ups of a moment are merged."""
        self._to_announce.add(hospital_id)
        self._announce.set()

    @asynccontextmanager
    async def subscribe(
        self, hospital_id: int, staff_id: uuid.UUID
    ) -> AsyncIterator[asyncio.Queue[Notice]]:
        """A queue of notices for one person, from now on."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(_QUEUE_MAX)
        if hospital_id not in self._cursors:
            horizon = await self._horizon(hospital_id)
            # Another subscriber may have come meanwhile: the earlier cursor misses nothing.
            self._cursors.setdefault(hospital_id, horizon)
        self._subscribers[hospital_id][staff_id].add(queue)
        try:
            yield queue
        finally:
            people = self._subscribers[hospital_id]
            people[staff_id].discard(queue)
            if not people[staff_id]:
                del people[staff_id]
            if not people:
                del self._subscribers[hospital_id]
                self._cursors.pop(hospital_id, None)

    async def _horizon(self, hospital_id: int) -> tuple[int, int]:
        async with self._database.reading(hospital_id) as session:
            return int((await session.execute(_HORIZON)).scalar_one()), -1

    async def _announce_forever(self) -> None:
        while True:
            await self._announce.wait()
            self._announce.clear()
            hospitals, self._to_announce = self._to_announce, set()
            try:
                await self._tell(hospitals)
            except (SQLAlchemyError, OSError) as problem:
                _log.warning("announce failed", problem=type(problem).__name__)

    async def _tell(self, hospitals: Iterable[int]) -> None:
        """Announce on the connection that listens: no transaction has to be opened for it."""
        if self._listening is not None:
            try:
                await self._listening.fetch(_NOTIFY, CHANNEL, [str(one) for one in hospitals])
            except _UNREACHABLE as problem:
                _log.warning("listen connection lost", problem=type(problem).__name__)
            else:
                return
        await announce(self._database, hospitals)

    async def _listen(self) -> None:
        dsn = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            closed = asyncio.Event()
            try:
                connection = await asyncpg.connect(dsn)
            except _UNREACHABLE as problem:
                _log.warning("listen connection failed", problem=type(problem).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            connection.add_termination_listener(lambda _c, gone=closed: gone.set())
            try:
                await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
                self._listening = connection
                await closed.wait()
            except _UNREACHABLE as problem:
                _log.warning("listen connection lost", problem=type(problem).__name__)
            finally:
                self._listening = None
                connection.terminate()

    async def _read_forever(self) -> None:
        while True:
            # not wait_for: before Python 3.12 it loses a cancellation that comes with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            for hospital_id in list(self._subscribers):
                try:
                    await self._read(hospital_id)
                except (SQLAlchemyError, OSError) as problem:
                    _log.warning("reading events failed", problem=type(problem).__name__)

    async def _read(self, hospital_id: int) -> None:
        """Hand out what is new in a hospital. Its last subscriber may leave while this waits."""
        while (cursor := self._cursors.get(hospital_id)) is not None:
            async with self._database.reading(hospital_id) as session:
                rows = (
                    await session.execute(
                        _NEW_EVENTS,
                        {
                            "hospital_id": hospital_id,
                            "xid": str(cursor[0]),
                            "seq": cursor[1],
                            "page": _PAGE,
                        },
                    )
                ).all()
            people = self._subscribers.get(hospital_id)
            if not rows or people is None or self._cursors.get(hospital_id) != cursor:
                return
            self._cursors[hospital_id] = (rows[-1].xid, rows[-1].seq)
            for row in rows:
                notice = Notice(row.kind, row.subject_type, row.subject_id)
                for member in row.audience:
                    for queue in people.get(uuid.UUID(member), ()):
                        _offer(queue, notice)
            if len(rows) < _PAGE:
                return


async def announce(database: Database, hospitals: Iterable[int]) -> None:
    """Wake whoever listens, in all processes, after a commit of these hospitals."""
    async with database.engine.begin() as connection:
        for hospital_id in hospitals:
            await connection.execute(
                text("SELECT pg_notify(:channel, :payload)"),
                {"channel": CHANNEL, "payload": str(hospital_id)},
            )


def _offer(queue: asyncio.Queue[Notice], notice: Notice) -> None:
    if queue.full():
        queue.get_nowait()  # the client refetches anyway: the newest notice is enough
    queue.put_nowait(notice)
