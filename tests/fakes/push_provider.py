"""What the fakes of DingTalk, WeCom and WeChat share: tokens, scripted answers, a call count."""

import asyncio
import json
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from aiohttp import web

from mobile_hrp.runtime.clock import Clock
from mobile_hrp.synthetic.providers.faults import cut
from mobile_hrp.synthetic.providers.server import LoopbackServer

TOKEN_SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer instead of the normal one.

    ``body`` text is answered as HTML. ``cut_after`` serves the request and then cuts the line.
    """

    body: dict[str, Any] | str | None = None
    status: int = 200
    cut_before: bool = False
    cut_after: bool = False


class PushProvider:
    """A socket server on 127.0.0.1 with a virtual clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.calls: Counter[str] = Counter()
        self.seen: list[bytes] = []
        self.wire: list[bytes] = []
        """Each request as it came: method, path, query, headers and body."""
        self.script: deque[Scripted] = deque()
        self.pause = asyncio.Event()
        self.pause.set()
        """Cleared: requests wait until it is set again."""
        self._tokens: dict[str, datetime] = {}
        self.app = web.Application()
        self._server = LoopbackServer(self.app)

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pause.set()
        await self._server.stop()

    def issue_token(self) -> str:
        """The token that is valid now: the same one for everybody until it ends."""
        for token, ends in self._tokens.items():
            if self.clock() < ends:
                return token
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self.clock() + timedelta(seconds=TOKEN_SECONDS)
        return token

    def is_valid(self, token: str | None) -> bool:
        return token in self._tokens and self.clock() < self._tokens[token]

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    async def serve(
        self,
        request: web.Request,
        name: str,
        work: Callable[[dict[str, Any]], Awaitable[web.Response] | web.Response],
    ) -> web.StreamResponse:
        """Count the call, play the script, else do the work."""
        self.calls[name] += 1
        raw = await request.read()
        self.seen.append(raw)
        head = "".join(f"{key}: {value}\n" for key, value in request.headers.items())
        self.wire.append(f"{request.method} {request.path_qs}\n{head}\n".encode() + raw)
        await self.pause.wait()
        scripted = self.script.popleft() if self.script else None
        if scripted is not None and scripted.cut_before:
            return cut(request)
        if scripted is not None and scripted.body is not None:
            if isinstance(scripted.body, str):
                return web.Response(
                    text=scripted.body, status=scripted.status, content_type="text/html"
                )
            return web.json_response(scripted.body, status=scripted.status)
        answer = work(json.loads(raw) if raw else {})
        response = answer if isinstance(answer, web.Response) else await answer
        return cut(request) if scripted is not None and scripted.cut_after else response
