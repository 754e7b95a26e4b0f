"""My tasks, and deciding them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.approval.commands import Abstain, Approve, Command, Reject, SendBack
from mobile_hrp.domain.approval.terms import (
    REQUESTER_NODE,
    ResubmitPolicy,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.documents import DocumentPayload, TaskType
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.resolvers.documents import document_payload
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals.commands import apply_to_task

_DECIDE = needs(Permission.TASK_DECIDE)

strawberry.enum(ResubmitPolicy, name="ResubmitPolicy")


@strawberry.input(description="Something an approval must bring, by name.")
class EvidenceInput:
    name: str
    value: str


@strawberry.input(description="A verdict on what was displayed: name the snapshot you saw.")
class DecideTaskInput:
    idempotency_key: str
    task_id: strawberry.ID
    snapshot_hash: str
    verdict: Verdict
    comment: str = ""
    evidence: list[EvidenceInput] = strawberry.field(default_factory=list)
    send_back_to: str = REQUESTER_NODE
    resubmit: ResubmitPolicy = ResubmitPolicy.FROM_START


@strawberry.type
class ApprovalQuery:
    @field(_DECIDE, description="What waits for me (待办), newest first.")
    async def todo(self, info: Info, first: int, after: str | None = None) -> Connection[TaskType]:
        viewer = info.context.require_viewer()
        waiting = (
            select(ApprovalTask, ApprovalInstance.document_id)
            .join(
                ApprovalInstance,
                (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
                & (ApprovalInstance.id == ApprovalTask.instance_id),
            )
            .where(
                ApprovalTask.assignee_id == viewer.staff_id,
                ApprovalTask.status == TaskStatus.PENDING,
                ApprovalTask.kind != TaskKind.COPY,
            )
        )
        statement = newest_first(
            waiting, ApprovalTask.opened_at, ApprovalTask.id, first=first, after=after
        )
        async with info.context.reading() as session:
            rows = (await session.execute(statement)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.ApprovalTask.opened_at, row.ApprovalTask.id),
            node=lambda row: TaskType.of(row.ApprovalTask, row.document_id),
        )


@strawberry.type
class ApprovalMutation:
    @mutation(_DECIDE, description="Agree, refuse, abstain or send back.")
    async def decide_task(self, info: Info, input: DecideTaskInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await apply_to_task(
                session,
                task_id=decode_id("Task", input.task_id, path="taskId"),
                command=_command(input),
                actor_id=viewer.staff_id,
                now=now,
            )
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="decideTask",
            key=input.idempotency_key,
            body={
                "task": input.task_id,
                "snapshot": input.snapshot_hash,
                "verdict": input.verdict.value,
                "comment": input.comment,
                "evidence": [[one.name, one.value] for one in input.evidence],
                "to": [input.send_back_to, input.resubmit.value],
            },
            work=work,
        )
        return await document_payload(info, outcome)


def _command(input: DecideTaskInput) -> Command:
    task_id = decode_id("Task", input.task_id, path="taskId")
    seen = input.snapshot_hash
    match input.verdict:
        case Verdict.APPROVED:
            evidence = {one.name: one.value for one in input.evidence}
            return Approve(task_id, seen, input.comment, evidence)
        case Verdict.REJECTED:
            return Reject(task_id, seen, input.comment)
        case Verdict.ABSTAINED:
            return Abstain(task_id, seen, input.comment)
        case Verdict.SENT_BACK:
            return SendBack(task_id, seen, input.comment, input.send_back_to, input.resubmit)
