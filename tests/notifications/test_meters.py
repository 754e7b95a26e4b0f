"""What providers allow, asked for by several workers at once."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.notifications.hospital import open_hospital

from mobile_hrp.notifications.meters import Limits, Meters, calls_this_month
from mobile_hrp.runtime.database import Database

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # 23:00 in China, the month's last hour there
A, B = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
async def meters(database: Database, owner_database: Database) -> Meters:
    await open_hospital(owner_database, hospital_id=1, staff=1, now=NOW)
    return Meters(database)


async def test_a_month_has_so_many_calls_for_all_workers_and_then_begins_anew(
    meters: Meters, database: Database
) -> None:
    limits = Limits(calls_per_month=5)
    grants = await asyncio.gather(
        *(meters.draw(1, "dingtalk", limits, persons=[A], now=NOW) for _ in range(8))
    )
    assert sum(grant.month_used_up for grant in grants) == 3
    async with database.reading(1) as session:
        assert await calls_this_month(session, hospital_id=1, now=NOW) == {"dingtalk": 5}
    later = await meters.draw(1, "dingtalk", limits, persons=[A], now=NOW + timedelta(hours=1))
    assert not later.month_used_up


async def test_the_hospitals_own_budget_goes_before_the_providers_quota(
    meters: Meters, owner_database: Database
) -> None:
    async with owner_database.transaction(1) as session:
        await session.execute(
            text(
                "INSERT INTO notification_policy (hospital_id, rings_per_day, digests_per_day,"
                " repeats_max, digest_times, digest_size, quiet_from, quiet_until, monthly_calls,"
                " urgent_reserve_percent, updated_at)"
                " VALUES (1, 8, 2, 2, '[]', 5, 0, 0, 1, 20, now())"
            )
        )
    limits = Limits(calls_per_month=10_000)
    grants = [await meters.draw(1, "dingtalk", limits, persons=[A], now=NOW) for _ in range(2)]
    assert [grant.month_used_up for grant in grants] == [False, True]


async def test_no_minute_sees_more_recipients_than_allowed(meters: Meters) -> None:
    limits = Limits(recipients_per_minute=600)
    sent: list[datetime] = []
    now = NOW
    while len(sent) < 1_500:
        grant = await meters.draw(1, "dingtalk", limits, persons=[A] * 60, now=now)
        if grant.wait_until is None:
            sent += [now] * 60
        else:
            assert grant.wait_until > now
            now = grant.wait_until
    worst = max(
        sum(start <= moment < start + timedelta(minutes=1) for moment in sent)
        for start in set(sent)
    )
    assert 500 <= worst <= 600


async def test_one_person_gets_no_more_than_allowed_and_others_are_not_delayed(
    meters: Meters,
) -> None:
    limits = Limits(person_per_minute=4)
    fates = [await meters.draw(1, "wecom", limits, persons=[A], now=NOW) for _ in range(3)]
    assert [grant.persons_refused for grant in fates] == [set(), set(), {A}]
    both = await meters.draw(1, "wecom", limits, persons=[A, B], now=NOW)
    assert both.persons_refused == {A}
    half_a_minute = NOW + timedelta(seconds=30)
    later = await meters.draw(1, "wecom", limits, persons=[A], now=half_a_minute)
    assert later.persons_refused == set()


async def test_a_clock_set_back_stops_no_meter(meters: Meters) -> None:
    limits = Limits(recipients_per_minute=600)
    ahead = NOW + timedelta(days=1)
    assert (await meters.draw(1, "x", limits, persons=[A] * 60, now=ahead)).wait_until is None
    refused = await meters.draw(1, "x", limits, persons=[A] * 60, now=NOW)
    assert refused.wait_until is not None
    assert refused.wait_until <= NOW + timedelta(minutes=1)
    again = await meters.draw(1, "x", limits, persons=[A] * 60, now=refused.wait_until)
    assert again.wait_until is None


async def test_persons_who_were_sent_nothing_for_a_day_are_forgotten(
    meters: Meters, database: Database
) -> None:
    await meters.draw(1, "wecom", Limits(person_per_minute=30), persons=[A, B], now=NOW)
    for hours, left in ((23, 2), (25, 0)):
        await meters.tidy(1, NOW + timedelta(hours=hours))
        async with database.reading(1) as session:
            rows = await session.scalars(
                text("SELECT 1 FROM provider_meter WHERE \"window\" LIKE 'person:%'")
            )
            assert len(rows.all()) == left
