"""The audit row of a state change, written in the same transaction as the change."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.request_context import current_request_id


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
    """Add one audit row. ``action`` is ``noun.verb`` (document.submit); ``actor_id`` None = system.

    ``detail`` holds ids, codes and amounts that decided, never secrets or free text of others.
    """
    session.add(
        AuditEvent(
            hospital_id=hospital_id,
            id=new_id(),
            actor_id=actor_id,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            detail=dict(detail or {}),
            request_id=current_request_id(),
            occurred_at=now,
        )
    )
