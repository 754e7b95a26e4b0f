"""Time passes: tick the approvals whose wake-up time has come, each in its own transaction."""

import uuid
from datetime import datetime

import structlog
from sqlalchemy import select

from mobile_hrp.domain.approval.commands import Tick
from mobile_hrp.domain.approval.terms import SYSTEM
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.approvals.commands import apply_command

_BATCH = 100
_log = structlog.get_logger(__name__)


async def wake_approvals(database: Database, *, now: datetime) -> int:
    """Tick every due approval of every hospital; returns how many were ticked.

    Several workers may do this at once: the tick of an approval that is not due any more changes
    nothing.
    """
    async with database.reading(0) as session:
        hospitals = (await session.execute(select(Hospital.id))).scalars().all()
    ticked = 0
    for hospital_id in hospitals:
        for document_id in await _due(database, hospital_id, now):
            ticked += await _tick_one(database, hospital_id, document_id, now)
    return ticked


async def _due(database: Database, hospital_id: int, now: datetime) -> list[uuid.UUID]:
    async with database.reading(hospital_id) as session:
        found = await session.execute(
            select(ApprovalInstance.document_id)
            .where(ApprovalInstance.wake_at.is_not(None), ApprovalInstance.wake_at <= now)
            .order_by(ApprovalInstance.wake_at)
            .limit(_BATCH)
        )
        return list(found.scalars())


async def _tick_one(
    database: Database, hospital_id: int, document_id: uuid.UUID, now: datetime
) -> int:
    try:
        async with database.transaction(hospital_id) as session:
            await apply_command(
                session, document_id=document_id, command=Tick(), actor_id=SYSTEM, now=now
            )
    except Refusal as refusal:
        _log.warning("tick refused", document_id=str(document_id), code=refusal.code)
        return 0
    return 1
