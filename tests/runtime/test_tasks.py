"""What runs in the background ends when it is told to, whatever its cancellation turned into."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy.exc import InterfaceError

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.runtime.tasks import end


async def _wait_and_turn_one_cancellation_into_trouble(begun: asyncio.Event) -> None:
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        begun.clear()
    await asyncio.Event().wait()


async def test_a_task_that_loses_one_cancellation_is_asked_again() -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(_wait_and_turn_one_cancellation_into_trouble(begun))
    await begun.wait()
    async with asyncio.timeout(5):
        await end(task)
    assert task.cancelled()
    assert not begun.is_set()


async def test_a_task_that_fails_on_its_way_out_does_not_fail_the_one_who_ends_it() -> None:
    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            message = "on the way out"
            raise OSError(message)

    failing, done = asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))
    await done
    await end(failing, done)
    assert isinstance(failing.exception(), OSError)


async def test_ending_nothing_returns_at_once() -> None:
    await end()


class _Driver:
    """A database whose statement under way answers a cancellation with an error of its own."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.asked = asyncio.Event()
        self.times = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @asynccontextmanager
    async def reading(self, hospital_id: int) -> AsyncIterator[Any]:
        self.times += 1
        if self.times == 2:  # the first asks for the horizon, the second for news
            self.asked.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as gone:
                message = "another operation is in progress"
                raise InterfaceError(message, None, gone) from None
        async with self.real.reading(hospital_id) as session:
            yield session


@pytest.mark.usefixtures("owner_database")
async def test_live_updates_stop_though_the_driver_swallows_the_cancellation(
    database: Database,
) -> None:
    driver = _Driver(database)
    live = LiveUpdates(cast("Database", driver))
    await live.start()
    async with live.subscribe(1, uuid.UUID(int=7)):
        await driver.asked.wait()
        stopping = asyncio.create_task(live.stop())
        done, _ = await asyncio.wait({stopping}, timeout=10)
    assert done
    assert driver.times >= 2
