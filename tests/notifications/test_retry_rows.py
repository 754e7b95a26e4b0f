"""Every answer in the documented table has a case that runs, and every code of ours an advice."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.notifications.test_retry_table import TABLE

from mobile_hrp.notifications.advice import Advice, advice_book

DOCUMENT = Path("docs/notifications.md")
FOLDER = Path("tests/notifications")
_QUOTED = re.compile(r"`([^`]+)`")

CASES: Mapping[str, str] = {
    "FCM 404 UNREGISTERED": "fcm unregistered",
    "FCM 403 SENDER_ID_MISMATCH": "fcm other sender",
    "FCM 400 token": "fcm bad token",
    "FCM 400 BadRequest": "fcm bad request",
    "FCM 401 UNAUTHENTICATED": "fcm credential",
    "FCM 401 THIRD_PARTY_AUTH_ERROR": "fcm apns key",
    "FCM 429": "fcm quota",
    **{f"FCM {status}": f"fcm {status}" for status in (500, 502, 503, 504)},
    "connection refused": "nobody answers the door",
    "timeout after sending": "the answer is lost",
    "WeChat 40001": "wechat token again",
    "WeChat 40014": "wechat token 40014",
    "WeChat 42001": "wechat token 42001",
    "WeCom 40001": "wecom token 40001",
    "WeCom 40014": "wecom token 40014",
    "WeCom 42001": "wecom token",
    "DingTalk 40014": "dingtalk token",
    "WeChat 43101": "wechat permit",
    "WeChat 43108": "wechat concurrent",
    "WeChat 47003": "wechat field",
    "WeChat 40037": "wechat template",
    "WeChat 41030": "wechat page",
    "WeChat 45168": "wechat sensitive word",
    "WeChat 40003": "wechat bad openid",
    "WeCom 81013": "wecom nobody",
    "DingTalk 33012": "dingtalk bad user",
    "WeChat 45009": "wechat quota",
    "WeCom 45009": "wecom rate",
    "WeCom 45033": "wecom concurrency",
    **{f"DingTalk {code}": f"dingtalk {code}" for code in (90018, 90002, 90019, 143103, 143104)},
    "DingTalk todo.flowControlError": "dingtalk todo flow control",
    "DingTalk x5 page": "dingtalk ban page",
    "DingTalk x5 json": "dingtalk ban",
    "DingTalk 90020": "dingtalk month used up",
    "DingTalk 88/90020": "dingtalk month used up, wrapped",
    "DingTalk v1 90020": "dingtalk v1 month used up",
    "DingTalk 143105": "dingtalk daily limit",
    "DingTalk 143106": "dingtalk repeat",
    "DingTalk task exist": "dingtalk to-do exists",
    "WeChat -1": "wechat busy",
    "WeCom -1": "wecom busy",
    "DingTalk -1": "dingtalk busy",
    "DingTalk todo.systemError": "dingtalk todo system error",
    "DingTalk todo.lockError": "dingtalk todo lock",
    "WeChat 40164": "wechat address not allowed",
    "WeCom 60020": "wecom address not allowed",
    "SMS/webhook 410": "hook gone",
    "SMS/webhook 429": "hook too many",
    "SMS/webhook 503": "hook busy",
}
"""Answers that are one call of a classifier."""

TESTS: Mapping[str, str] = {
    "WeCom invaliduser": "test_wecom_names_those_it_does_not_reach",
    "DingTalk invalid_user": "test_the_daily_limit_of_a_person_and_an_unknown_person_are_found_out",
    "WeCom over 30/min": "test_what_wecom_would_drop_silently_goes_to_the_next_channel",
    "expired": "test_what_was_read_or_has_ended_is_not_sent_any_more",
}
"""Answers that take more than one call to see."""

ALSO: Mapping[str, str] = {
    "FCM 401 UNAUTHENTICATED": (
        "test_a_revoked_access_token_is_replaced_once_and_the_message_arrives"
    ),
    "WeChat 40001": "test_a_token_that_is_refused_again_is_a_fault_and_never_a_loop",
    "DingTalk 40014": "test_a_token_that_was_revoked_is_replaced_once_for_all_who_wait",
    "FCM 429": "test_an_exhausted_quota_stops_the_channel_until_the_provider_says",
    "WeChat 43101": "test_wechat_spends_a_permit_and_says_when_none_is_left",
    "WeChat 43108": "test_wechat_is_never_called_twice_at_once_for_one_person",
    "DingTalk 143106": (
        "test_a_second_reminder_on_the_same_day_arrives_and_a_bare_repeat_is_found_out"
    ),
    "timeout after sending": "test_a_lost_answer_is_repeated_only_where_a_repeat_does_no_harm",
}
"""What is seen end to end as well, over a socket."""


def documented(text: str) -> list[str]:
    """The answers in the first column of the table of the document."""
    section = text.split("## What is done with each answer")[1].split("\n## ", maxsplit=1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [answer for row in rows for answer in _QUOTED.findall(row.split("|")[1])]


def uncovered(text: str) -> list[str]:
    """Documented answers without a case that exists."""
    cases = {name for name, *_ in TABLE}
    tests = written_tests()
    return [
        answer
        for answer in documented(text)
        if CASES.get(answer) not in cases and TESTS.get(answer) not in tests
    ]


def written_tests() -> set[str]:
    return {
        node.name
        for file in FOLDER.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_answer_of_the_table_has_a_case() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert len(documented(text)) == len(set(documented(text)))
    assert uncovered(text) == []
    assert set(documented(text)) == {*CASES, *TESTS}


def test_what_is_said_to_be_seen_end_to_end_is() -> None:
    assert set(ALSO.values()) <= written_tests()
    assert set(ALSO) <= {*CASES, *TESTS}


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("| `WeChat 99999` | nobody knows |", ["WeChat 99999"]),
        ("| `FCM 429`, `FCM 418` | a teapot |", ["FCM 418"]),
    ],
)
def test_a_row_without_a_case_would_be_found(row: str, missing: list[str]) -> None:
    planted = f"## What is done with each answer\n\n| answer | x |\n|---|---|\n{row}\n"
    assert uncovered(planted) == missing


def test_no_case_of_the_table_stands_outside_the_document() -> None:
    beyond = {name for name, *_ in TABLE} - set(CASES.values())
    assert all(
        any(word in name for word in (" ok", "hook refused", "unknown code", "answers", "banned"))
        or name in {"fcm quota without a hint", "dingtalk bad parameter", "dingtalk v1 credential"}
        for name in beyond
    ), beyond


def advice_rows(text: str) -> dict[str, tuple[str, str]]:
    section = text.split("## Troubleshooting by code")[1].split("\n## ", maxsplit=1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    return {f"{number}:{row[0]}": (row[1], row[2]) for number, row in enumerate(rows)}


def shown(advice: Advice) -> tuple[str, str]:
    meaning, todo = advice.meaning, advice.todo
    return f"{meaning['zh']} · {meaning['en']}", f"{todo['zh']} · {todo['en']}"


def test_the_document_lists_every_advice_in_its_words() -> None:
    entries = [one for family in advice_book().values() for one in family.values()]
    expected = {f"{number}:`{advice.code}`": shown(advice) for number, advice in enumerate(entries)}
    assert advice_rows(DOCUMENT.read_text("utf-8")) == expected
