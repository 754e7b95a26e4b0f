"""A provider that costs next to nothing: FCM's answers at a fixed delay, for timing the senders.

The fake that tests use spends more on a message than the outbox does and would be what is measured.
This one speaks just enough HTTP/1.1 and checks just enough (credential, address) to notice a sender
that cheats.
"""

import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import httptools
import uvloop

from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm

_TOKEN = "ya29.benchmark"  # noqa: S105 - of nobody
_ACCEPTED = json.dumps({"name": f"projects/{PROJECT}/messages/0123456789abcdef"}).encode()
_GRANTED = json.dumps({"access_token": _TOKEN, "expires_in": 3600, "token_type": "Bearer"}).encode()
_REFUSED = json.dumps({"error": {"code": 401, "status": "UNAUTHENTICATED"}}).encode()


class QuickFcm(asyncio.Protocol):
    """One connection of a client. ``sick`` is an HTTP status to answer with, or "hang"."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, latency: float, seen: "Seen", sick: str = ""
    ) -> None:
        self._loop, self._latency, self._seen, self._sick = loop, latency, seen, sick
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"authorization":
            self._authorised = value == b"Bearer " + _TOKEN.encode()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        if self._path.startswith(b"/token"):
            self._answer(b"200 OK", _GRANTED)
        elif not self._authorised:
            self._answer(b"401 Unauthorized", _REFUSED)
        elif self._sick and self._sick != "hang":
            self._answer(f"{self._sick} Sick".encode(), b"{}")
        elif not self._sick:
            self._loop.call_later(self._latency, self._accept, body)
        self._begin()

    def _begin(self) -> None:
        self._path, self._authorised = b"", False
        self._body: list[bytes] = []

    def _accept(self, body: bytes) -> None:
        self._seen.note(body)
        self._answer(b"200 OK", _ACCEPTED)

    def _answer(self, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        if isinstance(self._transport, asyncio.WriteTransport) or not self._transport.is_closing():
            self._transport.write(head % (status, len(body)) + body)  # type: ignore[attr-defined]  # a socket's


class Seen:
    """When each public id was accepted, on the machine's monotonic clock."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}

    def note(self, body: bytes) -> None:
        message = json.loads(body)["message"]
        self.accepted[message.get("data", {}).get("n", "")] = time.monotonic()


def provide(latency: float, pipe: Connection, sick: str) -> None:
    """The provider's process."""

    async def serve() -> None:
        loop, seen = asyncio.get_running_loop(), Seen()
        server = await loop.create_server(
            lambda: QuickFcm(loop, latency, seen, sick), "127.0.0.1", 0
        )
        host, port = server.sockets[0].getsockname()[:2]
        account = FakeFcm().service_account()
        pipe.send({**account, "token_uri": f"http://{host}:{port}/token"})
        while await loop.run_in_executor(None, pipe.recv) == "accepted":
            pipe.send(dict(seen.accepted))
            seen.accepted.clear()
        server.close()

    uvloop.run(serve())


class Provider:
    """The provider's process as a benchmark sees it. ``latency`` is in seconds."""

    def __init__(self, latency: float, sick: str = "") -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self.process = context.Process(target=provide, args=(latency, other, sick), daemon=True)
        self.process.start()
        self.account: dict[str, str] = self._pipe.recv()
        parts = urlsplit(self.account["token_uri"])
        self.url = f"{parts.scheme}://{parts.netloc}"

    def accepted(self) -> dict[str, float]:
        """What was accepted since this was last asked, by public id."""
        self._pipe.send("accepted")
        found: dict[str, float] = self._pipe.recv()
        return found

    def stop(self) -> None:
        self._pipe.send("stop")
        self.process.join(timeout=10)
