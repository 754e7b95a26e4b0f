"""A task's document is locked before its approval, by the one statement that reads both."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from tests.concurrency.papers import HOSPITAL_ID, Office, WaitingPaper

from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.terms import SignMode
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalEntry, ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.approvals import store

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def _paper(office: Office) -> tuple[WaitingPaper, uuid.UUID]:
    paper = await office.paper(SignMode.ANY, office.colleagues[:2])
    return paper, next(iter(paper.tasks.values()))


async def _lock(office: Office, task_id: uuid.UUID) -> tuple[str, int]:
    """The document's title and the approval's version as they are read under their locks."""
    async with office.database.transaction(HOSPITAL_ID) as session:
        document, instance = await store.lock_of_task(session, task_id)
        return document.title, instance.state.version


async def _somebody_waits(owner: Database) -> bool:
    async with owner.reading(HOSPITAL_ID) as session:
        return bool(await session.scalar(_WAITING))


async def test_who_waits_for_the_document_does_not_hold_the_approval(
    office: Office, owner_database: Database
) -> None:
    paper, task_id = await _paper(office)
    async with office.database.transaction(HOSPITAL_ID) as first:
        document = await first.scalar(
            select(Document).where(Document.id == paper.document_id).with_for_update()
        )
        assert document is not None
        waiting = asyncio.create_task(_lock(office, task_id))
        await until(lambda: _somebody_waits(owner_database), "somebody to wait for the document")
        instance = await first.scalar(
            select(ApprovalInstance)
            .where(ApprovalInstance.document_id == paper.document_id)
            .with_for_update(nowait=True)
        )
        assert instance is not None
        document.title = "改过的标题"
        instance.state = {**instance.state, "seq": instance.version + 1}
        instance.version += 1
        version = instance.version
    assert await waiting == ("改过的标题", version), "read before the lock was had"


async def test_a_task_that_is_not_there_is_refused(office: Office) -> None:
    await _paper(office)
    with pytest.raises(Refusal) as refused:
        await _lock(office, uuid.uuid4())
    assert refused.value.code == "TASK_NOT_FOUND"


async def test_what_was_decided_on_another_version_is_not_written(office: Office) -> None:
    paper, task_id = await _paper(office)
    async with office.database.transaction(HOSPITAL_ID) as session:
        _, instance = await store.lock_of_task(session, task_id)
        before = replace(instance.state, seq=instance.state.seq - 1)
        with pytest.raises(RuntimeError, match="moved under its lock"):
            await store.save(
                session,
                hospital_id=HOSPITAL_ID,
                document_id=paper.document_id,
                before=before,
                outcome=Outcome(instance.state, ()),
            )
        await session.rollback()
    async with office.database.reading(HOSPITAL_ID) as session:
        entries = (await session.scalars(select(ApprovalEntry.seq))).all()
    assert len(entries) == len(set(entries)) > 0
