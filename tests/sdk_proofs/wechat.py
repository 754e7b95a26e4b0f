"""wechatpy works against our fake of WeChat: token, subscribe messages, and what is refused.

    scripts/prove_sdks.sh

Its addresses are constants, so an adapter of ``requests`` leads them to the fake; nothing else of
it is changed.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.fakes.clock import FakeClock
from tests.fakes.wechat_family import FakeWeChatPush
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WORDS = {"thing1": {"value": "您有一项待办"}}


class ToTheFake(HTTPAdapter):
    def __init__(self, fake: FakeWeChatPush) -> None:
        super().__init__()
        self._address = urlsplit(fake.url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        assert request.url is not None
        meant = urlsplit(request.url)
        assert meant.netloc == "api.weixin.qq.com"
        request.url = meant._replace(scheme="http", netloc=self._address.netloc).geturl()
        return super().send(request, *args, **kwargs)


@pytest.fixture
async def fake() -> AsyncIterator[FakeWeChatPush]:
    async with FakeWeChatPush(FakeClock(NOW)) as server:
        yield server


@pytest.fixture
def client(fake: FakeWeChatPush) -> WeChatClient:
    made = WeChatClient("made-up", "made-up")
    made._http.mount("https://api.weixin.qq.com/", ToTheFake(fake))  # noqa: SLF001 - it has no option
    return made


async def send(client: WeChatClient, words: Any = None, **more: Any) -> Any:
    return await asyncio.to_thread(
        client.wxa.send_subscribe_message, "openid-1", "T1", words or WORDS, **more
    )


async def test_the_client_fetches_a_token_and_sends(
    fake: FakeWeChatPush, client: WeChatClient
) -> None:
    fake.permits["openid-1"] = 1
    answer = await send(client, page="pages/n?n=x")
    assert answer["errcode"] == 0
    assert fake.shown["openid-1"][0]["data"] == WORDS
    assert fake.calls == {"old token": 1, "send": 1}


@pytest.mark.parametrize(
    ("prepare", "words", "code"),
    [
        (lambda _: None, WORDS, 43101),
        (lambda fake: fake.unknown.add("openid-1"), WORDS, 40003),
        (lambda fake: fake.templates.add("another"), WORDS, 40037),
        (lambda fake: fake.pages.add("another"), WORDS, 41030),
        (lambda fake: fake.banned_words.add("待办"), WORDS, 45168),
        (lambda fake: setattr(fake, "trusts_us", False), WORDS, 40164),
        (lambda _: None, {"thing1": {"value": "长" * 21}}, 47003),
    ],
)
async def test_what_is_refused_raises_the_clients_own_error(
    fake: FakeWeChatPush, client: WeChatClient, prepare: Any, words: Any, code: int
) -> None:
    prepare(fake)
    with pytest.raises(WeChatClientException) as caught:
        await send(client, words)
    assert caught.value.errcode == code


async def test_the_older_token_ends_the_one_before_and_the_client_fetches_another(
    fake: FakeWeChatPush, client: WeChatClient
) -> None:
    fake.permits["openid-1"] = 2
    await send(client)
    fake.revoke_tokens()
    await send(client)
    assert fake.calls["old token"] == 2
    assert len(fake.shown["openid-1"]) == 2
