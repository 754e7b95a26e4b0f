"""Our own signed messages: a webhook of the hospital's choice, and its SMS gateway.

The receiver checks ``X-HRP-Signature``: ``v1=`` and the HMAC-SHA-256 of ``timestamp.body`` in hex,
and refuses timestamps that are minutes old. ``X-HRP-Delivery`` is the same for every repeat.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Drop,
    NotDelivered,
    Outcome,
    Retry,
    Revoke,
)
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.channels.base import (
    Capabilities,
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.channels.transport import (
    Answer,
    HttpTransport,
    NoAnswerError,
    NotSentError,
    failure_outcome,
    retry_after_seconds,
)
from mobile_hrp.runtime.clock import Clock


class Signer:
    """Signs what leaves, with a secret that the receiver knows."""

    def __init__(self, secret: SecretStr) -> None:
        self._key = secret.get_secret_value().encode()

    def headers(self, body: bytes, *, key: str, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        signature = hmac.new(self._key, f"{timestamp}.".encode() + body, hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "X-HRP-Timestamp": timestamp,
            "X-HRP-Delivery": key,
            "X-HRP-Signature": f"v1={signature.hexdigest()}",
        }


class WebhookChannel:
    """POSTs to the person's registered address, on hosts that the hospital has named only."""

    channel = Channel.WEBHOOK
    capabilities = Capabilities(idempotency=Idempotency.KEY, withdraws=True)

    def __init__(
        self,
        *,
        secret: SecretStr,
        hosts: Sequence[str],
        clock: Clock,
        schemes: Sequence[str] = ("https",),
        answer_seconds: float = 10.0,
    ) -> None:
        self._signer, self._clock = Signer(secret), clock
        self._hosts, self._schemes = frozenset(hosts), frozenset(schemes)
        self._transport = HttpTransport(connections=20, answer_seconds=answer_seconds)

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        address = urlsplit(target.address)
        if address.scheme not in self._schemes or address.netloc not in self._hosts:
            raise RenderError("url")
        return _event("notification", message)

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._post(item, item.body) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(
            *(self._post(item, _event("withdrawn", item.message)) for item in batch)
        )

    async def close(self) -> None:
        await self._transport.close()

    async def _post(self, item: Item, body: bytes) -> Outcome:
        headers = self._signer.headers(body, key=item.message.key, now=self._clock())
        return await _deliver(self._transport, item.target.address, body, headers, self._clock())


class SmsChannel:
    """Hands the generic line and the number to the hospital's own SMS gateway.

    Gateways differ in what they do with a repeat, so one whose answer was lost is not repeated.
    """

    channel = Channel.SMS
    capabilities = Capabilities(idempotency=Idempotency.NONE)

    def __init__(
        self, *, url: str, secret: SecretStr, clock: Clock, answer_seconds: float = 10.0
    ) -> None:
        self._url, self._signer, self._clock = url, Signer(secret), clock
        self._transport = HttpTransport(connections=10, answer_seconds=answer_seconds)

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:  # noqa: ARG002 - the interface of all channels
        text = f"{message.title}：{message.line}"
        return json.dumps({"to": target.address, "text": text}, ensure_ascii=False).encode()

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._post(item) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return [NotDelivered("CANNOT_WITHDRAW")] * len(batch)

    async def close(self) -> None:
        await self._transport.close()

    async def _post(self, item: Item) -> Outcome:
        headers = self._signer.headers(item.body, key=item.message.key, now=self._clock())
        return await _deliver(self._transport, self._url, item.body, headers, self._clock())


async def _deliver(
    transport: HttpTransport, url: str, body: bytes, headers: dict[str, str], now: datetime
) -> Outcome:
    try:
        answer = await transport.request("POST", url, body=body, headers=headers)
    except (NotSentError, NoAnswerError) as error:
        return failure_outcome(error)
    return classify(answer, key=headers["X-HRP-Delivery"], now=now)


def classify(answer: Answer, *, key: str, now: datetime) -> Outcome:
    """A receiver's status as an outcome: 2xx taken, 410 gone for good, 429 and 5xx later."""
    status = answer.status
    wait = retry_after_seconds(answer.headers, now)
    outcome: Outcome
    match status:
        case _ if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
            outcome = Accepted(key)
        case 410:
            outcome = Revoke("410")
        case 408 | 425 | 429:
            outcome = Retry(str(status), at_least=max(wait, 10.0), backoff=True)
        case _ if status >= 500:  # noqa: PLR2004 - as above
            outcome = Retry(str(status), at_least=wait, backoff=True)
        case _:
            outcome = Drop(str(status))
    return outcome


def _event(what: str, message: Message) -> bytes:
    return json.dumps(
        {
            "event": what,
            "n": message.public_id,
            "category": message.category,
            "title": message.title,
            "line": message.line,
            "urgency": message.urgency.value,
            "badge": message.badge,
            "expiresAt": message.expires_at.isoformat(),
        },
        ensure_ascii=False,
    ).encode()
