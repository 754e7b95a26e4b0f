"""Who may see, verify or finalise the vouchers of which documents."""

import uuid

from sqlalchemy import ColumnElement, false, or_, select, true

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.database import AnySession


def documents_reached(viewer: Viewer, permission: Permission) -> ColumnElement[bool]:
    """Documents on the campuses, or of the departments, that the permission covers."""
    reach = viewer.reach(permission)
    if reach.hospital:
        return true()
    parts: list[ColumnElement[bool]] = [false()]
    if reach.campuses:
        parts.append(Document.campus_id.in_(reach.campuses))
    if reach.departments:
        parts.append(Document.department_id.in_(reach.departments))
    return or_(*parts)


async def require_voucher(
    session: AnySession, *, viewer: Viewer, permission: Permission, voucher_id: uuid.UUID
) -> None:
    """Raise Refusal NOT_FOUND for a voucher that is not there or not in the permission's reach."""
    viewer.require_held(permission)
    found = await session.scalar(
        select(Voucher.id)
        .join(
            Document,
            (Document.hospital_id == Voucher.hospital_id) & (Document.id == Voucher.document_id),
        )
        .where(Voucher.id == voucher_id, documents_reached(viewer, permission))
    )
    if found is None:
        raise Refusal("NOT_FOUND", path="voucherId")
