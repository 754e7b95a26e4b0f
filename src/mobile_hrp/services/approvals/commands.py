"""Apply one command to one approval: lock, decide, save, carry out what follows."""

import uuid
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.approval import SYSTEM_COMMANDS, decide
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.terms import SYSTEM
from mobile_hrp.domain.document.snapshot import changed_fields
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals import effects, store
from mobile_hrp.services.documents import lock_document

_DIFFERENCES_MAX = 20


async def apply_command(
    session: WriteSession,
    *,
    document_id: uuid.UUID,
    command: Command,
    actor_id: uuid.UUID,
    now: datetime,
) -> Document:
    """Decide ``command`` on the document's approval and carry out its effects.

    The document row is locked before the instance, here and everywhere.

    Raises:
        Refusal: what the engine refuses; a SNAPSHOT_STALE names the fields that changed.
    """
    document = await lock_document(session, document_id)
    instance = await store.lock_by_document(session, document_id)
    actor = SYSTEM if type(command) in SYSTEM_COMMANDS else actor_id
    try:
        outcome = decide(instance.state, command, actor=actor, now=now, ids=store.fresh_ids())
    except Refusal as refusal:
        raise await _with_difference(session, document, refusal) from refusal
    await store.save(
        session,
        hospital_id=document.hospital_id,
        document_id=document.id,
        before=instance.state,
        outcome=outcome,
    )
    scenario = await scenarios.of_document(session, document)
    await effects.apply(
        session,
        effects.Happening(
            document=document,
            scenario=scenario,
            outcome=outcome,
            actor_id=None if actor == SYSTEM else actor_id,
            now=now,
        ),
    )
    return document


async def apply_to_task(
    session: WriteSession,
    *,
    task_id: uuid.UUID,
    command: Command,
    actor_id: uuid.UUID,
    now: datetime,
) -> Document:
    """As ``apply_command``, for a command that names a task.

    Raises:
        Refusal: TASK_NOT_FOUND also for a task of somebody else.
    """
    document_id = await store.document_of_task(session, task_id)
    return await apply_command(
        session, document_id=document_id, command=command, actor_id=actor_id, now=now
    )


async def _with_difference(session: WriteSession, document: Document, refusal: Refusal) -> Refusal:
    """Say which fields changed between what was displayed and what the document is now."""
    if refusal.code != "SNAPSHOT_STALE":
        return refusal
    detail = refusal.details[0]
    hashes = [str(value) for value in detail.params.values()]
    found = await session.execute(
        select(DocumentVersion.snapshot_hash, DocumentVersion.content).where(
            DocumentVersion.document_id == document.id,
            DocumentVersion.snapshot_hash.in_([*hashes, document.snapshot_hash or ""]),
        )
    )
    contents = {row.snapshot_hash: row.content for row in found}
    current = contents.pop(document.snapshot_hash or "", None)
    seen = next(iter(contents.values()), None)
    if current is None or seen is None:
        return refusal
    fields = ", ".join(changed_fields(seen, current)[:_DIFFERENCES_MAX])
    return Refusal.of(
        (RefusalDetail(detail.code, detail.path, {**detail.params, "fields": fields}),)
    )
