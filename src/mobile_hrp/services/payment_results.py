"""What is reported of payment orders, by the bank or by hand, carried to its end.

When the last order of a document is paid, the cashier's step of its approval is done with it: in
the name of whoever recorded the payment, or exported it to the bank.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from mobile_hrp.domain.approval.commands import Approve
from mobile_hrp.domain.approval.terms import NodeKind, TaskStatus
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.payment.orders import Result
from mobile_hrp.domain.payment.terms import PaymentOutcome, PaymentState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask
from mobile_hrp.models.payment import PaymentBatch, PaymentBatchItem, PaymentOrder
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import payments, scenarios
from mobile_hrp.services.approvals.commands import apply_command
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.payment_access import require_other_person
from mobile_hrp.services.payment_books import Paper
from mobile_hrp.services.payments import Recorded

_TROUBLE = {
    PaymentOutcome.FAILED: "payment_failed",
    PaymentOutcome.RETURNED: "payment_returned",
}


@dataclass(frozen=True, slots=True)
class _Locked:
    paper: Paper
    order: PaymentOrder


async def record_by_bank(
    session: WriteSession, *, order_number: str, result: Result, now: datetime
) -> bool:
    """What the bank says of an order; False when it was known already.

    Raises:
        Refusal: PAYMENT_UNKNOWN, and as ``payments.record_result``; nothing has changed.
    """
    locked = await _lock(session, PaymentOrder.number == order_number, None, now)
    return await _record(session, locked, result, Recorded(None, now))


async def record_by_hand(
    session: WriteSession, *, viewer: Viewer, order_id: uuid.UUID, result: Result, now: datetime
) -> bool:
    """What a cashier knows of an order; the caller has checked the reach of the permission.

    Raises:
        Refusal: PAYMENT_SEPARATION, PAYEE_…, FINDING_… before money that no file took to the
            bank is said to have left, and as ``payments.record_result``; nothing has changed.
    """
    locked = await _lock(session, PaymentOrder.id == order_id, viewer.staff_id, now)
    document, order = locked.paper.document, locked.order
    await require_other_person(
        session,
        staff_id=viewer.staff_id,
        document=document,
        scenario=locked.paper.scenario,
        order=order.number,
    )
    if result.outcome is PaymentOutcome.PAID and order.state.open and not order.state.with_bank:
        await payments.pass_pay_controls(
            session,
            viewer=viewer,
            document=document,
            scenario=locked.paper.scenario,
            reason=result.reason,
            now=now,
        )
        if order.payee_account_id is not None:
            await payments.require_account(session, document=document, order=order, now=now)
    return await _record(session, locked, result, Recorded(viewer.staff_id, now))


async def cancel_by_hand(
    session: WriteSession, *, viewer: Viewer, order_id: uuid.UUID, reason: str, now: datetime
) -> None:
    """An order is not to be paid. As ``payments.cancel_order``, and PAYMENT_SEPARATION."""
    locked = await _lock(session, PaymentOrder.id == order_id, viewer.staff_id, now)
    await require_other_person(
        session,
        staff_id=viewer.staff_id,
        document=locked.paper.document,
        scenario=locked.paper.scenario,
        order=locked.order.number,
    )
    await payments.cancel_order(
        session,
        paper=locked.paper,
        order=locked.order,
        reason=reason,
        recorded=Recorded(viewer.staff_id, now),
    )


async def _lock(
    session: WriteSession,
    which: ColumnElement[bool],
    actor_id: uuid.UUID | None,
    now: datetime,
) -> _Locked:
    """The order's document, then all its orders: the order of locks everybody keeps."""
    found = (
        await session.execute(select(PaymentOrder.id, PaymentOrder.document_id).where(which))
    ).one_or_none()
    if found is None:
        raise Refusal("PAYMENT_UNKNOWN", path="order")
    document = await lock_document(session, found.document_id)
    orders = await payments.lock_orders(session, document.id)
    scenario = await scenarios.of_document(session, document)
    order = next(order for order in orders if order.id == found.id)
    return _Locked(Paper(document, scenario, actor_id, now), order)


async def _record(
    session: WriteSession, locked: _Locked, result: Result, recorded: Recorded
) -> bool:
    paid_by = locked.order.recorded_by if locked.order.state is PaymentState.PAID else None
    changed = await payments.record_result(
        session, paper=locked.paper, order=locked.order, result=result, recorded=recorded
    )
    if changed and result.outcome is PaymentOutcome.PAID:
        await _finish_step(session, locked, result.reference, recorded)
    elif changed and (kind := _TROUBLE.get(result.outcome)):
        await _tell_trouble(session, locked, kind, paid_by, recorded)
    return changed


async def _tell_trouble(
    session: WriteSession,
    locked: _Locked,
    kind: str,
    paid_by: uuid.UUID | None,
    recorded: Recorded,
) -> None:
    """Tell the requester, and whoever paid or sent the order to the bank; not who says so here.

    An order that is sent anew and fails anew is news again.
    """
    document, order = locked.paper.document, locked.order
    cashier = paid_by or await _exporter(session, order.id)
    concerned = {document.requester_id, cashier} - {recorded.actor_id}
    await tell(
        session,
        hospital_id=document.hospital_id,
        news=News(
            kind=kind,
            subject_type="document",
            subject_id=document.id,
            dedupe_key=f"{kind}:{order.id}:{order.version}",
            params={
                "number": document.number,
                "title": document.title,
                "amount": format_money(order.amount_fen),
                "reason": order.reason,
            },
        ),
        recipients=sorted(person for person in concerned if person is not None),
        now=recorded.now,
    )


async def _finish_step(
    session: WriteSession, locked: _Locked, reference: str, recorded: Recorded
) -> None:
    """Do the cashier's step for whoever paid; where that person may not, it waits for a cashier."""
    document, scenario = locked.paper.document, locked.paper.scenario
    orders = await payments.orders_of(session, document.id)
    if any(order.state.open for order in orders):
        return
    person = recorded.actor_id or await _exporter(session, locked.order.id)
    keys = [node.key for node in scenario.nodes if node.kind is NodeKind.PAY]
    task_id = await session.scalar(
        select(ApprovalTask.id)
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
            & (ApprovalInstance.id == ApprovalTask.instance_id),
        )
        .where(
            ApprovalInstance.document_id == document.id,
            ApprovalTask.node_key.in_(keys),
            ApprovalTask.status == TaskStatus.PENDING,
            ApprovalTask.assignee_id == person,
        )
        .limit(1)
    )
    if person is None or task_id is None:
        return
    command = Approve(
        task_id=task_id,
        snapshot_hash=document.snapshot_hash or "",
        evidence={"payment_number": reference},
    )
    try:
        async with session.begin_nested():
            await apply_command(
                session,
                document_id=document.id,
                command=command,
                actor_id=person,
                now=recorded.now,
            )
    except Refusal:
        return  # the payment stands; the step stays with the cashiers


async def _exporter(session: WriteSession, order_id: uuid.UUID) -> uuid.UUID | None:
    found: uuid.UUID | None = await session.scalar(
        select(PaymentBatch.exported_by)
        .join(
            PaymentBatchItem,
            (PaymentBatchItem.hospital_id == PaymentBatch.hospital_id)
            & (PaymentBatchItem.batch_id == PaymentBatch.id),
        )
        .where(PaymentBatchItem.order_id == order_id)
        .order_by(PaymentBatch.exported_at.desc(), PaymentBatch.id.desc())
        .limit(1)
    )
    return found
