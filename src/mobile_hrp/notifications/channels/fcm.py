"""Firebase Cloud Messaging, HTTP v1.

Messages are built and validated by firebase-admin; they are sent over our own pool, because the
SDK's senders block on one bad token for seconds and hide their retries. The answer table follows
https://firebase.google.com/docs/cloud-messaging/error-codes.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from yarl import URL

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Drop,
    Fault,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, Urgency
from mobile_hrp.notifications.channels.base import (
    Capabilities,
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.channels.google_tokens import GoogleTokens, TokenRefusedError
from mobile_hrp.notifications.channels.transport import (
    Answer,
    HttpTransport,
    NoAnswerError,
    NotSentError,
    PreparedRequest,
    failure_outcome,
    prepare,
    retry_after_seconds,
)
from mobile_hrp.runtime.clock import Clock

_LEAST_QUOTA_WAIT = 60.0
_IN_FLIGHT_MAX = 200
"""Wider than elsewhere: one message a call, no limit that is near, and a repeat replaces itself."""
_LONGEST_TTL = timedelta(days=28)
_PAYLOAD_BYTES = 4096
# what stands for a value in a form; nothing like it comes from outside
_PUBLIC_ID, _COLLAPSE_KEY, _ADDRESS = "@public_id@", "@collapse_key@", "@address@"
_EXPIRATION, _BADGE, _TTL = "@expiration@", "@badge@", "@ttl@"
_BADGE_BLANK = 918_273_645
_TTL_BLANK = timedelta(seconds=1_918_273)
_quoted = json.encoder.encode_basestring_ascii  # json.dumps of a text, without the way to it
_CREDENTIAL_ERROR_CODES = {"THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"}


class FcmChannel:
    """Sends to one Firebase project. ``base_url`` is Google's, or a fake's in tests and demo."""

    channel = Channel.FCM
    capabilities = Capabilities(
        idempotency=Idempotency.KEY,
        max_bytes=_PAYLOAD_BYTES,
        withdraws=True,
        in_flight_max=_IN_FLIGHT_MAX,
    )

    def __init__(
        self,
        *,
        project: str,
        service_account: Mapping[str, Any],
        clock: Clock,
        base_url: str = "https://fcm.googleapis.com",
        connections: int = _IN_FLIGHT_MAX,
        answer_seconds: float = 10.0,
    ) -> None:
        self._url = URL(f"{base_url.rstrip('/')}/v1/projects/{project}/messages:send")
        self._prepared: tuple[str, PreparedRequest] | None = None
        self._clock = clock
        self._tokens = GoogleTokens(service_account, clock=clock)
        self._transport = HttpTransport(connections=connections, answer_seconds=answer_seconds)

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:
        """The request body. Repeats replace each other on the phone by the message's key."""
        urgent = message.urgency in (Urgency.CRITICAL, Urgency.HIGH)
        ttl = int(min(max(message.expires_at - now, timedelta(0)), _LONGEST_TTL).total_seconds())
        form = _form(message.category, message.title, message.line, urgent, target.kind)
        body = form.fill(
            {
                _PUBLIC_ID: _quoted(message.public_id),
                _COLLAPSE_KEY: _quoted(message.collapse_key),
                _ADDRESS: _quoted(target.address),
                _BADGE: str(message.badge),
                _TTL: f'"{ttl}s"',
                _EXPIRATION: f'"{int(now.timestamp()) + ttl}"',
            }
        )
        if len(body) > _PAYLOAD_BYTES:
            raise RenderError("payload")
        return body

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        if len(batch) == 1:
            return [await self._post(batch[0].body)]
        return await asyncio.gather(*(self._post(item.body) for item in batch))

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """FCM tells nothing after it has accepted; what was accepted stays so."""
        return [Accepted(item.provider_id or "") for item in batch]

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Tell the app by a silent data message to remove the notification and set the badge."""
        return await asyncio.gather(*(self._post(_withdrawal(item)) for item in batch))

    async def close(self) -> None:
        await self._tokens.close()
        await self._transport.close()

    async def _post(self, body: bytes) -> Outcome:
        try:
            token = await self._tokens.token()
            answer = await self._request(body, token)
            if _is_refused_token(answer):
                answer = await self._request(body, await self._tokens.replace(token))
        except TokenRefusedError as error:
            return Fault(f"FCM_TOKEN:{error}")
        except (NotSentError, NoAnswerError) as error:
            return failure_outcome(error)
        return classify(answer, now=self._clock())

    async def _request(self, body: bytes, token: str) -> Answer:
        if self._prepared is None or self._prepared[0] != token:
            headers = {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "X-GOOG-API-FORMAT-VERSION": "2",
            }
            self._prepared = token, prepare("POST", self._url, headers=headers)
        return await self._transport.send(self._prepared[1], body)


class _Form:
    """A message that firebase-admin has built and validated once, with blanks to fill in.

    Encoding each message by the SDK costs more than sending it; all messages of one kind and
    language differ only in the blanks.
    """

    def __init__(self, text: str, blanks: Mapping[str, str]) -> None:
        pattern = "|".join(re.escape(encoded) for encoded in blanks.values())
        names = {encoded: name for name, encoded in blanks.items()}
        pieces = re.split(f"({pattern})", text)
        self._texts = [piece.encode() for piece in pieces[::2]]
        self._blanks = [names[piece] for piece in pieces[1::2]]

    def fill(self, values: Mapping[str, str]) -> bytes:
        parts = [self._texts[0]]
        for name, following in zip(self._blanks, self._texts[1:], strict=True):
            parts += (values[name].encode(), following)
        return b"".join(parts)


@lru_cache(maxsize=1024)
def _form(category: str, title: str, line: str, urgent: bool, kind: EndpointKind) -> _Form:
    from firebase_admin import messaging  # noqa: PLC0415 - a slow import, for senders only

    built = messaging.Message(
        data={"n": _PUBLIC_ID, "c": category, "v": "1"},
        notification=messaging.Notification(title=title, body=line),
        android=messaging.AndroidConfig(
            priority="high" if urgent else "normal",
            ttl=_TTL_BLANK,
            notification=messaging.AndroidNotification(
                tag=_COLLAPSE_KEY, notification_count=_BADGE_BLANK
            ),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-priority": "10",
                "apns-push-type": "alert",
                "apns-collapse-id": _COLLAPSE_KEY,
                "apns-expiration": _EXPIRATION,
            },
            payload=messaging.APNSPayload(
                aps=messaging.Aps(
                    badge=_BADGE_BLANK,
                    thread_id=category,
                    mutable_content=True,
                    custom_data={"interruption-level": "time-sensitive" if urgent else "active"},
                )
            ),
        ),
    )
    return _Form(
        _encode(built, Target(kind, _ADDRESS)).decode(),
        {
            _PUBLIC_ID: f'"{_PUBLIC_ID}"',
            _COLLAPSE_KEY: f'"{_COLLAPSE_KEY}"',
            _ADDRESS: f'"{_ADDRESS}"',
            _EXPIRATION: f'"{_EXPIRATION}"',
            _BADGE: str(_BADGE_BLANK),
            _TTL: f'"{int(_TTL_BLANK.total_seconds())}s"',
        },
    )


def classify(answer: Answer, *, now: datetime) -> Outcome:
    """FCM's answer as an outcome. A 401 here is one that came again after a fresh token."""
    try:
        data = json.loads(answer.body)
    except ValueError:
        data = None
    if answer.status == HTTPStatus.OK:
        if isinstance(data, dict) and isinstance(data.get("name"), str):
            return Accepted(data["name"])
        return Ambiguous("FCM_ANSWER_UNREADABLE")
    error = data.get("error") if isinstance(data, dict) else None
    status, code, text = _error_of(error)
    name = code or status or f"HTTP_{answer.status}"
    outcome: Outcome
    match answer.status, code:
        case (404, "UNREGISTERED") | (403, "SENDER_ID_MISMATCH"):
            outcome = Revoke(name)
        case 400, "INVALID_ARGUMENT" if "registration token" in text.lower():
            outcome = Revoke(name)
        case 400, _:
            outcome = Drop(name, field=_violated_field(error))
        case ((401 | 403 | 404), _):
            outcome = Fault(name)
        case 429, _:
            wait = max(retry_after_seconds(answer.headers, now), _LEAST_QUOTA_WAIT)
            outcome = Retry(name, scope=RetryScope.PROVIDER, at_least=wait)
        case ((500 | 502 | 503 | 504), _):
            wait = retry_after_seconds(answer.headers, now)
            outcome = Retry(name, at_least=wait, backoff=True)
        case _:
            outcome = Retry(name, scope=RetryScope.PROVIDER, backoff=True)
    return outcome


def _is_refused_token(answer: Answer) -> bool:
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return False
    return not any(code.encode() in answer.body for code in _CREDENTIAL_ERROR_CODES)


def _error_of(error: object) -> tuple[str, str, str]:
    """``status``, FCM's own ``errorCode`` and the message of an error object, '' where absent."""
    if not isinstance(error, dict):
        return "", "", ""
    code = ""
    for detail in _details(error):
        if str(detail.get("@type", "")).endswith("google.firebase.fcm.v1.FcmError"):
            code = str(detail.get("errorCode", ""))
    return str(error.get("status", "")), code, str(error.get("message", ""))


def _violated_field(error: object) -> str:
    for detail in _details(error):
        violations = detail.get("fieldViolations")
        if isinstance(violations, list) and violations and isinstance(violations[0], dict):
            return str(violations[0].get("field", ""))
    return ""


def _details(error: object) -> list[dict[str, Any]]:
    details = error.get("details") if isinstance(error, dict) else None
    if not isinstance(details, list):
        return []
    return [detail for detail in details if isinstance(detail, dict)]


def _withdrawal(item: Item) -> bytes:
    from firebase_admin import messaging  # noqa: PLC0415 - a slow import, for senders only

    badge = item.message.badge
    built = messaging.Message(
        data={"w": item.message.collapse_key, "b": str(badge), "v": "1"},
        android=messaging.AndroidConfig(priority="normal"),
        apns=messaging.APNSConfig(
            headers={"apns-priority": "5", "apns-push-type": "background"},
            payload=messaging.APNSPayload(aps=messaging.Aps(badge=badge, content_available=True)),
        ),
    )
    return _encode(built, item.target)


def _encode(message: Any, target: Target) -> bytes:
    # the address is set on the attribute: the constructor warns about `token`, which old installs
    # still have
    if target.kind is EndpointKind.FCM_TOKEN:
        message.token = target.address
    else:
        message.fid = target.address
    try:
        body = f'{{"message":{message}}}'.encode()
    except ValueError as error:
        raise RenderError("message") from error
    if len(body) > _PAYLOAD_BYTES:
        raise RenderError("payload")
    return body
