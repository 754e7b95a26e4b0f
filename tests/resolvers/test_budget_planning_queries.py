"""What if, the execution report and the forecast, on the seeded hospital."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.resolvers.asking import Asking
from tests.services.seeded import SeededHospital, open_seeded

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.budget import BudgetAlert, BudgetEntry
from mobile_hrp.models.notification import Notification
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.budget.forecasts import forecast_lines, lines_to_forecast

WHAT_IF = """query W($lines: [ID!]!, $pending: Boolean!, $transfers: [PlannedTransferInput!]) {
  budgetWhatIf(lineIds: $lines, approvePending: $pending, transfers: $transfers) {
    lines { name short pendingDocuments before { occupied available }
            after { adjusted frozen occupied available } }
    obstacles { code field } } }"""
REPORT = """query R($by: ReportBy!, $year: Int) { executionReport(by: $by, year: $year) {
  key name lines executedPercent byMonth { month amount }
  figures { approved executed available } } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return Asking(await open_seeded(database, owner_database))


def line_id(asking: Asking, department: str, expense_type: str) -> str:
    return encode_id("BudgetLine", asking.hospital.world.budget_lines[department, expense_type])


async def foresee(asking: Asking, **variables: Any) -> dict[str, Any]:
    head = asking.hospital.world.heads["CARD"]
    data = await asking.ask(head, WHAT_IF, **variables)
    found: dict[str, Any] = data["budgetWhatIf"]
    return found


def named(found: dict[str, Any], name: str) -> dict[str, Any]:
    line: dict[str, Any] = next(line for line in found["lines"] if line["name"] == name)
    return line


async def test_approving_everything_pending_shows_what_will_be_short(asking: Asking) -> None:
    hospital = asking.hospital
    await hospital.hold("CARD", 9_000_00, status=DocumentStatus.IN_APPROVAL)
    async with hospital.database.transaction(hospital.id) as session:
        await hospital.add_claim(session, "CARD", 4_000_00, status=DocumentStatus.IN_APPROVAL)

    found = await foresee(asking, lines=[line_id(asking, "CARD", "books")], pending=True)

    books = named(found, "心内科图书资料")
    assert (books["short"], books["pendingDocuments"]) == ("1000.00", 2)
    assert books["before"] == {"occupied": "9000.00", "available": "3000.00"}
    assert books["after"]["available"] == "-1000.00"
    assert found["lines"][0] == books  # the shortest first
    whole = named(found, "心内科全年预算")
    assert (whole["after"]["occupied"], whole["short"]) == ("13000.00", "0.00")


async def test_a_transfer_that_would_help_is_tried_without_moving_anything(
    asking: Asking,
) -> None:
    transfers = [
        {
            "fromLineId": line_id(asking, "CARD", "travel"),
            "toLineId": line_id(asking, "CARD", "books"),
            "amount": "20000.00",
        }
    ]
    lines = [line_id(asking, "CARD", "books")]

    found = await foresee(asking, lines=lines, pending=False, transfers=transfers)

    assert found["obstacles"] == []
    assert named(found, "心内科图书资料")["after"]["available"] == "32000.00"
    assert named(found, "心内科差旅费")["after"]["adjusted"] == "-20000.00"
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        kinds = await session.scalars(select(BudgetEntry.kind).distinct())
        assert [kind.value for kind in kinds] == ["appropriate"]


async def test_a_transfer_that_would_be_refused_says_why(asking: Asking) -> None:
    transfers = [
        {
            "fromLineId": line_id(asking, "CARD", "travel"),
            "toLineId": line_id(asking, "CARD", "books"),
            "amount": "60000.01",
        }
    ]

    found = await foresee(
        asking, lines=[line_id(asking, "CARD", "books")], pending=False, transfers=transfers
    )

    assert [one["code"] for one in found["obstacles"]] == ["BUDGET_CUT_EXCEEDS_AVAILABLE"]
    assert [one["field"] for one in found["obstacles"]] == [["transfers", "0"]]
    assert named(found, "心内科图书资料")["after"]["available"] == "12000.00"


async def test_nobody_plans_with_lines_of_others(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]

    refused = await asking.refused(
        head, WHAT_IF, lines=[line_id(asking, "ICU", "books")], pending=True
    )

    assert refused == ["NOT_FOUND"]


async def test_the_report_sums_lines_once_and_by_month(asking: Asking) -> None:
    hospital = asking.hospital
    await hospital.spend("CARD", 3_000_00, now=datetime(2026, 5, 4, tzinfo=UTC))
    await hospital.spend("CARD", 600_00)

    rows = (await asking.ask(hospital.world.heads["CARD"], REPORT, by="DEPARTMENT"))[
        "executionReport"
    ]

    (card,) = rows
    assert (card["name"], card["lines"], card["executedPercent"]) == ("心内科", 5, 0)
    assert card["figures"] == {
        "approved": "432000.00",
        "executed": "3600.00",
        "available": "428400.00",
    }
    assert card["byMonth"] == [
        {"month": 202605, "amount": "3000.00"},
        {"month": 202611, "amount": "600.00"},
    ]
    by_type = (await asking.ask(hospital.holder("president"), REPORT, by="EXPENSE_TYPE"))[
        "executionReport"
    ]
    assert {row["key"] for row in by_type} >= {
        "travel",
        "office_supplies",
        "books",
        "training",
        "materials",
    }
    books = next(row for row in by_type if row["key"] == "books")
    assert (books["lines"], books["figures"]["executed"]) == (19, "3600.00")
    nurse = hospital.member("CARD", 3)
    assert (await asking.ask(nurse, REPORT, by="DEPARTMENT"))["executionReport"] == []


async def forecast(hospital: SeededHospital, day: datetime) -> int:
    """Run the daily job; answers with how many alerts fired."""
    fired = 0
    async with hospital.database.transaction(hospital.id) as session:
        batches = await lines_to_forecast(session, hospital_id=hospital.id, now=day)
        for batch in batches:
            alerts = await forecast_lines(session, hospital_id=hospital.id, line_ids=batch, now=day)
            fired += len(alerts)
    return fired


async def test_a_line_that_will_run_out_is_told_once_it_was_seen_on_two_days(
    asking: Asking,
) -> None:
    hospital = asking.hospital
    march = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    await hospital.spend("CARD", 6_000_00, now=march)  # half a year's budget in ten weeks

    assert await forecast(hospital, march) == 0
    assert await forecast(hospital, march + timedelta(hours=2)) == 0
    assert await forecast(hospital, march + timedelta(days=1)) == 1
    assert await forecast(hospital, march + timedelta(days=2)) == 0

    async with hospital.owner.reading(hospital.id) as session:
        (alert,) = (await session.scalars(select(BudgetAlert))).all()
        told = (
            await session.scalars(
                select(Notification.recipient_id).where(Notification.subject_id == alert.id)
            )
        ).all()
    assert alert.level_bp is None
    assert alert.exhaustion_day is not None
    assert date(2026, 5, 1) < alert.exhaustion_day < date(2026, 6, 30)
    assert set(told) == {hospital.world.heads["CARD"]}
