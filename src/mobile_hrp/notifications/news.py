"""The event that says that somebody's inbox has changed, for the live views of that person."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.runtime.ids import new_id

_ANNOUNCE = text("""
INSERT INTO event (hospital_id, id, kind, dedupe_key, subject_type, subject_id, audience, payload,
                   occurred_at)
VALUES (:hospital_id, :id, :kind, :dedupe_key, :subject_type, :subject_id,
        CAST(:audience AS jsonb), '{}'::jsonb, :now)
""")


async def announce(
    session: AsyncSession,
    *,
    hospital_id: int,
    kind: str,
    subject_type: str,
    subject_id: uuid.UUID,
    audience: Iterable[uuid.UUID],
    now: datetime,
) -> None:
    """Write the event of a change that makes no new notification (read, acted, withdrawn)."""
    event_id = new_id()
    await session.execute(
        _ANNOUNCE,
        {
            "hospital_id": hospital_id,
            "id": event_id,
            "kind": kind,
            "dedupe_key": f"{kind}:{event_id}",
            "subject_type": subject_type,
            "subject_id": subject_id,
            "audience": json.dumps([str(member) for member in dict.fromkeys(audience)]),
            "now": now,
        },
    )
