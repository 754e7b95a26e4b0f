"""Where a document is: who has it, since when, against which clock; and how it came to go there."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.approval.calendar import WorkCalendar
from mobile_hrp.domain.approval.plan import Explanation, PlanNode
from mobile_hrp.domain.approval.state import InstanceState, NodeState, Task
from mobile_hrp.domain.approval.terms import (
    REQUESTER_NODE,
    NodeStatus,
    TaskKind,
    TaskStatus,
)
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios

_HOLDING = frozenset({TaskKind.DECIDE, TaskKind.OBJECTION, TaskKind.RESUBMIT})
_MINUTES_PER_HOUR = 60
_OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody has the document now. Minutes are of the node's working calendar."""

    task_id: uuid.UUID
    node_key: str
    node_name: str
    holder: uuid.UUID
    principal: uuid.UUID | None
    since: datetime | None
    due_at: datetime | None
    overdue: bool
    working_minutes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """``sla_due_at`` is when the scenario promises the end, in working time since submission."""

    holdings: tuple[Holding, ...]
    steps_done: int
    steps_total: int
    sla_hours: int
    sla_due_at: datetime | None
    sla_broken: bool
    working_minutes: int


@dataclass(frozen=True, slots=True)
class ExplainedNode:
    """A step of the plan with what routing said and what the engine did there, in order."""

    planned: PlanNode
    state: NodeState | None
    happened: tuple[Explanation, ...]
    tasks: tuple[Task, ...]


async def state_of(session: AnySession, document_id: uuid.UUID) -> InstanceState | None:
    """The approval of a document, to look at; None before its first submission."""
    stored = await session.scalar(
        select(ApprovalInstance.state).where(ApprovalInstance.document_id == document_id)
    )
    return InstanceState.from_json(stored) if stored is not None else None


async def progress_of(session: AnySession, *, document: Document, now: datetime) -> Progress | None:
    """Where the document is; None before its first submission."""
    state = await state_of(session, document.id)
    if state is None or document.submitted_at is None:
        return None
    scenario = await scenarios.of_document(session, document)
    calendar = state.plan.calendars.get(_OFFICE)
    until = state.closed_at or now
    due = _after(calendar, document.submitted_at, scenario.sla_hours * _MINUTES_PER_HOUR)
    asked = [node for node in state.plan.nodes if node.skip is None]
    done = [
        node
        for node in asked
        if node.key in state.nodes
        and state.nodes[node.key].status in {NodeStatus.DONE, NodeStatus.SKIPPED}
    ]
    return Progress(
        holdings=tuple(_holdings(state, now)),
        steps_done=len(done),
        steps_total=len(asked),
        sla_hours=scenario.sla_hours,
        sla_due_at=due,
        sla_broken=due is not None and until > due,
        working_minutes=_between(calendar, document.submitted_at, until),
    )


def _holdings(state: InstanceState, now: datetime) -> list[Holding]:
    found = []
    for task in sorted(state.tasks.values(), key=lambda one: one.seq):
        if task.status is not TaskStatus.PENDING or task.kind not in _HOLDING:
            continue
        node = state.plan.node_by_key.get(task.node_key)
        calendar = state.plan.calendar_of(node) if node else state.plan.calendars.get(_OFFICE)
        found.append(
            Holding(
                task_id=task.id,
                node_key=task.node_key,
                node_name=node.name if node else REQUESTER_NODE,
                holder=task.assignee,
                principal=task.principal,
                since=task.opened_at,
                due_at=task.due_at,
                overdue=task.due_at is not None and task.due_at < now,
                working_minutes=_between(calendar, task.opened_at or now, now),
            )
        )
    return found


def _between(calendar: WorkCalendar | None, start: datetime, end: datetime) -> int:
    if calendar is not None:
        return calendar.minutes_between(start, end)
    return max(0, int((end - start).total_seconds() // 60))


def _after(calendar: WorkCalendar | None, start: datetime, minutes: int) -> datetime | None:
    return calendar.add(start, minutes) if calendar is not None and minutes else None


def explained(state: InstanceState) -> tuple[ExplainedNode, ...]:
    """Every step of the route as it is now, in the order of the plan."""
    by_node: Mapping[str, NodeState] = state.nodes
    return tuple(
        ExplainedNode(
            planned=node,
            state=by_node.get(node.key),
            happened=by_node[node.key].explanations if node.key in by_node else (),
            tasks=tuple(
                state.tasks[task_id]
                for task_id in (by_node[node.key].task_ids if node.key in by_node else ())
            ),
        )
        for node in state.plan.nodes
    )
