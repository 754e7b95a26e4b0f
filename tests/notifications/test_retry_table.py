"""Every row of the retry table: what a provider answered, and what is done about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    NoPermit,
    NotDelivered,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.settle import (
    DeliveryFacts,
    Idempotency,
    settle,
)
from mobile_hrp.domain.notification.vocabulary import DeliveryState, Phase
from mobile_hrp.notifications.channels import dingtalk_api, fcm, signed, wechat, wecom
from mobile_hrp.notifications.channels.calls import Reply
from mobile_hrp.notifications.channels.transport import (
    Answer,
    NoAnswerError,
    NotSentError,
    failure_outcome,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


def of_fcm(status: int, name: str, code: str = "", text: str = "", wait: str = "") -> Outcome:
    details = f'[{{"@type": "{FCM_ERROR}", "errorCode": "{code}"}}]' if code else "[]"
    body = f'{{"error": {{"status": "{name}", "message": "{text}", "details": {details}}}}}'
    headers = {"Retry-After": wait} if wait else {}
    return fcm.classify(Answer(status, headers, body.encode()), now=NOW)


def of_old_dingtalk(code: int, **more: Any) -> Outcome | None:
    return dingtalk_api.classify_old(Reply(200, {"errcode": code, **more}), now=NOW)


def of_new_dingtalk(status: int, code: str, text: str = "") -> Outcome | None:
    return dingtalk_api.classify_new(Reply(status, {"code": code, "message": text}), now=NOW)


def of_wechat(code: int, text: str = "") -> Outcome | None:
    return wechat.classify(Reply(200, {"errcode": code, "errmsg": text}))


def of_wecom(code: int) -> Outcome | None:
    return wecom.classify(Reply(200, {"errcode": code}))


def of_hook(status: int, wait: str = "") -> Outcome:
    headers = {"Retry-After": wait} if wait else {}
    return signed.classify(Answer(status, headers, b""), key="k", now=NOW)


BAN = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}
DECEMBER = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)

TABLE: list[tuple[str, Outcome | None, Outcome | None]] = [
    # dead addresses
    ("fcm unregistered", of_fcm(404, "NOT_FOUND", "UNREGISTERED"), Revoke("UNREGISTERED")),
    (
        "fcm other sender",
        of_fcm(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        Revoke("SENDER_ID_MISMATCH"),
    ),
    (
        "fcm bad token",
        of_fcm(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "not a valid FCM registration token"),
        Revoke("INVALID_ARGUMENT"),
    ),
    ("wechat bad openid", of_wechat(40003), Revoke("40003")),
    ("wecom nobody", of_wecom(81013), Revoke("81013")),
    ("dingtalk bad user", of_old_dingtalk(33012), Revoke("33012")),
    ("hook gone", of_hook(410), Revoke("410")),
    # our own mistakes
    ("fcm bad request", of_fcm(400, "INVALID_ARGUMENT"), Drop("INVALID_ARGUMENT")),
    (
        "wechat field",
        of_wechat(47003, "argument invalid! data.thing1.value rid: x"),
        Drop("47003", field="thing1"),
    ),
    ("wechat template", of_wechat(40037), Drop("40037")),
    ("wechat page", of_wechat(41030), Drop("41030")),
    ("wechat sensitive word", of_wechat(45168), Drop("45168")),
    ("dingtalk banned words", of_old_dingtalk(1430002), Drop("1430002", field="words")),
    ("dingtalk unknown code", of_old_dingtalk(400002), Drop("400002")),
    ("dingtalk bad parameter", of_new_dingtalk(400, "param.error"), Drop("param.error")),
    ("wecom unknown code", of_wecom(40058), Drop("40058")),
    ("hook refused", of_hook(404), Drop("404")),
    # faults of the channel
    ("fcm credential", of_fcm(401, "UNAUTHENTICATED"), Fault("UNAUTHENTICATED")),
    (
        "fcm apns key",
        of_fcm(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        Fault("THIRD_PARTY_AUTH_ERROR"),
    ),
    ("wechat token again", of_wechat(40001), Fault("40001")),
    ("wechat token 40014", of_wechat(40014), Fault("40014")),
    ("wechat token 42001", of_wechat(42001), Fault("42001")),
    ("wecom token", of_wecom(42001), Fault("42001")),
    ("wecom token 40014", of_wecom(40014), Fault("40014")),
    ("wecom token 40001", of_wecom(40001), Fault("40001")),
    ("dingtalk token", of_old_dingtalk(40014), Fault("TOKEN:40014")),
    ("wechat address not allowed", of_wechat(40164), Fault("40164")),
    ("wecom address not allowed", of_wecom(60020), Fault("60020")),
    ("dingtalk month used up", of_old_dingtalk(90020), Fault("90020", until=DECEMBER)),
    (
        "dingtalk month used up, wrapped",
        of_old_dingtalk(88, sub_code="90020"),
        Fault("90020", until=DECEMBER),
    ),
    (
        "dingtalk v1 month used up",
        of_new_dingtalk(403, "Forbidden.90020"),
        Fault("Forbidden.90020", until=DECEMBER),
    ),
    (
        "dingtalk v1 credential",
        of_new_dingtalk(401, "InvalidAuthentication"),
        Fault("InvalidAuthentication"),
    ),
    # quotas: the whole channel waits
    (
        "fcm quota",
        of_fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", wait="90"),
        Retry("QUOTA_EXCEEDED", RetryScope.PROVIDER, 90.0),
    ),
    (
        "fcm quota without a hint",
        of_fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        Retry("QUOTA_EXCEEDED", RetryScope.PROVIDER, 60.0),
    ),
    ("wechat quota", of_wechat(45009), Retry("45009", RetryScope.PROVIDER, 60.0)),
    ("wecom rate", of_wecom(45009), Retry("45009", RetryScope.PROVIDER, 60.0)),
    ("wecom concurrency", of_wecom(45033), Retry("45033", RetryScope.PROVIDER, 60.0)),
    *(
        (f"dingtalk {code}", of_old_dingtalk(code), Retry(str(code), RetryScope.PROVIDER, 60.0))
        for code in (90018, 90002, 90019, 143103, 143104)
    ),
    (
        "dingtalk todo flow control",
        of_new_dingtalk(400, "todo.flowControlError"),
        Retry("todo.flowControlError", RetryScope.PROVIDER, 60.0),
    ),
    (
        "dingtalk ban",
        dingtalk_api.classify_old(Reply(200, BAN), now=NOW),
        Retry("X5_BAN", RetryScope.PROVIDER, 300.0),
    ),
    (
        "dingtalk ban page",
        dingtalk_api.classify_new(Reply(200, {}, {"Content-Type": "text/html"}), now=NOW),
        Retry("X5_BAN", RetryScope.PROVIDER, 300.0),
    ),
    # later
    *(
        (
            f"fcm {status}",
            of_fcm(status, "UNAVAILABLE", wait="3"),
            Retry("UNAVAILABLE", at_least=3.0, backoff=True),
        )
        for status in (500, 502, 503, 504)
    ),
    (
        "dingtalk todo lock",
        of_new_dingtalk(400, "todo.lockError"),
        Retry("todo.lockError", at_least=1.0, backoff=True),
    ),
    ("wechat busy", of_wechat(-1), Retry("-1", backoff=True, tries=3)),
    ("wecom busy", of_wecom(-1), Retry("-1", backoff=True, tries=3)),
    ("dingtalk busy", of_old_dingtalk(-1), Retry("-1", backoff=True, tries=3)),
    (
        "dingtalk todo system error",
        of_new_dingtalk(500, "todo.systemError"),
        Retry("todo.systemError", backoff=True, tries=3),
    ),
    ("wechat concurrent", of_wechat(43108), Retry("43108", RetryScope.RECIPIENT, 1.0)),
    ("hook busy", of_hook(503), Retry("503", backoff=True)),
    ("hook too many", of_hook(429, "30"), Retry("429", at_least=30.0, backoff=True)),
    (
        "nobody answers the door",
        failure_outcome(NotSentError("refused")),
        Retry("UNREACHABLE:refused", RetryScope.PROVIDER, backoff=True),
    ),
    (
        "the answer is lost",
        failure_outcome(NoAnswerError("reset")),
        Ambiguous("NO_ANSWER:reset"),
    ),
    # no permit, silent drops, repeats
    ("wechat permit", of_wechat(43101), NoPermit("43101")),
    ("dingtalk daily limit", of_old_dingtalk(143105), NotDelivered("143105")),
    ("dingtalk repeat", of_old_dingtalk(143106), NotDelivered("143106")),
    (
        "dingtalk to-do exists",
        of_new_dingtalk(400, "todo.taskCreate.paramError", "task exist"),
        Accepted("", code="TASK_EXISTS"),
    ),
    # success
    ("dingtalk ok", of_old_dingtalk(0), None),
    ("wecom ok", of_wecom(0), None),
    ("wechat ok", of_wechat(0), None),
    ("hook ok", of_hook(204), Accepted("k")),
    # what no table foresees
    (
        "wechat answers a page",
        wechat.classify(Reply(200)),
        Ambiguous("ANSWER_UNREADABLE"),
    ),
    ("wecom answers a page", wecom.classify(Reply(502)), Retry("HTTP_502", backoff=True)),
    (
        "dingtalk answers nothing",
        dingtalk_api.classify_old(Reply(200), now=NOW),
        Ambiguous("ANSWER_UNREADABLE"),
    ),
]


@pytest.mark.parametrize(
    ("outcome", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_an_answer_means_what_the_table_says(
    outcome: Outcome | None, expected: Outcome | None
) -> None:
    assert outcome == expected


def facts(idempotency: Idempotency = Idempotency.KEY, attempts: int = 1) -> DeliveryFacts:
    return DeliveryFacts(
        attempts, Phase.SEND, NOW + timedelta(hours=24), idempotency, has_fallback=True
    )


@pytest.mark.parametrize(
    ("idempotency", "state"),
    [
        (Idempotency.KEY, DeliveryState.PENDING),
        (Idempotency.CONTENT, DeliveryState.PENDING),
        (Idempotency.NONE, DeliveryState.UNCERTAIN),
    ],
)
def test_a_lost_answer_is_repeated_only_where_a_repeat_does_no_harm(
    idempotency: Idempotency, state: DeliveryState
) -> None:
    settled = settle(facts(idempotency), Ambiguous("NO_ANSWER"), now=NOW, jitter=0.5)
    assert settled.state is state
    assert settled.fall_back is (state is DeliveryState.UNCERTAIN)


@pytest.mark.parametrize(
    "outcome", [Revoke("x"), Drop("x"), NoPermit("x"), NotDelivered("x"), Fault("x")]
)
def test_what_cannot_reach_the_person_tries_the_next_channel_at_once(outcome: Outcome) -> None:
    settled = settle(facts(), outcome, now=NOW, jitter=0.5)
    assert settled.fall_back
    assert settled.phase is None
    assert settled.revoke_endpoint is isinstance(outcome, Revoke)
    assert settled.clear_permits is isinstance(outcome, NoPermit)
    assert settled.alarm is isinstance(outcome, Drop | Fault)


def test_a_busy_provider_is_asked_three_times_and_no_more() -> None:
    again = settle(facts(attempts=2), Retry("-1", tries=3), now=NOW, jitter=0.5)
    given_up = settle(facts(attempts=3), Retry("-1", tries=3), now=NOW, jitter=0.5)
    assert (again.state, again.phase) == (DeliveryState.PENDING, Phase.SEND)
    assert (given_up.state, given_up.phase) == (DeliveryState.DEAD, None)


def test_the_month_begins_in_china() -> None:
    assert dingtalk_api.next_month(NOW) == DECEMBER
    new_year = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert dingtalk_api.next_month(new_year) == datetime(2027, 1, 31, 16, 0, tzinfo=UTC)
