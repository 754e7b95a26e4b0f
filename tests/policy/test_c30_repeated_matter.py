"""C30: the same matter claimed again."""

from datetime import date
from typing import Any

import pytest
from tests.policy.papers import ON, REQUESTER, paper, seen, table

from mobile_hrp.domain.policy.controls.repeated_matter import CONTROL
from mobile_hrp.domain.policy.facts.earlier import EarlierMatter, EarlierMatters
from mobile_hrp.domain.policy.matters import Matter, MatterKind, matters
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.scenario_library.check import core_package

TABLES = (table("repeated_matter", "rule", "days", ("same_charge", 15)),)
TRIP = {"dep_date": "2026-03-02", "return_date": "2026-03-04"}


def claimed(scenario: str, values: dict[str, Any], on: date = ON) -> EarlierMatters:
    fields = core_package().scenarios[scenario].fields
    return EarlierMatters(
        tuple(EarlierMatter("BX-1", on, one) for one in matters(fields, values, REQUESTER))
    )


def found(scenario: str, values: dict[str, Any], earlier: EarlierMatters) -> list[Observation]:
    return seen(CONTROL, paper(scenario, values), earlier, tables=TABLES)


def test_a_charge_with_the_same_words_and_amount_is_found_within_the_window() -> None:
    before = {
        "lines": [{"description": "打 车，去机场", "expense_type": "travel", "amount": 5_000}]
    }
    now = {"lines": [{"description": "打车去机场", "expense_type": "travel", "amount": 5_000}]}
    expected = [
        Observation(
            "same_charge",
            "values.lines.0",
            {
                "document": "BX-1",
                "submitted_on": "2026-03-01",
                "amount_fen": 5_000,
                "days": 15,
            },
        )
    ]
    at_the_limit = claimed("general_claim", before, date(2026, 3, 1))
    assert found("general_claim", now, at_the_limit) == expected
    assert found("general_claim", now, claimed("general_claim", before, date(2026, 2, 28))) == []
    dearer = {"lines": [{**now["lines"][0], "amount": 5_001}]}
    assert found("general_claim", dearer, at_the_limit) == []
    other_type = {"lines": [{**now["lines"][0], "expense_type": "postage"}]}
    assert found("general_claim", other_type, at_the_limit) == []


def test_an_equal_charge_is_told_once_however_often_it_was_claimed() -> None:
    row = {"description": "打车", "amount": 1}
    earlier = claimed("general_claim", {"lines": [row, row]})
    assert [one.case for one in found("general_claim", {"lines": [row]}, earlier)] == [
        "same_charge"
    ]


def test_trips_of_a_person_that_share_a_day_are_the_same() -> None:
    earlier = claimed("travel_claim", TRIP)
    same_day = {"dep_date": "2026-03-04", "return_date": "2026-03-09"}
    assert found("travel_claim", same_day, earlier) == [
        Observation(
            "same_trip",
            "values.dep_date",
            {
                "document": "BX-1",
                "submitted_on": "2026-03-16",
                "begins_on": "2026-03-02",
                "ends_on": "2026-03-04",
            },
        )
    ]
    later = {"dep_date": "2026-03-05", "return_date": "2026-03-09"}
    assert found("travel_claim", later, earlier) == []
    sooner = {"dep_date": "2026-02-25", "return_date": "2026-03-01"}
    assert found("travel_claim", sooner, earlier) == []
    around = {"dep_date": "2026-02-25", "return_date": "2026-03-02"}
    assert [one.case for one in found("travel_claim", around, earlier)] == ["same_trip"]


def test_trips_of_different_people_are_different() -> None:
    of_a = claimed("travel_claim", {**TRIP, "transport": [{"traveler": "a"}]})
    of_b = {**TRIP, "lodging": [{"traveler": "b"}]}
    assert found("travel_claim", of_b, of_a) == []
    both = {**TRIP, "lodging": [{"traveler": "b"}, {"traveler": "a"}]}
    assert [one.case for one in found("travel_claim", both, of_a)] == ["same_trip"]
    abroad = {"exit_on": "2026-03-01", "entry_on": "2026-03-03", "members": ["a"]}
    assert [one.case for one in found("abroad_claim", abroad, of_a)] == ["same_trip"]


def slot(begins: str, ends: str) -> dict[str, Any]:
    day = "2026-03-02T{}:00+08:00"
    return {"slots": [{"begins_at": day.format(begins), "ends_at": day.format(ends)}]}


@pytest.mark.parametrize(
    ("begins", "ends", "cases"),
    [
        ("17:00", "18:00", []),
        ("17:00", "18:01", ["same_slot"]),
        ("19:59", "21:00", ["same_slot"]),
        ("20:00", "21:00", []),
    ],
)
def test_hours_that_only_touch_are_not_the_same(begins: str, ends: str, cases: list[str]) -> None:
    earlier = claimed("overtime", slot("18:00", "20:00"))
    assert [one.case for one in found("overtime", slot(begins, ends), earlier)] == cases


def test_what_stands_twice_on_the_form_is_found_there() -> None:
    row = {"description": "打车", "amount": 1}
    other = {"description": "快递", "amount": 1}
    form = {"lines": [row, other, row, row]}
    assert found("general_claim", form, EarlierMatters()) == [
        Observation("twice_here", "values.lines.2", {"other": "values.lines.0"}),
        Observation("twice_here", "values.lines.3", {"other": "values.lines.0"}),
    ]


def test_allowances_and_rows_without_words_are_no_matters_of_their_own() -> None:
    form = {"allowance": [{"kind": "meals", "amount": 1}, {"kind": "meals", "amount": 1}]}
    assert found("travel_claim", form, EarlierMatters()) == []
    assert found("general_claim", {"lines": [{"amount": 1}, {"amount": 1}]}, EarlierMatters()) == []


def test_matters_of_different_kinds_never_match() -> None:
    trip = Matter(MatterKind.TRIP, "values", "2026-03-02", "2026-03-04")
    assert not trip.same_as(Matter(MatterKind.CHARGE, "values"))


def test_without_a_window_only_charges_of_the_day_count() -> None:
    row = {"lines": [{"description": "打车", "amount": 1}]}
    no_rows = (table("repeated_matter", "rule", "days"),)
    document = paper("general_claim", row)
    today = claimed("general_claim", row, ON)
    before = claimed("general_claim", row, date(2026, 3, 15))
    assert [one.evidence["days"] for one in seen(CONTROL, document, today, tables=no_rows)] == [0]
    assert seen(CONTROL, document, before, tables=no_rows) == []


def test_every_row_is_compared_with_every_earlier_one() -> None:
    taxi, post = {"description": "打车", "amount": 1}, {"description": "快递", "amount": 2}
    earlier = claimed("general_claim", {"lines": [taxi, post]})
    now = {"lines": [{}, {"description": "打印", "amount": 3}, post]}
    assert [(one.case, one.path) for one in found("general_claim", now, earlier)] == [
        ("same_charge", "values.lines.2")
    ]
    half = {"begins_at": "2026-03-02T18:00:00+08:00"}
    whole = slot("18:00", "20:00")["slots"][0]
    twice = found("overtime", {"slots": [half, whole, whole]}, EarlierMatters())
    assert [one.path for one in twice] == ["values.slots.2"]


def test_every_row_that_was_claimed_before_is_told() -> None:
    taxi, post = {"description": "打车", "amount": 1}, {"description": "快递", "amount": 2}
    form = {"lines": [taxi, post]}
    told = found("general_claim", form, claimed("general_claim", form))
    assert [one.path for one in told] == ["values.lines.0", "values.lines.1"]

    slots = {"slots": [*slot("08:00", "09:00")["slots"], *slot("18:00", "20:00")["slots"]]}
    told = found("overtime", slots, claimed("overtime", slots))
    assert [(one.case, one.path) for one in told] == [
        ("same_slot", "values.slots.0"),
        ("same_slot", "values.slots.1"),
    ]


def test_a_trip_without_a_return_is_not_compared() -> None:
    earlier = claimed("travel_claim", TRIP)
    assert found("travel_claim", {"dep_date": "2026-03-02"}, earlier) == []
    assert found("travel_claim", {"return_date": "2026-03-02"}, earlier) == []
