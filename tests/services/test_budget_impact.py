"""What a drafter and an approver see of the budget before they decide."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from tests.services.budget_hospital import (
    HOSPITAL_ID,
    NOW,
    Hospital7,
    add_document,
    add_line,
    five,
    lines_of,
    open_hospital,
)

from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.services.budget import movements as budget
from mobile_hrp.services.budget.impact import (
    BudgetImpact,
    budget_impact,
    require_request_usable,
)


@pytest.fixture
async def hospital(owner_database: Database) -> Hospital7:
    made = await open_hospital(owner_database)
    await add_line(owner_database, made, "ALL", 100_000)
    await add_line(owner_database, made, "TRAVEL", 50_000, parent="ALL")
    await add_line(owner_database, made, "OTHER", 40_000, parent="ALL")
    return made


@pytest.fixture
async def session(
    hospital: Hospital7,  # noqa: ARG001 - the hospital must be there first
    database: Database,
) -> AsyncIterator[WriteSession]:
    async with database.transaction(HOSPITAL_ID) as opened:
        yield opened


async def impact_of(
    session: WriteSession, document: Document, request: Document | None = None
) -> BudgetImpact:
    return await budget_impact(
        session,
        hospital_id=HOSPITAL_ID,
        charges=budget.charges_of(await lines_of(session, document)),
        now=NOW,
        document_id=document.id,
        request_id=request.id if request else None,
    )


async def hold(session: WriteSession, document: Document, *, frozen: bool = False) -> None:
    act = budget.freeze_for_document if frozen else budget.occupy_for_document
    await act(
        session,
        document=document,
        lines=await lines_of(session, document),
        actor_id=None,
        now=NOW,
    )


async def test_a_draft_sees_every_covering_line_with_its_effect_and_nothing_is_held(
    session: WriteSession, hospital: Hospital7
) -> None:
    draft = await add_document(session, hospital, ("TRAVEL", 60_000), status=DocumentStatus.DRAFT)

    seen = await impact_of(session, draft)

    assert seen.outcome is Outcome.REFUSED
    assert [
        (
            line.name,
            line.outcome,
            line.requested_fen,
            line.available_before_fen,
            line.available_after_fen,
            line.usage_after_bp,
        )
        for line in seen.lines
    ] == [
        ("示例预算 TRAVEL", Outcome.REFUSED, 60_000, 50_000, -10_000, 12_000),
        ("示例预算 ALL", Outcome.ALLOWED, 60_000, 100_000, 40_000, 6_000),
    ]
    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 0, 0)


async def test_drafter_before_and_approver_after_submission_see_the_same_effect(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("TRAVEL", 45_000))
    before = await impact_of(session, claim)
    await hold(session, claim)

    after = await impact_of(session, claim)

    for early, late in zip(before.lines, after.lines, strict=True):
        assert late.available_before_fen == early.available_before_fen
        assert late.available_after_fen == early.available_after_fen
        assert late.usage_after_bp == early.usage_after_bp
        assert (early.held_fen, late.held_fen) == (0, 45_000)
    assert after.outcome is Outcome.ALLOWED


async def test_a_claim_on_its_requests_freeze_takes_nothing_more(
    session: WriteSession, hospital: Hospital7
) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 50_000))
    await hold(session, request, frozen=True)
    claim = await add_document(session, hospital, ("TRAVEL", 30_000))

    alone = await impact_of(session, claim)
    linked = await impact_of(session, claim, request)

    assert alone.outcome is Outcome.REFUSED
    assert linked.outcome is Outcome.ALLOWED
    assert (linked.lines[0].held_fen, linked.lines[0].available_after_fen) == (30_000, 0)


async def test_the_queue_counts_what_other_documents_in_approval_hold_below_the_line(
    session: WriteSession, hospital: Hospital7
) -> None:
    await hold(session, await add_document(session, hospital, ("TRAVEL", 1_000)))
    await hold(session, await add_document(session, hospital, ("TRAVEL", 2_000), ("OTHER", 500)))
    decided = await add_document(session, hospital, ("TRAVEL", 4_000))
    await hold(session, decided)
    decided.status = DocumentStatus.APPROVED
    mine = await add_document(session, hospital, ("TRAVEL", 100))
    await hold(session, mine)

    seen = {line.name: line for line in (await impact_of(session, mine)).lines}

    travel, whole = seen["示例预算 TRAVEL"], seen["示例预算 ALL"]
    assert (travel.queued_documents, travel.queued_fen) == (2, 3_000)
    assert (whole.queued_documents, whole.queued_fen) == (2, 3_500)


async def test_a_line_without_budget_line_is_named_as_uncovered(
    session: WriteSession, hospital: Hospital7
) -> None:
    draft = await add_document(session, hospital, ("TRAVEL", 100), (None, 100))

    seen = await impact_of(session, draft)

    assert seen.outcome is Outcome.REFUSED
    assert seen.uncovered_paths == ("lines.1.budgetLineId",)
    assert [line.outcome for line in seen.lines] == [Outcome.ALLOWED, Outcome.ALLOWED]


async def test_a_half_typed_draft_is_no_error(session: WriteSession, hospital: Hospital7) -> None:
    empty = await budget_impact(
        session,
        hospital_id=HOSPITAL_ID,
        charges=[Charge(hospital.lines["TRAVEL"], 0), Charge(None, -5)],
        now=NOW,
    )

    assert empty == BudgetImpact(Outcome.ALLOWED, (), ())


async def test_the_forecast_counts_the_document_itself(
    session: WriteSession, hospital: Hospital7
) -> None:
    """Half of the line by day 69 of the year means all of it by day 138."""
    draft = await add_document(session, hospital, ("OTHER", 20_000))

    seen = (await impact_of(session, draft)).lines[0]

    assert (seen.name, seen.exhaustion_day) == ("示例预算 OTHER", date(2026, 5, 18))
    assert seen.last_year_executed_fen is None


async def test_last_years_execution_of_the_same_code_up_to_the_same_month(
    owner_database: Database, database: Database
) -> None:
    hospital = await open_hospital(owner_database)
    await add_line(
        owner_database,
        hospital,
        "TRAVEL",
        50_000,
        year=2025,
        first_day=date(2025, 1, 1),
        last_day=date(2025, 12, 31),
    )
    async with database.transaction(HOSPITAL_ID) as session:
        for month, fen in ((2, 7_000), (3, 500), (9, 9_000)):
            at = datetime(2025, month, 10, tzinfo=UTC)
            spent = await add_document(session, hospital, ("TRAVEL", fen))
            lines = await lines_of(session, spent)
            await budget.occupy_for_document(
                session, document=spent, lines=lines, actor_id=None, now=at
            )
            await budget.execute_for_document(session, document=spent, actor_id=None, now=at)
            if month == 3:
                await budget.reverse_for_document(session, document=spent, actor_id=None, now=at)
    await add_line(owner_database, hospital, "TRAVEL", 50_000)
    async with database.transaction(HOSPITAL_ID) as session:
        draft = await add_document(session, hospital, ("TRAVEL", 100))
        (line,) = (await impact_of(session, draft)).lines

    assert line.last_year_executed_fen == 7_000


async def test_a_request_is_usable_only_while_it_is_approved_and_open(
    session: WriteSession, hospital: Hospital7
) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 1), status=DocumentStatus.APPROVED)
    await require_request_usable(session, request.id)

    for status in (DocumentStatus.IN_APPROVAL, DocumentStatus.CLOSED):
        request.status = status
        await session.flush()
        with pytest.raises(Refusal, match="REQUEST_NOT_USABLE"):
            await require_request_usable(session, request.id)
    with pytest.raises(Refusal, match="REQUEST_NOT_USABLE"):
        await require_request_usable(session, hospital.campus_id)
