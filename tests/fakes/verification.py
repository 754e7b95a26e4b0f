"""A provider of invoice verification (查验) on a socket: signed questions, scripted answers."""

import asyncio
import hashlib
import hmac
import json
from collections import deque
from typing import Any, Self

from aiohttp import web

from mobile_hrp.synthetic.providers.server import LoopbackServer

KEY_ID = "made-up-key"
SECRET = "a secret that both sides know, made up"


class FakeVerification:
    """Knows invoices by number; ``script`` is played first: JSON, HTML text, a status, a hang."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.script: deque[dict[str, Any] | str | int] = deque()
        self.asked: list[dict[str, Any]] = []
        self.nonces: set[str] = set()
        self.refused = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        """Cleared: questions hang until it is set again."""
        app = web.Application()
        app.router.add_post("/verify", self._verify)
        self._server = LoopbackServer(app)

    @property
    def url(self) -> str:
        return f"{self._server.url}/verify"

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go_on.set()
        await self._server.stop()

    async def _verify(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-HRP-Timestamp"]
        nonce = request.headers["X-HRP-Nonce"]
        mac = hmac.new(SECRET.encode(), f"{stamp}.{nonce}.".encode() + body, hashlib.sha256)
        genuine = hmac.compare_digest(request.headers["X-HRP-Signature"], f"v1={mac.hexdigest()}")
        if not genuine or nonce in self.nonces or request.headers["X-HRP-Key"] != KEY_ID:
            self.refused += 1
            return web.Response(status=401)
        self.nonces.add(nonce)
        question = json.loads(body)
        self.asked.append(question)
        await self.go_on.wait()
        if not self.script:
            return web.json_response(self.known.get(question["number"], {"outcome": "not_found"}))
        said = self.script.popleft()
        if isinstance(said, int):
            return web.Response(status=said)
        if isinstance(said, str):
            return web.Response(text=said, content_type="text/html")
        return web.json_response(said)
