"""The submitted versions of a document: kept for ever, and put back when an alteration fails."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.scenario.form import FormStage, displayed
from mobile_hrp.models.document import Document, DocumentLine, DocumentVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals.accounting import drop_drafts
from mobile_hrp.services.document_lines import write_lines
from mobile_hrp.services.documents import content_of, store_values
from mobile_hrp.services.snapshots import snapshot_of


async def keep_version(
    session: WriteSession, document: Document, *, actor_id: uuid.UUID, now: datetime
) -> None:
    """Keep what is submitted for ever, and bind all decisions to its hash."""
    content = content_of(document)
    document.snapshot_hash = snapshot_of(content)
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


async def content_at(session: AnySession, document: Document, snapshot: str) -> dict[str, Any]:
    """What the version with this hash said.

    Raises:
        LookupError: there is no such version; versions are only ever inserted.
    """
    content: dict[str, Any] | None = await session.scalar(
        select(DocumentVersion.content)
        .where(
            DocumentVersion.document_id == document.id, DocumentVersion.snapshot_hash == snapshot
        )
        .order_by(DocumentVersion.version)
        .limit(1)
    )
    if content is None:
        raise LookupError(f"document {document.id} has no version {snapshot}")
    return content


async def put_back(
    session: WriteSession, document: Document, *, snapshot: str
) -> Sequence[DocumentLine]:
    """The document as it was in the version with this hash; its number of edits still rises.

    Answers with its lines.

    Raises:
        LookupError: there is no such version; versions are only ever inserted.
    """
    content = await content_at(session, document, snapshot)
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    document.values = content["values"]
    given = displayed(loaded.scenario.fields, content["values"])
    await drop_drafts(session, document)
    lines = await store_values(session, document, loaded, given, FormStage.SUBMIT, now=None)
    if content.get("deductions"):
        document.values = content["values"]
        document.amount_fen = content["amount_fen"]
        document.deductions = content["deductions"]
        lines = await write_lines(session, document, loaded.scenario)
    document.title = content["title"]
    document.snapshot_hash = snapshot
    document.version += 1
    return lines
