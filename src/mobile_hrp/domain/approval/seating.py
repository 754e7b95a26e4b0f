"""Giving seats: opening them in turn, re-seating who may no longer sit, vacating."""

import uuid
from collections.abc import Collection

from mobile_hrp.domain.approval.choosing import Seat, earlier_approval, may_leave_out, substitute
from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.proxies import give_back, through_proxy
from mobile_hrp.domain.approval.seats import (
    ascend,
    is_complete,
    main_tasks,
    people_at,
    release_pool,
)
from mobile_hrp.domain.approval.separation import (
    Obstacle,
    ObstacleKind,
)
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    CLICK_KINDS,
    OPEN_TASKS,
    SYSTEM,
    AbsentPolicy,
    CloseReason,
    RepeatedPolicy,
    SeatRole,
    SignMode,
    TaskStatus,
    Verdict,
)


def seat_people(draft: Draft, node: PlanNode, seats: list[Seat], mode: SignMode) -> None:
    """Create the tasks of a node that becomes active and open those whose turn it is."""
    draft.set_node(node.key, mode=mode, blocked=False)
    tasks = []
    for number, (person, weight) in enumerate(seats, start=len(draft.nodes[node.key].seats) + 1):
        tasks.append(_place(draft, node, number, person, weight=weight))
    for task in tasks:  # only now: a proxy may turn out to have a seat of their own
        through_proxy(draft, node, task)
    open_turns(draft, node)


def new_seat(
    draft: Draft,
    node: PlanNode,
    person: uuid.UUID,
    *,
    after: int | None = None,
    added_by: uuid.UUID | None = None,
) -> Task:
    """One further main seat, in turn after seat ``after`` or last."""
    number = max(draft.nodes[node.key].seats, default=0) + 1
    task = _place(draft, node, number, person, after=after, added_by=added_by)
    return through_proxy(draft, node, task)


def _place(
    draft: Draft,
    node: PlanNode,
    number: int,
    person: uuid.UUID,
    *,
    weight: int = 1,
    after: int | None = None,
    added_by: uuid.UUID | None = None,
) -> Task:
    seats = draft.nodes[node.key].seats
    cut = len(seats) if after is None else seats.index(after) + 1
    draft.set_node(node.key, seats=(*seats[:cut], number, *seats[cut:]))
    return draft.add_task(node.key, person, seat=number, weight=weight, added_by=added_by)


def open_turns(draft: Draft, node: PlanNode) -> None:
    """Open the waiting main seats whose turn has come."""
    state = draft.nodes[node.key]
    mains = main_tasks(draft, node.key)
    if state.mode is not SignMode.SEQUENTIAL:
        for task in mains:
            if task.status is TaskStatus.WAITING:
                open_or_agree(draft, node, task)
        return
    by_seat = {task.seat: task for task in mains}
    for number in state.seats:
        turn = by_seat.get(number)
        if turn is None:
            continue
        if turn.status is TaskStatus.WAITING:
            turn = open_or_agree(draft, node, turn)
        if not is_complete(draft, turn):
            return


def open_or_agree(draft: Draft, node: PlanNode, task: Task) -> Task:
    """Open a main task, or agree for a person who approved the very same snapshot before."""
    if (
        node.repeated is RepeatedPolicy.AUTO_AGREE
        and node.kind in CLICK_KINDS
        and draft.nodes[node.key].mode is not SignMode.VOTE
        and not draft.nodes[node.key].required
        and task.principal is None
    ):
        earlier = earlier_approval(draft, task.assignee)
        if (
            earlier is not None
            and earlier.snapshot_hash == draft.snapshot_hash
            and draft.obstacle(node, task.assignee) is None
        ):
            draft.explain(
                node.key,
                ExplanationCode.REPEATED_AGREED,
                staff=task.assignee,
                node=earlier.node_key,
            )
            return draft.decide_task(
                task,
                Verdict.APPROVED,
                actor=SYSTEM,
                automatic=True,
                on_behalf_of=task.assignee,
            )
    return draft.open_task(task)


def reseat(draft: Draft, node: PlanNode, task: Task, successor: uuid.UUID | None = None) -> None:
    """Check the holder of an open task and, where they may no longer sit there, replace them."""
    if task.principal is not None:
        problem = draft.obstacle(node, task.assignee)
        of_principal = draft.obstacle(node, task.principal)
        if problem is None and of_principal is None:
            return
        task = give_back(draft, task, _kind(problem, of_principal))
    problem = draft.obstacle(node, task.assignee)
    if problem is None:
        return
    if problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.BLOCK:
        return
    taken = people_at(draft, node.key) - {task.assignee}
    holder = _successor(draft, node, task, successor, taken)
    if holder is None and not (may_leave_out(node, problem) and _others_remain(draft, task)):
        holder = substitute(draft, node, task.assignee, problem, taken)
    elif holder is None:
        code = ExplanationCode[f"{problem.kind.name}_EXCLUDED"]
        draft.explain(node.key, code, staff=task.assignee, **problem.params)
    absent = problem.kind is ObstacleKind.ABSENT
    because = CloseReason.HOLDER_LEFT if absent else CloseReason.HOLDER_CONFLICTED
    if holder is None:
        vacate(draft, task, because)
    else:
        replace_holder(draft, node, task, holder, because)


def _kind(*problems: Obstacle | None) -> str:
    return next(problem.kind.value for problem in problems if problem is not None)


def _successor(
    draft: Draft,
    node: PlanNode,
    task: Task,
    successor: uuid.UUID | None,
    taken: Collection[uuid.UUID],
) -> uuid.UUID | None:
    if successor is None or successor in taken or draft.obstacle(node, successor) is not None:
        return None
    draft.explain(node.key, ExplanationCode.ABSENT_SUCCEEDED, staff=task.assignee, to=successor)
    return successor


def _others_remain(draft: Draft, task: Task) -> bool:
    return task.role is SeatRole.MAIN and any(
        other.id != task.id and other.status in OPEN_TASKS
        for other in main_tasks(draft, task.node_key)
    )


def replace_holder(
    draft: Draft, node: PlanNode, task: Task, holder: uuid.UUID, because: CloseReason
) -> Task:
    """Close a task and give its seat, its place in turn and what hangs on it to somebody else."""
    status = task.status
    draft.close_task(task, because)
    new = draft.add_task(
        task.node_key,
        holder,
        seat=task.seat,
        kind=task.kind,
        role=task.role,
        parent=task.parent,
        added_by=task.added_by,
        weight=task.weight,
        status=TaskStatus.WAITING if status is TaskStatus.PENDING else status,
    )
    for child in draft.children(task):
        draft.set_task(child, parent=new.id)
    new = through_proxy(draft, node, new)
    if status is TaskStatus.PENDING:
        new = draft.open_task(new)
    if task.claimed:
        release_pool(draft, task.node_key)
    return new


def vacate(draft: Draft, task: Task, because: CloseReason) -> None:
    """Close a task for good; what waited behind it moves on."""
    draft.close_task(task, because)
    for child in draft.children(task):
        if child.status in OPEN_TASKS:
            vacate(draft, child, CloseReason.PARENT_CLOSED)
    if task.claimed:
        release_pool(draft, task.node_key)
    ascend(draft, draft.tasks[task.id])
