"""Transfers, supplements, year end and line matching on real PostgreSQL."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from tests.services.budget_hospital import breaks
from tests.services.seeded import NOW, SeededHospital, open_seeded

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Charge
from mobile_hrp.models.budget import BudgetEntry, BudgetHold, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.organization import Department, FundSource
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget.matching import find_covering_line
from mobile_hrp.services.budget.movements import freeze_for_document
from mobile_hrp.services.budget.transfers import transfer_for_document
from mobile_hrp.services.budget.year_end import YearEnd, close_year

TRANSFER = Charge(amount="amount", line="from_line", to_line="to_line")
SUPPLEMENT = Charge(amount="amount", to_line="to_line")
NEW_YEAR = datetime(2027, 1, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
async def hospital(database: Database, owner_database: Database) -> SeededHospital:
    return await open_seeded(database, owner_database)


async def figures(hospital: SeededHospital, line_id: uuid.UUID) -> BudgetFigures:
    async with hospital.owner.reading(hospital.id) as session:
        row = await session.get_one(BudgetLine, (hospital.id, line_id))
    return BudgetFigures(
        row.approved_fen, row.adjusted_fen, row.frozen_fen, row.occupied_fen, row.executed_fen
    )


async def transfer(
    hospital: SeededHospital, values: Mapping[str, Any], charge: Charge, *, freeze: bool = False
) -> Document:
    async with hospital.database.transaction(hospital.id) as session:
        document, line = await hospital.add_claim(
            session, "CARD", _fen(values), expense_type="training"
        )
        document.values = dict(values)
        if freeze:
            await freeze_for_document(
                session, document=document, lines=[line], actor_id=None, now=NOW
            )
        await transfer_for_document(
            session, document=document, charge=charge, actor_id=None, now=NOW
        )
        assert await breaks(session) == []
        return document


def _fen(values: Mapping[str, Any]) -> int:
    amount = values.get("amount")
    return amount if isinstance(amount, int) else 1


# ------------------------------------------------------------------ transfers


async def test_an_approved_transfer_moves_what_it_froze(hospital: SeededHospital) -> None:
    giving = hospital.world.budget_lines["CARD", "training"]
    gaining = hospital.world.budget_lines["CARD", "books"]
    values = {"amount": 5_000_00, "from_line": str(giving), "to_line": str(gaining)}

    document = await transfer(hospital, values, TRANSFER, freeze=True)

    assert await figures(hospital, giving) == BudgetFigures(40_000_00, -5_000_00)
    assert await figures(hospital, gaining) == BudgetFigures(12_000_00, 5_000_00)
    async with hospital.owner.reading(hospital.id) as session:
        notices = await session.scalars(
            select(Notification.params["amount"].as_string()).where(
                Notification.kind == "budget_changed"
            )
        )
        assert sorted(notices.all()) == ["-5000.00", "5000.00"]
        open_holds = await session.scalars(
            select(BudgetHold.left_fen).where(BudgetHold.document_id == document.id)
        )
        assert open_holds.all() == [0]


async def test_a_transfer_of_several_rows_is_one_movement_or_none(
    hospital: SeededHospital,
) -> None:
    lines = hospital.world.budget_lines
    rows = [
        {"amount": 1_000_00, "a": str(lines["CARD", "training"]), "b": str(lines["CARD", "books"])},
        {"amount": 2_000_00, "a": str(lines["CARD", "travel"]), "b": str(lines["CARD", "books"])},
    ]
    charge = Charge(amount="amount", line="a", to_line="b", rows="changes")

    await transfer(hospital, {"changes": rows}, charge)

    assert (await figures(hospital, lines["CARD", "books"])).adjusted_fen == 3_000_00
    rows[1]["amount"] = 90_000_00
    with pytest.raises(Refusal, match="BUDGET_CUT_EXCEEDS_AVAILABLE"):
        await transfer(hospital, {"changes": rows}, charge)
    assert (await figures(hospital, lines["CARD", "books"])).adjusted_fen == 3_000_00


async def test_a_supplement_reaches_the_line_and_all_above_it(hospital: SeededHospital) -> None:
    line_id = hospital.world.budget_lines["CARD", "books"]

    await transfer(hospital, {"amount": 500_00, "to_line": str(line_id)}, SUPPLEMENT)

    async with hospital.owner.reading(hospital.id) as session:
        parent_id = await session.scalar(
            select(BudgetLine.parent_id).where(BudgetLine.id == line_id)
        )
    assert parent_id is not None
    for each in (line_id, parent_id):
        assert (await figures(hospital, each)).adjusted_fen == 500_00


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": 100, "from_line": "nonsense", "to_line": "nonsense"}, "NO_COVERING_LINE"),
        ({"amount": "5.00"}, "AMOUNT_NOT_POSITIVE"),
        ({}, "AMOUNT_NOT_POSITIVE"),
    ],
)
async def test_a_form_that_names_no_lines_moves_nothing(
    hospital: SeededHospital, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        await transfer(hospital, values, TRANSFER)


async def test_budget_does_not_move_between_fund_sources(hospital: SeededHospital) -> None:
    lines = hospital.world.budget_lines
    async with hospital.owner.transaction(hospital.id) as session:
        fiscal = await session.scalar(select(FundSource.id).where(FundSource.code == "BASIC"))
        await session.execute(hospital.update_line("CARD", "travel", fund_source_id=fiscal))
    values = {
        "amount": 100,
        "from_line": str(lines["CARD", "travel"]),
        "to_line": str(lines["CARD", "books"]),
    }

    with pytest.raises(Refusal, match="BUDGET_TRANSFER_FUND_SOURCE"):
        await transfer(hospital, values, TRANSFER)


# ------------------------------------------------------------------ year end


async def open_next_year(hospital: SeededHospital) -> None:
    """The lines of 2027, as those of 2026 but empty."""
    async with hospital.owner.transaction(hospital.id) as session:
        rows = (await session.scalars(select(BudgetLine).order_by(BudgetLine.id))).all()
        following = {row.id: new_id() for row in rows}
        for row in rows:
            copied = {
                column.name: getattr(row, column.name)
                for column in BudgetLine.__table__.columns
                if not column.name.endswith("_fen")
            }
            copied |= {
                "id": following[row.id],
                "year": 2027,
                "first_day": date(2027, 1, 1),
                "last_day": date(2027, 12, 31),
                "parent_id": following[row.parent_id] if row.parent_id else None,
            }
            await session.execute(insert(BudgetLine).values(copied))


async def close(hospital: SeededHospital, *, now: datetime = NEW_YEAR) -> YearEnd:
    office = await hospital.viewer(hospital.holder("budget_office"))
    async with hospital.database.transaction(hospital.id) as session:
        done = await close_year(session, viewer=office, year=2026, now=now)
        assert await breaks(session) == []
        return done


async def line_of_2027(hospital: SeededHospital, code: str) -> uuid.UUID:
    async with hospital.owner.reading(hospital.id) as session:
        found = await session.scalar(
            select(BudgetLine.id).where(BudgetLine.year == 2027, BudgetLine.code == code)
        )
    assert found is not None
    return found


async def test_the_year_is_closed_carried_and_lapsed_by_fund_source(
    hospital: SeededHospital,
) -> None:
    await hospital.spend("CARD", 1_000_00)
    held = await hospital.hold("CARD", 200_00)
    lapsing = await hospital.hold("ICU", 300_00)
    async with hospital.owner.transaction(hospital.id) as session:
        fiscal = await session.scalar(select(FundSource.id).where(FundSource.code == "BASIC"))
        icu = hospital.world.departments["ICU"]
        await session.execute(
            update(BudgetLine).where(BudgetLine.department_id == icu).values(fund_source_id=fiscal)
        )
    await open_next_year(hospital)

    done = await close(hospital)

    rows = hospital.world.rows["budget_line"]
    totals = {row["parent_id"] for row in rows}
    leaves = [row for row in rows if row["id"] not in totals]
    approved_fen = sum(row["approved_fen"] for row in leaves)
    each_department = 432_000_00
    assert done.closed_lines == len(rows)
    assert done.lapsed_fen == each_department
    assert done.carried_fen == approved_fen - each_department - 1_000_00
    assert (done.carried_holds, done.lapsed_documents) == (1, (lapsing.id,))
    books = await figures(hospital, await line_of_2027(hospital, "CARD-books"))
    assert books == BudgetFigures(0, 11_000_00, 0, 200_00, 0)
    icu_books = await figures(hospital, await line_of_2027(hospital, "ICU-books"))
    assert icu_books == BudgetFigures()
    async with hospital.owner.reading(hospital.id) as session:
        ended = text("SELECT document_id, ended_as FROM budget_hold WHERE ended_as <> 'executed'")
        ends = {row.document_id: row.ended_as for row in await session.execute(ended)}
        assert ends == {held.id: "carried", lapsing.id: "lapsed"}
        open_lines = await session.scalar(
            select(func.count())
            .select_from(BudgetLine)
            .where(BudgetLine.year == 2026, BudgetLine.closed_at.is_(None))
        )
        assert open_lines == 0


async def test_closing_twice_changes_nothing(hospital: SeededHospital) -> None:
    await open_next_year(hospital)
    await close(hospital)

    again = await close(hospital)

    assert again == YearEnd(0, 0, 0, 0, ())
    async with hospital.owner.reading(hospital.id) as session:
        closings = await session.scalars(
            select(AuditEvent.id).where(AuditEvent.action == "budget.close_year")
        )
        assert len(closings.all()) == 1


async def test_a_year_that_is_not_over_or_has_no_next_lines_is_not_closed(
    hospital: SeededHospital,
) -> None:
    with pytest.raises(Refusal, match="BUDGET_YEAR_NOT_OVER"):
        await close(hospital, now=NOW)
    with pytest.raises(Refusal, match="BUDGET_YEAR_END_LINE_MISSING"):
        await close(hospital)
    async with hospital.owner.reading(hospital.id) as session:
        kinds = await session.scalars(select(BudgetEntry.kind).distinct())
        assert [kind.value for kind in kinds] == ["appropriate"]


async def test_only_the_budget_office_closes_a_year(hospital: SeededHospital) -> None:
    head = await hospital.viewer(hospital.world.heads["CARD"])
    async with hospital.database.transaction(hospital.id) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await close_year(session, viewer=head, year=2026, now=NEW_YEAR)


# ------------------------------------------------------------------ matching


async def covering(hospital: SeededHospital, department: str, expense_type: str) -> uuid.UUID:
    async with hospital.database.reading(hospital.id) as session:
        return await find_covering_line(
            session,
            hospital_id=hospital.id,
            department_id=hospital.world.departments[department],
            campus_id=hospital.world.department_campus[department],
            expense_type=expense_type,
            on=date(2026, 11, 22),
        )


async def test_a_departments_line_of_the_expense_type_covers_it(hospital: SeededHospital) -> None:
    found = await covering(hospital, "CARD", "travel")

    assert found == hospital.world.budget_lines["CARD", "travel"]


async def test_a_ward_below_a_department_spends_from_it(hospital: SeededHospital) -> None:
    ward = new_id()
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(
            insert(Department).values(
                hospital_id=hospital.id,
                id=ward,
                code="CARD-W1",
                name="心内一病区",
                kind="clinical",
                campus_id=hospital.world.department_campus["CARD"],
                parent_id=hospital.world.departments["CARD"],
                valid_from=date(2020, 1, 1),
            )
        )
    hospital.world.departments["CARD-W1"] = ward
    hospital.world.department_campus["CARD-W1"] = hospital.world.department_campus["CARD"]

    found = await covering(hospital, "CARD-W1", "travel")

    assert found == hospital.world.budget_lines["CARD", "travel"]


async def test_a_total_is_never_charged_and_an_unknown_type_is_refused(
    hospital: SeededHospital,
) -> None:
    with pytest.raises(Refusal, match="NO_COVERING_LINE"):
        await covering(hospital, "CARD", "gold")


async def test_a_closed_line_covers_nothing(hospital: SeededHospital) -> None:
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(hospital.update_line("CARD", "travel", closed_at=NOW))

    with pytest.raises(Refusal, match="NO_COVERING_LINE"):
        await covering(hospital, "CARD", "travel")
