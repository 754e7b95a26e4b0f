"""What the worker does by the clock, on a hospital with something to forecast and to forget."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text
from tests.fakes.clock import FakeClock
from tests.services.seeded import SeededHospital, open_seeded

from mobile_hrp.domain.notification.vocabulary import NotificationState, Urgency
from mobile_hrp.models.budget import BudgetAlert, BudgetForecast
from mobile_hrp.models.identity import LoginGuard, RateBucket
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.schedule import Schedule
from mobile_hrp.services import housekeeping
from mobile_hrp.services.housekeeping import duties

DAY = timedelta(days=1)
NAMES = [
    "budget_forecast",
    "release_cooled_payments",
    "remind_borrowers",
    "tell_of_dates",
    "forget_sessions",
    "forget_rate_buckets",
    "forget_login_guards",
    "expire_notifications",
    "destroy_exports",
    "forget_telemetry",
    "monthly_reports",
    "watch_indicators",
    "forget_idempotency_keys",
    "forget_action_tokens",
]


@pytest.fixture
async def hospital(database: Database, owner_database: Database) -> SeededHospital:
    return await open_seeded(database, owner_database)


def june(hospital: SeededHospital) -> datetime:
    return hospital.world.plan.now.replace(month=6, day=1)


async def counted(hospital: SeededHospital, table: type) -> int:
    async with hospital.owner.reading(hospital.id) as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_line_that_runs_out_is_told_on_the_second_day_it_is_seen(
    hospital: SeededHospital,
) -> None:
    clock = FakeClock(june(hospital))
    async with hospital.owner.transaction(hospital.id) as session:
        # two thirds by day 153: all by day 230; and no level to say so
        levels = hospital.update_line("CARD", executed_fen=8_000_00, alert_levels_bp=[20_000])
        await session.execute(levels)
    schedule = Schedule(hospital.database, duties(), clock=clock)

    assert await schedule.tick() == NAMES
    clock.advance(timedelta(hours=6))
    assert "budget_forecast" in await schedule.tick()
    assert await counted(hospital, BudgetAlert) == 0, "the same day again is no second sight"
    clock.advance(timedelta(hours=18))
    assert await schedule.tick() == NAMES
    async with hospital.owner.reading(hospital.id) as session:
        (alert,) = (await session.scalars(select(BudgetAlert))).all()
        state = (
            await session.scalars(
                select(BudgetForecast).where(BudgetForecast.line_id == alert.line_id)
            )
        ).one()
    assert alert.line_id == hospital.world.budget_lines["CARD", "books"]
    assert alert.exhaustion_day == state.announced_day == date(clock().year, 8, 18)
    clock.advance(DAY)
    await schedule.tick()
    assert await counted(hospital, BudgetAlert) == 1


async def add_leftovers(hospital: SeededHospital, now: datetime) -> None:
    """Of each kind one row that is over at ``now`` and one that is not."""
    key = {"hospital_id": hospital.id}
    nurse = hospital.member("CARD", 3)
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(
            insert(RateBucket),
            [
                {**key, "bucket": "full", "full_at": now},
                {**key, "bucket": "filling", "full_at": now + timedelta(seconds=1)},
            ],
        )
        await session.execute(
            insert(LoginGuard),
            [
                {
                    **key,
                    "name_hash": hashlib.sha256(name.encode()).digest(),
                    "failed_count": 2,
                    "last_attempt_at": now - age,
                    "locked_until": locked,
                }
                for name, age, locked in (
                    ("old", DAY, now - DAY),
                    ("fresh", timedelta(minutes=1), None),
                    ("locked", DAY, now + timedelta(minutes=1)),
                )
            ],
        )
        await session.execute(
            insert(IdempotencyRecord),
            [
                {
                    **key,
                    "staff_id": nurse,
                    "key": name,
                    "operation": "submit",
                    "request_hash": "0" * 64,
                    "created_at": now - age,
                }
                for name, age in (("long-ago", 46 * DAY), ("last-month", 44 * DAY))
            ],
        )
        await session.execute(
            insert(Notification),
            [
                _notification(hospital, name, state, now + left)
                for name, state, left in (
                    ("over", NotificationState.LIVE, -timedelta(seconds=1)),
                    ("current", NotificationState.LIVE, timedelta(seconds=1)),
                    ("read", NotificationState.READ, -DAY),
                )
            ],
        )


def _notification(
    hospital: SeededHospital, name: str, state: NotificationState, expires_at: datetime
) -> Mapping[str, object]:
    return {
        "hospital_id": hospital.id,
        "id": new_id(),
        "recipient_id": hospital.member("CARD", 3),
        "kind": "overrun_alert",
        "category": "budget",
        "urgency": Urgency.NORMAL,
        "subject_type": "budget_alert",
        "subject_id": new_id(),
        "public_id": name,
        "dedupe_key": name,
        "collapse_key": name,
        "state": state,
        "created_at": expires_at - 2 * DAY,
        "expires_at": expires_at,
    }


async def test_what_is_over_is_forgotten_and_nothing_else(hospital: SeededHospital) -> None:
    now = june(hospital)
    await add_leftovers(hospital, now)

    assert await Schedule(hospital.database, duties(), clock=FakeClock(now)).tick() == NAMES

    async with hospital.owner.reading(hospital.id) as session:
        buckets = (await session.scalars(select(RateBucket.bucket))).all()
        keys = (await session.scalars(select(IdempotencyRecord.key))).all()
        states = dict(
            (await session.execute(select(Notification.public_id, Notification.state))).all()
        )
    assert (buckets, keys) == (["filling"], ["last-month"])
    assert await counted(hospital, LoginGuard) == 2
    assert states == {
        "over": NotificationState.EXPIRED,
        "current": NotificationState.LIVE,
        "read": NotificationState.READ,
    }


async def test_rows_go_in_batches_until_none_is_left(
    hospital: SeededHospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_BATCH", 2)
    now = june(hospital)
    nurse = hospital.member("CARD", 3)
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(
            insert(IdempotencyRecord),
            [
                {
                    "hospital_id": hospital.id,
                    "staff_id": nurse,
                    "key": f"old-key-{number}",
                    "operation": "submit",
                    "request_hash": "0" * 64,
                    "created_at": now - 46 * DAY,
                }
                for number in range(5)
            ],
        )
        await session.execute(
            insert(Notification),
            [
                _notification(hospital, f"n{number}", NotificationState.LIVE, now)
                for number in range(4)
            ],
        )

    gone = await housekeeping.forget_idempotency_keys(hospital.database, hospital.id, now)
    ended = await housekeeping.expire_notifications(hospital.database, hospital.id, now)

    assert (gone, ended) == (5, 4)
    assert await counted(hospital, IdempotencyRecord) == 0


async def test_a_duty_that_cannot_run_leaves_the_others_to_run(hospital: SeededHospital) -> None:
    now = june(hospital)
    await add_leftovers(hospital, now)
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(text("REVOKE DELETE ON rate_bucket FROM hrp_app"))

    done = await Schedule(hospital.database, duties(), clock=FakeClock(now)).tick()

    assert done == [name for name in NAMES if name != "forget_rate_buckets"]
    assert (await counted(hospital, RateBucket), await counted(hospital, IdempotencyRecord)) == (
        2,
        1,
    )


async def test_neither_payments_nor_reminders_that_fail_end_anything(
    hospital: SeededHospital,
) -> None:
    now = june(hospital)
    clock = FakeClock(now)
    await add_leftovers(hospital, now)
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(text("REVOKE SELECT ON payment_order, loan FROM hrp_app"))
    schedule = Schedule(hospital.database, duties(), clock=clock)
    failing = {"release_cooled_payments", "remind_borrowers"}

    assert await schedule.tick() == [name for name in NAMES if name not in failing]
    assert await counted(hospital, IdempotencyRecord) == 1

    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(text("GRANT SELECT ON payment_order, loan TO hrp_app"))
    clock.advance(timedelta(minutes=4))
    assert await schedule.tick() == []
    clock.advance(timedelta(minutes=1))
    assert await schedule.tick() == sorted(failing), "tried again before their hour is over"
