"""WeCom (企业微信) app messages. The provider itself drops a repeat of the same message.

https://developer.work.weixin.qq.com/document/path/90236 and the page of global error codes. Above
30 messages a minute or 1,000 an hour to one member WeCom answers 'ok' and shows nothing, so what
would be above is not sent but tried on the next channel.
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import SecretStr

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    NotDelivered,
    Outcome,
    Retry,
    Revoke,
)
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.channels.base import Capabilities, Item, Message, Target
from mobile_hrp.notifications.channels.calls import (
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
)
from mobile_hrp.notifications.meters import Limits
from mobile_hrp.runtime.clock import Clock

_STALE = frozenset({40001, 40014, 42001})
_LIMITS = frozenset({45009, 45033})
_NOBODY = 81013
_FOREIGN_ADDRESS = 60020
_REPEATS_WITHIN_SECONDS = 14_400  # the longest that WeCom offers
_PER_MEMBER = ((timedelta(minutes=1), 30), (timedelta(hours=1), 1000))


class WeComChannel:
    """One app of one corporation."""

    channel = Channel.WECOM
    capabilities = Capabilities(
        idempotency=Idempotency.KEY,
        withdraws=True,
        limits=Limits(person_per_minute=30),  # WeCom throws away what is more, without a word
    )

    def __init__(
        self,
        *,
        corp_id: str,
        corp_secret: SecretStr,
        agent_id: int,
        link: str,
        clock: Clock,
        base_url: str = "https://qyapi.weixin.qq.com",
        connections: int = 20,
        answer_seconds: float = 10.0,
    ) -> None:
        self._corp_id, self._corp_secret, self._agent_id = corp_id, corp_secret, agent_id
        self._link, self._clock, self._base = link, clock, base_url.rstrip("/")
        self._transport = HttpTransport(connections=connections, answer_seconds=answer_seconds)
        self._tokens = ProviderTokens(self._fetch_token, clock=clock)
        self._members = _MemberLimits()

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        body = {
            "touser": target.address,
            "agentid": self._agent_id,
            "msgtype": "textcard",
            "textcard": {
                "title": message.title,
                "description": message.line,
                "url": f"{self._link}n/{message.public_id}",
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _REPEATS_WITHIN_SECONDS,
        }
        return json.dumps(body, ensure_ascii=False).encode()

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._send(item) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._recall(item) for item in batch))

    async def close(self) -> None:
        await self._transport.close()

    async def _send(self, item: Item) -> Outcome:
        if not self._members.admit(item.target.address, self._clock()):
            return NotDelivered("MEMBER_RATE")
        reply = await self._call("/cgi-bin/message/send", item.body)
        if not isinstance(reply, Reply):
            return reply
        failed = classify(reply) or _unreached(reply, item.target.address)
        return failed or Accepted(str(reply.data.get("msgid", "")))

    async def _recall(self, item: Item) -> Outcome:
        if not item.provider_id:
            return NotDelivered("NO_MESSAGE_ID")
        body = json.dumps({"msgid": item.provider_id}).encode()
        reply = await self._call("/cgi-bin/message/recall", body)
        if not isinstance(reply, Reply):
            return reply
        return classify(reply) or Accepted(item.provider_id)

    async def _call(self, path: str, body: bytes) -> Reply | Outcome:
        async def request(token: str) -> Answer:
            return await self._transport.request(
                "POST",
                f"{self._base}{path}",
                body=body,
                headers={"Content-Type": "application/json"},
                params={"access_token": token},
            )

        return await call_with_token(
            self._tokens, request, refused=lambda reply: reply.errcode in _STALE
        )

    async def _fetch_token(self) -> FreshToken:
        try:
            answer = await self._transport.request(
                "GET",
                f"{self._base}/cgi-bin/gettoken",
                params={
                    "corpid": self._corp_id,
                    "corpsecret": self._corp_secret.get_secret_value(),
                },
            )
        except (NotSentError, NoAnswerError) as error:
            raise token_failure(error) from error
        reply = reply_of(answer)
        token, seconds = reply.data.get("access_token"), reply.data.get("expires_in")
        if isinstance(token, str) and isinstance(seconds, int):
            return FreshToken(token, timedelta(seconds=seconds))
        outcome = classify(reply)
        if isinstance(outcome, Retry | Fault):
            raise TokenTroubleError(outcome)
        raise TokenTroubleError(Fault(f"TOKEN:{reply.errcode or reply.status}"))


def classify(reply: Reply) -> Outcome | None:
    """What a WeCom answer means; None for success."""
    code = reply.errcode
    outcome: Outcome | None
    if code is None:
        server = reply.status >= 500  # noqa: PLR2004 - HTTP's own number
        outcome = (
            Retry(f"HTTP_{reply.status}", backoff=True)
            if server
            else Ambiguous("ANSWER_UNREADABLE")
        )
    elif code == 0:
        outcome = None
    elif code == -1:
        outcome = busy("-1")
    elif code in _LIMITS:
        outcome = quota(str(code))
    elif code == _NOBODY:
        outcome = Revoke(str(code))
    elif code == _FOREIGN_ADDRESS or code in _STALE:
        outcome = Fault(str(code))
    else:
        outcome = Drop(str(code))
    return outcome


def _unreached(reply: Reply, member: str) -> Outcome | None:
    """WeCom says 'ok' and names those it does not know."""
    for name in ("invaliduser", "unlicenseduser"):
        if member in str(reply.data.get(name, "")).split("|"):
            return Revoke(name.upper())
    return None


class _MemberLimits:
    """How often each member was written to, by this process."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[datetime]] = {}

    def admit(self, member: str, now: datetime) -> bool:
        sent = self._sent.setdefault(member, deque())
        longest = max(window for window, _ in _PER_MEMBER)
        while sent and sent[0] <= now - longest:
            sent.popleft()
        for window, limit in _PER_MEMBER:
            if sum(1 for moment in sent if moment > now - window) >= limit:
                return False
        sent.append(now)
        return True
