"""Load and save approval instances: the locked row is the aggregate, its state the truth."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.projection import Row, RowChanges, project
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import (
    ApprovalDecision,
    ApprovalEntry,
    ApprovalInstance,
    ApprovalNode,
    ApprovalTask,
)
from mobile_hrp.models.base import Base
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class LockedInstance:
    """An instance nobody else can change until this transaction ends."""

    id: uuid.UUID
    document_id: uuid.UUID
    state: InstanceState


def fresh_ids() -> Iterator[uuid.UUID]:
    while True:
        yield new_id()


async def lock_by_document(session: WriteSession, document_id: uuid.UUID) -> LockedInstance:
    """The approval of a document. Raises Refusal NOT_FOUND when it has none."""
    instance = await find_by_document(session, document_id)
    if instance is None:
        raise Refusal("NOT_FOUND", path="documentId")
    return instance


async def find_by_document(session: WriteSession, document_id: uuid.UUID) -> LockedInstance | None:
    """As ``lock_by_document``, but None for a document that was never submitted."""
    found = await session.execute(
        select(ApprovalInstance)
        .where(ApprovalInstance.document_id == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = found.scalar_one_or_none()
    return _locked(row) if row else None


async def document_of_task(session: WriteSession, task_id: uuid.UUID) -> uuid.UUID:
    """Which document a task belongs to; nothing is locked yet.

    Raises:
        Refusal: TASK_NOT_FOUND, the same answer as for a task of somebody else.
    """
    found = await session.execute(
        select(ApprovalInstance.document_id)
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .where(ApprovalTask.id == task_id)
    )
    document_id = found.scalar_one_or_none()
    if document_id is None:
        raise Refusal("TASK_NOT_FOUND", path="taskId")
    return document_id


def _locked(row: ApprovalInstance) -> LockedInstance:
    return LockedInstance(row.id, row.document_id, InstanceState.from_json(row.state))


async def save(
    session: WriteSession,
    *,
    hospital_id: int,
    document_id: uuid.UUID,
    before: InstanceState | None,
    outcome: Outcome,
) -> None:
    """Write what the engine decided: the state, its projection, decisions and timeline."""
    changes = project(
        before, outcome.state, outcome.events, document_id=document_id, ids=fresh_ids()
    )
    await _write_instance(session, hospital_id, changes)
    await _insert(session, hospital_id, ApprovalNode, changes.node_inserts)
    await _update(session, hospital_id, ApprovalNode, changes.node_updates)
    await _insert(session, hospital_id, ApprovalTask, changes.task_inserts)
    await _update(session, hospital_id, ApprovalTask, changes.task_updates)
    await _insert(session, hospital_id, ApprovalDecision, changes.decision_inserts)
    await _insert(session, hospital_id, ApprovalEntry, changes.entry_inserts)


async def _write_instance(session: WriteSession, hospital_id: int, changes: RowChanges) -> None:
    if changes.is_new:
        await _insert(session, hospital_id, ApprovalInstance, (changes.instance,))
        return
    written = await session.execute(
        update(ApprovalInstance)
        .where(
            ApprovalInstance.hospital_id == hospital_id,
            ApprovalInstance.id == changes.instance["id"],
            ApprovalInstance.version == changes.expected_version,
        )
        .values(changes.instance)
        .returning(ApprovalInstance.id)
        .execution_options(synchronize_session=False)
    )
    # The row is locked, so this cannot happen unless somebody decided without the lock.
    if written.scalar_one_or_none() is None:
        raise RuntimeError("the approval instance moved under its lock")


async def _insert(
    session: WriteSession, hospital_id: int, table: type[Base], rows: tuple[Row, ...]
) -> None:
    if rows:
        await session.execute(insert(table), [{"hospital_id": hospital_id, **row} for row in rows])


async def _update(
    session: WriteSession, hospital_id: int, table: type[Base], rows: tuple[Row, ...]
) -> None:
    if rows:
        await session.execute(update(table), [{"hospital_id": hospital_id, **row} for row in rows])
