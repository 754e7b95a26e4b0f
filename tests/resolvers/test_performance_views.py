"""My pay taken apart through the schema; and looking at somebody else's leaves a trace."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.resolvers.performance_asking import PayAsking, open_asking
from tests.services.clinic import BEFORE, PERIOD

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.performance import PerformanceLook
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.runtime.database import Database

MINE = """query M($period: String) { myPerformance(period: $period) { total
  lines { id ruleCode amount } } }"""
EXPLAIN = """query E($id: ID!) { explainPayoutLine(payoutLineId: $id, first: 5) {
  period { period total } line { amount ruleVersion } ruleWords formula
  terms { name label value kind } facts { sourceRow } factCount } }"""
COMPARE = """query C { comparePeriods(before: "2026-10", after: "2026-11") {
  before { total } after { total } difference changes { ruleCode cause amount } } }"""
WHAT_IF = """query W($changes: [WorkChangeInput!]!, $version: String) {
  whatIfPerformance(changes: $changes, ruleVersion: $version) {
    before after difference kept ruleVersion changes { ruleCode cause amount } } }"""
LOOKS = "{ performanceLooks(first: 20) { viewerName purpose reason mine period } }"
VIEW = """mutation V($input: ViewStaffPerformanceInput!) { viewStaffPerformance(input: $input) {
  performance { staffName total lines { amount } } userErrors { code field } replayed } }"""
MEMBER = VIEW.replace("viewStaff", "viewMember")
PROPOSE = """mutation P($input: ProposePerformanceRulesInput!) {
  proposePerformanceRules(input: $input) { ruleSet { id version approvedAt }
    userErrors { code message } } }"""
APPROVE = """mutation A($input: ApprovePerformanceRulesInput!) {
  approvePerformanceRules(input: $input) { ruleSet { approvedAt } userErrors { code } } }"""
IMPORT = """mutation I($input: ImportPerformanceFactsInput!) {
  importPerformanceFacts(input: $input) { performanceImport { sequence added fileSha256 }
    userErrors { code field message } replayed } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> PayAsking:
    opened = await open_asking(database, owner_database)
    for period in (BEFORE, PERIOD):
        await opened.hospital.publish(await opened.hospital.calculate(period))
    return opened


async def mine(asking: PayAsking, person: Any, period: str = PERIOD) -> dict[str, Any]:
    found: dict[str, Any] = (await asking.ask(person, MINE, period=period))["myPerformance"]
    return found


async def test_a_line_is_explained_from_the_total_to_the_row(asking: PayAsking) -> None:
    surgeon = asking.hospital.member("SURG")
    pay = await mine(asking, surgeon)
    visits = next(line for line in pay["lines"] if line["ruleCode"] == "outpatient_points")

    found = (await asking.ask(surgeon, EXPLAIN, id=visits["id"]))["explainPayoutLine"]

    assert found["period"] == {"period": PERIOD, "total": pay["total"]}
    assert found["ruleWords"] == "门诊人次 × 0.4 点 × 点值"
    assert found["formula"] == "quantity * 0.4 * point_value"
    terms = {term["name"]: term for term in found["terms"]}
    assert terms["point_value"] | {"label": ""} == {
        "name": "point_value",
        "label": "",
        "value": "6.00",
        "kind": "PRICE",
    }
    assert Decimal(terms["quantity"]["value"]) * Decimal("2.40") == Decimal(visits["amount"])
    assert found["factCount"] == 1
    assert found["facts"][0]["sourceRow"].startswith("202611-")


async def test_nobody_explains_a_colleagues_line(asking: PayAsking) -> None:
    pay = await mine(asking, asking.hospital.member("SURG"))
    colleague = asking.hospital.member("SURG", 1)
    strange = encode_id("PayoutLine", asking.hospital.member("SURG"))

    for line in (pay["lines"][0]["id"], strange):
        assert await asking.refused(colleague, EXPLAIN, id=line) == ["NOT_FOUND"]


async def test_two_periods_differ_by_causes_that_sum_exactly(asking: PayAsking) -> None:
    for index in range(3):
        person = asking.hospital.member("CARD", index)
        found = (await asking.ask(person, COMPARE))["comparePeriods"]
        difference = Decimal(found["after"]["total"]) - Decimal(found["before"]["total"])
        assert Decimal(found["difference"]) == difference
        assert sum(Decimal(change["amount"]) for change in found["changes"]) == difference
        assert {change["cause"] for change in found["changes"]} <= {"WORKLOAD", "FOLLOWS"}


async def test_two_more_night_shifts_are_worth_two_prices(asking: PayAsking) -> None:
    nurse = asking.hospital.member("CARD", 1)
    changes = [{"code": "night_shift", "difference": "2"}]

    found = (await asking.ask(nurse, WHAT_IF, changes=changes))["whatIfPerformance"]

    assert found["difference"] == "160.00"
    assert found["changes"] == [
        {"ruleCode": "night_shifts", "cause": "WORKLOAD", "amount": "160.00"}
    ]
    assert found["before"] == (await mine(asking, nurse))["total"]


async def test_what_cannot_be_tried_is_refused(asking: PayAsking) -> None:
    nurse = asking.hospital.member("CARD", 1)
    for code, difference in (
        ("night_shift", "-100"),
        ("no_such", "1"),
        ("night_shift", "NaN"),
        ("night_shift", "0.0001"),
        ("night_shift", "1e99"),
    ):
        changes = [{"code": code, "difference": difference}]
        assert await asking.refused(nurse, WHAT_IF, changes=changes) == ["PERFORMANCE_WHAT_IF"]
    unknown = await asking.refused(nurse, WHAT_IF, changes=[], version="9.9.9")
    assert unknown == ["NOT_FOUND"]


async def test_a_version_proposed_and_approved_can_be_tried_before_it_counts(
    asking: PayAsking,
) -> None:
    hospital = asking.hospital
    rules = """
version: 2.0.0
publicity_days: 5
totals_from_people: 5
values: {price: "100.00"}
rules:
- {code: night_shifts, zh: 夜班, en: Nights, kind: night_shift, fact: night_shift,
   amount: quantity * price}
deduction: {code: cost_share, zh: 成本, en: Costs, amount: cost * 0}
"""
    office = hospital.office
    body = {"rules": rules, "effectiveFrom": "2027-01-01", "idempotencyKey": "propose-00001"}
    proposed = (await asking.ask(office, PROPOSE, input=body))["proposePerformanceRules"]
    assert proposed["userErrors"] == []
    nurse = hospital.member("CARD", 1)
    assert await asking.refused(nurse, WHAT_IF, changes=[], version="2.0.0") == ["NOT_FOUND"]

    rule_set = proposed["ruleSet"]["id"]
    own = {"ruleSetId": rule_set, "idempotencyKey": "approve-00001"}
    refused = (await asking.ask(office, APPROVE, input=own))["approvePerformanceRules"]
    assert refused["userErrors"] == [{"code": "PERFORMANCE_RULES_OWN"}]
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(
            text("UPDATE performance_rule_set SET approved_by = :who, approved_at = now()"),
            {"who": hospital.world.heads["CARD"]},
        )

    found = (await asking.ask(nurse, WHAT_IF, changes=[], version="2.0.0"))["whatIfPerformance"]

    causes = {change["cause"] for change in found["changes"]}
    assert found["ruleVersion"] == "2.0.0"
    assert causes <= {"RULE_VERSION", "PRICE"}
    assert sum(Decimal(one["amount"]) for one in found["changes"]) == Decimal(found["difference"])


async def test_faulty_rules_are_refused_with_their_fault(asking: PayAsking) -> None:
    office = asking.hospital.office
    for number, (rules, fault) in enumerate(
        (
            ("version: 3", "KeyError"),
            ("[1, 2", "expected"),
            ("just text", "not a mapping"),
        )
    ):
        body = {"rules": rules, "effectiveFrom": "2027-01-01"}
        key = {"idempotencyKey": f"propose-1000{number}"}
        found = (await asking.ask(office, PROPOSE, input=body | key))["proposePerformanceRules"]
        (error,) = found["userErrors"]
        assert error["code"] == "PERFORMANCE_RULES_FAULT"
        assert fault in error["message"]
        assert found["ruleSet"] is None


async def test_facts_are_imported_once_for_a_key_and_faults_are_told_by_row(
    asking: PayAsking,
) -> None:
    hospital = asking.hospital
    number = hospital.number_of(hospital.member("CARD", 1))
    body = {"period": PERIOD, "sourceSystem": "his", "idempotencyKey": "import-000001"}
    good = {**body, "text": f"工号,项目编码,数量\n{number},rbrvs_point,5\n"}
    first = (await asking.ask(hospital.office, IMPORT, input=good))["importPerformanceFacts"]
    again = (await asking.ask(hospital.office, IMPORT, input=good))["importPerformanceFacts"]
    assert (first["performanceImport"]["added"], again["replayed"]) == (1, True)

    bad = {**body, "text": "工号,项目编码,数量\n000,rbrvs_point,x\n"}
    bad["idempotencyKey"] = "import-000002"
    found = (await asking.ask(hospital.office, IMPORT, input=bad))["importPerformanceFacts"]
    assert found["performanceImport"] is None
    assert [(one["code"], one["field"]) for one in found["userErrors"]] == [
        ("FACT_STAFF_UNKNOWN", ["file", "row", "2"]),
        ("FACT_QUANTITY", ["file", "row", "2"]),
    ]
    nurse = hospital.member("CARD", 1)
    assert await asking.refused(nurse, IMPORT, input=good) == ["PERMISSION_DENIED"]


async def test_a_look_needs_a_reason_and_is_told_to_the_person(asking: PayAsking) -> None:
    hospital = asking.hospital
    nurse = hospital.member("CARD", 1)
    body = {
        "staffId": encode_id("Staff", nurse),
        "period": PERIOD,
        "reason": "  ",
        "idempotencyKey": "look-00000001",
    }
    refused = (await asking.ask(hospital.office, VIEW, input=body))["viewStaffPerformance"]
    assert refused["userErrors"] == [{"code": "PERFORMANCE_REASON", "field": ["reason"]}]
    assert not [one for one in await looks(asking, nurse) if one["mine"]]

    body |= {"reason": "核对异议 12 号", "idempotencyKey": "look-00000002"}
    seen = (await asking.ask(hospital.office, VIEW, input=body))["viewStaffPerformance"]
    again = (await asking.ask(hospital.office, VIEW, input=body))["viewStaffPerformance"]

    assert seen["performance"]["total"] == (await mine(asking, nurse))["total"]
    assert again["performance"] == seen["performance"]
    told = [one for one in await looks(asking, nurse) if one["mine"]]
    assert [(one["reason"], one["purpose"]) for one in told] == [("核对异议 12 号", "look")] * 2
    other = await looks(asking, hospital.member("CARD", 2))
    assert [one["mine"] for one in other if one["purpose"] == "look"] == []
    async with hospital.owner.reading(hospital.id) as session:
        stored = (await session.scalars(select(IdempotencyRecord.result))).all()
    assert all("total" not in str(one) for one in stored)


async def test_a_head_looks_at_the_own_department_only(asking: PayAsking) -> None:
    hospital = asking.hospital
    head = hospital.world.heads["CARD"]
    key = "look-00000003"
    for person, code in ((hospital.member("CARD", 1), None), (hospital.member("ICU"), "NOT_FOUND")):
        body = {
            "staffId": encode_id("Staff", person),
            "period": PERIOD,
            "reason": "科室二次分配核对",
            "idempotencyKey": key,
        }
        key += "x"
        found = (await asking.ask(head, MEMBER, input=body))["viewMemberPerformance"]
        assert [error["code"] for error in found["userErrors"]] == ([code] if code else [])
        assert (found["performance"] is None) is (code is not None)
        assert await asking.refused(head, VIEW, input=body) == ["PERMISSION_DENIED"]
    colleague = {"staffId": encode_id("Staff", head), "period": PERIOD, "reason": "just asking"}
    colleague["idempotencyKey"] = key
    refused = await asking.refused(hospital.member("CARD", 2), MEMBER, input=colleague)
    assert refused == ["PERMISSION_DENIED"]
    async with hospital.owner.reading(hospital.id) as session:
        found = await session.scalars(
            select(PerformanceLook.staff_id).where(PerformanceLook.purpose == "look")
        )
        assert found.all() == [hospital.member("CARD", 1)]


async def looks(asking: PayAsking, person: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asking.ask(person, LOOKS))["performanceLooks"]
    return found
