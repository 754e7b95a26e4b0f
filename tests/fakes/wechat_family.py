"""WeCom app messages and WeChat subscribe messages, with what the real ones quietly do."""

import asyncio
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from tests.fakes.push_provider import TOKEN_SECONDS, PushProvider

from mobile_hrp.runtime.clock import Clock

MEMBER_PER_MINUTE = 30
MEMBER_PER_HOUR = 1_000
MEMBERS_PER_CALL = 1_000
SUBSCRIBE_PER_DAY = 10_000_000
_LANGUAGES = {"zh_CN", "en_US", "zh_HK", "zh_TW"}
_STATES = {"developer", "trial", "formal"}
# the types of fields with the longest value each takes, by the documentation of the send call
_FIELDS = {
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "amount": re.compile(r"[¥$€]?[0-9.]{1,10}元?"),
    "phone_number": re.compile(r"[0-9+\-]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[\u4e00-\u9fff]{1,10}|[A-Za-z ]{1,20}"),
    "time": re.compile(r"[0-9年月日: \-~]{4,40}"),
    "date": re.compile(r"[0-9年月日: \-~]{4,40}"),
}


class FakeWeCom(PushProvider):
    """One app. What is above the rate of a member is answered 'ok' and shown to nobody."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.unknown_members: set[str] = set()
        self.unlicensed: set[str] = set()
        self.trusts_us = True
        """False: our address is not on the list of trusted ones."""
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
            if not self.trusts_us:
                return _code(60020, "not allow to access from your ip")
            if not self.is_valid(request.query.get("access_token")):
                return _code(42001, "access_token expired")
            members = body["touser"].split("|")
            if len(members) > MEMBERS_PER_CALL:
                return _code(40031, "too many members")
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
    """One mini-program: one permit, one message; two sends at once to one person fail.

    ``templates`` and ``pages`` empty: all are known. ``banned_words`` are answered with 45168.
    """

    def __init__(self, clock: Clock, *, per_day: int = SUBSCRIBE_PER_DAY) -> None:
        super().__init__(clock)
        self.permits: Counter[str] = Counter()
        self.templates: set[str] = set()
        self.pages: set[str] = set()
        self.banned_words: set[str] = set()
        self.trusts_us = True
        self._per_day = per_day
        self._days: Counter[date] = Counter()
        self.unknown: set[str] = set()
        self.shown: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._busy: set[str] = set()
        self.app.router.add_post("/cgi-bin/stable_token", self._token)
        self.app.router.add_get("/cgi-bin/token", self._old_token)
        self.app.router.add_post("/cgi-bin/message/subscribe/send", self._send)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request, "token", lambda _: _token(self.issue_token()))

    async def _old_token(self, request: web.Request) -> web.StreamResponse:
        """The older way to a token: each call ends the token before."""

        def work(_: dict[str, Any]) -> web.Response:
            self.revoke_tokens()
            return _token(self.issue_token())

        return await self.serve(request, "old token", work)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        async def work(body: dict[str, Any]) -> web.Response:
            if not self.trusts_us:
                return _code(40164, "invalid ip, not in whitelist")
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
        if refused := self._refusal(person, body):
            return refused
        if not self.permits[person]:
            return _code(43101, "user refuse to accept the msg")
        today = self.clock().date()
        if self._days[today] >= self._per_day:
            return _code(45009, "reach max api daily quota limit")
        self._days[today] += 1
        self.permits[person] -= 1
        self.shown[person].append(body)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": self.calls["send"]})

    def _refusal(self, person: str, body: dict[str, Any]) -> web.Response | None:
        if person in self.unknown:
            return _code(40003, "invalid openid")
        if self.templates and body["template_id"] not in self.templates:
            return _code(40037, "template_id is wrong")
        if self.pages and str(body.get("page", "")).partition("?")[0] not in self.pages:
            return _code(41030, "invalid page")
        state, language = body.get("miniprogram_state", "formal"), body.get("lang", "zh_CN")
        if state not in _STATES or language not in _LANGUAGES:
            return _code(47001, "data format error")
        return self._refusal_of_fields(body["data"])

    def _refusal_of_fields(self, data: dict[str, Any]) -> web.Response | None:
        for name, field in data.items():
            rule = _FIELDS.get(name.rstrip("0123456789"))
            if rule is None or not rule.fullmatch(field["value"]):
                return _code(47003, f"argument invalid! data.{name}.value")
            if any(word in field["value"] for word in self.banned_words):
                return _code(45168, "content contains sensitive words")
        return None


def _token(token: str) -> web.Response:
    return web.json_response({"access_token": token, "expires_in": TOKEN_SECONDS})


def _code(code: int, text: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": text})
