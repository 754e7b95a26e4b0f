"""What an approval means for loans and payments: the moments at which money follows a document.

The rules are those of ``services.loans`` and ``services.payments``; here it is said when they
apply.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.loan.balance import reduce, require_whole
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType, FormKind
from mobile_hrp.domain.voucher.terms import VoucherEvent, VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import loans, payments, scenarios
from mobile_hrp.services.approvals import accounting
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.payees import enable_account
from mobile_hrp.services.payment_books import Paper, free_what_is_settled
from mobile_hrp.services.vouchers import drafts as vouchers

LOAN_LINK = "loan_no"
CLAIM_LINK = "claim_no"
_NEW_ACCOUNT = "new_account"
_CLAIMS = frozenset({FormKind.EXPENSE})


@dataclass(frozen=True, slots=True)
class Repayment:
    """What a repayment form says. ``way``: offset, cash, transfer or handover."""

    way: str
    amount_fen: int
    claim_id: uuid.UUID | None
    receiver_id: uuid.UUID | None

    @classmethod
    def of(cls, document: Document) -> "Repayment":
        values = document.values
        return cls(
            way=str(values.get("way", "")),
            amount_fen=document.amount_fen,
            claim_id=_key(values.get(CLAIM_LINK)),
            receiver_id=_key(values.get("transfer_to")),
        )


async def sent(session: AnySession, *, document: Document, scenario: Scenario) -> None:
    """A document goes on its way: the loan it names is its requester's, and so is the payee.

    Raises:
        Refusal: LOAN_UNKNOWN (also for a colleague's loan), LOAN_SETTLED,
            LOAN_OUTSTANDING_EXCEEDED, LOAN_TRANSFER_WHOLE, PAYEE_NOT_THEIRS.
    """
    await payments.check_payees(session, document=document, scenario=scenario)
    repays = scenario.form_kind is FormKind.REPAYMENT
    linked = _loan_link(scenario, document)
    if linked is None or not (repays or scenario.form_kind in _CLAIMS):
        return
    loan = await loans.loan_of_document(session, linked)
    path = f"values.{LOAN_LINK}"
    if loan is None or loan.borrower_id != document.requester_id:
        raise Refusal("LOAN_UNKNOWN", path=path)
    if loan.settled_at is not None:
        raise Refusal("LOAN_SETTLED", path=path, loan=loan.number)
    if repays:
        _check_repayment(loan, Repayment.of(document))


def _check_repayment(loan: Loan, repayment: Repayment) -> None:
    balance = loans.balance_of(loan)
    if repayment.way == "handover":
        require_whole(balance, repayment.amount_fen, path="values.amount")
    elif repayment.way != "offset":
        reduce(balance, repayment.amount_fen, path="values.amount")


async def altering(session: AnySession, *, document: Document) -> None:
    """Raise PAYMENT_UNDER_WAY or PAYMENT_ALREADY_MADE: paid money is not altered any more."""
    await payments.require_unpaid(session, document=document)


async def hold_offset(
    session: WriteSession, *, document: Document, scenario: Scenario, now: datetime
) -> None:
    """A claim is approved: what it settles of a loan is set aside, ahead of vouchers and orders.

    A loan that others have settled since is no reason to stop: the claim is then paid in full.
    """
    if scenario.form_kind not in _CLAIMS:
        return
    present = await loans.offset_of(session, document.id)
    linked = _loan_link(scenario, document)
    if present is not None:
        loan: Loan | None = await loans.lock_loan(session, present.loan_id)
    elif linked is not None:
        loan = await loans.lock_loan_of_document(session, linked)
    else:
        return
    if loan is not None and loan.borrower_id == document.requester_id:
        await loans.hold_for_claim(
            session, loan=loan, claim=document, claim_fen=document.amount_fen, now=now
        )


async def approved(session: WriteSession, *, paper: Paper, again: bool) -> None:
    """Nobody has to agree any more. ``again``: an approved version was in force until now.

    Raises:
        Refusal: PAYMENT_…, LOAN_… of a repayment that the loan does not bear any more,
            PAYEE_… of a change of account.
    """
    document, scenario = paper.document, paper.scenario
    if again:
        await payments.take_back(session, document=document, now=paper.now)
    if scenario.form_kind is FormKind.REPAYMENT:
        await _repay(session, paper)
    elif payments.pays(scenario):
        await payments.create_orders(session, document=document, scenario=scenario, now=paper.now)
    else:
        await _change_account(session, paper)


async def went_back(session: WriteSession, *, paper: Paper, voided: bool) -> None:
    """Sent back, rejected, withdrawn or voided: what was not paid is not paid.

    Raises:
        Refusal: PAYMENT_UNDER_WAY, PAYMENT_ALREADY_MADE, LOAN_REPAYMENT_BOOKED.
    """
    document = paper.document
    if paper.scenario.form_kind is FormKind.REPAYMENT and await _is_booked(session, document):
        raise Refusal("LOAN_REPAYMENT_BOOKED", path="documentId")
    await payments.take_back(session, document=document, now=paper.now)
    if voided:
        await loans.give_back_for_claim(session, claim_id=document.id, cause=paper.cause)
    else:
        await loans.release_for_claim(session, claim_id=document.id, now=paper.now)


async def _repay(session: WriteSession, paper: Paper) -> None:
    document = paper.document
    linked = _loan_link(paper.scenario, document)
    repayment = Repayment.of(document)
    if repayment.way == "offset" and repayment.claim_id is not None:  # documents before loans
        await lock_document(session, repayment.claim_id)
    loan = await loans.lock_loan_of_document(session, linked) if linked is not None else None
    if loan is None or loan.borrower_id != document.requester_id:
        raise Refusal("LOAN_UNKNOWN", path=f"values.{LOAN_LINK}")
    if repayment.way == "handover" and repayment.receiver_id is not None:
        await loans.transfer(
            session,
            loan=loan,
            amount_fen=repayment.amount_fen,
            to_staff_id=repayment.receiver_id,
            cause=paper.cause,
            path="values.amount",
        )
    elif repayment.way == "offset" and repayment.claim_id is not None:
        await _offset_by(session, paper, loan, repayment.claim_id, repayment.amount_fen)
    else:
        await loans.repay(
            session,
            loan=loan,
            amount_fen=repayment.amount_fen,
            cause=paper.cause,
            path="values.amount",
        )
        await free_what_is_settled(session, loan, paper)


async def _offset_by(
    session: WriteSession, paper: Paper, loan: Loan, claim_id: uuid.UUID, amount_fen: int
) -> None:
    """A claim that is not paid yet settles the loan; one that is approved is paid that much less.

    Raises:
        Refusal: LOAN_CLAIM_NOT_OPEN, LOAN_OUTSTANDING_EXCEEDED.
    """
    claim = await lock_document(session, claim_id)
    scenario = await scenarios.of_document(session, claim)
    orders = await payments.lock_orders(session, claim.id)
    decided = any(order.state.open for order in orders)  # only the cashier is asked any more
    if not await _may_offset(session, claim, scenario, loan):
        raise Refusal("LOAN_CLAIM_NOT_OPEN", path=f"values.{CLAIM_LINK}", claim=claim.number)
    if amount_fen > claim.amount_fen:
        raise Refusal("LOAN_CLAIM_TOO_SMALL", path="values.amount", claim=claim.number)
    reduce(loans.balance_of(loan), amount_fen, path="values.amount")
    if decided:
        await payments.take_back(session, document=claim, now=paper.now)
        await accounting.drop_drafts(session, claim)
    await loans.hold_for_claim(
        session,
        loan=loan,
        claim=claim,
        claim_fen=amount_fen,
        now=paper.now,
        source_document_id=paper.document.id,
    )
    if decided:
        await accounting.draft_vouchers(
            session,
            document=claim,
            scenario=scenario,
            event=VoucherEvent.APPROVED,
            actor_id=paper.actor_id,
            now=paper.now,
        )
        await payments.create_orders(session, document=claim, scenario=scenario, now=paper.now)


async def _may_offset(
    session: WriteSession, claim: Document, scenario: Scenario, loan: Loan
) -> bool:
    """The borrower's claim that is under way, or approved with nothing paid or booked for good."""
    if claim.requester_id != loan.borrower_id or scenario.form_kind not in _CLAIMS:
        return False
    if await loans.offset_of(session, claim.id) is not None:
        return False
    orders = await payments.lock_orders(session, claim.id)
    if any(order.state.with_bank or order.paid_at is not None for order in orders):
        return False
    booked = await vouchers.vouchers_of(session, document_id=claim.id)
    if any(voucher.state is not VoucherState.DRAFT for voucher in booked):
        return False
    unpaid = any(order.state.open for order in orders)
    return claim.status is DocumentStatus.IN_APPROVAL or (
        claim.status is DocumentStatus.APPROVED and unpaid
    )


async def _change_account(session: WriteSession, paper: Paper) -> None:
    """An approved change of account puts the registered account it names in use."""
    field = paper.scenario.field(_NEW_ACCOUNT)
    key = _key(paper.document.values.get(_NEW_ACCOUNT))
    if field is None or field.type is not FieldType.PAYEE or key is None:
        return
    known = await session.scalar(select(PayeeAccount.id).where(PayeeAccount.id == key))
    if known is not None:
        await enable_account(
            session,
            account_id=key,
            document_id=paper.document.id,
            requester_id=paper.document.requester_id,
            now=paper.now,
        )


async def _is_booked(session: AnySession, document: Document) -> bool:
    return await loans.caused_movements(session, document.id)


def _loan_link(scenario: Scenario, document: Document) -> uuid.UUID | None:
    field = scenario.field(LOAN_LINK)
    if field is None or field.type is not FieldType.DOC_LINK:
        return None
    return _key(document.values.get(LOAN_LINK))


def _key(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None
