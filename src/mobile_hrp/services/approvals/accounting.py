"""The vouchers of a document: drafted when it is approved and paid, dropped when it goes back."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select, update

from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetOperation, FormKind
from mobile_hrp.domain.voucher.terms import VoucherEvent, VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import loans
from mobile_hrp.services.vouchers import drafts as vouchers
from mobile_hrp.services.vouchers.facts import Settlement, tax_withheld

_PAID_BACK_IN = frozenset({"cash", "transfer"})
"""The ways of a repayment by which money comes into the hospital's account."""


async def draft_vouchers(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    event: VoucherEvent,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Draft what the books need of this event; a request that only reserves money needs nothing."""
    booked_as = _booked_as(scenario, document, event)
    if booked_as is None:
        return
    await vouchers.draft_vouchers(
        session,
        document=document,
        event=booked_as,
        actor_id=actor_id,
        now=now,
        settlement=await _settlement(session, document),
        scenario=scenario,
    )


def _booked_as(scenario: Scenario, document: Document, event: VoucherEvent) -> VoucherEvent | None:
    """What the event is to the books; None when it is nothing to them.

    Paying out a loan is no spending. What settles a loan without cash (a claim, a hand-over to a
    colleague) is booked with the claim, or only changes who owes it.
    """
    if not _reaches_the_books(scenario):
        return None
    if scenario.form_kind is FormKind.LOAN and event is VoucherEvent.PAID:
        return VoucherEvent.LOAN_PAID
    if scenario.form_kind is FormKind.REPAYMENT:
        in_cash = document.values.get("way") in _PAID_BACK_IN
        return VoucherEvent.LOAN_RETURNED if in_cash else None
    return event


async def _settlement(session: WriteSession, document: Document) -> Settlement:
    """What the document is settled by beside payment: tax kept back, a loan of the payee."""
    offset = await loans.offset_of(session, document.id)
    return Settlement(
        loan_offset_fen=offset.amount_fen if offset else 0, tax_fen=tax_withheld(document)
    )


def _reaches_the_books(scenario: Scenario) -> bool:
    if scenario.form_kind is FormKind.REQUISITION:
        return False
    spends = BudgetOperation.EXECUTE in scenario.budget.events.values()
    return spends or scenario.form_kind is not FormKind.CUSTOM


async def drop_drafts(session: WriteSession, document: Document) -> None:
    """Forget the drafts of a document that is not approved any more.

    A voucher that somebody verified stays for the accountant to reverse; it lets go of the
    document's lines, which are about to be written anew.
    """
    drafts = select(Voucher.id).where(
        Voucher.document_id == document.id, Voucher.state == VoucherState.DRAFT
    )
    await session.execute(delete(VoucherLine).where(VoucherLine.voucher_id.in_(drafts)))
    await session.execute(
        delete(Voucher).where(
            Voucher.document_id == document.id, Voucher.state == VoucherState.DRAFT
        )
    )
    kept = select(Voucher.id).where(Voucher.document_id == document.id)
    await session.execute(
        update(VoucherLine).where(VoucherLine.voucher_id.in_(kept)).values(document_line_id=None)
    )
