"""The policy of pushing on PostgreSQL: ladders, quiet, limits and digests, also side by side."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, text
from tests.notifications.hospital import Stage

from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.vocabulary import (
    Cadence,
    Channel,
    EndpointKind,
    NotificationState,
)
from mobile_hrp.models.notification import DutyShift, NotificationPreference
from mobile_hrp.models.notification_policy import NotificationPolicy
from mobile_hrp.notifications.agenda import look_at_agenda
from mobile_hrp.notifications.digests import close_due_digests, withdraw_settled_digests
from mobile_hrp.notifications.kinds import load_kinds
from mobile_hrp.notifications.people import METER, try_lock
from mobile_hrp.notifications.plan import Notice, Subject, Told, fan_out
from mobile_hrp.notifications.pushing import by_policy
from mobile_hrp.notifications.tally import Fatigue, fatigue
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.push.duties import count_promised_calls

KINDS = load_kinds()
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 2)
MINUTE = timedelta(minutes=1)
STATES = "SELECT state, count(*) FROM notification_delivery GROUP BY state"
DIGESTS = "SELECT recipient_id, count(*) FROM notification WHERE kind = 'digest' GROUP BY 1"


async def tell(
    stage: Stage,
    kind: str = "approver_todo",
    *,
    number: int = 1,
    ordinal: int = 1,
    person: uuid.UUID | None = None,
) -> list[Told]:
    rule: KindRule = KINDS.rule(kind)
    async with stage.database.transaction(1) as session:
        return await fan_out(
            session,
            hospital_id=1,
            notice=Notice(
                rule, Subject("task", uuid.UUID(int=number)), f"{kind}:{number}", ordinal=ordinal
            ),
            recipients=[person or stage.people.staff[0]],
            now=stage.clock(),
            new_id=new_id,
            planner=by_policy,
        )


async def reachable(stage: Stage, person: uuid.UUID | None = None) -> uuid.UUID:
    """Give somebody a WeCom account and a phone."""
    me = person or stage.people.staff[0]
    await stage.give(me, Channel.WECOM, f"u{me.hex}", kind=EndpointKind.USERID)
    await stage.give(me, Channel.FCM, f"f{me.hex}")
    return me


async def planned(stage: Stage) -> dict[str, int]:
    """Minutes from now until each delivery that waits is due, by channel."""
    return await stage.count(
        "SELECT channel, extract(epoch FROM next_at - :now) / 60 FROM notification_delivery"
        " WHERE phase = 'send'",
        now=stage.clock(),
    )


async def look(stage: Stage) -> None:
    await look_at_agenda(stage.database, 1, kinds=KINDS, now=stage.clock())


async def close(stage: Stage) -> int:
    return await close_due_digests(stage.database, 1, kinds=KINDS, now=stage.clock())


async def mark(stage: Stage, told: Told, state: NotificationState) -> None:
    async with stage.database.transaction(1) as session:
        await session.execute(
            text("UPDATE notification SET state = :state WHERE id = :id"),
            {"state": state.value, "id": told.notification_id},
        )


async def tired(stage: Stage) -> Fatigue:
    async with stage.database.reading(1) as session:
        return await fatigue(session, hospital_id=1, first=TODAY, last=TODAY + timedelta(days=3))


def go(stage: Stage, moment: datetime) -> None:
    stage.clock.advance(moment - stage.clock())


def local(hour: int, day: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE).astimezone(UTC)


async def test_the_first_step_goes_now_and_the_next_when_it_is_still_unread(stage: Stage) -> None:
    await reachable(stage)
    await tell(stage)
    life = 720 * 60
    assert await planned(stage) == {"wecom": 0, "fcm": life}
    stage.clock.advance(29 * MINUTE)
    await look(stage)
    assert (await planned(stage))["fcm"] == life - 29
    stage.clock.advance(MINUTE)
    await look(stage)
    assert await planned(stage) == {"wecom": -30, "fcm": 0}
    assert await tired(stage) == Fatigue(rings=2, repeats=1, digests=0, critical=0, most=2)


@pytest.mark.parametrize("state", [NotificationState.READ, NotificationState.ACTED])
async def test_what_was_read_or_settled_anywhere_climbs_no_further(
    stage: Stage, state: NotificationState
) -> None:
    await reachable(stage)
    (told,) = await tell(stage)
    await mark(stage, told, state)
    stage.clock.advance(31 * MINUTE)
    await look(stage)
    assert (await planned(stage))["fcm"] > 0
    assert (await tired(stage)).rings == 1


async def test_a_step_that_fails_starts_the_next_at_once_and_rings_only_once(
    stage: Stage,
) -> None:
    me = stage.people.staff[0]
    await stage.give(me, Channel.FCM, "malformed-address")
    await stage.give(me, Channel.WECHAT, "openid-1", kind=EndpointKind.OPENID)
    await tell(stage)
    await stage.worker().drain()
    assert await planned(stage) == {"wechat": 0}
    assert (await tired(stage)).repeats == 0


async def test_the_night_is_quiet_and_the_morning_brings_one_digest_of_all(stage: Stage) -> None:
    me = await reachable(stage)
    go(stage, local(23))
    await tell(stage, "approver_todo", number=1)
    await tell(stage, "applicant_result", number=2)
    await tell(stage, "approver_todo_urgent", number=3)
    assert await stage.count("SELECT channel, count(*) FROM notification_delivery GROUP BY 1") == {
        "wecom": 1,
        "fcm": 1,
    }, "only what is critical"
    go(stage, local(6, day=3))
    assert await close(stage) == 0
    go(stage, local(7, day=3))
    assert await close(stage) == 1
    assert await stage.count(DIGESTS) == {str(me): 1}
    assert await stage.count("SELECT params ->> 'count', 1 FROM notification WHERE kind = 'digest'")
    assert await close(stage) == 0


async def test_who_sleeps_after_the_night_gets_the_digest_at_the_start_of_the_next(
    stage: Stage,
) -> None:
    me = await reachable(stage)
    async with stage.database.transaction(1) as session:
        await session.execute(
            insert(DutyShift),
            [
                {
                    "hospital_id": 1,
                    "id": new_id(),
                    "staff_id": me,
                    "starts_at": local(22, day),
                    "ends_at": local(8, day + 1),
                }
                for day in (2, 3)
            ],
        )
    go(stage, local(3, day=3))
    await tell(stage, number=1)
    assert (await planned(stage))["wecom"] == 0, "awake at three"
    go(stage, local(10, day=3))
    await tell(stage, number=2)
    go(stage, local(21, day=3))
    assert await close(stage) == 0
    go(stage, local(22, day=3))
    assert await close(stage) == 1
    assert await stage.count("SELECT kind, count(*) FROM notification GROUP BY kind") == {
        "approver_todo": 2,
        "digest": 1,
    }


async def test_parallel_workers_send_each_digest_once(stage: Stage) -> None:
    for person in stage.people.staff:
        await reachable(stage, person)
        for number in range(3):
            await tell(stage, "cc_info", number=number, person=person)
    stage.clock.advance(31 * MINUTE)
    written = await asyncio.gather(*(close(stage) for _ in range(6)))
    assert sum(written) + await close(stage) == 3
    assert await stage.count(DIGESTS) == {str(person): 1 for person in stage.people.staff}
    assert await stage.count(
        "SELECT closed_at IS NULL, count(*) FROM digest_bucket GROUP BY 1"
    ) == {"False": 3}


async def test_what_comes_while_a_digest_leaves_is_in_that_one_or_in_the_next(
    stage: Stage,
) -> None:
    await reachable(stage)
    await tell(stage, "cc_info", number=0)
    stage.clock.advance(31 * MINUTE)
    await asyncio.gather(
        close(stage),
        *(tell(stage, "cc_info", number=number) for number in range(1, 9)),
        close(stage),
    )
    await look(stage)
    go(stage, local(11, day=3))
    await close(stage)
    items = await stage.count(
        "SELECT i, count(*) FROM digest_bucket, jsonb_array_elements_text(items) i"
        " WHERE notification_id IS NOT NULL GROUP BY i"
    )
    assert len(items) == 9
    assert set(items.values()) == {1}


async def test_parallel_news_never_rings_more_often_than_the_day_allows(stage: Stage) -> None:
    await reachable(stage)
    await asyncio.gather(*(tell(stage, number=number) for number in range(20)))
    while (await stage.count("SELECT 'left', count(*) FROM notification_agenda WHERE step = 0"))[
        "left"
    ]:
        await look(stage)
    assert (await tired(stage)).rings == 6
    sent = await stage.count(
        "SELECT channel, count(*) FROM notification_delivery WHERE step = 0 GROUP BY 1"
    )
    assert sent == {"wecom": 6}
    held = await stage.count("SELECT category, jsonb_array_length(items) FROM digest_bucket")
    assert held == {"approval": 14}, "and nothing is lost"


async def test_a_person_somebody_else_decides_about_is_left_to_the_worker(stage: Stage) -> None:
    me = await reachable(stage)
    async with stage.database.transaction(1) as busy:
        assert await try_lock(busy, hospital_id=1, staff=[me]) == {me}
        told = await asyncio.wait_for(tell(stage), timeout=2)
        assert len(told) == 1, "the inbox row does not wait"
        await look(stage)
        assert await stage.delivery_states() == {}, "nor does the worker"
    await look(stage)
    assert await planned(stage) == {"wecom": 0, "fcm": 720 * 60}


async def test_repeats_ring_twice_and_then_wait(stage: Stage) -> None:
    await reachable(stage)
    for ordinal in (1, 2, 3, 4):
        await tell(stage, number=ordinal, ordinal=ordinal)
    assert await tired(stage) == Fatigue(rings=3, repeats=2, digests=0, critical=0, most=3)
    assert await stage.count("SELECT category, jsonb_array_length(items) FROM digest_bucket") == {
        "approval": 1
    }


async def test_a_day_has_at_most_eight_interruptions_with_its_digests(stage: Stage) -> None:
    await reachable(stage)
    go(stage, local(8))
    for number in range(30):
        await tell(stage, number=number)
        stage.clock.advance(20 * MINUTE)
        await look(stage)
        await close(stage)
    counted = await tired(stage)
    assert counted.most <= 8
    assert counted.digests == 2
    assert counted.repeats <= 2


async def test_wishes_are_kept_and_a_digest_stays_away_from_a_channel_switched_off(
    stage: Stage,
) -> None:
    me = await reachable(stage)
    await wish(stage, me, {Channel.WECOM: Cadence.OFF, Channel.FCM: Cadence.DIGEST})
    await tell(stage, "applicant_result")
    assert await stage.delivery_states() == {}
    stage.clock.advance(31 * MINUTE)
    assert await close(stage) == 1
    assert await planned(stage) == {"fcm": 0}


async def test_who_switched_everything_off_has_only_the_inbox(stage: Stage) -> None:
    me = await reachable(stage)
    await wish(stage, me, {Channel.WECOM: Cadence.OFF, Channel.FCM: Cadence.OFF})
    told = await tell(stage, "applicant_result")
    assert len(told) == 1
    assert await stage.delivery_states() == {}
    assert await stage.count("SELECT category, 1 FROM digest_bucket") == {}
    await tell(stage, "old_contact_notice")
    assert await planned(stage) == {"wecom": 0, "fcm": 168 * 60}, "a mandatory kind"


async def test_a_digest_goes_away_when_all_in_it_is_settled(stage: Stage) -> None:
    await reachable(stage)
    first, second = [(await tell(stage, "cc_info", number=number))[0] for number in (1, 2)]
    stage.clock.advance(31 * MINUTE)
    await close(stage)
    await mark(stage, first, NotificationState.READ)
    assert await withdraw_settled_digests(stage.database, 1, now=stage.clock()) == 0
    await mark(stage, second, NotificationState.ACTED)
    assert await withdraw_settled_digests(stage.database, 1, now=stage.clock()) == 1
    await stage.worker().drain()
    assert stage.fcm.requests == 0
    assert await stage.count("SELECT state, 1 FROM notification WHERE kind = 'digest'") == {
        "withdrawn": 1
    }


async def test_what_was_all_read_before_its_digest_leaves_nothing_to_send(stage: Stage) -> None:
    await reachable(stage)
    (told,) = await tell(stage, "cc_info")
    await mark(stage, told, NotificationState.READ)
    stage.clock.advance(31 * MINUTE)
    assert await close(stage) == 0
    assert await stage.count("SELECT closed_at IS NULL, 1 FROM digest_bucket") == {"False": 1}


async def test_digests_of_one_hour_share_their_words_so_that_one_call_carries_them(
    stage: Stage,
) -> None:
    for number, person in enumerate(stage.people.staff):
        await stage.give(person, Channel.DINGTALK_WORK, f"d{number}", kind=EndpointKind.USERID)
        await tell(stage, "cc_info", number=number, person=person)
    stage.clock.advance(31 * MINUTE)
    assert await close(stage) == 3
    keys = await stage.count(
        "SELECT collapse_key || ordinal, count(*) FROM notification"
        " WHERE kind = 'digest' GROUP BY 1"
    )
    assert list(keys.values()) == [3]


async def test_a_months_calls_are_kept_for_what_is_urgent(stage: Stage) -> None:
    me = stage.people.staff[0]
    await stage.give(me, Channel.DINGTALK_TODO, "d1", kind=EndpointKind.UNIONID)
    await set_policy(stage, monthly_calls=100)
    async with stage.database.transaction(1) as session:
        await session.execute(
            text(
                'INSERT INTO provider_meter (hospital_id, provider, "window", used, updated_at)'
                " VALUES (1, :meter, 'month:2026-11', 10, now())"
            ),
            {"meter": METER},
        )
    await tell(stage, number=1)
    await tell(stage, "approver_todo_urgent", number=2)
    assert await planned(stage) == {"dingtalk_todo": 0}
    assert await stage.count("SELECT category, jsonb_array_length(items) FROM digest_bucket") == {
        "approval": 1
    }
    assert await count_promised_calls(stage.database, 1, stage.clock()) == 1


async def wish(stage: Stage, person: uuid.UUID, wishes: Mapping[Channel, Cadence]) -> None:
    categories = ("result", "money")
    async with stage.database.transaction(1) as session:
        await session.execute(
            insert(NotificationPreference),
            [
                {
                    "hospital_id": 1,
                    "id": new_id(),
                    "staff_id": person,
                    "category": category,
                    "channel": channel,
                    "cadence": cadence,
                    "updated_at": stage.clock(),
                }
                for category in categories
                for channel, cadence in wishes.items()
            ],
        )


async def set_policy(stage: Stage, **changed: object) -> None:
    async with stage.database.transaction(1) as session:
        await session.execute(
            insert(NotificationPolicy),
            {
                "hospital_id": 1,
                "rings_per_day": 8,
                "digests_per_day": 2,
                "repeats_max": 2,
                "digest_times": [660, 990],
                "digest_size": 20,
                "quiet_from": 1320,
                "quiet_until": 420,
                "mandatory_categories": ["approval"],
                "monthly_calls": 10_000,
                "urgent_reserve_percent": 20,
                "updated_at": stage.clock(),
                **changed,
            },
        )
