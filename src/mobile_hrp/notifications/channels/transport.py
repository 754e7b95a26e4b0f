"""HTTP to providers: a bounded pool of connections, bounded answers, honest failure words.

Nothing here tries again: whether a repeat is harmless is known only to the outbox.
"""

import asyncio
import email.utils
import re
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from yarl import URL

from mobile_hrp.domain.notification.outcome import Ambiguous, Outcome, Retry, RetryScope
from mobile_hrp.notifications.channels.http_connection import (
    Answer,
    HttpConnection,
    NoAnswerError,
    NotSentError,
)

__all__ = [
    "Answer",
    "HttpTransport",
    "NoAnswerError",
    "NotSentError",
    "PreparedRequest",
    "failure_outcome",
    "prepare",
    "retry_after_seconds",
]

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
_IDLE_SECONDS = 25.0  # below what servers grant, so that few requests meet a closing connection
_LONGEST_RETRY_AFTER = 3600.0
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads."""

    host: str
    port: int
    secure: bool


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """All of a request but its body; make it once for many requests."""

    origin: Origin
    head: bytes


def prepare(
    method: str,
    url: str | URL,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> PreparedRequest:
    """Encode the request line and headers.

    Raises:
        ValueError: for what would not be one request (line breaks in a header, no host).
    """
    where = URL(url)
    if params:
        where = where.extend_query(params)
    if where.host is None or where.scheme not in {"http", "https"} or not where.port:
        message = "an absolute http or https address is needed"
        raise ValueError(message)
    lines = [f"{method} {where.raw_path_qs} HTTP/1.1", f"Host: {where.host_port_subcomponent}"]
    for name, value in {"Accept-Encoding": "identity", **(headers or {})}.items():
        if not _TOKEN.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
            message = f"header {name!r} cannot be sent"
            raise ValueError(message)
        lines.append(f"{name}: {value}")
    head = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
    return PreparedRequest(Origin(where.host, where.port, where.scheme == "https"), head)


class HttpTransport:
    """A connection pool of one channel. Make it on a running loop, close it with the channel.

    At most ``connections`` are open or being opened; who comes later waits for a free one.
    ``tls`` replaces the system's trust for providers with a private certificate.
    """

    def __init__(
        self,
        *,
        connections: int = 100,
        connect_seconds: float = CONNECT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        idle_seconds: float = _IDLE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limit = connections
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._idle_seconds = idle_seconds
        self._tls = tls
        self._idle: dict[Origin, deque[tuple[float, HttpConnection]]] = {}
        self._connections: set[HttpConnection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @property
    def open_connections(self) -> int:
        return len(self._connections) + self._opening

    async def request(
        self,
        method: str,
        url: str | URL,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once and read the answer, without following redirects.

        Raises:
            NotSentError: connection refused, name not found, TLS refused, pool exhausted.
            NoAnswerError: reset, timeout, truncation or nonsense after the request was written.
        """
        return await self.send(prepare(method, url, headers=headers, params=params), body)

    async def send(self, request: PreparedRequest, body: bytes | None = None) -> Answer:
        """As ``request``, with everything but the body prepared."""
        content = body or b""
        raw = b"".join((request.head, str(len(content)).encode(), b"\r\n\r\n", content))
        connection = await self._acquire(request.origin)
        try:
            return await connection.exchange(raw, seconds=self._answer_seconds)
        finally:
            self._release(request.origin, connection)

    async def close(self) -> None:
        """End all connections; requests in flight learn that there will be no answer."""
        self._closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(NotSentError("PoolClosed"))
        for connection in list(self._connections):
            connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # lets the event loop finish closing them

    async def _acquire(self, origin: Origin) -> HttpConnection:
        deadline = asyncio.get_running_loop().time() + self._answer_seconds
        while True:
            if self._closed:
                raise NotSentError("PoolClosed")
            connection = self._take_idle(origin)
            if connection is not None:
                return connection
            if self.open_connections < self._limit or self._close_an_idle_one():
                return await self._connect(origin)
            await self._wait_for_a_place(deadline)

    def _take_idle(self, origin: Origin) -> HttpConnection | None:
        """The connection used last, which is the least likely to have been closed meanwhile."""
        idle = self._idle.get(origin)
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        while idle:
            since, connection = idle.pop()
            if connection.usable and since >= oldest:
                return connection
            connection.close()
        return None

    def _close_an_idle_one(self) -> bool:
        """Make a place at the cost of another origin."""
        for idle in self._idle.values():
            while idle:
                _, connection = idle.popleft()
                if connection.usable:
                    connection.close()
                    self._connections.discard(connection)
                    return True
        return False

    async def _connect(self, origin: Origin) -> HttpConnection:
        self._opening += 1
        opened = False
        try:
            connection = await self._open(origin)
            opened = True
        finally:
            self._opening -= 1
            if not opened:
                self._let_one_in()
        self._connections.add(connection)
        return connection

    async def _open(self, origin: Origin) -> HttpConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: HttpConnection(loop, self._forget),
                    origin.host,
                    origin.port,
                    ssl=self._trust() if origin.secure else None,
                )
        except TimeoutError as error:
            raise NotSentError("ConnectTimeout") from error
        except (OSError, UnicodeError) as error:
            raise NotSentError(type(error).__name__) from error
        if not connection.usable:  # accepted and closed at once
            raise NotSentError("Closed")
        return connection

    def _trust(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    async def _wait_for_a_place(self, deadline: float) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout_at(deadline):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._let_one_in()  # the place came too late for us
            if isinstance(error, TimeoutError):
                raise NotSentError("PoolExhausted") from error
            raise

    def _release(self, origin: Origin, connection: HttpConnection) -> None:
        if connection.usable and not self._closed:
            now = asyncio.get_running_loop().time()
            idle = self._idle.setdefault(origin, deque())
            idle.append((now, connection))
            while idle[0][0] < now - self._idle_seconds:
                idle.popleft()[1].close()
        else:
            connection.close()
            self._connections.discard(connection)
        self._let_one_in()

    def _forget(self, connection: HttpConnection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self._let_one_in()

    def _let_one_in(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return


def failure_outcome(error: NotSentError | NoAnswerError) -> Outcome:
    """The outcome of a request that brought no answer."""
    if isinstance(error, NotSentError):
        return Retry(f"UNREACHABLE:{error}", scope=RetryScope.PROVIDER, backoff=True)
    return Ambiguous(f"NO_ANSWER:{error}")


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """``Retry-After`` in seconds, given as seconds or as a date; 0 without one that can be read.

    At most an hour is believed, so that one absurd answer cannot silence a channel for days.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)
