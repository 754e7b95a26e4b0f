"""Waking delivery workers: NOTIFY in the writer's transaction, LISTEN in the worker.

A wake-up is a hint and may be lost; the worker's poll finds what it missed.
"""

import asyncio
from collections.abc import Callable, Iterable

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.vocabulary import Channel

PG_CHANNEL = "notification_due"
_RECONNECT_SECONDS = 1.0
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")

Wake = Callable[[int, frozenset[Channel]], None]


async def wake_workers(
    session: AsyncSession, *, hospital_id: int, channels: Iterable[Channel]
) -> None:
    """Tell the workers, when this transaction commits, that these channels have work."""
    payload = f"{hospital_id}:{','.join(sorted(channel.value for channel in channels))}"
    await session.execute(_NOTIFY, {"channel": PG_CHANNEL, "payload": payload})


def parse_wakeup(payload: str) -> tuple[int, frozenset[Channel]] | None:
    """The hospital and channels of a payload, or None when somebody else wrote it."""
    hospital, _, names = payload.partition(":")
    try:
        return int(hospital), frozenset(Channel(name) for name in names.split(",") if name)
    except ValueError:
        return None


async def listen(url: URL, wake: Wake, stop: asyncio.Event, *, all_due: Callable[[], None]) -> None:
    """Call ``wake`` for each wake-up until ``stop``; reconnect for ever when the line is cut.

    ``all_due`` is called after each (re)connection, for what was missed in between. The connection
    must be a direct one to the primary: LISTEN works neither on a standby nor through a
    transaction-pooling proxy.
    """
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(_plain(url), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            await _wait(stop, _RECONNECT_SECONDS)
            continue
        cut = asyncio.Event()
        connection.add_termination_listener(lambda _, cut=cut: cut.set())
        try:
            await connection.add_listener(PG_CHANNEL, _dispatcher(wake))
            all_due()
            await _first_of(stop, cut)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _wait(stop, _RECONNECT_SECONDS)
        finally:
            connection.terminate()


def _dispatcher(wake: Wake) -> Callable[[object, int, str, object], None]:
    def dispatch(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        parsed = parse_wakeup(str(payload))
        if parsed is not None:
            wake(*parsed)

    return dispatch


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
