"""Events without names, and the way of a claim told without them; small groups stay hidden."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.resolvers.approving import key
from tests.resolvers.performance_asking import PayAsking, open_asking
from tests.services.seeded import NOW, PLAN

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.models.value import TelemetryEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.housekeeping import forget_telemetry
from mobile_hrp.synthetic.hospital.filling import publish_core_library

RECORD = """mutation Tell($input: RecordEventsInput!) { recordEvents(input: $input) {
  recorded userErrors { code field message } replayed } }"""
FUNNEL = """query Way($month: String!, $scenario: String) {
  funnel(month: $month, scenarioCode: $scenario) {
    department { code } steps { step things people } } }"""
FRICTION = """query Cost($scenario: String!, $month: String!) {
  formFriction(scenarioCode: $scenario, month: $month) {
    fieldKey people left refused abandoned medianMs } }"""
ADOPTION = """query Use($month: String!) { adoption(month: $month) {
  department { code } staff activePeople acts clients { client events people } } }"""
WAITING = """{ waitingReasons { department { code } reasons { reason documents people } } }"""
MONTH = "2026-11"


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> PayAsking:
    opened = await open_asking(database, owner_database)
    await publish_core_library(owner_database, PLAN)
    return opened


def event(**more: Any) -> dict[str, Any]:
    return {
        "name": "FIELD_LEFT",
        "client": "ANDROID",
        "occurredAt": "2026-11-20T03:04:05.678Z",
        "scenarioCode": "general_claim",
        "fieldKey": "reason",
        "durationMs": 4_000,
        **more,
    }


async def tell(asking: PayAsking, who: uuid.UUID, *events: dict[str, Any]) -> Any:
    given = {"idempotencyKey": key(), "events": list(events)}
    return (await asking.ask(who, RECORD, input=given))["recordEvents"]


async def test_what_is_kept_of_an_event_names_nobody(asking: PayAsking) -> None:
    clinic = asking.hospital
    first, second = clinic.member("CARD", 1), clinic.member("CARD", 2)
    assert (await tell(asking, first, event(), event(taps=3)))["recorded"] == 2
    await tell(asking, second, event(), event(occurredAt="2026-10-25T00:00:00Z"))
    async with clinic.owner.reading(clinic.id) as session:
        rows = (await session.scalars(select(TelemetryEvent))).all()
        stored = (await session.execute(text("SELECT e::text FROM telemetry_event e"))).all()
    assert len(rows) == 4
    november = {row.actor for row in rows if row.occurred_at.month == 11}
    (october,) = {row.actor for row in rows if row.occurred_at.month == 10}
    assert len(november) == 2
    assert october not in november  # the same person, under another name
    assert {row.occurred_at.second for row in rows} == {0}
    for (line,) in stored:
        assert str(first) not in line
        assert str(second) not in line


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fieldKey": "患者姓名"}, "fieldKey"),
        ({"fieldKey": "lines.nothing"}, "fieldKey"),
        ({"scenarioCode": "no_such"}, "scenarioCode"),
        ({"durationMs": 99_999_999}, "durationMs"),
        ({"occurredAt": "2020-01-01T00:00:00Z"}, "occurredAt"),
    ],
)
async def test_unknown_words_and_odd_figures_keep_the_whole_batch_out(
    asking: PayAsking, change: dict[str, Any], field: str
) -> None:
    member = asking.hospital.member("CARD", 1)
    refused = await tell(asking, member, event(), event(**change))
    assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [
        ("TELEMETRY_EVENT", ["events", "1", field])
    ]
    assert await _events(asking) == 0


async def test_floods_and_strangers_are_turned_away(asking: PayAsking) -> None:
    member = asking.hospital.member("CARD", 1)
    too_many = await tell(asking, member, *[event()] * 101)
    assert [one["code"] for one in too_many["userErrors"]] == ["TELEMETRY_COUNT"]
    for _ in range(10):
        assert (await tell(asking, member, *[event()] * 100))["userErrors"] == []
    flooded = await tell(asking, member, *[event()] * 100)
    assert [one["code"] for one in flooded["userErrors"]] == ["RATE_LIMITED"]
    assert await _events(asking) == 1_000
    given = {"idempotencyKey": key(), "events": [event()]}
    assert await asking.refused(None, RECORD, input=given) == ["UNAUTHENTICATED"]
    unknown = {"idempotencyKey": key(), "events": [event(name="KEYSTROKES")]}
    _, codes = await asking.run(member, RECORD, input=unknown)
    assert codes
    assert await _events(asking) == 1_000


async def _events(asking: PayAsking) -> int:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        return len((await session.scalars(select(TelemetryEvent.id))).all())


async def test_friction_is_told_from_five_people_on(asking: PayAsking) -> None:
    clinic = asking.hospital
    people = [clinic.member("OFFICE", index) for index in range(6)]
    for number, who in enumerate(people):
        await tell(asking, who, event(durationMs=1_000 * (number + 1)))
        await tell(asking, who, event(name="FIELD_REFUSED", fieldKey="lines.amount"))
    for who in people[:4]:
        await tell(asking, who, event(name="FORM_LEFT", fieldKey="payee"))
    president = clinic.holder("president")

    found = (await asking.ask(president, FRICTION, scenario="general_claim", month=MONTH))[
        "formFriction"
    ]

    assert [(one["fieldKey"], one["people"], one["refused"], one["medianMs"]) for one in found] == [
        ("lines.amount", 6, 6, None),
        ("reason", 6, 0, 3_000),
    ]
    member = clinic.member("CARD", 1)
    asked = {"scenario": "general_claim", "month": MONTH}
    assert await asking.refused(member, FRICTION, **asked) == ["PERMISSION_DENIED"]
    await forget_telemetry(clinic.database, clinic.id, NOW + timedelta(days=420))
    assert await _events(asking) == 0


async def photos(asking: PayAsking, department: str, people: int, *, read: bool = True) -> None:
    """One receipt each for so many people of a department."""
    clinic = asking.hospital
    async with clinic.owner.transaction(clinic.id) as session:
        for index in range(people):
            session.add(
                Receipt(
                    hospital_id=clinic.id,
                    id=new_id(),
                    sha256=uuid.uuid4().hex * 2,
                    size_bytes=10,
                    content_type="image/jpeg",
                    original_name="示例.jpg",
                    storage_key=uuid.uuid4().hex,
                    uploaded_by=clinic.member(department, index),
                    part=0,
                    status=ReceiptStatus.READ if read else ReceiptStatus.FAILED,
                    created_at=NOW,
                    reading_attempts=1,
                )
            )


async def test_the_funnel_counts_what_is_in_the_books_and_hides_small_groups(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    office, fin = len(clinic.world.members["OFFICE"]), len(clinic.world.members["FIN"])
    assert office >= 5
    assert fin >= 5
    await photos(asking, "OFFICE", office)
    await photos(asking, "FIN", fin)
    await photos(asking, "CARD", 2, read=False)
    president = clinic.holder("president")

    found = (await asking.ask(president, FUNNEL, month=MONTH))["funnel"]

    ways = {one["department"] and one["department"]["code"]: one["steps"] for one in found}
    assert [one["step"] for one in ways[None]] == [
        "PHOTO",
        "READ",
        "DRAFT",
        "SUBMITTED",
        "FIRST_DECISION",
        "PAID",
    ]
    photo = {code: steps[0]["things"] for code, steps in ways.items()}
    smaller = "OFFICE" if office < fin else "FIN"
    larger = "FIN" if smaller == "OFFICE" else "OFFICE"
    assert photo[None] == office + fin + 2
    assert photo["CARD"] is None  # two people
    assert photo[smaller] is None  # would give the two away
    assert photo[larger] == max(office, fin)
    read = {code: steps[1]["people"] for code, steps in ways.items()}
    assert read == {None: office + fin, "OFFICE": office, "FIN": fin, "CARD": 0}
    own = (await asking.ask(clinic.world.heads["CARD"], FUNNEL, month=MONTH))["funnel"]
    assert [one["department"] and one["department"]["code"] for one in own] == [None, "CARD"]
    member = clinic.member("CARD", 1)
    assert await asking.refused(member, FUNNEL, month=MONTH) == ["PERMISSION_DENIED"]
    unknown = {"month": MONTH, "scenario": "no_such"}
    assert await asking.refused(president, FUNNEL, **unknown) == ["SCENARIO_UNKNOWN"]


async def claims(asking: PayAsking, department: str, people: int, status: DocumentStatus) -> None:
    """One claim each; the first of them was not sent."""
    clinic = asking.hospital
    async with clinic.owner.transaction(clinic.id) as session:
        for index in range(people):
            session.add(
                Document(
                    hospital_id=clinic.id,
                    id=new_id(),
                    number=new_id().hex,
                    scenario_code="general_claim",
                    scenario_version="1",
                    title="示例",
                    requester_id=clinic.member(department, index),
                    department_id=clinic.world.departments[department],
                    campus_id=clinic.world.department_campus[department],
                    status=status,
                    amount_fen=100,
                    version=1,
                    created_at=NOW,
                    submitted_at=None if index == 0 else NOW,
                )
            )


async def test_a_scenario_is_followed_from_its_drafts_and_what_waits_has_a_reason(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    office = len(clinic.world.members["OFFICE"])
    await claims(asking, "OFFICE", office, DocumentStatus.RETURNED)
    president = clinic.holder("president")

    asked = {"month": MONTH, "scenario": "general_claim"}
    way = (await asking.ask(president, FUNNEL, **asked))["funnel"]
    waiting = (await asking.ask(president, WAITING))["waitingReasons"]
    use = (await asking.ask(president, ADOPTION, month=MONTH))["adoption"]

    assert [(one["step"], one["things"]) for one in way[0]["steps"]] == [
        ("DRAFT", office),
        ("SUBMITTED", office - 1),
        ("FIRST_DECISION", 0),
        ("PAID", 0),
    ]
    assert {one["reason"]: one["documents"] for one in waiting[0]["reasons"]} == {
        "DECISION": 0,
        "OVERDUE": 0,
        "REQUESTER": office,
        "PAYMENT": 0,
    }
    of_office = next(
        one for one in use if one["department"] and one["department"]["code"] == "OFFICE"
    )
    assert (of_office["staff"], of_office["activePeople"], of_office["acts"]) == (
        office,
        office - 1,
        office - 1,
    )
    small = next(one for one in use if one["department"] and one["department"]["code"] == "EQP")
    people = len(clinic.world.members["EQP"])
    assert small["staff"] == (people if people >= 5 else None)
    for query, given in ((WAITING, {}), (ADOPTION, {"month": MONTH})):
        denied = await asking.refused(clinic.member("CARD", 1), query, **given)
        assert denied == ["PERMISSION_DENIED"]
