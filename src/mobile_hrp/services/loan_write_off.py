"""A loan that will not come back is written off only by a decision that was approved (核销)."""

import uuid
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.vocabulary import FormKind
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import loans, scenarios
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.loans import Cause
from mobile_hrp.services.payment_books import Paper, free_what_is_settled
from mobile_hrp.services.vouchers.access import documents_reached

NOTE_MAX = 500
_DECIDED = (DocumentStatus.APPROVED, DocumentStatus.CLOSED)


async def write_off_loan(
    session: WriteSession,
    *,
    viewer: Viewer,
    loan_id: uuid.UUID,
    amount_fen: int,
    decision_id: uuid.UUID,
    note: str,
    now: datetime,
) -> Loan:
    """Write a part, or all, of a loan off. The decision is a paper of its own, asked by others.

    Raises:
        Refusal: NOT_FOUND, LOAN_DECISION_REQUIRED, PAYMENT_SEPARATION for one's own loan,
            PAYMENT_TEXT_INVALID, AMOUNT_NOT_POSITIVE, LOAN_OUTSTANDING_EXCEEDED.
    """
    if not note.strip() or len(note) > NOTE_MAX or not note.isprintable():
        raise Refusal("PAYMENT_TEXT_INVALID", path="note", limit=NOTE_MAX)
    request = await session.scalar(
        select(Document)
        .join(Loan, (Loan.hospital_id == Document.hospital_id) & (Loan.document_id == Document.id))
        .where(Loan.id == loan_id, documents_reached(viewer, Permission.VOUCHER_FINALIZE))
    )
    if request is None:
        raise Refusal("NOT_FOUND", path="loanId")
    await lock_document(session, request.id)
    loan = await loans.lock_loan(session, loan_id)
    if viewer.staff_id in {loan.borrower_id, request.requester_id}:
        raise Refusal("PAYMENT_SEPARATION", path="loanId", order=loan.number)
    await _require_decision(session, decision_id, loan)
    cause = Cause(decision_id, viewer.staff_id, now, note)
    await loans.write_off(session, loan=loan, amount_fen=amount_fen, cause=cause)
    scenario = await scenarios.of_document(session, request)
    await free_what_is_settled(session, loan, Paper(request, scenario, viewer.staff_id, now))
    return loan


async def _require_decision(session: WriteSession, decision_id: uuid.UUID, loan: Loan) -> None:
    """An approved paper that moves no money itself, and that the borrower did not ask for."""
    decision = await session.scalar(select(Document).where(Document.id == decision_id))
    refused = Refusal("LOAN_DECISION_REQUIRED", path="decisionId")
    if decision is None or decision.requester_id == loan.borrower_id:
        raise refused
    scenario = await scenarios.of_document(session, decision)
    if decision.status not in _DECIDED or scenario.form_kind is not FormKind.CUSTOM:
        raise refused
