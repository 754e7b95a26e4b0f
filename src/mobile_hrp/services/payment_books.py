"""What a payment means for the books: budget, vouchers and loans, in the payment's transaction."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from mobile_hrp.domain.budget.movements import Take
from mobile_hrp.domain.loan.due import due_day
from mobile_hrp.domain.money import allot
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import (
    BudgetEvent,
    BudgetOperation,
    FieldType,
    FormKind,
)
from mobile_hrp.domain.voucher.terms import VoucherEvent
from mobile_hrp.models.budget import BudgetHold
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import loans
from mobile_hrp.services.budget import movements as budget
from mobile_hrp.services.budget.book import budget_day, lock_book
from mobile_hrp.services.linked_requests import linked_requests
from mobile_hrp.services.loans import Cause
from mobile_hrp.services.request_closing import close_finished_requests
from mobile_hrp.services.time_limits import LOAN_SETTLEMENT, time_limit_days
from mobile_hrp.services.vouchers import drafts as vouchers
from mobile_hrp.services.vouchers.facts import Settlement, tax_withheld


@dataclass(frozen=True, slots=True)
class Paper:
    """The document money moves for, and whose doing it is. ``actor_id`` None is the bank."""

    document: Document
    scenario: Scenario
    actor_id: uuid.UUID | None
    now: datetime

    @property
    def cause(self) -> Cause:
        return Cause(self.document.id, self.actor_id, self.now)

    @property
    def lends(self) -> bool:
        return self.scenario.form_kind is FormKind.LOAN

    @property
    def executes(self) -> bool:
        return self.scenario.budget.operation(BudgetEvent.PAY) is BudgetOperation.EXECUTE


async def book_payment(
    session: WriteSession,
    paper: Paper,
    *,
    amount_fen: int | None,
    approved_fen: int,
    last: bool,
) -> None:
    """Money has left: ``amount_fen`` of cash, None for all of the document at once.

    The ``last`` payment settles the loan the claim offsets and executes what is left of the
    approved amount; what was held beyond that goes back, and requests that are used up close.
    """
    loan: Loan | None = None
    await linked_requests(session, document_id=paper.document.id)  # before any budget line
    if paper.lends:
        await _lend(session, paper, amount_fen)
    elif last:
        loan = await loans.settle_for_claim(session, claim_id=paper.document.id, cause=paper.cause)
    held_by = [paper.document.id, *([loan.document_id] if loan is not None else [])]
    await lock_book(session, line_ids=(), document_ids=held_by)  # all of them, in one order
    if loan is not None:
        await free_what_is_settled(session, loan, paper)
    if paper.executes:
        await _execute(session, paper, approved_fen=approved_fen, last=last)
    event = VoucherEvent.LOAN_PAID if paper.lends else VoucherEvent.PAID
    if paper.lends or paper.executes or paper.scenario.form_kind is not FormKind.CUSTOM:
        await _draft(session, paper, event, part_fen=amount_fen)
    if last and not paper.lends:
        await close_finished_requests(
            session, claim=paper.document, actor_id=paper.actor_id, now=paper.now
        )


async def book_return(session: WriteSession, paper: Paper, *, amount_fen: int) -> None:
    """A payment came back: its budget is available again, and the books say so.

    Raises:
        Refusal: LOAN_IN_USE when the loan that was paid is settled in part already.
    """
    if paper.lends:
        loan = await loans.lock_loan_of_document(session, paper.document.id)
        if loan is None or loan.outstanding_fen != loan.principal_fen or loan.held_fen:
            raise Refusal("LOAN_IN_USE", path="orderId", outstanding="")
        await loans.repay(session, loan=loan, amount_fen=amount_fen, cause=paper.cause)
        await free_what_is_settled(session, loan, paper)
        await _draft(session, paper, VoucherEvent.LOAN_RETURNED, part_fen=amount_fen)
        return
    await lock_book(session, line_ids=(), document_ids=[paper.document.id])
    if paper.executes:
        takes = await _takes(session, paper.document.id, amount_fen, lambda hold: hold.executed_fen)
        if takes:
            await budget.reverse_for_document(
                session,
                document=paper.document,
                actor_id=paper.actor_id,
                now=paper.now,
                takes=takes,
            )
    await _draft(session, paper, VoucherEvent.REFUNDED, part_fen=amount_fen)


async def release_part(session: WriteSession, paper: Paper, *, amount_fen: int) -> None:
    """What will not be paid is not held any longer."""
    if paper.lends or paper.executes:
        await lock_book(session, line_ids=(), document_ids=[paper.document.id])
        await _release(session, paper.document, amount_fen, paper)


async def free_what_is_settled(session: WriteSession, loan: Loan, paper: Paper) -> None:
    """The budget a loan request holds is never more than what is still owed of the loan.

    A claim that used the request's freeze has taken it over already; then nothing is left to free.
    """
    await lock_book(session, line_ids=(), document_ids=[loan.document_id])
    left = await _sum_of(session, loan.document_id, lambda hold: hold.left_fen)
    if left > loan.outstanding_fen:
        request = await session.scalar(select(Document).where(Document.id == loan.document_id))
        if request is not None:
            await _release(session, request, left - loan.outstanding_fen, paper)


async def _lend(session: WriteSession, paper: Paper, amount_fen: int | None) -> None:
    document = paper.document
    paid_on = await budget_day(session, document.hospital_id, paper.now)
    limit = await time_limit_days(session, document=document, rule=LOAN_SETTLEMENT, on=paid_on)
    asked_on = _asked_on(paper.scenario, document)
    await loans.pay_out(
        session,
        document=document,
        amount_fen=document.amount_fen if amount_fen is None else amount_fen,
        paid_on=paid_on,
        due_on=due_day(paid_on, asked_on=asked_on, limit_days=limit),
        cause=paper.cause,
    )


def _asked_on(scenario: Scenario, document: Document) -> date | None:
    """The one date a loan form asks for is the day it is to be settled by."""
    dates = (
        document.values.get(field.key) for field in scenario.fields if field.type is FieldType.DATE
    )
    found = next((value for value in dates if value), None)
    return date.fromisoformat(str(found)) if found else None


async def _execute(session: WriteSession, paper: Paper, *, approved_fen: int, last: bool) -> None:
    document = paper.document
    left = await _sum_of(session, document.id, lambda hold: hold.left_fen)
    part_fen = min(approved_fen, left)
    if last:
        executed = await _sum_of(session, document.id, lambda hold: hold.executed_fen)
        part_fen = (
            min(left, max(document.amount_fen - executed, 0)) if document.amount_fen else left
        )
    if part_fen:
        await budget.execute_for_document(
            session,
            document=document,
            actor_id=paper.actor_id,
            now=paper.now,
            takes=await _takes(session, document.id, part_fen, lambda hold: hold.left_fen),
        )
    if last and left > part_fen:
        await _release(session, document, left - part_fen, paper)


async def _release(
    session: WriteSession, document: Document, amount_fen: int, paper: Paper
) -> None:
    takes = await _takes(session, document.id, amount_fen, lambda hold: hold.left_fen)
    if takes:
        await budget.release_for_document(
            session, document=document, actor_id=paper.actor_id, now=paper.now, takes=takes
        )


async def _takes(
    session: AnySession,
    document_id: uuid.UUID,
    amount_fen: int,
    figure: Callable[[BudgetHold], int],
) -> tuple[Take, ...]:
    """The amount, or as much of it as there is, shared over the document's holds."""
    holds = [hold for hold in await _holds(session, document_id) if figure(hold)]
    figures = [figure(hold) for hold in holds]
    whole = min(amount_fen, sum(figures))
    if not whole:
        return ()
    parts = allot(whole, figures)
    return tuple(Take(hold.id, part) for hold, part in zip(holds, parts, strict=True) if part)


async def _sum_of(
    session: AnySession, document_id: uuid.UUID, figure: Callable[[BudgetHold], int]
) -> int:
    return sum(figure(hold) for hold in await _holds(session, document_id))


async def _holds(session: AnySession, document_id: uuid.UUID) -> Sequence[BudgetHold]:
    rows = await session.scalars(
        select(BudgetHold)
        .where(BudgetHold.document_id == document_id)
        .order_by(BudgetHold.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _draft(
    session: WriteSession, paper: Paper, event: VoucherEvent, *, part_fen: int | None
) -> None:
    offset = await loans.offset_of(session, paper.document.id)
    await vouchers.draft_vouchers(
        session,
        document=paper.document,
        event=event,
        actor_id=paper.actor_id,
        now=paper.now,
        settlement=Settlement(
            loan_offset_fen=offset.amount_fen if offset else 0,
            tax_fen=tax_withheld(paper.document),
            part_fen=part_fen,
        ),
        scenario=paper.scenario,
    )
