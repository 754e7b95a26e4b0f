"""The client of DingTalk's stream mode against a gateway that behaves, and one that does not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_stream import CARD_TOPIC, FakeDingTalkStream
from tests.fakes.push_provider import Scripted

from mobile_hrp.domain.notification.stream_frame import BadFrameError, FrameKind, Pushed, read_frame
from mobile_hrp.notifications.channels.calls import Reply
from mobile_hrp.notifications.channels.dingtalk_stream import (
    CardStream,
    Pacing,
    StreamTroubleError,
    address_of,
)
from mobile_hrp.runtime.metrics import REGISTRY

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "stream-secret-canary"
QUICK = Pacing(first_wait=0.01, longest_wait=0.02, healthy=3600.0, connect=5.0, last_words=5.0)


@dataclass
class Desk:
    """What answers presses: says which there were, waits while ``open`` is not set."""

    pushed: list[Pushed] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    finished: list[str] = field(default_factory=list)
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, pushed: Pushed) -> Mapping[str, Any] | None:
        self.pushed.append(pushed)
        self.asked.release()
        await self.open.wait()
        said = json.loads(pushed.data)
        if said.get("fail"):
            raise ZeroDivisionError("a bug")
        self.finished.append(pushed.message_id)
        return None if said.get("refuse") else {"shown": said["n"]}


@dataclass
class Line:
    """A client at work."""

    dingtalk: FakeDingTalkStream
    desk: Desk
    stop: asyncio.Event
    running: asyncio.Task[None]

    async def end(self) -> None:
        self.stop.set()
        await self.running


@asynccontextmanager
async def line_to(
    dingtalk: FakeDingTalkStream, answer: Callable[[Pushed], Awaitable[Any]], **more: Any
) -> AsyncIterator[tuple[CardStream, asyncio.Event, asyncio.Task[None]]]:
    stop = asyncio.Event()
    stream = CardStream(
        app_key="ding-key",
        app_secret=SecretStr(SECRET),
        answer=answer,
        base_url=dingtalk.url,
        pacing=more.pop("pacing", QUICK),
        **more,
    )
    running = asyncio.create_task(stream.run(stop))
    yield stream, stop, running
    stop.set()
    await running


@pytest.fixture
async def dingtalk() -> AsyncIterator[FakeDingTalkStream]:
    fake = FakeDingTalkStream(FakeClock(NOW), credentials=("ding-key", SECRET))
    async with fake:
        yield fake


@pytest.fixture
async def line(dingtalk: FakeDingTalkStream) -> AsyncIterator[Line]:
    desk = Desk()
    async with line_to(dingtalk, desk) as (_, stop, running):
        yield Line(dingtalk, desk, stop, running)
        desk.open.set()


def counted(outcome: str) -> float:
    return (
        REGISTRY.get_sample_value("hrp_dingtalk_stream_messages_total", {"outcome": outcome}) or 0.0
    )


async def test_it_subscribes_to_cards_only_and_answers_a_press(line: Line) -> None:
    connection = await line.dingtalk.connected()
    assert connection.topics == (("CALLBACK", CARD_TOPIC),)
    assert line.dingtalk.user_agents[0].startswith("mobile-hrp-python/")
    message_id = await line.dingtalk.push({"n": 1})
    answer = await line.dingtalk.answer_to(message_id)
    assert answer == {
        "code": 200,
        "message": "OK",
        "headers": {"messageId": message_id, "contentType": "application/json"},
        "data": {"response": {"shown": 1}},
    }
    (pushed,) = line.desk.pushed
    assert pushed.time_ms == str(int(NOW.timestamp() * 1000))
    assert "data" not in repr(pushed)


async def test_a_ping_comes_back_with_its_own_words(line: Line) -> None:
    connection = await line.dingtalk.connected()
    message_id, opaque = await line.dingtalk.ping(connection)
    answer = await line.dingtalk.answer_to(message_id)
    assert (answer["code"], answer["data"]) == (200, {"opaque": opaque})
    assert not line.desk.pushed


GARBAGE = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"headers": []}',
    '{"type": "CALLBACK", "headers": {}}',
    '{"type": 7, "headers": {"topic": "ping", "messageId": "m"}}',
    '{"type": "SYSTEM", "headers": {"topic": "ping"}}',
    '{"type": "SYSTEM", "headers": {"topic": "ping", "messageId": 7}}',
    '{"type": "SYSTEM", "headers": {"topic": "ping", "messageId": "a b"}}',
    '{"type": "SYSTEM", "headers": {"topic": ["ping"], "messageId": "m"}}',
    json.dumps(
        {"type": "CALLBACK", "headers": {"topic": CARD_TOPIC, "messageId": "m"}, "data": {}}
    ),
    "[" * 50_000,
]


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_frame_is_called_so_and_not_repeated(text: str) -> None:
    with pytest.raises(BadFrameError) as bad:
        read_frame(text)
    assert len(str(bad.value)) < 40


async def test_garbage_is_counted_and_the_line_goes_on(line: Line) -> None:
    connection = await line.dingtalk.connected()
    before = counted("unreadable")
    with structlog.testing.capture_logs() as logs:
        for text in GARBAGE:
            await connection.send(text)
        await connection.socket.send_bytes(b"\x00\xff")
        message_id, _ = await line.dingtalk.ping(connection)
        await line.dingtalk.answer_to(message_id)
    assert counted("unreadable") - before == len(GARBAGE) + 1
    assert len(line.dingtalk.connections) == 1
    assert not line.desk.pushed
    assert "[[[" not in repr(logs)


async def test_what_nobody_subscribed_to_is_answered_so(line: Line) -> None:
    connection = await line.dingtalk.connected()
    for topic, kind in (("/v1.0/im/bot/messages/get", "CALLBACK"), ("*", "EVENT"), ("x", "SYSTEM")):
        message_id = await line.dingtalk.push({}, topic=topic, kind=kind, to=connection)
        assert (await line.dingtalk.answer_to(message_id))["code"] == 404
    assert not line.desk.pushed


async def test_a_message_that_is_not_believed_and_one_that_fails_spoil_nothing(line: Line) -> None:
    connection = await line.dingtalk.connected()
    with structlog.testing.capture_logs() as logs:
        for data, code in (({"n": 1, "refuse": True}, 400), ({"n": 2, "fail": True}, 500)):
            message_id = await line.dingtalk.push(data)
            answer = await line.dingtalk.answer_to(message_id)
            assert (answer["code"], answer["data"]) == (code, {"response": None})
    assert [one["event"] for one in logs].count("card press failed") == 1
    message_id = await line.dingtalk.push({"n": 3})
    assert (await line.dingtalk.answer_to(message_id))["code"] == 200
    assert line.dingtalk.connections == [connection]


async def test_goodbye_is_followed_by_a_new_connection_and_the_old_one_answers_first(
    line: Line,
) -> None:
    first = await line.dingtalk.connected()
    line.desk.open.clear()
    message_id = await line.dingtalk.push({"n": 1})
    await line.desk.asked.acquire()
    await line.dingtalk.say_goodbye(first)
    second = await line.dingtalk.connected(2)
    assert first.open, "what is in hand is still to be answered"
    assert second is not first
    line.desk.open.set()
    await line.dingtalk.answer_to(message_id)
    assert [one["headers"]["messageId"] for one in first.said] == [message_id]
    assert not second.said
    assert len(line.dingtalk.tickets) == 2
    message_id = await line.dingtalk.push({"n": 2})
    await line.dingtalk.answer_to(message_id)
    assert [one["headers"]["messageId"] for one in second.said] == [message_id]


async def test_a_line_that_is_cut_is_opened_again_and_a_decision_under_way_stands(
    line: Line,
) -> None:
    first = await line.dingtalk.connected()
    line.desk.open.clear()
    message_id = await line.dingtalk.push({"n": 1})
    await line.desk.asked.acquire()
    await first.cut()
    await line.dingtalk.connected(2)
    line.desk.open.set()
    again = await line.dingtalk.push({"n": 2})
    assert (await line.dingtalk.answer_to(again))["code"] == 200
    assert line.desk.finished == [message_id, again]
    assert not line.dingtalk.answers[message_id], "nobody hears it any more, and that is no loss"


async def test_too_long_a_frame_ends_the_connection_and_not_the_client(line: Line) -> None:
    connection = await line.dingtalk.connected()
    await connection.send("x" * (256 * 1024 + 1))
    await line.dingtalk.connected(2)
    assert (await line.dingtalk.answer_to(await line.dingtalk.push({"n": 1})))["code"] == 200


async def test_no_more_than_so_many_presses_wait(line: Line) -> None:
    await line.dingtalk.connected()
    line.desk.open.clear()
    ids = [await line.dingtalk.push({"n": number}) for number in range(70)]
    refused = [await line.dingtalk.answer_to(one) for one in ids[64:]]
    assert {one["code"] for one in refused} == {500}
    assert len(line.desk.pushed) <= 4, "the others wait for a connection of the database"
    line.desk.open.set()
    assert {(await line.dingtalk.answer_to(one))["code"] for one in ids[:64]} == {200}
    assert line.desk.finished == ids[:64]


async def test_stopping_answers_what_is_in_hand(line: Line) -> None:
    connection = await line.dingtalk.connected()
    line.desk.open.clear()
    message_id = await line.dingtalk.push({"n": 1})
    await line.desk.asked.acquire()
    line.stop.set()
    line.desk.open.set()
    await line.running
    await line.dingtalk.answer_to(message_id)
    assert connection.socket.closed
    assert REGISTRY.get_sample_value("hrp_dingtalk_stream_open") == 0
    assert len(line.dingtalk.connections) == 1


async def test_what_does_not_end_is_given_up_after_its_last_words(
    dingtalk: FakeDingTalkStream,
) -> None:
    desk = Desk()
    desk.open.clear()
    impatient = Pacing(first_wait=0.01, last_words=0.05)
    async with line_to(dingtalk, desk, pacing=impatient) as (_, stop, running):
        connection = await dingtalk.connected()
        await dingtalk.push({"n": 1})
        await desk.asked.acquire()
        stop.set()
        await running
    assert not desk.finished
    assert not connection.said


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Scripted({"code": "authFailed", "message": "鉴权失败"}, status=401), "authFailed"),
        (Scripted("<html>tengine</html>", status=400), "HTTP_400"),
        (Scripted({"code": "ServiceUnavailable"}, status=503), "ServiceUnavailable"),
        (Scripted({"endpoint": "wss://x/connect"}), "HTTP_200"),
        (Scripted({"endpoint": 7, "ticket": "ticket-canary"}), "HTTP_200"),
        (Scripted({"endpoint": "http://[", "ticket": "ticket-canary"}), "ENDPOINT_UNREADABLE"),
        (Scripted({"endpoint": "http://x/", "ticket": "ticket-canary"}), "ENDPOINT_INSECURE"),
        (Scripted({"endpoint": "wss:///x", "ticket": "ticket-canary"}), "ENDPOINT_INSECURE"),
        (
            Scripted({"endpoint": "ws://127.0.0.1:1/c", "ticket": "ticket-canary"}),
            "ConnectionRefusedError",
        ),
        (Scripted(cut_before=True), "NoAnswerError"),
    ],
)
async def test_each_failure_to_open_is_named_without_secrets_and_tried_again(
    dingtalk: FakeDingTalkStream, trouble: Scripted, code: str
) -> None:
    dingtalk.script.append(trouble)
    desk = Desk()
    with structlog.testing.capture_logs() as logs:
        async with line_to(dingtalk, desk):
            await dingtalk.connected()
            assert (await dingtalk.answer_to(await dingtalk.push({"n": 1})))["code"] == 200
    failed = [one for one in logs if one["event"] == "card stream cannot be opened"]
    assert [one["code"] for one in failed] == [code]
    assert "canary" not in repr(logs)
    assert dingtalk.calls["stream.open"] == 2


async def test_a_ticket_that_is_refused_is_never_used_again(dingtalk: FakeDingTalkStream) -> None:
    dingtalk.accepts = False
    with structlog.testing.capture_logs() as logs:
        async with line_to(dingtalk, Desk()):
            await dingtalk.asked(3)
            dingtalk.accepts = True
            await dingtalk.connected()
    codes = {one["code"] for one in logs if one["event"] == "card stream cannot be opened"}
    assert codes == {"HANDSHAKE_401"}
    assert sum(one.used for one in dingtalk.tickets.values()) == 1
    told = repr(logs)
    assert not any(ticket in told for ticket in dingtalk.tickets)


async def test_a_gateway_that_hangs_is_left_alone_after_a_while(
    dingtalk: FakeDingTalkStream,
) -> None:
    dingtalk.pause.clear()
    hasty = Pacing(first_wait=0.01, longest_wait=0.02, connect=0.1)
    with structlog.testing.capture_logs() as logs:
        async with line_to(dingtalk, Desk(), pacing=hasty):
            await dingtalk.asked(2)
            dingtalk.pause.set()
            await dingtalk.connected()
    failed = [one for one in logs if one["event"] == "card stream cannot be opened"]
    assert {one["code"] for one in failed} == {"NoAnswerError"}


async def test_waits_double_up_to_a_minute_and_start_again_after_a_good_connection(
    dingtalk: FakeDingTalkStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    enough = asyncio.Event()

    async def no_pause(_: asyncio.Event, seconds: float) -> None:
        waits.append(seconds)
        dingtalk.accepts = len(waits) == 8
        if len(waits) == 11:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("mobile_hrp.notifications.channels.dingtalk_stream._pause", no_pause)
    dingtalk.accepts = False
    lasting = Pacing(healthy=0.0)
    stream = CardStream(
        app_key="ding-key",
        app_secret=SecretStr(SECRET),
        answer=Desk(),
        base_url=dingtalk.url,
        pacing=lasting,
        jitter=lambda: 0.5,
    )
    running = asyncio.create_task(stream.run(asyncio.Event()))
    await (await dingtalk.connected()).cut()
    await enough.wait()
    running.cancel()
    await asyncio.wait({running})
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 0, 1, 2]


def test_workers_do_not_knock_all_at_once() -> None:
    pacing = Pacing()
    assert [pacing.wait_after(1, jitter) for jitter in (0.0, 0.5, 0.99)] == [0.5, 1.0, 1.49]
    assert pacing.wait_after(1000, 0.0) == 30.0
    assert pacing.wait_after(0, 0.9) == 0.0


async def test_a_connection_that_is_ended_at_once_every_time_is_no_good_one(
    dingtalk: FakeDingTalkStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def no_pause(stop: asyncio.Event, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            stop.set()

    monkeypatch.setattr("mobile_hrp.notifications.channels.dingtalk_stream._pause", no_pause)
    async with line_to(dingtalk, Desk(), pacing=Pacing(), jitter=lambda: 0.5) as (_, _, running):
        for number in (1, 2, 3):
            await dingtalk.say_goodbye(await dingtalk.connected(number))
        await running
    assert waits == [1, 2, 4]


def test_no_ticket_is_carried_over_a_line_in_clear_that_was_asked_for_in_secret() -> None:
    reply = Reply(200, {"endpoint": "ws://dingtalk.example/connect", "ticket": "t"})
    with pytest.raises(StreamTroubleError, match="ENDPOINT_INSECURE"):
        address_of(reply, secure=True)
    safe = Reply(200, {"endpoint": "wss://dingtalk.example:443/connect?a=1", "ticket": "a+b/c"})
    found = address_of(safe, secure=True)
    assert (found.scheme, found.query["ticket"], found.query["a"]) == ("wss", "a+b/c", "1")


async def test_trying_says_where_it_was_connected_to_or_why_not(
    dingtalk: FakeDingTalkStream,
) -> None:
    def stream(secret: str) -> CardStream:
        return CardStream(
            app_key="ding-key",
            app_secret=SecretStr(secret),
            answer=Desk(),
            base_url=dingtalk.url,
        )

    assert await stream(SECRET).try_once() == "127.0.0.1"
    with pytest.raises(StreamTroubleError, match="authFailed"):
        await stream("wrong").try_once()


def test_a_disconnect_needs_no_id_and_a_wrong_time_is_none() -> None:
    frame = read_frame('{"type": "SYSTEM", "headers": {"topic": "disconnect"}, "data": "{}"}')
    assert frame.kind is FrameKind.DISCONNECT
    headers = {"topic": CARD_TOPIC, "messageId": "m", "time": "yesterday"}
    frame = read_frame(json.dumps({"type": "CALLBACK", "headers": headers, "data": "{}"}))
    assert (frame.kind, frame.time_ms) == (FrameKind.CARD, "")
