"""One HTTP/1.1 connection to a provider that is not trusted to behave.

The parser is llhttp (httptools). What is ours are the limits: how long an answer may take, how
many bytes it may have, and the honest difference between a request that was never written and one
whose answer was lost. A connection is used again only after an answer that ended where it said.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

import httptools

HEAD_BYTES_MAX = 32 * 1024
BODY_BYTES_MAX = 64 * 1024
_RECEIVED_BYTES_MAX = 1024 * 1024  # chunk sizes, extensions and trailers included
_INFORMATIONAL_MAX = 8


class NotSentError(Exception):
    """Nothing was written, so the provider has seen nothing of the request."""


class NoAnswerError(Exception):
    """The request was written, wholly or in part, and the answer never came whole."""


class AnswerHeaders(Mapping[str, str]):
    """Header fields, decoded when asked for: of most answers nobody reads any."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        """The first value of a field, whatever the case of its name."""
        wanted = name.lower().encode("latin-1")
        for key, value in self._raw:
            if key.lower() == wanted:
                return value.decode("latin-1").strip()
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key.lower().decode("latin-1") for key, _ in self._raw))

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Never logged whole: a provider may echo what was sent.

    A body longer than the limit is cut there.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpConnection(asyncio.Protocol):
    """At most one request at a time; ``lost`` is called once, when it can serve no more."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, lost: Callable[["HttpConnection"], None]
    ) -> None:
        self._loop = loop
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._reusable = True
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._headers_done = False
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._received = 0
        self._informational = 0
        self._completed = False

    @property
    def usable(self) -> bool:
        """Idle, and as far as is known still connected."""
        transport = self._transport
        return (
            self._reusable
            and self._waiter is None
            and transport is not None
            and not transport.is_closing()
        )

    async def exchange(self, request: bytes, *, seconds: float) -> Answer:
        """Write one request and read its answer, within ``seconds``.

        Raises:
            NotSentError: the connection had ended before anything was written.
            NoAnswerError: for everything after that.
        """
        if not self.usable or self._transport is None:
            raise NotSentError("Closed")
        self._begin()
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        deadline = self._loop.call_later(seconds, self._fail, "AnswerTimeout")
        self._transport.write(request)
        try:
            return await waiter
        except BaseException:  # cancelled, or failed: a late answer must not serve another request
            self.close()
            raise
        finally:
            deadline.cancel()

    def close(self) -> None:
        """End it now; whoever waits for an answer is told that none will come."""
        self._reusable = False
        if self._transport is not None:
            self._transport.abort()
        self._fail("Closed")

    # what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nobody asked: nothing after this can be trusted
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("BadAnswer")
            return
        if self._received > (_RECEIVED_BYTES_MAX if self._headers_done else HEAD_BYTES_MAX):
            self._fail("AnswerTooLong")
        if not self._reusable and self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> None:
        if self._waiter is not None and self._headers_done and self._ends_with_connection():
            self._reusable = False
            self._complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._reusable = False
        self._fail(type(exc).__name__ if exc is not None else "Closed")
        self._transport = None
        self._lost(self)

    # what the parser calls

    def on_message_begin(self) -> None:
        if self._waiter is None or self._completed:
            self._reusable = False  # more than was asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headers_done:  # else a trailer
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._headers_done = self._status >= HTTPStatus.OK

    def on_body(self, body: bytes) -> None:
        if self._completed:
            return
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MAX:
            self._reusable = False
            self._complete()

    def on_message_complete(self) -> None:
        if self._completed:
            return
        if not self._headers_done:  # 1xx: the real answer is still to come
            self._informational += 1
            self._headers = []
            if self._informational > _INFORMATIONAL_MAX:
                self._fail("BadAnswer")
            return
        if not self._parser.should_keep_alive():
            self._reusable = False
        self._complete()

    # our own

    def _begin(self) -> None:
        self._status = 0
        self._headers = []
        self._headers_done = False
        self._body = []
        self._body_bytes = 0
        self._received = 0
        self._informational = 0
        self._completed = False

    def _ends_with_connection(self) -> bool:
        names = {name.lower() for name, _ in self._headers}
        return not names & {b"content-length", b"transfer-encoding"}

    def _complete(self) -> None:
        self._completed = True
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            body = b"".join(self._body)[:BODY_BYTES_MAX]
            waiter.set_result(Answer(self._status, AnswerHeaders(self._headers), body))

    def _fail(self, why: str) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            self._reusable = False
            if not waiter.done():
                waiter.set_exception(NoAnswerError(why))
