"""Waking the delivery worker by the same announcements that wake live views.

A wake-up is a hint and may be lost; the worker's poll finds what it missed.
"""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
from sqlalchemy.engine import URL

from mobile_hrp.runtime.live import CHANNEL

_RECONNECT_SECONDS = 1.0


async def listen(url: URL, *, wake: Callable[[int], None], wake_all: Callable[[], None]) -> None:
    """Call ``wake`` with each hospital that has news; reconnect for ever when the line is cut.

    ``wake_all`` is called after each (re)connection, for what was missed in between. The connection
    must be a direct one to the primary: LISTEN works neither on a standby nor through a
    transaction-pooling proxy. Runs until cancelled.
    """
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        with contextlib.suppress(ValueError):  # somebody else's payload
            wake(int(str(payload)))

    while True:
        try:
            connection = await asyncpg.connect(plain, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            await asyncio.sleep(_RECONNECT_SECONDS)
            continue
        cut = asyncio.Event()
        connection.add_termination_listener(lambda _, cut=cut: cut.set())
        try:
            await connection.add_listener(CHANNEL, heard)
            wake_all()
            await cut.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(_RECONNECT_SECONDS)
        finally:
            connection.terminate()
