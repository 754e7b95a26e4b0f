"""The bank's answers as signed messages: is it genuine, is it fresh, what does it say."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mobile_hrp.domain.money import parse_money
from mobile_hrp.domain.payment.orders import Result
from mobile_hrp.domain.payment.terms import PaymentOutcome
from mobile_hrp.domain.refusal import Refusal

BODY_BYTES_MAX = 256 * 1024
RESULTS_MAX = 200
TOLERANCE = timedelta(minutes=5)
_SCHEME = "v1="
_EVENT_ID = re.compile(r"[A-Za-z0-9_.:-]{8,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_TEXT_MAX = 64


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """One entry of a message: about which order, and what; or what is wrong with the entry."""

    order_number: str
    result: Result | None
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Message:
    event_id: str
    results: tuple[ReportedResult, ...]


def signature_of(key: bytes, timestamp: str, body: bytes) -> str:
    """``v1=`` and the hex HMAC-SHA-256 over the timestamp, a full stop and the raw body."""
    digest = hmac.new(key, timestamp.encode("ascii") + b"." + body, hashlib.sha256)
    return _SCHEME + digest.hexdigest()


def require_genuine(
    keys: Iterable[bytes], *, timestamp: str, signature: str, body: bytes, now: datetime
) -> None:
    """The message was signed with one of the keys, a moment ago.

    Raises:
        Refusal: WEBHOOK_SIGNATURE, WEBHOOK_TOO_OLD.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        raise Refusal("WEBHOOK_SIGNATURE")
    genuine = False
    for key in keys:  # every key is tried, so that time tells nothing
        genuine |= hmac.compare_digest(signature_of(key, timestamp, body), signature)
    if not genuine:
        raise Refusal("WEBHOOK_SIGNATURE")
    if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > TOLERANCE:
        raise Refusal("WEBHOOK_TOO_OLD", minutes=TOLERANCE.seconds // 60)


def read_message(body: bytes) -> Message:
    """What the message says. A faulty entry does not spoil the others.

    Raises:
        Refusal: WEBHOOK_MALFORMED with the path of what cannot be read at all.
    """
    try:
        raw = json.loads(body, parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal("WEBHOOK_MALFORMED", path="") from None
    if not isinstance(raw, dict):
        raise Refusal("WEBHOOK_MALFORMED", path="")
    event_id, results = raw.get("event_id"), raw.get("results")
    if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
        raise Refusal("WEBHOOK_MALFORMED", path="event_id")
    if not isinstance(results, list) or not 1 <= len(results) <= RESULTS_MAX:
        raise Refusal("WEBHOOK_MALFORMED", path="results", maximum=RESULTS_MAX)
    return Message(event_id, tuple(_entry(entry) for entry in results))


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _entry(entry: Any) -> ReportedResult:
    if not isinstance(entry, dict) or not isinstance(entry.get("order"), str):
        return ReportedResult("", None, Refusal("WEBHOOK_MALFORMED", path="order"))
    number = entry["order"][:_TEXT_MAX]
    try:
        return ReportedResult(number, _result(entry))
    except Refusal as fault:
        return ReportedResult(number, None, fault)


def _result(entry: Mapping[str, Any]) -> Result:
    texts = {key: entry.get(key, "") for key in ("outcome", "amount", "bank_reference", "reason")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise Refusal("WEBHOOK_MALFORMED", path=key)
    if texts["outcome"] not in {outcome.value for outcome in PaymentOutcome}:
        raise Refusal("WEBHOOK_MALFORMED", path="outcome")
    return Result(
        outcome=PaymentOutcome(texts["outcome"]),
        reference=texts["bank_reference"],
        amount_fen=parse_money(texts["amount"], path="amount"),
        reason=texts["reason"],
    )
