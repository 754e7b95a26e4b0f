"""Token buckets kept as one timestamp: when the bucket would be full again.

``full_at`` says everything: a bucket that is full at T holds ``capacity - (T - now) / per_token``
tokens. Taking is one addition and one comparison, so one UPSERT can do it atomically.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``capacity`` at once; one token returns every ``per_token``."""

    name: str
    capacity: int
    per_token: timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """``retry_after`` is None when the tokens were taken; ``full_at`` is the bucket afterwards."""

    full_at: datetime
    retry_after: timedelta | None = None


def take(limit: RateLimit, full_at: datetime | None, *, now: datetime, cost: int = 1) -> Taken:
    """Take ``cost`` tokens from a bucket, or say how long to wait. None is a bucket never used.

    A clock that went backwards finds an emptier bucket, never a fuller one.
    """
    if not 0 < cost <= limit.capacity:
        raise ValueError("the cost must be between 1 and the capacity")
    before = now if full_at is None else max(full_at, now)
    after = before + cost * limit.per_token
    latest = now + limit.capacity * limit.per_token
    if after > latest:
        return Taken(before, retry_after=after - latest)
    return Taken(after)


LOGIN_BY_SOURCE = RateLimit("login.source", capacity=60, per_token=timedelta(seconds=2))
"""Per address. Wide, because a whole hospital may stand behind one; lockout guards each name."""

LOGIN_BY_NAME = RateLimit("login.name", capacity=10, per_token=timedelta(seconds=30))
"""Per login name, known or not."""
