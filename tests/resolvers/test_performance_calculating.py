"""A calculation is started and followed, and evidence is added, through the schema."""

import uuid

import pytest
from tests.resolvers.performance_asking import PayAsking, open_asking, work_off
from tests.services.clinic import BEFORE, PERIOD

from mobile_hrp.runtime.database import Database

START = """mutation S($input: CalculatePerformanceInput!) {
  calculatePerformance(input: $input) {
    calculation { id state } userErrors { code } replayed } }"""
FOLLOW = """query F($id: ID!) { performanceCalculation(calculationId: $id) {
  state departments calculated run { sequence } refusals { code message } } }"""
MINE = "{ myPerformance { lines { id } } }"
QUESTION = """mutation Q($input: OpenPerformanceDisputeInput!) {
  openPerformanceDispute(input: $input) { disputeId userErrors { code } } }"""
ADD = """mutation A($input: AddDisputeEvidenceInput!) { addDisputeEvidence(input: $input) {
  position userErrors { code } replayed } }"""
ADD_DECISION = ADD.replace("addDisputeEvidence(", "addDecisionEvidence(")
EVIDENCE = "query E($id: ID!) { myDisputeEvidence(disputeId: $id) { position mine text sha256 } }"
READ = """mutation R($input: ReadPerformanceDisputesInput!) {
  readPerformanceDisputes(input: $input) {
  dispute { reason } evidence { byOwner text } userErrors { code } } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> PayAsking:
    return await open_asking(database, owner_database)


async def test_the_office_starts_a_calculation_and_follows_it(asking: PayAsking) -> None:
    office = asking.hospital.office
    given = {"idempotencyKey": uuid.uuid4().hex, "period": PERIOD}
    started = (await asking.ask(office, START, input=given))["calculatePerformance"]
    key = started["calculation"]["id"]
    assert started["calculation"]["state"] == "QUEUED"
    again = (await asking.ask(office, START, input=given))["calculatePerformance"]
    assert (again["calculation"]["id"], again["replayed"]) == (key, True)

    await work_off(asking)

    found = (await asking.ask(office, FOLLOW, id=key))["performanceCalculation"]
    assert found == {
        "state": "DONE",
        "departments": 11,
        "calculated": 11,
        "run": {"sequence": 1},
        "refusals": [],
    }
    nurse = asking.hospital.member("CARD", 1)
    assert await asking.refused(nurse, FOLLOW, id=key) == ["PERMISSION_DENIED"]


async def test_why_there_is_no_run_is_told_in_words(asking: PayAsking) -> None:
    office = asking.hospital.office
    for code in ("outpatient_visit", "ward_day", "operation", "rbrvs_point", "night_shift"):
        await asking.hospital.forget_facts(code)
    given = {"idempotencyKey": uuid.uuid4().hex, "period": PERIOD}
    started = (await asking.ask(office, START, input=given))["calculatePerformance"]

    await work_off(asking)

    found = await asking.ask(office, FOLLOW, id=started["calculation"]["id"])
    assert found["performanceCalculation"]["state"] == "REFUSED"
    (why,) = found["performanceCalculation"]["refusals"]
    assert why["code"] == "PERFORMANCE_NO_FACTS"
    assert why["message"]


async def test_both_sides_of_a_dispute_add_what_it_rests_on(asking: PayAsking) -> None:
    clinic = asking.hospital
    await clinic.publish(await clinic.calculate(BEFORE))
    nurse, office = clinic.member("CARD", 1), clinic.office
    line = (await asking.ask(nurse, MINE))["myPerformance"]["lines"][0]["id"]
    opening = {"idempotencyKey": "1" * 32, "payoutLineId": line, "reason": "少计一班"}
    opened = (await asking.ask(nurse, QUESTION, input=opening))["openPerformanceDispute"]
    dispute = opened["disputeId"]
    said = {"idempotencyKey": "2" * 32, "disputeId": dispute, "text": "排班表在护士长处"}

    added = (await asking.ask(nurse, ADD, input=said))["addDisputeEvidence"]
    replayed = (await asking.ask(nurse, ADD, input=said))["addDisputeEvidence"]
    answer = {"idempotencyKey": "3" * 32, "disputeId": dispute, "text": "已核对排班"}
    decided = (await asking.ask(office, ADD_DECISION, input=answer))["addDecisionEvidence"]

    assert (added["position"], replayed["position"], replayed["replayed"]) == (1, 1, True)
    assert decided["position"] == 2
    seen = (await asking.ask(nurse, EVIDENCE, id=dispute))["myDisputeEvidence"]
    assert [(one["mine"], one["text"]) for one in seen] == [
        (True, "排班表在护士长处"),
        (False, "已核对排班"),
    ]
    reading = {"idempotencyKey": "4" * 32, "disputeId": dispute}
    read = (await asking.ask(office, READ, input=reading))["readPerformanceDisputes"]
    assert read["dispute"]["reason"] == "少计一班"
    assert [one["byOwner"] for one in read["evidence"]] == [True, False]
    empty = {"idempotencyKey": "5" * 32, "disputeId": dispute}
    refused = (await asking.ask(nurse, ADD, input=empty))["addDisputeEvidence"]
    assert [one["code"] for one in refused["userErrors"]] == ["DISPUTE_EVIDENCE"]
