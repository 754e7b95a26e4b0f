"""The worker against a real outbox and a faithful FCM: nothing lost, nothing shown twice."""

import asyncio
import json
import uuid
from datetime import timedelta

from sqlalchemy import text
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import SENSITIVE, Stage, open_hospital, rule

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.plan import Notice, Subject, fan_out
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id


async def test_each_recipient_gets_one_inbox_row_and_one_notification(
    stage: Stage,
) -> None:
    addresses = await stage.give_phones()
    told = await stage.tell()
    await stage.worker().drain()
    assert len(told) == 3
    assert await stage.delivery_states() == {"accepted": 3}
    assert set(stage.fcm.phones.shown) == set(addresses.values())
    assert all(len(shown) == 1 for shown in stage.fcm.phones.shown.values())
    assert stage.fcm.phones.duplicates() == 0


async def test_telling_the_same_thing_again_tells_nobody_twice(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    again = await stage.tell()
    await stage.worker().drain()
    assert again == []
    assert stage.fcm.requests == 3


async def test_a_rolled_back_transaction_tells_nobody(stage: Stage) -> None:
    await stage.give_phones()
    async with stage.database.transaction(1) as session:
        told = await fan_out(
            session,
            hospital_id=1,
            notice=Notice(rule((Channel.FCM, 0)), Subject("task", uuid.UUID(int=1)), "task:1"),
            recipients=stage.people.staff,
            now=stage.clock(),
            new_id=new_id,
        )
        await session.rollback()
    await stage.worker().drain()
    assert len(told) == 3
    assert stage.fcm.requests == 0
    assert await stage.delivery_states() == {}


async def test_no_name_amount_or_department_reaches_the_provider(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    await stage.worker().drain()
    everything = b"".join(stage.fcm.seen).decode("unicode_escape", "replace")
    assert "n" in everything
    for value in SENSITIVE.values():
        assert value not in everything
        assert value.encode() not in b"".join(stage.fcm.seen)


async def test_a_killed_workers_deliveries_are_taken_over_and_shown_once(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    stage.fcm.faults.play(ScriptedFault(FaultKind.HANG, times=3))
    killed = asyncio.create_task(stage.worker().drain())
    await stage.fcm.faults.hanging.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    stage.fcm.faults.clear()

    await stage.worker().drain()
    assert await stage.delivery_states() == {"pending": 3}, "the leases still hold"
    stage.clock.advance(timedelta(seconds=61))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"accepted": 3}
    assert all(len(shown) == 1 for shown in stage.fcm.phones.shown.values())


async def test_an_answer_lost_after_the_message_arrived_shows_it_once(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    stage.fcm.faults.play(ScriptedFault(FaultKind.RESET_AFTER, times=3))
    worker = stage.worker()
    await worker.drain()
    assert await stage.delivery_states() == {"pending": 3}
    stage.clock.advance(timedelta(seconds=20))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"accepted": 3}
    assert stage.fcm.phones.duplicates() == 3, "the provider was told twice"
    assert all(len(shown) == 1 for shown in stage.fcm.phones.shown.values())


async def test_a_dead_phone_is_forgotten_and_the_persons_other_channel_is_tried_at_once(
    stage: Stage,
) -> None:
    addresses = await stage.give_phones()
    person = stage.people.staff[0]
    await stage.give(person, Channel.SMS, "100")
    ladder = rule((Channel.FCM, 0), (Channel.SMS, 60))
    stage.fcm.unregister([addresses[person]])
    await stage.tell(kind=ladder, recipients=[person])
    await stage.worker().drain()
    assert await stage.delivery_states() == {"undelivered": 1, "pending": 1}
    due = await stage.count(
        "SELECT channel, count(*) FROM notification_delivery"
        " WHERE phase = 'send' AND next_at <= :now GROUP BY channel",
        now=stage.clock(),
    )
    assert due == {"sms": 1}
    states = await stage.count(
        "SELECT state || ' ' || coalesce(revoke_reason, ''), count(*)"
        " FROM notification_endpoint WHERE channel = 'fcm' GROUP BY 1",
    )
    assert states == {"revoked UNREGISTERED": 1, "active ": 2}


async def test_an_exhausted_quota_stops_the_channel_until_the_provider_says(stage: Stage) -> None:
    await stage.give_phones()
    quota = ScriptedFault(FaultKind.STATUS, status=429, retry_after="90")
    stage.fcm.faults.play(quota)
    worker = stage.worker(window=1)
    await stage.tell()
    await worker.drain()
    assert stage.fcm.requests == 1, "the others waited in the outbox"
    stage.clock.advance(timedelta(seconds=91))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"accepted": 3}


async def test_what_was_read_or_has_ended_is_not_sent_any_more(stage: Stage) -> None:
    await stage.give_phones()
    told = await stage.tell()
    async with stage.database.transaction(1) as session:
        await session.execute(
            text("UPDATE notification SET state = 'read', read_at = now() WHERE id = :id"),
            {"id": told[0].notification_id},
        )
        await session.execute(
            text("UPDATE notification SET expires_at = created_at + interval '1 s' WHERE id = :id"),
            {"id": told[1].notification_id},
        )
    stage.clock.advance(timedelta(seconds=2))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"suppressed": 1, "expired": 1, "accepted": 1}
    assert stage.fcm.requests == 1


async def test_two_workers_share_two_hospitals_and_send_nothing_twice(
    stage: Stage, owner_database: Database
) -> None:
    other = await open_hospital(owner_database, hospital_id=2, staff=40, now=stage.clock())
    for hospital in (stage.people, other):
        await stage.give_phones(hospital)
        await stage.tell(people=hospital)
    await asyncio.gather(stage.worker(window=5).drain(), stage.worker(window=5).drain())
    assert await stage.delivery_states() == {"accepted": 3}
    assert await stage.delivery_states(hospital_id=2) == {"accepted": 40}
    assert stage.fcm.requests == 43
    assert stage.fcm.token_fetches == 1


async def test_every_attempt_is_kept_with_what_the_provider_answered(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell(recipients=stage.people.staff[:1])
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=503))
    await stage.worker().drain()
    stage.clock.advance(timedelta(minutes=1))
    await stage.worker().drain()
    attempts = await stage.count(
        "SELECT outcome || ' ' || code, number FROM notification_attempt ORDER BY number",
    )
    assert attempts == {"Retry UNAVAILABLE": 1, "Accepted ": 2}


async def test_a_running_worker_hears_of_new_work_and_stops_when_told(stage: Stage) -> None:
    await stage.give_phones()
    stop = asyncio.Event()
    running = asyncio.create_task(stage.worker().run(stop))
    stage.fcm.faults.play(ScriptedFault(FaultKind.HANG))
    await stage.tell()
    async with stage.database.transaction(1) as session:
        await session.execute(text("SELECT pg_notify('hrp_event', '1')"))
    await stage.fcm.faults.hanging.wait()
    stop.set()
    await running
    states = await stage.delivery_states()
    assert states.get("accepted", 0) + states.get("pending", 0) == 3
    leased = await stage.count(
        "SELECT 'leased', count(*) FROM notification_delivery WHERE lease_owner IS NOT NULL",
    )
    assert leased == {"leased": 0}


async def test_one_worker_may_drain_again_and_again(stage: Stage) -> None:
    await stage.give_phones()
    worker = stage.worker()
    await worker.drain()
    await stage.tell()
    await worker.drain()
    await stage.tell(dedupe_key="task:2")
    await worker.drain()
    assert await stage.delivery_states() == {"accepted": 6}


async def test_a_reminder_says_on_the_phone_which_one_it_is(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell(ordinal=2)
    await stage.worker().drain()
    assert (
        "第 2 次提醒 · 您有一项待办"
        in json.loads(stage.fcm.seen[0])["message"]["notification"]["body"]
    )
