"""WeChat subscribe messages (订阅消息) of the mini-program. Each spends one consent of the person.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/
sendMessage.html. WeChat drops no repeats and tells no balance: the permit ledger is ours, and a
message whose answer was lost is never sent again. Two sends at once to one person fail.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from pydantic import SecretStr

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    NoPermit,
    NotDelivered,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel, Locale
from mobile_hrp.notifications.channels.base import (
    Capabilities,
    Item,
    Message,
    RenderError,
    Target,
)
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
from mobile_hrp.runtime.clock import Clock

_STALE = frozenset({40001, 40014, 42001})
_OURS = frozenset({47003, 40037, 41030, 45168})
_THING_MAX = 20
_NO_PERMIT = 43101
_CONCURRENT = 43108
_BAD_OPENID = 40003
_QUOTA = 45009
_FOREIGN_ADDRESS = 40164
_LANGUAGES = {Locale.ZH: "zh_CN", Locale.EN: "en_US"}
_FIELD = re.compile(r"(?:data\.)?([a-z_]+[0-9]+)(?:\.value)?")
# the rule of each field type, by its name without the number
_RULES = {
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "time": re.compile(r"[0-9年月日: \-~]{4,40}"),
    "date": re.compile(r"[0-9年月日: \-~]{4,40}"),
}


class WeChatChannel:
    """Subscribe messages by one template. ``fields`` maps its fields to ``line`` or ``title``."""

    channel = Channel.WECHAT

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: SecretStr,
        template_id: str,
        fields: Mapping[str, str],
        clock: Clock,
        page: str = "pages/notification/index",
        program_state: str = "formal",
        base_url: str = "https://api.weixin.qq.com",
        connections: int = 50,
        answer_seconds: float = 10.0,
    ) -> None:
        self.capabilities = Capabilities(
            idempotency=Idempotency.NONE, serial_per_recipient=True, permit_template=template_id
        )
        self._app_id, self._app_secret = app_id, app_secret
        self._template_id, self._fields = template_id, dict(fields)
        self._page, self._program_state = page, program_state
        self._base = base_url.rstrip("/")
        self._transport = HttpTransport(connections=connections, answer_seconds=answer_seconds)
        self._tokens = ProviderTokens(self._fetch_token, clock=clock)
        self._people: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        """Raises RenderError with the field whose value WeChat would refuse (47003).

        Only a ``thing`` that is too long is cut: a reminder in English that ends early still says
        that there is something, and one that WeChat refuses says nothing.
        """
        values = {"line": message.line, "title": message.title}
        data = {}
        for name, source in self._fields.items():
            kind = name.rstrip("0123456789")
            value = _cut(values[source]) if kind == "thing" else values[source]
            rule = _RULES.get(kind)
            if rule is None or not rule.fullmatch(value):
                raise RenderError(name)
            data[name] = {"value": value}
        body = {
            "touser": target.address,
            "template_id": self._template_id,
            "page": f"{self._page}?n={message.public_id}",
            "data": data,
            "miniprogram_state": self._program_state,
            "lang": _LANGUAGES[target.locale],
        }
        return json.dumps(body, ensure_ascii=False).encode()

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._send(item) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [NotDelivered("CANNOT_WITHDRAW")] * len(batch)

    async def close(self) -> None:
        await self._transport.close()

    async def _send(self, item: Item) -> Outcome:
        lock = self._people.setdefault(item.target.address, asyncio.Lock())
        async with lock:
            reply = await call_with_token(self._tokens, self._request(item.body), refused=_is_stale)
        if not isinstance(reply, Reply):
            return reply
        return classify(reply) or Accepted(str(reply.data.get("msgid", "")))

    def _request(self, body: bytes) -> Callable[[str], Awaitable[Answer]]:
        async def request(token: str) -> Answer:
            return await self._transport.request(
                "POST",
                f"{self._base}/cgi-bin/message/subscribe/send",
                body=body,
                headers={"Content-Type": "application/json"},
                params={"access_token": token},
            )

        return request

    async def _fetch_token(self) -> FreshToken:
        """The stable token: every caller gets the same one, and none ends another's."""
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret.get_secret_value(),
            "force_refresh": False,
        }
        try:
            answer = await self._transport.request(
                "POST",
                f"{self._base}/cgi-bin/stable_token",
                body=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
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


def _cut(value: str) -> str:
    return value if len(value) <= _THING_MAX else value[: _THING_MAX - 1] + "…"


def classify(reply: Reply) -> Outcome | None:
    """What a WeChat answer means; None for success."""
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
    elif code == _NO_PERMIT:
        outcome = NoPermit(str(code))
    elif code == _CONCURRENT:
        outcome = Retry(str(code), scope=RetryScope.RECIPIENT, at_least=1.0)
    elif code == _BAD_OPENID:
        outcome = Revoke(str(code))
    elif code == _QUOTA:
        outcome = quota(str(code))
    elif code == _FOREIGN_ADDRESS or code in _STALE:
        outcome = Fault(str(code))
    else:
        outcome = Drop(str(code), field=_named(reply.text) if code in _OURS else "")
    return outcome


def _named(text: str) -> str:
    """The field that WeChat names in its message: 'argument invalid! data.thing1.value'."""
    found = _FIELD.search(text)
    return found.group(1) if found else ""


def _is_stale(reply: Reply) -> bool:
    return reply.errcode in _STALE
