"""People leave, come back or move to another department: what waits for them finds a new holder."""

import uuid
from datetime import datetime

from sqlalchemy import or_, select

from mobile_hrp.domain.approval.commands import OrgChanged
from mobile_hrp.domain.approval.terms import OPEN_TASKS, InstanceStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.approvals.commands import apply_by_system, catch_up
from mobile_hrp.services.organisation_view import load_organisation

_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE, InstanceStatus.RETURNED)


async def follow_staff_change(session: WriteSession, *, staff_id: uuid.UUID, now: datetime) -> int:
    """Call after a person was disabled, has left or came back: every approval they sit in follows.

    Returns how many approvals were visited, in order of document id. Approvals they may sit in
    later catch up by themselves.
    """
    documents = await open_documents_of(session, staff_id)
    for document_id in documents:
        await catch_up(session, document_id=document_id, now=now)
    return len(documents)


async def hand_over(
    session: WriteSession,
    *,
    viewer: Viewer,
    staff_id: uuid.UUID,
    successor_id: uuid.UUID,
    now: datetime,
) -> int:
    """离职、调岗交接: everything that waits for a person goes to the successor HR names.

    Where the successor may not decide (own document, incompatible duty) the node's policy for
    absent people applies once the person has left. Returns how many approvals were visited.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, APPROVER_INACTIVE, PROXY_INVALID (oneself).
    """
    found = await session.execute(
        select(Staff.department_id, Staff.active).where(Staff.id == staff_id)
    )
    person = found.one_or_none()
    if person is None:
        raise Refusal("NOT_FOUND", path="staffId")
    viewer.require(Permission.STAFF_MANAGE, department_id=person.department_id)
    if successor_id == staff_id:
        raise Refusal("ALREADY_SEATED", path="successorId")
    works = await session.scalar(select(Staff.id).where(Staff.id == successor_id, Staff.active))
    if works is None:
        raise Refusal("APPROVER_INACTIVE", path="successorId")
    organisation = await load_organisation(session, hospital_id=viewer.hospital_id, now=now)
    around = organisation.surroundings()
    changes = [
        OrgChanged(
            left=(staff_id,),
            successors={staff_id: successor_id},
            superiors=around.superiors,
            administrators=around.administrators,
        )
    ]
    if person.active:  # in another department: may be asked again, on other documents and by name
        changes.append(OrgChanged(returned=(staff_id,)))
    documents = await open_documents_of(session, staff_id)
    for document_id in documents:
        await apply_by_system(session, document_id=document_id, commands=changes, now=now)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="approval.hand_over",
        subject_type="staff",
        subject_id=staff_id,
        detail={"successor": str(successor_id), "approvals": len(documents)},
        now=now,
    )
    return len(documents)


async def open_documents_of(session: AnySession, staff_id: uuid.UUID) -> list[uuid.UUID]:
    """The documents that wait for a person or for the proxy of one, in order of id."""
    found = await session.scalars(
        select(ApprovalInstance.document_id)
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .where(
            or_(ApprovalTask.assignee_id == staff_id, ApprovalTask.principal_id == staff_id),
            ApprovalTask.status.in_(sorted(OPEN_TASKS)),
            ApprovalInstance.status.in_(_LIVE),
        )
        .distinct()
        .order_by(ApprovalInstance.document_id)
    )
    return list(found)
