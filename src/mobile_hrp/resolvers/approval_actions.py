"""Acting on an approval: one mutation for each thing a person can do."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import strawberry

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.terms import AddPosition, ResubmitPolicy, Verdict
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, Work, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.types.documents import DocumentPayload
from mobile_hrp.resolvers import approval_inputs as i
from mobile_hrp.resolvers.documents import document_payload
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import decision_proofs
from mobile_hrp.services.approvals import acting
from mobile_hrp.services.decision_proofs import ProofRefused
from mobile_hrp.services.request_closing import close_request

_DECIDE = needs(Permission.TASK_DECIDE)
_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)


class _OnTask(Protocol):
    idempotency_key: str
    task_id: strawberry.ID


class _OnDocument(Protocol):
    idempotency_key: str
    document_id: strawberry.ID


@strawberry.type
class TaskActionMutation:
    @mutation(_DECIDE, description="Agree, refuse, abstain or send back.")
    async def decide_task(self, info: Info, input: i.DecideTaskInput) -> DocumentPayload:
        return await _on_task(info, "decideTask", input, lambda: verdict_of(input))

    @mutation(_DECIDE, description="Take a task of the pool (领取).")
    async def claim_task(self, info: Info, input: i.TaskInput) -> DocumentPayload:
        return await _on_task(info, "claimTask", input, lambda: c.Claim(_task(input)))

    @mutation(_DECIDE, description="Give a claimed task back to the pool (释放).")
    async def release_task(self, info: Info, input: i.TaskInput) -> DocumentPayload:
        return await _on_task(info, "releaseTask", input, lambda: c.Release(_task(input)))

    @mutation(_DECIDE, description="Hand a task on for good (转交).")
    async def transfer_task(self, info: Info, input: i.PassOnInput) -> DocumentPayload:
        return await _on_task(
            info, "transferTask", input, lambda: c.Transfer(_task(input), _to(input), input.comment)
        )

    @mutation(_DECIDE, description="Ask a colleague to look at it; it comes back to me (委派).")
    async def delegate_task(self, info: Info, input: i.PassOnInput) -> DocumentPayload:
        return await _on_task(
            info, "delegateTask", input, lambda: c.Delegate(_task(input), _to(input), input.comment)
        )

    @mutation(_DECIDE, description="Take back what I delegated or my proxy holds (拿回).")
    async def take_back_task(self, info: Info, input: i.TaskInput) -> DocumentPayload:
        return await _on_task(info, "takeBackTask", input, lambda: c.TakeBack(_task(input)))

    @mutation(_DECIDE, description="One more approver before, after or beside me (加签).")
    async def add_approver(self, info: Info, input: i.AddApproverInput) -> DocumentPayload:
        return await _on_task(
            info,
            "addApprover",
            input,
            lambda: c.AddApprover(
                _task(input),
                decode_id("Staff", input.staff_id, path="staffId"),
                AddPosition(input.position),
                input.comment,
            ),
        )

    @mutation(_DECIDE, description="Remove an approver I added (减签).")
    async def remove_approver(self, info: Info, input: i.TaskCommentInput) -> DocumentPayload:
        return await _on_task(
            info, "removeApprover", input, lambda: c.RemoveApprover(_task(input), input.comment)
        )

    @mutation(_DECIDE, description="Remind whoever has my document (催办).")
    async def remind_task(self, info: Info, input: i.TaskInput) -> DocumentPayload:
        return await _on_task(info, "remindTask", input, lambda: c.Remind(_task(input)))

    @mutation(_DECIDE, description="Ask for advice (征求意见); the step does not wait.")
    async def consult(self, info: Info, input: i.ConsultInput) -> DocumentPayload:
        return await _on_task(
            info, "consult", input, lambda: c.Consult(_task(input), _to(input), input.text)
        )

    @mutation(_DECIDE, description="Give the advice I was asked for.")
    async def answer_consult(self, info: Info, input: i.AnswerConsultInput) -> DocumentPayload:
        return await _on_task(
            info, "answerConsult", input, lambda: c.AnswerConsult(_task(input), input.text)
        )

    @mutation(_DECIDE, description="I have seen this copy.")
    async def mark_task_read(self, info: Info, input: i.TaskInput) -> DocumentPayload:
        return await _on_task(info, "markTaskRead", input, lambda: c.MarkRead(_task(input)))


@strawberry.type
class DocumentActionMutation:
    @mutation(_DECIDE, description="Take my document back (撤回).")
    async def withdraw_document(self, info: Info, input: i.DocumentCommentInput) -> DocumentPayload:
        return await _on_document(
            info, "withdrawDocument", input, lambda: c.Withdraw(input.comment)
        )

    @mutation(_DECIDE, description="Void an approved document (作废).")
    async def void_document(self, info: Info, input: i.DocumentCommentInput) -> DocumentPayload:
        return await _on_document(info, "voidDocument", input, lambda: c.Void(input.comment))

    @mutation(_DECIDE, description="Say something about a document I have a part in.")
    async def comment_document(self, info: Info, input: i.CommentInput) -> DocumentPayload:
        return await _on_document(
            info,
            "commentDocument",
            input,
            lambda: c.Comment(input.text, _staff(input.mentions, "mentions")),
        )

    @mutation(_DECIDE, description="Send copies to colleagues (抄送).")
    async def copy_document(self, info: Info, input: i.CopyInput) -> DocumentPayload:
        return await _on_document(
            info, "copyDocument", input, lambda: c.CarbonCopy(_staff(input.to, "to"), input.comment)
        )

    @mutation(_DECIDE, description="Object while the window is open (公示异议).")
    async def raise_objection(self, info: Info, input: i.ObjectInput) -> DocumentPayload:
        return await _on_document(
            info, "raiseObjection", input, lambda: c.Object(input.node_key, input.text)
        )

    @mutation(_DECIDE, description="As an administrator of the flow: get a stuck step going.")
    async def assign_task(self, info: Info, input: i.AssignInput) -> DocumentPayload:
        return await _on_document(
            info,
            "assignTask",
            input,
            lambda: c.Assign(
                input.node_key,
                _staff(input.staff_ids, "staffIds"),
                input.comment,
                decode_optional_id("Task", input.task_id, path="taskId"),
            ),
        )

    @mutation(_DECIDE, description="As an administrator of the flow: keep people out (回避).")
    async def recuse_staff(self, info: Info, input: i.RecuseInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await acting.recuse(
                session,
                viewer=viewer,
                document_id=_document(input),
                staff_ids=_staff(input.staff_ids, "staffIds"),
                comment=input.comment,
                now=now,
            )
            return {"document_id": str(document.id)}

        return await run(info, "recuseStaff", input, work)

    @mutation(_SUBMIT, description="Close an approved request; its budget is free again (关闭).")
    async def close_request(self, info: Info, input: i.DocumentCommentInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await close_request(
                session,
                viewer=viewer,
                document_id=_document(input),
                comment=input.comment,
                now=now,
            )
            return {"document_id": str(document.id)}

        return await run(info, "closeRequest", input, work)


def verdict_of(input: i.DecideTaskInput | i.BatchItemInput) -> acting.Deciding:
    """The command behind a verdict."""
    task_id, seen = _task(input), input.snapshot_hash
    match Verdict(input.verdict):
        case Verdict.APPROVED:
            evidence = {one.name: one.value for one in input.evidence}
            return c.Approve(task_id, seen, input.comment, evidence)
        case Verdict.REJECTED:
            return c.Reject(task_id, seen, input.comment)
        case Verdict.ABSTAINED:
            return c.Abstain(task_id, seen, input.comment)
        case Verdict.SENT_BACK:
            if isinstance(input, i.BatchItemInput):
                return c.SendBack(task_id, seen, input.comment)
            return c.SendBack(
                task_id, seen, input.comment, input.send_back_to, ResubmitPolicy(input.resubmit)
            )


async def _on_task(
    info: Info, operation: str, given: _OnTask, command: Callable[[], acting.OnTask]
) -> DocumentPayload:
    outcome = await act(info, operation, given.idempotency_key, i.body_of(given), command)
    return await document_payload(info, outcome)


async def act(
    info: Info,
    operation: str,
    key: str,
    body: Mapping[str, Any],
    command: Callable[[], acting.OnTask],
) -> Outcome:
    """Carry out one command on a task; a proof of identity that did not hold is kept in mind."""
    refused: list[ProofRefused] = []

    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        try:
            document = await acting.act_on_task(session, viewer=viewer, command=command(), now=now)
        except ProofRefused as refusal:
            refused.append(refusal)
            raise
        return {"document_id": str(document.id)}

    outcome = await perform(info, operation=operation, key=key, body=body, work=work)
    if refused and outcome.errors:  # what the refusal rolled back is gone, this is not
        async with info.context.writing() as session:
            await decision_proofs.note_refused(
                session,
                viewer=info.context.require_viewer(),
                refusal=refused[-1],
                now=info.context.now(),
            )
    return outcome


async def _on_document(
    info: Info, operation: str, given: _OnDocument, command: Callable[[], acting.OnDocument]
) -> DocumentPayload:
    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        document = await acting.act_on_document(
            session, viewer=viewer, document_id=_document(given), command=command(), now=now
        )
        return {"document_id": str(document.id)}

    return await run(info, operation, given, work)


async def run(info: Info, operation: str, given: Any, work: Work) -> DocumentPayload:
    """Carry out what leads to a document, and answer with it as it then is."""
    outcome = await perform(
        info, operation=operation, key=given.idempotency_key, body=i.body_of(given), work=work
    )
    return await document_payload(info, outcome)


def _task(given: Any) -> uuid.UUID:
    return decode_id("Task", given.task_id, path="taskId")


def _document(given: Any) -> uuid.UUID:
    return decode_id("Document", given.document_id, path="documentId")


def _to(given: i.PassOnInput | i.ConsultInput) -> uuid.UUID:
    return decode_id("Staff", given.to, path="to")


def _staff(given: list[strawberry.ID], path: str) -> tuple[uuid.UUID, ...]:
    return tuple(
        decode_id("Staff", one, path=f"{path}.{number}") for number, one in enumerate(given)
    )
