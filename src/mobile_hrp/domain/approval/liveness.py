"""I6: what waits has somebody who may act on it, or it is an alarm.

The classic dead end is an owner who is also the only assignee: a task nobody may decide.
"""

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.separation import ChainView, Obstacle, conflict, filled_seats
from mobile_hrp.domain.approval.state import Alarm, InstanceState, Task
from mobile_hrp.domain.approval.terms import (
    AlarmKind,
    InstanceStatus,
    NodeStatus,
    TaskKind,
    TaskStatus,
)

IsActive = Callable[[uuid.UUID], bool]
ConflictOf = Callable[[PlanNode, uuid.UUID], Obstacle | None]


class LiveView(ChainView, Protocol):
    @property
    def status(self) -> InstanceStatus: ...
    @property
    def tasks(self) -> Mapping[uuid.UUID, Task]: ...


def liveness_alarms(state: InstanceState, is_active: IsActive | None = None) -> tuple[Alarm, ...]:
    """The alarms of an instance, seen with the organisation as it is now.

    ``is_active`` answers for staff the engine was never told about; without it the engine's own
    list of inactive people decides.
    """
    return find_alarms(state, is_active)


def find_alarms(
    view: LiveView, is_active: IsActive | None = None, conflict_of: ConflictOf | None = None
) -> tuple[Alarm, ...]:
    """``conflict_of`` may be a quicker way to ask ``separation.conflict``."""
    if conflict_of is None:
        conflict_of = partial(conflict, view, filled=filled_seats(view))
    if view.status is InstanceStatus.RETURNED:
        return _returned_alarms(view, is_active)
    if view.status not in (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE):
        return ()
    alarms: list[Alarm] = []
    for node in view.plan.nodes:
        if view.nodes[node.key].status is NodeStatus.ACTIVE:
            alarms.extend(_node_alarms(view, node, is_active, conflict_of))
    return tuple(alarms)


def _returned_alarms(view: LiveView, is_active: IsActive | None) -> tuple[Alarm, ...]:
    return tuple(
        Alarm(AlarmKind.HOLDER_INACTIVE, task.node_key, task.id)
        for task in view.tasks.values()
        if task.kind is TaskKind.RESUBMIT
        and task.status is TaskStatus.PENDING
        and _away(view, task.assignee, is_active)
    )


def _away(view: LiveView, person: uuid.UUID, is_active: IsActive | None) -> bool:
    return (bool(view.inactive) and person in view.inactive) or (
        is_active is not None and not is_active(person)
    )


def _node_alarms(
    view: LiveView, node: PlanNode, is_active: IsActive | None, conflict_of: ConflictOf
) -> list[Alarm]:
    state = view.nodes[node.key]
    alarms = []
    pending = 0
    for task_id in state.task_ids:
        task = view.tasks[task_id]
        if task.status is not TaskStatus.PENDING or task.kind is TaskKind.CONSULT:
            continue
        pending += 1
        if _away(view, task.assignee, is_active):
            alarms.append(Alarm(AlarmKind.HOLDER_INACTIVE, node.key, task.id))
        elif conflict_of(node, task.assignee) is not None or (
            task.principal is not None and conflict_of(node, task.principal) is not None
        ):
            alarms.append(Alarm(AlarmKind.HOLDER_CONFLICTED, node.key, task.id))
    if node.is_publicity:
        if any(one.task_id is None and not one.dismissed for one in state.objections):
            alarms.append(Alarm(AlarmKind.OBJECTION_UNHANDLED, node.key))
    elif pending == 0:
        alarms.append(Alarm(AlarmKind.NODE_BLOCKED, node.key))
    return alarms
