"""Loans: one's own, all of them for finance, and writing one off by a decision."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Select, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import SIGNED_IN, field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.loans import LoanPayload, LoanType, key_of
from mobile_hrp.models.loan import Loan
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.loan_access import for_finance, of_person, visible_loans
from mobile_hrp.services.loan_write_off import write_off_loan
from mobile_hrp.services.loans import movements_of


@strawberry.input(description="Which loans; what is left out does not narrow.")
class LoanFilterInput:
    borrower_id: strawberry.ID | None = None
    department_id: strawberry.ID | None = None
    open_only: bool = False
    overdue_only: bool = False
    due_before: date | None = None


@strawberry.input
class WriteOffLoanInput:
    idempotency_key: str
    loan_id: strawberry.ID
    amount: Money
    decision_id: strawberry.ID = strawberry.field(
        description="The approved document that decides it."
    )
    note: str


@strawberry.type
class LoanQuery:
    @field(SIGNED_IN, description="What I owe and owed, newest first, with what I handed on.")
    async def my_loans(
        self, info: Info, first: int, after: str | None = None, open_only: bool = False
    ) -> Connection[LoanType]:
        viewer = info.context.require_viewer()
        statement = select(Loan).where(of_person(viewer))
        if open_only:
            statement = statement.where(Loan.settled_at.is_(None))
        return await _page(info, statement, first, after)

    @field(needs(Permission.VOUCHER_VIEW), description="The hospital's loans, newest first.")
    async def loans(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: LoanFilterInput | None = None,
    ) -> Connection[LoanType]:
        viewer = info.context.require_viewer()
        statement = for_finance(viewer)
        if filter is not None:
            async with info.context.reading() as session:
                today = await budget_day(session, viewer.hospital_id, info.context.now())
            statement = statement.where(*_conditions(filter, today))
        return await _page(info, statement, first, after)

    @field(SIGNED_IN, description="A loan of mine, or one that finance may see.")
    async def loan(self, info: Info, id: strawberry.ID) -> LoanType | None:
        key = decode_id("Loan", id)
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            return await _read(session, viewer, key, info.context.now())


@strawberry.type
class LoanMutation:
    @mutation(
        needs(Permission.VOUCHER_FINALIZE),
        description="Write a loan off, wholly or in part, by an approved decision (核销).",
    )
    async def write_off_loan(self, info: Info, input: WriteOffLoanInput) -> LoanPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            loan = await write_off_loan(
                session,
                viewer=viewer,
                loan_id=decode_id("Loan", input.loan_id, path="loanId"),
                amount_fen=input.amount.at("amount"),
                decision_id=decode_id("Document", input.decision_id, path="decisionId"),
                note=input.note,
                now=now,
            )
            return {"loan_id": str(loan.id)}

        outcome = await perform(
            info,
            operation="writeOffLoan",
            key=input.idempotency_key,
            body={
                "loan": input.loan_id,
                "amount": input.amount.fen,
                "decision": input.decision_id,
                "note": input.note,
            },
            work=work,
        )

        async def read(result: Mapping[str, Any]) -> LoanType | None:
            viewer, key = info.context.require_viewer(), uuid.UUID(result["loan_id"])
            async with info.context.reading() as session:
                return await _read(session, viewer, key, info.context.now())

        return LoanPayload(
            loan=await outcome.object("loan", read),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _conditions(chosen: LoanFilterInput, today: date) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    borrower = decode_optional_id("Staff", chosen.borrower_id, path="filter.borrowerId")
    department = decode_optional_id("Department", chosen.department_id, path="filter.departmentId")
    if borrower is not None:
        found.append(Loan.borrower_id == borrower)
    if department is not None:
        found.append(Loan.department_id == department)
    if chosen.open_only or chosen.overdue_only:
        found.append(Loan.settled_at.is_(None))
    if chosen.overdue_only:
        found.append(Loan.due_on < today)
    if chosen.due_before is not None:
        found.append(Loan.due_on < chosen.due_before)
    return found


async def _page(
    info: Info, statement: Select[Loan], first: int, after: str | None
) -> Connection[LoanType]:
    viewer = info.context.require_viewer()
    paged = newest_first(statement, Loan.created_at, Loan.id, first=first, after=after)
    async with info.context.reading() as session:
        rows = (await session.scalars(paged)).all()
        movements = await movements_of(session, [row.id for row in rows])
        today = await budget_day(session, viewer.hospital_id, info.context.now())
    return connection_of(
        rows,
        first,
        position=key_of,
        node=lambda row: LoanType.of(row, movements[row.id], today),
    )


async def _read(
    session: AnySession, viewer: Viewer, key: uuid.UUID, now: datetime
) -> LoanType | None:
    row = await session.scalar(select(Loan).where(Loan.id == key, visible_loans(viewer)))
    if row is None:
        return None
    movements = await movements_of(session, [row.id])
    return LoanType.of(row, movements[row.id], await budget_day(session, viewer.hospital_id, now))
