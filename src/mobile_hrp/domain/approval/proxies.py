"""Tasks that pass to a standing proxy and back."""

import uuid

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.seats import people_at
from mobile_hrp.domain.approval.state import ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    Action,
)


def through_proxy(draft: Draft, node: PlanNode, task: Task) -> Task:
    """Hand a task to the standing proxy of its holder, if one is in force and may act here."""
    if task.principal is not None:
        return task
    for grant in draft.proxies:
        if grant.principal == task.assignee and grant.in_force(draft.now):
            hindrance = _hindrance(draft, node, grant)
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


def _hindrance(draft: Draft, node: PlanNode, grant: ProxyGrant) -> str | None:
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
