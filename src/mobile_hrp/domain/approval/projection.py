"""From one transition of an instance to the rows to write.

Column names are those of ``models/approval.py``; ``hospital_id`` is added by the caller. The
instance row holds the engine's whole state, the other tables are what lists and reports read.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval.codec import to_json
from mobile_hrp.domain.approval.events import Event
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.state import Decision, InstanceState, NodeState, Task
from mobile_hrp.domain.approval.terms import TaskStatus
from mobile_hrp.domain.approval.timers import next_wakeup

Row = dict[str, Any]

_PLAN = "plan"
"""Nine tenths of a state, and written once: only a new route changes it."""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Write in this order.

    ``instance`` is an insert when ``is_new``, else an update by id, with ``version`` equal to
    ``expected_version`` as an optimistic guard below the row lock. A state without its plan keeps
    the plan that is stored.
    """

    is_new: bool
    expected_version: int
    instance: Row
    node_inserts: tuple[Row, ...]
    node_updates: tuple[Row, ...]
    task_inserts: tuple[Row, ...]
    task_updates: tuple[Row, ...]
    decision_inserts: tuple[Row, ...]
    entry_inserts: tuple[Row, ...]


def project(
    old: InstanceState | None,
    new: InstanceState,
    events: Iterable[Event],
    *,
    document_id: uuid.UUID,
    ids: Iterator[uuid.UUID],
) -> RowChanges:
    """The row changes that lead from ``old`` (None for a new instance) to ``new``.

    ``ids`` gives the keys of the timeline entries.
    """
    old_nodes = old.nodes if old else {}
    old_tasks = old.tasks if old else {}
    known = len(old.decisions) if old else 0
    rerouted = old is not None and old.plan is not new.plan
    keeps_plan = old is not None and not rerouted
    changed_nodes = [
        node for node in new.nodes.values() if rerouted or old_nodes.get(node.key) is not node
    ]
    changed_tasks = [task for task in new.tasks.values() if old_tasks.get(task.id) is not task]
    return RowChanges(
        is_new=old is None,
        expected_version=old.version if old else 0,
        instance=instance_row(new, document_id=document_id, without=_PLAN if keeps_plan else ""),
        node_inserts=tuple(
            node_row(new, node) for node in changed_nodes if node.key not in old_nodes
        ),
        node_updates=_node_updates(old, new, changed_nodes) if old else (),
        task_inserts=tuple(
            task_row(new, task) for task in changed_tasks if task.id not in old_tasks
        ),
        task_updates=tuple(
            task_row(new, task)
            for task in changed_tasks
            if task.id in old_tasks and task != old_tasks[task.id]
        ),
        decision_inserts=tuple(decision_row(new, one) for one in new.decisions[known:]),
        entry_inserts=tuple(entry_row(new, event, next(ids)) for event in events),
    )


def _node_updates(
    old: InstanceState, new: InstanceState, nodes: Iterable[NodeState]
) -> tuple[Row, ...]:
    """A new route may rename, move or drop a node without touching its state."""
    rows = []
    for node in nodes:
        before = old.nodes.get(node.key)
        if before is not None:
            row = node_row(new, node)
            if row != node_row(old, before):
                rows.append(row)
    return tuple(rows)


def instance_row(state: InstanceState, *, document_id: uuid.UUID, without: str = "") -> Row:
    """``without`` names a part of the state that is stored as it is."""
    return {
        "id": state.id,
        "document_id": document_id,
        "flow_code": state.plan.flow_code,
        "flow_version": state.plan.flow_version,
        "requester_id": state.requester,
        "status": state.status,
        "round": state.round,
        "version": state.version,
        "snapshot_hash": state.snapshot_hash,
        "amount_fen": state.amount_fen,
        "alarm_count": len(state.alarms),
        "state": to_json(state, without=without),
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "wake_at": next_wakeup(state),
    }


def node_row(state: InstanceState, node: NodeState) -> Row:
    planned = state.plan.node_by_key.get(node.key)
    return {
        "id": node.id,
        "instance_id": state.id,
        "node_key": node.key,
        "name": planned.name if planned else "",
        "kind": planned.kind if planned else None,
        "mode": node.mode,
        "position": _position(state, planned),
        "status": node.status,
        "run": node.run,
        "opened_at": node.opened_at,
        "closed_at": node.closed_at,
    }


def _position(state: InstanceState, planned: PlanNode | None) -> int | None:
    """Where the node stands in the plan, counted from 0; None when the route dropped it."""
    if planned is None:
        return None
    keys = [node.key for node in state.plan.nodes]
    return keys.index(planned.key)


def task_row(state: InstanceState, task: Task) -> Row:
    return {
        "id": task.id,
        "instance_id": state.id,
        "node_key": task.node_key,
        "run": task.run,
        "seat": task.seat,
        "seq": task.seq,
        "kind": task.kind,
        "role": task.role,
        "status": task.status,
        "assignee_id": task.assignee,
        "principal_id": task.principal,
        "added_by_id": task.added_by,
        "claimed": task.claimed,
        "verdict": task.verdict,
        "close_reason": task.because,
        "opened_at": task.opened_at,
        "decided_at": _finished(task, TaskStatus.DECIDED),
        "closed_at": _finished(task, TaskStatus.CLOSED, TaskStatus.READ),
        "due_at": task.due_at,
    }


def _finished(task: Task, *statuses: TaskStatus) -> datetime | None:
    return task.finished_at if task.status in statuses else None


def decision_row(state: InstanceState, decision: Decision) -> Row:
    return {
        "id": decision.id,
        "instance_id": state.id,
        "task_id": decision.task_id,
        "node_key": decision.node_key,
        "run": decision.run,
        "round": decision.round,
        "seq": decision.seq,
        "actor_id": None if decision.automatic else decision.actor,
        "on_behalf_of_id": decision.on_behalf_of,
        "verdict": decision.verdict,
        "binding": decision.binding,
        "automatic": decision.automatic,
        "comment": decision.comment,
        "evidence": dict(decision.evidence),
        "snapshot_hash": decision.snapshot_hash,
        "decided_at": decision.decided_at,
    }


def entry_row(state: InstanceState, event: Event, entry_id: uuid.UUID) -> Row:
    payload: Row = dict(event.data)
    return {
        "id": entry_id,
        "instance_id": state.id,
        "seq": event.seq,
        "round": event.round,
        "kind": event.kind,
        "actor_id": None if event.actor.int == 0 else event.actor,
        "node_key": event.node_key,
        "task_id": event.task_id,
        "staff_ids": [str(person) for person in event.staff],
        "explanation": event.explanation.to_json() if event.explanation else None,
        "data": payload,
        "happened_at": event.at,
    }


def rebuild(state: InstanceState, *, document_id: uuid.UUID) -> tuple[Row, list[Row], list[Row]]:
    """The instance, node and task rows a state stands for, to check stored rows against it."""
    return (
        instance_row(state, document_id=document_id),
        [node_row(state, node) for node in state.nodes.values()],
        [task_row(state, task) for task in state.tasks.values()],
    )
