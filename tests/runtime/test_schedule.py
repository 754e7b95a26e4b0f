"""Duties by the clock: each when it is due, none in the way of another."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from tests.fakes.clock import FakeClock

from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.schedule import Duty, Schedule, for_each_hospital

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


class Log:
    """Remembers when each duty ran, and breaks those it is told to break."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, datetime]] = []
        self.broken: set[str] = set()

    def duty(self, name: str, every: timedelta) -> Duty:
        async def run(_: Database, now: datetime) -> None:
            self.ran.append((name, now))
            if name in self.broken:
                raise KeyError(name)

        return Duty(name, every, run)

    def times(self, name: str) -> list[timedelta]:
        return [now - START for which, now in self.ran if which == name]


async def test_a_duty_runs_at_the_start_and_then_in_its_own_time(database: Database) -> None:
    clock, log = FakeClock(START), Log()
    schedule = Schedule(
        database,
        [log.duty("hourly", timedelta(hours=1)), log.duty("daily", timedelta(days=1))],
        clock=clock,
    )

    for _ in range(26 * 4):  # a look every quarter of an hour for 26 hours
        await schedule.tick()
        clock.advance(timedelta(minutes=15))

    assert log.times("hourly") == [timedelta(hours=hour) for hour in range(26)]
    assert log.times("daily") == [timedelta(0), timedelta(days=1)]


async def test_a_failing_duty_stops_no_other_and_is_tried_again_soon(database: Database) -> None:
    clock, log = FakeClock(START), Log()
    log.broken = {"first"}
    every = timedelta(hours=1)
    schedule = Schedule(
        database, [log.duty("first", every), log.duty("second", every)], clock=clock
    )

    assert await schedule.tick() == ["second"]
    clock.advance(timedelta(minutes=4, seconds=59))
    assert await schedule.tick() == []
    clock.advance(timedelta(seconds=1))
    log.broken.clear()
    assert await schedule.tick() == ["first"]
    clock.advance(timedelta(minutes=59))
    assert await schedule.tick() == ["second"]
    assert log.times("first") == [timedelta(0), timedelta(minutes=5)]


async def test_the_loop_ends_when_it_is_told_to_and_finishes_what_it_has_in_hand(
    database: Database,
) -> None:
    log, stop = Log(), asyncio.Event()

    async def finish(_: Database, now: datetime) -> None:
        stop.set()
        await asyncio.sleep(0)
        log.ran.append(("finished", now))

    schedule = Schedule(
        database, [Duty("finish", timedelta(hours=1), finish)], clock=FakeClock(START)
    )

    await schedule.run(stop, pause_seconds=60)

    assert log.times("finished") == [timedelta(0)]


async def test_one_hospital_that_fails_leaves_no_other_undone(
    database: Database, owner_database: Database
) -> None:
    for number in (3, 4, 5):
        async with owner_database.transaction(number) as session:
            await session.execute(
                insert(Hospital).values(
                    id=number, code=f"H{number}", name="示例", tax_id=f"T{number}", created_at=START
                )
            )
    done = []

    async def work(_: Database, hospital_id: int, now: datetime) -> None:
        assert now == START
        if hospital_id == 4:
            raise RuntimeError("the fourth")
        done.append(hospital_id)

    with pytest.raises(RuntimeError, match="the fourth"):
        await for_each_hospital(work)(database, START)

    assert done == [3, 5]
