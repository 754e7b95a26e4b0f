"""Deciding straight from a notification: leave to give one verdict, once, on what was shown.

A token is bound to a task, to the version of the document, to a verdict and to the place it was
given to (a signed-in device, or a card in a chat). It is used under its row's lock, through the
way in of every decision. Only its hash is kept. A forged token, somebody else's and one of another
device are answered alike; the audit tells them apart.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, select

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import CLICK_KINDS, TaskKind, TaskStatus, Verdict
from mobile_hrp.domain.identity.rate_limit import RateLimit
from mobile_hrp.domain.identity.step_up import StepUpReason, is_fresh
from mobile_hrp.domain.identity.tokens import TOKEN_BYTES, hospital_of, token_hash, token_text
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import NotificationState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.document import Document
from mobile_hrp.models.identity import Device
from mobile_hrp.models.notification import (
    Notification,
    NotificationActionToken,
    ProviderCallback,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, decision_proofs, inbox, step_up
from mobile_hrp.services.approvals import acting
from mobile_hrp.services.rate_limits import take_tokens

LIFETIME: Final = timedelta(minutes=15)
"""On a phone: as long as somebody looks at what is being decided."""
CARD_LIFETIME: Final = timedelta(hours=72)
KEPT: Final = timedelta(days=30)
"""How long hashes of ended tokens and of callbacks are kept."""
VERDICTS: Final = (Verdict.APPROVED, Verdict.REJECTED)
REFUSALS: Final = RateLimit("action_token.refused", capacity=30, per_token=timedelta(seconds=20))
"""How many refused tokens of one person are audited; beyond, each is refused and none is noted."""

_TASK: Final = "task"
_OPEN: Final = frozenset({NotificationState.LIVE, NotificationState.READ})


class TokenRefused(Refusal):
    """``reason`` is for the audit only; the person who presented the token learns the code."""

    def __init__(self, code: str, reason: str, *, notification_id: uuid.UUID | None = None) -> None:
        super().__init__(code, path="token")
        self.reason = reason
        self.notification_id = notification_id


@dataclass(frozen=True, slots=True)
class Action:
    """One verdict that may be given now. ``token`` exists nowhere else in readable form."""

    verdict: Verdict
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """What the phone must show, what may be decided on it, and what that will ask for."""

    document: Document
    snapshot_hash: str
    actions: tuple[Action, ...]
    step_up: tuple[StepUpReason, ...]


@dataclass(frozen=True, slots=True)
class _Decidable:
    notification: Notification
    task_id: uuid.UUID
    document: Document


async def offer(session: WriteSession, *, viewer: Viewer, link: str, now: datetime) -> Offered:
    """Tokens for the task a notification of the viewer is about, and the document to show.

    Opening it this way marks nothing as read.

    Raises:
        Refusal: NOT_FOUND for a link that was not sent to the viewer, ACTION_NOT_OFFERED where the
            task is over or asks for more than a verdict.
    """
    notification = await inbox.by_link(session, viewer=viewer, link=link.removeprefix("n/"))
    if notification is None:
        raise Refusal("NOT_FOUND", path="link")
    found = await _decidable(session, notification, now)
    if found is None:
        raise Refusal("ACTION_NOT_OFFERED", path="link")
    expires_at = min(now + LIFETIME, notification.expires_at)
    place = device_place(viewer.device_id)
    return Offered(
        document=found.document,
        snapshot_hash=found.document.snapshot_hash or "",
        actions=_issue(session, found, place=place, expires_at=expires_at, now=now),
        step_up=await _risks_of_device(session, viewer, found.document, now),
    )


async def offer_on_card(
    session: WriteSession,
    *,
    notification_id: uuid.UUID,
    delivery_id: uuid.UUID,
    now: datetime,
) -> Sequence[Action]:
    """Tokens for the buttons of a card; none where there is nothing to decide any more.

    They work only in callbacks of that card, only by the person the card was sent to.
    """
    notification = await session.scalar(
        select(Notification).where(Notification.id == notification_id)
    )
    found = await _decidable(session, notification, now) if notification else None
    if found is None:
        return ()
    expires_at = min(now + CARD_LIFETIME, found.notification.expires_at)
    return _issue(session, found, place=card_place(delivery_id), expires_at=expires_at, now=now)


async def decide(
    session: WriteSession, *, viewer: Viewer, token: str, comment: str, now: datetime
) -> Document:
    """Give the verdict a token of this device stands for.

    Raises:
        TokenRefused: ACTION_TOKEN_UNKNOWN, ACTION_TOKEN_USED, ACTION_TOKEN_EXPIRED.
        Refusal: STEP_UP_REQUIRED where the decision is risky and nobody has just proved who they
            are; else whatever the decision itself is refused for, such as SNAPSHOT_STALE with the
            difference. The token is not used up by a refusal.
    """
    row = await claim(
        session,
        hospital_id=viewer.hospital_id,
        staff_id=viewer.staff_id,
        token=token,
        place=device_place(viewer.device_id),
        now=now,
    )
    document = await document_of(session, row)
    proved = await _is_proved(session, viewer, row, now)
    if not proved:
        reasons = await _risks_of_device(session, viewer, document, now)
        if reasons:
            raise step_up.step_up_required(reasons)
    return await carry_out(session, viewer=viewer, row=row, comment=comment, proved=proved, now=now)


async def claim(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    token: str,
    place: str,
    now: datetime,
) -> NotificationActionToken:
    """The locked row of a token that this person may use here and now.

    Raises:
        TokenRefused: ACTION_TOKEN_UNKNOWN, ACTION_TOKEN_USED, ACTION_TOKEN_EXPIRED.
    """
    row = None
    if hospital_of(token) == hospital_id:
        row = await session.scalar(
            select(NotificationActionToken)
            .where(NotificationActionToken.token_hash == token_hash(token))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    if row is None:
        raise TokenRefused("ACTION_TOKEN_UNKNOWN", "forged")
    if row.staff_id != staff_id:
        raise TokenRefused("ACTION_TOKEN_UNKNOWN", "foreign", notification_id=row.notification_id)
    if row.device != place:
        raise TokenRefused("ACTION_TOKEN_UNKNOWN", "elsewhere", notification_id=row.notification_id)
    if row.used_at is not None:
        raise TokenRefused("ACTION_TOKEN_USED", "used", notification_id=row.notification_id)
    if now >= row.expires_at:
        raise TokenRefused("ACTION_TOKEN_EXPIRED", "expired", notification_id=row.notification_id)
    return row


async def carry_out(
    session: WriteSession,
    *,
    viewer: Viewer,
    row: NotificationActionToken,
    comment: str,
    proved: bool,
    now: datetime,
) -> Document:
    """Use a claimed token up and decide; both or nothing."""
    row.used_at = now
    document = await acting.act_on_task(
        session, viewer=viewer, command=_command(row, comment), now=now, proved=proved
    )
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="action_token.use",
        subject_type=_TASK,
        subject_id=row.task_id,
        now=now,
        detail={"verdict": row.verdict, "place": row.device, "proved": proved},
    )
    return document


async def confirm(session: WriteSession, *, viewer: Viewer, token: str, now: datetime) -> None:
    """Note that the viewer has just proved who they are, for the decision of this token alone.

    Raises:
        TokenRefused: as ``claim``.
    """
    row = await claim(
        session,
        hospital_id=viewer.hospital_id,
        staff_id=viewer.staff_id,
        token=token,
        place=device_place(viewer.device_id),
        now=now,
    )
    row.confirmed_at = now
    row.confirmed_session_id = viewer.session_id
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="action_token.confirm",
        subject_type=_TASK,
        subject_id=row.task_id,
        now=now,
        detail={"verdict": row.verdict, "session_id": str(viewer.session_id)},
    )


async def note_refused(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID | None,
    token: str,
    refusal: Refusal,
    now: datetime,
) -> None:
    """Audit a refused token in a transaction of its own: never the token, only part of its hash."""
    subject = str(staff_id or "nobody")
    wait = await take_tokens(
        session, hospital_id=hospital_id, limit=REFUSALS, subject=subject, now=now
    )
    if wait is not None:
        return
    known = refusal if isinstance(refusal, TokenRefused) else None
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=staff_id,
        action="action_token.refuse",
        subject_type="notification",
        subject_id=known.notification_id if known else None,
        now=now,
        detail={
            "code": refusal.code,
            "reason": known.reason if known else "",
            "token": token_hash(token).hex()[:16],
        },
    )


async def forget_ended(session: WriteSession, *, hospital_id: int, now: datetime) -> None:
    """Delete tokens and proofs long expired, and callbacks too old for anybody to repeat."""
    before = now - KEPT
    await session.execute(
        delete(NotificationActionToken).where(
            NotificationActionToken.hospital_id == hospital_id,
            NotificationActionToken.expires_at < before,
        )
    )
    await session.execute(
        delete(ProviderCallback).where(
            ProviderCallback.hospital_id == hospital_id, ProviderCallback.received_at < before
        )
    )
    await decision_proofs.forget(session, hospital_id=hospital_id, before=before)


async def document_of(session: AnySession, row: NotificationActionToken) -> Document:
    """The document of a token's task. Raises Refusal TASK_NOT_FOUND when it is gone."""
    document = await session.scalar(_document_of_task(row.task_id))
    if document is None:
        raise Refusal("TASK_NOT_FOUND", path="token")
    return document


def device_place(device_id: uuid.UUID) -> str:
    return f"device:{device_id}"


def card_place(delivery_id: uuid.UUID) -> str:
    return f"card:{delivery_id}"


def _command(row: NotificationActionToken, comment: str) -> acting.Deciding:
    if Verdict(row.verdict) is Verdict.APPROVED:
        return c.Approve(row.task_id, row.snapshot_hash, comment)
    return c.Reject(row.task_id, row.snapshot_hash, comment)


async def _decidable(
    session: AnySession, notification: Notification, now: datetime
) -> _Decidable | None:
    """The task behind a notification, if pressing a button can decide it now."""
    if (
        notification.subject_type != _TASK
        or notification.state not in _OPEN
        or now >= notification.expires_at
    ):
        return None
    found = (
        await session.execute(
            select(ApprovalTask, ApprovalInstance.state)
            .join(
                ApprovalInstance,
                (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
                & (ApprovalInstance.id == ApprovalTask.instance_id),
            )
            .where(
                ApprovalTask.id == notification.subject_id,
                ApprovalTask.assignee_id == notification.recipient_id,
                ApprovalTask.kind == TaskKind.DECIDE,
                ApprovalTask.status == TaskStatus.PENDING,
            )
        )
    ).one_or_none()
    if found is None:
        return None
    task, state = found
    node = InstanceState.from_json(state).node(task.node_key)
    document = await session.scalar(_document_of_task(task.id))
    if node.kind not in CLICK_KINDS or node.evidence or document is None:
        return None
    return _Decidable(notification, task.id, document)


def _issue(
    session: WriteSession, found: _Decidable, *, place: str, expires_at: datetime, now: datetime
) -> tuple[Action, ...]:
    notification = found.notification
    actions = []
    for verdict in VERDICTS:
        token = token_text(notification.hospital_id, secrets.token_bytes(TOKEN_BYTES))
        session.add(
            NotificationActionToken(
                hospital_id=notification.hospital_id,
                id=new_id(),
                notification_id=notification.id,
                staff_id=notification.recipient_id,
                token_hash=token_hash(token),
                task_id=found.task_id,
                snapshot_hash=found.document.snapshot_hash or "",
                verdict=verdict.value,
                device=place,
                issued_at=now,
                expires_at=expires_at,
            )
        )
        actions.append(Action(verdict, token, expires_at))
    return tuple(actions)


async def _is_proved(
    session: AnySession, viewer: Viewer, row: NotificationActionToken, now: datetime
) -> bool:
    confirmed_here = row.confirmed_session_id == viewer.session_id
    if confirmed_here and is_fresh(row.confirmed_at, now=now):
        return True
    return await step_up.has_just_signed_in(session, session_id=viewer.session_id, now=now)


async def _risks_of_device(
    session: AnySession, viewer: Viewer, document: Document, now: datetime
) -> tuple[StepUpReason, ...]:
    known_since = await session.scalar(
        select(Device.first_seen_at).where(
            Device.id == viewer.device_id, Device.staff_id == viewer.staff_id
        )
    )
    return await step_up.reasons_for(
        session, document=document, known_since=known_since, opened=True, now=now
    )


def _document_of_task(task_id: uuid.UUID) -> Select[Document]:
    return (
        select(Document)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == Document.hospital_id)
            & (ApprovalInstance.document_id == Document.id),
        )
        .join(
            ApprovalTask,
            (ApprovalTask.hospital_id == ApprovalInstance.hospital_id)
            & (ApprovalTask.instance_id == ApprovalInstance.id),
        )
        .where(ApprovalTask.id == task_id)
    )
