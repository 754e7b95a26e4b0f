"""How long approvals take, and whose times may be seen (智慧管理分级评估 09.1.5(4))."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.scenarios.hospital import MONDAY, Hospital

from mobile_hrp.domain.approval.calendar import Shift
from mobile_hrp.services.working_calendar import set_days

EFFICIENCY = """query E($by: EfficiencyBy!, $period: PeriodInput!) {
  approvalEfficiency(by: $by, period: $period, first: 50) {
    key label withheld decisions sentBack sendBackRate
    elapsed { median p90 } working { median p90 } } }"""
REASONS = """query R($period: PeriodInput!) { sendBackReasons(period: $period) { reason times } }"""
PERIOD = {
    "since": (MONDAY - timedelta(days=1)).isoformat(),
    "until": (MONDAY + timedelta(days=30)).isoformat(),
}


async def figures(hospital: Hospital, who: uuid.UUID, by: str) -> Sequence[dict[str, Any]]:
    data = await hospital.run(who, EFFICIENCY, by=by, period=PERIOD)
    found: Sequence[dict[str, Any]] = data["approvalEfficiency"]
    return found


async def sign(hospital: Hospital, who: uuid.UUID, hours: float, verdict: str = "APPROVED") -> None:
    """A paper that waits so many hours for this person."""
    paper = await hospital.paper("any_of_us", [who], [hospital.head("LAB")])
    hospital.clock.advance(timedelta(hours=hours))
    await paper.decide(who, verdict, "材料不全")


async def test_times_are_counted_on_the_clock_and_in_office_hours(hospital: Hospital) -> None:
    person = hospital.member("CARD")
    for hours in (1, 2, 24):  # from nine o'clock; the last one over a night
        await sign(hospital, person, hours)
    (mine,) = await figures(hospital, person, "PERSON")
    assert mine["label"] == hospital.name(person)
    assert mine["decisions"] == 3
    assert mine["elapsed"]["median"] == 120
    # 60 minutes, 120 minutes, and from noon to noon: 210 that afternoon, 240 the next morning
    assert mine["working"] == {"median": 120, "p90": 384}


async def test_holidays_do_not_count_and_make_up_days_do(hospital: Hospital) -> None:
    tuesday, saturday = MONDAY.date() + timedelta(days=1), MONDAY.date() + timedelta(days=5)
    async with hospital.owner.transaction(hospital.id) as session:
        await set_days(
            session,
            hospital_id=hospital.id,
            days={tuesday: ("放假", ()), saturday: ("补班", (Shift(480, 540),))},
        )
    person = hospital.member("CARD")
    await sign(hospital, person, 48)  # Monday nine o'clock to Wednesday nine o'clock
    (mine,) = await figures(hospital, person, "PERSON")
    assert mine["working"]["median"] == 180 + 210 + 60
    hospital.clock.advance(timedelta(days=2, hours=3))  # Friday noon
    await sign(hospital, hospital.member("CARD", 1), 48)  # to Sunday noon
    rows = await figures(hospital, hospital.holder("president"), "PERSON")
    assert sorted(row["working"]["median"] for row in rows) == [210 + 60, 450]


async def test_the_rate_and_the_reasons_of_sending_back_are_shown(hospital: Hospital) -> None:
    person = hospital.member("CARD")
    await sign(hospital, person, 1, "SENT_BACK")
    for _ in range(3):
        await sign(hospital, person, 1)
    (mine,) = await figures(hospital, person, "PERSON")
    assert (mine["sentBack"], mine["sendBackRate"]) == (1, 0.25)
    assert (await hospital.run(person, REASONS, period=PERIOD))["sendBackReasons"] == []
    president = hospital.holder("president")
    found = (await hospital.run(president, REASONS, period=PERIOD))["sendBackReasons"]
    assert found == [{"reason": "材料不全", "times": 1}]


async def test_a_group_of_few_people_is_withheld_from_others_and_shown_to_who_may(
    hospital: Hospital,
) -> None:
    people = [hospital.member(code) for code in ("CARD", "NEUR", "SURG", "ORTH")]
    for person in people:
        await sign(hospital, person, 1)
    stranger = hospital.member("PEDI")
    (row,) = await figures(hospital, stranger, "FLOW")
    assert row["withheld"]
    assert (row["decisions"], row["elapsed"], row["sentBack"]) == (None, None, None)
    assert await figures(hospital, stranger, "PERSON") == []
    (row,) = await figures(hospital, hospital.holder("president"), "FLOW")
    assert row["decisions"] == 4
    await sign(hospital, hospital.member("OBST"), 1)
    (row,) = await figures(hospital, stranger, "FLOW")
    assert row["decisions"] == 5


async def test_a_head_sees_the_people_of_the_own_department_only(hospital: Hospital) -> None:
    for code in ("CARD", "NEUR"):
        await sign(hospital, hospital.member(code), 1)
    rows = await figures(hospital, hospital.head("CARD"), "PERSON")
    assert [row["label"] for row in rows] == [hospital.name(hospital.member("CARD"))]
    departments = await figures(hospital, hospital.head("CARD"), "DEPARTMENT")
    assert sorted(row["withheld"] for row in departments) == [False, True]


async def test_a_period_is_in_order_and_not_longer_than_two_years(hospital: Hospital) -> None:
    who = hospital.member("CARD")
    for since, until in (
        (PERIOD["until"], PERIOD["since"]),
        ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ):
        period = {"since": since, "until": until}
        code = await hospital.refused(who, EFFICIENCY, by="FLOW", period=period)
        assert code == "EFFICIENCY_PERIOD_INVALID"
