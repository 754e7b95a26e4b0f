"""Who hears what of an approval's events: which notification kind, to whom, how often.

The approval engine keeps the clocks (reminders, timeouts, escalation) on the business calendar;
its events are told here and nothing counts time a second time. A task is told to its holder (T1),
at the second reminder also to those who may stand in for them (T2), and when it goes to the
superior (T3) to the superior as a task and to the holder before as news.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import func, select

from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.events import Event, EventKind
from mobile_hrp.domain.approval.state import Task
from mobile_hrp.domain.approval.terms import (
    DEDUCT,
    REQUESTER_NODE,
    CloseReason,
    NodeKind,
    TaskKind,
    TimeoutAction,
)
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.notification.of_tasks import kind_of_task
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.document import Document
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.organization import RoleAssignment, Staff
from mobile_hrp.notifications.withdrawal import withdraw
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import News, Telling, tell_all
from mobile_hrp.services.role_holders import heads_of_department

_RESULTS = {EventKind.APPROVED, EventKind.REJECTED, EventKind.SENT_BACK}
_TOLD = {
    EventKind.COPIED: "cc_info",
    EventKind.COMMENTED: "mentioned",
    EventKind.CONSULT_ANSWERED: "answer_given",
}
_ENDED = {EventKind.TASK_MOVED, EventKind.TASK_CLOSED, EventKind.DECIDED}
_DEPUTIES_FROM = 2
"""The reminder from which on deputies are told too."""
_INDICATOR_READERS = (Role.DEPT_HEAD.value, Role.PERFORMANCE_OFFICE.value)


class Transition(Protocol):
    """What is told of: one transition of one document's approval."""

    @property
    def document(self) -> Document: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def actor_id(self) -> uuid.UUID | None: ...
    @property
    def now(self) -> datetime: ...


async def tell_events(
    session: WriteSession, happening: Transition, events: Iterable[Event]
) -> None:
    """Tell people what waits for them or came out, and take back what does not wait any more.

    What is told in a row is written at once, and so is what is taken back in a row.
    """
    bulletin = _Bulletin(session, happening)
    for event in events:
        await _tell_event(session, bulletin, event)
    await bulletin.send()


class _Bulletin:
    """What is to be told and taken back, until it is sent in the order it was added."""

    def __init__(self, session: WriteSession, happening: Transition) -> None:
        self._session = session
        self.happening = happening
        self._tellings: list[Telling] = []
        self._ended: list[uuid.UUID] = []

    async def tell(self, news: News, recipients: Sequence[uuid.UUID]) -> None:
        if self._ended:
            await self.send()
        self._tellings.append(Telling(news, recipients))

    async def take_back(self, task_id: uuid.UUID) -> None:
        """End what was told of a task."""
        if self._tellings:
            await self.send()
        self._ended.append(task_id)

    async def send(self) -> None:
        """Write what was added so far: one of both, since each sends the other before."""
        hospital_id, now = self.happening.document.hospital_id, self.happening.now
        if self._tellings:
            await tell_all(self._session, hospital_id=hospital_id, tellings=self._tellings, now=now)
        if self._ended:
            await withdraw(
                self._session,
                hospital_id=hospital_id,
                subject_type="task",
                subject_ids=self._ended,
                acted_by=self.happening.actor_id,
                now=now,
            )
        self._tellings, self._ended = [], []


async def _tell_event(session: WriteSession, bulletin: _Bulletin, event: Event) -> None:
    happening = bulletin.happening
    if event.kind is EventKind.TASK_OPENED:
        await _tell_holder(bulletin, event)
    elif event.kind is EventKind.REMINDED:
        await _remind(session, bulletin, event)
    elif event.kind is EventKind.TIMED_OUT:
        await _timed_out(session, bulletin, event)
    elif event.kind in _ENDED:
        if event.task_id is not None:
            await bulletin.take_back(event.task_id)
    elif event.kind in _TOLD:
        await _about_document(bulletin, event, _TOLD[event.kind], event.staff)
    if _is_result(event):
        people = (happening.document.requester_id,)
        await _about_document(bulletin, event, "applicant_result", people)
    await _goods_and_windows(session, bulletin, event)


def _is_result(event: Event) -> bool:
    """What the requester hears of as the outcome.

    A document that comes back to them is a task of theirs, which says so itself. Less than was
    asked for is told at once.
    """
    if event.kind is EventKind.SENT_BACK:
        return event.data.get("to") != REQUESTER_NODE
    deducted = event.kind is EventKind.AMENDED and event.data.get("right") == DEDUCT
    return event.kind in _RESULTS or deducted


async def _tell_holder(bulletin: _Bulletin, event: Event) -> None:
    task = _task_of(bulletin.happening, event)
    if task is not None:
        await _about_task(bulletin, event, task)


async def _remind(session: WriteSession, bulletin: _Bulletin, event: Event) -> None:
    """Tell the holder again, numbered, and for how long it has waited."""
    task = _task_of(bulletin.happening, event)
    if task is None:
        return
    await bulletin.send()  # the number is read of what was told
    ordinal = await _next_ordinal(session, bulletin.happening, task)
    await _about_task(bulletin, event, task, ordinal=ordinal)


async def _timed_out(session: WriteSession, bulletin: _Bulletin, event: Event) -> None:
    task = _task_of(bulletin.happening, event)
    if task is None:
        return
    action = event.data.get("action")
    if action == TimeoutAction.REMIND:
        await _remind(session, bulletin, event)
        if int(event.data.get("step", 1)) >= _DEPUTIES_FROM:
            people = await deputies_of(session, bulletin.happening, task.assignee)
            await _tell_deputies(session, bulletin, event, task, people)
    elif action == TimeoutAction.ESCALATE and task.because is CloseReason.ESCALATED:
        people = (task.assignee,)
        await _about_document(bulletin, event, "task_escalated", people, task=task)


async def _goods_and_windows(session: WriteSession, bulletin: _Bulletin, event: Event) -> None:
    """What only some scenarios tell: the kinds that they name."""
    happening = bulletin.happening
    listed = happening.scenario.notifications
    requester = (happening.document.requester_id,)
    if event.kind is EventKind.NODE_DONE and "goods_ready" in listed:
        if happening.outcome.state.node(event.node_key).kind is NodeKind.HANDLE:
            await _about_document(bulletin, event, "goods_ready", requester)
    elif event.kind is EventKind.NODE_OPENED:
        kind = happening.outcome.state.node(event.node_key).kind
        if kind is NodeKind.RECEIVE and "goods_in_transit" in listed:
            await _about_document(bulletin, event, "goods_in_transit", requester)
        if kind is NodeKind.PUBLICITY and "dispute_window" in listed:
            people = (*requester, *sorted(happening.outcome.state.beneficiaries))
            await _about_document(bulletin, event, "dispute_window", people)
    elif event.kind is EventKind.APPROVED and "indicator_changed" in listed:
        readers = await _indicator_readers(session, happening)
        await _about_document(bulletin, event, "indicator_changed", readers)


async def deputies_of(
    session: AnySession, happening: Transition, holder: uuid.UUID
) -> Sequence[uuid.UUID]:
    """Who may stand in: those the holder has named, else the heads of the holder's department."""
    hospital_id = happening.document.hospital_id
    named = await session.scalars(
        select(ApprovalProxy.proxy_id)
        .where(
            ApprovalProxy.hospital_id == hospital_id,
            ApprovalProxy.principal_id == holder,
            ApprovalProxy.revoked_at.is_(None),
            ApprovalProxy.ends_at > happening.now,
        )
        .distinct()
        .order_by(ApprovalProxy.proxy_id)
    )
    found = list(named)
    if not found:
        department = await session.scalar(
            select(Staff.department_id).where(Staff.hospital_id == hospital_id, Staff.id == holder)
        )
        if department is not None:
            day = await budget_day(session, hospital_id, happening.now)
            found += await heads_of_department(
                session, hospital_id=hospital_id, department_id=department, day=day
            )
    return [person for person in found if person != holder]


async def _indicator_readers(session: AnySession, happening: Transition) -> Sequence[uuid.UUID]:
    """Those who steer by indicators: the heads of departments and the performance office."""
    day = await budget_day(session, happening.document.hospital_id, happening.now)
    found = await session.scalars(
        select(RoleAssignment.staff_id)
        .join(
            Staff,
            (Staff.hospital_id == RoleAssignment.hospital_id)
            & (Staff.id == RoleAssignment.staff_id),
        )
        .where(
            RoleAssignment.hospital_id == happening.document.hospital_id,
            RoleAssignment.role.in_(_INDICATOR_READERS),
            RoleAssignment.valid_from <= day,
            func.coalesce(RoleAssignment.valid_to > day, True),
            Staff.active,
        )
        .distinct()
        .order_by(RoleAssignment.staff_id)
    )
    return found.all()


async def _next_ordinal(session: AnySession, happening: Transition, task: Task) -> int:
    """One more than this task was told already, by timeouts and by hand together."""
    told = await session.scalar(
        select(func.max(Notification.ordinal)).where(
            Notification.hospital_id == happening.document.hospital_id,
            Notification.subject_type == "task",
            Notification.subject_id == task.id,
        )
    )
    return (told or 0) + 1


async def _about_task(bulletin: _Bulletin, event: Event, task: Task, *, ordinal: int = 1) -> None:
    happening = bulletin.happening
    listed = happening.scenario.notifications
    returned_by = _sender(happening)
    kind = kind_of_task(
        task.kind,
        _node_kind(happening, task),
        listed,
        late=event.kind is EventKind.TIMED_OUT,
        wants_papers="request_material" in returned_by,
    )
    params = _params(happening, event, task)
    if task.kind is TaskKind.RESUBMIT:
        params["result"] = EventKind.SENT_BACK.value
    news = News(
        kind=kind,
        subject_type="task",
        subject_id=task.id,
        dedupe_key=_key(happening, kind, event),
        params=params,
        ordinal=ordinal,
    )
    await bulletin.tell(news, event.staff or (task.assignee,))


async def _about_document(
    bulletin: _Bulletin,
    event: Event,
    kind: str,
    people: Sequence[uuid.UUID],
    *,
    task: Task | None = None,
) -> None:
    happening = bulletin.happening
    news = News(
        kind=kind,
        subject_type="document",
        subject_id=happening.document.id,
        dedupe_key=_key(happening, kind, event),
        params=_params(happening, event, task),
    )
    await bulletin.tell(news, people)


async def _tell_deputies(
    session: AnySession,
    bulletin: _Bulletin,
    event: Event,
    task: Task,
    people: Sequence[uuid.UUID],
) -> None:
    """News of somebody else's task, which ends with the task itself."""
    happening = bulletin.happening
    holder = await session.scalar(
        select(Staff.name).where(
            Staff.hospital_id == happening.document.hospital_id, Staff.id == task.assignee
        )
    )
    news = News(
        kind="overdue_told",
        subject_type="task",
        subject_id=task.id,
        dedupe_key=_key(happening, "overdue_told", event),
        params={**_params(happening, event, task), "holder": holder},
    )
    await bulletin.tell(news, people)


def _key(happening: Transition, kind: str, event: Event) -> str:
    return f"{kind}:{happening.outcome.state.id}:{event.seq}"


def _params(happening: Transition, event: Event, task: Task | None) -> dict[str, object]:
    """What the texts inside the app may name."""
    document = happening.document
    params: dict[str, object] = {
        "number": document.number,
        "title": document.title,
        "result": event.kind.value,
    }
    if "period" in document.values:
        params["period"] = str(document.values["period"])
    if "effective" in document.values:
        params["period"] = str(document.values["effective"])
    if event.node_key in happening.outcome.state.nodes:
        ends_at = happening.outcome.state.nodes[event.node_key].window_ends_at
        if ends_at is not None:
            params["due_on"] = ends_at.date().isoformat()
    if task is not None:
        if task.due_at is not None:
            params["due_on"] = task.due_at.date().isoformat()
        params["waited_hours"] = waited_hours(task, happening.now)
    return params


def waited_hours(task: Task, now: datetime) -> int:
    """Whole hours since the task reached its holder."""
    since = task.opened_at or now
    return max(0, int((now - since).total_seconds() // 3600))


def _task_of(happening: Transition, event: Event) -> Task | None:
    """The task an event is about, unless it is only a copy."""
    task = happening.outcome.state.tasks[event.task_id] if event.task_id else None
    return None if task is None or task.kind is TaskKind.COPY else task


def _node_kind(happening: Transition, task: Task) -> NodeKind:
    planned = happening.outcome.state.plan.node_by_key.get(task.node_key)
    return NodeKind.APPROVE if planned is None else planned.kind


def _sender(happening: Transition) -> frozenset[str]:
    """What the node that sends the document back may do besides deciding."""
    for event in happening.outcome.events:
        if event.kind is EventKind.SENT_BACK:
            planned = happening.outcome.state.plan.node_by_key.get(event.node_key)
            return frozenset() if planned is None else planned.can
    return frozenset()
