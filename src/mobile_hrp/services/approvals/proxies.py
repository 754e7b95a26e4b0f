"""Standing proxies (代理): give, take back, begin. What already waits moves with them.

A grant is a row; the approvals it concerns catch up with it (``catching_up``). Those with a task
waiting are visited at once, in order of document id as everywhere, the others at their next step.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from mobile_hrp.domain.approval.terms import OPEN_TASKS, InstanceStatus, TaskKind
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.scenario import ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.approvals.commands import catch_up
from mobile_hrp.services.askers import Asker
from mobile_hrp.services.notices import News, tell

GRANT_DAYS_MAX = 366
REASON_MAX = 200
FLOWS_MAX = 100
_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE)


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """What a person asks for. No flows: every scenario; no cap: any amount (fen)."""

    proxy_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    flows: Sequence[str] = ()
    amount_fen_max: int | None = None
    reason: str = ""


async def grant_proxy(
    session: WriteSession, *, viewer: Viewer, request: ProxyRequest, now: datetime
) -> ApprovalProxy:
    """Let a colleague decide in the viewer's name; in force at once when the start has come.

    Raises:
        Refusal: PROXY_INVALID (dates, oneself), PROXY_TOO_LONG, APPROVER_INACTIVE,
            SCENARIO_UNKNOWN, COMMENT_TOO_LONG.
    """
    viewer.require(Permission.DELEGATION_GRANT, owner_id=viewer.staff_id)
    await _check(session, viewer, request, now)
    grant = ApprovalProxy(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        principal_id=viewer.staff_id,
        proxy_id=request.proxy_id,
        flows=sorted(set(request.flows)),
        amount_fen_max=request.amount_fen_max,
        reason=request.reason.strip(),
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        created_at=now,
    )
    session.add(grant)
    await session.flush()
    await _record(session, grant, "approval_proxy.grant", viewer.staff_id, now)
    await tell(
        session,
        hospital_id=viewer.hospital_id,
        news=News(
            kind="delegate_ask",
            subject_type="approval_proxy",
            subject_id=grant.id,
            dedupe_key=f"delegate_ask:{grant.id}",
            params={
                "title": await session.scalar(
                    select(Staff.name).where(Staff.id == viewer.staff_id)
                ),
                "due_on": request.ends_at.date().isoformat(),
            },
        ),
        recipients=(request.proxy_id,),
        now=now,
    )
    if grant.starts_at <= now:
        await begin_proxy(session, grant=grant, now=now)
    return grant


async def begin_proxy(session: WriteSession, *, grant: ApprovalProxy, now: datetime) -> int:
    """Hand over what already waits for the principal; returns how many approvals were visited."""
    documents = await _waiting(session, ApprovalTask.assignee_id == grant.principal_id)
    for document_id in documents:
        await catch_up(session, document_id=document_id, now=now)
    grant.applied_at = now
    await session.flush()
    return len(documents)


async def revoke_proxy(
    session: WriteSession, *, viewer: Viewer, grant_id: uuid.UUID, now: datetime
) -> ApprovalProxy:
    """End a proxy: by who gave it, or by who no longer wants it. What waits goes back.

    Raises:
        Refusal: NOT_FOUND for anybody else's; PROXY_INVALID when it has ended already.
    """
    grant = await session.scalar(
        select(ApprovalProxy)
        .where(
            ApprovalProxy.id == grant_id,
            or_(
                ApprovalProxy.principal_id == viewer.staff_id,
                ApprovalProxy.proxy_id == viewer.staff_id,
            ),
        )
        .with_for_update()
    )
    if grant is None:
        raise Refusal("NOT_FOUND", path="proxyId")
    if grant.revoked_at is not None or grant.ends_at <= now:
        raise Refusal("PROXY_INVALID", path="proxyId")
    grant.revoked_at, grant.revoked_by = now, viewer.staff_id
    await session.flush()
    await _record(session, grant, "approval_proxy.revoke", viewer.staff_id, now)
    for document_id in await _waiting(session, ApprovalTask.principal_id == grant.principal_id):
        await catch_up(session, document_id=document_id, now=now)
    return grant


def concerning(viewer: Asker) -> ColumnElement[bool]:
    """Proxies the viewer gave or was given."""
    return or_(
        ApprovalProxy.principal_id == viewer.staff_id, ApprovalProxy.proxy_id == viewer.staff_id
    )


async def proxies_of(session: AnySession, *, viewer: Viewer) -> Sequence[ApprovalProxy]:
    """Given by the viewer and given to the viewer, the latest first; at most 100."""
    found = await session.scalars(
        select(ApprovalProxy)
        .where(concerning(viewer))
        .order_by(ApprovalProxy.ends_at.desc(), ApprovalProxy.id.desc())
        .limit(100)
    )
    return found.all()


async def _waiting(session: AnySession, whose: ColumnElement[bool]) -> list[uuid.UUID]:
    """The documents with an open decision of somebody, in order of id: the order of locks."""
    found = await session.scalars(
        select(ApprovalInstance.document_id)
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .where(
            whose,
            ApprovalTask.status.in_(sorted(OPEN_TASKS)),
            ApprovalTask.kind == TaskKind.DECIDE,
            ApprovalInstance.status.in_(_LIVE),
        )
        .distinct()
        .order_by(ApprovalInstance.document_id)
    )
    return list(found)


async def _check(session: AnySession, viewer: Viewer, request: ProxyRequest, now: datetime) -> None:
    if request.proxy_id == viewer.staff_id:
        raise Refusal("PROXY_INVALID", path="proxyId")
    if request.ends_at <= max(request.starts_at, now):
        raise Refusal("PROXY_INVALID", path="endsAt")
    if request.ends_at - request.starts_at > timedelta(days=GRANT_DAYS_MAX):
        raise Refusal("PROXY_TOO_LONG", path="endsAt", limit=GRANT_DAYS_MAX)
    if request.amount_fen_max is not None and request.amount_fen_max < 0:
        raise Refusal("PROXY_INVALID", path="amountMax")
    if len(request.reason) > REASON_MAX:
        raise Refusal("COMMENT_TOO_LONG", path="reason", limit=REASON_MAX)
    works = await session.scalar(select(Staff.id).where(Staff.id == request.proxy_id, Staff.active))
    if works is None:
        raise Refusal("APPROVER_INACTIVE", path="proxyId")
    await _check_flows(session, set(request.flows))


async def _check_flows(session: AnySession, flows: set[str]) -> None:
    if not flows:
        return
    if len(flows) > FLOWS_MAX:
        raise Refusal("SCENARIO_UNKNOWN", path="flows")
    known = await session.scalar(
        select(func.count(ScenarioVersion.code.distinct())).where(
            ScenarioVersion.code.in_(sorted(flows)),
            ScenarioVersion.state == ScenarioState.PUBLISHED,
        )
    )
    if known != len(flows):
        raise Refusal("SCENARIO_UNKNOWN", path="flows")


async def _record(
    session: WriteSession, grant: ApprovalProxy, action: str, actor_id: uuid.UUID, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=grant.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="approval_proxy",
        subject_id=grant.id,
        detail={
            "principal": str(grant.principal_id),
            "proxy": str(grant.proxy_id),
            "flows": list(grant.flows),
            "amount_fen_max": grant.amount_fen_max,
            "starts_at": grant.starts_at.isoformat(),
            "ends_at": grant.ends_at.isoformat(),
        },
        now=now,
    )
