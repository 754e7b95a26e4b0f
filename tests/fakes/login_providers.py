"""WeChat's, DingTalk's and WeCom's login endpoints as real socket servers on 127.0.0.1.

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
WECOM_TOKEN_SECONDS = 7200


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


@dataclass
class WeComToken:
    """``program``: it is of the app that the mini-program is tied to."""

    ends_at: datetime
    program: bool


@dataclass
class FakeWeComLogin(FakeProvider):
    """``gettoken``, ``auth/getuserinfo`` and ``miniprogram/jscode2session`` of one corporation.

    ``app_id`` is its id and ``app_secret`` the secret of the app with the page; a mini-program's
    code is taken only with a token of ``program_secret``. Codes of the other door are unknown.
    """

    program_secret: str = "wecom-program-secret-canary"
    session_key: str = FakeWeChat.session_key
    user_ticket: str = "a-ticket-for-name-and-phone-that-nobody-asks-for"
    tokens: dict[str, WeComToken] = field(default_factory=dict)
    program_codes: set[str] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)
    """Who is no member: customers, people who only use WeChat."""
    foreigners: set[str] = field(default_factory=set)
    """Members of another corporation, who may open the mini-program too."""
    out_of_range: set[str] = field(default_factory=set)
    """Members the app is not visible to."""
    trusts_us: bool = True
    trusts_the_page: bool = True

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/cgi-bin/gettoken", self._get_token),
            web.get("/cgi-bin/auth/getuserinfo", self._user_info),
            web.get("/cgi-bin/miniprogram/jscode2session", self._code_to_session),
        ]

    def issue_program_code(self, subject: str) -> str:
        """What wx.qy.login gives in the mini-program; ``issue_code`` is for the page."""
        code = self.issue_code(subject)
        self.program_codes.add(code)
        return code

    def withdraw_tokens(self) -> None:
        """Make all tokens invalid before their time, as WeCom may."""
        self.tokens.clear()

    async def _get_token(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        query, now = request.query, self.clock()
        if query.get("corpid") != self.app_id:
            return _wecom(40013, "invalid corpid")
        secret = query.get("corpsecret")
        if secret not in {self.app_secret, self.program_secret}:
            return _wecom(40001, "invalid credential")
        program = secret == self.program_secret
        live = [t for t, one in self.tokens.items() if one.program is program and now < one.ends_at]
        token = live[0] if live else secrets.token_urlsafe(64)
        ends = now + timedelta(seconds=WECOM_TOKEN_SECONDS)
        left = self.tokens.setdefault(token, WeComToken(ends, program)).ends_at - now
        return labelled(
            {
                "errcode": 0,
                "errmsg": "ok",
                "access_token": token,
                "expires_in": int(left.total_seconds()),
            },
            "application/json",
        )

    async def _user_info(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        if scripted := await self.scripted(request):
            return scripted
        if not self.trusts_the_page:
            return _wecom(50001, "redirect_url not match any of the trusted domain")
        code = self._code(request, "code", program=False)
        if isinstance(code, web.Response):
            return code
        if code.subject in self.visitors:
            outside = {"openid": f"o-{code.subject}", "external_userid": f"wm-{code.subject}"}
            return labelled({"errcode": 0, "errmsg": "ok", **outside}, "application/json")
        if code.subject in self.out_of_range:
            return _wecom(60011, "no privilege to access/modify contact/party/agent")
        return labelled(
            {
                "errcode": 0,
                "errmsg": "ok",
                "userid": code.subject,
                "user_ticket": self.user_ticket,
            },
            "application/json",
        )

    async def _code_to_session(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        if scripted := await self.scripted(request):
            return scripted
        if request.query.get("grant_type") != "authorization_code":
            return _wecom(40002, "invalid grant_type")
        code = self._code(request, "js_code", program=True)
        if isinstance(code, web.Response):
            return code
        strange = code.subject in self.foreigners
        return labelled(
            {
                "errcode": 0,
                "errmsg": "ok",
                "corpid": "ww-another" if strange else self.app_id,
                "userid": f"encrypted-{code.subject}" if strange else code.subject,
                "session_key": self.session_key,
            },
            "application/json",
        )

    def _code(self, request: web.Request, name: str, *, program: bool) -> IssuedCode | web.Response:
        """The code that is asked about, now used up, or what is wrong with the question."""
        query, now = request.query, self.clock()
        token = self.tokens.get(query.get("access_token", ""))
        sent = query.get(name, "")
        code = self.codes.get(sent)
        foreign = (sent in self.program_codes) is not program
        unknown = code is None or code.used or now >= code.expires_at
        for wrong, number, message in (
            (not self.trusts_us, 60020, "not allow to access from your ip"),
            (not query.get("access_token"), 41001, "access_token missing"),
            (token is None, 40014, "invalid access_token"),
            (token is not None and now >= token.ends_at, 42001, "access_token expired"),
            (not sent, 41008, "missing auth code"),
            (token is not None and token.program is not program, 40029, "invalid code"),
            (foreign or unknown, 40029, "invalid code"),
        ):
            if wrong:
                return _wecom(number, message)
        assert code is not None
        code.used = True
        return code


@asynccontextmanager
async def serving(*fakes: FakeWeChat | FakeDingTalk | FakeWeComLogin) -> AsyncIterator[None]:
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


def _wecom(number: int, message: str) -> web.Response:
    more = "more info at https://open.work.weixin.qq.com/devtool/query?e="
    message = f"{message}, hint: [{secrets.token_hex(8)}], from ip: 127.0.0.1, {more}{number}"
    return labelled({"errcode": number, "errmsg": message}, "application/json")


def _dingtalk(number: int, message: str) -> web.Response:
    return labelled(
        {"errcode": number, "errmsg": message, "request_id": secrets.token_hex(6)},
        "application/json",
    )
