"""Performance through the schema: two viewers, each their own pay to the fen."""

from decimal import Decimal
from typing import Any

import pytest
from tests.resolvers.performance_asking import PayAsking as Asking
from tests.resolvers.performance_asking import open_asking, work_off

from mobile_hrp.runtime.database import Database

CALCULATE = """mutation C($input: CalculatePerformanceInput!) {
  calculatePerformance(input: $input) {
    run { id sequence state ruleVersion packages { department { code } amount } }
    calculation { id kind state } userErrors { code } replayed } }"""
PUBLISH = """mutation P($input: PublishPerformanceInput!) {
  publishPerformance(input: $input) { run { id state } calculation { id kind state }
    userErrors { code } replayed } }"""
MINE = """query M($period: String) { myPerformance(period: $period) {
  period total state disputesUntil
  lines { id kind ruleCode ruleVersion ruleName amount explanation
          work { code quantity sourceRow } sources { documentNumber executed } } } }"""
HISTORY = "{ performanceHistory(first: 12) { period total } }"


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return await open_asking(database, owner_database)


async def publish(asking: Asking) -> dict[str, Any]:
    office = asking.hospital.holder("performance_office")
    body = {"period": "2026-11", "idempotencyKey": "calculate-0001"}
    asked = (await asking.ask(office, CALCULATE, input=body))["calculatePerformance"]
    assert (asked["userErrors"], asked["run"]) == ([], None)
    assert (asked["calculation"]["kind"], asked["calculation"]["state"]) == ("CALCULATE", "QUEUED")
    await work_off(asking)
    asked = (await asking.ask(office, CALCULATE, input=body))["calculatePerformance"]
    run: dict[str, Any] = asked["run"]
    body = {"period": "2026-11", "idempotencyKey": "publish-00001"}
    asked = (await asking.ask(office, PUBLISH, input=body))["publishPerformance"]
    assert (asked["userErrors"], asked["run"]["state"]) == ([], "FROZEN")
    assert (asked["calculation"]["kind"], asked["calculation"]["state"]) == ("PUBLISH", "QUEUED")
    await work_off(asking)
    done = (await asking.ask(office, PUBLISH, input=body))["publishPerformance"]
    assert (done["replayed"], done["run"]) == (True, {"id": run["id"], "state": "PUBLISHED"})
    return run


async def test_two_colleagues_see_their_own_lines_and_the_departments_sum_is_its_package(
    asking: Asking,
) -> None:
    hospital = asking.hospital
    document = await hospital.spend("CARD", 300_00)
    run = await publish(asking)

    totals = []
    seen: set[str] = set()
    for person in hospital.world.members["CARD"]:
        mine = (await asking.ask(person, MINE, period="2026-11"))["myPerformance"]
        amounts = [Decimal(line["amount"]) for line in mine["lines"]]
        assert sum(amounts) == Decimal(mine["total"])
        (cost,) = [line for line in mine["lines"] if line["kind"] == "DEDUCTION"]
        assert cost["sources"] == [{"documentNumber": document.number, "executed": "300.00"}]
        assert cost["explanation"]["documents"] == [
            {"number": document.number, "executed": "300.00"}
        ]
        ids = {line["id"] for line in mine["lines"]}
        assert not ids & seen
        seen |= ids
        totals.append(Decimal(mine["total"]))

    packages = {
        one["department"]["code"]: Decimal(one["amount"])
        for one in run["packages"]
        if one["amount"]
    }
    assert sum(totals) == packages["CARD"]


async def test_a_line_says_its_rule_its_formula_and_its_rows(asking: Asking) -> None:
    await publish(asking)

    mine = (await asking.ask(asking.hospital.member("SURG"), MINE))["myPerformance"]

    visits = next(line for line in mine["lines"] if line["ruleCode"] == "outpatient_points")
    assert visits["ruleName"] == "门诊工作量"
    assert visits["explanation"]["formula"] == "quantity * 0.4 * point_value"
    assert visits["explanation"]["quantity"] == visits["work"][0]["quantity"]
    assert mine["disputesUntil"].startswith("2026-11-27")


async def test_before_publication_and_in_strange_periods_there_is_nothing(
    asking: Asking,
) -> None:
    nurse = asking.hospital.member("CARD", 3)
    assert await asking.ask(nurse, MINE) == {"myPerformance": None}
    assert await asking.ask(nurse, HISTORY) == {"performanceHistory": []}

    await publish(asking)

    assert await asking.ask(nurse, MINE, period="1999-01") == {"myPerformance": None}
    functional = asking.hospital.holder("cashier")
    assert await asking.ask(functional, MINE, period="2026-11") == {"myPerformance": None}
    (latest,) = (await asking.ask(nurse, HISTORY))["performanceHistory"]
    assert latest["period"] == "2026-11"


async def test_only_the_office_calculates_and_publishes(asking: Asking) -> None:
    head = asking.hospital.world.heads["CARD"]
    body = {"period": "2026-11", "idempotencyKey": "calculate-0002"}

    assert await asking.refused(head, CALCULATE, input=body) == ["PERMISSION_DENIED"]
    assert await asking.refused(head, PUBLISH, input=body) == ["PERMISSION_DENIED"]
    assert await asking.refused(None, MINE) == ["UNAUTHENTICATED"]
    assert await asking.ask(head, MINE) == {"myPerformance": None}


async def test_refusals_are_answers_and_a_retry_replays(asking: Asking) -> None:
    office = asking.hospital.holder("performance_office")

    unknown = {"period": "1999-01", "idempotencyKey": "calculate-0003"}
    answer = (await asking.ask(office, CALCULATE, input=unknown))["calculatePerformance"]
    assert (answer["run"], answer["userErrors"]) == (None, [{"code": "NOT_FOUND"}])
    early = {"period": "2026-11", "idempotencyKey": "publish-00002"}
    answer = (await asking.ask(office, PUBLISH, input=early))["publishPerformance"]
    assert answer["userErrors"] == [{"code": "NOT_FOUND"}]
    body = {"period": "2026-11", "idempotencyKey": "calculate-0004"}
    first = (await asking.ask(office, CALCULATE, input=body))["calculatePerformance"]
    again = (await asking.ask(office, CALCULATE, input=body))["calculatePerformance"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["calculation"]["id"] == first["calculation"]["id"]
    assert again["run"] is first["run"] is None
