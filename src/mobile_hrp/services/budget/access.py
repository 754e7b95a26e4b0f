"""Whose budget somebody may look at: one predicate, for lists and for single lines alike."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetAlert, BudgetLine
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.organization import Project, Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.askers import Asker, among
from mobile_hrp.services.document_access import visible_documents

_VIEWS = (Permission.BUDGET_VIEW_ALL, Permission.BUDGET_VIEW_DEPARTMENT)


def visible_lines(viewer: Asker) -> ColumnElement[bool]:
    """Lines of one's own, of projects one leads, and those a post covers."""
    led = exists(
        select(Project.id).where(
            Project.hospital_id == BudgetLine.hospital_id,
            Project.id == BudgetLine.project_id,
            Project.leader_id == viewer.staff_id,
        )
    )
    parts: list[ColumnElement[bool]] = [BudgetLine.owner_id == viewer.staff_id, led]
    for permission in _VIEWS:
        reach = viewer.reach(permission)
        if reach.hospital:
            parts.append(true())
        if reach.campuses:
            parts.append(among(BudgetLine.campus_id, reach.campuses))
        if reach.departments:
            parts.append(among(BudgetLine.department_id, reach.departments))
    return or_(*parts)


def chargeable_lines(viewer: Viewer) -> ColumnElement[bool]:
    """Lines a person may put on a document: of their own department, or of none in particular.

    Lines of a project belong to it; its people see them through its leader's documents.
    """
    own = (
        select(Staff.department_id)
        .where(Staff.hospital_id == viewer.hospital_id, Staff.id == viewer.staff_id)
        .scalar_subquery()
    )
    return or_(
        visible_lines(viewer),
        BudgetLine.project_id.is_(None)
        & or_(BudgetLine.department_id == own, BudgetLine.department_id.is_(None)),
    )


async def require_may_weigh(
    session: AnySession,
    *,
    viewer: Viewer,
    line_ids: Collection[uuid.UUID],
    document_id: uuid.UUID | None,
) -> None:
    """Whether the viewer may see what a document does to these lines.

    They are lines the viewer may charge or see, or lines on a document the viewer may see.

    Raises:
        Refusal: NOT_FOUND for a line, or a document, that is not there or not the viewer's to see.
    """
    charged: ColumnElement[bool] = false()
    if document_id is not None:
        seen = await session.scalar(
            select(Document.id).where(Document.id == document_id, visible_documents(viewer))
        )
        if seen is None:
            raise Refusal("NOT_FOUND", path="documentId")
        charged = BudgetLine.id.in_(
            select(DocumentLine.budget_line_id).where(DocumentLine.document_id == document_id)
        )
    found = await session.scalars(
        select(BudgetLine.id).where(
            BudgetLine.id.in_(line_ids), or_(chargeable_lines(viewer), charged)
        )
    )
    if set(line_ids) - set(found.all()):
        raise Refusal("NOT_FOUND", path="lines")


def visible_alerts(viewer: Asker) -> ColumnElement[bool]:
    """Alerts of lines one may see, and those one was told of."""
    told = exists(
        select(Notification.id).where(
            Notification.hospital_id == BudgetAlert.hospital_id,
            Notification.subject_id == BudgetAlert.id,
            Notification.recipient_id == viewer.staff_id,
        )
    )
    # The list of alerts names its lines too: correlate with the alert alone.
    of_line = exists(
        select(BudgetLine.id)
        .where(
            BudgetLine.hospital_id == BudgetAlert.hospital_id,
            BudgetLine.id == BudgetAlert.line_id,
            visible_lines(viewer),
        )
        .correlate(BudgetAlert)
    )
    return or_(told, of_line)
