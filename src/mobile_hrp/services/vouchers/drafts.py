"""Voucher drafts of documents, their verification and finalisation."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.voucher.draft import (
    Dimensions,
    EntryDraft,
    VoucherDraft,
    VoucherFacts,
    draft_voucher,
)
from mobile_hrp.domain.voucher.lifecycle import finalize, require_uninvolved, verify
from mobile_hrp.domain.voucher.terms import VoucherEvent, VoucherState
from mobile_hrp.models.approval import ApprovalDecision, ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.vouchers.access import require_known_dimensions
from mobile_hrp.services.vouchers.facts import Settlement, lines_to_book, template_book


async def draft_vouchers(
    session: WriteSession,
    *,
    document: Document,
    event: VoucherEvent,
    actor_id: uuid.UUID | None,
    now: datetime,
    settlement: Settlement | None = None,
    scenario: Scenario | None = None,
) -> tuple[Voucher, ...]:
    """Draft what an event of a document books: one voucher per nature of funds it uses.

    Drafting twice gives the vouchers of the first time, unless the settlement is for a part: each
    part is booked for itself, and the caller sees to it that it is booked once. An event that books
    nothing (approving a loan) gives none. With its ``scenario`` the form completes the dimensions.
    The caller has locked the document.

    Raises:
        Refusal: VOUCHER_TEMPLATE_MISSING, VOUCHER_ACCOUNT_MISSING, VOUCHER_UNBALANCED.
    """
    present = await vouchers_of(session, document_id=document.id, event=event)
    settled = settlement or Settlement()
    if present and settled.part_fen is None:
        return tuple(present)
    by_nature = await lines_to_book(session, document, scenario, settled)
    day = await budget_day(session, document.hospital_id, now)
    vouchers: list[Voucher] = []
    for nature, lines in sorted(by_nature.items()):
        facts = VoucherFacts(document.number, document.scenario_code, event, nature, tuple(lines))
        draft = draft_voucher(template_book(), facts)
        if not draft.entries:
            continue
        voucher = Voucher(
            hospital_id=document.hospital_id,
            id=new_id(),
            document_id=document.id,
            event=event,
            sequence=len(present) + len(vouchers) + 1,
            dated=day,
            template_code=draft.template_code,
            template_version=draft.template_version,
            state=VoucherState.DRAFT,
            needs_confirmation=bool(draft.needs_confirmation),
            version=1,
            created_at=now,
        )
        session.add(voucher)
        await session.flush()
        _add_entries(session, voucher, draft.entries)
        vouchers.append(voucher)
        await _record(session, voucher, "voucher.draft", actor_id=actor_id, now=now, draft=draft)
    await session.flush()
    return tuple(vouchers)


async def verify_voucher(
    session: WriteSession,
    *,
    voucher_id: uuid.UUID,
    actor_id: uuid.UUID,
    now: datetime,
    corrected: Sequence[EntryDraft] | None = None,
) -> Voucher:
    """Accept a draft, with the corrections a person made; they are kept as a diff.

    Raises:
        Refusal: NOT_FOUND, VOUCHER_STATE, VOUCHER_UNBALANCED, and VOUCHER_OWN_WORK for whoever
            asked for the document, decided on it or paid it.
    """
    voucher = await _lock(session, voucher_id)
    require_uninvolved(actor_id, await _involved(session, voucher))
    drafted = await entries_of(session, voucher_id)
    verified = drafted if corrected is None else corrected
    changes = verify(voucher.state, drafted, verified)
    voucher.changes = [asdict(change) for change in changes]
    if changes:
        await require_known_dimensions(session, verified)
        await session.execute(delete(VoucherLine).where(VoucherLine.voucher_id == voucher_id))
        _add_entries(session, voucher, verified)
    voucher.state = VoucherState.VERIFIED
    voucher.verified_by, voucher.verified_at = actor_id, now
    voucher.version += 1
    await _record(session, voucher, "voucher.verify", actor_id=actor_id, now=now)
    await session.flush()
    return voucher


async def finalize_voucher(
    session: WriteSession, *, voucher_id: uuid.UUID, actor_id: uuid.UUID, now: datetime
) -> Voucher:
    """Make a verified voucher final; the one who verified it, or asked for the document, may not.

    Who approved it may: the head of finance does both in most hospitals, and a second person has
    verified the entries.

    Raises:
        Refusal: NOT_FOUND, VOUCHER_STATE, VOUCHER_SAME_PERSON, VOUCHER_OWN_WORK.
    """
    voucher = await _lock(session, voucher_id)
    require_uninvolved(actor_id, [await _requester(session, voucher)])
    finalize(voucher.state, verified_by=voucher.verified_by, actor_id=actor_id)
    voucher.state = VoucherState.FINAL
    voucher.finalized_by, voucher.finalized_at = actor_id, now
    voucher.version += 1
    await _record(session, voucher, "voucher.finalize", actor_id=actor_id, now=now)
    await session.flush()
    return voucher


async def vouchers_of(
    session: AsyncSession, *, document_id: uuid.UUID, event: VoucherEvent | None = None
) -> Sequence[Voucher]:
    """A document's vouchers in the order they were drafted."""
    statement = select(Voucher).where(Voucher.document_id == document_id).order_by(Voucher.id)
    if event is not None:
        statement = statement.where(Voucher.event == event)
    return (await session.execute(statement)).scalars().all()


async def entries_of(session: AsyncSession, voucher_id: uuid.UUID) -> list[EntryDraft]:
    """The entries of a voucher in their order."""
    return (await entries_by_voucher(session, [voucher_id]))[voucher_id]


async def entries_by_voucher(
    session: AsyncSession, voucher_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, list[EntryDraft]]:
    """The entries of several vouchers, each in its order; one statement."""
    rows = await session.scalars(
        select(VoucherLine)
        .where(VoucherLine.voucher_id.in_(voucher_ids))
        .order_by(VoucherLine.voucher_id, VoucherLine.position)
    )
    entries: dict[uuid.UUID, list[EntryDraft]] = {key: [] for key in voucher_ids}
    for row in rows:
        entries[row.voucher_id].append(_entry_of(row))
    return entries


def _entry_of(row: VoucherLine) -> EntryDraft:
    return EntryDraft(
        half=row.half,
        side=row.side,
        account_code=row.account_code,
        account_name=row.account_name,
        amount_fen=row.amount_fen,
        summary=row.summary,
        document_line_id=row.document_line_id,
        dimensions=Dimensions(
            department_id=row.department_id,
            project_id=row.project_id,
            fund_source_id=row.fund_source_id,
            function_class=row.function_class,
            department_economic_class_id=row.department_economic_class_id,
            government_economic_class_id=row.government_economic_class_id,
        ),
    )


def _add_entries(session: WriteSession, voucher: Voucher, entries: Sequence[EntryDraft]) -> None:
    session.add_all(
        VoucherLine(
            hospital_id=voucher.hospital_id,
            id=new_id(),
            voucher_id=voucher.id,
            position=position,
            half=entry.half,
            side=entry.side,
            account_code=entry.account_code,
            account_name=entry.account_name,
            amount_fen=entry.amount_fen,
            summary=entry.summary,
            document_line_id=entry.document_line_id,
            department_id=entry.dimensions.department_id,
            project_id=entry.dimensions.project_id,
            fund_source_id=entry.dimensions.fund_source_id,
            function_class=entry.dimensions.function_class,
            department_economic_class_id=entry.dimensions.department_economic_class_id,
            government_economic_class_id=entry.dimensions.government_economic_class_id,
        )
        for position, entry in enumerate(entries)
    )


async def _requester(session: WriteSession, voucher: Voucher) -> uuid.UUID:
    found = await session.execute(
        select(Document.requester_id).where(Document.id == voucher.document_id)
    )
    return found.scalar_one()


async def _involved(session: WriteSession, voucher: Voucher) -> set[uuid.UUID]:
    """Who asked for the document, and who decided on it or paid it, in person or by proxy."""
    decided = await session.execute(
        select(ApprovalDecision.actor_id, ApprovalDecision.on_behalf_of_id)
        .join(ApprovalInstance, ApprovalInstance.id == ApprovalDecision.instance_id)
        .where(ApprovalInstance.document_id == voucher.document_id)
    )
    people = {person for pair in decided for person in pair if person is not None}
    return people | {await _requester(session, voucher)}


async def _lock(session: WriteSession, voucher_id: uuid.UUID) -> Voucher:
    found = await session.execute(select(Voucher).where(Voucher.id == voucher_id).with_for_update())
    voucher = found.scalar_one_or_none()
    if voucher is None:
        raise Refusal("NOT_FOUND", path="voucherId")
    return voucher


async def _record(
    session: WriteSession,
    voucher: Voucher,
    action: str,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
    draft: VoucherDraft | None = None,
) -> None:
    detail: dict[str, object] = {"document_id": str(voucher.document_id), "state": voucher.state}
    if draft is not None:
        detail["unconfirmed_accounts"] = list(draft.needs_confirmation)
    elif voucher.changes:
        detail["changes"] = len(voucher.changes)
    await audit.record(
        session,
        hospital_id=voucher.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="voucher",
        subject_id=voucher.id,
        detail=detail,
        now=now,
    )
