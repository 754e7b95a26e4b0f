"""Nodes, branches and stages: what is open, what is over, what comes next.

``settle`` runs after every command until nothing changes any more. The rule of progress is one
sentence: the first stage that is not complete is the one that runs. A send-back therefore only
resets nodes; going straight back to the returner means that the nodes between were not reset.
"""

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.liveness import find_alarms
from mobile_hrp.domain.approval.plan import Branch, PlanNode, Stage
from mobile_hrp.domain.approval.publicity import is_over, open_window, seat_objections
from mobile_hrp.domain.approval.seating import (
    choose_seats,
    is_complete,
    main_tasks,
    open_turns,
    reseat,
    seat_people,
)
from mobile_hrp.domain.approval.separation import counted_decisions, is_interested
from mobile_hrp.domain.approval.state import NodeState, Task
from mobile_hrp.domain.approval.terms import (
    FINISHED_NODES,
    OPEN_TASKS,
    CloseReason,
    EmptyPolicy,
    InstanceStatus,
    Join,
    NodeKind,
    NodeStatus,
    SignMode,
    TaskKind,
    TaskStatus,
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


# ---- one node


def activate(draft: Draft, node: PlanNode) -> None:
    """The paper reaches a node: seat its people, or say why nobody is needed."""
    state = draft.nodes[node.key]
    if node.skip is not None:
        draft.set_node(
            node.key, status=NodeStatus.SKIPPED, explanations=(node.skip,), closed_at=draft.now
        )
        draft.emit(EventKind.NODE_SKIPPED, node_key=node.key, explanation=node.skip)
        return
    draft.set_node(
        node.key,
        status=NodeStatus.ACTIVE,
        run=state.run + 1,
        task_ids=(),
        seats=(),
        blocked=False,
        required=False,
        explanations=node.reasons,
        opened_at=draft.now,
        closed_at=None,
    )
    draft.emit(
        EventKind.NODE_OPENED,
        node_key=node.key,
        data={"kind": node.kind.value, "mode": node.mode.value},
    )
    if node.is_publicity:
        open_window(draft, node)
    elif node.mode is SignMode.NOTIFY:
        _notify(draft, node)
    else:
        seats = choose_seats(draft, node)
        if seats:
            seat_people(draft, node, seats, node.mode)
        else:
            _nobody(draft, node)
    evaluate(draft, node)


def _notify(draft: Draft, node: PlanNode) -> None:
    people = [one.staff_id for one in node.candidates if one.staff_id not in draft.inactive]
    for person in people:
        draft.add_task(
            node.key, person, kind=TaskKind.COPY, status=TaskStatus.UNREAD, opened_at=draft.now
        )
    draft.emit(EventKind.COPIED, node_key=node.key, staff=tuple(people))
    draft.finish_node(node.key, NodeStatus.DONE, EventKind.NODE_DONE, CloseReason.NODE_DONE)


def evaluate(draft: Draft, node: PlanNode) -> None:
    """Finish an active node whose mode is satisfied, or whose seats are all over in vain."""
    state = draft.nodes[node.key]
    if state.status is not NodeStatus.ACTIVE:
        return
    if node.is_publicity:
        seat_objections(draft, node)
        if is_over(draft, node):
            draft.explain(node.key, ExplanationCode.WINDOW_PASSED)
            _finish(draft, node)
        return
    mains = main_tasks(draft, node.key)
    if state.mode is SignMode.VOTE:
        _count_votes(draft, node, mains)
        return
    approved, open_ = _tally(draft, mains)
    if state.mode in (SignMode.ANY, SignMode.CLAIM):
        done, over = approved > 0, open_ == 0
    else:
        done, over = approved > 0 and open_ == 0, open_ == 0
    if done:
        _finish(draft, node)
    elif over and not state.blocked:
        _nobody(draft, node)
    elif state.mode is SignMode.SEQUENTIAL:
        open_turns(draft, node)


def _tally(draft: Draft, mains: list[Task]) -> tuple[int, int]:
    """How many seats are over and agreed, and how many are still open."""
    approved = open_ = 0
    for task in mains:
        if not is_complete(draft, task):
            open_ += 1
        elif task.verdict is Verdict.APPROVED:
            approved += 1
    return approved, open_


def _count_votes(draft: Draft, node: PlanNode, mains: list[Task]) -> None:
    """Pass as soon as quorum and majority are reached, fail as soon as they no longer can be."""
    total = sum(task.weight for task in mains)
    cast = sum(task.weight for task in mains if task.status is TaskStatus.DECIDED)
    approving = sum(task.weight for task in mains if task.verdict is Verdict.APPROVED)
    if total == 0:
        if not draft.nodes[node.key].blocked:
            _nobody(draft, node)
    elif node.vote.enough(approving, total) and node.vote.quorate(cast, total):
        _finish(draft, node)
    elif not node.vote.enough(approving + total - cast, total):
        reject_node(draft, node)


def _finish(draft: Draft, node: PlanNode) -> None:
    draft.finish_node(node.key, NodeStatus.DONE, EventKind.NODE_DONE, CloseReason.NODE_DONE)


def _nobody(draft: Draft, node: PlanNode) -> None:
    """No seat of the node is left: the empty policy."""
    if node.empty is EmptyPolicy.SKIP:
        draft.explain(node.key, ExplanationCode.EMPTY_SKIPPED)
        draft.finish_node(
            node.key, NodeStatus.SKIPPED, EventKind.NODE_SKIPPED, CloseReason.NODE_DONE
        )
        return
    if node.empty is EmptyPolicy.TO_ADMIN and summon_administrators(
        draft, node, ExplanationCode.EMPTY_TO_ADMIN
    ):
        return
    draft.set_node(node.key, blocked=True)
    draft.explain(node.key, ExplanationCode.EMPTY_BLOCKED)


def summon_administrators(draft: Draft, node: PlanNode, code: ExplanationCode) -> bool:
    """Seat the administrators who may decide here and have not; any one of them is enough."""
    tried = {task.assignee for task in draft.node_tasks(node.key)}
    people = [
        person
        for person in dict.fromkeys(draft.plan.administrators)
        if person not in tried and draft.obstacle(node, person) is None
    ]
    if not people:
        return False
    for person in people:
        draft.explain(node.key, code, to=person)
    seat_people(draft, node, [(person, 1) for person in people], SignMode.ANY)
    return True


def reject_node(draft: Draft, node: PlanNode) -> None:
    """A binding no: it ends the branch, and the instance unless another branch may still win."""
    draft.finish_node(
        node.key, NodeStatus.REJECTED, EventKind.NODE_REJECTED, CloseReason.NODE_REJECTED
    )
    if draft.status is InstanceStatus.EFFECTIVE:
        draft.review_failed = True
        return
    place = draft.plan.place_by_key[node.key]
    stage = draft.plan.stages[place[0]]
    if stage.join is Join.ALL:
        reject_instance(draft)
        return
    for other in stage.branches[place[1]].nodes:
        supersede(draft, other)


def supersede(draft: Draft, node: PlanNode) -> None:
    state = draft.nodes[node.key]
    if state.status in (NodeStatus.ACTIVE, NodeStatus.WAITING):
        draft.finish_node(
            node.key,
            NodeStatus.SUPERSEDED,
            EventKind.NODE_SUPERSEDED,
            CloseReason.SUPERSEDED,
        )


# ---- branches and stages


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


# ---- the instance


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


def reject_instance(draft: Draft) -> None:
    end_instance(draft, InstanceStatus.REJECTED, EventKind.REJECTED)


def end_instance(
    draft: Draft, status: InstanceStatus, kind: EventKind, *, comment: str = ""
) -> None:
    """Stop everything. While an alteration was under way, what was in force before stays so."""
    stop_everything(draft, CloseReason.INSTANCE_ENDED)
    draft.closed_at = draft.now
    draft.emit(kind, staff=(draft.requester,), data={"comment": comment} if comment else None)
    if draft.in_force is None or status is InstanceStatus.VOIDED:
        draft.status = status
        draft.in_force = None
        return
    kept = draft.in_force
    draft.status = InstanceStatus.APPROVED
    draft.snapshot_hash = kept.snapshot_hash
    draft.amount_fen = kept.amount_fen
    draft.in_force = None
    draft.emit(
        EventKind.ALTERATION_DROPPED,
        staff=(draft.requester,),
        data={"round": kept.round, "snapshot_hash": kept.snapshot_hash},
    )


def stop_everything(draft: Draft, because: CloseReason) -> None:
    for node in draft.active_nodes():
        draft.finish_node(node.key, NodeStatus.SUPERSEDED, EventKind.NODE_SUPERSEDED, because)
    draft.close_tasks(sorted(draft.tasks.values(), key=lambda task: task.seq), because)


def sync_nodes(draft: Draft) -> None:
    """Give every node of the plan a state; nodes an older route had are superseded."""
    for node in draft.plan.nodes:
        if node.key not in draft.nodes:
            draft.nodes[node.key] = NodeState(id=next(draft.ids), key=node.key, mode=node.mode)
    for key, state in list(draft.nodes.items()):
        if key not in draft.plan.node_by_key and state.status is not NodeStatus.SUPERSEDED:
            draft.reset_node(key)
            draft.set_node(key, status=NodeStatus.SUPERSEDED)


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
