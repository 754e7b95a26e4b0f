"""One node: the paper reaches it, its mode is satisfied or not, it is rejected or empty."""

from mobile_hrp.domain.approval.choosing import choose_seats
from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.ending import reject_instance
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.publicity import is_over, open_window, seat_objections
from mobile_hrp.domain.approval.seating import open_turns, seat_people
from mobile_hrp.domain.approval.seats import is_complete, main_tasks
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    CloseReason,
    EmptyPolicy,
    InstanceStatus,
    Join,
    NodeStatus,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)


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
    tasks = draft.node_tasks(node.key)
    tried = {task.assignee for task in tasks} | {task.principal for task in tasks}
    if draft.nodes[node.key].required:  # even at a node that is the requester's own
        tried |= draft.interested
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
    if stage.join is Join.ALL or len(stage.branches) == 1:
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
