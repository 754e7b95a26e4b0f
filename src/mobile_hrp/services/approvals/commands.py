"""Apply one command to one approval: lock, catch up, decide, save, carry out what follows."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.approval import SYSTEM_COMMANDS, decide
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.events import Event
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import SYSTEM
from mobile_hrp.domain.document.snapshot import changed_fields
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals import catching_up, effects, store
from mobile_hrp.services.approvals.field_labels import labels_of
from mobile_hrp.services.documents import lock_document

_DIFFERENCES_MAX = 20

Step = tuple[uuid.UUID, Command]
"""Who gives a command, and the command."""


def advance(
    state: InstanceState, steps: Sequence[Step], *, now: datetime, ids: Iterator[uuid.UUID]
) -> Outcome:
    """Several commands, one on the other, as one transition; the first that is refused raises."""
    events: list[Event] = []
    for actor, command in steps:
        outcome = decide(state, command, actor=actor, now=now, ids=ids)
        state = outcome.state
        events.extend(outcome.events)
    return Outcome(state, tuple(events))


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
    actor = SYSTEM if type(command) in SYSTEM_COMMANDS else actor_id
    return await _apply(session, document_id, [(actor, command)], now)


async def catch_up(session: WriteSession, *, document_id: uuid.UUID, now: datetime) -> Document:
    """Tell an approval what it has not been told yet (see ``catching_up``); maybe nothing."""
    return await _apply(session, document_id, [], now)


async def apply_by_system(
    session: WriteSession, *, document_id: uuid.UUID, commands: Sequence[Command], now: datetime
) -> Document:
    """Commands of the system in one transition, ahead of what the approval was not told yet."""
    steps = [(SYSTEM, command) for command in commands]
    return await _apply(session, document_id, steps, now, news_first=False)


async def _apply(
    session: WriteSession,
    document_id: uuid.UUID,
    steps: Sequence[Step],
    now: datetime,
    *,
    news_first: bool = True,
) -> Document:
    document = await lock_document(session, document_id)
    instance = await store.lock_by_document(session, document_id)
    news = await catching_up.news_for(
        session, hospital_id=document.hospital_id, state=instance.state, now=now
    )
    told = [(SYSTEM, command) for command in news]
    all_steps = [*told, *steps] if news_first else [*steps, *told]
    if not all_steps:
        return document
    try:
        outcome = advance(instance.state, all_steps, now=now, ids=store.fresh_ids())
    except Refusal as refusal:
        raise await in_words_of_the_edge(session, document, refusal) from refusal
    await store.save(
        session,
        hospital_id=document.hospital_id,
        document_id=document.id,
        before=instance.state,
        outcome=outcome,
    )
    actor = all_steps[-1][0]
    happening = effects.Happening(
        document=document,
        scenario=await scenarios.of_document(session, document),
        outcome=outcome,
        actor_id=None if actor == SYSTEM else actor,
        now=now,
        before=instance.state,
    )
    await effects.apply(session, happening)
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


async def in_words_of_the_edge(
    session: WriteSession, document: Document, refusal: Refusal
) -> Refusal:
    """The engine's refusal with paths as inputs name their fields, and with the difference."""
    if refusal.code == "SNAPSHOT_STALE":
        refusal = await _with_difference(session, document, refusal)
    return Refusal.of(
        tuple(
            RefusalDetail(detail.code, _input_path(detail.path), detail.params)
            for detail in refusal.details
        )
    )


def _input_path(path: str) -> str:
    """``task_id`` -> ``taskId``; what follows the first dot are names of the form."""
    head, dot, rest = path.partition(".")
    first, *others = head.split("_")
    return first + "".join(word.capitalize() for word in others) + dot + rest


async def _with_difference(session: WriteSession, document: Document, refusal: Refusal) -> Refusal:
    """Say which fields changed between what was displayed and what the document is now."""
    detail = refusal.details[0]
    found = await session.execute(
        select(DocumentVersion.snapshot_hash, DocumentVersion.content).where(
            DocumentVersion.document_id == document.id,
            DocumentVersion.snapshot_hash.in_(
                [str(detail.params.get("seen", "")), document.snapshot_hash or ""]
            ),
        )
    )
    contents = {row.snapshot_hash: row.content for row in found}
    current = contents.pop(document.snapshot_hash or "", None)
    seen = next(iter(contents.values()), None)
    paths: list[str] = []
    if current is not None and seen is not None:
        paths = changed_fields(seen, current)[:_DIFFERENCES_MAX]
    scenario = await scenarios.of_document(session, document)
    params = {
        **detail.params,
        "paths": ", ".join(paths),
        "fields": ", ".join(labels_of(scenario, paths)) or "?",
    }
    return Refusal.of((RefusalDetail(detail.code, detail.path, params),))
