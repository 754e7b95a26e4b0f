"""A receiver of our own signed messages: a hospital's webhook, or its SMS gateway."""

import hashlib
import hmac
from typing import Any

from aiohttp import web
from tests.fakes.push_provider import PushProvider

from mobile_hrp.runtime.clock import Clock

SECRET = "a secret that both sides know, made up"
_MAX_AGE_SECONDS = 300


class FakeReceiver(PushProvider):
    """Takes what is signed and fresh, once per delivery key."""

    def __init__(self, clock: Clock, *, secret: str = SECRET) -> None:
        super().__init__(clock)
        self._secret = secret.encode()
        self.taken: dict[str, list[dict[str, Any]]] = {}
        self.refused = 0
        self.app.router.add_post("/hook", self._hook)

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()

        def work(body: dict[str, Any]) -> web.Response:
            stamp = request.headers.get("X-HRP-Timestamp", "0")
            mac = hmac.new(self._secret, f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
            signed = hmac.compare_digest(request.headers.get("X-HRP-Signature", ""), f"v1={mac}")
            fresh = abs(self.clock().timestamp() - int(stamp)) <= _MAX_AGE_SECONDS
            if not (signed and fresh):
                self.refused += 1
                return web.Response(status=401)
            self.taken.setdefault(request.headers["X-HRP-Delivery"], []).append(body)
            return web.Response(status=204)

        return await self.serve(request, "hook", work)
