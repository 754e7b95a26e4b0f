"""Vouchers of documents on real PostgreSQL: drafted once, verified by one, final by another."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from tests.services.budget_hospital import (
    HOSPITAL_ID,
    NOW,
    Hospital7,
    add_document,
    add_line,
    lines_of,
    open_hospital,
)

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.draft import require_balanced
from mobile_hrp.domain.voucher.terms import VoucherEvent, VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import FundSource
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.vouchers import drafts as vouchers
from mobile_hrp.services.vouchers.facts import Settlement


@pytest.fixture
async def hospital(owner_database: Database) -> Hospital7:
    made = await open_hospital(owner_database)
    fiscal = new_id()
    async with owner_database.transaction(HOSPITAL_ID) as session:
        await session.execute(
            insert(FundSource).values(
                hospital_id=HOSPITAL_ID,
                id=fiscal,
                code="F2",
                name="示例财政",
                nature="fiscal",
                year_end="lapse",
            )
        )
    await add_line(owner_database, made, "OWN", 100_000, department_id=made.department_id)
    await add_line(owner_database, made, "FISCAL", 100_000, fund_source_id=fiscal)
    return made


@pytest.fixture
async def session(
    hospital: Hospital7,  # noqa: ARG001 - the hospital must be there first
    database: Database,
) -> AsyncIterator[WriteSession]:
    async with database.transaction(HOSPITAL_ID) as opened:
        yield opened


async def draft(
    session: WriteSession,
    document: Document,
    event: VoucherEvent,
    settlement: Settlement | None = None,
) -> tuple[Voucher, ...]:
    return await vouchers.draft_vouchers(
        session, document=document, event=event, actor_id=None, now=NOW, settlement=settlement
    )


async def booked(session: WriteSession, voucher: Voucher) -> list[str]:
    return [
        f"{each.half.value} {each.side.value} {each.account_code} {each.amount_fen}"
        for each in await vouchers.entries_of(session, voucher.id)
    ]


async def test_an_approved_claim_gets_one_draft_with_the_dimensions_of_its_budget_line(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 12_000), ("OWN", 345))

    (voucher,) = await draft(session, claim, VoucherEvent.APPROVED)

    assert (voucher.state, voucher.needs_confirmation) == (VoucherState.DRAFT, True)
    assert voucher.dated.isoformat() == "2026-03-10"
    assert await booked(session, voucher) == [
        "financial debit 5001 12000",
        "financial debit 5001 345",
        "financial credit 2307 12345",
    ]
    entries = await vouchers.entries_of(session, voucher.id)
    lines = await lines_of(session, claim)
    assert [each.document_line_id for each in entries] == [lines[0].id, lines[1].id, None]
    assert {each.dimensions.department_id for each in entries} == {hospital.department_id}
    assert {each.dimensions.fund_source_id for each in entries} == {hospital.fund_source_id}


async def test_drafting_twice_gives_the_first_draft(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 100))

    first = await draft(session, claim, VoucherEvent.APPROVED)
    second = await draft(session, claim, VoucherEvent.APPROVED)

    assert [each.id for each in second] == [each.id for each in first]
    assert await session.scalar(select(func.count()).select_from(Voucher)) == 1
    assert await session.scalar(select(func.count()).select_from(VoucherLine)) == 2


async def test_lines_of_two_natures_of_funds_are_paid_by_two_vouchers(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 100), ("FISCAL", 200))

    fiscal, own = await draft(session, claim, VoucherEvent.PAID)

    assert (fiscal.template_code, own.template_code) == (
        "claim_paid_by_treasury",
        "claim_paid_by_bank",
    )
    assert (fiscal.sequence, own.sequence) == (1, 2)
    assert await booked(session, fiscal) == [
        "financial debit 2307 200",
        "financial credit 4001 200",
        "budgetary debit 7201 200",
        "budgetary credit 6001 200",
    ]


async def test_a_loan_settled_by_the_claim_is_shared_over_its_lines_exactly(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 100), ("OWN", 100), ("OWN", 100))

    (voucher,) = await draft(session, claim, VoucherEvent.APPROVED, Settlement(loan_offset_fen=200))

    assert await booked(session, voucher) == [
        "financial debit 5001 100",
        "financial debit 5001 100",
        "financial debit 5001 100",
        "financial credit 1218 200",
        "financial credit 2307 100",
        "budgetary debit 7201 67",
        "budgetary debit 7201 67",
        "budgetary debit 7201 66",
        "budgetary credit 8001 200",
    ]
    require_balanced(await vouchers.entries_of(session, voucher.id))


async def test_approving_a_loan_books_nothing(session: WriteSession, hospital: Hospital7) -> None:
    loan = await add_document(session, hospital, ("OWN", 100), scenario="loan_request")

    assert await draft(session, loan, VoucherEvent.APPROVED) == ()
    assert await session.scalar(select(func.count()).select_from(Voucher)) == 0


async def test_a_verifier_corrects_and_another_person_finalises(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 100))
    (voucher,) = await draft(session, claim, VoucherEvent.APPROVED)
    first, second = await vouchers.entries_of(session, voucher.id)
    corrected = [replace(first, account_code="5101", account_name="单位管理费用"), second]

    await vouchers.verify_voucher(
        session,
        voucher_id=voucher.id,
        actor_id=hospital.staff[1],
        now=NOW,
        corrected=corrected,
    )

    assert (voucher.state, voucher.verified_by) == (VoucherState.VERIFIED, hospital.staff[1])
    assert [change["after"] for change in voucher.changes] == ["5101", "单位管理费用"]
    assert (await booked(session, voucher))[0] == "financial debit 5101 100"
    with pytest.raises(Refusal, match="VOUCHER_SAME_PERSON"):
        await vouchers.finalize_voucher(
            session, voucher_id=voucher.id, actor_id=hospital.staff[1], now=NOW
        )
    await vouchers.finalize_voucher(
        session, voucher_id=voucher.id, actor_id=hospital.staff[2], now=NOW
    )
    assert (voucher.state, voucher.version) == (VoucherState.FINAL, 3)
    actions = (await session.execute(select(AuditEvent.action).order_by(AuditEvent.seq))).scalars()
    assert list(actions) == ["voucher.draft", "voucher.verify", "voucher.finalize"]


async def test_a_correction_that_does_not_balance_changes_nothing(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OWN", 100))
    (voucher,) = await draft(session, claim, VoucherEvent.APPROVED)
    first, second = await vouchers.entries_of(session, voucher.id)

    with pytest.raises(Refusal, match="VOUCHER_UNBALANCED"):
        await vouchers.verify_voucher(
            session,
            voucher_id=voucher.id,
            actor_id=hospital.staff[1],
            now=NOW,
            corrected=[replace(first, amount_fen=99), second],
        )

    assert voucher.state is VoucherState.DRAFT
    assert (await booked(session, voucher))[0] == "financial debit 5001 100"


async def test_a_voucher_that_is_not_there_is_not_found(
    session: WriteSession, hospital: Hospital7
) -> None:
    for act in (vouchers.verify_voucher, vouchers.finalize_voucher):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            await act(session, voucher_id=hospital.campus_id, actor_id=hospital.staff[1], now=NOW)


async def test_the_database_itself_refuses_one_person_in_both_posts(
    hospital: Hospital7, database: Database
) -> None:
    async def one_person_for_both() -> None:
        async with database.transaction(HOSPITAL_ID) as session:
            claim = await add_document(session, hospital, ("OWN", 100))
            (voucher,) = await draft(session, claim, VoucherEvent.APPROVED)
            voucher.state = VoucherState.FINAL
            voucher.verified_by = voucher.finalized_by = hospital.staff[1]
            voucher.verified_at = voucher.finalized_at = NOW

    with pytest.raises(IntegrityError, match="ck_voucher_two_persons"):
        await one_person_for_both()
