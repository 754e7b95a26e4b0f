"""Talking about a document without deciding: remind, comment, consult, copy, read."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone

from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.domain.approval.commands import (
    AnswerConsult,
    CarbonCopy,
    Comment,
    Consult,
    MarkRead,
    Remind,
)
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_allowed,
    check_comment,
    check_running,
    held_task,
    own_task,
)
from mobile_hrp.domain.approval.terms import (
    RECIPIENTS_MAX,
    REMIND_GAP_MINUTES,
    REMINDS_PER_DAY_MAX,
    SYSTEM,
    Action,
    CloseReason,
    TaskKind,
    TaskStatus,
)
from mobile_hrp.domain.refusal import Refusal

_CHINA = timezone(timedelta(hours=8))
"""A day of reminders is a calendar day in China, whatever the server's zone."""


def remind(draft: Draft, command: Remind) -> None:
    """催办 by the requester: at least 30 minutes apart and at most 3 a day for one task."""
    task = draft.tasks.get(command.task_id)
    if draft.actor != draft.requester or task is None or task.kind is TaskKind.COPY:
        raise Refusal(RefusalCode.TASK_NOT_FOUND, path="task_id")
    if task.status is not TaskStatus.PENDING:
        raise Refusal(RefusalCode.TASK_CLOSED, path="task_id", because=str(task.because or ""))
    today = [at for at in task.reminded_at if _day(at) == _day(draft.now)]
    if task.reminded_at:
        waited = max(draft.now - task.reminded_at[-1], timedelta())
        missing = timedelta(minutes=REMIND_GAP_MINUTES) - waited
        if missing > timedelta():
            raise Refusal(
                RefusalCode.REMIND_TOO_SOON,
                path="task_id",
                minutes=-(-int(missing.total_seconds()) // 60),
            )
    if len(today) >= REMINDS_PER_DAY_MAX:
        raise Refusal(RefusalCode.REMIND_LIMIT, path="task_id", limit=REMINDS_PER_DAY_MAX)
    draft.set_task(task, reminded_at=(*task.reminded_at, draft.now)[-REMINDS_PER_DAY_MAX:])
    since = task.opened_at or draft.now
    draft.emit(
        EventKind.REMINDED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(task.assignee,),
        data={
            "ordinal": len(today) + 1,
            "waited_minutes": max(0, int((draft.now - since).total_seconds() // 60)),
        },
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).astimezone(_CHINA).date()


def participants(draft: Draft) -> set[uuid.UUID]:
    """Everybody who has or had a part: requester, holders, principals, copied, administrators."""
    people = {draft.requester, *draft.plan.administrators, *draft.beneficiaries}
    for task in draft.tasks.values():
        people.add(task.assignee)
        if task.principal is not None:
            people.add(task.principal)
    return people


def comment(draft: Draft, command: Comment) -> None:
    if draft.actor not in participants(draft):
        raise Refusal(RefusalCode.NOT_PARTICIPANT)
    check_comment(command.text, required=True, path="text")
    _check_recipients(command.mentions, path="mentions")
    draft.emit(
        EventKind.COMMENTED,
        staff=tuple(dict.fromkeys(command.mentions)),
        data={"comment": command.text},
    )


def consult(draft: Draft, command: Consult) -> None:
    """Ask somebody for advice. The node does not wait; the answer goes to the timeline."""
    task = held_task(draft, command.task_id, (TaskKind.DECIDE, TaskKind.OBJECTION))
    node = draft.node(task.node_key)
    check_allowed(node, Action.CONSULT)
    check_comment(command.text, required=True, path="text")
    if command.to in draft.inactive:
        raise Refusal(RefusalCode.APPROVER_INACTIVE, path="to")
    if command.to in (task.assignee, SYSTEM):
        raise Refusal(RefusalCode.ALREADY_SEATED, path="to")
    asked = draft.add_task(
        node.key, command.to, kind=TaskKind.CONSULT, parent=task.id, added_by=draft.actor
    )
    draft.emit(
        EventKind.CONSULTED,
        node_key=node.key,
        task_id=asked.id,
        staff=(command.to,),
        data={"comment": command.text},
    )
    draft.open_task(asked)


def answer_consult(draft: Draft, command: AnswerConsult) -> None:
    task = held_task(draft, command.task_id, (TaskKind.CONSULT,))
    check_comment(command.text, required=True, path="text")
    asker = draft.tasks[task.parent].assignee if task.parent else draft.requester
    draft.emit(
        EventKind.CONSULT_ANSWERED,
        node_key=task.node_key,
        task_id=task.id,
        staff=(asker,),
        data={"comment": command.text},
    )
    draft.close_task(task, CloseReason.ANSWERED)


def carbon_copy(draft: Draft, command: CarbonCopy) -> None:
    """抄送 by somebody who holds a task, or by the requester."""
    check_running(draft)
    check_comment(command.comment)
    holds = any(
        task.status is TaskStatus.PENDING and task.assignee == draft.actor
        for task in draft.tasks.values()
    )
    if draft.actor != draft.requester and not holds:
        raise Refusal(RefusalCode.NOT_PARTICIPANT)
    _check_recipients(command.to, path="to")
    for person in dict.fromkeys(command.to):
        draft.add_task(
            "",
            person,
            kind=TaskKind.COPY,
            status=TaskStatus.UNREAD,
            added_by=draft.actor,
            opened_at=draft.now,
        )
    draft.emit(
        EventKind.COPIED,
        staff=tuple(dict.fromkeys(command.to)),
        data={"comment": command.comment},
    )


def _check_recipients(people: tuple[uuid.UUID, ...], *, path: str) -> None:
    if len(people) > RECIPIENTS_MAX:
        raise Refusal(RefusalCode.TOO_MANY_RECIPIENTS, path=path, limit=RECIPIENTS_MAX)


def mark_read(draft: Draft, command: MarkRead) -> None:
    task = own_task(draft, command.task_id)
    if task.kind is not TaskKind.COPY:
        raise Refusal(RefusalCode.WRONG_TASK_KIND, path="task_id", kind=task.kind.value)
    if task.status is TaskStatus.UNREAD:
        draft.set_task(task, status=TaskStatus.READ, finished_at=draft.now)
        draft.emit(EventKind.READ, node_key=task.node_key, task_id=task.id, staff=(draft.actor,))
