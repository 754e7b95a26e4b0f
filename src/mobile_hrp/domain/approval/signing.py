"""Who signs: claim and release, transfer, delegate, take back, add and remove approvers."""

from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.domain.approval.commands import (
    AddApprover,
    Claim,
    Delegate,
    Release,
    RemoveApprover,
    TakeBack,
    Transfer,
)
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_allowed,
    check_comment,
    check_passes_on,
    check_target,
    held_task,
    own_task,
)
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.proxies import give_back, through_proxy
from mobile_hrp.domain.approval.seating import new_seat, open_turns, replace_holder, vacate
from mobile_hrp.domain.approval.seats import main_tasks, release_pool, unpark
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    ADDED_DEPTH_MAX,
    APPROVERS_PER_NODE_MAX,
    OPEN_TASKS,
    Action,
    AddPosition,
    CloseReason,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
)
from mobile_hrp.domain.refusal import Refusal


def claim(draft: Draft, command: Claim) -> None:
    task = held_task(draft, command.task_id)
    if draft.nodes[task.node_key].mode is not SignMode.CLAIM or task.role is not SeatRole.MAIN:
        raise Refusal(RefusalCode.NOT_CLAIMABLE, path="task_id")
    if task.claimed:
        return
    draft.set_task(task, claimed=True)
    draft.emit(EventKind.CLAIMED, node_key=task.node_key, task_id=task.id, staff=(draft.actor,))
    for other in main_tasks(draft, task.node_key):
        if other.id != task.id and other.status is TaskStatus.PENDING:
            draft.set_task(other, status=TaskStatus.TAKEN)


def release(draft: Draft, command: Release) -> None:
    task = held_task(draft, command.task_id)
    if not task.claimed:
        raise Refusal(RefusalCode.NOT_CLAIMABLE, path="task_id")
    draft.set_task(task, claimed=False)
    draft.emit(EventKind.RELEASED, node_key=task.node_key, task_id=task.id, staff=(draft.actor,))
    release_pool(draft, task.node_key)


def transfer(draft: Draft, command: Transfer) -> None:
    task = held_task(draft, command.task_id, (TaskKind.DECIDE, TaskKind.OBJECTION))
    node = draft.node(task.node_key)
    check_comment(command.comment)
    check_allowed(node, Action.TRANSFER)
    check_passes_on(task)
    if task.kind is TaskKind.OBJECTION:
        raise Refusal(
            RefusalCode.NOT_ALLOWED_HERE,
            action=Action.TRANSFER.value,
            node=node.name or node.key,
        )
    check_target(draft, node, command.to, path="to")
    draft.emit(
        EventKind.TRANSFERRED,
        node_key=node.key,
        task_id=task.id,
        staff=(command.to, draft.requester),
        data={"comment": command.comment, "to": str(command.to)},
    )
    replace_holder(draft, node, task, command.to, CloseReason.TRANSFERRED)


def delegate(draft: Draft, command: Delegate) -> None:
    task = held_task(draft, command.task_id)
    node = draft.node(task.node_key)
    check_comment(command.comment)
    check_allowed(node, Action.DELEGATE)
    check_passes_on(task)
    if task.role is SeatRole.DELEGATE:
        raise Refusal(RefusalCode.PROXY_CANNOT_PASS_ON, path="task_id")
    check_target(draft, node, command.to, path="to")
    draft.emit(
        EventKind.DELEGATED,
        node_key=node.key,
        task_id=task.id,
        staff=(command.to,),
        data={"comment": command.comment, "to": str(command.to)},
    )
    _add_child(draft, node, task, command, SeatRole.DELEGATE)


def take_back(draft: Draft, command: TakeBack) -> None:
    """拿回: a delegated task from the delegate, or a proxied one from the standing proxy."""
    task = own_task(draft, command.task_id)
    if task.kind is not TaskKind.DECIDE:
        raise Refusal(RefusalCode.NOTHING_TO_TAKE_BACK, path="task_id")
    if task.status in OPEN_TASKS and task.principal == draft.actor:
        back = give_back(draft, task, "TAKEN_BACK")
        if back.status is TaskStatus.PENDING:
            draft.open_task(back)
        return
    children = [
        child
        for child in draft.children(task)
        if child.role is SeatRole.DELEGATE and child.status in OPEN_TASKS
    ]
    if task.status is not TaskStatus.PARKED or not children:
        raise Refusal(RefusalCode.NOTHING_TO_TAKE_BACK, path="task_id")
    draft.emit(
        EventKind.TAKEN_BACK,
        node_key=task.node_key,
        task_id=task.id,
        staff=tuple(child.assignee for child in children),
    )
    for child in children:
        vacate(draft, child, CloseReason.TAKEN_BACK)


def add_approver(draft: Draft, command: AddApprover) -> None:
    """加签. Before: I wait for them. After: they follow my yes. Beside: a seat of their own."""
    task = held_task(draft, command.task_id)
    node = draft.node(task.node_key)
    check_comment(command.comment)
    check_allowed(node, Action.ADD_APPROVER)
    beside = command.position is AddPosition.BESIDE
    if task.role is SeatRole.DELEGATE or (
        draft.nodes[node.key].mode is SignMode.VOTE and not beside
    ):
        raise Refusal(
            RefusalCode.NOT_ALLOWED_HERE,
            action=Action.ADD_APPROVER.value,
            node=node.name or node.key,
        )
    if not beside and _depth(draft, task) >= ADDED_DEPTH_MAX:
        raise Refusal(RefusalCode.ADDED_TOO_DEEP, limit=ADDED_DEPTH_MAX)
    open_count = sum(one.status in OPEN_TASKS for one in draft.node_tasks(node.key))
    if open_count >= APPROVERS_PER_NODE_MAX:
        raise Refusal(RefusalCode.TOO_MANY_APPROVERS, limit=APPROVERS_PER_NODE_MAX)
    check_target(draft, node, command.staff_id, path="staff_id")
    draft.emit(
        EventKind.APPROVER_ADDED,
        node_key=node.key,
        task_id=task.id,
        staff=(command.staff_id, draft.requester),
        data={
            "position": command.position.value,
            "comment": command.comment,
            "added": str(command.staff_id),
        },
    )
    if beside:
        new_seat(draft, node, command.staff_id, after=task.seat, added_by=draft.actor)
        open_turns(draft, node)
    else:
        role = SeatRole.BEFORE if command.position is AddPosition.BEFORE else SeatRole.AFTER
        _add_child(draft, node, task, command, role)


def _depth(draft: Draft, task: Task) -> int:
    depth = 0
    while task.parent is not None:
        task = draft.tasks[task.parent]
        depth += 1
    return depth


def _add_child(
    draft: Draft, node: PlanNode, task: Task, command: AddApprover | Delegate, role: SeatRole
) -> None:
    """A task that hangs on ``task``: one before it or delegated opens now and parks it."""
    person = command.to if isinstance(command, Delegate) else command.staff_id
    child = draft.add_task(
        node.key, person, seat=task.seat, role=role, parent=task.id, added_by=draft.actor
    )
    child = through_proxy(draft, node, child)
    if role is not SeatRole.AFTER:
        draft.set_task(task, status=TaskStatus.PARKED)
        draft.open_task(child)


def remove_approver(draft: Draft, command: RemoveApprover) -> None:
    """减签: only somebody I (or, as administrator, anybody) added, and only before they decided."""
    check_comment(command.comment)
    task = draft.tasks.get(command.task_id)
    node_key = task.node_key if task else ""
    sits_here = node_key in draft.nodes and any(
        draft.actor in (one.assignee, one.principal) for one in draft.node_tasks(node_key)
    )
    administers = draft.actor in draft.plan.administrators
    if task is None or not (sits_here or administers) or task.kind is not TaskKind.DECIDE:
        raise Refusal(RefusalCode.TASK_NOT_FOUND, path="task_id")
    if task.status is TaskStatus.DECIDED:
        raise Refusal(
            RefusalCode.TASK_ALREADY_DECIDED, path="task_id", verdict=str(task.verdict or "")
        )
    if task.status not in OPEN_TASKS:
        raise Refusal(RefusalCode.TASK_CLOSED, path="task_id", because=str(task.because or ""))
    if task.added_by is None or not (task.added_by == draft.actor or administers):
        raise Refusal(RefusalCode.NOT_ADDED_BY_YOU, path="task_id")
    if task.role is SeatRole.MAIN and len(main_tasks(draft, task.node_key)) == 1:
        raise Refusal(RefusalCode.LAST_APPROVER, path="task_id")
    draft.emit(
        EventKind.APPROVER_REMOVED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(task.assignee, draft.requester),
        data={"comment": command.comment},
    )
    vacate(draft, task, CloseReason.REMOVED)
    if task.parent is not None:
        unpark(draft, draft.tasks[task.parent])
