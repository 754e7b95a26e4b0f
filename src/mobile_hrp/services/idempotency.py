"""One effect per idempotency key: the answer is stored with the effect and replayed on a retry."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.plain_sql import PlainSql

_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
# plain SQL: no unit of work has to know of these rows
_TAKE = PlainSql("""
INSERT INTO idempotency_record (hospital_id, staff_id, key, operation, request_hash, created_at)
VALUES (:hospital_id, :staff_id, :key, :operation, :request_hash, :created_at)
ON CONFLICT DO NOTHING RETURNING key
""")
_STORE = PlainSql("""
UPDATE idempotency_record SET result = CAST(:result AS jsonb)
WHERE hospital_id = :hospital_id AND staff_id = :staff_id AND key = :key
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a key: ``stored`` is the first answer when this is a retry, else None."""

    stored: Mapping[str, Any] | None


def request_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what was asked for."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_key(key: str) -> None:
    """Raise IDEMPOTENCY_KEY_INVALID for what is no key."""
    if not _KEY.fullmatch(key):
        raise Refusal("IDEMPOTENCY_KEY_INVALID", path="idempotencyKey")


async def claim(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    key: str,
    operation: str,
    body: Mapping[str, Any],
    now: datetime,
) -> Claim:
    """Take the key, or find what it led to.

    A second caller with the same key waits here until the first has committed or rolled back, so
    two phones never both do the work.

    Raises:
        Refusal: IDEMPOTENCY_KEY_INVALID, or IDEMPOTENCY_KEY_REUSED for another body or operation.
    """
    check_key(key)
    digest = request_hash(body)
    taken = await _TAKE.value(
        session,
        {
            "hospital_id": hospital_id,
            "staff_id": staff_id,
            "key": key,
            "operation": operation,
            "request_hash": digest,
            "created_at": now,
        },
    )
    if taken is not None:
        return Claim(stored=None)
    record = (
        await session.execute(
            select(IdempotencyRecord).where(
                IdempotencyRecord.hospital_id == hospital_id,
                IdempotencyRecord.staff_id == staff_id,
                IdempotencyRecord.key == key,
            )
        )
    ).scalar_one()
    if record.operation != operation or record.request_hash != digest:
        raise Refusal("IDEMPOTENCY_KEY_REUSED", path="idempotencyKey")
    return Claim(stored=record.result or {})


async def store(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    key: str,
    result: Mapping[str, Any],
) -> None:
    """Keep the answer beside its effect, in the same transaction."""
    await _STORE.rows(
        session,
        {
            "hospital_id": hospital_id,
            "staff_id": staff_id,
            "key": key,
            "result": json.dumps(dict(result)),
        },
    )
