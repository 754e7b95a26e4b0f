"""Vouchers in two halves, each balanced on its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.voucher.draft import EntryDraft, half_total
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent, VoucherState
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.voucher import Voucher

for _kind, _name in (
    (Half, "VoucherHalfKind"),
    (Side, "VoucherSide"),
    (VoucherEvent, "VoucherEvent"),
    (VoucherState, "VoucherState"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(name="VoucherEntry")
class VoucherEntryType:
    position: int
    half: Half
    side: Side
    account_code: str
    account_name: str
    amount: Money
    summary: str

    @classmethod
    def of(cls, position: int, entry: EntryDraft) -> Self:
        return cls(
            position=position,
            half=entry.half,
            side=entry.side,
            account_code=entry.account_code,
            account_name=entry.account_name,
            amount=Money(entry.amount_fen),
            summary=entry.summary,
        )


@covered_by(REACHED)
@strawberry.type(name="VoucherHalf", description="One half: its entries and its equal totals.")
class VoucherHalfType:
    entries: list[VoucherEntryType]
    debit: Money
    credit: Money

    @classmethod
    def of(cls, half: Half, entries: Sequence[EntryDraft]) -> Self:
        return cls(
            entries=[
                VoucherEntryType.of(position, entry)
                for position, entry in enumerate(entries)
                if entry.half is half
            ],
            debit=Money(half_total(entries, half, Side.DEBIT)),
            credit=Money(half_total(entries, half, Side.CREDIT)),
        )


@covered_by(REACHED)
@strawberry.type(name="Voucher", description="A voucher (凭证); a draft until it was verified.")
class VoucherType:
    id: strawberry.ID
    event: VoucherEvent
    sequence: int
    dated: date
    state: VoucherState
    template_code: str
    template_version: str
    needs_confirmation: bool = strawberry.field(
        description="It books to an account no accountant of the hospital has confirmed yet."
    )
    changes: JSON = strawberry.field(description="What the verifier altered of the draft.")
    created_at: datetime
    verified_at: datetime | None
    finalized_at: datetime | None
    entries: list[VoucherEntryType]
    financial: VoucherHalfType = strawberry.field(description="The financial half (财务会计).")
    budgetary: VoucherHalfType = strawberry.field(description="The budgetary half (预算会计).")
    row: strawberry.Private[Voucher]

    @field(REACHED)
    async def verified_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.verified_by)

    @field(REACHED)
    async def finalized_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.finalized_by)

    @classmethod
    def of(cls, row: Voucher, entries: Sequence[EntryDraft]) -> Self:
        return cls(
            id=encode_id("Voucher", row.id),
            event=row.event,
            sequence=row.sequence,
            dated=row.dated,
            state=row.state,
            template_code=row.template_code,
            template_version=row.template_version,
            needs_confirmation=row.needs_confirmation,
            changes=JSON(row.changes),
            created_at=row.created_at,
            verified_at=row.verified_at,
            finalized_at=row.finalized_at,
            entries=[VoucherEntryType.of(at, entry) for at, entry in enumerate(entries)],
            financial=VoucherHalfType.of(Half.FINANCIAL, entries),
            budgetary=VoucherHalfType.of(Half.BUDGETARY, entries),
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The voucher, or why not.")
class VoucherPayload:
    voucher: VoucherType | None
    user_errors: list[UserError]
    replayed: bool = False
