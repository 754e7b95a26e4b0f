"""Who may see a document: one predicate, for lists and for single documents alike."""

import uuid

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.askers import Asker, Members, among


def visible_documents(viewer: Asker) -> ColumnElement[bool]:
    """The requester, whoever has or had a part in the approval, and those whose post covers it.

    Who is represented by a standing proxy has a part too.
    """
    took_part = exists(
        select(ApprovalTask.id)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
            & (ApprovalInstance.id == ApprovalTask.instance_id),
        )
        .where(
            ApprovalInstance.hospital_id == viewer.hospital_id,
            ApprovalInstance.document_id == Document.id,
            or_(
                ApprovalTask.assignee_id == viewer.staff_id,
                ApprovalTask.principal_id == viewer.staff_id,
            ),
        )
    )
    return or_(Document.requester_id == viewer.staff_id, took_part, _covered(viewer))


def _covered(viewer: Asker) -> ColumnElement[bool]:
    reach = viewer.reach(Permission.DOCUMENT_VIEW)
    if reach.hospital:
        return true()
    parts: list[ColumnElement[bool]] = [false()]
    if reach.departments:
        parts.append(among(Document.department_id, reach.departments))
    if reach.campuses:
        parts.append(among(Document.campus_id, reach.campuses))
    return or_(*parts)


def requested_documents(viewer: Asker, statuses: Members = ()) -> Select[Document]:
    """What the viewer requested; of these statuses only, where some are named."""
    mine = select(Document).where(
        Document.hospital_id == viewer.hospital_id, Document.requester_id == viewer.staff_id
    )
    return mine.where(among(Document.status, statuses)) if statuses else mine


async def visible_document(
    session: AnySession, *, viewer: Viewer, document_id: uuid.UUID
) -> Document:
    """Raises Refusal NOT_FOUND for a document that does not exist or is not the viewer's to see."""
    document = await session.scalar(
        select(Document).where(Document.id == document_id, visible_documents(viewer))
    )
    if document is None:
        raise Refusal("NOT_FOUND", path="documentId")
    return document
