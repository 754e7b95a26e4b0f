"""The FCM channel over a real socket: what is sent, and what each answer is taken for."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.fakes.fcm import FaultKind, ScriptedFault
from tests.notifications.hospital import Stage

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.vocabulary import EndpointKind, Urgency
from mobile_hrp.notifications.channels.base import (
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.channels.fcm import FcmChannel, classify
from mobile_hrp.notifications.channels.transport import Answer, retry_after_seconds
from mobile_hrp.runtime.clock import utc_now

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
TARGET = Target(EndpointKind.FCM_FID, "fid-1")


def message(*, line: str = "您有一项待办", urgency: Urgency = Urgency.NORMAL) -> Message:
    return Message(
        key="delivery-1",
        public_id="AbCd",
        category="approval",
        title="医院移动运营",
        line=line,
        urgency=urgency,
        collapse_key="task-7",
        badge=3,
        expires_at=NOW + timedelta(hours=1),
    )


def item(channel: FcmChannel, target: Target = TARGET) -> Item:
    sent = message()
    return Item(uuid.UUID(int=1), target, sent, channel.render(sent, target, now=NOW))


def test_the_payload_has_an_opaque_id_a_generic_line_and_nothing_else_to_read(
    stage: Stage,
) -> None:
    body = json.loads(stage.channel.render(message(), TARGET, now=NOW))["message"]
    assert body["fid"] == "fid-1"
    assert body["data"] == {"n": "AbCd", "c": "approval", "v": "1"}
    assert body["notification"] == {"title": "医院移动运营", "body": "您有一项待办"}
    assert body["android"]["notification"] == {"tag": "task-7", "notification_count": 3}
    assert body["android"]["ttl"] == "3600s"
    assert body["apns"]["headers"]["apns-collapse-id"] == "task-7"
    assert body["apns"]["payload"]["aps"]["badge"] == 3


def test_urgent_messages_wake_the_phone_and_others_do_not(stage: Stage) -> None:
    priorities = {
        urgency: json.loads(stage.channel.render(message(urgency=urgency), TARGET, now=NOW))[
            "message"
        ]["android"]["priority"]
        for urgency in Urgency
    }
    assert priorities == {
        Urgency.CRITICAL: "high",
        Urgency.HIGH: "high",
        Urgency.NORMAL: "normal",
        Urgency.LOW: "normal",
    }


def test_an_old_installs_token_is_sent_as_a_token_without_a_warning(stage: Stage) -> None:
    target = Target(EndpointKind.FCM_TOKEN, "old-token")
    body = json.loads(stage.channel.render(message(), target, now=NOW))["message"]
    assert body["token"] == "old-token"
    assert "fid" not in body


def test_a_payload_over_four_kilobytes_is_refused_before_it_is_sent(stage: Stage) -> None:
    with pytest.raises(RenderError, match="payload"):
        stage.channel.render(message(line="长" * 1400), TARGET, now=NOW)


def test_an_address_never_shows_in_a_log(stage: Stage) -> None:
    assert "fid-1" not in repr(item(stage.channel))


async def test_a_repeat_of_a_message_replaces_the_first_on_the_phone(stage: Stage) -> None:
    sent = item(stage.channel)
    outcomes = [*await stage.channel.send([sent]), *await stage.channel.send([sent])]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert list(stage.fcm.phones.shown["fid-1"]) == ["task-7"]


async def test_what_was_taken_back_leaves_the_phone(stage: Stage) -> None:
    sent = item(stage.channel)
    await stage.channel.send([sent])
    await stage.channel.withdraw([sent])
    assert stage.fcm.phones.shown["fid-1"] == {}


async def test_one_bad_address_in_a_batch_changes_nothing_for_the_others(stage: Stage) -> None:
    stage.fcm.unregister(["fid-bad"])
    bad = item(stage.channel, Target(EndpointKind.FCM_FID, "fid-bad"))
    outcomes = await stage.channel.send([item(stage.channel), bad, item(stage.channel)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Revoke, Accepted]


async def test_a_revoked_access_token_is_replaced_once_and_the_message_arrives(
    stage: Stage,
) -> None:
    await stage.channel.send([item(stage.channel)])
    stage.fcm.revoke_tokens()
    outcomes = await stage.channel.send([item(stage.channel)] * 20)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert stage.fcm.token_fetches == 2


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("malformed-1", Revoke("INVALID_ARGUMENT")),
        ("gone", Revoke("UNREGISTERED")),
        ("other", Revoke("SENDER_ID_MISMATCH")),
        ("no-apns-key", Fault("THIRD_PARTY_AUTH_ERROR")),
    ],
)
async def test_what_fcm_says_of_an_address(stage: Stage, address: str, expected: Outcome) -> None:
    stage.fcm.unregister(["gone"])
    stage.fcm.other_sender.add("other")
    stage.fcm.apns_key_missing.add("no-apns-key")
    sent = item(stage.channel, Target(EndpointKind.FCM_FID, address))
    assert await stage.channel.send([sent]) == [expected]
    assert stage.fcm.requests == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            ScriptedFault(FaultKind.STATUS, status=429, retry_after="90"),
            Retry("QUOTA_EXCEEDED", scope=RetryScope.PROVIDER, at_least=90),
        ),
        (
            ScriptedFault(FaultKind.STATUS, status=429),
            Retry("QUOTA_EXCEEDED", scope=RetryScope.PROVIDER, at_least=60),
        ),
        (
            ScriptedFault(FaultKind.STATUS, status=503, retry_after="3"),
            Retry("UNAVAILABLE", at_least=3, backoff=True),
        ),
        (ScriptedFault(FaultKind.STATUS, status=500), Retry("INTERNAL", backoff=True)),
        (ScriptedFault(FaultKind.HTML, status=502), Retry("HTTP_502", backoff=True)),
        (ScriptedFault(FaultKind.HTML, status=200), Ambiguous("FCM_ANSWER_UNREADABLE")),
        (
            ScriptedFault(FaultKind.HTML, status=407),
            Retry("HTTP_407", scope=RetryScope.PROVIDER, backoff=True),
        ),
    ],
)
async def test_what_fcm_says_on_a_bad_day(
    stage: Stage, fault: ScriptedFault, expected: Outcome
) -> None:
    stage.fcm.faults.play(fault)
    assert await stage.channel.send([item(stage.channel)]) == [expected]
    assert stage.fcm.requests == 1, "the adapter itself never tries again"


@pytest.mark.parametrize("kind", [FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER, FaultKind.HANG])
async def test_a_request_without_an_answer_may_or_may_not_have_arrived(
    stage: Stage, kind: FaultKind
) -> None:
    stage.fcm.faults.play(ScriptedFault(kind))
    (outcome,) = await stage.channel.send([item(stage.channel)])
    assert isinstance(outcome, Ambiguous)


async def test_a_provider_that_is_not_there_has_certainly_seen_nothing(stage: Stage) -> None:
    nobody_listens = "http://127.0.0.1:1"
    channel = FcmChannel(
        project="demo-hospital",
        service_account=stage.fcm.service_account(),
        clock=utc_now,
        base_url=nobody_listens,
    )
    (outcome,) = await channel.send([item(channel)])
    await channel.close()
    assert isinstance(outcome, Retry)
    assert outcome.scope is RetryScope.PROVIDER


async def test_without_an_access_token_the_channel_is_at_fault_and_not_the_message(
    stage: Stage,
) -> None:
    service_account = stage.fcm.service_account()
    await stage.fcm.stop()
    channel = FcmChannel(
        project="demo-hospital",
        service_account=service_account,
        clock=utc_now,
        base_url=stage.fcm.url,
    )
    outcomes = await channel.send([item(channel)] * 3)
    await channel.close()
    assert all(isinstance(outcome, Fault) for outcome in outcomes)


def test_a_project_that_is_not_found_is_a_fault_and_not_a_dead_phone() -> None:
    body = b'{"error": {"code": 404, "status": "NOT_FOUND", "message": "x"}}'
    assert classify(Answer(404, {}, body), now=NOW) == Fault("NOT_FOUND")


def test_a_message_that_breaks_a_rule_names_the_field_and_keeps_the_phone() -> None:
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "message.android.ttl", "description": "bad"}],
        }
    ]
    error = {"code": 400, "status": "INVALID_ARGUMENT", "message": "bad", "details": details}
    outcome = classify(Answer(400, {}, json.dumps({"error": error}).encode()), now=NOW)
    assert outcome == Drop("INVALID_ARGUMENT", field="message.android.ttl")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        (format_datetime(NOW + timedelta(seconds=45), usegmt=True), 45.0),
        (format_datetime(NOW - timedelta(seconds=45), usegmt=True), 0.0),
        ("99999999999", 3600.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("²", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_absurd_ones_are_bounded(
    value: str, seconds: float
) -> None:
    assert retry_after_seconds({"Retry-After": value}, NOW) == seconds
