"""The event of a state change, written in its transaction; listeners are woken after commit."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.models.reliability import Event
from mobile_hrp.runtime.ids import new_id


async def publish(
    session: AsyncSession,
    *,
    hospital_id: int,
    kind: str,
    dedupe_key: str,
    subject_type: str,
    subject_id: uuid.UUID,
    now: datetime,
    audience: Iterable[uuid.UUID] = (),
    payload: Mapping[str, Any] | None = None,
) -> uuid.UUID | None:
    """Write the event once per ``dedupe_key``; return its id, or None when it was there already.

    ``audience`` are the staff whose live views change (their inbox, their to-do list).
    """
    event_id = new_id()
    inserted = await session.execute(
        insert(Event)
        .values(
            hospital_id=hospital_id,
            id=event_id,
            kind=kind,
            dedupe_key=dedupe_key,
            subject_type=subject_type,
            subject_id=subject_id,
            audience=[str(member) for member in audience],
            payload=dict(payload or {}),
            occurred_at=now,
        )
        .on_conflict_do_nothing(index_elements=["hospital_id", "dedupe_key"])
        .returning(Event.id)
    )
    return inserted.scalar_one_or_none()
