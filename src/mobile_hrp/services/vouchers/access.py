"""Who may see, verify or finalise the vouchers of which documents."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, or_, select, true

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.voucher.draft import EntryDraft
from mobile_hrp.models.base import TenantRow
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Department, EconomicClass, FundSource, Project
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.askers import Asker, among


def documents_reached(viewer: Asker, permission: Permission) -> ColumnElement[bool]:
    """Documents on the campuses, or of the departments, that the permission covers."""
    reach = viewer.reach(permission)
    if reach.hospital:
        return true()
    parts: list[ColumnElement[bool]] = [false()]
    if reach.campuses:
        parts.append(among(Document.campus_id, reach.campuses))
    if reach.departments:
        parts.append(among(Document.department_id, reach.departments))
    return or_(*parts)


_REFERENCES: tuple[tuple[str, type[TenantRow]], ...] = (
    ("department_id", Department),
    ("project_id", Project),
    ("fund_source_id", FundSource),
    ("department_economic_class_id", EconomicClass),
    ("government_economic_class_id", EconomicClass),
)


async def require_known_dimensions(session: AnySession, entries: Sequence[EntryDraft]) -> None:
    """Raise Refusal NOT_FOUND at ``entries.<n>.<field>`` for what this hospital does not have."""
    faults: list[RefusalDetail] = []
    for name, table in _REFERENCES:
        named = [getattr(entry.dimensions, name) for entry in entries]
        wanted = {key for key in named if key is not None}
        known = set(await session.scalars(select(table.id).where(table.id.in_(wanted))))
        head, *tail = name.split("_")
        field = head + "".join(part.capitalize() for part in tail)
        faults += [
            RefusalDetail("NOT_FOUND", f"entries.{position}.{field}")
            for position, key in enumerate(named)
            if key is not None and key not in known
        ]
    if faults:
        raise Refusal.of(tuple(faults))


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
