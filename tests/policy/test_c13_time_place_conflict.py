"""C13: in two places at a time."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.policy.filled import REQUESTER, finding, findings, paper, said

from mobile_hrp.domain.policy.facts.whereabouts import Presence, Whereabouts, WhereKind
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "time_place_conflict"
LOCAL = timezone(timedelta(hours=8))
ME = str(REQUESTER)
TRIP = {
    "dep_date": "2026-05-06",
    "return_date": "2026-05-10",
    "lodging": [{"traveler": ME, "city": "北京"}],
}


def days(kind: WhereKind, first: int, last: int, place: str = "", person: str = ME) -> Presence:
    return Presence(person, kind, date(2026, 5, first), date(2026, 5, last), place, number="CC-2")


def hours(kind: WhereKind, day: int, first: int, last: int, person: str = ME) -> Presence:
    return Presence(
        person,
        kind,
        date(2026, 5, day),
        date(2026, 5, day),
        starts_at=datetime(2026, 5, day, first, tzinfo=LOCAL),
        ends_at=datetime(2026, 5, day, last, tzinfo=LOCAL),
    )


def judged(scenario: str, values: dict[str, Any], *known: Presence) -> list[Finding]:
    return findings(KEY, paper(scenario, values), Whereabouts(known))


def test_a_trip_alone_passes() -> None:
    assert judged("travel_claim", TRIP) == []


def test_another_trip_elsewhere_at_the_same_time_is_told() -> None:
    (found,) = judged("travel_claim", TRIP, days(WhereKind.TRIP, 8, 12, "上海"))
    assert said(found) == ("elsewhere", "values.lodging.0.traveler", Severity.WARN)
    assert found.evidence == {
        "first_on": "2026-05-08",
        "last_on": "2026-05-12",
        "place": "上海",
        "document": "CC-2",
    }


@pytest.mark.parametrize(
    "other",
    [
        days(WhereKind.TRIP, 8, 12, " 北京 "),
        days(WhereKind.TRIP, 10, 12, "上海"),
        days(WhereKind.TRIP, 2, 6, "上海"),
        days(WhereKind.TRIP, 6, 6, "上海"),
        days(WhereKind.TRIP, 12, 14, "上海"),
        days(WhereKind.TRIP, 8, 12, "上海", "colleague"),
        days(WhereKind.CAR, 11, 12),
        days(WhereKind.SHIFT, 5, 5),
        days(WhereKind.SHIFT, 11, 11),
    ],
)
def test_the_same_trip_the_next_trip_and_other_people_are_no_conflict(other: Presence) -> None:
    assert judged("travel_claim", TRIP, other) == []


@pytest.mark.parametrize(
    ("other", "case"),
    [
        (days(WhereKind.TRIP, 7, 7, "上海"), "elsewhere"),
        (days(WhereKind.TRIP, 9, 11, "上海"), "elsewhere"),
        (days(WhereKind.OUTSIDE, 8, 8, "北京"), "elsewhere"),
        (days(WhereKind.CAR, 8, 8), "elsewhere"),
        (days(WhereKind.LEAVE, 8, 9), "on_leave"),
        (hours(WhereKind.SHIFT, 7, 8, 16), "on_duty"),
        (hours(WhereKind.OVERTIME, 9, 18, 20), "on_duty"),
        (days(WhereKind.ATTENDANCE, 8, 8), "on_duty"),
        (days(WhereKind.SURGERY, 9, 9), "surgery"),
    ],
)
def test_what_falls_within_the_trip_is_told(other: Presence, case: str) -> None:
    (found,) = judged("travel_claim", TRIP, other)
    assert said(found) == (case, "values.lodging.0.traveler", Severity.WARN)
    assert found.evidence == {
        "first_on": other.first_on.isoformat(),
        "last_on": other.last_on.isoformat(),
        "place": other.place,
        "document": other.number,
    }


@pytest.mark.parametrize("day", [6, 10])
@pytest.mark.parametrize("kind", [WhereKind.SHIFT, WhereKind.ATTENDANCE, WhereKind.SURGERY])
def test_duty_on_the_day_of_departure_or_return_is_only_mentioned(
    kind: WhereKind, day: int
) -> None:
    (found,) = judged("travel_claim", TRIP, days(kind, day, day))
    assert said(found) == (
        "duty_on_travel_day",
        "values.lodging.0.traveler",
        Severity.INFO,
    )
    assert found.evidence == {
        "first_on": f"2026-05-{day:02}",
        "last_on": f"2026-05-{day:02}",
        "place": "",
        "document": "CC-2",
    }


@pytest.mark.parametrize("day", [6, 10])
@pytest.mark.parametrize("kind", [WhereKind.CAR, WhereKind.LEAVE])
def test_a_ride_or_leave_on_such_a_day_is_not_even_that(kind: WhereKind, day: int) -> None:
    assert judged("travel_claim", TRIP, days(kind, day, day)) == []


def test_two_trips_on_one_and_the_same_single_day_are_told() -> None:
    values = {**TRIP, "return_date": "2026-05-06"}
    same = days(WhereKind.TRIP, 6, 6, "上海")
    assert [one.case for one in judged("travel_claim", values, same)] == ["elsewhere"]
    assert judged("travel_claim", values, days(WhereKind.TRIP, 7, 7, "上海")) == []
    assert judged("travel_claim", values, days(WhereKind.TRIP, 5, 6, "上海")) == []
    inside = days(WhereKind.TRIP, 5, 7, "上海")
    assert [one.case for one in judged("travel_claim", values, inside)] == ["elsewhere"]


def test_a_request_is_judged_for_each_traveller_and_each_leg() -> None:
    values = {
        "travelers": ["a", "b"],
        "itinerary": [
            {"to_city": "北京", "depart_on": "2026-05-06", "return_on": "2026-05-08"},
            {"to_city": "上海", "depart_on": "2026-05-08", "return_on": "2026-05-10"},
        ],
    }
    known = [days(WhereKind.TRIP, 9, 12, "上海", "b"), days(WhereKind.TRIP, 7, 9, "广州", "b")]
    found = judged("travel_request", values, *known)
    assert [(one.case, one.path, one.evidence["place"]) for one in found] == [
        ("elsewhere", "values.travelers.1", "广州"),
        ("elsewhere", "values.travelers.1", "广州"),
    ]


def slot(first: str, last: str) -> dict[str, Any]:
    return {
        "slots": [{"begins_at": f"2026-05-{first}:00+08:00", "ends_at": f"2026-05-{last}:00+08:00"}]
    }


def test_overtime_during_a_trip_or_leave_is_told_at_its_slot() -> None:
    values = slot("08T18:00", "08T20:00")
    (found,) = judged("overtime", values, days(WhereKind.TRIP, 7, 9, "北京"))
    assert said(found) == ("elsewhere", "values.slots.0", Severity.WARN)
    (found,) = judged("overtime", values, days(WhereKind.LEAVE, 8, 8))
    assert found.case == "on_leave"
    assert judged("overtime", values, days(WhereKind.LEAVE, 8, 9)) == []
    assert judged("overtime", values, hours(WhereKind.SHIFT, 8, 18, 20)) == []
    assert judged("overtime", values, days(WhereKind.TRIP, 7, 9, "北京", "colleague")) == []


def consulting(hour: int) -> dict[str, Any]:
    return {
        "doctor": "d",
        "invite_org": "示例县医院",
        "time": f"2026-05-08T{hour:02}:00:00+08:00",
    }


@pytest.mark.parametrize(("hour", "told"), [(7, 0), (8, 1), (15, 1), (16, 0)])
def test_a_consultation_elsewhere_excludes_the_shift_of_its_hour(hour: int, told: int) -> None:
    shift = hours(WhereKind.SHIFT, 8, 8, 16, "d")
    found = judged("external_consult", consulting(hour), shift)
    assert [said(one) for one in found] == [("on_duty", "values.doctor", Severity.WARN)] * told


def test_a_consultation_elsewhere_excludes_an_operation_and_a_trip() -> None:
    operation = hours(WhereKind.SURGERY, 8, 8, 16, "d")
    assert [one.case for one in judged("external_consult", consulting(9), operation)] == ["surgery"]
    trip = days(WhereKind.TRIP, 7, 9, "北京", "d")
    assert [one.case for one in judged("external_consult", consulting(9), trip)] == ["elsewhere"]


def test_outside_work_excludes_duty_within_its_days() -> None:
    values = {"org": "示例学院", "period": {"from": "2026-05-06", "to": "2026-05-08"}}
    (found,) = judged("part_time_filing", values, hours(WhereKind.SHIFT, 7, 8, 16))
    assert said(found) == ("on_duty", "values.period", Severity.WARN)
    assert judged("part_time_filing", values, hours(WhereKind.SHIFT, 9, 8, 16)) == []


def test_a_ride_excludes_being_on_a_trip_but_not_being_on_duty() -> None:
    values = {"period": {"from": "2026-05-08", "to": "2026-05-08"}, "passengers": ["a"]}
    (found,) = judged("vehicle_use", values, days(WhereKind.TRIP, 7, 9, "北京", "a"))
    assert said(found) == ("elsewhere", "values.passengers.0", Severity.WARN)
    assert judged("vehicle_use", values, hours(WhereKind.SHIFT, 8, 8, 16, "a")) == []
    assert judged("vehicle_use", values, days(WhereKind.CAR, 8, 8, "", "a")) == []


def test_a_form_that_puts_nobody_anywhere_is_not_asked() -> None:
    assert findings(KEY, paper("travel_claim", {"dep_date": "2026-05-06"})) == []
    assert findings(KEY, paper("general_claim", {})) == []
    assert finding(KEY, paper("travel_claim", TRIP)).evidence == {"missing": ("Whereabouts",)}
