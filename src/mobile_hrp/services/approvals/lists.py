"""Lists of tasks: what waits for me, what I did, what was copied to me, what is made public."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, func, select

from mobile_hrp.domain.approval.terms import NodeKind, NodeStatus, TaskKind, TaskStatus
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.approval import ApprovalInstance, ApprovalNode, ApprovalTask
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.askers import Asker, Members, OneOf, among

SCENARIOS_MAX = 100

TaskRows: TypeAlias = Select[ApprovalTask, uuid.UUID]
"""Tasks, each with the id of its document."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Narrows a list of tasks; amounts are fen, both ends included.

    At most ``SCENARIOS_MAX`` codes count. A compiled statement gives expressions for values.
    """

    scenario_codes: Members = ()
    amount_fen_min: int | ColumnElement[int] | None = None
    amount_fen_max: int | ColumnElement[int] | None = None
    overdue_at: datetime | ColumnElement[datetime] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.scenario_codes:
            codes = self.scenario_codes
            some = codes if isinstance(codes, OneOf) else list(codes)[:SCENARIOS_MAX]
            found.append(among(ApprovalInstance.flow_code, some))
        if self.amount_fen_min is not None:
            found.append(ApprovalInstance.amount_fen >= self.amount_fen_min)
        if self.amount_fen_max is not None:
            found.append(ApprovalInstance.amount_fen <= self.amount_fen_max)
        if self.overdue_at is not None:
            found.append(ApprovalTask.due_at < self.overdue_at)
        return found


@dataclass(frozen=True, slots=True)
class TodoCounts:
    """How much waits; ``by_kind`` and ``by_scenario`` add up to ``total``."""

    total: int
    overdue: int
    by_kind: Sequence[tuple[TaskKind, int]]
    by_scenario: Sequence[tuple[str, int]]


def tasks_waiting(viewer: Asker, narrowed: TaskFilter) -> TaskRows:
    """待办: (task, document id)."""
    return _tasks(*_waiting(viewer), *narrowed.conditions())


def number_waiting(viewer: Asker) -> Select[int]:
    """How many wait; the document of a task is not looked at, each has one."""
    return select(func.count()).select_from(ApprovalTask).where(*_waiting(viewer))


def tasks_done(viewer: Asker, narrowed: TaskFilter) -> TaskRows:
    """已办: (task, document id)."""
    return _tasks(
        ApprovalTask.hospital_id == viewer.hospital_id,
        ApprovalTask.assignee_id == viewer.staff_id,
        ApprovalTask.status == TaskStatus.DECIDED,
        *narrowed.conditions(),
    )


def copies(viewer: Asker, narrowed: TaskFilter, *, unread_only: bool) -> TaskRows:
    """抄送我的: (task, document id)."""
    conditions = [
        ApprovalTask.hospital_id == viewer.hospital_id,
        ApprovalTask.assignee_id == viewer.staff_id,
        ApprovalTask.kind == TaskKind.COPY,
        *narrowed.conditions(),
    ]
    if unread_only:
        conditions.append(ApprovalTask.status == TaskStatus.UNREAD)
    return _tasks(*conditions)


def _waiting(viewer: Asker) -> Sequence[ColumnElement[bool]]:
    return (
        ApprovalTask.hospital_id == viewer.hospital_id,
        ApprovalTask.assignee_id == viewer.staff_id,
        ApprovalTask.status == TaskStatus.PENDING,
        ApprovalTask.kind != TaskKind.COPY,
    )


def _tasks(*conditions: ColumnElement[bool]) -> TaskRows:
    return (
        select(ApprovalTask, ApprovalInstance.document_id)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
            & (ApprovalInstance.id == ApprovalTask.instance_id),
        )
        .where(*conditions)
    )


def in_publicity() -> Select[ApprovalNode, Document]:
    """公示中: (node, document); open to everybody in the hospital while the window is."""
    return (
        select(ApprovalNode, Document)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalNode.hospital_id)
            & (ApprovalInstance.id == ApprovalNode.instance_id),
        )
        .join(
            Document,
            (Document.hospital_id == ApprovalInstance.hospital_id)
            & (Document.id == ApprovalInstance.document_id),
        )
        .where(
            ApprovalNode.kind == NodeKind.PUBLICITY,
            ApprovalNode.status == NodeStatus.ACTIVE,
            ApprovalNode.opened_at.is_not(None),
        )
    )


async def count_waiting(session: AnySession, *, viewer: Viewer, now: datetime) -> TodoCounts:
    """One pass over what waits for the viewer."""
    rows = await session.execute(
        select(
            ApprovalTask.kind,
            ApprovalInstance.flow_code,
            func.count().label("number"),
            func.count().filter(ApprovalTask.due_at < now).label("late"),
        )
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
            & (ApprovalInstance.id == ApprovalTask.instance_id),
        )
        .where(*_waiting(viewer))
        .group_by(ApprovalTask.kind, ApprovalInstance.flow_code)
    )
    kinds: dict[TaskKind, int] = {}
    scenarios: dict[str, int] = {}
    late = 0
    for row in rows:
        kinds[row.kind] = kinds.get(row.kind, 0) + row.number
        scenarios[row.flow_code] = scenarios.get(row.flow_code, 0) + row.number
        late += row.late
    return TodoCounts(sum(kinds.values()), late, sorted(kinds.items()), sorted(scenarios.items()))
