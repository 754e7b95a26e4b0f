"""DingTalk's two interfaces behind one token: the old topapi and v1.0. Codes and what they mean.

https://open.dingtalk.com/document/orgapp/server-api-error-codes-1 and the pages of each API. Above
its limits DingTalk bans the address for five minutes by a page that is no API answer at all.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    NotDelivered,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.notifications.channels.calls import (
    BAN_WAIT,
    QUOTA_WAIT,
    Reply,
    busy,
    call_with_token,
    quota,
    reply_of,
    token_failure,
)
from mobile_hrp.notifications.channels.tokens import (
    FreshToken,
    ProviderTokens,
    TokenTroubleError,
)
from mobile_hrp.notifications.channels.transport import (
    Answer,
    HttpTransport,
    NoAnswerError,
    NotSentError,
    retry_after_seconds,
)
from mobile_hrp.runtime.clock import Clock

_STALE = frozenset({40001, 40014, 42001})
_LIMITS = frozenset({90002, 90018, 90019, 143103, 143104})
_DROPPED_FOR_PERSON = frozenset({143105, 143106, 1430003, 1430004})
_BANNED_WORDS = 1430002
_INVALID_USER = 33012
_MONTH_USED_UP = 90020
_WRAPPED = 88
_BAN_STATUS = 1111
_CHINA = timedelta(hours=8)


class DingTalkApi:
    """One enterprise app of one organisation, shared by all DingTalk channels."""

    def __init__(
        self,
        *,
        app_key: str,
        app_secret: SecretStr,
        clock: Clock,
        base_url: str = "https://api.dingtalk.com",
        legacy_base_url: str = "https://oapi.dingtalk.com",
        connections: int = 20,
        answer_seconds: float = 10.0,
    ) -> None:
        self._app_key, self._app_secret = app_key, app_secret
        self._base, self._legacy = base_url.rstrip("/"), legacy_base_url.rstrip("/")
        self._transport = HttpTransport(connections=connections, answer_seconds=answer_seconds)
        self._tokens = ProviderTokens(self._fetch_token, clock=clock)
        self._clock = clock

    async def old(self, path: str, body: Mapping[str, Any]) -> Reply | Outcome:
        """POST to topapi; every answer that is no success comes back as its outcome."""

        async def request(token: str) -> Answer:
            return await self._transport.request(
                "POST",
                f"{self._legacy}{path}",
                body=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json"},
                params={"access_token": token},
            )

        reply = await call_with_token(self._tokens, request, refused=_stale_old)
        if not isinstance(reply, Reply):
            return reply
        return classify_old(reply, now=self._clock()) or reply

    async def new(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> Reply | Outcome:
        """Call v1.0; every answer that is no success comes back as its outcome."""

        async def request(token: str) -> Answer:
            return await self._transport.request(
                method,
                f"{self._base}{path}",
                body=body,
                headers={
                    "Content-Type": "application/json",
                    "x-acs-dingtalk-access-token": token,
                },
                params=params,
            )

        reply = await call_with_token(self._tokens, request, refused=_stale_new)
        if not isinstance(reply, Reply):
            return reply
        return classify_new(reply, now=self._clock()) or reply

    async def register_card_callback(
        self, *, route_key: str, url: str, secret: SecretStr
    ) -> Outcome | None:
        """Tell DingTalk where presses of buttons go and by what they are signed; None if it did."""
        body = {
            "callbackRouteKey": route_key,
            "callbackUrl": url,
            "apiSecret": secret.get_secret_value(),
            "forceUpdate": True,
        }
        reply = await self.new(
            "POST",
            "/v1.0/card/callbacks/register",
            json.dumps(body, ensure_ascii=False).encode(),
        )
        return None if isinstance(reply, Reply) else reply

    async def close(self) -> None:
        await self._transport.close()

    async def _fetch_token(self) -> FreshToken:
        body = {"appKey": self._app_key, "appSecret": self._app_secret.get_secret_value()}
        try:
            answer = await self._transport.request(
                "POST",
                f"{self._base}/v1.0/oauth2/accessToken",
                body=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
        except (NotSentError, NoAnswerError) as error:
            raise token_failure(error) from error
        reply = reply_of(answer)
        token, seconds = reply.data.get("accessToken"), reply.data.get("expireIn")
        if isinstance(token, str) and isinstance(seconds, int):
            return FreshToken(token, timedelta(seconds=seconds))
        outcome = classify_new(reply, now=self._clock())
        if isinstance(outcome, Retry | Fault):
            raise TokenTroubleError(outcome)
        raise TokenTroubleError(Fault(f"TOKEN:{reply.data.get('code') or reply.status}"))


def classify_old(reply: Reply, *, now: datetime) -> Outcome | None:
    """What a topapi answer means; None for success. ``errcode`` 88 wraps the real code."""
    if _banned(reply):
        return quota("X5_BAN", BAN_WAIT)
    code = reply.errcode
    if code == _WRAPPED:
        code = _number(reply.data.get("sub_code"))
    if code is None:
        return _unreadable(reply)
    if code == 0:
        return None
    return _refusal(code, now)


def _refusal(code: int, now: datetime) -> Outcome:
    outcome: Outcome
    if code == -1:
        outcome = busy("-1")
    elif code in _LIMITS:
        outcome = quota(str(code))
    elif code == _MONTH_USED_UP:
        outcome = Fault(str(code), until=next_month(now))
    elif code in _DROPPED_FOR_PERSON:
        outcome = NotDelivered(str(code))
    elif code == _INVALID_USER:
        outcome = Revoke(str(code))
    elif code in _STALE:
        outcome = Fault(f"TOKEN:{code}")
    else:
        outcome = Drop(str(code), field="words" if code == _BANNED_WORDS else "")
    return outcome


def classify_new(reply: Reply, *, now: datetime) -> Outcome | None:
    """What a v1.0 answer means; None for success."""
    if _banned(reply):
        return quota("X5_BAN", BAN_WAIT)
    if 200 <= reply.status < 300:  # noqa: PLR2004 - HTTP's own numbers
        return None if reply.data else Ambiguous("ANSWER_UNREADABLE")
    name = str(reply.data.get("code") or reply.status)
    wait = retry_after_seconds(reply.headers, now)
    outcome: Outcome
    match name.lower():
        case _ if "task exist" in reply.text.lower():
            outcome = Accepted("", code="TASK_EXISTS")
        case code if str(_MONTH_USED_UP) in code:
            outcome = Fault(name, until=next_month(now))
        case code if "lockerror" in code:
            outcome = Retry(name, at_least=1.0, backoff=True)
        case code if "flowcontrol" in code or "qpslimit" in code or reply.status == 429:  # noqa: PLR2004 - as above
            outcome = quota(name, max(wait, QUOTA_WAIT))
        case code if "systemerror" in code:
            outcome = busy(name)
        case _ if reply.status in (401, 403):
            outcome = Fault(name)
        case _ if reply.status >= 500:  # noqa: PLR2004 - as above
            outcome = Retry(name, at_least=wait, backoff=True)
        case _:
            outcome = Drop(name)
    return outcome


def next_month(now: datetime) -> datetime:
    """When DingTalk's monthly count starts again: the first of the month in China."""
    there = now.astimezone(UTC) + _CHINA
    first = there.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1) - _CHINA


def _banned(reply: Reply) -> bool:
    """The page of the gate in front of the API: no errcode, often no JSON."""
    if reply.data.get("status") == _BAN_STATUS or "punish" in reply.data:
        return True
    return "text/html" in reply.headers.get("Content-Type", "")


def _unreadable(reply: Reply) -> Outcome:
    if reply.status >= 500:  # noqa: PLR2004 - as above
        return Retry(f"HTTP_{reply.status}", scope=RetryScope.DELIVERY, backoff=True)
    return Ambiguous("ANSWER_UNREADABLE")


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _stale_old(reply: Reply) -> bool:
    code = reply.errcode
    return (_number(reply.data.get("sub_code")) if code == _WRAPPED else code) in _STALE


def _stale_new(reply: Reply) -> bool:
    return reply.status == 401 or reply.data.get("code") == "InvalidAuthentication"  # noqa: PLR2004 - the code the documentation names
