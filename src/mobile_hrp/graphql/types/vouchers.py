"""Vouchers in two halves, each balanced on its own."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Self, TypeVar

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.scalars import JSON

from mobile_hrp.domain.voucher.draft import EntryDraft, half_total, lacking
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent, VoucherState
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.organization import Department, EconomicClass, FundSource, Project
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.services.vouchers.facts import template_book

_RowT = TypeVar("_RowT", Department, EconomicClass, FundSource, Project)

for _kind, _name in (
    (Half, "VoucherHalfKind"),
    (Side, "VoucherSide"),
    (VoucherEvent, "VoucherEvent"),
    (VoucherState, "VoucherState"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(name="VoucherDimension", description="What an entry is kept under.")
class DimensionType:
    id: strawberry.ID
    code: str
    name: str


async def _dimension(
    loader: DataLoader[uuid.UUID, _RowT | None], kind: str, key: uuid.UUID | None
) -> DimensionType | None:
    row = await loader.load(key) if key else None
    return DimensionType(id=encode_id(kind, row.id), code=row.code, name=row.name) if row else None


@covered_by(REACHED)
@strawberry.type(
    name="VoucherEntry",
    description="An entry with the dimensions that DA/T 95-2022 asks for (table C.1).",
)
class VoucherEntryType:
    position: int
    half: Half
    side: Side
    account_code: str
    account_name: str
    amount: Money
    summary: str
    document_line_id: strawberry.ID | None = strawberry.field(
        description="The document line it books; none for an entry of the whole document."
    )
    function_class: str | None
    entry: strawberry.Private[EntryDraft]

    @field(REACHED)
    async def department(self, info: Info) -> DimensionType | None:
        key = self.entry.dimensions.department_id
        return await _dimension(info.context.loaders.departments, "Department", key)

    @field(REACHED)
    async def project(self, info: Info) -> DimensionType | None:
        key = self.entry.dimensions.project_id
        return await _dimension(info.context.loaders.projects, "Project", key)

    @field(REACHED)
    async def fund_source(self, info: Info) -> DimensionType | None:
        key = self.entry.dimensions.fund_source_id
        return await _dimension(info.context.loaders.fund_sources, "FundSource", key)

    @field(REACHED, description="部门支出经济分类")
    async def department_economic_class(self, info: Info) -> DimensionType | None:
        key = self.entry.dimensions.department_economic_class_id
        return await _dimension(info.context.loaders.economic_classes, "EconomicClass", key)

    @field(REACHED, description="政府支出经济分类")
    async def government_economic_class(self, info: Info) -> DimensionType | None:
        key = self.entry.dimensions.government_economic_class_id
        return await _dimension(info.context.loaders.economic_classes, "EconomicClass", key)

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
            document_line_id=encode_id("DocumentLine", entry.document_line_id)
            if entry.document_line_id
            else None,
            function_class=entry.dimensions.function_class,
            entry=entry,
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
    unconfirmed_accounts: list[str] = strawberry.field(
        description="The accounts of its entries that no accountant has confirmed yet."
    )
    lacking: list[str] = strawberry.field(
        description="Dimensions that every entry must name and some entry does not."
    )
    changes: JSON = strawberry.field(description="What the verifier altered of the draft.")
    created_at: datetime
    verified_at: datetime | None
    finalized_at: datetime | None
    entries: list[VoucherEntryType]
    financial: VoucherHalfType = strawberry.field(description="The financial half (财务会计).")
    budgetary: VoucherHalfType = strawberry.field(description="The budgetary half (预算会计).")
    row: strawberry.Private[Voucher]

    @field(
        REACHED,
        description="What is still to be compared with the original rules (财会〔2017〕25号).",
    )
    async def to_confirm(self, info: Info) -> str:
        return template_book().to_confirm(self.row.template_code, info.context.locale)

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
            unconfirmed_accounts=list(
                template_book().unconfirmed(entry.account_code for entry in entries)
            ),
            lacking=list(lacking(entries)),
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
