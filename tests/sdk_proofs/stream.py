"""DingTalk's own stream SDK works against our fake gateway: ticket, press, ping, goodbye.

scripts/prove_sdks.sh
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_stream import CARD_TOPIC, FakeDingTalkStream

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
APP = Path(__file__).with_name("stream_app.py")
SECRET = "made-up"


@pytest.fixture
async def fake() -> AsyncIterator[FakeDingTalkStream]:
    async with FakeDingTalkStream(FakeClock(NOW), credentials=("key", SECRET)) as server:
        server.cards["card-1"] = {"approved": "token-1"}
        server.holders["card-1"] = "user-1"
        yield server


@asynccontextmanager
async def app_of(
    fake: FakeDingTalkStream, secret: str = SECRET
) -> AsyncIterator[asyncio.StreamReader]:
    """What the app with the SDK prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(APP),
        "key",
        secret,
        env={**os.environ, "DINGTALK_OPENAPI_ENDPOINT": fake.url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def test_the_sdk_subscribes_with_a_ticket_and_answers_a_press(
    fake: FakeDingTalkStream,
) -> None:
    async with app_of(fake) as printed:
        line = await fake.connected()
        assert line.topics == (("CALLBACK", CARD_TOPIC),)
        message_id = await fake.push_press("card-1", "approved")
        answer = await fake.answer_to(message_id)
        seen = json.loads(await printed.readline())
    assert (answer["code"], answer["headers"]["messageId"]) == (200, message_id)
    shown = {"cardData": {"cardParamMap": {"result": "approved"}}}
    assert answer["data"] == {"response": shown}
    assert (seen["card"], seen["by"]) == ("card-1", "user-1")
    assert seen["content"]["cardPrivateData"]["params"]["token"] == "token-1"
    assert [one.used for one in fake.tickets.values()] == [True]


async def test_the_sdk_answers_a_ping_with_its_own_words(fake: FakeDingTalkStream) -> None:
    async with app_of(fake):
        message_id, opaque = await fake.ping(await fake.connected())
        answer = await fake.answer_to(message_id)
    assert (answer["code"], answer["data"]) == (200, {"opaque": opaque})


async def test_the_sdk_takes_goodbye_for_goodbye_and_comes_back_with_a_new_ticket(
    fake: FakeDingTalkStream,
) -> None:
    async with app_of(fake):
        await fake.say_goodbye(await fake.connected())
        second = await fake.connected(2)
        answer = await fake.answer_to(await fake.push_press("card-1", "approved"))
    assert answer in second.said
    assert len(fake.tickets) == 2


async def test_the_sdk_gets_no_ticket_for_a_wrong_secret(fake: FakeDingTalkStream) -> None:
    async with app_of(fake, "wrong"):
        await fake.asked(1)
    assert not fake.tickets
    assert not fake.connections
