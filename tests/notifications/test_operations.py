"""Operators see how pushing goes and send dead letters again; others see and send nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import Stage, rule
from tests.notifications.test_inbox import Client, live, sign_in

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates

__all__ = ["live"]  # a fixture of the inbox's tests, used here too

REPLAY = """mutation R($input: ReplayDeadLettersInput!) { replayDeadLetters(input: $input) {
  letters { channel code count } replayed userErrors { code field } } }"""
REPORT = """query R($days: Int!) { deliveryReport(days: $days) {
  funnel { channel kind created sent confirmed read acted dead }
  channels { channel waiting oldestWaitingAt attempts rateLimited pausedUntil pauseReason }
  calls { provider callsThisMonth } permitsLeft } }"""
KEY = "k" * 16


@pytest.fixture
async def operator(stage: Stage, live: LiveUpdates, owner_database: Database) -> Client:
    stage.clock.advance(utc_now() - stage.clock())
    person = stage.people.staff[1]
    return await sign_in(stage, live, owner_database, person, role="system_admin")


async def two_dead_letters(stage: Stage) -> None:
    """One message arrives, two break a rule of the provider; one of those was read since."""
    addresses = await stage.give_phones()
    first, second, third = stage.people.staff
    for person in (first, second):
        bad = ScriptedFault(FaultKind.STATUS, status=400, address=addresses[person])
        stage.fcm.faults.play(bad)
    await stage.tell()
    await stage.worker().drain()
    assert await stage.delivery_states() == {"dead": 2, "accepted": 1}
    assert third not in (first, second)


def asked(*, dry_run: bool, **narrowed: object) -> dict[str, object]:
    return {"idempotencyKey": KEY, "dryRun": dry_run, "filter": narrowed}


async def test_a_dry_run_counts_and_sends_nothing(stage: Stage, operator: Client) -> None:
    await two_dead_letters(stage)
    done = (await operator.run(REPLAY, input=asked(dry_run=True)))["replayDeadLetters"]
    assert [letter["count"] for letter in done["letters"]] == [2]
    await stage.worker().drain()
    assert await stage.delivery_states() == {"dead": 2, "accepted": 1}
    assert stage.fcm.requests == 3


async def test_dead_letters_are_sent_again_once_where_they_still_make_sense(
    stage: Stage, operator: Client
) -> None:
    await two_dead_letters(stage)
    async with stage.database.transaction(1) as session:
        await session.execute(
            text("UPDATE notification SET state = 'read', read_at = now() WHERE recipient_id = :p"),
            {"p": stage.people.staff[0]},
        )
    answers = [
        (await operator.run(REPLAY, input=asked(dry_run=False)))["replayDeadLetters"]
        for _ in range(2)
    ]
    assert [answer["replayed"] for answer in answers] == [False, True]
    assert [letter["count"] for letter in answers[0]["letters"]] == [1]
    await stage.worker().drain()
    assert await stage.delivery_states() == {"dead": 1, "accepted": 2}
    audited = await stage.count(
        "SELECT action || ' ' || (detail->>'replayed'), count(*) FROM audit_event"
        " WHERE action = 'delivery.replay' GROUP BY 1"
    )
    assert audited == {"delivery.replay 1": 1}


async def test_what_had_ended_gets_a_new_life_when_it_is_sent_again(
    stage: Stage, operator: Client
) -> None:
    await stage.give_phones()
    await stage.tell(kind=rule((Channel.FCM, 0), hours=1))
    stage.clock.advance(timedelta(hours=2))
    await stage.worker().drain()
    assert await stage.delivery_states() == {"expired": 3}
    assert stage.fcm.requests == 0
    given = asked(dry_run=False, state="EXPIRED", channel="FCM")
    await operator.run(REPLAY, input=given)
    await stage.worker().drain()
    assert await stage.delivery_states() == {"accepted": 3}


@pytest.mark.parametrize(
    "narrowed",
    [
        {"channel": "SMS"},
        {"code": "OTHER"},
        {"until": "2020-01-01T00:00:00"},
        {"since": "2100-01-01T00:00:00Z"},
    ],
)
async def test_a_filter_leaves_the_others_alone(
    stage: Stage, operator: Client, narrowed: dict[str, object]
) -> None:
    await two_dead_letters(stage)
    done = await operator.run(REPLAY, input=asked(dry_run=False, **narrowed))
    assert done["replayDeadLetters"]["letters"] == []
    assert await stage.delivery_states() == {"dead": 2, "accepted": 1}


async def test_what_may_have_been_sent_is_not_replayed(stage: Stage, operator: Client) -> None:
    await two_dead_letters(stage)
    done = await operator.run(REPLAY, input=asked(dry_run=False, state="UNCERTAIN"))
    assert done["replayDeadLetters"]["letters"] is None
    (error,) = done["replayDeadLetters"]["userErrors"]
    assert error == {"code": "DELIVERY_NOT_REPLAYABLE", "field": ["filter", "state"]}


async def test_the_report_follows_messages_from_made_to_acted_on(
    stage: Stage, operator: Client
) -> None:
    await two_dead_letters(stage)
    stage.fcm.faults.play(ScriptedFault(FaultKind.STATUS, status=429, retry_after="90"))
    await stage.tell(dedupe_key="task:2", recipients=stage.people.staff[2:])
    async with stage.database.transaction(1) as session:
        await session.execute(
            text("UPDATE notification SET acted_at = now(), read_at = now() WHERE dedupe_key = :k"),
            {"k": "task:1"},
        )
    await stage.worker().drain()
    report = (await operator.run(REPORT, days=7))["deliveryReport"]
    (stage_of_todo,) = report["funnel"]
    counts = {name: stage_of_todo[name] for name in ("created", "sent", "read", "acted", "dead")}
    assert counts == {"created": 4, "sent": 1, "read": 1, "acted": 1, "dead": 2}
    (fcm,) = report["channels"]
    assert (fcm["channel"], fcm["attempts"], fcm["rateLimited"]) == ("FCM", 4, 1)
    assert fcm["pauseReason"] == "QUOTA_EXCEEDED"
    assert (report["calls"], report["permitsLeft"]) == ([], 0)


async def test_only_operators_see_the_report_or_replay(
    stage: Stage, live: LiveUpdates, owner_database: Database
) -> None:
    await two_dead_letters(stage)
    person = await sign_in(stage, live, owner_database, stage.people.staff[0])
    for document, values in ((REPORT, {"days": 7}), (REPLAY, {"input": asked(dry_run=False)})):
        refused = await person.refused(document, **values)
        assert refused == "PERMISSION_DENIED"
    assert await stage.delivery_states() == {"dead": 2, "accepted": 1}
