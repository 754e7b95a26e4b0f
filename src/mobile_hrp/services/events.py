"""The event of a state change, written in its transaction; listeners are woken after commit."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.models.reliability import Event
from mobile_hrp.runtime.ids import new_id

_PUBLISH = (
    insert(Event)
    .on_conflict_do_nothing(index_elements=["hospital_id", "dedupe_key"])
    .returning(Event.id)
)


@dataclass(frozen=True, slots=True)
class Published:
    """Something that happened, once per ``dedupe_key``.

    ``audience`` are the staff whose live views change (their inbox, their to-do list).
    """

    kind: str
    dedupe_key: str
    subject_type: str
    subject_id: uuid.UUID
    audience: Iterable[uuid.UUID] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)


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
    """Write the event once per ``dedupe_key``; return its id, or None when it was there already."""
    happened = Published(kind, dedupe_key, subject_type, subject_id, audience, payload or {})
    (event_id,) = await publish_all(session, hospital_id=hospital_id, events=[happened], now=now)
    return event_id


async def publish_all(
    session: AsyncSession, *, hospital_id: int, events: Sequence[Published], now: datetime
) -> list[uuid.UUID | None]:
    """As ``publish``, several events in their order by one statement; an id or None for each."""
    ids = [new_id() for _ in events]
    rows = [
        {
            "hospital_id": hospital_id,
            "id": event_id,
            "kind": event.kind,
            "dedupe_key": event.dedupe_key,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "audience": [str(member) for member in event.audience],
            "payload": dict(event.payload),
            "occurred_at": now,
        }
        for event_id, event in zip(ids, events, strict=True)
    ]
    written = frozenset((await session.execute(_PUBLISH, rows)).scalars()) if rows else frozenset()
    return [one if one in written else None for one in ids]
