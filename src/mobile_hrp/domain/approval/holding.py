"""Who may act on a task, and the checks that several commands share."""

import uuid

from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.plan import PlanNode
from mobile_hrp.domain.approval.seats import people_at
from mobile_hrp.domain.approval.separation import Obstacle
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    COMMENT_LENGTH_MAX,
    Action,
    InstanceStatus,
    TaskKind,
    TaskStatus,
)
from mobile_hrp.domain.refusal import Refusal

_WAITS = {
    TaskStatus.WAITING: RefusalCode.TASK_NOT_YOUR_TURN,
    TaskStatus.PARKED: RefusalCode.TASK_NOT_YOUR_TURN,
    TaskStatus.TAKEN: RefusalCode.TASK_TAKEN,
}


def own_task(draft: Draft, task_id: uuid.UUID) -> Task:
    """The actor's task, whatever its status; anybody else's is as good as not there."""
    task = draft.tasks.get(task_id)
    if task is None or draft.actor not in (task.assignee, task.principal):
        raise Refusal(RefusalCode.TASK_NOT_FOUND, path="task_id")
    return task


def held_task(
    draft: Draft, task_id: uuid.UUID, kinds: tuple[TaskKind, ...] = (TaskKind.DECIDE,)
) -> Task:
    """A pending task the actor may act on now.

    Raises:
        Refusal: TASK_NOT_FOUND for an unknown and for a foreign task alike; otherwise the reason
            why the actor's own task is not actionable.
    """
    task = own_task(draft, task_id)
    if task.status is TaskStatus.DECIDED:
        raise Refusal(
            RefusalCode.TASK_ALREADY_DECIDED, path="task_id", verdict=str(task.verdict or "")
        )
    if task.status is TaskStatus.CLOSED:
        raise Refusal(RefusalCode.TASK_CLOSED, path="task_id", because=str(task.because or ""))
    if task.kind not in kinds:
        raise Refusal(RefusalCode.WRONG_TASK_KIND, path="task_id", kind=task.kind.value)
    if draft.actor != task.assignee:
        raise Refusal(RefusalCode.TASK_WITH_PROXY, path="task_id")
    if task.status in _WAITS:
        raise Refusal(_WAITS[task.status], path="task_id")
    if task.grant_id is not None:
        check_grant(draft, task)
    return task


def check_grant(draft: Draft, task: Task) -> None:
    """A proxy may act only while the grant covers this document (the tick may be late)."""
    for grant in draft.proxies:
        if grant.id == task.grant_id:
            if draft.now < grant.ends_at and grant.covers(draft.plan.flow_code, draft.amount_fen):
                return
            break
    raise Refusal(RefusalCode.PROXY_EXPIRED, path="task_id")


def check_snapshot(draft: Draft, seen: str) -> None:
    """What was seen is what is decided on. The service adds the fields that differ."""
    if seen != draft.snapshot_hash:
        raise Refusal(
            RefusalCode.SNAPSHOT_STALE,
            path="snapshot_hash",
            seen=seen,
            current=draft.snapshot_hash,
        )


def check_comment(text: str, *, required: bool = False, path: str = "comment") -> None:
    if len(text) > COMMENT_LENGTH_MAX:
        raise Refusal(RefusalCode.COMMENT_TOO_LONG, path=path, limit=COMMENT_LENGTH_MAX)
    if required and not text.strip():
        raise Refusal(RefusalCode.COMMENT_REQUIRED, path=path)


def check_allowed(node: PlanNode, action: Action) -> None:
    if action in node.forbids:
        raise Refusal(RefusalCode.NOT_ALLOWED_HERE, action=action.value, node=node.name or node.key)


def refuse_obstacle(found: Obstacle, *, path: str) -> Refusal:
    return Refusal(found.kind.value, path=path, **found.params)


def check_target(draft: Draft, node: PlanNode, person: uuid.UUID, *, path: str) -> None:
    """Whether a person may be brought to this node by a colleague."""
    found = draft.obstacle(node, person)
    if found is not None:
        raise refuse_obstacle(found, path=path)
    seated_elsewhere = draft.plan.sod.one_seat_per_chain and any(
        person in people_at(draft, other.key)
        for other in draft.active_nodes()
        if other.key != node.key
    )
    if person in people_at(draft, node.key) or seated_elsewhere:
        raise Refusal(RefusalCode.ALREADY_SEATED, path=path)


def check_passes_on(task: Task) -> None:
    """A proxy decides or leaves it; the authority is not passed on (不得转委托)."""
    if task.principal is not None:
        raise Refusal(RefusalCode.PROXY_CANNOT_PASS_ON, path="task_id")


def check_requester(draft: Draft) -> None:
    if draft.actor != draft.requester:
        raise Refusal(RefusalCode.NOT_REQUESTER)


def check_administrator(draft: Draft) -> None:
    if draft.actor not in draft.plan.administrators or draft.actor in draft.inactive:
        raise Refusal(RefusalCode.NOT_ADMINISTRATOR)


def check_running(draft: Draft) -> None:
    if draft.status not in (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE):
        raise Refusal(RefusalCode.INSTANCE_CLOSED, status=draft.status.value)
