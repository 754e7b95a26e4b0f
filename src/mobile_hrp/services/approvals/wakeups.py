"""Time passes: approvals whose time has come, proxies that begin, people who have left.

Each in a transaction of its own. Several workers may do this at once: what is not due any more
changes nothing.
"""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import String, cast, or_, select
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.approval.commands import Tick
from mobile_hrp.domain.approval.terms import OPEN_TASKS, SYSTEM, InstanceStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.database_trouble import trouble_of
from mobile_hrp.runtime.schedule import for_each_hospital
from mobile_hrp.services.approvals.commands import apply_command
from mobile_hrp.services.approvals.proxies import begin_proxy

_BATCH = 100
_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE, InstanceStatus.RETURNED)
_log = structlog.get_logger(__name__)


async def wake_approvals(database: Database, *, now: datetime) -> int:
    """Do what is due in every hospital; returns how many approvals and proxies were moved.

    What goes wrong in one hospital is raised when all others have had their turn.
    """
    done = 0

    async def wake(_: Database, hospital_id: int, at: datetime) -> None:
        nonlocal done
        done += await wake_hospital(database, hospital_id, at)

    await for_each_hospital(wake)(database, now)
    return done


async def wake_hospital(database: Database, hospital_id: int, now: datetime) -> int:
    """Do what is due in one hospital; returns how many approvals and proxies were moved."""
    async with database.reading(hospital_id) as session:
        proxies = await _beginning(session, now)
        documents = [*await _due(session, now), *await _abandoned(session)]
    done = 0
    for grant_id in proxies:
        done += await _one(database, hospital_id, _begin(grant_id, now), proxy=str(grant_id))
    for document_id in dict.fromkeys(documents):
        tick = _tick(document_id, now)
        done += await _one(database, hospital_id, tick, document=str(document_id))
    return done


async def _due(session: AnySession, now: datetime) -> list[uuid.UUID]:
    found = await session.scalars(
        select(ApprovalInstance.document_id)
        .where(ApprovalInstance.wake_at.is_not(None), ApprovalInstance.wake_at <= now)
        .order_by(ApprovalInstance.wake_at)
        .limit(_BATCH)
    )
    return list(found)


async def _abandoned(session: AnySession) -> list[uuid.UUID]:
    """Approvals that wait for somebody who has left and were not told of it."""
    found = await session.scalars(
        select(ApprovalInstance.document_id)
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .join(
            Staff,
            (Staff.hospital_id == ApprovalTask.hospital_id)
            & or_(Staff.id == ApprovalTask.assignee_id, Staff.id == ApprovalTask.principal_id),
        )
        .where(
            Staff.active.is_(False),
            ApprovalTask.status.in_(sorted(OPEN_TASKS)),
            ApprovalInstance.status.in_(_LIVE),
            ApprovalInstance.state["inactive"].op("?")(cast(Staff.id, String)).is_not(True),
        )
        .distinct()
        .limit(_BATCH)
    )
    return list(found)


async def _beginning(session: AnySession, now: datetime) -> list[uuid.UUID]:
    found = await session.scalars(
        select(ApprovalProxy.id)
        .where(
            ApprovalProxy.revoked_at.is_(None),
            ApprovalProxy.applied_at.is_(None),
            ApprovalProxy.starts_at <= now,
            ApprovalProxy.ends_at > now,
        )
        .order_by(ApprovalProxy.starts_at, ApprovalProxy.id)
        .limit(_BATCH)
    )
    return list(found)


def _tick(document_id: uuid.UUID, now: datetime) -> Callable[[WriteSession], Awaitable[object]]:
    async def tick(session: WriteSession) -> object:
        return await apply_command(
            session, document_id=document_id, command=Tick(), actor_id=SYSTEM, now=now
        )

    return tick


def _begin(grant_id: uuid.UUID, now: datetime) -> Callable[[WriteSession], Awaitable[object]]:
    async def begin(session: WriteSession) -> object:
        grant = await session.scalar(
            select(ApprovalProxy)
            .where(
                ApprovalProxy.id == grant_id,
                ApprovalProxy.applied_at.is_(None),
                ApprovalProxy.revoked_at.is_(None),
            )
            .with_for_update()
        )
        return await begin_proxy(session, grant=grant, now=now) if grant else None

    return begin


async def _one(
    database: Database,
    hospital_id: int,
    work: Callable[[WriteSession], Awaitable[object]],
    **about: str,
) -> int:
    """One item in its own transaction; what fails is logged and stops no other."""
    try:
        async with database.transaction(hospital_id) as session:
            await work(session)
    except Refusal as refusal:
        _log.warning("waking refused", code=refusal.code, **about)
        return 0
    except DBAPIError as problem:
        # somebody holds the row, or the two of us wanted each other's: the next round finds it
        if trouble_of(problem) is None:
            raise
        _log.info("waking again later", **about)
        return 0
    return 1
