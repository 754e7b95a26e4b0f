"""What a form says of who is where."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

from mobile_hrp.domain.policy.facts.whereabouts import Presence, WhereKind
from mobile_hrp.domain.policy.presence import presences
from mobile_hrp.scenario_library.check import core_package

LOCAL = timezone(timedelta(hours=8))


def read(scenario: str, values: dict[str, Any]) -> tuple[Presence, ...]:
    return presences(core_package().scenarios[scenario].fields, values, "me")


def test_a_claim_names_its_travellers_in_its_rows() -> None:
    values = {
        "dep_date": "2026-05-06",
        "return_date": "2026-05-07",
        "transport": [
            {"traveler": "a", "arr_city": "北京"},
            {"traveler": "b", "arr_city": "上海"},
            {"traveler": "a", "arr_city": "广州"},
        ],
        "allowance": [
            {"traveler": "b", "kind": "local_transport"},
            {"traveler": "a", "kind": "meals"},
        ],
    }
    first, last = date(2026, 5, 6), date(2026, 5, 7)
    assert read("travel_claim", values) == (
        Presence("a", WhereKind.TRIP, first, last, "北京", path="values.transport.0.traveler"),
        Presence(
            "b",
            WhereKind.TRIP,
            first,
            last,
            "北京",
            path="values.transport.1.traveler",
            transport_allowance=True,
        ),
    )


def test_where_nobody_is_named_it_is_the_requester() -> None:
    values = {"dep_date": "2026-05-06", "return_date": "2026-05-06"}
    assert read("travel_claim", values) == (
        Presence("me", WhereKind.TRIP, date(2026, 5, 6), date(2026, 5, 6), path="values.dep_date"),
    )


def test_the_place_slept_at_says_more_than_the_place_gone_to() -> None:
    values = {
        "dep_date": "2026-05-06",
        "return_date": "2026-05-07",
        "transport": [{"traveler": "a", "arr_city": "北京"}],
        "lodging": [{"traveler": "a"}, {"traveler": "a", "city": "上海"}],
    }
    assert [one.place for one in read("travel_claim", values)] == ["上海"]


def test_a_trip_that_ends_before_it_begins_is_none() -> None:
    assert read("travel_claim", {"dep_date": "2026-05-07", "return_date": "2026-05-06"}) == ()
    assert read("travel_claim", {"return_date": "2026-05-06"}) == ()


def test_a_delegation_abroad_is_a_trip_of_its_members() -> None:
    values = {
        "exit_on": "2026-05-06",
        "entry_on": "2026-05-08",
        "destination": "东京",
        "members": ["a", "b"],
    }
    first, last = date(2026, 5, 6), date(2026, 5, 8)
    assert read("abroad_claim", values) == (
        Presence("a", WhereKind.TRIP, first, last, "东京", path="values.members.0"),
        Presence("b", WhereKind.TRIP, first, last, "东京", path="values.members.1"),
    )


def test_a_request_has_a_trip_per_leg() -> None:
    values = {
        "travelers": ["a"],
        "substitute": "z",
        "itinerary": [
            {"to_city": "北京", "depart_on": "2026-05-06", "return_on": "2026-05-08"},
            {"to_city": "上海", "depart_on": "2026-05-08"},
        ],
    }
    assert read("travel_request", values) == (
        Presence(
            "a",
            WhereKind.TRIP,
            date(2026, 5, 6),
            date(2026, 5, 8),
            "北京",
            path="values.travelers.0",
        ),
    )


def test_leave_belongs_to_the_requester_not_to_the_substitute() -> None:
    values = {"period": {"from": "2026-05-06", "to": "2026-05-08"}, "substitute": "z"}
    assert read("leave", values) == (
        Presence("me", WhereKind.LEAVE, date(2026, 5, 6), date(2026, 5, 8), path="values.period"),
    )


def test_work_for_others_names_whom() -> None:
    values = {"period": {"from": "2026-05-06", "to": "2026-05-08"}, "org": "示例学院"}
    (found,) = read("part_time_filing", values)
    assert (found.kind, found.place) == (WhereKind.OUTSIDE, "示例学院")
    values = {"period": {"from": "2026-05-06", "to": "2026-05-08"}, "host_org": "示例医院"}
    (found,) = read("study_leave", values)
    assert (found.kind, found.place) == (WhereKind.OUTSIDE, "示例医院")


def test_a_moment_elsewhere_has_no_length() -> None:
    values = {"doctor": "d", "invite_org": "示例县医院", "time": "2026-05-08T09:30:00+08:00"}
    moment = datetime(2026, 5, 8, 9, 30, tzinfo=LOCAL)
    assert read("external_consult", values) == (
        Presence(
            "d",
            WhereKind.OUTSIDE,
            date(2026, 5, 8),
            date(2026, 5, 8),
            "示例县医院",
            moment,
            moment,
            "values.doctor",
        ),
    )


def test_a_slot_that_ends_before_it_begins_has_no_length() -> None:
    row = {"begins_at": "2026-05-08T22:00:00+08:00", "ends_at": "2026-05-08T20:00:00+08:00"}
    (found,) = read("overtime", {"slots": [{"begins_at": row["begins_at"]}, row]})
    moment = datetime(2026, 5, 8, 22, tzinfo=LOCAL)
    assert found.moments == (moment, moment)
    assert (found.kind, found.path) == (WhereKind.OVERTIME, "values.slots.1")


def test_other_ranges_of_days_put_nobody_anywhere() -> None:
    days = {"from": "2026-05-06", "to": "2026-05-08"}
    assert read("reception_claim", {"visit_time": days, "hosts": ["a"]}) == ()
    assert read("contract_approval", {"period": days}) == ()


def test_a_leg_that_says_no_days_does_not_hide_the_next() -> None:
    legs = [
        {"to_city": "北京", "depart_on": "2026-05-06"},
        {"to_city": "上海", "depart_on": "2026-05-08", "return_on": "2026-05-09"},
    ]
    (found,) = read("travel_request", {"travelers": ["a"], "itinerary": legs})
    assert (found.place, found.first_on) == ("上海", date(2026, 5, 8))


def test_other_rows_between_the_head_and_the_legs_hide_no_leg() -> None:
    values = {
        "transport": [{"traveler": "a", "arr_city": "北京"}],
        "dep_date": "2026-05-06",
        "return_date": "2026-05-07",
    }
    assert [one.first_on for one in read("travel_claim", values)] == [date(2026, 5, 6)]
