"""Budget through the schema: who sees which lines, what a draft would do, who takes alerts on."""

import base64
import io
import uuid
from decimal import Decimal
from typing import Any

import pytest
from defusedxml import ElementTree
from PIL import Image
from sqlalchemy import func, select
from tests.resolvers.asking import Asking
from tests.services.seeded import open_seeded

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.budget import BudgetAlert, BudgetHold
from mobile_hrp.runtime.database import Database

LINES = """query L($first: Int!, $after: String, $department: ID) {
  budgetLines(first: $first, after: $after, departmentId: $department) {
    edges { node { id code name approved adjusted frozen occupied executed available
                   department { code } owner { name } } }
    pageInfo { hasNextPage endCursor } } }"""
LINE = "query L($id: ID!) { budgetLine(id: $id) { code executed available } }"
CARD = """query C($id: ID!, $theme: CardTheme!) { budgetLine(id: $id) {
  name approved adjusted card(theme: $theme) { svg png width height alt } } }"""
IMPACT = """query I($lines: [BudgetChargeInput!]!, $document: ID) {
  budgetImpact(lines: $lines, documentId: $document) {
    outcome uncovered
    lines { name outcome requested held availableBefore availableAfter usageAfterPercent
            before { approved adjusted frozen occupied executed available }
            after { approved adjusted frozen occupied executed available }
            queue { documents amount } exhaustionDay } } }"""
ALERTS = """query A($open: Boolean!) { alerts(first: 10, openOnly: $open) {
  edges { node { id levelPercent lineName budget used documentNumber
                 acknowledgedAt acknowledgedBy { name } } } } }"""
ACK = """mutation A($input: AckAlertInput!) { ackAlert(input: $input) {
  alert { levelPercent acknowledgement acknowledgedBy { name } }
  userErrors { code field } replayed } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    return Asking(await open_seeded(database, owner_database))


def line_id(asking: Asking, department: str, expense_type: str = "books") -> str:
    return encode_id("BudgetLine", asking.hospital.world.budget_lines[department, expense_type])


def nodes(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [edge["node"] for edge in data[name]["edges"]]


async def codes(asking: Asking, staff_id: uuid.UUID, **variables: Any) -> set[str]:
    data = await asking.ask(staff_id, LINES, first=100, **variables)
    return {node["code"].split("-")[0] for node in nodes(data, "budgetLines")}


async def test_a_head_sees_the_own_department_the_budget_office_all_and_a_nurse_nothing(
    asking: Asking,
) -> None:
    hospital = asking.hospital

    assert await codes(asking, hospital.world.heads["CARD"]) == {"CARD"}
    assert await codes(asking, hospital.member("CARD", 3)) == set()
    assert len(await codes(asking, hospital.holder("budget_office"))) > 10
    department = encode_id("Department", hospital.world.departments["ICU"])
    office = hospital.holder("budget_office")
    assert await codes(asking, office, department=department) == {"ICU"}
    assert await codes(asking, hospital.world.heads["CARD"], department=department) == set()


async def test_a_line_is_drawn_for_those_who_may_see_it_and_for_nobody_else(
    asking: Asking,
) -> None:
    hospital, line = asking.hospital, line_id(asking, "CARD")

    data = await asking.ask(hospital.world.heads["CARD"], CARD, id=line, theme="DARK")

    drawn, told = data["budgetLine"]["card"], data["budgetLine"]
    with Image.open(io.BytesIO(base64.b64decode(drawn["png"]))) as picture:
        assert picture.size == (drawn["width"] * 2, drawn["height"] * 2)
    root = ElementTree.fromstring(drawn["svg"])
    assert root.tag.endswith("svg")
    budget = Decimal(told["approved"]) + Decimal(told["adjusted"])
    assert drawn["alt"].startswith(f"{told['name']}：预算 {budget}")
    assert f"¥{budget:,}" in drawn["svg"]
    for stranger in (hospital.world.heads["ICU"], hospital.member("CARD", 3)):
        seen = await asking.ask(stranger, CARD, id=line, theme="LIGHT")
        assert seen == {"budgetLine": None}


async def test_pages_of_lines_neither_skip_nor_repeat(asking: Asking) -> None:
    office = asking.hospital.holder("budget_office")
    seen: list[str] = []
    after = None
    while True:
        data = await asking.ask(office, LINES, first=40, after=after)
        seen += [node["code"] for node in nodes(data, "budgetLines")]
        page = data["budgetLines"]["pageInfo"]
        after = page["endCursor"]
        if not page["hasNextPage"]:
            break

    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == len(asking.hospital.world.rows["budget_line"])
    assert await asking.refused(office, LINES, first=0) == ["PAGE_SIZE_INVALID"]
    assert await asking.refused(office, LINES, first=5, after="WzFd") == ["CURSOR_INVALID"]


async def test_the_five_figures_follow_a_claim(asking: Asking) -> None:
    await asking.hospital.hold("CARD", 1_000_00)
    await asking.hospital.spend("CARD", 500_00)

    data = await asking.ask(asking.hospital.world.heads["CARD"], LINES, first=100)

    (books,) = [one for one in nodes(data, "budgetLines") if one["code"] == "CARD-books"]
    figures = ("approved", "adjusted", "frozen", "occupied", "executed", "available")
    assert [books[name] for name in figures] == [
        "12000.00",
        "0.00",
        "0.00",
        "1000.00",
        "500.00",
        "10500.00",
    ]
    assert books["department"]["code"] == "CARD"


async def test_a_line_of_others_answers_like_one_that_is_not_there(asking: Asking) -> None:
    nurse = asking.hospital.member("CARD", 3)
    for key in (line_id(asking, "ICU"), encode_id("BudgetLine", uuid.uuid4())):
        assert await asking.ask(nurse, LINE, id=key) == {"budgetLine": None}
    assert await asking.refused(nurse, LINE, id="nonsense") == ["ID_INVALID"]
    assert await asking.refused(None, LINE, id=line_id(asking, "CARD")) == ["UNAUTHENTICATED"]


async def test_a_drafter_sees_the_effect_on_every_covering_line_and_nothing_is_held(
    asking: Asking,
) -> None:
    hospital = asking.hospital
    await hospital.hold("CARD", 2_000_00, status=DocumentStatus.IN_APPROVAL)
    nurse = hospital.member("CARD", 3)
    lines = [{"budgetLineId": line_id(asking, "CARD"), "amount": "3000.00"}]

    impact = (await asking.ask(nurse, IMPACT, lines=lines))["budgetImpact"]

    assert (impact["outcome"], impact["uncovered"]) == ("ALLOWED", [])
    books = next(line for line in impact["lines"] if line["name"] == "心内科图书资料")
    assert books["before"]["occupied"] == "2000.00"
    assert books["after"]["occupied"] == "5000.00"
    assert (books["after"]["available"], books["availableAfter"]) == ("7000.00", "7000.00")
    assert books["queue"] == {"documents": 1, "amount": "2000.00"}
    assert books["usageAfterPercent"] == 41
    whole = next(line for line in impact["lines"] if line["name"] == "心内科全年预算")
    assert whole["after"]["occupied"] == "5000.00"
    async with hospital.owner.reading(hospital.id) as session:
        assert await session.scalar(select(func.count()).select_from(BudgetHold)) == 1


async def test_a_document_in_approval_is_not_counted_twice_for_its_approver(
    asking: Asking,
) -> None:
    document = await asking.hospital.hold("CARD", 2_000_00, status=DocumentStatus.IN_APPROVAL)
    lines = [{"budgetLineId": line_id(asking, "CARD"), "amount": "2000.00"}]

    data = await asking.ask(
        asking.hospital.world.heads["CARD"],
        IMPACT,
        lines=lines,
        document=encode_id("Document", document.id),
    )

    books = next(line for line in data["budgetImpact"]["lines"] if line["name"] == "心内科图书资料")
    assert books["before"] == books["after"]
    assert (books["held"], books["availableBefore"]) == ("2000.00", "12000.00")
    assert books["queue"] == {"documents": 0, "amount": "0.00"}


async def test_too_much_is_shown_as_refused_and_a_line_without_budget_as_uncovered(
    asking: Asking,
) -> None:
    nurse = asking.hospital.member("CARD", 3)
    lines = [
        {"budgetLineId": line_id(asking, "CARD"), "amount": "12000.01"},
        {"amount": "1.00"},
    ]

    impact = (await asking.ask(nurse, IMPACT, lines=lines))["budgetImpact"]

    assert (impact["outcome"], impact["uncovered"]) == ("REFUSED", ["lines.1.budgetLineId"])
    assert impact["lines"][0]["outcome"] == "REFUSED"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1e30", "MONEY_EXPONENT"),
        ("-5.00", "MONEY_NEGATIVE"),
        ("NaN", "MONEY_NOT_A_NUMBER"),
        ("1.005", "MONEY_TOO_PRECISE"),
        ("１２", "MONEY_FULL_WIDTH"),
    ],
)
async def test_a_bad_amount_is_refused_by_its_code(asking: Asking, amount: str, code: str) -> None:
    lines = [{"budgetLineId": line_id(asking, "CARD"), "amount": amount}]

    assert await asking.refused(asking.hospital.member("CARD", 3), IMPACT, lines=lines) == [code]


async def test_nobody_weighs_the_budget_of_another_department_or_document(asking: Asking) -> None:
    nurse = asking.hospital.member("CARD", 3)
    document = await asking.hospital.hold("ICU", 100_00, status=DocumentStatus.IN_APPROVAL)
    lines = [{"budgetLineId": line_id(asking, "ICU"), "amount": "1.00"}]

    assert await asking.refused(nurse, IMPACT, lines=lines) == ["NOT_FOUND"]
    foreign = encode_id("Document", document.id)
    assert await asking.refused(nurse, IMPACT, lines=lines, document=foreign) == ["NOT_FOUND"]


async def test_an_alert_is_seen_by_those_told_and_taken_on_once_by_name(asking: Asking) -> None:
    hospital = asking.hospital
    document = await hospital.spend("CARD", 11_500_00)
    head, chief = hospital.world.heads["CARD"], hospital.holder("president")
    (alert,) = nodes(await asking.ask(head, ALERTS, open=True), "alerts")
    assert (alert["levelPercent"], alert["lineName"]) == (95, "心内科图书资料")
    assert (alert["budget"], alert["used"]) == ("12000.00", "11500.00")
    assert alert["documentNumber"] == document.number
    assert nodes(await asking.ask(hospital.member("CARD", 3), ALERTS, open=False), "alerts") == []

    def taking(key: str) -> dict[str, Any]:
        return {"idempotencyKey": key, "alertId": alert["id"], "text": "申请调剂"}

    nurse = hospital.member("CARD", 3)
    stranger = (await asking.ask(nurse, ACK, input=taking("ack-key-0001")))["ackAlert"]
    assert [error["code"] for error in stranger["userErrors"]] == ["NOT_FOUND"]
    first = (await asking.ask(head, ACK, input=taking("ack-key-0002")))["ackAlert"]
    assert first["userErrors"] == []
    assert first["alert"]["acknowledgement"] == "申请调剂"
    again = (await asking.ask(head, ACK, input=taking("ack-key-0002")))["ackAlert"]
    assert (again["replayed"], again["alert"]) == (True, first["alert"])
    late = (await asking.ask(chief, ACK, input=taking("ack-key-0003")))["ackAlert"]
    assert [error["code"] for error in late["userErrors"]] == ["ALERT_ALREADY_ACKNOWLEDGED"]

    assert nodes(await asking.ask(head, ALERTS, open=True), "alerts") == []
    async with hospital.owner.reading(hospital.id) as session:
        taken_by = await session.scalars(select(BudgetAlert.acknowledged_by))
        assert taken_by.all() == [head]


async def test_one_chooses_among_lines_of_the_own_department_without_figures(
    asking: Asking,
) -> None:
    query = """{ chargeableLines(first: 50, expenseType: "books") {
      edges { node { code name } } } }"""

    data = await asking.ask(asking.hospital.member("CARD", 3), query)

    assert nodes(data, "chargeableLines") == [{"code": "CARD-books", "name": "心内科图书资料"}]
