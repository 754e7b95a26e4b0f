"""Payment orders of a document: made when it is approved, settled by what the bank or cashier says.

All functions run inside the caller's transaction, after the document was locked. Then orders are
locked in id order, then a loan, then budget lines: nobody waits for anybody in a circle.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from mobile_hrp.domain.approval.terms import NodeKind
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.payment.accounts import payable_from, require_payable
from mobile_hrp.domain.payment.orders import (
    OrderFacts,
    PayeeOfForm,
    Result,
    Share,
    decide_result,
    divide,
    payees_of,
    require_cancellable,
)
from mobile_hrp.domain.payment.terms import PayeeKind, PaymentOutcome, PaymentState
from mobile_hrp.domain.policy.terms import Deciding
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import ControlStage
from mobile_hrp.models.document import Document
from mobile_hrp.models.payment import PayeeAccount, PaymentOrder
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, loans
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.payees import accounts_by_id
from mobile_hrp.services.payment_books import Paper, book_payment, book_return, release_part
from mobile_hrp.services.policy.checking import check_stage
from mobile_hrp.services.policy.providing import taxes_by_row
from mobile_hrp.services.time_limits import PAYEE_COOLING_OFF, time_limit_days
from mobile_hrp.services.vouchers.facts import tax_withheld


@dataclass(frozen=True, slots=True)
class Recorded:
    """Who says so, and when. ``actor_id`` None: the bank, by a signed message."""

    actor_id: uuid.UUID | None
    now: datetime


# ---- reading


def facts_of(order: PaymentOrder) -> OrderFacts:
    return OrderFacts(
        order.number, order.state, order.amount_fen, order.reference, order.paid_reference
    )


async def orders_of(session: AnySession, document_id: uuid.UUID) -> Sequence[PaymentOrder]:
    """A document's orders in the order they were made, those of earlier rounds included."""
    rows = await session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.document_id == document_id)
        .order_by(PaymentOrder.sequence)
    )
    return rows.all()


async def lock_orders(session: WriteSession, document_id: uuid.UUID) -> Sequence[PaymentOrder]:
    """A document's orders, locked until the transaction ends."""
    rows = await session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.document_id == document_id)
        .order_by(PaymentOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


# ---- made and taken back with the document


async def create_orders(
    session: WriteSession, *, document: Document, scenario: Scenario, now: datetime
) -> Sequence[PaymentOrder]:
    """One order per payee of a document nobody has to agree to any more.

    Their total is what was approved, less what settles a loan and the tax withheld. A document
    that has open orders keeps them. An order is ready when its payee's account may be paid.

    Raises:
        Refusal: PAYMENT_EXCEEDED, ALLOT_NO_WEIGHT.
    """
    if not pays(scenario) or not document.amount_fen:
        return ()
    present = await lock_orders(session, document.id)
    if any(order.state.open for order in present):
        return present
    offset = await loans.offset_of(session, document.id)
    payees, tax_fen = payees_of(scenario.fields, document.values), tax_withheld(document)
    shares = divide(
        payees,
        approved_fen=document.amount_fen,
        offset_fen=offset.amount_fen if offset else 0,
        tax_fen=tax_fen,
        taxes_fen=await _taxes(session, document, payees, now) if tax_fen else None,
    )
    accounts = await _accounts(session, [share.payee for share in shares])
    last = max((order.sequence for order in present), default=0)
    orders = [
        _order(document, share, accounts.get(share.payee.path), last + position, now)
        for position, share in enumerate(shares, 1)
    ]
    session.add_all(orders)
    await session.flush()
    await make_ready(session, document=document, orders=orders, now=now)
    return orders


async def _taxes(
    session: AnySession, document: Document, payees: Sequence[PayeeOfForm], now: datetime
) -> list[int]:
    """The tax of each payee, by the tables of the day on which it was worked out."""
    by_row = await taxes_by_row(session, document=document, now=document.submitted_at or now)
    return [by_row.get(payee.path.rpartition(".")[0], 0) for payee in payees]


def pays(scenario: Scenario) -> bool:
    """Whether money leaves because of its documents."""
    return any(node.kind is NodeKind.PAY for node in scenario.nodes)


async def make_ready(
    session: WriteSession,
    *,
    document: Document,
    orders: Sequence[PaymentOrder],
    now: datetime,
) -> None:
    """Let those go whose payee's account has cooled off by now; the others stay as they are."""
    for order in orders:
        if order.state is not PaymentState.DRAFT or order.payee_account_id is None:
            continue
        try:
            await require_account(session, document=document, order=order, now=now)
        except Refusal:
            continue
        _change(order, PaymentState.READY, now)
    await session.flush()


async def take_back(session: WriteSession, *, document: Document, now: datetime) -> None:
    """The document is not approved any more: what was not paid is not paid.

    Raises:
        Refusal: PAYMENT_UNDER_WAY while the bank has an order, PAYMENT_ALREADY_MADE.
    """
    for order in await lock_orders(session, document.id):
        order.cancelled_by = None
        if order.state in {PaymentState.CANCELLED, PaymentState.RETURNED}:
            continue
        require_cancellable(facts_of(order), path="documentId")
        _change(order, PaymentState.CANCELLED, now)
        order.cancelled_at = now
    await session.flush()


async def require_unpaid(session: AnySession, *, document: Document) -> None:
    """Raise PAYMENT_UNDER_WAY or PAYMENT_ALREADY_MADE when money is on its way or has left."""
    for order in await orders_of(session, document.id):
        if order.state.with_bank or order.state is PaymentState.PAID:
            require_cancellable(facts_of(order), path="documentId")


# ---- what becomes of an order


async def record_result(
    session: WriteSession,
    *,
    paper: Paper,
    order: PaymentOrder,
    result: Result,
    recorded: Recorded,
) -> bool:
    """Write what has become of a locked order, and what follows; False when it was known.

    Paid: the budget is executed, the voucher drafted, the loan it settles settled or the loan it
    pays owed, the requester told. Returned: the same undone. All in this transaction.

    Raises:
        Refusal: PAYMENT_…, LOAN_IN_USE, and the refusals of the ledgers; nothing has changed.
    """
    state = decide_result(facts_of(order), result)
    if state is None:
        return False
    _change(order, state, recorded.now)
    order.recorded_by = recorded.actor_id
    order.reference, order.reason = result.reference, result.reason
    if state is PaymentState.PAID:
        order.paid_at, order.paid_reference = recorded.now, result.reference
        others = await orders_of(session, paper.document.id)
        last = not any(other.state.open for other in others if other.id != order.id)
        await book_payment(
            session,
            paper,
            amount_fen=order.amount_fen,
            approved_fen=order.approved_fen,
            last=last,
        )
        await _tell_paid(session, paper.document, order, recorded.now)
    elif state is PaymentState.RETURNED:
        order.returned_at = recorded.now
        await book_return(session, paper, amount_fen=order.amount_fen)
    await _record(session, order, f"payment.{result.outcome.value}", recorded)
    await session.flush()
    return True


async def pay_by_hand(session: WriteSession, *, paper: Paper, reference: str) -> None:
    """The cashier's step is done: what was not paid before is paid with this payment number.

    The controls of paying were asked when the step was decided. Orders the bank has answered for
    stay as they are. A document without orders (it names no
    payee, or a loan settles all of it) is booked as a whole.

    Raises:
        Refusal: PAYEE_COOLING and the like for a registered account that may not be paid yet,
            and as ``record_result``.
    """
    orders = await lock_orders(session, paper.document.id)
    counting = [
        order
        for order in orders
        if order.state is not PaymentState.CANCELLED or order.cancelled_by is not None
    ]
    left = [order for order in counting if order.state.open]
    result = Result(PaymentOutcome.PAID, reference=reference)
    for order in left:
        if order.payee_account_id is not None and not order.state.with_bank:
            await require_account(session, document=paper.document, order=order, now=paper.now)
        recorded = Recorded(paper.actor_id, paper.now)
        await record_result(session, paper=paper, order=order, result=result, recorded=recorded)
    if not counting:
        await book_payment(session, paper, amount_fen=None, approved_fen=0, last=True)
        await _tell_paid(session, paper.document, None, paper.now)


async def pass_pay_controls(
    session: WriteSession,
    *,
    viewer: Viewer,
    document: Document,
    scenario: Scenario,
    reason: str,
    now: datetime,
) -> None:
    """The controls of paying, asked before money may leave otherwise than by the cashier's step.

    ``reason`` answers findings that ask for one.

    Raises:
        Refusal: FINDING_BLOCKED and the like.
    """
    step = next((node.key for node in scenario.nodes if node.kind is NodeKind.PAY), "")
    deciding = Deciding(
        actor_id=viewer.staff_id,
        snapshot_hash=document.snapshot_hash or "",
        node_key=step,
        session_id=viewer.session_id,
        device_id=viewer.device_id,
        reason=reason,
    )
    await check_stage(
        session, document=document, stage=ControlStage.PAY, now=now, deciding=deciding
    )


async def cancel_order(
    session: WriteSession, *, paper: Paper, order: PaymentOrder, reason: str, recorded: Recorded
) -> None:
    """Somebody decides that a locked order is not to be paid; its budget is free again.

    Raises:
        Refusal: PAYMENT_REASON_REQUIRED, PAYMENT_UNDER_WAY, PAYMENT_ALREADY_MADE, PAYMENT_STATE.
    """
    if not reason.strip():
        raise Refusal("PAYMENT_REASON_REQUIRED", path="reason")
    require_cancellable(facts_of(order))
    _change(order, PaymentState.CANCELLED, recorded.now)
    order.reason = reason
    order.cancelled_at, order.cancelled_by = recorded.now, recorded.actor_id
    await release_part(session, paper, amount_fen=order.amount_fen)
    await _record(session, order, "payment.cancel", recorded)
    await session.flush()


async def require_account(
    session: AnySession, *, document: Document, order: PaymentOrder, now: datetime
) -> PayeeAccount:
    """The registered account of the order, if it may be paid today.

    Raises:
        Refusal: PAYEE_NOT_REGISTERED, PAYEE_NOT_ENABLED, PAYEE_DISABLED, PAYEE_COOLING.
    """
    account = await session.scalar(
        select(PayeeAccount).where(PayeeAccount.id == order.payee_account_id)
    )
    if account is None:
        raise Refusal("PAYEE_NOT_REGISTERED", path="payee", order=order.number)
    today = await budget_day(session, document.hospital_id, now)
    limit = await time_limit_days(session, document=document, rule=PAYEE_COOLING_OFF, on=today)
    enabled_on = None
    if account.enabled_at is not None:
        enabled_on = await budget_day(session, document.hospital_id, account.enabled_at)
    require_payable(
        today,
        enabled_on=enabled_on,
        disabled=account.disabled_at is not None,
        cooling_days=limit or 0,
        path="payee",
    )
    return account


async def first_payable_day(session: AnySession, *, order: PaymentOrder) -> date | None:
    """From when the order's registered account may be paid; None while it is not in use."""
    row = (
        await session.execute(
            select(PayeeAccount, Document)
            .join(
                Document,
                (Document.hospital_id == PayeeAccount.hospital_id)
                & (Document.id == order.document_id),
            )
            .where(PayeeAccount.id == order.payee_account_id)
        )
    ).one_or_none()
    if row is None or row.PayeeAccount.enabled_at is None:
        return None
    document: Document = row.Document
    enabled_on = await budget_day(session, document.hospital_id, row.PayeeAccount.enabled_at)
    limit = await time_limit_days(session, document=document, rule=PAYEE_COOLING_OFF, on=enabled_on)
    return payable_from(enabled_on, limit or 0)


async def check_payees(session: AnySession, *, document: Document, scenario: Scenario) -> None:
    """A document names one account of a colleague only where the form lists people.

    Raises:
        Refusal: PAYEE_NOT_THEIRS at the field that names a colleague's account.
    """
    payees = payees_of(scenario.fields, document.values)
    accounts = await _accounts(session, payees)
    for payee in payees:
        account = accounts.get(payee.path)
        if account is None or account.kind is not PayeeKind.STAFF or payee.weight_fen:
            continue
        if account.staff_id != document.requester_id:
            raise Refusal("PAYEE_NOT_THEIRS", path=payee.path)


async def _accounts(session: AnySession, payees: Sequence[PayeeOfForm]) -> dict[str, PayeeAccount]:
    """The registered accounts among the payees, by the path of each."""
    keys = {payee.path: key for payee in payees if (key := _key(payee.account)) is not None}
    rows = await accounts_by_id(session, list(keys.values()))
    return {path: rows[key] for path, key in keys.items() if key in rows}


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _order(
    document: Document, share: Share, account: PayeeAccount | None, sequence: int, now: datetime
) -> PaymentOrder:
    return PaymentOrder(
        hospital_id=document.hospital_id,
        id=new_id(),
        number=f"{document.number}-P{sequence}",
        document_id=document.id,
        sequence=sequence,
        form_path=share.payee.path,
        payee_account_id=account.id if account else None,
        amount_fen=share.amount_fen,
        approved_fen=share.approved_fen,
        state=PaymentState.DRAFT,
        reference="",
        paid_reference="",
        reason="",
        version=1,
        created_at=now,
        changed_at=now,
    )


def _change(order: PaymentOrder, state: PaymentState, now: datetime) -> None:
    order.state = state
    order.changed_at = now
    order.version += 1


async def _tell_paid(
    session: WriteSession, document: Document, order: PaymentOrder | None, now: datetime
) -> None:
    payment_id = order.id if order is not None else document.id
    amount_fen = order.amount_fen if order is not None else document.amount_fen
    await tell(
        session,
        hospital_id=document.hospital_id,
        news=News(
            kind="paid",
            subject_type="document",
            subject_id=document.id,
            dedupe_key=f"paid:{payment_id}",
            params={
                "number": document.number,
                "title": document.title,
                "amount": format_money(amount_fen),
            },
        ),
        recipients=(document.requester_id,),
        now=now,
    )


async def _record(
    session: WriteSession, order: PaymentOrder, action: str, recorded: Recorded
) -> None:
    await audit.record(
        session,
        hospital_id=order.hospital_id,
        actor_id=recorded.actor_id,
        action=action,
        subject_type="payment_order",
        subject_id=order.id,
        detail={"order": order.number, "state": order.state.value, "amount_fen": order.amount_fen},
        now=recorded.now,
    )
