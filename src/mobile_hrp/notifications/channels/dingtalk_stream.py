"""DingTalk's stream mode: presses of buttons come over a connection that we open.

A hospital whose network lets nothing in needs no public address for it. DingTalk's own SDK is not
used here: it blocks the event loop while it connects, writes the ticket into the log, cannot be
stopped, and answers an old connection's message on the new one. It is proven against the same fake
(scripts/prove_sdks.sh).
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from yarl import URL

from mobile_hrp import __version__
from mobile_hrp.domain.notification.stream_frame import (
    CARD_TOPIC,
    BadFrameError,
    Frame,
    FrameKind,
    Pushed,
    acknowledged,
    pong,
    read_frame,
    refused,
)
from mobile_hrp.notifications.channels.calls import Reply, reply_of
from mobile_hrp.notifications.channels.transport import (
    HttpTransport,
    NoAnswerError,
    NotSentError,
)
from mobile_hrp.runtime.metrics import STREAM_MESSAGES, STREAM_OPEN
from mobile_hrp.runtime.tasks import end

_FRAME_BYTES_MAX: Final = 256 * 1024
_AT_ONCE: Final = 4  # of the worker's database connections; the others wait
_WAITING_MAX: Final = 64
_log = structlog.get_logger(__name__)
# the library tells each handshake at DEBUG, and with it the ticket
_quiet = logging.getLogger(f"{__name__}.line")
_quiet.setLevel(logging.WARNING)


CardAnswer = Callable[[Pushed], Awaitable[Mapping[str, Any] | None]]
"""What the card shows from now on; None for a message that is not believed."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """Seconds. A connection that lasted ``healthy`` is followed by the next at once."""

    first_wait: float = 1.0
    longest_wait: float = 60.0
    healthy: float = 30.0
    connect: float = 10.0
    heartbeat: float = 30.0
    hang_up: float = 2.0
    last_words: float = 10.0
    """How long presses in hand may take after a connection was given up."""

    def wait_after(self, failures: int, jitter: float) -> float:
        """None after a good connection, then doubling, ± 50 % so that workers knock one by one.

        ``jitter`` is in [0, 1).
        """
        if failures == 0:
            return 0.0
        step = self.first_wait * 2.0 ** min(failures - 1, 16)
        return min(step, self.longest_wait) * (0.5 + jitter)


class StreamTroubleError(Exception):
    """No connection now; ``code`` is DingTalk's or ours and holds no secret."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class CardStream:
    """One connection to one app's organisation, for ever. Any number of workers may have one.

    DingTalk gives each message to one of them, sometimes to another one again; ``answer`` must do
    nothing the second time.
    """

    def __init__(
        self,
        *,
        app_key: str,
        app_secret: SecretStr,
        answer: CardAnswer,
        base_url: str = "https://api.dingtalk.com",
        pacing: Pacing | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._answer = answer
        self._app_key, self._app_secret = app_key, app_secret
        self._base = URL(base_url.rstrip("/"))
        self._pacing, self._jitter = pacing or Pacing(), jitter
        self._transport = HttpTransport(connections=1, answer_seconds=self._pacing.connect)
        self._leaving: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Be connected until ``stop`` is set; presses in hand are answered first."""
        failures = 0
        try:
            while not stop.is_set():
                reason, lasted = await self._one_connection(stop)
                good = lasted is not None and lasted >= self._pacing.healthy
                failures = 0 if good else failures + 1
                wait = self._pacing.wait_after(failures, self._jitter())
                if not stop.is_set():
                    _log.info("card stream closed", reason=reason, next_in=round(wait, 1))
                    await _pause(stop, wait)
        finally:
            if self._leaving:
                await asyncio.wait(self._leaving, timeout=self._pacing.last_words)
                await end(*self._leaving)
            await self._transport.close()

    async def try_once(self) -> str:
        """Open a connection and close it again; its host, for whoever sets it up.

        Raises:
            StreamTroubleError: it could not be opened.
        """
        try:
            address = await self._address()
            socket = await self._connected(address)
            await socket.close()
        finally:
            await self._transport.close()
        return str(address.host)

    async def _one_connection(self, stop: asyncio.Event) -> tuple[str, float | None]:
        """Open, serve, give up; why it ended, and how many seconds it was open, if at all.

        What is in hand then is finished on the side.
        """
        try:
            socket = await self._connected(await self._address())
        except StreamTroubleError as trouble:
            _log.warning("card stream cannot be opened", code=trouble.code)
            return trouble.code, None
        opened_at = asyncio.get_running_loop().time()
        line = _Line(socket, self._answer)
        _log.info("card stream open")
        reading = asyncio.create_task(line.read())
        stopping = asyncio.create_task(stop.wait())
        with STREAM_OPEN.track_inprogress():
            try:
                await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done() and (problem := reading.exception()) is not None:
                    _log.error("card stream failed", exc_info=problem)
            finally:
                await end(stopping)
                leaving = asyncio.create_task(line.finish(reading, self._pacing.last_words))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)
        return line.reason, asyncio.get_running_loop().time() - opened_at

    async def _address(self) -> URL:
        """Where to connect, with a ticket that is good once and for 90 seconds."""
        asked = {
            "clientId": self._app_key,
            "clientSecret": self._app_secret.get_secret_value(),
            "subscriptions": [{"type": "CALLBACK", "topic": CARD_TOPIC}],
            "ua": f"mobile-hrp-python/{__version__}",
        }
        try:
            answer = await self._transport.request(
                "POST",
                self._base / "v1.0/gateway/connections/open",
                body=json.dumps(asked).encode(),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
            )
        except (NotSentError, NoAnswerError) as error:
            raise StreamTroubleError(type(error).__name__) from None
        return address_of(reply_of(answer), secure=self._base.scheme == "https")

    async def _connected(self, address: URL) -> ClientConnection:
        try:
            return await connect(
                str(address),
                open_timeout=self._pacing.connect,
                ping_interval=self._pacing.heartbeat,
                ping_timeout=self._pacing.heartbeat,
                close_timeout=self._pacing.hang_up,
                max_size=_FRAME_BYTES_MAX,
                compression=None,
                proxy=None,
                logger=_quiet,
            )
        except InvalidStatus as error:
            # `from None` here and below: their texts may hold the address, and that the ticket
            raise StreamTroubleError(f"HANDSHAKE_{error.response.status_code}") from None
        except (WebSocketException, OSError, TimeoutError) as error:
            raise StreamTroubleError(type(error).__name__) from None


def address_of(reply: Reply, *, secure: bool) -> URL:
    """Where DingTalk wants us to connect to, with the ticket.

    Raises:
        StreamTroubleError: it refused, or what it names is no address, or one without TLS although
            it was asked over TLS (``secure``).
    """
    endpoint, ticket = reply.data.get("endpoint"), reply.data.get("ticket")
    if not isinstance(endpoint, str) or not isinstance(ticket, str) or not ticket:
        raise StreamTroubleError(str(reply.data.get("code") or f"HTTP_{reply.status}")[:80])
    try:
        address = URL(endpoint)
    except ValueError:
        raise StreamTroubleError("ENDPOINT_UNREADABLE") from None
    if address.scheme not in ({"wss"} if secure else {"ws", "wss"}) or not address.host:
        raise StreamTroubleError("ENDPOINT_INSECURE")
    return address.update_query(ticket=ticket)


class _Line:
    """One open connection: frames in, answers out, each on the line it came by."""

    def __init__(self, socket: ClientConnection, answer: CardAnswer) -> None:
        self._socket, self._answer = socket, answer
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._in_hand: set[asyncio.Task[None]] = set()
        self.reason = "stopped"

    async def read(self) -> None:
        """Take frames until DingTalk says goodbye or the line is gone."""
        with contextlib.suppress(ConnectionClosed):  # without a goodbye: the code below says more
            async for message in self._socket:
                frame = _frame_in(message)
                if frame is None:
                    continue
                if frame.kind is FrameKind.DISCONNECT:
                    self.reason = "told to reconnect"
                    return
                await self._take(frame)
        self.reason = f"cut off ({self._socket.close_code})"

    async def finish(self, reading: asyncio.Task[None], seconds: float) -> None:
        """Answer what is in hand, for so long at most, and hang up."""
        await end(reading)
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=seconds)
            await end(*self._in_hand)
        await self._socket.close()

    async def _take(self, frame: Frame) -> None:
        if frame.kind is FrameKind.PING:
            await self._say(pong(frame))
        elif frame.kind is FrameKind.OTHER:
            _count("not_subscribed")
            await self._say(refused(frame.message_id, 404))
        elif len(self._in_hand) >= _WAITING_MAX:
            _count("too_many")
            await self._say(refused(frame.message_id, 500))
        else:
            task = asyncio.create_task(self._carry_out(frame))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    async def _carry_out(self, frame: Frame) -> None:
        pushed = Pushed(
            frame.message_id, frame.time_ms, frame.data.encode("utf-8", "surrogatepass")
        )
        async with self._turns:
            work = asyncio.ensure_future(self._answer(pushed))
            try:
                # whatever it is that goes wrong: the line and the other presses do not pay for it
                await asyncio.wait({work})
            finally:
                work.cancel()
        problem = work.exception()
        if problem is not None:
            _count("failed")
            _log.error("card press failed", exc_info=problem)
            await self._say(refused(frame.message_id, 500))
            return
        body = work.result()
        _count("answered" if body is not None else "refused")
        said = refused(frame.message_id, 400) if body is None else None
        await self._say(said or acknowledged(frame.message_id, body or {}))

    async def _say(self, text: str) -> None:
        """An answer that nobody hears any more is no loss: the decision stands as it is."""
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            _log.info("card stream answer not heard")


def _frame_in(message: str | bytes) -> Frame | None:
    try:
        if isinstance(message, str):
            return read_frame(message)
        problem = "no text"
    except BadFrameError as bad:
        problem = str(bad)
    _count("unreadable")
    _log.warning("card stream frame unreadable", problem=problem)
    return None


def _count(outcome: str) -> None:
    STREAM_MESSAGES.labels(outcome=outcome).inc()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
