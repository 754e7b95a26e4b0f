"""Apply one command to one approval: lock, catch up, decide, save, carry out what follows."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from mobile_hrp.services.scenarios import LoadedScenario

_DIFFERENCES_MAX = 20

Step = tuple[uuid.UUID, Command]
"""Who gives a command, and the command."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a command led to: the document, its approval as it now is, and its scenario."""

    document: Document
    state: InstanceState
    loaded: LoadedScenario


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
    document, instance = await _lock(session, document_id)
    steps = [*await _news(session, document, instance, now), _step(command, actor_id)]
    return (await _carry_out(session, document, instance, steps, now)).document


async def apply_to_task(
    session: WriteSession,
    *,
    task_id: uuid.UUID,
    command: Command,
    actor_id: uuid.UUID,
    now: datetime,
) -> Applied:
    """As ``apply_command``, for a command that names a task.

    Raises:
        Refusal: TASK_NOT_FOUND also for a task of somebody else.
    """
    document, instance = await store.lock_of_task(session, task_id)
    steps = [*await _news(session, document, instance, now), _step(command, actor_id)]
    return await _carry_out(session, document, instance, steps, now)


async def catch_up(session: WriteSession, *, document_id: uuid.UUID, now: datetime) -> Document:
    """Tell an approval what it has not been told yet (see ``catching_up``); maybe nothing."""
    return await apply_by_system(session, document_id=document_id, commands=(), now=now)


async def apply_by_system(
    session: WriteSession, *, document_id: uuid.UUID, commands: Sequence[Command], now: datetime
) -> Document:
    """Commands of the system in one transition, ahead of what the approval was not told yet."""
    document, instance = await _lock(session, document_id)
    steps = [(SYSTEM, command) for command in commands]
    steps += await _news(session, document, instance, now)
    if steps:
        await _carry_out(session, document, instance, steps, now)
    return document


async def _lock(
    session: WriteSession, document_id: uuid.UUID
) -> tuple[Document, store.LockedInstance]:
    document = await lock_document(session, document_id)
    return document, await store.lock_by_document(session, document_id)


def _step(command: Command, actor_id: uuid.UUID) -> Step:
    return (SYSTEM if type(command) in SYSTEM_COMMANDS else actor_id, command)


async def _news(
    session: WriteSession, document: Document, instance: store.LockedInstance, now: datetime
) -> list[Step]:
    """What the approval has not been told yet."""
    news = await catching_up.news_for(
        session, hospital_id=document.hospital_id, state=instance.state, now=now
    )
    return [(SYSTEM, command) for command in news]


async def _carry_out(
    session: WriteSession,
    document: Document,
    instance: store.LockedInstance,
    steps: Sequence[Step],
    now: datetime,
) -> Applied:
    try:
        outcome = advance(instance.state, steps, now=now, ids=store.fresh_ids())
    except Refusal as refusal:
        raise await in_words_of_the_edge(session, document, refusal) from refusal
    await store.save(
        session,
        hospital_id=document.hospital_id,
        document_id=document.id,
        before=instance.state,
        outcome=outcome,
    )
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    actor = steps[-1][0]
    happening = effects.Happening(
        document=document,
        scenario=loaded.scenario,
        outcome=outcome,
        actor_id=None if actor == SYSTEM else actor,
        now=now,
        before=instance.state,
    )
    await effects.apply(session, happening)
    return Applied(document, outcome.state, loaded)


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
