"""When the engine wants to be ticked next."""

from datetime import datetime

from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import InstanceStatus, NodeStatus, TaskStatus

_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE)


def next_wakeup(state: InstanceState) -> datetime | None:
    """The earliest timeout, end of a publicity window or expiry of a proxy; None when none is.

    A window with an open objection wakes nobody: the answer to the objection will.
    """
    if state.status not in _LIVE:
        return None
    moments: list[datetime] = [grant.ends_at for grant in state.proxies]
    for node in state.nodes.values():
        if node.status is not NodeStatus.ACTIVE:
            continue
        if node.window_ends_at is not None and all(one.dismissed for one in node.objections):
            moments.append(node.window_ends_at)
        for task_id in node.task_ids:
            task = state.tasks[task_id]
            if task.status is TaskStatus.PENDING and task.timeout_at is not None:
                moments.append(task.timeout_at)
    return min(moments, default=None)
