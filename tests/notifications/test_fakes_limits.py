"""What the fakes of the providers do at their limits, on a clock of their own."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.fakes.wechat_family import FakeWeChatPush, FakeWeCom

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def post(http: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> Any:
    async with http.post(url, json=body, headers=headers) as answer:
        return await answer.json(content_type=None)


async def test_dingtalk_says_ok_to_what_it_shows_to_nobody(
    clock: FakeClock, http: aiohttp.ClientSession
) -> None:
    async with FakeDingTalkPush(clock) as fake:
        url = f"{fake.url}/topapi/message/corpconversation"

        async def send(words: str, people: list[str]) -> dict[str, int]:
            token = f"?access_token={fake.issue_token()}"
            told = {"msgtype": "text", "text": {"content": words}}
            given = {"agent_id": 1, "userid_list": ",".join(people), "msg": told}
            said = await post(http, f"{url}/asyncsend_v2{token}", given)
            assert said["errcode"] == 0
            asked = {"agent_id": 1, "task_id": said["task_id"]}
            result = await post(http, f"{url}/getsendresult{token}", asked)
            forbidden = result["send_result"]["forbidden_list"]
            return {one["userid"]: one["code"] for one in forbidden}

        assert await send("a", ["one", "two"]) == {}
        assert await send("a", ["one"]) == {"one": 143106}
        for number in range(499):
            assert await send(f"word {number}", ["one"]) == {}
        assert await send("over", ["one", "two"]) == {"one": 143105}
        clock.advance(timedelta(days=1))
        assert await send("a", ["one"]) == {}
        crowd = [f"person {number}" for number in range(5_000)]
        for start in range(0, 4_900, 100):
            assert await send("all", crowd[start : start + 100]) == {}
        late = await send("all", crowd[4_900:])
        assert set(late.values()) == {143103}
        assert len(late) == 1, "one was sent in this minute before"
        too_many = {"agent_id": 1, "userid_list": ",".join(crowd[:101]), "msg": {}}
        token = f"?access_token={fake.issue_token()}"
        assert (await post(http, f"{url}/asyncsend_v2{token}", too_many))["errcode"] == 40035


async def test_dingtalk_bans_an_address_for_five_minutes(
    clock: FakeClock, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.dingtalk_push.CALLS_PER_20_SECONDS", 5)
    async with FakeDingTalkPush(clock) as fake:
        headers = {"x-acs-dingtalk-access-token": fake.issue_token()}
        url = f"{fake.url}/v1.0/todo/users/u/tasks"
        answers = [
            await post(http, url, {"sourceId": str(number), "subject": "s"}, **headers)
            for number in range(6)
        ]
        clock.advance(timedelta(minutes=4, seconds=59))
        answers.append(await post(http, url, {"sourceId": "7", "subject": "s"}, **headers))
        clock.advance(timedelta(seconds=1))
        answers.append(await post(http, url, {"sourceId": "7", "subject": "s"}, **headers))
    banned = [answer.get("punish") == "deny" for answer in answers]
    assert banned == [False] * 5 + [True, True, False]


async def test_wecom_throws_away_what_is_over_thirty_a_minute_or_a_thousand_an_hour(
    clock: FakeClock, http: aiohttp.ClientSession
) -> None:
    async with FakeWeCom(clock) as fake:
        url = f"{fake.url}/cgi-bin/message/send?access_token={fake.issue_token()}"

        async def send() -> int:
            card = {"title": "t", "description": "d", "url": f"n/{uuid.uuid4()}"}
            body = {"touser": "m", "msgtype": "textcard", "textcard": card}
            return int((await post(http, url, body))["errcode"])

        assert {await send() for _ in range(31)} == {0}
        assert (len(fake.shown["m"]), fake.dropped) == (30, 1)
        for _ in range(33):
            clock.advance(timedelta(minutes=1))
            assert {await send() for _ in range(30)} == {0}
        assert (len(fake.shown["m"]), fake.dropped) == (1_000, 21)


async def test_wechat_keeps_its_rules_of_fields_words_templates_and_days(
    clock: FakeClock, http: aiohttp.ClientSession
) -> None:
    async with FakeWeChatPush(clock, per_day=2) as fake:
        fake.permits["o"] = 10
        fake.templates, fake.pages, fake.banned_words = {"T"}, {"p"}, {"彩票"}
        address = f"{fake.url}/cgi-bin/message/subscribe/send?access_token="

        async def send(value: str = "您有一项待办", field: str = "thing1", **more: str) -> int:
            body = {"touser": "o", "template_id": "T", "page": "p?n=1", **more}
            body |= {"data": {field: {"value": value}}}  # type: ignore[dict-item]  # one of dicts
            return int((await post(http, address + fake.issue_token(), body))["errcode"])

        assert await send("长" * 21) == 47003
        assert await send("12-a", "number1") == 47003
        assert await send("x", "unheard1") == 47003
        assert await send("彩票") == 45168
        assert await send(template_id="U") == 40037
        assert await send(page="q") == 41030
        assert await send(miniprogram_state="beta") == 47001
        assert fake.permits["o"] == 10, "what is refused spends no consent"
        assert [await send(), await send(), await send()] == [0, 0, 45009]
        clock.advance(timedelta(days=1))
        assert await send() == 0
        fake.trusts_us = False
        assert await send() == 40164
