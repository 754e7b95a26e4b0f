"""Approve, reject, abstain, send back."""

from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.domain.approval.commands import Abstain, Approve, Reject, SendBack
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.ending import reject_instance
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_allowed,
    check_comment,
    check_snapshot,
    held_task,
    refuse_obstacle,
)
from mobile_hrp.domain.approval.nodes import reject_node
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.publicity import dismiss, objection_of
from mobile_hrp.domain.approval.seats import ascend, release_pool
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    OPEN_TASKS,
    REQUESTER_NODE,
    Action,
    CloseReason,
    InstanceStatus,
    NodeStatus,
    ResubmitPolicy,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.refusal import Refusal

_DECIDABLE = (TaskKind.DECIDE, TaskKind.OBJECTION)
EVIDENCE_LENGTH_MAX = 500


def approve(draft: Draft, command: Approve) -> None:
    task, node = _entitled(draft, command)
    if task.kind is TaskKind.OBJECTION:
        check_comment(command.comment, required=True)
        dismiss(draft, task)
        draft.decide_task(task, Verdict.APPROVED, comment=command.comment)
        return
    if task.role is SeatRole.DELEGATE:
        _give_opinion(draft, task, Verdict.APPROVED, command.comment)
        return
    _check_evidence(node, command)
    decided = draft.decide_task(
        task,
        Verdict.APPROVED,
        comment=command.comment,
        on_behalf_of=task.principal,
        evidence=command.evidence,
    )
    for child in draft.children(decided):
        if child.role is SeatRole.AFTER and child.status is TaskStatus.WAITING:
            draft.open_task(child)
    ascend(draft, decided)


def reject(draft: Draft, command: Reject) -> None:
    task, node = _entitled(draft, command)
    check_allowed(node, Action.REJECT)
    check_comment(command.comment, required=True)
    if task.kind is TaskKind.OBJECTION:
        objection = objection_of(draft, task)
        draft.decide_task(task, Verdict.REJECTED, comment=command.comment)
        draft.emit(
            EventKind.NODE_REJECTED,
            node_key=node.key,
            staff=(objection.raised_by,),
            data={"objection": str(objection.id)},
        )
        reject_instance(draft)
        return
    if task.role is SeatRole.DELEGATE:
        _give_opinion(draft, task, Verdict.REJECTED, command.comment)
        return
    draft.decide_task(task, Verdict.REJECTED, comment=command.comment, on_behalf_of=task.principal)
    if draft.nodes[node.key].mode is not SignMode.VOTE:
        reject_node(draft, node)


def abstain(draft: Draft, command: Abstain) -> None:
    task, node = _entitled(draft, command)
    check_allowed(node, Action.ABSTAIN)
    if task.kind is TaskKind.OBJECTION:
        raise Refusal(
            RefusalCode.NOT_ALLOWED_HERE, action=Action.ABSTAIN.value, node=node.name or node.key
        )
    if task.role is SeatRole.DELEGATE:
        _give_opinion(draft, task, Verdict.ABSTAINED, command.comment)
        return
    decided = draft.decide_task(
        task, Verdict.ABSTAINED, comment=command.comment, on_behalf_of=task.principal
    )
    draft.close_tasks(
        [child for child in draft.children(decided) if child.role is SeatRole.AFTER],
        CloseReason.PARENT_CLOSED,
    )
    if decided.claimed:
        release_pool(draft, node.key)
    ascend(draft, decided)


def _entitled(
    draft: Draft, command: Approve | Reject | Abstain | SendBack
) -> tuple[Task, PlanNode]:
    """The actor's pending task and its node, with every check a verdict has in common."""
    task = held_task(draft, command.task_id, _DECIDABLE)
    node = draft.node(task.node_key)
    check_comment(command.comment)
    check_snapshot(draft, command.snapshot_hash)
    for person in (task.assignee, task.principal):
        if person is not None:
            found = draft.obstacle(node, person)
            if found is not None:
                raise refuse_obstacle(found, path="task_id")
    return task, node


def _check_evidence(node: PlanNode, command: Approve) -> None:
    for rule in node.evidence:
        value = command.evidence.get(rule.name, "").strip()
        if not value:
            raise Refusal(
                RefusalCode.EVIDENCE_REQUIRED, path=f"evidence.{rule.name}", name=rule.name
            )
        if rule.expected is not None and value != rule.expected:
            raise Refusal(
                RefusalCode.EVIDENCE_MISMATCH, path=f"evidence.{rule.name}", name=rule.name
            )
    for name, value in command.evidence.items():
        if len(value) > EVIDENCE_LENGTH_MAX:
            raise Refusal(
                RefusalCode.COMMENT_TOO_LONG, path=f"evidence.{name}", limit=EVIDENCE_LENGTH_MAX
            )


def _give_opinion(draft: Draft, task: Task, verdict: Verdict, comment: str) -> None:
    """A delegate's verdict is an opinion: the delegator decides (委派, unlike 转交)."""
    decided = draft.decide_task(task, verdict, comment=comment, binding=False)
    parent = draft.tasks[task.parent] if task.parent else None
    draft.emit(
        EventKind.DELEGATE_RETURNED,
        node_key=task.node_key,
        task_id=task.parent,
        staff=(parent.assignee,) if parent else (),
        data={"verdict": verdict.value, "comment": comment},
    )
    ascend(draft, decided)


def send_back(draft: Draft, command: SendBack) -> None:
    task, node = _entitled(draft, command)
    check_allowed(node, Action.SEND_BACK)
    check_comment(command.comment, required=True)
    if draft.status is InstanceStatus.EFFECTIVE or task.role is SeatRole.DELEGATE:
        raise Refusal(
            RefusalCode.NOT_ALLOWED_HERE,
            action=Action.SEND_BACK.value,
            node=node.name or node.key,
        )
    to_requester = command.to_node == REQUESTER_NODE
    if not to_requester:
        _check_target_node(draft, node, command.to_node)
    draft.decide_task(task, Verdict.SENT_BACK, comment=command.comment, on_behalf_of=task.principal)
    draft.emit(
        EventKind.SENT_BACK,
        node_key=node.key,
        task_id=task.id,
        staff=(draft.requester,),
        data={
            "to": command.to_node,
            "resubmit": command.resubmit.value,
            "comment": command.comment,
        },
    )
    from_start = command.resubmit is ResubmitPolicy.FROM_START
    _reset(draft, command.to_node if not to_requester else None, from_start=from_start)
    if to_requester:
        return_to_requester(draft, from_start=from_start)


def _check_target_node(draft: Draft, node: PlanNode, target: str) -> None:
    """Only a node the paper has been through, at which somebody decides again."""
    planned = draft.plan.node_by_key.get(target)
    if (
        planned is None
        or not planned.decides
        or draft.nodes[target].status is not NodeStatus.DONE
        or not draft.plan.is_before(target, node.key)
    ):
        raise Refusal(RefusalCode.SEND_BACK_TARGET, path="to_node", node=target)


def _reset(draft: Draft, target: str | None, *, from_start: bool) -> None:
    """Reset what must run again.

    That is always the target and what is active or rejected; from the start, also all that the
    target precedes (everything, when the target is the requester).
    """
    for node in draft.plan.nodes:
        after = target is None or draft.plan.is_before(target, node.key)
        interrupted = draft.nodes[node.key].status in (NodeStatus.ACTIVE, NodeStatus.REJECTED)
        if interrupted or node.key == target or (from_start and after):
            draft.reset_node(node.key)


def return_to_requester(draft: Draft, *, from_start: bool) -> None:
    draft.status = InstanceStatus.RETURNED
    draft.resubmit_from_start = from_start
    draft.close_tasks(
        [
            task
            for task in sorted(draft.tasks.values(), key=lambda task: task.seq)
            if task.status in OPEN_TASKS
        ],
        CloseReason.RESET,
    )
    draft.open_task(draft.add_task(REQUESTER_NODE, draft.requester, kind=TaskKind.RESUBMIT))
