"""The submitted versions of a document: kept for ever, and put back when an alteration fails."""

import uuid
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals.accounting import drop_drafts
from mobile_hrp.services.documents import content_of, store_values


async def keep_version(
    session: WriteSession, document: Document, *, actor_id: uuid.UUID, now: datetime
) -> None:
    """Keep what is submitted for ever, and bind all decisions to its hash."""
    content = content_of(document)
    document.snapshot_hash = snapshot_hash(content)
    if document.status is not DocumentStatus.DRAFT:
        document.version += 1
    session.add(
        DocumentVersion(
            hospital_id=document.hospital_id,
            id=new_id(),
            document_id=document.id,
            version=document.version,
            snapshot_hash=document.snapshot_hash,
            content=content,
            created_by=actor_id,
            created_at=now,
        )
    )
    await session.flush()


async def put_back(session: WriteSession, document: Document, *, snapshot: str) -> None:
    """The document as it was in the version with this hash; its number of edits still rises.

    Raises:
        LookupError: there is no such version; versions are only ever inserted.
    """
    content = await session.scalar(
        select(DocumentVersion.content)
        .where(
            DocumentVersion.document_id == document.id, DocumentVersion.snapshot_hash == snapshot
        )
        .order_by(DocumentVersion.version)
        .limit(1)
    )
    if content is None:
        raise LookupError(f"document {document.id} has no version {snapshot}")
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    document.values = content["values"]
    given = displayed(loaded.scenario.fields, content["values"])
    await drop_drafts(session, document)
    await store_values(session, document, loaded, given, FormStage.SUBMIT)
    document.title = content["title"]
    document.snapshot_hash = snapshot
    document.version += 1
