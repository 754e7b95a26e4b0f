"""Whom an approval will ask at each step, supposing that everybody who is asked agrees.

The engine itself is played on: so self-approval, repeated approvers, absence, proxies and empty
steps are decided by the rules that will decide later, and by no copy of them. What nobody knows yet
stays a supposition: in a pool (或签, 抢办) one person agrees, and who it is changes who may sit
further on. Somebody is taken who is not wanted later, as far as there is one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.commands import Approve, Tick
from mobile_hrp.domain.approval.engine import decide
from mobile_hrp.domain.approval.plan import Explanation, PlanNode
from mobile_hrp.domain.approval.state import InstanceState, Task
from mobile_hrp.domain.approval.terms import (
    SYSTEM,
    TASKS_MAX,
    CloseReason,
    NodeStatus,
    SeatRole,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.refusal import Refusal

_REPLACED = frozenset({CloseReason.HOLDER_LEFT, CloseReason.HOLDER_CONFLICTED, CloseReason.RESET})
_ASKED = frozenset({TaskKind.DECIDE, TaskKind.COPY})
_CHOSEN = {
    code.value
    for code in ExplanationCode
    if code.name.endswith(("_REPLACED", "_TO_ADMIN")) or code is ExplanationCode.NO_HUMAN_DECISION
}
"""Explanations that say why ``to`` sits where somebody else was named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is asked at a step, or with ``copied`` only told of it.

    ``principal`` is in whose name a standing proxy holds it. ``automatic``: a rule agrees in their
    place, so that they see nothing of it.
    """

    staff_id: uuid.UUID
    principal: uuid.UUID | None
    why: Explanation | None
    automatic: bool = False
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would happen at a step: who is asked, and every choice the rules made on the way."""

    asked: tuple[Asked, ...]
    happened: tuple[Explanation, ...]


def foresee(
    state: InstanceState, *, now: datetime, ids: Iterator[uuid.UUID]
) -> dict[str, Foreseen]:
    """By node key: every step that is reached when everybody agrees, as far as that leads.

    A step beyond one at which nobody may act is not reached.
    """
    for _ in range(TASKS_MAX):
        step = _next(state, now)
        if step is None:
            break
        actor, command, now = step
        try:
            state = decide(state, command, actor=actor, now=now, ids=ids).state
        except Refusal:
            break  # waits for somebody who is away: nobody knows what comes of that
    return {
        node.key: _foreseen(state, node)
        for node in state.plan.nodes
        if node.skip is None
        and node.key in state.nodes
        and state.nodes[node.key].status is not NodeStatus.WAITING
    }


def _next(state: InstanceState, now: datetime) -> tuple[uuid.UUID, Approve | Tick, datetime] | None:
    """Who does what next; None when nothing is left that anybody could do."""
    open_ = [
        task
        for task in state.tasks.values()
        if task.status is TaskStatus.PENDING and task.kind is TaskKind.DECIDE
    ]
    if open_:
        later = {
            candidate.staff_id
            for node in state.plan.nodes
            if state.nodes[node.key].status is NodeStatus.WAITING and node.skip is None
            for candidate in node.candidates
        }
        task = min(open_, key=lambda one: (_people(one) & later != set(), one.seq))
        node = state.node(task.node_key)
        shown = {rule.name: rule.expected or "-" for rule in node.evidence}
        return task.assignee, Approve(task.id, state.snapshot_hash, "", shown), now
    windows = [
        ends_at
        for one in state.nodes.values()
        if one.status is NodeStatus.ACTIVE and (ends_at := one.window_ends_at) is not None
    ]
    return (SYSTEM, Tick(), max(now, min(windows))) if windows else None


def _people(task: Task) -> set[uuid.UUID]:
    return {task.assignee} | ({task.principal} if task.principal else set())


def _foreseen(state: InstanceState, node: PlanNode) -> Foreseen:
    reached = state.nodes[node.key]
    said = reached.explanations[len(node.reasons) :]
    tasks = [state.tasks[key] for key in reached.task_ids]
    asked = tuple(
        Asked(
            task.assignee,
            task.principal,
            _why(task, node, said),
            automatic=task.verdict is Verdict.APPROVED and _agreed(said, task.assignee),
            copied=task.kind is TaskKind.COPY,
        )
        for task in tasks
        if task.kind in _ASKED and task.role is SeatRole.MAIN and task.because not in _REPLACED
    )
    return Foreseen(asked, said)


def _agreed(said: tuple[Explanation, ...], person: uuid.UUID) -> bool:
    return any(
        one.code == ExplanationCode.REPEATED_AGREED and one.params.get("staff") == str(person)
        for one in said
    )


def _why(task: Task, node: PlanNode, said: tuple[Explanation, ...]) -> Explanation | None:
    """Why this seat is this person's: a rule put them there, or the route named them."""
    person = task.principal or task.assignee
    for one in reversed(said):
        if one.code in _CHOSEN and one.params.get("to") == str(person):
            return one
    for candidate in node.candidates:
        if candidate.staff_id == person:
            return candidate.why
    return None
