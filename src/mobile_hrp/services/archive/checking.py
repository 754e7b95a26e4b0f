"""Look at a kept bundle again: is it what was kept, and does it hold all it must?"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.archive.bundle import CONTAINER, Fault, FaultKind, verify_bundle
from mobile_hrp.domain.archive.completeness import Lack, check_completeness
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.objects import ObjectMissingError, Objects
from mobile_hrp.services import audit
from mobile_hrp.services.vouchers.access import documents_reached


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """Nothing in ``faults``: every byte is as it was. Nothing in ``lacks``: it is complete too."""

    manifest_sha256: str
    faults: tuple[Fault, ...]
    lacks: tuple[Lack, ...]


async def require_document(
    session: AnySession, *, viewer: Viewer, permission: Permission, document_id: uuid.UUID
) -> None:
    """Raise Refusal NOT_FOUND for a document that is not there or out of the permission's reach."""
    viewer.require_held(permission)
    found = await session.scalar(
        select(Document.id).where(Document.id == document_id, documents_reached(viewer, permission))
    )
    if found is None:
        raise Refusal("NOT_FOUND", path="documentId")


async def require_bundle(
    session: AnySession, *, viewer: Viewer, bundle_id: uuid.UUID
) -> tuple[ArchiveBundle, str]:
    """The bundle and the number of its document. Raises Refusal NOT_FOUND."""
    viewer.require_held(Permission.ARCHIVE_VIEW)
    row = (
        await session.execute(
            select(ArchiveBundle, Document.number)
            .join(Document, Document.id == ArchiveBundle.document_id)
            .where(
                ArchiveBundle.id == bundle_id, documents_reached(viewer, Permission.ARCHIVE_VIEW)
            )
        )
    ).one_or_none()
    if row is None:
        raise Refusal("NOT_FOUND", path="bundleId")
    return row[0], row[1]


async def check_bundle(objects: Objects, bundle: ArchiveBundle) -> CheckedBundle:
    """Read the bundle from the store and test every byte of it."""
    try:
        data = await objects.read(bundle.storage_key)
    except ObjectMissingError:
        return CheckedBundle("", (Fault(CONTAINER, FaultKind.MISSING),), ())
    checked = verify_bundle(data, recorded_sha256=bundle.manifest_sha256)
    lacks = check_completeness(checked.manifest, checked.files) if checked.manifest else ()
    return CheckedBundle(checked.manifest_sha256, checked.faults, lacks)


async def record_look(
    session: WriteSession,
    *,
    bundle: ArchiveBundle,
    action: str,
    actor_id: uuid.UUID,
    now: datetime,
    faults: int | None = None,
) -> None:
    """Who looked at a bundle: ``archive.verify`` or ``archive.download``."""
    detail: dict[str, object] = {"bundle": str(bundle.id)}
    if faults is not None:
        detail["faults"] = faults
    await audit.record(
        session,
        hospital_id=bundle.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="document",
        subject_id=bundle.document_id,
        detail=detail,
        now=now,
    )
