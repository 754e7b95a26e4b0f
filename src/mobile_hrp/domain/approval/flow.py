"""Nodes, branches and stages: what is open, what is over, what comes next.

``settle`` runs after every command until nothing changes any more. The rule of progress is one
sentence: the first stage that is not complete is the one that runs. A send-back therefore only
resets nodes; going straight back to the returner means that the nodes between were not reset.
"""

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.ending import reject_instance, stop_everything
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.liveness import find_alarms
from mobile_hrp.domain.approval.nodes import activate, evaluate, summon_administrators, supersede
from mobile_hrp.domain.approval.plan import Branch, Stage
from mobile_hrp.domain.approval.seating import reseat
from mobile_hrp.domain.approval.separation import counted_decisions, is_interested
from mobile_hrp.domain.approval.terms import (
    FINISHED_NODES,
    OPEN_TASKS,
    CloseReason,
    InstanceStatus,
    Join,
    NodeKind,
    NodeStatus,
    TaskKind,
    Verdict,
)

_SETTLE_ROUNDS_MAX = 200
_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE)


def settle(draft: Draft) -> None:
    """Let the consequences of a command happen: re-seat, finish nodes, open the next, alarm."""
    for _ in range(_SETTLE_ROUNDS_MAX):
        before = draft.seq
        if draft.status in _LIVE:
            _check_holders(draft)
            for node in draft.active_nodes():
                if draft.status in _LIVE:
                    evaluate(draft, node)
        if draft.status in _LIVE:
            _advance(draft)
        if draft.seq == before:
            break
    else:
        raise RuntimeError("the flow does not come to rest")
    _refresh_alarms(draft)


def _check_holders(draft: Draft) -> None:
    if draft.holders_checked:
        return
    draft.holders_checked = True
    for node in draft.active_nodes():
        for task_id in draft.nodes[node.key].task_ids:
            task = draft.tasks[task_id]
            if task.status not in OPEN_TASKS:
                continue
            if task.kind is TaskKind.DECIDE:
                reseat(draft, node, task)
            elif task.kind is TaskKind.CONSULT and task.assignee in draft.inactive:
                draft.close_task(task, CloseReason.HOLDER_LEFT)


def _failed(draft: Draft, branch: Branch) -> bool:
    return any(draft.nodes[node.key].status is NodeStatus.REJECTED for node in branch.nodes)


def _has_won(draft: Draft, branch: Branch) -> bool:
    """Whether a complete branch may end the others: people decided in it, and none was cut off."""
    statuses = [draft.nodes[node.key].status for node in branch.nodes]
    return NodeStatus.SUPERSEDED not in statuses and any(
        node.decides and status is NodeStatus.DONE
        for node, status in zip(branch.nodes, statuses, strict=True)
    )


def _is_required(draft: Draft, stage: Stage) -> bool:
    """Whether administrators are asked here because nobody has agreed anywhere."""
    return any(
        draft.nodes[node.key].status is NodeStatus.ACTIVE and draft.nodes[node.key].required
        for branch in stage.branches
        for node in branch.nodes
    )


def _run_branch(draft: Draft, branch: Branch) -> bool:
    """Bring a branch forward; true when it is complete."""
    for node in branch.nodes:
        if draft.nodes[node.key].status is NodeStatus.WAITING:
            activate(draft, node)
        if draft.nodes[node.key].status not in FINISHED_NODES:
            return False
    return True


def _run_stage(draft: Draft, stage: Stage) -> bool:
    """Bring a stage forward; true when its join is satisfied."""
    if len(stage.branches) == 1:
        return _run_branch(draft, stage.branches[0])
    complete = [
        not _failed(draft, branch) and _run_branch(draft, branch) for branch in stage.branches
    ]
    if draft.status not in _LIVE:
        return False
    if stage.join is Join.ALL:
        return all(complete)
    won = [
        done and _has_won(draft, branch)
        for done, branch in zip(complete, stage.branches, strict=True)
    ]
    if not any(won) or _is_required(draft, stage):
        failed = [_failed(draft, branch) for branch in stage.branches]
        over = all(one or other for one, other in zip(complete, failed, strict=True))
        if over and any(failed):
            reject_instance(draft)
        return over and not any(failed)
    for winner, branch in zip(won, stage.branches, strict=True):
        if winner:
            continue
        for node in branch.nodes:
            if draft.nodes[node.key].status in (NodeStatus.ACTIVE, NodeStatus.WAITING):
                supersede(draft, node)
                draft.explain(node.key, ExplanationCode.BRANCH_LOST)
    return True


def _advance(draft: Draft) -> None:
    if draft.review_failed:
        stop_everything(draft, CloseReason.SUPERSEDED)
        _close_review(draft)
        return
    for stage in draft.plan.stages:
        takes_effect = draft.status is InstanceStatus.RUNNING and _is_review(stage)
        if takes_effect and not _approve(draft, InstanceStatus.EFFECTIVE):
            return
        if not _run_stage(draft, stage) or draft.status not in _LIVE:
            return
    if draft.status is InstanceStatus.EFFECTIVE:
        _close_review(draft)
    else:
        _approve(draft, InstanceStatus.APPROVED)


def _close_review(draft: Draft) -> None:
    draft.status = InstanceStatus.APPROVED
    draft.closed_at = draft.now
    draft.emit(EventKind.REVIEW_CLOSED, data={"failed": int(draft.review_failed)})


def _is_review(stage: Stage) -> bool:
    nodes = [node for branch in stage.branches for node in branch.nodes]
    return nodes[0].kind is NodeKind.POST_REVIEW and any(node.skip is None for node in nodes)


def _approve(draft: Draft, status: InstanceStatus) -> bool:
    """Approve the instance, unless no person has agreed: then administrators must."""
    if not _has_human_decision(draft):
        _require_human_decision(draft)
        return False
    draft.status = status
    draft.in_force = None
    if status is InstanceStatus.APPROVED:
        draft.closed_at = draft.now
    draft.emit(
        EventKind.APPROVED, staff=(draft.requester,), data={"snapshot_hash": draft.snapshot_hash}
    )
    return True


def _has_human_decision(draft: Draft) -> bool:
    return any(
        decision.verdict is Verdict.APPROVED
        and not decision.automatic
        and not is_interested(draft, decision.actor)
        for decision in counted_decisions(draft)
    )


def _require_human_decision(draft: Draft) -> None:
    """Every policy said "skip": no paper is approved by nobody, so its last node asks again."""
    node = [
        node for node in draft.plan.nodes if node.decides and node.kind is not NodeKind.POST_REVIEW
    ][-1]
    state = draft.nodes[node.key]
    draft.set_node(
        node.key,
        status=NodeStatus.ACTIVE,
        run=state.run + 1,
        since=draft.seq,
        task_ids=(),
        seats=(),
        required=True,
        opened_at=draft.now,
        closed_at=None,
    )
    draft.emit(EventKind.NODE_OPENED, node_key=node.key, data={"kind": node.kind.value})
    if not summon_administrators(draft, node, ExplanationCode.NO_HUMAN_DECISION):
        draft.set_node(node.key, blocked=True)
        draft.explain(node.key, ExplanationCode.EMPTY_BLOCKED)


def _refresh_alarms(draft: Draft) -> None:
    now = find_alarms(draft, conflict_of=draft.conflict)
    if now == draft.alarms:
        return
    for alarm in now:
        if alarm not in draft.alarms:
            draft.emit(
                EventKind.ALARM_RAISED,
                node_key=alarm.node_key,
                task_id=alarm.task_id,
                staff=draft.plan.administrators,
                data={"alarm": alarm.kind.value},
            )
    for alarm in draft.alarms:
        if alarm not in now:
            draft.emit(
                EventKind.ALARM_CLEARED,
                node_key=alarm.node_key,
                task_id=alarm.task_id,
                data={"alarm": alarm.kind.value},
            )
    draft.alarms = now
