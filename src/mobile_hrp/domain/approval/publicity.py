"""公示: a window during which people may object; each objection is answered by one handler."""

from dataclasses import replace

from mobile_hrp.domain.approval.codes import ExplanationCode, RefusalCode
from mobile_hrp.domain.approval.commands import Object
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.state import Objection, Task
from mobile_hrp.domain.approval.terms import (
    COMMENT_LENGTH_MAX,
    OBJECTIONS_MAX,
    OPEN_TASKS,
    CloseReason,
    NodeStatus,
    TaskKind,
)
from mobile_hrp.domain.refusal import Refusal


def open_window(draft: Draft, node: PlanNode) -> None:
    """The window counts from now; ``PlanNode.check`` guarantees that it has a length."""
    if node.window is None:
        raise ValueError(f"{node.key}: a publicity needs a window")
    ends_at = node.window.after(draft.now, draft.plan.calendar_of(node))
    draft.set_node(node.key, window_ends_at=ends_at, objections=())


def raise_objection(draft: Draft, command: Object) -> None:
    state = draft.nodes.get(command.node_key)
    if (
        state is None
        or state.status is not NodeStatus.ACTIVE
        or state.window_ends_at is None
        or draft.now >= state.window_ends_at
        or command.node_key not in draft.plan.node_by_key
    ):
        raise Refusal(RefusalCode.WINDOW_NOT_OPEN, path="node_key")
    if not command.text.strip():
        raise Refusal(RefusalCode.COMMENT_REQUIRED, path="text")
    if len(command.text) > COMMENT_LENGTH_MAX:
        raise Refusal(RefusalCode.COMMENT_TOO_LONG, path="text", limit=COMMENT_LENGTH_MAX)
    if any(one.raised_by == draft.actor for one in state.objections):
        raise Refusal(RefusalCode.ALREADY_OBJECTED, path="node_key")
    if len(state.objections) >= OBJECTIONS_MAX:
        raise Refusal(RefusalCode.INSTANCE_TOO_LONG, limit=OBJECTIONS_MAX)
    objection = Objection(next(draft.ids), draft.actor, draft.now, command.text)
    draft.set_node(command.node_key, objections=(*state.objections, objection))
    draft.emit(
        EventKind.OBJECTION_RAISED,
        node_key=command.node_key,
        staff=(draft.requester,),
        data={"objection": str(objection.id), "text": command.text},
    )


def seat_objections(draft: Draft, node: PlanNode) -> None:
    """Give every open objection a handler who may handle it, and replace one who no longer may."""
    changed = []
    for objection in draft.nodes[node.key].objections:
        task = draft.tasks[objection.task_id] if objection.task_id else None
        if objection.dismissed or (task is not None and _may_handle(draft, node, objection, task)):
            changed.append(objection)
            continue
        if task is not None and task.status in OPEN_TASKS:
            draft.close_task(task, CloseReason.HOLDER_LEFT)
        changed.append(_seat(draft, node, objection))
    if tuple(changed) != draft.nodes[node.key].objections:
        draft.set_node(node.key, objections=tuple(changed))


def _may_handle(draft: Draft, node: PlanNode, objection: Objection, task: Task) -> bool:
    if task.status not in OPEN_TASKS:
        return False
    return task.assignee != objection.raised_by and draft.obstacle(node, task.assignee) is None


def _seat(draft: Draft, node: PlanNode, objection: Objection) -> Objection:
    named = [candidate.staff_id for candidate in node.candidates]
    for person in (*named, *draft.plan.administrators):
        if person != objection.raised_by and draft.obstacle(node, person) is None:
            task = draft.open_task(draft.add_task(node.key, person, kind=TaskKind.OBJECTION))
            return replace(objection, task_id=task.id)
    if objection.task_id is not None or not _already_said(draft, node):
        draft.explain(node.key, ExplanationCode.OBJECTION_HANDLER_MISSING)
    return replace(objection, task_id=None)


def _already_said(draft: Draft, node: PlanNode) -> bool:
    return any(
        one.code == ExplanationCode.OBJECTION_HANDLER_MISSING
        for one in draft.nodes[node.key].explanations
    )


def objection_of(draft: Draft, task: Task) -> Objection:
    return next(one for one in draft.nodes[task.node_key].objections if one.task_id == task.id)


def dismiss(draft: Draft, task: Task) -> None:
    """The handler answered the objection and it does not stand."""
    objection = objection_of(draft, task)
    state = draft.nodes[task.node_key]
    draft.set_node(
        task.node_key,
        objections=tuple(
            replace(one, dismissed=True) if one.id == objection.id else one
            for one in state.objections
        ),
    )
    draft.emit(
        EventKind.OBJECTION_DISMISSED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(objection.raised_by,),
        data={"objection": str(objection.id)},
    )


def is_over(draft: Draft, node: PlanNode) -> bool:
    """The window has passed and no objection is open."""
    state = draft.nodes[node.key]
    if state.window_ends_at is None or draft.now < state.window_ends_at:
        return False
    return all(one.dismissed for one in state.objections)
