"""Token buckets in PostgreSQL: one UPSERT per attempt, no further service to run.

The statement is the pure ``domain.identity.rate_limit.take`` said in SQL; a test holds the two
against each other. Two attempts at once queue on the bucket's row, so none is let through twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.rate_limit import RateLimit, take
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import RateBucket
from mobile_hrp.runtime.database import WriteSession


async def take_tokens(
    session: WriteSession,
    *,
    hospital_id: int,
    limit: RateLimit,
    subject: str,
    now: datetime,
    cost: int = 1,
) -> timedelta | None:
    """Take ``cost`` tokens of the subject's bucket; None when granted, else how long to wait.

    ``subject`` says whose bucket it is. Hash it first where it is personal (an address, a name).
    Tokens are spent when the transaction commits: a rolled back use costs nothing.
    """
    fresh = take(limit, None, now=now, cost=cost).full_at
    spent = func.greatest(RateBucket.full_at, now) + cost * limit.per_token
    latest = literal(now + limit.capacity * limit.per_token, RateBucket.full_at.type)
    bucket = f"{limit.name}:{subject}"
    granted = await session.scalar(
        insert(RateBucket)
        .values(hospital_id=hospital_id, bucket=bucket, full_at=fresh)
        .on_conflict_do_update(
            index_elements=[RateBucket.hospital_id, RateBucket.bucket],
            set_={"full_at": spent},
            where=spent <= latest,
        )
        .returning(RateBucket.full_at)
    )
    if granted is not None:
        return None
    full_at = await session.scalar(
        select(RateBucket.full_at).where(
            RateBucket.hospital_id == hospital_id, RateBucket.bucket == bucket
        )
    )
    return take(limit, full_at, now=now, cost=cost).retry_after or limit.per_token


async def require_tokens(
    session: WriteSession,
    *,
    hospital_id: int,
    limit: RateLimit,
    subject: str,
    now: datetime,
    cost: int = 1,
) -> None:
    """As ``take_tokens``, but raises Refusal RATE_LIMITED with ``retry_after_seconds``."""
    wait = await take_tokens(
        session, hospital_id=hospital_id, limit=limit, subject=subject, now=now, cost=cost
    )
    if wait is not None:
        raise rate_limited(wait)


def rate_limited(wait: timedelta) -> Refusal:
    return Refusal("RATE_LIMITED", retry_after_seconds=whole_seconds(wait))


def whole_seconds(wait: timedelta) -> int:
    """Round a wait up: a client that waits that long is not sent away again."""
    return max(1, -(-wait // timedelta(seconds=1)))


async def forget_full_buckets(session: WriteSession, *, hospital_id: int, now: datetime) -> None:
    """Delete buckets that are full again; a bucket without a row is full as well."""
    await session.execute(
        delete(RateBucket).where(RateBucket.hospital_id == hospital_id, RateBucket.full_at <= now)
    )
