"""What follows from an approval's events: the document's state, budget, receipts, news, audit.

Each effect is written in the transaction of the decision. The engine says what happened; here it
is translated into the hospital's books and into what people are told.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.events import Event, EventKind
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import (
    SYSTEM,
    InstanceStatus,
    NodeKind,
)
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetEvent
from mobile_hrp.domain.voucher.terms import VoucherEvent
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import audit, payments
from mobile_hrp.services.approvals import accounting, altering, holds, money
from mobile_hrp.services.approvals.budget import move_budget
from mobile_hrp.services.approvals.telling import tell_events
from mobile_hrp.services.approvals.versions import put_back
from mobile_hrp.services.archive.requesting import archive_when_ready
from mobile_hrp.services.indicators.changing import put_into_force
from mobile_hrp.services.payment_books import Paper
from mobile_hrp.services.receipts import uses as receipt_uses

_STATUS = {
    InstanceStatus.RUNNING: DocumentStatus.IN_APPROVAL,
    InstanceStatus.RETURNED: DocumentStatus.RETURNED,
    InstanceStatus.EFFECTIVE: DocumentStatus.APPROVED,
    InstanceStatus.APPROVED: DocumentStatus.APPROVED,
    InstanceStatus.REJECTED: DocumentStatus.REJECTED,
    InstanceStatus.WITHDRAWN: DocumentStatus.WITHDRAWN,
    InstanceStatus.VOIDED: DocumentStatus.VOIDED,
}
_ENDINGS = {
    EventKind.REJECTED: BudgetEvent.REJECT,
    EventKind.WITHDRAWN: BudgetEvent.WITHDRAW,
    EventKind.VOIDED: BudgetEvent.VOID,
}
_SENT = {EventKind.OPENED, EventKind.RESUBMITTED, EventKind.ALTERED, EventKind.REOPENED}
_LEADING_ON = {
    *_SENT,
    *_ENDINGS,
    EventKind.SENT_BACK,
    EventKind.APPROVED,
    EventKind.ALTERATION_DROPPED,
}
_AUDITED = {
    EventKind.OPENED,
    EventKind.RESUBMITTED,
    EventKind.ALTERED,
    EventKind.REOPENED,
    EventKind.DECIDED,
    EventKind.TRANSFERRED,
    EventKind.DELEGATED,
    EventKind.APPROVER_ADDED,
    EventKind.APPROVER_REMOVED,
    EventKind.ASSIGNED,
    EventKind.AMENDED,
    EventKind.SENT_BACK,
    EventKind.WITHDRAWN,
    EventKind.VOIDED,
    EventKind.PROXY_APPLIED,
    EventKind.PROXY_ENDED,
    EventKind.TAKEN_BACK,
    EventKind.OBJECTION_RAISED,
    EventKind.OBJECTION_DISMISSED,
    EventKind.ALTERATION_DROPPED,
    EventKind.ORG_CHANGED,
    EventKind.REVIEW_CLOSED,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One transition of one document's approval. ``actor_id`` None is the system.

    ``before`` is the approval as it was; None when it was opened by this transition.
    """

    document: Document
    scenario: Scenario
    outcome: Outcome
    actor_id: uuid.UUID | None
    now: datetime
    before: InstanceState | None = None

    @property
    def alters_approved(self) -> bool:
        """Whether an approved version was in force while a new one went round."""
        return self.before is not None and self.before.in_force is not None

    @property
    def drops_alteration(self) -> bool:
        return any(event.kind is EventKind.ALTERATION_DROPPED for event in self.outcome.events)


async def apply(session: WriteSession, happening: Happening) -> None:
    """Carry out everything the events of the transition lead to, in their order."""
    document, outcome = happening.document, happening.outcome
    status = _STATUS[outcome.state.status]
    # what is set counts as changed, and each statement afterwards would look for the change
    if document.status is not status and not _stays_closed(happening):
        document.status = status
    if outcome.state.closed_at is not None:
        document.finished_at = outcome.state.closed_at
    approved = [event for event in outcome.events if _approved_by_people(event, happening)]
    if approved:
        await _on_approved(session, happening)
    untold: list[Event] = []
    for event in outcome.events:
        untold.append(event)
        if _leads_on(event, happening):
            await tell_events(session, happening, untold)
            untold = []
            await _carry_on(session, happening, event)
        if event.kind in _AUDITED:
            await _audit(session, happening, event)
    await tell_events(session, happening, untold)
    if outcome.state.closed_at is not None:
        await session.flush()
        await archive_when_ready(session, document_id=document.id)


def _stays_closed(happening: Happening) -> bool:
    """A closed document may still be talked about; only the engine's own end moves it on."""
    closed = happening.document.status is DocumentStatus.CLOSED
    return closed and happening.outcome.state.status is InstanceStatus.APPROVED


def _approved_by_people(event: Event, happening: Happening) -> bool:
    """The moment nobody has to agree any more: only paying, or nothing, is left to do."""
    if event.kind is EventKind.APPROVED:
        return not _has_payment(happening)
    if event.kind is not EventKind.NODE_OPENED:
        return False
    return happening.outcome.state.node(event.node_key).kind is NodeKind.PAY


def _has_payment(happening: Happening) -> bool:
    state = happening.outcome.state
    return any(
        node.kind is NodeKind.PAY and node.skip is None and state.nodes[node.key].opened_at
        for node in state.plan.nodes
        if node.key in state.nodes
    )


async def _on_approved(session: WriteSession, happening: Happening) -> None:
    document = happening.document
    await money.hold_offset(
        session, document=document, scenario=happening.scenario, now=happening.now
    )
    if happening.alters_approved:  # what it asks for above the old version was frozen then
        await holds.hold_at_approval(
            session,
            document=document,
            scenario=happening.scenario,
            actor_id=happening.actor_id,
            now=happening.now,
        )
    else:
        await _move(session, happening, BudgetEvent.APPROVE)
    await receipt_uses.claim(session, document=document)
    await _draft_vouchers(session, happening, VoucherEvent.APPROVED)
    await money.approved(session, paper=_paper(happening), again=happening.alters_approved)


def _leads_on(event: Event, happening: Happening) -> bool:
    """Whether more follows from an event than what people are told and the audit."""
    return event.kind in _LEADING_ON or any(
        _finished(event, happening, kind) for kind in (NodeKind.PAY, NodeKind.RECEIVE)
    )


async def _carry_on(session: WriteSession, happening: Happening, event: Event) -> None:
    """What follows from an event that leads on."""
    if event.kind in _SENT:
        await money.sent(session, document=happening.document, scenario=happening.scenario)
    if event.kind is EventKind.ALTERED:
        await money.altering(session, document=happening.document)
    if _finished(event, happening, NodeKind.PAY):
        reference = _payment_number(happening, event)
        await payments.pay_by_hand(session, paper=_paper(happening), reference=reference)
    if _finished(event, happening, NodeKind.RECEIVE):
        await _move(session, happening, BudgetEvent.RECEIVE)
    if event.kind is EventKind.SENT_BACK:
        await money.went_back(session, paper=_paper(happening), voided=False)
        await accounting.drop_drafts(session, happening.document)
    if event.kind is EventKind.APPROVED:
        await put_into_force(session, document=happening.document, now=happening.now)
    if event.kind in _ENDINGS and not happening.drops_alteration:
        await _give_everything_back(session, happening, event)
    if event.kind is EventKind.ALTERATION_DROPPED:
        kept = happening.outcome.state.snapshot_hash
        lines = await put_back(session, happening.document, snapshot=kept)
        await altering.relink_receipts(session, document=happening.document, lines=lines)
        await holds.drop_difference(
            session,
            document=happening.document,
            actor_id=happening.actor_id,
            now=happening.now,
        )


async def _give_everything_back(session: WriteSession, happening: Happening, event: Event) -> None:
    voided = event.kind is EventKind.VOIDED
    await money.went_back(session, paper=_paper(happening), voided=voided)
    await accounting.drop_drafts(session, happening.document)
    await _move(session, happening, _ENDINGS[event.kind])
    await receipt_uses.release(
        session,
        document=happening.document,
        actor_id=happening.actor_id,
        reason=event.kind.value,
        now=happening.now,
    )


def _finished(event: Event, happening: Happening, kind: NodeKind) -> bool:
    """Whether a step of this kind was done by this event."""
    return (
        event.kind is EventKind.NODE_DONE
        and happening.outcome.state.node(event.node_key).kind is kind
    )


def _payment_number(happening: Happening, event: Event) -> str:
    """What the cashier entered as evidence; the document's own number where none is asked for."""
    given = (
        decision.evidence.get("payment_number", "").strip()
        for decision in reversed(happening.outcome.state.decisions)
        if decision.node_key == event.node_key
    )
    return next(filter(None, given), happening.document.number)


def _paper(happening: Happening) -> Paper:
    return Paper(happening.document, happening.scenario, happening.actor_id, happening.now)


async def _move(session: WriteSession, happening: Happening, event: BudgetEvent) -> None:
    await move_budget(
        session,
        document=happening.document,
        scenario=happening.scenario,
        event=event,
        actor_id=happening.actor_id,
        now=happening.now,
        # an elastic line asked for one when it was submitted, and people have agreed since
        reason="approved",
    )


async def _draft_vouchers(session: WriteSession, happening: Happening, event: VoucherEvent) -> None:
    await accounting.draft_vouchers(
        session,
        document=happening.document,
        scenario=happening.scenario,
        event=event,
        actor_id=happening.actor_id,
        now=happening.now,
    )


async def _audit(session: WriteSession, happening: Happening, event: Event) -> None:
    document = happening.document
    await audit.record(
        session,
        hospital_id=document.hospital_id,
        actor_id=None if event.actor == SYSTEM else event.actor,
        action=f"approval.{event.kind.value}",
        subject_type="document",
        subject_id=document.id,
        detail={
            "seq": event.seq,
            "node": event.node_key,
            "task_id": str(event.task_id) if event.task_id else None,
            "snapshot_hash": happening.outcome.state.snapshot_hash,
            **{key: event.data[key] for key in ("verdict",) if key in event.data},
        },
        now=happening.now,
    )
