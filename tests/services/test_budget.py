"""Budget movements of documents on real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.services.budget_hospital import (
    HOSPITAL_ID,
    NOW,
    Hospital7,
    add_document,
    add_line,
    breaks,
    five,
    lines_of,
    open_hospital,
)

from mobile_hrp.domain.budget.movements import Take
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, HoldEnd, Outcome
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetAlert, BudgetAlertLatch, BudgetEntry, BudgetHold
from mobile_hrp.models.document import Document
from mobile_hrp.models.reliability import AuditEvent, Event
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.services.budget import alerts as budget_alerts
from mobile_hrp.services.budget import movements as budget


@pytest.fixture
async def hospital(owner_database: Database) -> Hospital7:
    """Hospital 1,000.00 > surgery 600.00 > travel 500.00; other 400.00."""
    made = await open_hospital(owner_database)
    await add_line(owner_database, made, "ALL", 100_000)
    await add_line(owner_database, made, "SURGERY", 60_000, parent="ALL")
    await add_line(owner_database, made, "TRAVEL", 50_000, parent="SURGERY")
    await add_line(owner_database, made, "OTHER", 40_000, parent="ALL")
    return made


@pytest.fixture
async def session(
    hospital: Hospital7,  # noqa: ARG001 - the hospital must be there first
    database: Database,
) -> AsyncIterator[WriteSession]:
    async with database.transaction(HOSPITAL_ID) as opened:
        yield opened
        assert await breaks(opened) == []


async def freeze(session: WriteSession, document: Document) -> budget.BudgetOutcome:
    return await budget.freeze_for_document(
        session,
        document=document,
        lines=await lines_of(session, document),
        actor_id=document.requester_id,
        now=NOW,
    )


async def occupy(
    session: WriteSession, document: Document, request: Document | None = None
) -> budget.BudgetOutcome:
    return await budget.occupy_for_document(
        session,
        document=document,
        lines=await lines_of(session, document),
        request_id=request.id if request else None,
        actor_id=document.requester_id,
        now=NOW,
    )


async def test_a_claim_goes_from_occupied_to_executed_on_every_covering_line(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("TRAVEL", 12_345), ("OTHER", 5))

    outcome = await occupy(session, claim)

    assert outcome.outcome is Outcome.ALLOWED
    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 12_345, 0)
    assert await five(session, hospital, "SURGERY") == (60_000, 0, 12_345, 0)
    assert await five(session, hospital, "ALL") == (100_000, 0, 12_350, 0)
    await budget.execute_for_document(session, document=claim, actor_id=hospital.staff[1], now=NOW)
    assert await five(session, hospital, "ALL") == (100_000, 0, 0, 12_350)
    holds = (await session.execute(select(BudgetHold))).scalars().all()
    assert {(hold.ended_as, hold.ended_at) for hold in holds} == {(HoldEnd.EXECUTED, NOW)}
    actions = (await session.execute(select(AuditEvent.action, AuditEvent.subject_id))).all()
    assert [tuple(row) for row in actions] == [("budget.move", claim.id)] * 2
    movements = await session.scalar(select(func.count(BudgetEntry.movement_id.distinct())))
    assert movements == 4 + 2  # four approvals, then occupied and executed


async def test_over_the_available_amount_nothing_is_written(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("OTHER", 1), ("TRAVEL", 50_001))

    with pytest.raises(Refusal) as refused:
        await occupy(session, claim)

    assert refused.value.code == "BUDGET_EXCEEDED"
    assert refused.value.details[0].path == "lines.1.budgetLineId"
    assert refused.value.details[0].params["available"] == "500.00"
    assert await session.scalar(select(func.count()).select_from(BudgetHold)) == 0
    assert await five(session, hospital, "OTHER") == (40_000, 0, 0, 0)


async def test_a_line_without_budget_line_is_refused_by_default(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("TRAVEL", 1), (None, 1))

    with pytest.raises(Refusal, match="NO_COVERING_LINE") as refused:
        await occupy(session, claim)

    assert refused.value.details[0].path == "lines.1.budgetLineId"


async def test_submitting_twice_holds_once(session: WriteSession, hospital: Hospital7) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 30_000))
    first = await freeze(session, request)

    second = await freeze(session, request)

    assert first.movement_id is not None
    assert second.movement_id is None
    assert await five(session, hospital, "TRAVEL") == (50_000, 30_000, 0, 0)
    assert await session.scalar(select(func.count()).select_from(BudgetHold)) == 1


async def test_a_changed_request_swaps_its_freeze_even_when_both_would_not_fit(
    session: WriteSession, hospital: Hospital7
) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 30_000))
    await freeze(session, request)
    (line,) = await lines_of(session, request)
    line.amount_fen = 45_000
    await session.flush()

    await freeze(session, request)

    assert await five(session, hospital, "TRAVEL") == (50_000, 45_000, 0, 0)
    states = (await session.execute(select(BudgetHold.ended_as).order_by(BudgetHold.id))).scalars()
    assert list(states) == [HoldEnd.RELEASED, None]


async def test_a_claim_uses_its_requests_freeze_and_a_rejection_returns_it(
    session: WriteSession, hospital: Hospital7
) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 50_000))
    await freeze(session, request)
    claim = await add_document(session, hospital, ("TRAVEL", 30_000))

    await occupy(session, claim, request)
    assert await five(session, hospital, "TRAVEL") == (50_000, 20_000, 30_000, 0)

    await budget.release_for_document(
        session, document=claim, actor_id=None, now=NOW, request_id=request.id
    )
    assert await five(session, hospital, "TRAVEL") == (50_000, 50_000, 0, 0)
    again = await add_document(session, hospital, ("TRAVEL", 50_000))
    await occupy(session, again, request)
    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 50_000, 0)


async def test_closing_a_request_releases_what_is_left_of_it(
    session: WriteSession, hospital: Hospital7
) -> None:
    request = await add_document(session, hospital, ("TRAVEL", 50_000))
    await freeze(session, request)
    claim = await add_document(session, hospital, ("TRAVEL", 30_000))
    await occupy(session, claim, request)

    await budget.release_for_document(session, document=request, actor_id=None, now=NOW)

    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 30_000, 0)
    with pytest.raises(Refusal, match="NOTHING_HELD"):
        await budget.release_for_document(session, document=request, actor_id=None, now=NOW)


async def test_a_reviewers_deduction_releases_a_part(
    session: WriteSession, hospital: Hospital7
) -> None:
    claim = await add_document(session, hospital, ("TRAVEL", 30_000))
    await occupy(session, claim)
    hold_id = (await session.execute(select(BudgetHold.id))).scalar_one()

    await budget.release_for_document(
        session, document=claim, actor_id=None, now=NOW, takes=(Take(hold_id, 1_000),)
    )
    await budget.execute_for_document(session, document=claim, actor_id=None, now=NOW)
    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 0, 29_000)

    await budget.reverse_for_document(session, document=claim, actor_id=None, now=NOW)
    assert await five(session, hospital, "TRAVEL") == (50_000, 0, 0, 0)


async def test_the_hospitals_own_date_decides_the_budget_month(
    session: WriteSession, hospital: Hospital7
) -> None:
    """Seven in the evening of 31 March in UTC is already April in Shanghai."""
    claim = await add_document(session, hospital, ("TRAVEL", 1))

    await budget.occupy_for_document(
        session,
        document=claim,
        lines=await lines_of(session, claim),
        actor_id=None,
        now=datetime(2026, 3, 31, 19, tzinfo=UTC),
    )

    assert (await session.execute(select(BudgetHold.month))).scalar_one() == 202604


async def test_a_phased_line_keeps_its_months(owner_database: Database, database: Database) -> None:
    hospital = await open_hospital(owner_database)
    await add_line(
        owner_database,
        hospital,
        "PHASED",
        30_000,
        months=[(202603, 10_000)],
        check_window=CheckWindow.PTD,
    )
    async with database.transaction(HOSPITAL_ID) as session:
        small = await add_document(session, hospital, ("PHASED", 9_000))
        await occupy(session, small)
        large = await add_document(session, hospital, ("PHASED", 1_001))
        with pytest.raises(Refusal) as refused:
            await occupy(session, large)
        assert refused.value.details[0].params["available"] == "10.00"
        assert await breaks(session) == []


# ------------------------------------------------------------------ alerts


async def test_crossing_a_level_fires_one_alert_with_an_event_and_only_the_highest(
    session: WriteSession, hospital: Hospital7
) -> None:
    small = await add_document(session, hospital, ("OTHER", 28_000))
    first = await occupy(session, small)
    assert len(first.alert_ids) == 1  # 70 % of OTHER

    more = await add_document(session, hospital, ("OTHER", 11_000))
    second = await occupy(session, more)  # 97.5 %: 85 and 95 crossed at once
    assert len(second.alert_ids) == 1

    alerts = (
        await session.execute(
            select(BudgetAlert.level_bp, BudgetAlert.document_id).order_by(BudgetAlert.level_bp)
        )
    ).all()
    assert [tuple(row) for row in alerts] == [(7_000, small.id), (9_500, more.id)]
    overruns = select(Event.kind, Event.payload).where(Event.kind == "budget.overrun")
    events = (await session.execute(overruns)).all()
    assert len(events) == 2
    assert {key for row in events for key in row.payload} == {"line_id", "period", "level_bp"}


async def test_an_alert_is_not_repeated_until_use_has_fallen_five_points(
    session: WriteSession, hospital: Hospital7
) -> None:
    base = await add_document(session, hospital, ("OTHER", 27_000))
    await occupy(session, base)
    for expected in (1, 0, 0):
        wobble = await add_document(session, hospital, ("OTHER", 1_500))
        assert len((await occupy(session, wobble)).alert_ids) == expected
        await budget.release_for_document(session, document=wobble, actor_id=None, now=NOW)

    hold = (
        await session.execute(select(BudgetHold.id).where(BudgetHold.document_id == base.id))
    ).scalar_one()
    await budget.release_for_document(
        session, document=base, actor_id=None, now=NOW, takes=(Take(hold, 1_500),)
    )
    assert await session.scalar(select(func.count()).select_from(BudgetAlertLatch)) == 0
    again = await add_document(session, hospital, ("OTHER", 3_000))
    assert len((await occupy(session, again)).alert_ids) == 1


async def test_an_alert_is_acknowledged_once_by_name(
    session: WriteSession, hospital: Hospital7
) -> None:
    outcome = await occupy(session, await add_document(session, hospital, ("OTHER", 40_000)))
    (alert_id,) = outcome.alert_ids

    alert = await budget_alerts.acknowledge_alert(
        session,
        hospital_id=HOSPITAL_ID,
        alert_id=alert_id,
        actor_id=hospital.staff[2],
        text="已安排调剂",
        now=NOW,
    )

    assert (alert.acknowledged_by, alert.acknowledged_at) == (hospital.staff[2], NOW)
    with pytest.raises(Refusal, match="ALERT_ALREADY_ACKNOWLEDGED"):
        await budget_alerts.acknowledge_alert(
            session,
            hospital_id=HOSPITAL_ID,
            alert_id=alert_id,
            actor_id=hospital.staff[1],
            text="",
            now=NOW,
        )


async def test_an_alert_that_is_not_there_cannot_be_acknowledged(
    session: WriteSession, hospital: Hospital7
) -> None:
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await budget_alerts.acknowledge_alert(
            session,
            hospital_id=HOSPITAL_ID,
            alert_id=hospital.campus_id,
            actor_id=hospital.staff[1],
            text="",
            now=NOW,
        )


# ------------------------------------------------------------------ many at once


class Crowd:
    """Transactions at once, no more than there are connections, that wait for a busy machine."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Semaphore(16)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteSession]:
        async with self._turn, self._database.transaction(HOSPITAL_ID) as session:
            await session.execute(text("SET LOCAL lock_timeout = '60s'"))
            await session.execute(text("SET LOCAL statement_timeout = '60s'"))
            yield session


async def _submit(crowd: Crowd, hospital: Hospital7, code: str, fen: int) -> str:
    """One whole submission in a transaction of its own."""
    try:
        async with crowd.transaction() as session:
            claim = await add_document(session, hospital, (code, fen))
            await occupy(session, claim)
    except Refusal as refusal:
        return refusal.code
    return "accepted"


async def test_many_submitters_on_one_line_spend_it_to_the_last_fen_and_no_further(
    hospital: Hospital7, database: Database
) -> None:
    crowd = Crowd(database)
    answers = await asyncio.gather(*(_submit(crowd, hospital, "TRAVEL", 5_000) for _ in range(40)))

    assert answers.count("accepted") == 10
    assert answers.count("BUDGET_EXCEEDED") == 30
    async with database.reading(HOSPITAL_ID) as session:
        assert await five(session, hospital, "TRAVEL") == (50_000, 0, 50_000, 0)
        assert await breaks(session) == []
        documents = await session.scalar(select(func.count()).select_from(Document))
        assert documents == 10  # a refused submission leaves nothing behind


async def test_submitters_on_two_lines_below_one_ancestor_stop_at_the_ancestor(
    hospital: Hospital7, database: Database
) -> None:
    """Travel 500.00 and other 400.00 fit; what stops travel is surgery's 600.00 minus office."""
    crowd = Crowd(database)
    answers = await asyncio.gather(
        *(_submit(crowd, hospital, code, 10_000) for _ in range(8) for code in ("TRAVEL", "OTHER"))
    )

    assert answers.count("accepted") == 9
    async with database.reading(HOSPITAL_ID) as session:
        assert await five(session, hospital, "ALL") == (100_000, 0, 90_000, 0)
        assert await breaks(session) == []


async def test_claims_that_name_lines_in_opposite_order_do_not_deadlock(
    hospital: Hospital7, database: Database
) -> None:
    crowd = Crowd(database)

    async def both(order: tuple[str, str]) -> None:
        async with crowd.transaction() as session:
            claim = await add_document(session, hospital, *((code, 100) for code in order))
            await occupy(session, claim)

    pairs = [("TRAVEL", "OTHER"), ("OTHER", "TRAVEL")] * 10
    await asyncio.gather(*(both(pair) for pair in pairs))

    async with database.reading(HOSPITAL_ID) as session:
        assert await five(session, hospital, "ALL") == (100_000, 0, 4_000, 0)
        assert await breaks(session) == []


async def test_one_freeze_is_converted_by_one_of_two_claims_at_once(
    hospital: Hospital7, database: Database
) -> None:
    async with database.transaction(HOSPITAL_ID) as session:
        request = await add_document(session, hospital, ("TRAVEL", 50_000))
        await freeze(session, request)

    crowd = Crowd(database)

    async def claim() -> str:
        try:
            async with crowd.transaction() as session:
                await occupy(
                    session, await add_document(session, hospital, ("TRAVEL", 40_000)), request
                )
        except Refusal as refusal:
            return refusal.code
        return "accepted"

    answers = await asyncio.gather(*(claim() for _ in range(4)))

    assert sorted(answers) == ["BUDGET_EXCEEDED"] * 3 + ["accepted"]
    async with database.reading(HOSPITAL_ID) as reading:
        assert await five(reading, hospital, "TRAVEL") == (50_000, 10_000, 40_000, 0)
        assert await breaks(reading) == []


# ------------------------------------------------------------------ behind the program


@pytest.mark.parametrize(
    "change",
    [
        "occupied_fen = 50001",
        "frozen_fen = 25001, executed_fen = 25000",
        "frozen_fen = -1",
        "adjusted_fen = -50001",
        "control_mode = 'elastic', over_rate_bp = 100, occupied_fen = 50501",
    ],
)
async def test_the_database_itself_refuses_an_overspent_or_negative_line(
    hospital: Hospital7, database: Database, change: str
) -> None:
    """Whatever a wrong program writes, past the domain and past the locks."""
    with pytest.raises(IntegrityError, match="ck_budget_line_"):
        async with database.transaction(HOSPITAL_ID) as session:
            await session.execute(
                text(f"UPDATE budget_line SET {change} WHERE id = :id"),  # noqa: S608 - ours
                {"id": hospital.lines["TRAVEL"]},
            )
    async with database.reading(HOSPITAL_ID) as reading:
        assert await five(reading, hospital, "TRAVEL") == (50_000, 0, 0, 0)


async def test_switching_an_overrun_line_back_to_rigid_is_refused(
    owner_database: Database, database: Database
) -> None:
    hospital = await open_hospital(owner_database)
    await add_line(owner_database, hospital, "LAX", 100, control_mode=ControlMode.NONE)
    async with database.transaction(HOSPITAL_ID) as session:
        await occupy(session, await add_document(session, hospital, ("LAX", 101)))

    with pytest.raises(IntegrityError, match="ck_budget_line_rigid"):
        async with database.transaction(HOSPITAL_ID) as session:
            await session.execute(text("UPDATE budget_line SET control_mode = 'rigid'"))


@pytest.mark.parametrize(
    "statement", ["UPDATE budget_entry SET amount_fen = 1", "DELETE FROM budget_entry"]
)
@pytest.mark.usefixtures("hospital")
async def test_the_application_can_neither_change_nor_delete_a_ledger_entry(
    database: Database, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(HOSPITAL_ID) as session:
            await session.execute(text(statement))
    async with database.reading(HOSPITAL_ID) as session:
        assert await breaks(session) == []


@pytest.mark.usefixtures("hospital")
async def test_another_hospital_sees_no_line(database: Database) -> None:
    async with database.reading(HOSPITAL_ID + 1) as session:
        assert await session.scalar(text("SELECT count(*) FROM budget_line")) == 0
