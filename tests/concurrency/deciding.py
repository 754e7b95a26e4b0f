"""One verdict in a transaction of its own, with the instance locked or, planted, only the task."""

import uuid
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from tests.concurrency.papers import HOSPITAL_ID, NOW, Office

from mobile_hrp.domain.approval import InstanceState, decide
from mobile_hrp.domain.approval.commands import Approve, Reject
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals import acting, store

ACCEPTED = "ACCEPTED"
BUSY = "BUSY"
"""The lock was not free within two seconds: the phone is told to try again."""
LOST = "LOST"
"""Neither accepted nor refused: the decision broke on what somebody else wrote meanwhile."""

_BUSY = frozenset({"55P03", "57014"})  # lock_not_available, query_canceled
_ATTEMPTS = 10


class Lock(StrEnum):
    INSTANCE = "instance"
    TASK = "task"
    """The planted fault: whoever decides locks their own task and believes that is enough."""


async def give_verdict(
    office: Office, who: uuid.UUID, command: Approve | Reject, lock: Lock
) -> str:
    """ACCEPTED, the code of a refusal, or LOST; a phone that is told BUSY tries again."""
    answer = BUSY
    for _ in range(_ATTEMPTS):
        answer = await _once(office, who, command, lock)
        if answer != BUSY:
            break
    return answer


async def _once(office: Office, who: uuid.UUID, command: Approve | Reject, lock: Lock) -> str:
    try:
        async with office.database.transaction(HOSPITAL_ID, staff_id=who) as session:
            if lock is Lock.INSTANCE:
                viewer = office.viewer(who)
                await acting.act_on_task(session, viewer=viewer, command=command, now=NOW)
            else:
                await _under_task_lock(session, who, command)
    except Refusal as refusal:
        return refusal.code
    except DBAPIError as problem:
        state = getattr(problem.orig, "sqlstate", None)
        return BUSY if state in _BUSY else LOST
    except RuntimeError:
        return LOST
    return ACCEPTED


async def _under_task_lock(
    session: WriteSession, who: uuid.UUID, command: Approve | Reject
) -> None:
    await session.execute(
        select(ApprovalTask.id).where(ApprovalTask.id == command.task_id).with_for_update()
    )
    row = await session.execute(
        select(ApprovalInstance.document_id, ApprovalInstance.state)
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .where(ApprovalTask.id == command.task_id)
    )
    document_id, stored = row.one()
    before = InstanceState.from_json(stored)
    outcome = decide(before, command, actor=who, now=NOW, ids=store.fresh_ids())
    await store.save(
        session,
        hospital_id=HOSPITAL_ID,
        document_id=document_id,
        before=before,
        outcome=outcome,
    )
