"""A provider that is down is left alone, and tried again by one worker with one call."""

import uuid
from datetime import timedelta

from sqlalchemy import text
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import Stage, open_hospital

from mobile_hrp.domain.notification.breaker import STREAK_TO_OPEN, Breaker, Health, health_of
from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    NoPermit,
    NotDelivered,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.runtime.database import Database

PAUSE = (
    "SELECT coalesce(reason, ''), strikes FROM provider_meter"
    " WHERE \"window\" = 'pause' AND paused_until IS NOT NULL"
)


def test_a_refusal_is_a_sign_of_life_and_silence_is_not() -> None:
    alive = (
        Accepted("1"),
        Drop("x"),
        Revoke("x"),
        NoPermit("x"),
        NotDelivered("x"),
        Retry("43108", RetryScope.RECIPIENT),
    )
    unwell = (
        Ambiguous("x"),
        Fault("x"),
        Retry("503", backoff=True),
        Retry("429", RetryScope.PROVIDER),
    )
    assert {health_of(outcome) for outcome in alive} == {Health.GOOD}
    assert {health_of(outcome) for outcome in unwell} == {Health.BAD}


def test_one_delivery_that_fails_again_and_again_opens_nothing() -> None:
    breaker, one = Breaker(), uuid.UUID(int=1)
    assert not any(breaker.opens(one, Health.BAD) for _ in range(100))


def test_different_deliveries_in_a_row_open_and_one_success_starts_the_count_again() -> None:
    breaker = Breaker()
    for number in range(STREAK_TO_OPEN - 1):
        assert not breaker.opens(uuid.UUID(int=number), Health.BAD)
    assert not breaker.opens(uuid.UUID(int=99), Health.GOOD)
    opened = [breaker.opens(uuid.UUID(int=number), Health.BAD) for number in range(STREAK_TO_OPEN)]
    assert opened == [False] * (STREAK_TO_OPEN - 1) + [True]


async def crowd(stage: Stage, owner: Database) -> int:
    """Forty people with phones in another hospital, all told something."""
    people = await open_hospital(owner, hospital_id=2, staff=40, now=stage.clock())
    await stage.give_phones(people)
    await stage.tell(people=people)
    return 40


async def test_after_a_failing_streak_nobody_calls_until_one_probe_has_gone_well(
    stage: Stage, owner_database: Database
) -> None:
    many = await crowd(stage, owner_database)
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=503, times=1000))
    await stage.worker(window=5).drain()
    failed = stage.fcm.requests
    assert failed < many, "the breaker opened"
    assert await stage.count(PAUSE, hospital_id=2) == {"UNAVAILABLE": 0}

    await stage.worker(window=5).drain()
    assert stage.fcm.requests == failed, "another worker leaves it alone as well"

    for strikes in (1, 2):
        stage.clock.advance(timedelta(minutes=6))
        await stage.worker(window=5).drain()
        assert stage.fcm.requests == failed + strikes, "one probe, not a crowd"
        assert await stage.count(PAUSE, hospital_id=2) == {"UNAVAILABLE": strikes}

    stage.fcm.faults.clear()
    stage.clock.advance(timedelta(minutes=6))
    await stage.worker(window=5).drain()
    assert await stage.count(PAUSE, hospital_id=2) == {}
    stage.clock.advance(timedelta(minutes=20))
    await stage.worker(window=5).drain()
    assert await stage.delivery_states(hospital_id=2) == {"accepted": many}
    assert stage.fcm.phones.duplicates() == 0


async def test_two_workers_send_one_probe_between_them(
    stage: Stage, owner_database: Database
) -> None:
    await crowd(stage, owner_database)
    quota = ScriptedFault(FaultKind.STATUS, status=429, retry_after="90")
    stage.fcm.faults.play(quota)
    first, second = stage.worker(window=1), stage.worker(window=1)
    await first.drain()
    assert stage.fcm.requests == 1
    stage.clock.advance(timedelta(seconds=91))
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=429, retry_after="90", times=9))
    await first.drain()
    await second.drain()
    assert stage.fcm.requests == 2


async def test_the_probe_of_a_killed_worker_is_tried_by_another_in_time(
    stage: Stage, owner_database: Database
) -> None:
    many = await crowd(stage, owner_database)
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=429, retry_after="90"))
    await stage.worker(window=1).drain()
    stage.clock.advance(timedelta(seconds=91))
    async with stage.database.transaction(2) as session:
        await session.execute(
            text(
                "UPDATE provider_meter SET probe_by = 'killed', paused_until = :until"
                " WHERE \"window\" = 'pause'"
            ),
            {"until": stage.clock() + timedelta(seconds=60)},
        )
    await stage.worker().drain()
    assert stage.fcm.requests == 1
    stage.clock.advance(timedelta(seconds=61))
    await stage.worker().drain()
    assert await stage.delivery_states(hospital_id=2) == {"accepted": many}
