"""Who really sits where: policies for self-approval, repeats and absence, proxies, re-seating."""

import uuid
from collections.abc import Collection, Iterator

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import Candidate, PlanNode
from mobile_hrp.domain.approval.separation import (
    Obstacle,
    ObstacleKind,
    counts,
)
from mobile_hrp.domain.approval.state import Decision, ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    CLICK_KINDS,
    OPEN_TASKS,
    POOL_MODES,
    SYSTEM,
    AbsentPolicy,
    Action,
    CloseReason,
    RepeatedPolicy,
    SeatRole,
    SelfApprovalPolicy,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)

Seat = tuple[uuid.UUID, int]
"""A holder and the weight of the vote."""


# ---- choosing people


def choose_seats(draft: Draft, node: PlanNode) -> list[Seat]:
    """Apply the node's policies to its candidates, explaining each change.

    At a pool (any, claim) people who are away or conflicted by an earlier seat are simply left
    out while somebody remains; the self-approval policy is applied as written, so that a
    requester's own superior is asked rather than a subordinate in the same pool.
    """
    seats: list[Seat] = []
    left_out: list[tuple[Candidate, Obstacle]] = []
    for candidate in node.candidates:
        taken = [holder for holder, _ in seats]
        problem = draft.obstacle(node, candidate.staff_id)
        if problem is None:
            holder = _repeated(draft, node, candidate.staff_id, taken)
        elif _may_leave_out(node, problem):
            left_out.append((candidate, problem))
            continue
        else:
            holder = substitute(draft, node, candidate.staff_id, problem, taken)
        if holder is None:
            continue
        if holder in taken:
            draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=holder)
        else:
            seats.append((holder, candidate.weight))
    if seats:
        for candidate, problem in left_out:
            code = ExplanationCode[f"{problem.kind.name}_EXCLUDED"]
            draft.explain(node.key, code, staff=candidate.staff_id, **problem.params)
        return seats
    for candidate, problem in left_out:
        taken = [holder for holder, _ in seats]
        holder = substitute(draft, node, candidate.staff_id, problem, taken)
        if holder is not None and holder not in taken:
            seats.append((holder, candidate.weight))
    return seats


def _may_leave_out(node: PlanNode, problem: Obstacle) -> bool:
    if node.mode not in POOL_MODES or problem.kind is ObstacleKind.SELF_APPROVAL:
        return False
    return not (problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.BLOCK)


def _repeated(
    draft: Draft, node: PlanNode, person: uuid.UUID, taken: Collection[uuid.UUID]
) -> uuid.UUID | None:
    """The person, or with the TO_SUPERIOR policy another one when the person approved before."""
    if node.repeated is not RepeatedPolicy.TO_SUPERIOR or earlier_approval(draft, person) is None:
        return person
    for other in _upwards(draft, person):
        if draft.obstacle(node, other) is None and earlier_approval(draft, other) is None:
            if other in taken:
                draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=other)
                return None
            draft.explain(node.key, ExplanationCode.REPEATED_REPLACED, staff=person, to=other)
            return other
    return person


def earlier_approval(draft: Draft, person: uuid.UUID) -> Decision | None:
    """The person's own latest approval that counts in this chain."""
    for decision in reversed(draft.decisions):
        if (
            decision.verdict is Verdict.APPROVED
            and not decision.automatic
            and decision.actor == person
            and counts(draft, decision)
        ):
            return decision
    return None


def substitute(
    draft: Draft,
    node: PlanNode,
    person: uuid.UUID,
    problem: Obstacle,
    taken: Collection[uuid.UUID] = (),
) -> uuid.UUID | None:
    """Somebody else for the seat of a person who may not sit there, by the node's policy.

    Returns the person itself when the policy is to wait, and None when the seat falls away.
    """
    if problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.BLOCK:
        draft.explain(node.key, ExplanationCode.ABSENT_KEPT, staff=person)
        return person
    for other in _stand_ins(draft, node, person, problem):
        if other in taken:
            draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=other)
            return None
        if draft.obstacle(node, other) is None:
            code = ExplanationCode[f"{problem.kind.name}_REPLACED"]
            draft.explain(node.key, code, staff=person, to=other, **problem.params)
            return other
    code = ExplanationCode[f"{problem.kind.name}_EXCLUDED"]
    draft.explain(node.key, code, staff=person, **problem.params)
    return None


def _stand_ins(
    draft: Draft, node: PlanNode, person: uuid.UUID, problem: Obstacle
) -> Iterator[uuid.UUID]:
    if problem.kind is ObstacleKind.SELF_APPROVAL:
        if node.self_approval is SelfApprovalPolicy.SECOND_PERSON:
            yield from node.seconds
        elif node.self_approval is not SelfApprovalPolicy.TO_SUPERIOR:
            return
    if problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.EXCLUDE:
        return
    if problem.kind is not ObstacleKind.ABSENT or node.absent is AbsentPolicy.TO_SUPERIOR:
        yield from _superiors(draft, person)
    yield from draft.plan.administrators


def _superiors(draft: Draft, person: uuid.UUID) -> Iterator[uuid.UUID]:
    seen = {person}
    superior = draft.plan.superiors.get(person)
    while superior is not None and superior not in seen:
        yield superior
        seen.add(superior)
        superior = draft.plan.superiors.get(superior)


def _upwards(draft: Draft, person: uuid.UUID) -> Iterator[uuid.UUID]:
    yield from _superiors(draft, person)
    yield from draft.plan.administrators


def people_at(draft: Draft, node_key: str) -> set[uuid.UUID]:
    """Everybody with an open or decided seat in the node's current run, principals included."""
    people = set()
    for task in draft.node_tasks(node_key):
        if task.kind is not TaskKind.DECIDE:
            continue
        if task.status in OPEN_TASKS or task.status is TaskStatus.DECIDED:
            people.add(task.assignee)
            if task.principal is not None:
                people.add(task.principal)
    return people


# ---- tasks for seats


def seat_people(draft: Draft, node: PlanNode, seats: list[Seat], mode: SignMode) -> None:
    """Create the tasks of a node that becomes active and open those whose turn it is."""
    draft.set_node(node.key, mode=mode, blocked=False)
    for number, (person, weight) in enumerate(seats, start=len(draft.nodes[node.key].seats) + 1):
        new_seat(draft, node, number, person, weight=weight)
    open_turns(draft, node)


def new_seat(
    draft: Draft,
    node: PlanNode,
    number: int,
    person: uuid.UUID,
    *,
    weight: int = 1,
    after: int | None = None,
    added_by: uuid.UUID | None = None,
) -> Task:
    """A further main seat, in turn after seat ``after`` or last."""
    seats = draft.nodes[node.key].seats
    cut = len(seats) if after is None else seats.index(after) + 1
    draft.set_node(node.key, seats=(*seats[:cut], number, *seats[cut:]))
    task = draft.add_task(node.key, person, seat=number, weight=weight, added_by=added_by)
    return through_proxy(draft, node, task)


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


def main_tasks(draft: Draft, node_key: str) -> list[Task]:
    """The tasks that hold the node's seats now, without those that were replaced or removed."""
    return [
        task
        for task in draft.node_tasks(node_key)
        if task.kind is TaskKind.DECIDE
        and task.role is SeatRole.MAIN
        and task.status is not TaskStatus.CLOSED
    ]


def is_complete(draft: Draft, task: Task) -> bool:
    """Nothing of this task is outstanding: it is over and so is everybody added after it."""
    if task.status is TaskStatus.CLOSED:
        return True
    return task.status is TaskStatus.DECIDED and all(
        is_complete(draft, child) for child in draft.children(task) if child.role is SeatRole.AFTER
    )


def unpark(draft: Draft, task: Task) -> None:
    """Give a parked task its turn once nobody before it is left."""
    if task.status is TaskStatus.PARKED and all(
        is_complete(draft, child)
        for child in draft.children(task)
        if child.role is not SeatRole.AFTER
    ):
        draft.open_task(task)


def ascend(draft: Draft, task: Task) -> None:
    """After a task is over: wake the one it was added to, or what that one was added to."""
    while task.parent is not None and is_complete(draft, task):
        parent = draft.tasks[task.parent]
        if parent.status is TaskStatus.PARKED:
            unpark(draft, parent)
            return
        task = parent


def release_pool(draft: Draft, node_key: str) -> None:
    """Nobody holds the claim any more: everybody in the pool may take it."""
    for task in main_tasks(draft, node_key):
        if task.status is TaskStatus.TAKEN:
            draft.open_task(task)


# ---- proxies


def through_proxy(draft: Draft, node: PlanNode, task: Task) -> Task:
    """Hand a task to the standing proxy of its holder, if one is in force and may act here."""
    if task.principal is not None:
        return task
    for grant in draft.proxies:
        if grant.principal == task.assignee and grant.in_force(draft.now):
            hindrance = _proxy_hindrance(draft, node, grant)
            if hindrance is None:
                return _hand_to_proxy(draft, task, grant)
            draft.explain(
                node.key,
                ExplanationCode.PROXY_NOT_APPLIED,
                staff=grant.principal,
                to=grant.proxy,
                because=hindrance,
            )
    return task


def _proxy_hindrance(draft: Draft, node: PlanNode, grant: ProxyGrant) -> str | None:
    if not grant.covers(draft.plan.flow_code, draft.amount_fen):
        return "OUT_OF_SCOPE"
    if Action.PROXY in node.forbids:
        return "NOT_ALLOWED_HERE"
    problem = draft.obstacle(node, grant.proxy)
    if problem is not None:
        return problem.kind.value
    if grant.proxy in people_at(draft, node.key):
        return "ALREADY_SEATED"
    if draft.plan.sod.one_seat_per_chain and _sits_elsewhere(draft, node, grant.proxy):
        return "ALREADY_SEATED"
    return None


def _sits_elsewhere(draft: Draft, node: PlanNode, person: uuid.UUID) -> bool:
    return any(
        person in people_at(draft, other.key)
        for other in draft.active_nodes()
        if other.key != node.key
    )


def _hand_to_proxy(draft: Draft, task: Task, grant: ProxyGrant) -> Task:
    moved = draft.set_task(task, assignee=grant.proxy, principal=grant.principal, grant_id=grant.id)
    draft.emit(
        EventKind.TASK_MOVED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(grant.proxy, grant.principal),
        data={"because": ExplanationCode.PROXY_HOLDS.value},
    )
    draft.explain(task.node_key, ExplanationCode.PROXY_HOLDS, staff=grant.principal, to=grant.proxy)
    return moved


def give_back(draft: Draft, task: Task, because: str) -> Task:
    """Return a task from the proxy to the person in whose name it was held."""
    if task.principal is None:
        return task
    back = draft.set_task(task, assignee=task.principal, principal=None, grant_id=None)
    draft.holders_checked = False
    draft.emit(
        EventKind.TASK_MOVED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(task.principal, task.assignee),
        data={"because": because},
    )
    draft.explain(
        task.node_key,
        ExplanationCode.PROXY_GAVE_BACK,
        staff=task.principal,
        to=task.assignee,
        because=because,
    )
    return back


# ---- re-seating


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
    if holder is None and not (_may_leave_out(node, problem) and _others_remain(draft, task)):
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
