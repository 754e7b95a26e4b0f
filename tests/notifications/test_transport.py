"""Our HTTP pool against servers that do not behave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from mobile_hrp.demo.waiting import until
from mobile_hrp.notifications.channels.http_connection import BODY_BYTES_MAX
from mobile_hrp.notifications.channels.transport import (
    HttpTransport,
    NoAnswerError,
    NotSentError,
    prepare,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Play = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class HostileServer:
    """Reads one request after the other and lets ``play`` answer; counts what happened."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.connections = 0
        self.requests: list[bytes] = []
        self.url = ""
        self.writers: list[asyncio.StreamWriter] = []
        self.asked = asyncio.Event()
        """Set when a request has arrived whole."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                self.asked.set()
                await self._play(self.requests[-1], writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def server(play: Play) -> AsyncIterator[HostileServer]:
    hostile = HostileServer(play)
    listening = await asyncio.start_server(hostile.serve, "127.0.0.1", 0)
    hostile.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/x"
    try:
        yield hostile
    finally:
        listening.close()
        for writer in hostile.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def pool(
    *, connections: int = 4, answer_seconds: float = 5.0, connect_seconds: float = 5.0
) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(
        connections=connections, answer_seconds=answer_seconds, connect_seconds=connect_seconds
    )
    try:
        yield transport
    finally:
        await transport.close()


def says(*parts: bytes, then_close: bool = False) -> Play:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if then_close:
            writer.close()

    return play


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with server(says(OK)) as hostile, pool() as transport:
        for number in range(3):
            answer = await transport.request("POST", hostile.url, body=b"%d" % number)
            assert (answer.status, answer.body) == (200, b"ok")
    assert hostile.connections == 1
    assert [request.rpartition(b"\r\n\r\n")[2] for request in hostile.requests] == [
        b"0",
        b"1",
        b"2",
    ]


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        (
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encod",
                b"ing: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
            ),
            b"ok",
        ),
        (
            (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", OK),
            b"ok",
        ),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), b""),
        (tuple(OK[at : at + 1] for at in range(len(OK))), b"ok"),
    ],
    ids=["chunked", "informational", "no content", "byte by byte"],
)
async def test_an_answer_may_come_in_any_lawful_form(parts: tuple[bytes, ...], body: bytes) -> None:
    async with server(says(*parts)) as hostile, pool() as transport:
        for _ in range(2):
            assert (await transport.request("POST", hostile.url)).body == body
    assert hostile.connections == 1


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    page = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>busy</html>"
    async with server(says(page, then_close=True)) as hostile, pool() as transport:
        answers = [await transport.request("POST", hostile.url) for _ in range(2)]
    assert [answer.body for answer in answers] == [b"<html>busy</html>"] * 2
    assert answers[0].headers.get("content-TYPE") == "text/html"
    assert hostile.connections == 2


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",),
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        (b"",),
    ],
    ids=["half a body", "half a chunk", "half a head", "nothing"],
)
async def test_half_an_answer_is_none_and_is_not_asked_for_again(parts: tuple[bytes, ...]) -> None:
    async with server(says(*parts, then_close=True)) as hostile, pool() as transport:
        with pytest.raises(NoAnswerError):
            await transport.request("POST", hostile.url)
    assert len(hostile.requests) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\n",
    ],
    ids=["ssh", "two lengths", "negative", "upgrade", "endless 100", "endless header", "bad chunk"],
)
async def test_garbage_is_no_answer_and_the_connection_is_not_used_again(garbage: bytes) -> None:
    async with server(says(garbage)) as hostile, pool() as transport:
        for _ in range(2):
            with pytest.raises(NoAnswerError):
                await transport.request("POST", hostile.url)
        assert transport.open_connections == 0
    assert hostile.connections == 2


async def test_a_huge_body_is_cut_and_not_read_to_its_end() -> None:
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * (BODY_BYTES_MAX * 3)
    async with server(says(flood)) as hostile, pool() as transport:
        answer = await transport.request("POST", hostile.url)
        assert (answer.status, len(answer.body)) == (200, BODY_BYTES_MAX)
        assert transport.open_connections == 0


async def test_what_comes_after_an_answer_spoils_the_connection_not_the_answer() -> None:
    async with server(says(OK + b"HTTP/1.1 200 OK\r\n\r\n")) as hostile, pool() as transport:
        for _ in range(2):
            assert (await transport.request("POST", hostile.url)).body == b"ok"
    assert hostile.connections == 2


async def test_a_server_that_says_close_is_asked_on_a_new_connection() -> None:
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with server(says(last)) as hostile, pool() as transport:
        for _ in range(2):
            assert (await transport.request("POST", hostile.url)).body == b"ok"
    assert hostile.connections == 2


async def test_a_connection_closed_between_two_requests_is_noticed_before_writing() -> None:
    async with server(says(OK)) as hostile, pool() as transport:
        await transport.request("POST", hostile.url)
        hostile.writers[0].close()
        await hostile.writers[0].wait_closed()
        while transport.open_connections:  # noqa: ASYNC110 - until the event loop has heard of it
            await asyncio.sleep(0)
        assert (await transport.request("POST", hostile.url)).body == b"ok"
    assert (hostile.connections, len(hostile.requests)) == (2, 2)


async def test_an_answer_that_drips_is_given_up_at_its_deadline() -> None:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")

        async def one_more() -> bool:
            writer.write(b"X: y\r\n")
            await writer.drain()
            return writer.is_closing()

        await until(one_more, "the client to hang up")

    async with server(drip) as hostile, pool(answer_seconds=0.1) as transport:
        with pytest.raises(NoAnswerError, match="AnswerTimeout"):
            await transport.request("POST", hostile.url)
        assert transport.open_connections == 0


async def test_no_more_are_in_flight_than_connections_and_who_waits_too_long_sent_nothing() -> None:
    async def never(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with server(never) as hostile, pool(connections=2, answer_seconds=0.2) as transport:
        fates = await asyncio.gather(
            *(transport.request("POST", hostile.url) for _ in range(3)), return_exceptions=True
        )
        assert hostile.connections == 2
    assert sorted(type(fate).__name__ for fate in fates) == [
        "NoAnswerError",
        "NoAnswerError",
        "NotSentError",
    ]


async def test_many_requests_share_few_connections_and_all_are_answered() -> None:
    async with server(says(OK)) as hostile, pool(connections=3) as transport:
        answers = await asyncio.gather(*(transport.request("POST", hostile.url) for _ in range(50)))
    assert [answer.body for answer in answers] == [b"ok"] * 50
    assert hostile.connections == 3


async def test_a_refused_connection_and_an_unknown_name_sent_nothing() -> None:
    async with pool() as transport:
        for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/"):
            with pytest.raises(NotSentError, match="ConnectionRefusedError"):
                await transport.request("POST", url)
        assert transport.open_connections == 0


async def test_a_server_without_tls_gets_no_request() -> None:
    async with server(says(OK)) as hostile, pool() as transport:
        with pytest.raises(NotSentError):
            await transport.request("POST", hostile.url.replace("http:", "https:"))
    assert hostile.requests == []


async def test_a_cancelled_request_gives_its_late_answer_to_nobody() -> None:
    release = asyncio.Event()

    async def late(request: bytes, writer: asyncio.StreamWriter) -> None:
        if request.endswith(b"first"):
            await release.wait()
        writer.write(OK.replace(b"ok", request[-2:]))

    async with server(late) as hostile, pool(connections=1) as transport:
        first = asyncio.create_task(transport.request("POST", hostile.url, body=b"first"))
        await hostile.asked.wait()
        first.cancel()
        second = await transport.request("POST", hostile.url, body=b"2nd")
        release.set()
        assert second.body == b"nd"
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_closing_the_pool_tells_those_who_wait() -> None:
    async def never(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with server(never) as hostile, pool(connections=1) as transport:
        tasks = [asyncio.create_task(transport.request("POST", hostile.url)) for _ in range(2)]
        await hostile.asked.wait()
        await transport.close()
        fates = await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(type(fate).__name__ for fate in fates) == ["NoAnswerError", "NotSentError"]


@pytest.mark.parametrize(
    "headers", [{"X": "a\r\nY: b"}, {"X\r\nY": "a"}, {"": "a"}, {"X": "a\x00"}]
)
def test_a_header_that_would_be_two_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        prepare("POST", "http://127.0.0.1/x", headers=headers)


def test_a_line_break_in_an_address_stays_inside_it() -> None:
    head = prepare("GET", "http://127.0.0.1/a b\r\nX: y", params={"q": "1\r\n2"}).head
    assert head.count(b"\r\n") == 3
    assert head.startswith(b"GET /a%20b")
