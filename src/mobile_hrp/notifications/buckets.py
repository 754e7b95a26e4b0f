"""The open digest buckets of people. Whoever touches one holds that person's lock."""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.digest import Bucket, put
from mobile_hrp.runtime.ids import new_id

_OPEN = text("""
SELECT id, staff_id, category, items, due_at FROM digest_bucket
WHERE hospital_id = :hospital_id AND staff_id = ANY(CAST(:staff AS uuid[])) AND closed_at IS NULL
ORDER BY staff_id, category FOR UPDATE
""")

_SAVE = text("""
INSERT INTO digest_bucket AS b (hospital_id, id, staff_id, category, items, opened_at, due_at)
SELECT :hospital_id, r.id, r.staff_id, r.category, r.items, CAST(:now AS timestamptz), r.due_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(id uuid, staff_id uuid, category text, items jsonb, due_at timestamptz)
ON CONFLICT (hospital_id, staff_id, category) WHERE closed_at IS NULL
DO UPDATE SET items = excluded.items, due_at = excluded.due_at
""")

_CLOSE = text("""
UPDATE digest_bucket SET closed_at = :now, notification_id = CAST(:notification_id AS uuid)
WHERE hospital_id = :hospital_id AND id = ANY(CAST(:ids AS uuid[])) AND closed_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class OpenBucket:
    """One open bucket as the database holds it, locked for this transaction."""

    id: uuid.UUID
    staff_id: uuid.UUID
    category: str
    bucket: Bucket


@dataclass(frozen=True, slots=True)
class Waiting:
    """One notification that is to leave with a digest."""

    staff_id: uuid.UUID
    category: str
    notification_id: uuid.UUID
    due_at: datetime


async def open_buckets(
    session: AsyncSession, *, hospital_id: int, staff: Collection[uuid.UUID]
) -> list[OpenBucket]:
    """The open buckets of some people, row-locked."""
    found = await session.execute(_OPEN, {"hospital_id": hospital_id, "staff": list(staff)})
    return [
        OpenBucket(row.id, row.staff_id, row.category, Bucket(tuple(row.items), row.due_at))
        for row in found
    ]


async def add(
    session: AsyncSession,
    *,
    hospital_id: int,
    waiting: Iterable[Waiting],
    size: int,
    now: datetime,
) -> None:
    """Let notifications wait for the digest of their person and category."""
    by_owner: dict[tuple[uuid.UUID, str], list[Waiting]] = defaultdict(list)
    for one in waiting:
        by_owner[one.staff_id, one.category].append(one)
    if not by_owner:
        return
    staff = {person for person, _ in by_owner}
    found = await open_buckets(session, hospital_id=hospital_id, staff=staff)
    now_open = {(one.staff_id, one.category): one.bucket for one in found}
    filled: dict[tuple[uuid.UUID, str], Bucket] = {}
    for owner, items in by_owner.items():
        bucket = now_open.get(owner)
        for one in items:
            bucket = put(bucket, str(one.notification_id), due_at=one.due_at, size=size, now=now)
        if bucket is not None:
            filled[owner] = bucket
    await save(session, hospital_id=hospital_id, buckets=filled, now=now)


async def save(
    session: AsyncSession,
    *,
    hospital_id: int,
    buckets: Mapping[tuple[uuid.UUID, str], Bucket],
    now: datetime,
) -> None:
    """Write open buckets as they now are, by person and category."""
    rows = [
        {
            "id": str(new_id()),
            "staff_id": str(person),
            "category": category,
            "items": list(bucket.items),
            "due_at": bucket.due_at.isoformat(),
        }
        for (person, category), bucket in sorted(buckets.items())
    ]
    await session.execute(_SAVE, {"hospital_id": hospital_id, "now": now, "rows": json.dumps(rows)})


async def close(
    session: AsyncSession,
    *,
    hospital_id: int,
    buckets: Collection[OpenBucket],
    notification_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """End buckets for good, as part of the digest that was written or of none."""
    await session.execute(
        _CLOSE,
        {
            "hospital_id": hospital_id,
            "ids": [one.id for one in buckets],
            "notification_id": notification_id,
            "now": now,
        },
    )
