"""WeCom app messages and WeChat subscribe messages, with what the real ones quietly do."""

import asyncio
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from tests.fakes.push_provider import TOKEN_SECONDS, PushProvider

from mobile_hrp.runtime.clock import Clock

MEMBER_PER_MINUTE = 30
MEMBER_PER_HOUR = 1_000


class FakeWeCom(PushProvider):
    """One app. What is above the rate of a member is answered 'ok' and shown to nobody."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.unknown_members: set[str] = set()
        self.unlicensed: set[str] = set()
        self.shown: dict[str, list[str]] = defaultdict(list)
        self.recalled: set[str] = set()
        self.dropped = 0
        self._repeats: dict[tuple[str, str], datetime] = {}
        self._sent: dict[str, list[datetime]] = defaultdict(list)
        self.app.router.add_get("/cgi-bin/gettoken", self._token)
        self.app.router.add_post("/cgi-bin/message/send", self._send)
        self.app.router.add_post("/cgi-bin/message/recall", self._recall)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request, "token", lambda _: _token(self.issue_token()))

    async def _send(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            if not self.is_valid(request.query.get("access_token")):
                return _code(42001, "access_token expired")
            members = body["touser"].split("|")
            unknown = [one for one in members if one in self.unknown_members]
            if len(unknown) == len(members):
                return _code(81013, "user & party & tag all invalid")
            for member in members:
                self._show(member, body)
            message = f"msg{self.calls['send']}"
            return web.json_response(
                {
                    "errcode": 0,
                    "errmsg": "ok",
                    "invaliduser": "|".join(unknown),
                    "unlicenseduser": "|".join(self.unlicensed & set(members)),
                    "msgid": message,
                }
            )

        return await self.serve(request, "send", work)

    def _show(self, member: str, body: dict[str, Any]) -> None:
        now = self.clock()
        content = (member, str(body["textcard"]))
        interval = timedelta(seconds=body.get("duplicate_check_interval", 1800))
        before = self._repeats.get(content)
        if body.get("enable_duplicate_check") and before and now - before < interval:
            return
        sent = self._sent[member]
        minute = sum(1 for moment in sent if moment > now - timedelta(minutes=1))
        hour = sum(1 for moment in sent if moment > now - timedelta(hours=1))
        if minute >= MEMBER_PER_MINUTE or hour >= MEMBER_PER_HOUR:
            self.dropped += 1
            return
        sent.append(now)
        self._repeats[content] = now
        self.shown[member].append(body["textcard"]["url"])

    async def _recall(self, request: web.Request) -> web.StreamResponse:
        def work(body: dict[str, Any]) -> web.Response:
            self.recalled.add(body["msgid"])
            return _code(0, "ok")

        return await self.serve(request, "recall", work)


class FakeWeChatPush(PushProvider):
    """One mini-program: one permit, one message; two sends at once to one person fail."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.permits: Counter[str] = Counter()
        self.unknown: set[str] = set()
        self.shown: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._busy: set[str] = set()
        self.app.router.add_post("/cgi-bin/stable_token", self._token)
        self.app.router.add_post("/cgi-bin/message/subscribe/send", self._send)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request, "token", lambda _: _token(self.issue_token()))

    async def _send(self, request: web.Request) -> web.StreamResponse:
        async def work(body: dict[str, Any]) -> web.Response:
            if not self.is_valid(request.query.get("access_token")):
                return _code(40001, "invalid credential")
            person = body["touser"]
            if person in self._busy:
                return _code(43108, "concurrent calls")
            self._busy.add(person)
            await asyncio.sleep(0)  # lets a second request to the same person arrive meanwhile
            self._busy.discard(person)
            return self._show(person, body)

        return await self.serve(request, "send", work)

    def _show(self, person: str, body: dict[str, Any]) -> web.Response:
        if person in self.unknown:
            return _code(40003, "invalid openid")
        for name, field in body["data"].items():
            if re.match(r"thing\d", name) and len(field["value"]) > 20:
                return _code(47003, f"argument invalid! data.{name}.value")
        if not self.permits[person]:
            return _code(43101, "user refuse to accept the msg")
        self.permits[person] -= 1
        self.shown[person].append(body)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": self.calls["send"]})


def _token(token: str) -> web.Response:
    return web.json_response({"access_token": token, "expires_in": TOKEN_SECONDS})


def _code(code: int, text: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": text})
