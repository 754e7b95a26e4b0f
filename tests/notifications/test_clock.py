"""A clock that jumps delays what it must and loses nothing."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import Stage

from mobile_hrp.notifications.outbox import Outbox

NOTHING_LEFT = {"accepted": 3}


async def kill_while_sending(stage: Stage) -> None:
    """A worker takes everything and dies before Firebase answers."""
    stage.fcm.faults.play(ScriptedFault(FaultKind.HANG, times=3))
    killed = asyncio.create_task(stage.worker().drain())
    await stage.fcm.faults.hanging.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    stage.fcm.faults.clear()


async def test_a_clock_set_back_delays_and_loses_nothing(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    stage.clock.advance(timedelta(hours=-3))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"pending": 3}
    assert stage.fcm.requests == 0
    stage.clock.advance(timedelta(hours=3))
    await stage.worker().drain()
    assert await stage.delivery_states() == NOTHING_LEFT
    assert stage.fcm.phones.duplicates() == 0


async def test_a_clock_set_forward_while_sending_loses_and_repeats_nothing(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    stage.fcm.faults.play(ScriptedFault(FaultKind.SLOW, times=3))
    sending = asyncio.create_task(stage.worker().drain())
    await stage.fcm.faults.hanging.wait()
    stage.clock.advance(timedelta(hours=5))
    stage.fcm.faults.release()
    await sending
    assert await stage.delivery_states() == NOTHING_LEFT
    assert stage.fcm.phones.duplicates() == 0


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=365)])
async def test_the_leases_of_a_worker_whose_clock_was_ahead_end_all_the_same(
    stage: Stage, ahead: timedelta
) -> None:
    await stage.give_phones()
    await stage.tell()
    async with stage.database.transaction(1) as session:
        await session.execute(
            text(
                "UPDATE notification_delivery"
                " SET lease_owner = 'gone', next_at = :until, attempts = 1"
            ),
            {"until": stage.clock() + ahead},
        )
    await stage.worker().drain()
    assert await stage.delivery_states() == {"pending": 3}
    outbox = Outbox(stage.database, "another")
    await outbox.end_impossible_leases(1, now=stage.clock(), longest=timedelta(minutes=15))
    await stage.worker().drain()
    assert await stage.delivery_states() == NOTHING_LEFT


async def test_a_lease_that_is_still_good_is_left_alone(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    await kill_while_sending(stage)
    outbox = Outbox(stage.database, "another")
    await outbox.end_impossible_leases(1, now=stage.clock(), longest=timedelta(minutes=15))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"pending": 3}
    stage.clock.advance(timedelta(seconds=61))
    await stage.worker().drain()
    assert await stage.delivery_states() == NOTHING_LEFT
