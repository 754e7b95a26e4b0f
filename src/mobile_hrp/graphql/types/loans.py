"""Loans as their borrower and finance see them."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

import strawberry

from mobile_hrp.domain.loan.terms import LoanMovementKind
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import DepartmentType, StaffType, load_staff
from mobile_hrp.models.loan import Loan, LoanMovement

strawberry.enum(LoanMovementKind, name="LoanMovementKind")


@covered_by(REACHED)
@strawberry.type(name="LoanMovement", description="One change of a loan, for ever.")
class LoanMovementType:
    sequence: int
    kind: LoanMovementKind
    amount: Money
    balance: Money = strawberry.field(description="What was open after it.")
    document_id: strawberry.ID = strawberry.field(description="The paper it came from.")
    note: str
    occurred_at: datetime
    row: strawberry.Private[LoanMovement]

    @field(REACHED, description="Who owed it before, when it was handed over.")
    async def from_staff(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.from_staff_id)

    @field(REACHED, description="Who owes it since.")
    async def to_staff(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.to_staff_id)

    @classmethod
    def of(cls, row: LoanMovement) -> Self:
        return cls(
            sequence=row.sequence,
            kind=row.kind,
            amount=Money(row.amount_fen),
            balance=Money(row.balance_fen),
            document_id=encode_id("Document", row.document_id),
            note=row.note,
            occurred_at=row.occurred_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(name="Loan", description="Money a person owes the hospital (借款).")
class LoanType:
    id: strawberry.ID
    document_id: strawberry.ID = strawberry.field(description="The request it was paid on.")
    number: str
    principal: Money
    outstanding: Money = strawberry.field(description="未核销金额")
    held: Money = strawberry.field(
        description="What of it approved claims settle as soon as they are paid."
    )
    paid_on: date
    due_on: date
    overdue: bool
    settled_at: datetime | None
    created_at: datetime
    movements: list[LoanMovementType]
    row: strawberry.Private[Loan]

    @field(REACHED)
    async def borrower(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.borrower_id)

    @field(REACHED)
    async def department(self, info: Info) -> DepartmentType | None:
        found = await info.context.loaders.departments.load(self.row.department_id)
        return DepartmentType.of(found) if found else None

    @classmethod
    def of(cls, row: Loan, movements: Sequence[LoanMovement], today: date) -> Self:
        return cls(
            id=encode_id("Loan", row.id),
            document_id=encode_id("Document", row.document_id),
            number=row.number,
            principal=Money(row.principal_fen),
            outstanding=Money(row.outstanding_fen),
            held=Money(row.held_fen),
            paid_on=row.paid_on,
            due_on=row.due_on,
            overdue=row.settled_at is None and row.due_on < today,
            settled_at=row.settled_at,
            created_at=row.created_at,
            movements=[LoanMovementType.of(movement) for movement in movements],
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The loan, or why not.")
class LoanPayload:
    loan: LoanType | None
    user_errors: list[UserError]
    replayed: bool = False


def key_of(row: Loan) -> tuple[datetime, uuid.UUID]:
    """Where a loan stands in a list, newest first."""
    return row.created_at, row.id
