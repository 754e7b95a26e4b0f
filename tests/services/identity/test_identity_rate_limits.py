"""The token bucket in SQL against the pure one, and under attempts at once."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.services.identity.house import HOSPITAL, NOW, House

from mobile_hrp.domain.identity.rate_limit import RateLimit, take
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import RateBucket
from mobile_hrp.services.rate_limits import (
    forget_full_buckets,
    require_tokens,
    take_tokens,
    whole_seconds,
)

LIMIT = RateLimit("test", capacity=3, per_token=timedelta(seconds=10))


@pytest.mark.parametrize("seed", range(5))
async def test_any_history_gets_the_same_answers_from_sql_as_from_the_pure_bucket(
    house: House, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a replayable history
    now, full_at, refused = NOW, None, 0
    async with house.database.transaction(HOSPITAL) as session:
        for _ in range(60):
            now += timedelta(seconds=chance.randint(-8, 20))
            cost = chance.randint(1, 3)
            expected = take(LIMIT, full_at, now=now, cost=cost)
            wait = await take_tokens(
                session, hospital_id=HOSPITAL, limit=LIMIT, subject="one", now=now, cost=cost
            )
            assert wait == expected.retry_after
            if wait is None:
                full_at = expected.full_at
            refused += wait is not None
    assert 0 < refused < 60


async def test_of_attempts_at_once_exactly_the_capacity_is_granted(house: House) -> None:
    async def attempt() -> timedelta | None:
        async with house.database.transaction(HOSPITAL) as session:
            return await take_tokens(
                session, hospital_id=HOSPITAL, limit=LIMIT, subject="parallel", now=NOW
            )

    answers = await asyncio.gather(*(attempt() for _ in range(15)))
    assert answers.count(None) == LIMIT.capacity
    assert [wait for wait in answers if wait] == [timedelta(seconds=10)] * 12


async def test_subjects_limits_and_hospitals_have_buckets_of_their_own(house: House) -> None:
    other = RateLimit("other", capacity=3, per_token=timedelta(seconds=10))
    async with house.database.transaction(HOSPITAL) as session:
        for limit, subject in ((LIMIT, "a"), (LIMIT, "b"), (other, "a")):
            await require_tokens(
                session, hospital_id=HOSPITAL, limit=limit, subject=subject, now=NOW, cost=3
            )
        with pytest.raises(Refusal) as refused:
            await require_tokens(
                session, hospital_id=HOSPITAL, limit=LIMIT, subject="a", now=NOW, cost=2
            )
    assert refused.value.code == "RATE_LIMITED"
    assert refused.value.details[0].params == {"retry_after_seconds": 20}


async def test_a_rolled_back_use_costs_nothing(house: House) -> None:
    async def spend_and_fail() -> None:
        async with house.database.transaction(HOSPITAL) as session:
            await require_tokens(
                session, hospital_id=HOSPITAL, limit=LIMIT, subject="a", now=NOW, cost=3
            )
            raise Refusal("NOT_FOUND")

    for _ in range(2):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            await spend_and_fail()


async def test_full_buckets_are_forgotten_and_others_kept(house: House) -> None:
    async with house.database.transaction(HOSPITAL) as session:
        for subject, cost in (("small", 1), ("large", 3)):
            await require_tokens(
                session, hospital_id=HOSPITAL, limit=LIMIT, subject=subject, now=NOW, cost=cost
            )
        later = NOW + timedelta(seconds=10)
        await forget_full_buckets(session, hospital_id=HOSPITAL, now=later)
        kept = await session.scalars(select(RateBucket.bucket))
        assert kept.all() == ["test:large"]


def test_a_wait_is_told_in_whole_seconds_rounded_up() -> None:
    waits = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(seconds=1, milliseconds=1)]
    assert [whole_seconds(wait) for wait in waits] == [1, 1, 2]
