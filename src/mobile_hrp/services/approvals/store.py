"""Load and save approval instances: the locked row is the aggregate, its state the truth."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.projection import project
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.approvals import saving


@dataclass(frozen=True, slots=True)
class LockedInstance:
    """An instance nobody else can change until this transaction ends."""

    id: uuid.UUID
    document_id: uuid.UUID
    state: InstanceState


_PAPER_OF_TASK = (
    select(Document, ApprovalInstance.id, ApprovalInstance.state)
    .join(
        ApprovalInstance,
        (ApprovalInstance.hospital_id == Document.hospital_id)
        & (ApprovalInstance.document_id == Document.id),
    )
    .join(
        ApprovalTask,
        (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
        & (ApprovalTask.instance_id == ApprovalInstance.id),
    )
    .where(ApprovalTask.id == bindparam("task_id"))
    # in this order, for each row: PostgreSQL locks as the clause names the tables
    .with_for_update(of=(Document, ApprovalInstance))
    .execution_options(populate_existing=True)
)


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


async def lock_of_task(
    session: WriteSession, task_id: uuid.UUID
) -> tuple[Document, LockedInstance]:
    """The document a task belongs to and its approval, locked one after the other.

    Raises:
        Refusal: TASK_NOT_FOUND, the same answer as for a task of somebody else.
    """
    found = await session.execute(_PAPER_OF_TASK, {"task_id": task_id})
    row = found.one_or_none()
    if row is None:
        raise Refusal("TASK_NOT_FOUND", path="taskId")
    document, instance_id, state = row
    return document, LockedInstance(instance_id, document.id, InstanceState.from_json(state))


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
    if not await saving.write_rows(session, hospital_id, changes):
        # The row is locked, so this cannot happen unless somebody decided without the lock.
        raise RuntimeError("the approval instance moved under its lock")
