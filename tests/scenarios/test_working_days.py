"""放假与调休: who sets the working calendar, and what a wrong file changes: nothing."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.scenarios.hospital import MONDAY, PLAN, Hospital

from mobile_hrp.models.reliability import AuditEvent

SET = """mutation S($input: SetCalendarDaysInput!) { setCalendarDays(input: $input) {
  named replayed userErrors { code field message } } }"""
DAYS = "query D($year: Int!) { calendarDays(year: $year) { day name shifts } }"
FILE = """day,name,shifts
2026-11-24,放假,
2026-11-28,调休上班,08:00-12:00 14:00-17:30
"""


@pytest.fixture
def office(hospital: Hospital) -> uuid.UUID:
    return hospital.holder("hr_office")


async def change(hospital: Hospital, who: uuid.UUID, **given: Any) -> Mapping[str, Any]:
    data = await hospital.run(who, SET, input={"idempotencyKey": uuid.uuid4().hex, **given})
    payload: Mapping[str, Any] = data["setCalendarDays"]
    return payload


async def days(hospital: Hospital) -> list[Mapping[str, Any]]:
    data = await hospital.run(hospital.member("CARD"), DAYS, year=2026)
    return [dict(one) for one in data["calendarDays"]]


async def test_a_file_of_days_runs_and_stops_the_clock_of_approvals(
    hospital: Hospital, office: uuid.UUID
) -> None:
    assert (await change(hospital, office, csv=FILE))["named"] == 2
    assert await days(hospital) == [
        {"day": "2026-11-24", "name": "放假", "shifts": []},
        {"day": "2026-11-28", "name": "调休上班", "shifts": ["08:00-12:00", "14:00-17:30"]},
    ]
    claim = await hospital.claim("CARD")
    hospital.clock.advance(timedelta(days=1))  # all of Tuesday is a holiday
    (holding,) = (await claim.look())["progress"]["holdings"]
    assert holding["workingMinutes"] == 180 + 210
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        kept = await session.scalars(
            select(AuditEvent).where(AuditEvent.action == "calendar.change")
        )
        (event,) = kept.all()
    assert (event.actor_id, event.detail["named"]) == (office, ["2026-11-24", "2026-11-28"])


async def test_a_day_is_named_anew_and_made_usual_again(
    hospital: Hospital, office: uuid.UUID
) -> None:
    tomorrow = (MONDAY + timedelta(days=1)).date().isoformat()
    await change(hospital, office, csv=FILE)
    await change(hospital, office, days=[{"day": tomorrow, "name": "停电放假"}])
    assert (await days(hospital))[0]["name"] == "停电放假"
    await change(hospital, office, usualAgain=[tomorrow])
    assert [one["day"] for one in await days(hospital)] == ["2026-11-28"]


@pytest.mark.parametrize(
    ("row", "code", "place"),
    [
        ("2026-13-01,放假,", "CALENDAR_DAY_INVALID", "csv.2.day"),
        ("20261001,放假,", "CALENDAR_DAY_INVALID", "csv.2.day"),
        ("2026-10-01,,", "CALENDAR_NAME_INVALID", "csv.2.name"),
        ("2026-10-01,补班,8-12", "CALENDAR_SHIFT_INVALID", "csv.2.shifts"),
        ("2026-10-01,补班,12:00-08:00", "CALENDAR_SHIFT_INVALID", "csv.2.shifts"),
        ("2026-10-01,补班,20:00-24:30", "CALENDAR_SHIFT_INVALID", "csv.2.shifts"),
        ("2026-10-01,补班,08:00-12:00 11:00-13:00", "CALENDAR_SHIFT_INVALID", "csv.2.shifts"),
        ("2026-10-01,放假,\n2026-10-01,又放假,", "CALENDAR_DAY_TWICE", "csv.3.day"),
        ("2026-10-01,放假", "CALENDAR_COLUMNS_WRONG", "csv"),
    ],
)
async def test_a_wrong_row_is_named_and_nothing_is_set(
    hospital: Hospital, office: uuid.UUID, row: str, code: str, place: str
) -> None:
    before = await hospital.fingerprint()
    refused = await change(hospital, office, csv=f"day,name,shifts\n{row}\n")
    (error,) = refused["userErrors"]
    assert (error["code"], ".".join(error["field"])) == (code, place)
    assert refused["named"] is None
    assert await hospital.fingerprint() == before


async def test_too_many_days_and_foreign_columns_are_refused(
    hospital: Hospital, office: uuid.UUID
) -> None:
    first = MONDAY.date()
    rows = "\n".join(f"{first + timedelta(days=n)},放假," for n in range(801))
    many = await change(hospital, office, csv=f"day,name,shifts\n{rows}\n")
    other = await change(hospital, office, csv="date,title\n2026-10-01,放假\n")
    assert [one["userErrors"][0]["code"] for one in (many, other)] == [
        "CALENDAR_TOO_LARGE",
        "CALENDAR_COLUMNS_WRONG",
    ]
    assert await days(hospital) == []


async def test_only_who_keeps_the_organisation_sets_days(hospital: Hospital) -> None:
    given = {"idempotencyKey": uuid.uuid4().hex, "csv": FILE}
    stranger = hospital.member("CARD")
    assert await hospital.refused(stranger, SET, input=given) == "PERMISSION_DENIED"
    assert await days(hospital) == []
