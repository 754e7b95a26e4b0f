"""What happens without anybody pressing a button, and what administrators repair."""

from dataclasses import replace
from typing import Any

from mobile_hrp.domain.approval.choosing import choose_seats
from mobile_hrp.domain.approval.codes import ExplanationCode, RefusalCode
from mobile_hrp.domain.approval.commands import (
    ApplyProxy,
    Assign,
    OrgChanged,
    Recuse,
    RevokeProxy,
    Tick,
)
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_administrator,
    check_comment,
    check_running,
    check_target,
)
from mobile_hrp.domain.approval.nodes import reject_node
from mobile_hrp.domain.approval.plan import PlanNode, Span
from mobile_hrp.domain.approval.proxies import give_back, through_proxy
from mobile_hrp.domain.approval.seating import (
    new_seat,
    open_turns,
    replace_holder,
    reseat,
    seat_people,
)
from mobile_hrp.domain.approval.seats import ascend, people_at
from mobile_hrp.domain.approval.state import ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    OPEN_TASKS,
    SYSTEM,
    CloseReason,
    NodeStatus,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
    TimeoutAction,
    Verdict,
)
from mobile_hrp.domain.refusal import Refusal

# ---- time


def tick(draft: Draft, _command: Tick) -> None:
    """Run what is due. A clock that went backwards makes nothing due and undoes nothing."""
    _expire_proxies(draft)
    for node in draft.active_nodes():
        for task_id in draft.nodes[node.key].task_ids:
            task = draft.tasks[task_id]
            while (
                task.status is TaskStatus.PENDING
                and task.timeout_at is not None
                and task.timeout_at <= draft.now
            ):
                _time_out(draft, node, task)
                task = draft.tasks[task_id]
            if draft.nodes[node.key].status is not NodeStatus.ACTIVE:
                break


def _time_out(draft: Draft, node: PlanNode, task: Task) -> None:
    """Take the next timeout step of a task."""
    step = node.timeouts[task.timeout_step]
    following = task.timeout_step + 1
    timeout_at = None
    if following < len(node.timeouts):
        since = task.opened_at or draft.now
        timeout_at = node.timeouts[following].after.after(since, draft.plan.calendar_of(node))
    task = draft.set_task(task, timeout_step=following, timeout_at=timeout_at)
    draft.emit(
        EventKind.TIMED_OUT,
        node_key=node.key,
        task_id=task.id,
        staff=(task.assignee,),
        data={"action": step.action.value, "step": following},
    )
    if step.action is TimeoutAction.REMIND:
        draft.explain(node.key, ExplanationCode.TIMEOUT_REMINDED, staff=task.assignee)
    elif step.action is TimeoutAction.ESCALATE:
        _escalate(draft, node, task)
    else:
        _act(draft, node, task, approve=step.action is TimeoutAction.APPROVE)


def _escalate(draft: Draft, node: PlanNode, task: Task) -> None:
    taken = people_at(draft, node.key)
    holder = task.principal or task.assignee
    superior = draft.plan.superiors.get(holder)
    chain = [] if superior is None else [superior]
    for person in (*chain, *draft.plan.administrators):
        if person not in taken and draft.obstacle(node, person) is None:
            draft.explain(
                node.key, ExplanationCode.TIMEOUT_ESCALATED, staff=task.assignee, to=person
            )
            new = replace_holder(draft, node, task, person, CloseReason.ESCALATED)
            draft.set_task(new, **_steps_left(draft, node, task.timeout_step))
            return
    draft.explain(node.key, ExplanationCode.TIMEOUT_NOT_ESCALATED, staff=task.assignee)


def _steps_left(draft: Draft, node: PlanNode, following: int) -> dict[str, Any]:
    """The superior gets as long for the next step as it comes after the one just taken."""
    timeout_at = None
    if following < len(node.timeouts):
        taken, step = node.timeouts[following - 1].after, node.timeouts[following].after
        pause = Span(max(0, step.minutes - taken.minutes), working=step.working)
        timeout_at = pause.after(draft.now, draft.plan.calendar_of(node))
    return {"timeout_step": following, "timeout_at": timeout_at}


def _act(draft: Draft, node: PlanNode, task: Task, *, approve: bool) -> None:
    """Decide for somebody who did not.

    Never where the act needs evidence or is an opinion, nor for somebody who may not decide.
    """
    people = (task.assignee, task.principal)
    hindered = any(one is not None and draft.obstacle(node, one) is not None for one in people)
    if hindered or task.role is SeatRole.DELEGATE or node.evidence:
        draft.explain(node.key, ExplanationCode.TIMEOUT_LEFT_OPEN, staff=task.assignee)
        return
    code = ExplanationCode.TIMEOUT_APPROVED if approve else ExplanationCode.TIMEOUT_REJECTED
    draft.explain(node.key, code, staff=task.assignee)
    decided = draft.decide_task(
        task,
        Verdict.APPROVED if approve else Verdict.REJECTED,
        actor=SYSTEM,
        automatic=True,
        on_behalf_of=task.principal or task.assignee,
    )
    if approve:
        for child in draft.children(decided):
            if child.role is SeatRole.AFTER and child.status is TaskStatus.WAITING:
                draft.open_task(child)
        ascend(draft, decided)
    elif draft.nodes[node.key].mode is not SignMode.VOTE:
        reject_node(draft, node)


# ---- standing proxies


def apply_proxy(draft: Draft, command: ApplyProxy) -> None:
    grant = command.grant
    if grant.principal == grant.proxy or grant.ends_at <= grant.starts_at:
        raise Refusal(RefusalCode.PROXY_INVALID, path="grant")
    others = tuple(one for one in draft.proxies if one.id != grant.id)
    draft.proxies = (*others, grant)
    draft.emit(
        EventKind.PROXY_APPLIED,
        staff=(grant.principal, grant.proxy),
        data={"grant": str(grant.id)},
    )
    for node in draft.active_nodes():
        for task in draft.node_tasks(node.key):
            if (
                task.status in OPEN_TASKS
                and task.kind is TaskKind.DECIDE
                and task.assignee == grant.principal
            ):
                moved = through_proxy(draft, node, task)
                if moved.principal is not None and moved.status is TaskStatus.PENDING:
                    draft.open_task(moved)


def revoke_proxy(draft: Draft, command: RevokeProxy) -> None:
    grant = next((one for one in draft.proxies if one.id == command.grant_id), None)
    if grant is None:
        raise Refusal(RefusalCode.PROXY_INVALID, path="grant_id")
    _end_proxy(draft, grant, "REVOKED")


def _expire_proxies(draft: Draft) -> None:
    for grant in draft.proxies:
        if grant.ends_at <= draft.now:
            _end_proxy(draft, grant, "EXPIRED")


def _end_proxy(draft: Draft, grant: ProxyGrant, because: str) -> None:
    """Forget the grant and give back every task held under it."""
    draft.proxies = tuple(one for one in draft.proxies if one.id != grant.id)
    draft.emit(
        EventKind.PROXY_ENDED,
        staff=(grant.principal, grant.proxy),
        data={"grant": str(grant.id), "because": because},
    )
    _give_back_all(draft, grant, because)


def _give_back_all(draft: Draft, grant: ProxyGrant, because: str) -> None:
    for node in draft.active_nodes():
        for task in draft.node_tasks(node.key):
            if task.grant_id == grant.id and task.status in OPEN_TASKS:
                back = give_back(draft, task, because)
                if back.status is TaskStatus.PENDING:
                    draft.open_task(back)


def drop_uncovered(draft: Draft) -> None:
    """After the amount changed: what a grant no longer covers goes back."""
    for grant in draft.proxies:
        if not grant.covers(draft.plan.flow_code, draft.amount_fen):
            _give_back_all(draft, grant, "OUT_OF_SCOPE")


# ---- the organisation


def org_changed(draft: Draft, command: OrgChanged) -> None:
    """People left, came back, or report to somebody else. Settling re-seats who must be."""
    draft.inactive = (draft.inactive | frozenset(command.left)) - frozenset(command.returned)
    changes: dict[str, object] = {}
    if command.superiors is not None:
        changes["superiors"] = {**draft.plan.superiors, **command.superiors}
    if command.administrators is not None:
        changes["administrators"] = command.administrators
    if changes:
        draft.plan = replace(draft.plan, **changes)  # type: ignore[arg-type]  # names are fields
    draft.forget()
    draft.emit(EventKind.ORG_CHANGED, staff=(*command.left, *command.returned))
    for grant in draft.proxies:
        if grant.principal in draft.inactive or grant.proxy in draft.inactive:
            _end_proxy(draft, grant, "LEFT")
    for node in draft.active_nodes():
        if not node.is_publicity:
            _succeed(draft, node, command)
            if draft.nodes[node.key].blocked:
                _retry(draft, node)


def _succeed(draft: Draft, node: PlanNode, command: OrgChanged) -> None:
    """离职转办: the seats of people who left go to the successor that HR named."""
    for task_id in draft.nodes[node.key].task_ids:
        task = draft.tasks[task_id]  # as the loop left it: a replaced parent moves its children
        successor = command.successors.get(task.principal or task.assignee)
        if task.status in OPEN_TASKS and task.kind is TaskKind.DECIDE and successor:
            reseat(draft, node, task, successor)


def _retry(draft: Draft, node: PlanNode) -> None:
    """With other people about, a blocked node may find its own again before administrators."""
    there = people_at(draft, node.key)
    seats = [seat for seat in choose_seats(draft, node) if seat[0] not in there]
    if seats:
        seat_people(draft, node, seats, node.mode)
    else:
        draft.set_node(node.key, blocked=False)


def recuse(draft: Draft, command: Recuse) -> None:
    check_comment(command.comment, required=True)
    draft.recused = draft.recused | frozenset(command.staff_ids)
    draft.refresh_interested()
    draft.emit(EventKind.ORG_CHANGED, staff=command.staff_ids, data={"comment": command.comment})


def assign(draft: Draft, command: Assign) -> None:
    """An administrator gets a stuck node going: further seats, or another holder for one task."""
    check_administrator(draft)
    check_running(draft)
    check_comment(command.comment, required=True)
    state = draft.nodes.get(command.node_key)
    node = draft.plan.node_by_key.get(command.node_key)
    if node is None or state is None or state.status is not NodeStatus.ACTIVE or node.is_publicity:
        raise Refusal(RefusalCode.NODE_NOT_ACTIVE, path="node_key")
    people = tuple(dict.fromkeys(command.staff_ids))
    task = draft.tasks.get(command.task_id) if command.task_id else None
    if command.task_id is not None and (
        task is None or task.id not in state.task_ids or task.status not in OPEN_TASKS
    ):
        raise Refusal(RefusalCode.TASK_NOT_FOUND, path="task_id")
    if not people:
        raise Refusal(RefusalCode.NOBODY_NAMED, path="staff_ids")
    if task is not None and len(people) > 1:
        raise Refusal(RefusalCode.TOO_MANY_RECIPIENTS, path="staff_ids", limit=1)
    for person in people:
        check_target(draft, node, person, path="staff_ids")
    draft.emit(
        EventKind.ASSIGNED,
        node_key=node.key,
        task_id=command.task_id,
        staff=people,
        data={"comment": command.comment},
    )
    if task is not None:
        replace_holder(draft, node, task, people[0], CloseReason.REASSIGNED)
        return
    draft.set_node(node.key, blocked=False)
    for person in people:
        new_seat(draft, node, person, added_by=draft.actor)
    open_turns(draft, node)
