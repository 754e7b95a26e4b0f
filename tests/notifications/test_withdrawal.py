"""Acting anywhere ends the notification everywhere, once, also while a worker has it in hand."""

import asyncio
import uuid
from datetime import timedelta

from sqlalchemy import text
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import Stage, rule

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.notifications.withdrawal import withdraw

SUBJECT = uuid.UUID(int=7)
STATES = "SELECT state, count(*) FROM notification GROUP BY state"
PHASES = "SELECT coalesce(phase, 'none'), count(*) FROM notification_delivery GROUP BY 1"


async def act(stage: Stage, actor: uuid.UUID | None, subject_id: uuid.UUID = SUBJECT) -> int:
    async with stage.database.transaction(1) as session:
        return await withdraw(
            session,
            hospital_id=1,
            subject_type="approval_task",
            subject_ids=[subject_id],
            acted_by=actor,
            now=stage.clock(),
        )


async def test_the_actors_row_is_acted_and_the_others_are_withdrawn(stage: Stage) -> None:
    await stage.tell()
    ended = await act(stage, stage.people.staff[0])
    assert ended == 3
    assert await stage.count(STATES) == {"acted": 1, "withdrawn": 2}
    acted = await stage.count(
        "SELECT state, count(*) FROM notification WHERE acted_at IS NOT NULL GROUP BY 1"
    )
    assert acted == {"acted": 1}


async def test_what_was_not_sent_is_suppressed_and_nothing_reaches_a_phone(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    await act(stage, None)
    await stage.worker().drain()
    assert await stage.delivery_states() == {"suppressed": 3}
    assert stage.fcm.requests == 0
    assert await stage.count(STATES) == {"withdrawn": 3}


async def test_what_a_phone_shows_is_removed_and_the_badge_is_the_rest(stage: Stage) -> None:
    addresses = await stage.give_phones()
    await stage.tell()
    await stage.worker().drain()
    await act(stage, stage.people.staff[0])
    assert await stage.count(PHASES) == {"withdraw": 3}
    await stage.worker().drain()
    assert await stage.delivery_states() == {"withdrawn": 3}
    assert not any(stage.fcm.phones.shown[address] for address in addresses.values())
    assert b'"b": "0"' in stage.fcm.seen[-1]


async def test_a_channel_that_cannot_take_back_is_left_as_it_is(stage: Stage) -> None:
    person = stage.people.staff[0]
    await stage.give(person, Channel.SMS, "100", kind=EndpointKind.PHONE)
    await stage.tell(kind=rule((Channel.SMS, 0)), recipients=[person])
    async with stage.database.transaction(1) as session:
        await session.execute(
            text(
                "UPDATE notification_delivery SET state = 'accepted', phase = NULL, next_at = NULL"
            )
        )
    await act(stage, person)
    assert await stage.delivery_states() == {"accepted": 1}
    assert await stage.count(PHASES) == {"none": 1}


async def test_withdrawing_again_changes_nothing_and_announces_nothing(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    await stage.worker().drain()
    await act(stage, stage.people.staff[0])
    await stage.worker().drain()
    requests = stage.fcm.requests
    assert await act(stage, stage.people.staff[1]) == 0
    await stage.worker().drain()
    assert stage.fcm.requests == requests
    assert await stage.count(STATES) == {"acted": 1, "withdrawn": 2}
    events = await stage.count("SELECT kind, count(*) FROM event GROUP BY kind")
    assert events == {"inbox.withdrawn": 1}


async def test_other_subjects_stay_as_they_are(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    assert await act(stage, None, uuid.UUID(int=8)) == 0
    assert await stage.count(STATES) == {"live": 3}
    assert await stage.delivery_states() == {"pending": 3}


async def test_a_message_in_a_workers_hand_is_taken_back_once_it_was_accepted(
    stage: Stage,
) -> None:
    addresses = await stage.give_phones()
    person = stage.people.staff[0]
    await stage.tell(recipients=[person])
    stage.fcm.faults.play(ScriptedFault(FaultKind.SLOW))
    sending = asyncio.create_task(stage.worker().drain())
    await stage.fcm.faults.hanging.wait()
    await act(stage, person)
    assert await stage.delivery_states() == {"pending": 1}, "the worker still has it"
    stage.fcm.faults.release()
    await sending
    await stage.worker().drain()
    assert await stage.delivery_states() == {"withdrawn": 1}
    assert stage.fcm.requests == 2
    assert not stage.fcm.phones.shown[addresses[person]]


async def test_a_message_whose_answer_was_lost_is_taken_back_and_not_repeated(
    stage: Stage,
) -> None:
    addresses = await stage.give_phones()
    person = stage.people.staff[0]
    await stage.tell(recipients=[person])
    stage.fcm.faults.play(ScriptedFault(FaultKind.RESET_AFTER))
    await stage.worker().drain()
    assert len(stage.fcm.phones.shown[addresses[person]]) == 1
    await act(stage, person)
    stage.clock.advance(timedelta(minutes=1))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"withdrawn": 1}
    assert not stage.fcm.phones.shown[addresses[person]]
    assert stage.fcm.phones.duplicates() == 0


async def test_a_killed_workers_message_is_taken_back_by_the_next_one(stage: Stage) -> None:
    addresses = await stage.give_phones()
    person = stage.people.staff[0]
    await stage.tell(recipients=[person])
    stage.fcm.faults.play(ScriptedFault(FaultKind.SLOW))
    killed = asyncio.create_task(stage.worker().drain())
    await stage.fcm.faults.hanging.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    await act(stage, person)
    stage.fcm.faults.release()
    stage.clock.advance(timedelta(seconds=61))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"withdrawn": 1}
    assert not stage.fcm.phones.shown[addresses[person]]


async def test_what_waits_for_another_try_on_a_channel_without_recall_is_suppressed(
    stage: Stage,
) -> None:
    person = stage.people.staff[0]
    await stage.give(person, Channel.WECHAT, "openid-1", kind=EndpointKind.OPENID)
    await stage.tell(kind=rule((Channel.WECHAT, 0)), recipients=[person])
    async with stage.database.transaction(1) as session:
        await session.execute(text("UPDATE notification_delivery SET attempts = 1, code = '-1'"))
    await act(stage, person)
    assert await stage.delivery_states() == {"suppressed": 1}
    assert await stage.count(PHASES) == {"none": 1}
