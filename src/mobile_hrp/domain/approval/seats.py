"""Reading the seats of a node: who sits there, what is over, whose turn comes back."""

import uuid

from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    OPEN_TASKS,
    SeatRole,
    TaskKind,
    TaskStatus,
)


def people_at(draft: Draft, node_key: str) -> set[uuid.UUID]:
    """Everybody with an open or decided seat in the node's current run, principals included."""
    people = set()
    for task in draft.node_tasks(node_key):
        if task.kind is not TaskKind.DECIDE:
            continue
        if task.status in OPEN_TASKS or task.status is TaskStatus.DECIDED:
            people.add(task.assignee)
            if task.principal is not None:
                people.add(task.principal)
    return people


def main_tasks(draft: Draft, node_key: str) -> list[Task]:
    """The tasks that hold the node's seats now, without those that were replaced or removed."""
    return [
        task
        for task in draft.node_tasks(node_key)
        if task.kind is TaskKind.DECIDE
        and task.role is SeatRole.MAIN
        and task.status is not TaskStatus.CLOSED
    ]


def is_complete(draft: Draft, task: Task) -> bool:
    """Nothing of this task is outstanding: it is over and so is everybody added after it."""
    if task.status is TaskStatus.CLOSED:
        return True
    return task.status is TaskStatus.DECIDED and all(
        is_complete(draft, child) for child in draft.children(task) if child.role is SeatRole.AFTER
    )


def unpark(draft: Draft, task: Task) -> None:
    """Give a parked task its turn once nobody before it is left."""
    if task.status is TaskStatus.PARKED and all(
        is_complete(draft, child)
        for child in draft.children(task)
        if child.role is not SeatRole.AFTER
    ):
        draft.open_task(task)


def ascend(draft: Draft, task: Task) -> None:
    """After a task is over: wake the one it was added to, or what that one was added to."""
    while task.parent is not None and is_complete(draft, task):
        parent = draft.tasks[task.parent]
        if parent.status is TaskStatus.PARKED:
            unpark(draft, parent)
            return
        task = parent


def release_pool(draft: Draft, node_key: str) -> None:
    """Nobody holds the claim any more: everybody in the pool may take it."""
    for task in main_tasks(draft, node_key):
        if task.status is TaskStatus.TAKEN:
            draft.open_task(task)
