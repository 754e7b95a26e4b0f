"""Signed messages of the bank: each result in a transaction of its own, each message once.

A message that was carried out is answered again with the same words. One that could not be carried
out to its end for want of a lock is answered as busy and may be sent again: what was done is known
and not done twice.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.payment.webhook import ReportedResult, read_message, require_genuine
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.payment import PaymentMessage
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.database_trouble import trouble_of
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.payment_results import record_by_bank

KEY_PURPOSE = "payment webhook"
_ATTEMPTS = 3
_STATUS = {
    "WEBHOOK_SIGNATURE": 401,
    "WEBHOOK_TOO_OLD": 401,
    "WEBHOOK_MALFORMED": 400,
    "WEBHOOK_EVENT_REUSED": 409,
    "BUSY": 503,
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as it arrived."""

    hospital_code: str
    timestamp: str
    signature: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """``hospital_id`` is whose live views may have changed; None when nothing was looked at."""

    status: int
    body: Mapping[str, Any]
    hospital_id: int | None = None


def webhook_key(box: SecretsBox, hospital_id: int) -> bytes:
    """The key a hospital's bank signs with; derived, so nothing has to be stored."""
    return box.lookup_hash(KEY_PURPOSE, str(hospital_id))


async def receive(database: Database, box: SecretsBox, *, signed: Signed, now: datetime) -> Answer:
    """Check a message, carry it out, and say per result what became of it."""
    try:
        hospital_id = await _hospital(database, signed.hospital_code)
        require_genuine(
            box.lookup_hashes(KEY_PURPOSE, str(hospital_id)),
            timestamp=signed.timestamp,
            signature=signed.signature,
            body=signed.body,
            now=now,
        )
        message = read_message(signed.body)
        known = await _claim(database, hospital_id, message.event_id, signed.body, now)
        if known is not None:
            return Answer(200, known, hospital_id)
        results = [await _carry_out(database, hospital_id, one, now) for one in message.results]
    except Refusal as refusal:
        _log.warning("payment message refused", code=refusal.code)
        return Answer(_STATUS[refusal.code], _told(refusal))
    body = {"event_id": message.event_id, "results": results}
    if any(one.get("code") == "BUSY" for one in results):
        return Answer(_STATUS["BUSY"], body, hospital_id)
    return Answer(200, await _keep(database, hospital_id, message.event_id, body), hospital_id)


async def _hospital(database: Database, code: str) -> int:
    """An unknown hospital answers like a wrong signature; no key is derived for it by guessing."""
    async with database.reading(0) as session:
        found = await session.scalar(select(Hospital.id).where(Hospital.code == code))
    if found is None:
        raise Refusal("WEBHOOK_SIGNATURE")
    return found


async def _claim(
    database: Database, hospital_id: int, event_id: str, body: bytes, now: datetime
) -> Mapping[str, Any] | None:
    """Note the message, or find what it led to. Raises Refusal WEBHOOK_EVENT_REUSED."""
    digest = hashlib.sha256(body).hexdigest()
    async with database.transaction(hospital_id) as session:
        await session.execute(
            insert(PaymentMessage)
            .values(
                hospital_id=hospital_id,
                id=new_id(),
                event_id=event_id,
                body_sha256=digest,
                received_at=now,
            )
            .on_conflict_do_nothing(index_elements=["hospital_id", "event_id"])
        )
        found = await session.scalar(
            select(PaymentMessage).where(PaymentMessage.event_id == event_id)
        )
    if found is None or found.body_sha256 != digest:
        raise Refusal("WEBHOOK_EVENT_REUSED", path="event_id")
    return found.answer


async def _keep(
    database: Database, hospital_id: int, event_id: str, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The first answer stays: two deliveries at once read the same."""
    async with database.transaction(hospital_id) as session:
        kept = await session.scalar(
            update(PaymentMessage)
            .where(PaymentMessage.event_id == event_id)
            .values(answer=func.coalesce(PaymentMessage.answer, literal(body, JSONB)))
            .returning(PaymentMessage.answer)
        )
    return kept if isinstance(kept, dict) else body


async def _carry_out(
    database: Database, hospital_id: int, reported: ReportedResult, now: datetime
) -> dict[str, Any]:
    try:
        if reported.result is None:
            raise reported.fault or Refusal("WEBHOOK_MALFORMED")
        known = await _with_retries(database, hospital_id, reported, now)
    except Refusal as refusal:
        return {"order": reported.order_number, "accepted": False, **_told(refusal)}
    return {"order": reported.order_number, "accepted": True, "known": known}


async def _with_retries(
    database: Database, hospital_id: int, reported: ReportedResult, now: datetime
) -> bool:
    """Whether the result was known. Raises Refusal BUSY when somebody holds the order too long."""
    if reported.result is None:
        raise Refusal("WEBHOOK_MALFORMED")
    for _ in range(_ATTEMPTS):
        try:
            async with database.transaction(hospital_id) as session:
                return not await record_by_bank(
                    session, order_number=reported.order_number, result=reported.result, now=now
                )
        except DBAPIError as problem:
            if trouble_of(problem) is None:
                raise
            _log.info("payment result waits", order=reported.order_number)
    raise Refusal("BUSY")


def _told(refusal: Refusal) -> dict[str, Any]:
    detail = refusal.details[0]
    entry = catalogue()[detail.code]
    return {
        "code": detail.code,
        "path": detail.path,
        "message": entry.message("zh", detail.params),
        "message_en": entry.message("en", detail.params),
    }
