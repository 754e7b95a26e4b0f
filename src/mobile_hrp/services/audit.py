"""The audit row of a state change, written in the same transaction as the change."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.plain_sql import PlainSql
from mobile_hrp.runtime.request_context import current_request_id

# a row that nobody changes any more needs no unit of work, which took four times as long
_RECORD = PlainSql("""
INSERT INTO audit_event (hospital_id, id, actor_id, action, subject_type, subject_id, detail,
                         request_id, occurred_at)
VALUES (:hospital_id, :id, :actor_id, :action, :subject_type, :subject_id,
        CAST(:detail AS jsonb), :request_id, :occurred_at)
""")


async def record(
    session: AsyncSession,
    *,
    hospital_id: int,
    actor_id: uuid.UUID | None,
    action: str,
    subject_type: str,
    subject_id: uuid.UUID | None,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a row. ``action`` is ``noun.verb`` (document.submit); ``actor_id`` None = system.

    ``detail`` holds ids, codes and amounts that decided, never secrets or free text of others.
    """
    await _RECORD.rows(
        session,
        {
            "hospital_id": hospital_id,
            "id": new_id(),
            "actor_id": actor_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "detail": json.dumps(dict(detail or {}), ensure_ascii=False),
            "request_id": current_request_id(),
            "occurred_at": now,
        },
    )
