"""DingTalk's stream mode: a gateway that gives tickets, and the websocket behind it.

As documented: a ticket is good once and for 90 seconds; a message goes to any one of the open
connections that subscribed to its topic; before DingTalk ends a connection it says so, sends
nothing more on it and cuts it. Only what is scripted misbehaves.
"""

import asyncio
import json
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import WSMsgType, web
from tests.fakes.dingtalk_push import FakeDingTalkPush

from mobile_hrp.runtime.clock import Clock

TICKET_LIFETIME = timedelta(seconds=90)
CARD_TOPIC = "/v1.0/card/instances/callback"


@dataclass
class Ticket:
    """``topics`` are what the client subscribed to."""

    topics: tuple[tuple[str, str], ...]
    expires_at: datetime
    used: bool = False


@dataclass
class Connection:
    """One client. ``leaving``: it was told to reconnect and gets nothing more."""

    socket: web.WebSocketResponse
    topics: tuple[tuple[str, str], ...]
    number: int
    leaving: bool = False
    said: list[dict[str, Any]] = field(default_factory=list)
    """Every answer that came back on this connection."""

    @property
    def open(self) -> bool:
        return not self.socket.closed

    async def send(self, text: str) -> None:
        """Anything at all, such as garbage."""
        await self.socket.send_str(text)

    async def cut(self) -> None:
        """End it without a word, as a firewall does."""
        transport = self.socket._req.transport if self.socket._req else None  # noqa: SLF001 - aiohttp gives no other way to cut a line
        if transport is not None:
            transport.abort()


class FakeDingTalkStream(FakeDingTalkPush):
    """The app's gateway beside all else that the app can do."""

    def __init__(self, clock: Clock, *, credentials: tuple[str, str] = ("k", "s")) -> None:
        super().__init__(clock)
        self.credentials = credentials
        self.endpoint: str | None = None
        """What to answer as the address instead of our own."""
        self.accepts = True
        """False: the gateway gives tickets and the websocket refuses them."""
        self.tickets: dict[str, Ticket] = {}
        self.connections: list[Connection] = []
        self.user_agents: list[str] = []
        self.answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        """What clients said to each message, by its id."""
        self.pushed: Counter[str] = Counter()
        self._asked = 0
        self._changed = asyncio.Condition()
        self.app.router.add_post("/v1.0/gateway/connections/open", self._open)
        self.app.router.add_get("/connect", self._connect)

    @property
    def live(self) -> list[Connection]:
        """The connections that messages may go to."""
        return [one for one in self.connections if one.open and not one.leaving]

    async def connected(self, number: int = 1) -> Connection:
        """Wait until so many connections were made since the start; the newest."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.connections) >= number)
        return self.connections[-1]

    async def asked(self, number: int) -> None:
        """Wait until so many tickets were asked for since the start."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._asked >= number)

    async def answer_to(self, message_id: str, *, times: int = 1) -> dict[str, Any]:
        """Wait for the client's answer, the ``times``-th one; its ``data`` is read."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.answers[message_id]) >= times)
        return self.answers[message_id][times - 1]

    async def push(
        self,
        data: Any,
        *,
        topic: str = CARD_TOPIC,
        kind: str = "CALLBACK",
        message_id: str | None = None,
        to: Connection | None = None,
        sent_at: datetime | None = None,
    ) -> str:
        """Send a message to one connection; its id. ``message_id`` sends one again."""
        message_id = message_id or f"{secrets.token_hex(4)}_{len(self.pushed)}"
        line = to or secrets.choice([one for one in self.live if (kind, topic) in one.topics])
        moment = sent_at or self.clock()
        self.pushed[message_id] += 1
        await line.send(
            json.dumps(
                {
                    "specVersion": "1.0",
                    "type": kind,
                    "headers": {
                        "appId": "made-up-app",
                        "connectionId": f"c{line.number}",
                        "contentType": "application/json",
                        "messageId": message_id,
                        "time": str(int(moment.timestamp() * 1000)),
                        "topic": topic,
                    },
                    "data": data if isinstance(data, str) else json.dumps(data),
                }
            )
        )
        return message_id

    async def push_press(
        self, card: str, verdict: str, *, message_id: str | None = None, **more: Any
    ) -> str:
        """Somebody presses a button; the id of the message."""
        return await self.push(self.stream_body(card, verdict, **more), message_id=message_id)

    def stream_body(self, card: str, verdict: str, **more: Any) -> dict[str, Any]:
        """A press as the stream words it: everything twice."""
        body = self.pressed(card, verdict, **more)
        return body | {
            "extension": "{}",
            "spaceType": "",
            "spaceId": "",
            "value": body["content"],
        }

    async def ping(self, line: Connection) -> tuple[str, str]:
        """Ask whether a client is there; the id of the question and what must come back."""
        opaque = secrets.token_hex(8)
        headers = {"topic": "ping", "messageId": f"p{opaque}", "contentType": "application/json"}
        data = json.dumps({"opaque": opaque})
        await line.send(json.dumps({"type": "SYSTEM", "headers": headers, "data": data}))
        return f"p{opaque}", opaque

    async def say_goodbye(self, line: Connection) -> None:
        """Announce the end of a connection. The real one cuts it ten silent seconds later."""
        line.leaving = True
        headers = {"topic": "disconnect", "contentType": "application/json"}
        data = json.dumps({"reason": "connection is expired"})
        await line.send(json.dumps({"type": "SYSTEM", "headers": headers, "data": data}))

    async def _open(self, request: web.Request) -> web.StreamResponse:
        async with self._changed:
            self._asked += 1
            self._changed.notify_all()

        def work(body: dict[str, Any]) -> web.Response:
            if (body.get("clientId"), body.get("clientSecret")) != self.credentials:
                return web.json_response(
                    {"requestid": "1", "code": "authFailed", "message": "鉴权失败"}, status=401
                )
            asked = body.get("subscriptions") or []
            topics = tuple((one["type"], one["topic"]) for one in asked)
            if not topics:
                return web.json_response(
                    {"requestid": "1", "code": "param.error", "message": "subscriptions"},
                    status=400,
                )
            ticket = secrets.token_hex(16)
            self.tickets[ticket] = Ticket(topics, self.clock() + TICKET_LIFETIME)
            self.user_agents.append(str(body.get("ua", "")))
            address = self.endpoint or f"{self.url.replace('http', 'ws', 1)}/connect"
            return web.json_response({"endpoint": address, "ticket": ticket})

        return await self.serve(request, "stream.open", work)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = self.tickets.get(request.query.get("ticket", ""))
        if not self.accepts or ticket is None or ticket.used or self.clock() >= ticket.expires_at:
            return web.Response(status=401)
        ticket.used = True
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Connection(socket, ticket.topics, len(self.connections))
        async with self._changed:
            self.connections.append(line)
            self._changed.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._hear(line, json.loads(message.data))
        async with self._changed:
            self._changed.notify_all()
        return socket

    async def _hear(self, line: Connection, answer: dict[str, Any]) -> None:
        read = answer | {"data": json.loads(answer["data"])}
        async with self._changed:
            line.said.append(read)
            # nobody need answer a goodbye, but DingTalk's own SDK does, without an id
            self.answers[answer["headers"].get("messageId", "")].append(read)
            self._changed.notify_all()
