"""The ledger of loans: lock the loan, change its balance, write the movement.

All functions run inside the caller's transaction, after the document they belong to was locked.
A loan's row is locked before any budget line, here and everywhere.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from mobile_hrp.domain.loan import balance as rules
from mobile_hrp.domain.loan.balance import LoanBalance
from mobile_hrp.domain.loan.terms import LoanMovementKind, OffsetState, OpenLoanFigures
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan, LoanMovement, LoanOffset
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

_COUNTING = (OffsetState.HELD, OffsetState.SETTLED)


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose doing a movement is: the paper behind it, the person, and when."""

    document_id: uuid.UUID
    actor_id: uuid.UUID | None
    now: datetime
    note: str = ""


# ---- reading


async def loan_of_document(session: AnySession, document_id: uuid.UUID) -> Loan | None:
    """The loan that was paid on this request."""
    found: Loan | None = await session.scalar(select(Loan).where(Loan.document_id == document_id))
    return found


async def open_loans_of(session: AnySession, staff_id: uuid.UUID) -> tuple[OpenLoanFigures, ...]:
    """The loans a person has not settled, in the order they fall due."""
    rows = await session.execute(
        select(Loan.document_id, Loan.number, Loan.outstanding_fen, Loan.due_on)
        .where(Loan.borrower_id == staff_id, Loan.settled_at.is_(None))
        .order_by(Loan.due_on, Loan.id)
    )
    return tuple(OpenLoanFigures(*row) for row in rows)


async def movements_of(
    session: AnySession, loan_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, list[LoanMovement]]:
    """The movements of several loans, each in its order; one statement."""
    rows = await session.scalars(
        select(LoanMovement)
        .where(LoanMovement.loan_id.in_(loan_ids))
        .order_by(LoanMovement.loan_id, LoanMovement.sequence)
    )
    movements: dict[uuid.UUID, list[LoanMovement]] = {key: [] for key in loan_ids}
    for row in rows:
        movements[row.loan_id].append(row)
    return movements


async def offset_of(session: AnySession, claim_id: uuid.UUID) -> LoanOffset | None:
    """What the claim settles of a loan, held or done; None when it settles nothing."""
    found: LoanOffset | None = await session.scalar(
        select(LoanOffset).where(
            LoanOffset.claim_document_id == claim_id, LoanOffset.state.in_(_COUNTING)
        )
    )
    return found


async def caused_movements(session: AnySession, document_id: uuid.UUID) -> bool:
    """Whether the document changed any loan."""
    return (
        await session.scalar(
            select(LoanMovement.id).where(LoanMovement.document_id == document_id).limit(1)
        )
        is not None
    )


# ---- changing


async def lock_loan(session: WriteSession, loan_id: uuid.UUID, *, path: str = "loanId") -> Loan:
    """The loan, locked until the transaction ends. Raises Refusal NOT_FOUND."""
    loan = await session.scalar(
        select(Loan)
        .where(Loan.id == loan_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if loan is None:
        raise Refusal("NOT_FOUND", path=path)
    return loan


async def lock_loan_of_document(session: WriteSession, document_id: uuid.UUID) -> Loan | None:
    """As ``lock_loan``, by the request it was paid on."""
    loan_id = await session.scalar(select(Loan.id).where(Loan.document_id == document_id))
    return await lock_loan(session, loan_id) if loan_id is not None else None


async def pay_out(
    session: WriteSession,
    *,
    document: Document,
    amount_fen: int,
    paid_on: date,
    due_on: date,
    cause: Cause,
) -> Loan:
    """The money of a loan request has left: from now on it is owed. A second time changes nothing.

    Raises:
        Refusal: AMOUNT_NOT_POSITIVE.
    """
    present = await lock_loan_of_document(session, document.id)
    if present is not None:
        return present
    balance = rules.paid_out(amount_fen)
    loan = Loan(
        hospital_id=document.hospital_id,
        id=new_id(),
        document_id=document.id,
        number=document.number,
        borrower_id=document.requester_id,
        department_id=document.department_id,
        campus_id=document.campus_id,
        principal_fen=balance.principal_fen,
        outstanding_fen=balance.outstanding_fen,
        held_fen=0,
        paid_on=paid_on,
        due_on=due_on,
        version=1,
        created_at=cause.now,
    )
    session.add(loan)
    await session.flush()
    await _write(
        session, loan, balance, kind=LoanMovementKind.PAID_OUT, amount_fen=amount_fen, cause=cause
    )
    return loan


async def hold_for_claim(
    session: WriteSession,
    *,
    loan: Loan,
    claim: Document,
    claim_fen: int,
    now: datetime,
    source_document_id: uuid.UUID | None = None,
) -> int:
    """Set aside what the claim can settle of the locked loan; answers with how much.

    A claim that holds a part already keeps it, but never more than the claim itself is worth.
    """
    present = await offset_of(session, claim.id)
    if present is not None:
        if present.state is OffsetState.SETTLED or present.amount_fen <= claim_fen:
            return present.amount_fen
        await release_for_claim(session, claim_id=claim.id, now=now)
    balance, amount_fen = rules.hold(balance_of(loan), claim_fen)
    if not amount_fen:
        return 0
    _keep(loan, balance, now)
    session.add(
        LoanOffset(
            hospital_id=loan.hospital_id,
            id=new_id(),
            loan_id=loan.id,
            claim_document_id=claim.id,
            source_document_id=source_document_id,
            amount_fen=amount_fen,
            state=OffsetState.HELD,
            created_at=now,
        )
    )
    await session.flush()
    return amount_fen


async def settle_for_claim(
    session: WriteSession, *, claim_id: uuid.UUID, cause: Cause
) -> Loan | None:
    """The claim is paid: what it held of a loan is settled. A second time changes nothing."""
    offset, loan = await _offset_and_loan(session, claim_id)
    if offset is None or loan is None or offset.state is not OffsetState.HELD:
        return None
    balance = rules.settle(balance_of(loan), offset.amount_fen)
    _keep(loan, balance, cause.now)
    offset.state, offset.ended_at = OffsetState.SETTLED, cause.now
    await _write(
        session,
        loan,
        balance,
        kind=LoanMovementKind.OFFSET,
        amount_fen=offset.amount_fen,
        cause=cause,
    )
    return loan


async def release_for_claim(session: WriteSession, *, claim_id: uuid.UUID, now: datetime) -> None:
    """The claim goes back before it was paid: its loan is owed as before."""
    offset, loan = await _offset_and_loan(session, claim_id)
    if offset is None or loan is None or offset.state is not OffsetState.HELD:
        return
    _keep(loan, rules.release(balance_of(loan), offset.amount_fen), now)
    offset.state, offset.ended_at = OffsetState.RELEASED, now
    await session.flush()


async def give_back_for_claim(session: WriteSession, *, claim_id: uuid.UUID, cause: Cause) -> None:
    """The claim does not stand any more, paid or not: its loan is owed again."""
    offset, loan = await _offset_and_loan(session, claim_id)
    if offset is None or loan is None:
        return
    if offset.state is OffsetState.HELD:
        await release_for_claim(session, claim_id=claim_id, now=cause.now)
        return
    balance = rules.reinstate(balance_of(loan), offset.amount_fen)
    _keep(loan, balance, cause.now)
    offset.state, offset.ended_at = OffsetState.REINSTATED, cause.now
    await _write(
        session,
        loan,
        balance,
        kind=LoanMovementKind.REINSTATED,
        amount_fen=offset.amount_fen,
        cause=cause,
    )


async def repay(
    session: WriteSession, *, loan: Loan, amount_fen: int, cause: Cause, path: str = "amount"
) -> None:
    """Money of the locked loan came back.

    Raises:
        Refusal: AMOUNT_NOT_POSITIVE, LOAN_OUTSTANDING_EXCEEDED.
    """
    balance = rules.reduce(balance_of(loan), amount_fen, path=path)
    _keep(loan, balance, cause.now)
    await _write(
        session, loan, balance, kind=LoanMovementKind.REPAID, amount_fen=amount_fen, cause=cause
    )


async def write_off(session: WriteSession, *, loan: Loan, amount_fen: int, cause: Cause) -> None:
    """A decision says that this part of the locked loan will not come back.

    Raises:
        Refusal: AMOUNT_NOT_POSITIVE, LOAN_OUTSTANDING_EXCEEDED.
    """
    balance = rules.reduce(balance_of(loan), amount_fen)
    _keep(loan, balance, cause.now)
    await _write(
        session,
        loan,
        balance,
        kind=LoanMovementKind.WRITTEN_OFF,
        amount_fen=amount_fen,
        cause=cause,
    )


async def transfer(
    session: WriteSession,
    *,
    loan: Loan,
    amount_fen: int,
    to_staff_id: uuid.UUID,
    cause: Cause,
    path: str = "amount",
) -> None:
    """A colleague takes the whole of the locked loan over.

    Raises:
        Refusal: LOAN_IN_USE, LOAN_TRANSFER_WHOLE, LOAN_TRANSFER_SELF.
    """
    if to_staff_id == loan.borrower_id:
        raise Refusal("LOAN_TRANSFER_SELF", path=path)
    balance = balance_of(loan)
    rules.require_whole(balance, amount_fen, path=path)
    before = loan.borrower_id
    loan.borrower_id = to_staff_id
    _keep(loan, balance, cause.now)
    await _write(
        session,
        loan,
        balance,
        kind=LoanMovementKind.TRANSFERRED,
        amount_fen=amount_fen,
        cause=cause,
        people=(before, to_staff_id),
    )


def balance_of(loan: Loan) -> LoanBalance:
    return LoanBalance(loan.principal_fen, loan.outstanding_fen, loan.held_fen)


def _keep(loan: Loan, balance: LoanBalance, now: datetime) -> None:
    loan.outstanding_fen = balance.outstanding_fen
    loan.held_fen = balance.held_fen
    loan.settled_at = (loan.settled_at or now) if balance.settled else None
    loan.version += 1


async def _offset_and_loan(
    session: WriteSession, claim_id: uuid.UUID
) -> tuple[LoanOffset | None, Loan | None]:
    """The claim's offset with its loan locked. The claim itself is locked by the caller."""
    offset = await offset_of(session, claim_id)
    if offset is None:
        return None, None
    return offset, await lock_loan(session, offset.loan_id)


async def _write(
    session: WriteSession,
    loan: Loan,
    balance: LoanBalance,
    *,
    kind: LoanMovementKind,
    amount_fen: int,
    cause: Cause,
    people: tuple[uuid.UUID, uuid.UUID] | None = None,
) -> None:
    last = await session.scalar(
        select(func.max(LoanMovement.sequence)).where(LoanMovement.loan_id == loan.id)
    )
    session.add(
        LoanMovement(
            hospital_id=loan.hospital_id,
            id=new_id(),
            loan_id=loan.id,
            sequence=(last or 0) + 1,
            kind=kind,
            amount_fen=amount_fen,
            balance_fen=balance.outstanding_fen,
            document_id=cause.document_id,
            from_staff_id=people[0] if people else None,
            to_staff_id=people[1] if people else None,
            actor_id=cause.actor_id,
            note=cause.note,
            occurred_at=cause.now,
        )
    )
    await session.flush()
    await audit.record(
        session,
        hospital_id=loan.hospital_id,
        actor_id=cause.actor_id,
        action=f"loan.{kind.value}",
        subject_type="loan",
        subject_id=loan.id,
        detail={"document_id": str(cause.document_id), "amount_fen": amount_fen},
        now=cause.now,
    )
