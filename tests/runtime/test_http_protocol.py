"""The server's own protocol: one write an answer, and nothing held back for long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from mobile_hrp.demo.waiting import until
from mobile_hrp.runtime.http_protocol import GatheringProtocol, GatheringTransport

PART = b"x" * 10_000


class Recorded:
    """Stands for a socket's transport: what was written, call by call."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed_after: int | None = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed_after = len(self.writes)

    def is_closing(self) -> bool:
        return self.closed_after is not None


@pytest.fixture
def below() -> Recorded:
    return Recorded()


@pytest.fixture
async def transport(below: Recorded) -> Any:
    return GatheringTransport(below, asyncio.get_running_loop())  # type: ignore[arg-type]  # acts as one


async def turn() -> None:
    await asyncio.sleep(0)


async def test_what_is_written_in_one_turn_goes_out_together(
    transport: Any, below: Recorded
) -> None:
    transport.write(b"head ")
    transport.write(b"body")
    assert below.writes == []
    await turn()
    transport.write(b"next")
    await turn()
    assert below.writes == [b"head body", b"next"]


async def test_closing_sends_first_what_was_held(transport: Any, below: Recorded) -> None:
    transport.write(b"last words")
    transport.close()
    assert (below.writes, below.closed_after) == ([b"last words"], 1)
    assert transport.is_closing()
    await turn()
    assert below.writes == [b"last words"]


async def test_nothing_is_written_to_a_client_who_has_gone(transport: Any, below: Recorded) -> None:
    transport.write(b"too late")
    below.close()
    await turn()
    assert below.writes == []


async def test_a_stream_without_a_pause_is_not_gathered_in_memory(
    transport: Any, below: Recorded
) -> None:
    for _ in range(100):
        transport.write(PART)
    assert sum(map(len, below.writes)) > 900_000
    await turn()
    assert b"".join(below.writes) == PART * 100


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    if scope["path"] == "/slow":
        await scope["state"]["go_on"].wait()
    await send({"type": "http.response.body", "body": b"second"})


@asynccontextmanager
async def _served(go_on: asyncio.Event) -> AsyncIterator[int]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _app({**scope, "state": {"go_on": go_on}}, receive, send)

    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", http=GatheringProtocol
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: _started(server), "the server to start")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def _started(server: uvicorn.Server) -> bool:
    return server.started


async def _asked(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".encode())
    return reader, writer


async def test_a_real_server_answers_and_closes() -> None:
    async with _served(asyncio.Event()) as port:
        reader, writer = await _asked(port, "/")
        whole = await reader.read()
        writer.close()
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")


async def test_the_first_part_of_a_stream_arrives_before_the_second_is_made() -> None:
    go_on = asyncio.Event()
    async with _served(go_on) as port:
        reader, writer = await _asked(port, "/slow")
        early = await reader.readuntil(b"first\r\n")
        assert b"second" not in early
        go_on.set()
        rest = await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    assert b"second" in rest
