"""What waits for one digest of one person, as values: nothing waits twice, nothing leaves twice."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """The open bucket of one person and category. ``items`` are notifications, oldest first."""

    items: tuple[str, ...]
    due_at: datetime


def put(bucket: Bucket | None, item: str, *, due_at: datetime, size: int, now: datetime) -> Bucket:
    """Add an item; the bucket leaves at the earliest time any of its items asked for.

    A bucket with ``size`` items is full and leaves now. The same item again changes nothing.
    """
    if bucket is None:
        return Bucket((item,), due_at)
    if item in bucket.items:
        return bucket
    items = (*bucket.items, item)
    due = now if len(items) >= size else min(bucket.due_at, due_at)
    return Bucket(items, due)


def postpone(bucket: Bucket, due_at: datetime) -> Bucket:
    """Let it wait longer, with everything in it."""
    return replace(bucket, due_at=max(bucket.due_at, due_at))


def left_to_tell(buckets: Collection[Bucket], unread: Collection[str]) -> tuple[str, ...]:
    """What a digest of these buckets is about: what nobody has read or settled since."""
    waiting = (item for bucket in buckets for item in bucket.items if item in unread)
    return tuple(dict.fromkeys(waiting))
