"""The event of a state change, written in its transaction; listeners are woken after commit."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.plain_sql import PlainSql

# as one JSON text: rows of parameters are composed anew for each number of events
_PUBLISH = PlainSql("""
INSERT INTO event (hospital_id, id, kind, dedupe_key, subject_type, subject_id, audience, payload,
                   occurred_at)
SELECT :hospital_id, e.id, e.kind, e.dedupe_key, e.subject_type, e.subject_id, e.audience,
       e.payload, CAST(:now AS timestamptz)
FROM ROWS FROM (jsonb_to_recordset(CAST(:events AS jsonb)) AS (
       id uuid, kind text, dedupe_key text, subject_type text, subject_id uuid, audience jsonb,
       payload jsonb)) WITH ORDINALITY
     AS e(id, kind, dedupe_key, subject_type, subject_id, audience, payload, place)
ORDER BY e.place
ON CONFLICT (hospital_id, dedupe_key) DO NOTHING
RETURNING id
""")


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
            "id": str(event_id),
            "kind": event.kind,
            "dedupe_key": event.dedupe_key,
            "subject_type": event.subject_type,
            "subject_id": str(event.subject_id),
            "audience": [str(member) for member in event.audience],
            "payload": dict(event.payload),
        }
        for event_id, event in zip(ids, events, strict=True)
    ]
    if not rows:
        return []
    given = {"hospital_id": hospital_id, "now": now, "events": json.dumps(rows, ensure_ascii=False)}
    written = frozenset(await _PUBLISH.column(session, given))
    return [one if one in written else None for one in ids]
