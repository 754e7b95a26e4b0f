"""Vouchers: look at the drafts, verify them, make them final."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.draft import Dimensions, EntryDraft
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherState
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.vouchers import VoucherPayload, VoucherType
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.archive.requesting import archive_when_ready
from mobile_hrp.services.vouchers.access import documents_reached, require_voucher
from mobile_hrp.services.vouchers.drafts import (
    entries_by_voucher,
    entries_of,
    finalize_voucher,
    verify_voucher,
)

_ENTRIES_MAX = 500
_DIMENSIONS = {
    "department_id": "Department",
    "project_id": "Project",
    "fund_source_id": "FundSource",
    "department_economic_class_id": "EconomicClass",
    "government_economic_class_id": "EconomicClass",
}


@strawberry.input(description="An entry as it should be. Name the drafted one it corrects.")
class VoucherEntryInput:
    half: Half
    side: Side
    account_code: str
    account_name: str
    amount: Money
    summary: str
    position: int | None = strawberry.field(
        default=None, description="Of the drafted entry whose dimensions it keeps."
    )
    department_id: strawberry.ID | None = None
    project_id: strawberry.ID | None = None
    fund_source_id: strawberry.ID | None = None
    department_economic_class_id: strawberry.ID | None = None
    government_economic_class_id: strawberry.ID | None = None
    function_class: str | None = None


@strawberry.input
class VerifyVoucherInput:
    idempotency_key: str
    voucher_id: strawberry.ID
    entries: list[VoucherEntryInput] | None = strawberry.field(
        default=None, description="All entries as corrected; leave out to accept the draft."
    )


@strawberry.input
class FinalizeVoucherInput:
    idempotency_key: str
    voucher_id: strawberry.ID


@strawberry.type
class VoucherQuery:
    @field(needs(Permission.VOUCHER_VIEW), description="The vouchers of a document.")
    async def vouchers(self, info: Info, document_id: strawberry.ID) -> list[VoucherType]:
        key = decode_id("Document", document_id, path="documentId")
        reached = documents_reached(info.context.require_viewer(), Permission.VOUCHER_VIEW)
        async with info.context.reading() as session:
            rows = (
                await session.scalars(
                    select(Voucher)
                    .join(
                        Document,
                        (Document.hospital_id == Voucher.hospital_id)
                        & (Document.id == Voucher.document_id),
                    )
                    .where(Voucher.document_id == key, reached)
                    .order_by(Voucher.id)
                )
            ).all()
            entries = await entries_by_voucher(session, [row.id for row in rows])
        return [VoucherType.of(row, entries[row.id]) for row in rows]

    @field(needs(Permission.VOUCHER_VIEW), description="Vouchers in a state, newest first.")
    async def voucher_queue(
        self, info: Info, first: int, state: VoucherState, after: str | None = None
    ) -> Connection[VoucherType]:
        reached = documents_reached(info.context.require_viewer(), Permission.VOUCHER_VIEW)
        statement = newest_first(
            select(Voucher)
            .join(
                Document,
                (Document.hospital_id == Voucher.hospital_id)
                & (Document.id == Voucher.document_id),
            )
            .where(Voucher.state == state, reached),
            Voucher.created_at,
            Voucher.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
            entries = await entries_by_voucher(session, [row.id for row in rows])
        return connection_of(
            rows,
            first,
            position=lambda row: (row.created_at, row.id),
            node=lambda row: VoucherType.of(row, entries[row.id]),
        )


@strawberry.type
class VoucherMutation:
    @mutation(
        needs(Permission.VOUCHER_VERIFY), description="Accept a draft, corrected where needed."
    )
    async def verify_voucher(self, info: Info, input: VerifyVoucherInput) -> VoucherPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Voucher", input.voucher_id, path="voucherId")
            await require_voucher(
                session, viewer=viewer, permission=Permission.VOUCHER_VERIFY, voucher_id=key
            )
            corrected = None
            if input.entries is not None:
                corrected = _corrected(await entries_of(session, key), input.entries)
            await verify_voucher(
                session,
                voucher_id=key,
                actor_id=viewer.staff_id,
                corrected=corrected,
                now=now,
            )
            return {"voucher_id": str(key)}

        outcome = await perform(
            info,
            operation="verifyVoucher",
            key=input.idempotency_key,
            body={
                "voucher": input.voucher_id,
                "entries": [vars(entry) for entry in input.entries or ()],
                "as_drafted": input.entries is None,
            },
            work=work,
        )
        return await _payload(info, outcome)

    @mutation(
        needs(Permission.VOUCHER_FINALIZE),
        description="Make a verified voucher final; not by whoever verified it.",
    )
    async def finalize_voucher(self, info: Info, input: FinalizeVoucherInput) -> VoucherPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Voucher", input.voucher_id, path="voucherId")
            await require_voucher(
                session, viewer=viewer, permission=Permission.VOUCHER_FINALIZE, voucher_id=key
            )
            voucher = await finalize_voucher(
                session, voucher_id=key, actor_id=viewer.staff_id, now=now
            )
            await archive_when_ready(session, document_id=voucher.document_id)
            return {"voucher_id": str(key)}

        outcome = await perform(
            info,
            operation="finalizeVoucher",
            key=input.idempotency_key,
            body={"voucher": input.voucher_id},
            work=work,
        )
        return await _payload(info, outcome)


def _corrected(
    drafted: Sequence[EntryDraft], entries: Sequence[VoucherEntryInput]
) -> list[EntryDraft]:
    """The entries as the verifier wants them; dimensions come from the drafted entry named."""
    if len(entries) > _ENTRIES_MAX:
        raise Refusal("TOO_MANY_LINES", path="entries", maximum=_ENTRIES_MAX)
    corrected = []
    for at, entry in enumerate(entries):
        amount_fen = entry.amount.at(f"entries.{at}.amount")
        if amount_fen <= 0:
            raise Refusal("AMOUNT_NOT_POSITIVE", path=f"entries.{at}.amount", amount="0.00")
        base = EntryDraft(
            half=entry.half,
            side=entry.side,
            account_code=entry.account_code,
            account_name=entry.account_name,
            amount_fen=amount_fen,
            summary=entry.summary,
            document_line_id=None,
            dimensions=Dimensions(),
        )
        if entry.position is not None:
            if not 0 <= entry.position < len(drafted):
                raise Refusal("NOT_FOUND", path=f"entries.{at}.position")
            kept = drafted[entry.position]
            base = replace(base, document_line_id=kept.document_line_id, dimensions=kept.dimensions)
        named = _named(entry, f"entries.{at}")
        corrected.append(replace(base, dimensions=replace(base.dimensions, **named)))
    return corrected


def _named(entry: VoucherEntryInput, path: str) -> dict[str, Any]:
    """The dimensions the verifier names; those left out stay what they were."""
    named: dict[str, Any] = {
        name: decode_id(kind, text, path=f"{path}.{_camel(name)}")
        for name, kind in _DIMENSIONS.items()
        if (text := getattr(entry, name)) is not None
    }
    if entry.function_class is not None:
        named["function_class"] = entry.function_class
    return named


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


async def _payload(info: Info, outcome: Outcome) -> VoucherPayload:
    voucher = None
    if outcome.result is not None:
        async with info.context.reading() as session:
            row = await session.scalar(
                select(Voucher).where(Voucher.id == outcome.result["voucher_id"])
            )
            if row is not None:
                voucher = VoucherType.of(row, await entries_of(session, row.id))
    return VoucherPayload(voucher=voucher, user_errors=outcome.errors, replayed=outcome.replayed)
