"""The working copy a command edits: cheap to make from a state, frozen into the next one.

Only the parts a command touches are new objects; everything else is shared with the old state.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval.codec import evolve
from mobile_hrp.domain.approval.events import Event, EventKind
from mobile_hrp.domain.approval.plan import Explanation, FlowPlan, PlanNode
from mobile_hrp.domain.approval.separation import (
    Filled,
    Obstacle,
    ObstacleKind,
    conflict,
    filled_seats,
)
from mobile_hrp.domain.approval.state import (
    Alarm,
    ApprovedVersion,
    Decision,
    InstanceState,
    NodeState,
    ProxyGrant,
    Task,
)
from mobile_hrp.domain.approval.terms import (
    OPEN_TASKS,
    TASKS_MAX,
    CloseReason,
    InstanceStatus,
    NodeStatus,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    state: InstanceState
    events: tuple[Event, ...]


class Draft:
    """Mutable for the length of one command."""

    __slots__ = (
        "actor",
        "alarms",
        "amount_fen",
        "base",
        "beneficiaries",
        "closed_at",
        "decisions",
        "events",
        "filled",
        "holders_checked",
        "ids",
        "in_force",
        "inactive",
        "interested",
        "listed",
        "nodes",
        "now",
        "plan",
        "proxies",
        "recused",
        "requester",
        "resubmit_from_start",
        "review_failed",
        "round",
        "seq",
        "snapshot_hash",
        "status",
        "tasks",
    )

    def __init__(
        self, base: InstanceState, *, actor: uuid.UUID, now: datetime, ids: Iterator[uuid.UUID]
    ) -> None:
        self.base = base
        self.actor = actor
        self.now = now
        self.ids = ids
        self.events: list[Event] = []
        self.seq: int = base.seq
        self.plan: FlowPlan = base.plan
        self.requester = base.requester
        self.beneficiaries: frozenset[uuid.UUID] = base.beneficiaries
        self.recused: frozenset[uuid.UUID] = base.recused
        self.inactive: frozenset[uuid.UUID] = base.inactive
        self.interested: frozenset[uuid.UUID] = frozenset()
        self.listed: dict[str, list[Task]] = {}
        self.filled: Filled | None = None
        self.refresh_interested()
        self.holders_checked = True  # by the command before this one
        self.nodes: dict[str, NodeState] = dict(base.nodes)
        self.tasks: dict[uuid.UUID, Task] = dict(base.tasks)
        self.decisions: tuple[Decision, ...] = base.decisions
        self.proxies: tuple[ProxyGrant, ...] = base.proxies
        self.alarms: tuple[Alarm, ...] = base.alarms
        self.amount_fen: int = base.amount_fen
        self.snapshot_hash: str = base.snapshot_hash
        self.status: InstanceStatus = base.status
        self.round: int = base.round
        self.resubmit_from_start: bool = base.resubmit_from_start
        self.in_force: ApprovedVersion | None = base.in_force
        self.review_failed: bool = base.review_failed
        self.closed_at: datetime | None = base.closed_at

    def refresh_interested(self) -> None:
        """Everybody who may not decide on this document: requester, beneficiaries, recused."""
        self.interested = frozenset((self.requester,)) | self.beneficiaries | self.recused
        self.forget()

    def forget(self) -> None:
        """What is known of conflicts is out of date: decisions, people or the plan changed."""
        self.filled = None
        self.holders_checked = False

    def outcome(self) -> Outcome:
        state = evolve(
            self.base,
            plan=self.plan,
            snapshot_hash=self.snapshot_hash,
            beneficiaries=self.beneficiaries,
            recused=self.recused,
            inactive=self.inactive,
            amount_fen=self.amount_fen,
            status=self.status,
            round=self.round,
            seq=self.seq,
            nodes=self.nodes,
            tasks=self.tasks,
            decisions=self.decisions,
            proxies=self.proxies,
            alarms=self.alarms,
            resubmit_from_start=self.resubmit_from_start,
            in_force=self.in_force,
            review_failed=self.review_failed,
            closed_at=self.closed_at,
        )
        return Outcome(state, tuple(self.events))

    def obstacle(self, node: PlanNode, person: uuid.UUID) -> Obstacle | None:
        """Why this person may not decide at this node now; None when nothing speaks against it."""
        found = self.conflict(node, person)
        if found is None and self.inactive and person in self.inactive:
            return Obstacle(ObstacleKind.ABSENT)
        return found

    def conflict(self, node: PlanNode, person: uuid.UUID) -> Obstacle | None:
        """``separation.conflict``, without the work where nothing can speak against somebody."""
        if self.filled is None:
            self.filled = filled_seats(self)
        if person in self.interested or person in self.filled or self.plan.linked_duties:
            return conflict(self, node, person, self.filled)
        return None

    # ---- events

    def emit(
        self,
        kind: EventKind,
        *,
        node_key: str = "",
        task_id: uuid.UUID | None = None,
        staff: tuple[uuid.UUID, ...] = (),
        explanation: Explanation | None = None,
        data: Mapping[str, str | int] | None = None,
    ) -> None:
        self.seq += 1
        self.events.append(
            Event(
                self.seq,
                kind,
                self.now,
                self.actor,
                self.round,
                node_key,
                task_id,
                staff,
                explanation,
                data or {},
            )
        )

    def explain(self, node_key: str, code: str, **params: str | int | uuid.UUID) -> None:
        """Record an automatic choice at its node, so that nothing happens silently."""
        plain = {
            name: str(value) if isinstance(value, uuid.UUID) else value
            for name, value in params.items()
        }
        explanation = Explanation(code, plain)
        node = self.nodes.get(node_key)
        if node is not None:
            self.nodes[node_key] = evolve(node, explanations=(*node.explanations, explanation))
        self.emit(EventKind.EXPLAINED, node_key=node_key, explanation=explanation)

    # ---- nodes

    def node(self, key: str) -> PlanNode:
        return self.plan.node_by_key[key]

    def set_node(self, key: str, **changes: Any) -> NodeState:
        changed = evolve(self.nodes[key], **changes)
        self.nodes[key] = changed
        self.listed.pop(key, None)
        return changed

    def node_tasks(self, key: str) -> list[Task]:
        """The tasks of the node's current run, in the order they arose. Do not change the list."""
        known = self.listed.get(key)
        if known is None:
            known = self.listed[key] = [self.tasks[one] for one in self.nodes[key].task_ids]
        return known

    def active_nodes(self) -> list[PlanNode]:
        return [
            node for node in self.plan.nodes if self.nodes[node.key].status is NodeStatus.ACTIVE
        ]

    def finish_node(self, key: str, status: NodeStatus, kind: EventKind, why: CloseReason) -> None:
        """Close what is still open at the node and give it its final status."""
        self.close_tasks(self.node_tasks(key), why)
        self.set_node(key, status=status, closed_at=self.now, blocked=False)
        self.emit(kind, node_key=key, data={"kind": self.node(key).kind.value})

    def reset_node(self, key: str) -> None:
        """Undo a node: its decisions stop counting, its tasks close, it waits for its turn."""
        node = self.nodes[key]
        if node.status is NodeStatus.WAITING:
            return
        self.close_tasks(self.node_tasks(key), CloseReason.RESET)
        self.set_node(
            key,
            status=NodeStatus.WAITING,
            since=self.seq,
            task_ids=(),
            seats=(),
            blocked=False,
            objections=(),
            window_ends_at=None,
            closed_at=None,
        )
        self.forget()
        self.emit(EventKind.NODE_RESET, node_key=key, data={"run": node.run})

    # ---- tasks

    def set_task(self, task: Task, **changes: Any) -> Task:
        changed = evolve(task, **changes)
        self.tasks[task.id] = changed
        self.listed.pop(task.node_key, None)
        return changed

    def add_task(self, node_key: str, assignee: uuid.UUID, **fields: Any) -> Task:
        """Create a task that waits; ``open_task`` makes it pending."""
        if len(self.tasks) >= TASKS_MAX:
            raise Refusal("INSTANCE_TOO_LONG", limit=TASKS_MAX)
        self.seq += 1
        fields.setdefault("status", TaskStatus.WAITING)
        fields.setdefault("seat", 0)
        node = self.nodes.get(node_key)
        task = Task(
            id=next(self.ids),
            node_key=node_key,
            run=node.run if node else 0,
            assignee=assignee,
            seq=self.seq,
            **fields,
        )
        self.tasks[task.id] = task
        if node is not None:
            self.nodes[node_key] = evolve(node, task_ids=(*node.task_ids, task.id))
            self.listed.pop(node_key, None)
        return task

    def open_task(self, task: Task) -> Task:
        """Make a task pending, start its clocks, and tell its holder."""
        node = self.plan.node_by_key.get(task.node_key)
        changes: dict[str, Any] = {"status": TaskStatus.PENDING}
        if task.opened_at is None:
            changes["opened_at"] = self.now
            if node is not None and task.kind is TaskKind.DECIDE:
                changes.update(self._clocks(node))
        opened = self.set_task(task, **changes)
        self.emit(
            EventKind.TASK_OPENED,
            node_key=task.node_key,
            task_id=task.id,
            staff=(task.assignee,),
            data={"task_kind": task.kind.value, "role": task.role.value},
        )
        return opened

    def _clocks(self, node: PlanNode) -> dict[str, datetime]:
        clocks: dict[str, datetime] = {}
        calendar = self.plan.calendar_of(node)
        if node.due is not None:
            clocks["due_at"] = node.due.after(self.now, calendar)
        if node.timeouts:
            clocks["timeout_at"] = node.timeouts[0].after.after(self.now, calendar)
        return clocks

    def close_task(self, task: Task, because: CloseReason) -> Task:
        closed = self.set_task(
            task,
            status=TaskStatus.CLOSED,
            because=because,
            finished_at=self.now,
            timeout_at=None,
        )
        self.emit(
            EventKind.TASK_CLOSED,
            node_key=task.node_key,
            task_id=task.id,
            staff=(task.assignee,),
            data={"because": because.value, "was": task.status.value},
        )
        return closed

    def close_tasks(self, tasks: Iterable[Task], because: CloseReason) -> None:
        for task in tasks:
            if task.status in OPEN_TASKS:
                self.close_task(task, because)

    def decide_task(
        self,
        task: Task,
        verdict: Verdict,
        *,
        actor: uuid.UUID | None = None,
        comment: str = "",
        binding: bool = True,
        automatic: bool = False,
        on_behalf_of: uuid.UUID | None = None,
        evidence: Mapping[str, str] | None = None,
    ) -> Task:
        """Record the one decision of a task."""
        self.emit(
            EventKind.DECIDED,
            node_key=task.node_key,
            task_id=task.id,
            staff=(self.requester,),
            data={"verdict": verdict.value, "comment": comment, "automatic": int(automatic)},
        )
        decision = Decision(
            id=next(self.ids),
            task_id=task.id,
            node_key=task.node_key,
            run=task.run,
            seat=task.seat,
            round=self.round,
            seq=self.seq,
            actor=self.actor if actor is None else actor,
            verdict=verdict,
            snapshot_hash=self.snapshot_hash,
            decided_at=self.now,
            on_behalf_of=on_behalf_of,
            binding=binding,
            automatic=automatic,
            comment=comment,
            evidence=evidence or {},
        )
        self.decisions = (*self.decisions, decision)
        self.forget()
        return self.set_task(
            task,
            status=TaskStatus.DECIDED,
            verdict=verdict,
            finished_at=self.now,
            timeout_at=None,
        )

    def children(self, task: Task) -> list[Task]:
        """The tasks added to or delegated from this one; a consultation holds nothing up."""
        return [
            child
            for child in self.node_tasks(task.node_key)
            if child.parent == task.id and child.kind is TaskKind.DECIDE
        ]
