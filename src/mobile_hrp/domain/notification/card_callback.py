"""What DingTalk sends when somebody presses a button of a card: is it genuine, what does it say.

https://open.dingtalk.com/document/orgapp/event-callback-card. The signature is the Base64 of an
HMAC-SHA-256 over the timestamp in milliseconds and nothing else: it proves that DingTalk sent
something at that moment, not what. So the body is believed for no more than a token in it proves.
"""

import base64
import enum
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mobile_hrp.domain.refusal import Refusal

BODY_BYTES_MAX = 64 * 1024
TOLERANCE = timedelta(minutes=5)
_TIMESTAMP = re.compile(r"[0-9]{12,14}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.:$+/=-]{1,128}", re.ASCII)
_COMMENT_MAX = 2000


class CardAnswer(enum.StrEnum):
    """What the card shows afterwards. None of it says anything about the document."""

    APPROVED = "approved"
    REJECTED = "rejected"
    OVER = "over"
    CHANGED = "changed"
    PROVE = "prove"
    COMMENT = "comment"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class CardPress:
    """One press: on which card, by whom as DingTalk names them, with which token."""

    card: str
    corp_id: str
    user_id: str
    token: str = field(repr=False)
    comment: str = field(default="", repr=False)


def signature_of(secret: str, timestamp: str) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode("ascii"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def require_genuine(secret: str, *, timestamp: str, signature: str, now: datetime) -> None:
    """The callback was signed with our secret, a moment ago.

    Raises:
        Refusal: CALLBACK_SIGNATURE, CALLBACK_TOO_OLD.
    """
    if not secret or not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        raise Refusal("CALLBACK_SIGNATURE")
    if not hmac.compare_digest(signature_of(secret, timestamp), signature):
        raise Refusal("CALLBACK_SIGNATURE")
    _require_fresh(timestamp, now)


def require_recent(time_ms: str, *, now: datetime) -> None:
    """What came over our own connection was sent a moment ago.

    Raises:
        Refusal: CALLBACK_MALFORMED, CALLBACK_TOO_OLD.
    """
    if not _TIMESTAMP.fullmatch(time_ms):
        raise Refusal("CALLBACK_MALFORMED", path="headers.time")
    _require_fresh(time_ms, now)


def _require_fresh(timestamp: str, now: datetime) -> None:
    age_ms = abs(now.timestamp() * 1000 - int(timestamp))
    if age_ms > TOLERANCE / timedelta(milliseconds=1):
        raise Refusal("CALLBACK_TOO_OLD", minutes=TOLERANCE.seconds // 60)


def digest_of(timestamp: str, body: bytes) -> bytes:
    """What a repeat of the same message has in common with it."""
    return hashlib.sha256(timestamp.encode("ascii", "replace") + b"." + body).digest()


def digest_of_pushed(message_id: str) -> bytes:
    """The same for what comes over our own connection, where DingTalk numbers its messages."""
    return hashlib.sha256(b"stream:" + message_id.encode("utf-8", "surrogatepass")).digest()


def read_press(body: bytes) -> CardPress:
    """What the message says.

    Raises:
        Refusal: CALLBACK_MALFORMED with the path of what cannot be read.
    """
    if len(body) > BODY_BYTES_MAX:
        raise Refusal("CALLBACK_MALFORMED", path="")
    message = _object(body, "")
    content = message.get("content")
    if isinstance(content, str):  # the documented form: JSON in JSON
        content = _object(content.encode("utf-8", "surrogatepass"), "content")
    private = content.get("cardPrivateData") if isinstance(content, dict) else None
    params = private.get("params") if isinstance(private, dict) else None
    if not isinstance(params, dict):
        raise Refusal("CALLBACK_MALFORMED", path="content.cardPrivateData.params")
    comment = params.get("comment", "")
    if not isinstance(comment, str) or len(comment) > _COMMENT_MAX:
        raise Refusal("CALLBACK_MALFORMED", path="content.cardPrivateData.params.comment")
    return CardPress(
        card=_id(message, "outTrackId"),
        corp_id=_id(message, "corpId"),
        user_id=_id(message, "userId"),
        token=_id(params, "token"),
        comment=comment,
    )


def _object(raw: bytes, path: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal("CALLBACK_MALFORMED", path=path) from None
    if not isinstance(value, dict):
        raise Refusal("CALLBACK_MALFORMED", path=path)
    return value


def _id(source: dict[str, Any], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Refusal("CALLBACK_MALFORMED", path=name)
    return value
