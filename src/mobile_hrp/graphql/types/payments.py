"""Payment orders, payees' accounts (masked) and the files for the bank."""

import base64
from datetime import date, datetime
from typing import Self

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.payment.files import PaymentFile
from mobile_hrp.domain.payment.terms import (
    FileEncoding,
    FileFormat,
    PayeeKind,
    PaymentOutcome,
    PaymentState,
)
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.payment import PayeeAccount, PaymentBatch, PaymentOrder
from mobile_hrp.services.payments import first_payable_day

for _kind, _name in (
    (PaymentState, "PaymentState"),
    (PaymentOutcome, "PaymentOutcome"),
    (PayeeKind, "PayeeKind"),
    (FileFormat, "PaymentFileFormat"),
    (FileEncoding, "PaymentFileEncoding"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(
    name="PayeeAccount", description="A registered account; nobody reads its number here."
)
class PayeeAccountType:
    id: strawberry.ID
    kind: PayeeKind
    holder: str = strawberry.field(description="A person by the first character only.")
    number: str = strawberry.field(description="The last four characters only.")
    bank_name: str
    registered_at: datetime
    enabled_at: datetime | None = strawberry.field(
        description="Since when it is in use; cooling off runs from here. Null: not in use yet."
    )
    disabled_at: datetime | None

    @classmethod
    def of(cls, row: PayeeAccount) -> Self:
        return cls(
            id=encode_id("PayeeAccount", row.id),
            kind=row.kind,
            holder=row.holder_masked,
            number=row.number_masked,
            bank_name=row.bank_name,
            registered_at=row.registered_at,
            enabled_at=row.enabled_at,
            disabled_at=row.disabled_at,
        )


@covered_by(REACHED)
@strawberry.type(name="PaymentOrder", description="Money to one payee of one document (支付单).")
class PaymentOrderType:
    id: strawberry.ID
    number: str
    document_id: strawberry.ID
    amount: Money
    state: PaymentState
    reference: str = strawberry.field(description="What the bank calls the last result.")
    reason: str = strawberry.field(description="Why it failed, came back or was cancelled.")
    created_at: datetime
    changed_at: datetime
    paid_at: datetime | None
    returned_at: datetime | None
    row: strawberry.Private[PaymentOrder]

    @field(REACHED, description="Null for a payee entered as plain text: paid by hand only.")
    async def payee(self, info: Info) -> PayeeAccountType | None:
        if self.row.payee_account_id is None:
            return None
        async with info.context.reading() as session:
            row = await session.scalar(
                select(PayeeAccount).where(PayeeAccount.id == self.row.payee_account_id)
            )
        return PayeeAccountType.of(row) if row else None

    @field(REACHED, description="The first day a new account may be paid, while it cools off.")
    async def payable_from(self, info: Info) -> date | None:
        if self.row.state is not PaymentState.DRAFT:
            return None
        async with info.context.reading() as session:
            return await first_payable_day(session, order=self.row)

    @field(REACHED, description="Who recorded the last result; null for the bank itself.")
    async def recorded_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.recorded_by)

    @classmethod
    def of(cls, row: PaymentOrder) -> Self:
        return cls(
            id=encode_id("PaymentOrder", row.id),
            number=row.number,
            document_id=encode_id("Document", row.document_id),
            amount=Money(row.amount_fen),
            state=row.state,
            reference=row.reference,
            reason=row.reason,
            created_at=row.created_at,
            changed_at=row.changed_at,
            paid_at=row.paid_at,
            returned_at=row.returned_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(name="PaymentBatch", description="One export: a file for the bank.")
class PaymentBatchType:
    id: strawberry.ID
    number: str
    file_format: FileFormat
    encoding: FileEncoding
    order_count: int
    total: Money
    sha256: str = strawberry.field(description="Of the file as first exported.")
    copies: int
    exported_at: datetime
    row: strawberry.Private[PaymentBatch]

    @field(REACHED)
    async def exported_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.exported_by)

    @classmethod
    def of(cls, row: PaymentBatch) -> Self:
        return cls(
            id=encode_id("PaymentBatch", row.id),
            number=row.number,
            file_format=row.file_format,
            encoding=row.encoding,
            order_count=row.order_count,
            total=Money(row.total_fen),
            sha256=row.sha256,
            copies=row.copies,
            exported_at=row.exported_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(name="PaymentFile", description="The bytes to hand to the bank.")
class PaymentFileType:
    name: str
    content_base64: str
    sha256: str
    count: int
    total: Money

    @classmethod
    def of(cls, written: PaymentFile) -> Self:
        return cls(
            name=written.name,
            content_base64=base64.b64encode(written.content).decode("ascii"),
            sha256=written.sha256,
            count=written.count,
            total=Money(written.total_fen),
        )


@covered_by(REACHED)
@strawberry.type(description="The file and its batch, or why not.")
class ExportPaymentsPayload:
    batch: PaymentBatchType | None
    file: PaymentFileType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The payment order, or why not.")
class PaymentOrderPayload:
    payment_order: PaymentOrderType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The account, or why not.")
class PayeeAccountPayload:
    payee_account: PayeeAccountType | None
    user_errors: list[UserError]
    replayed: bool = False
