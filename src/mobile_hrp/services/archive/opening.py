"""What a bundle keeps sealed, for who has the right to it: on record, and told to who is in it.

The keys are the people's own and stand, wrapped, in the database. Whose key is gone stays sealed.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.domain.archive.bundle import verify_bundle
from mobile_hrp.domain.archive.completeness import sealed_rows
from mobile_hrp.domain.archive.manifest import Role
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.form_seals import PERSON, SEALED_ROWS, open_form, sealed_people
from mobile_hrp.runtime.objects import ObjectMissingError, Objects
from mobile_hrp.services.archive.checking import record_look, require_bundle
from mobile_hrp.services.performance.access import reading_others_performance, require_reason
from mobile_hrp.services.snapshots import is_snapshot_of

_FORM = "values"


@dataclass(frozen=True, slots=True)
class OpenedForm:
    """The form as it was decided. ``matches``: its hash is the one the decisions name.

    ``still_sealed`` are people whose key is gone; the hash of such a form cannot be looked at.
    """

    number: str
    content: Mapping[str, Any]
    matches: bool
    still_sealed: tuple[str, ...]

    def as_json(self) -> bytes:
        said = {
            "number": self.number,
            "matches": self.matches,
            "still_sealed": list(self.still_sealed),
            "content": self.content,
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1).encode()


async def open_form_of(
    session: WriteSession,
    *,
    viewer: Viewer,
    objects: Objects,
    bundle_id: uuid.UUID,
    reason: str,
    now: datetime,
) -> OpenedForm:
    """Open the form of a bundle that is as it was recorded.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_REASON; ARCHIVE_ORIGINAL_MISSING for a
            bundle that is lost or not the recorded one.
    """
    said = require_reason(reason)
    bundle, number = await require_bundle(session, viewer=viewer, bundle_id=bundle_id)
    form = await _form_of(objects, bundle)
    content = form["content"]
    if sealed_rows(content):
        standing = dict(content[_FORM])
        whose = await _people(session, standing)
        department_id = await session.scalar(
            select(Document.department_id).where(Document.id == bundle.document_id)
        )
        async with reading_others_performance(
            session,
            viewer=viewer,
            permission=Permission.ARCHIVE_VIEW,
            subject_id=bundle.document_id,
            department_id=department_id,
            now=now,
            purpose="archive",
            reason=said,
            people=whose,
        ):
            content = {**content, _FORM: await _opened(session, standing)}
    await record_look(
        session, bundle=bundle, action="archive.open_form", actor_id=viewer.staff_id, now=now
    )
    still_sealed = tuple(sealed_people(content.get(_FORM) or {}))
    matches = is_snapshot_of(content, str(form.get("snapshot_hash", "")))
    return OpenedForm(number, content, matches, still_sealed)


async def _form_of(objects: Objects, bundle: ArchiveBundle) -> Mapping[str, Any]:
    try:
        data = await objects.read(bundle.storage_key)
    except ObjectMissingError as missing:
        raise Refusal("ARCHIVE_ORIGINAL_MISSING", path="bundleId") from missing
    checked = verify_bundle(data, recorded_sha256=bundle.manifest_sha256)
    if checked.manifest is None or not checked.intact:
        raise Refusal("ARCHIVE_ORIGINAL_MISSING", path="bundleId")
    (path,) = (one.path for one in checked.manifest.entries if one.role is Role.FORM_DATA)
    form: Mapping[str, Any] = json.loads(checked.files[path])
    return form


async def _opened(session: AnySession, form: dict[str, Any]) -> dict[str, Any]:
    for key in sorted(SEALED_ROWS & form.keys()):
        brought = await session.scalar(select(func.form_with_keys(cast(form, JSONB), key)))
        form = form if brought is None else brought
    return open_form(form)


async def _people(session: AnySession, form: Mapping[str, Any]) -> Sequence[uuid.UUID]:
    """Those of the staff whom the form's sealed rows name."""
    named = {row[PERSON] for key in SEALED_ROWS & form.keys() for row in form[key]}
    rows = await session.scalars(select(Staff.id).where(cast(Staff.id, Text).in_(named)))
    return rows.all()
