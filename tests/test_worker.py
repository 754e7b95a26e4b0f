"""What the worker does by the clock survives its own failures."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from structlog.testing import capture_logs
from tests.fakes.clock import FakeClock

from mobile_hrp import worker
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.metrics import REGISTRY
from mobile_hrp.runtime.schedule import Schedule
from mobile_hrp.services.approvals import wakeups

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def counted(outcome: str) -> float:
    labels = {"job": "wake_approvals", "outcome": outcome}
    return REGISTRY.get_sample_value("hrp_jobs_total", labels) or 0.0


async def test_approvals_are_woken_again_after_a_round_that_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[datetime] = []
    clock, stop = FakeClock(START), asyncio.Event()

    async def wake(_: Database, *, now: datetime) -> int:
        rounds.append(now)
        clock.advance(timedelta(seconds=15))
        if len(rounds) == 1:
            raise ConnectionResetError("the database went away")
        stop.set()
        return 1

    monkeypatch.setattr(worker, "wake_approvals", wake)
    schedule = Schedule(database, (worker.waking(),), clock=clock)
    before = counted("failed"), counted("done")

    with capture_logs() as logs:
        await schedule.run(stop, pause_seconds=0)

    assert rounds == [START, START + timedelta(seconds=15)]
    assert (counted("failed"), counted("done")) == (before[0] + 1, before[1] + 1)
    assert [(one["event"], one["duty"]) for one in logs] == [("duty failed", "wake_approvals")]


async def test_approvals_are_looked_at_every_quarter_of_a_minute(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[datetime] = []

    async def wake(_: Database, *, now: datetime) -> int:
        rounds.append(now)
        return 0

    monkeypatch.setattr(worker, "wake_approvals", wake)
    clock = FakeClock(START)
    schedule = Schedule(database, (worker.waking(),), clock=clock)

    for _ in range(7):
        await schedule.tick()
        clock.advance(timedelta(seconds=5))

    assert [(now - START).seconds for now in rounds] == [0, 15, 30]


async def test_a_hospital_whose_approvals_cannot_be_woken_keeps_no_other_waiting(
    database: Database, owner_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (3, 4, 5):
        async with owner_database.transaction(number) as session:
            await session.execute(
                insert(Hospital).values(
                    id=number, code=f"H{number}", name="示例", tax_id=f"T{number}", created_at=START
                )
            )
    woken: list[int] = []

    async def wake(_: Database, hospital_id: int, now: datetime) -> int:
        assert now == START
        if hospital_id == 3:
            raise ConnectionResetError("the third")
        woken.append(hospital_id)
        return 1

    monkeypatch.setattr(wakeups, "wake_hospital", wake)
    schedule = Schedule(database, (worker.waking(),), clock=FakeClock(START))

    assert await schedule.tick() == []
    assert woken == [4, 5]
