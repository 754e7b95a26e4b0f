"""WeChat's and DingTalk's login endpoints as real socket servers on 127.0.0.1.

They answer as the real ones do: status 200 with a number in the body, WeChat labelled text/plain,
codes good for five minutes and once. ``next_answers`` scripts what comes before the normal answer.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from mobile_hrp.runtime.clock import Clock

CODE_LIFETIME = timedelta(minutes=5)
DINGTALK_TOKEN_SECONDS = 7200


@dataclass
class IssuedCode:
    """A login code as the provider remembers it."""

    subject: str
    expires_at: datetime
    used: bool = False


@dataclass(frozen=True)
class Scripted:
    """An answer to give instead of the normal one.

    ``hang`` never answers at all; ``redirect`` sends the caller to the same address once more.
    """

    body: dict[str, Any] | str = ""
    hang: bool = False
    redirect: bool = False


@dataclass
class FakeProvider:
    """What both fakes have: codes, a clock, scripted answers and a count of calls."""

    clock: Clock
    app_id: str
    app_secret: str
    base_url: str = ""
    codes: dict[str, IssuedCode] = field(default_factory=dict)
    next_answers: deque[Scripted] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)

    def issue_code(self, subject: str) -> str:
        """Let a user of the app obtain a login code."""
        code = secrets.token_hex(16)
        self.codes[code] = IssuedCode(subject, self.clock() + CODE_LIFETIME)
        return code

    async def scripted(self, request: web.Request) -> web.Response | None:
        if not self.next_answers:
            return None
        answer = self.next_answers.popleft()
        if answer.hang:
            await asyncio.Event().wait()
        if answer.redirect:
            return web.Response(status=302, headers={"Location": request.path_qs})
        if isinstance(answer.body, str):
            return web.Response(text=answer.body, content_type="text/html")
        return labelled(answer.body, "application/json")


class FakeWeChat(FakeProvider):
    """``GET /sns/jscode2session``."""

    session_key = "c2Vzc2lvbi1rZXktb2YtYS1tYWRlLXVwLXVzZXI="
    """The secret that must never leave the server; a canary for tests."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sns/jscode2session", self._code_to_session)]

    async def _code_to_session(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        return await self.scripted(request) or self._error_or_session(request)

    def _error_or_session(self, request: web.Request) -> web.Response:
        query = request.query
        code = self.codes.get(query.get("js_code", ""))
        for wrong, number, message in (
            (query.get("appid") != self.app_id, 40013, "invalid appid"),
            (query.get("secret") != self.app_secret, 40125, "invalid appsecret"),
            (query.get("grant_type") != "authorization_code", 40002, "invalid grant_type"),
            (not query.get("js_code"), 41008, "missing code"),
            (code is None or self.clock() >= code.expires_at, 40029, "invalid code"),
            (code is not None and code.used, 40163, "code been used"),
        ):
            if wrong:
                return _wechat(number, message)
        assert code is not None
        code.used = True
        return labelled(
            {
                "openid": code.subject,
                "session_key": self.session_key,
                "unionid": f"u-{code.subject}",
            },
            "text/plain",
        )


class FakeDingTalk(FakeProvider):
    """``POST /v1.0/oauth2/accessToken`` and ``POST /topapi/v2/user/getuserinfo``."""

    token: str = ""
    token_ends_at: datetime | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1.0/oauth2/accessToken", self._access_token),
            web.post("/topapi/v2/user/getuserinfo", self._user_info),
        ]

    def withdraw_token(self) -> None:
        """Make the current token invalid before its time, as DingTalk may."""
        self.token_ends_at = None

    async def _access_token(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        body = await request.json()
        if body.get("appKey") != self.app_id or body.get("appSecret") != self.app_secret:
            return labelled(
                {
                    "code": "invalidClientIdOrSecret",
                    "message": "无效的clientId或者clientSecret",
                    "requestid": secrets.token_hex(8),
                },
                "application/json",
                400,
            )
        if self.token_ends_at is None or self.clock() >= self.token_ends_at:
            self.token = secrets.token_hex(16)
            self.token_ends_at = self.clock() + timedelta(seconds=DINGTALK_TOKEN_SECONDS)
        left = int((self.token_ends_at - self.clock()).total_seconds())
        return labelled({"accessToken": self.token, "expireIn": left}, "application/json")

    async def _user_info(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        scripted = await self.scripted(request)
        if scripted is not None:
            return scripted
        given = request.query.get("access_token", "")
        if self.token_ends_at is None or given != self.token:
            return _dingtalk(40014, "不合法的access_token")
        if self.clock() >= self.token_ends_at:
            return _dingtalk(42001, "access_token超时")
        sent = (await request.json()).get("code")
        code = self.codes.get(sent or "")
        if code is None or code.used or self.clock() >= code.expires_at:
            return _dingtalk(40078, "不存在的临时授权码")
        code.used = True
        return labelled(
            {
                "errcode": 0,
                "errmsg": "ok",
                "request_id": secrets.token_hex(6),
                "result": {
                    "userid": code.subject,
                    "unionid": f"u-{code.subject}",
                    "associated_unionid": f"a-{code.subject}",
                    "device_id": "made-up-device",
                    "sys": False,
                    "sys_level": 0,
                    "name": "示例员工",
                },
            },
            "application/json",
        )


@asynccontextmanager
async def serving(*fakes: FakeWeChat | FakeDingTalk) -> AsyncIterator[None]:
    """Listen on a free port per fake, whose ``base_url`` then says which."""
    runners = []
    for fake in fakes:
        application = web.Application()
        application.add_routes(fake.routes())
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        fake.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield
    for runner in runners:
        await runner.cleanup()


def labelled(body: dict[str, Any], content_type: str, status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, content_type=content_type, status=status)


def _wechat(number: int, message: str) -> web.Response:
    message = f"{message}, rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return labelled({"errcode": number, "errmsg": message}, "text/plain")


def _dingtalk(number: int, message: str) -> web.Response:
    return labelled(
        {"errcode": number, "errmsg": message, "request_id": secrets.token_hex(6)},
        "application/json",
    )
