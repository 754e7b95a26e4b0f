"""C12: no allowance for what was provided."""

import uuid
from datetime import date
from typing import Any

import pytest
from tests.policy.filled import DEPARTMENT, REQUESTER, finding, findings, paper, said, source, table

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.policy.facts.whereabouts import Presence, Whereabouts, WhereKind
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "allowance_exclusive"
ME = str(REQUESTER)
WORDS = table(
    "provision_words",
    "word",
    "kind role",
    ("补助", "cars", "allowance"),
    ("伙食补助", "meals", "allowance"),
    ("餐费", "meals", "provision"),
    ("租车", "cars", "provision"),
)
NOWHERE, NO_REQUEST = Whereabouts(()), PriorRequests(())


def judged(
    scenario: str,
    values: dict[str, Any],
    requests: PriorRequests = NO_REQUEST,
    known: Whereabouts = NOWHERE,
) -> list[Finding]:
    return findings(KEY, paper(scenario, values), requests, known, WORDS)


def claim(*kinds: str, **more: Any) -> dict[str, Any]:
    rows = [{"traveler": ME, "kind": kind, "days": "2", "amount": 200_00} for kind in kinds]
    return {"dep_date": "2026-05-06", "return_date": "2026-05-08", "allowance": rows, **more}


def request(provided: bool | None) -> PriorRequests:
    one = PriorRequest(
        uuid.UUID(int=1),
        "x",
        "CC-1",
        True,
        DocumentStatus.APPROVED,
        DEPARTMENT,
        0,
        0,
        provided=provided,
    )
    return PriorRequests((one,))


def test_allowances_pass_where_nothing_was_provided() -> None:
    values = claim("meals", "local_transport", meals_provided=False, cars_provided=False)
    assert judged("travel_claim", values) == []
    assert judged("travel_claim", claim("meals", "local_transport")) == []


def test_meals_exclude_the_allowance_for_meals_only() -> None:
    values = claim("local_transport", "meals", meals_provided=True, cars_provided=False)
    (found,) = judged("travel_claim", values)
    assert said(found) == ("meals", "values.allowance.1", Severity.BLOCK)
    assert found.evidence == {"amount_fen": 200_00}


def test_cars_exclude_the_allowance_for_local_transport_only() -> None:
    values = claim("meals", "local_transport", meals_provided=False, cars_provided=True)
    (found,) = judged("travel_claim", values)
    assert said(found) == ("cars", "values.allowance.1", Severity.BLOCK)
    assert found.evidence == {"amount_fen": 200_00}


def test_an_allowance_of_nothing_is_none() -> None:
    values = claim("meals", meals_provided=True)
    values["allowance"][0]["amount"] = 0
    assert judged("travel_claim", values) == []
    values["allowance"][0]["amount"] = 1
    assert [one.case for one in judged("travel_claim", values)] == ["meals"]


@pytest.mark.parametrize("missing", ["kind", "amount"])
def test_half_a_row_is_not_judged(missing: str) -> None:
    values = claim("meals", meals_provided=True)
    del values["allowance"][0][missing]
    assert judged("travel_claim", values) == []


def test_what_the_request_said_asks_for_an_answer_on_the_claim() -> None:
    values = claim("meals", "local_transport")
    (found,) = judged("travel_claim", values, request(provided=True))
    assert said(found) == (
        "request_says_provided",
        "values.allowance.0",
        Severity.REQUIRE_REASON,
    )
    assert found.evidence == {"request": "CC-1", "amount_fen": 400_00}


def test_an_answer_on_the_claim_counts_before_the_request() -> None:
    values = claim("meals", "local_transport", meals_provided=False)
    (found,) = judged("travel_claim", values, request(provided=True))
    assert (found.path, found.evidence["amount_fen"]) == ("values.allowance.1", 200_00)
    values["cars_provided"] = False
    assert judged("travel_claim", values, request(provided=True)) == []


@pytest.mark.parametrize("provided", [False, None])
def test_a_request_that_provides_nothing_asks_nothing(provided: bool | None) -> None:
    assert judged("travel_claim", claim("meals"), request(provided)) == []
    assert judged("travel_claim", claim(), request(provided=True)) == []


def test_a_taxi_beside_the_lump_sum_warns() -> None:
    rows = [
        {"vehicle": "train_second", "amount": 300_00},
        {"vehicle": "taxi", "amount": 45_00},
        {"vehicle": "taxi"},
    ]
    found = judged("travel_claim", claim("local_transport", "meals", transport=rows))
    assert [said(one) for one in found] == [
        ("taxi", "values.transport.1", Severity.WARN),
        ("taxi", "values.transport.2", Severity.WARN),
    ]
    assert found[0].evidence == {"fare_fen": 45_00, "amount_fen": 200_00}
    assert found[1].evidence == {"fare_fen": None, "amount_fen": 200_00}
    assert judged("travel_claim", claim("meals", transport=rows)) == []


def costs(*items: str, **more: Any) -> list[Finding]:
    lines = [{"item": item, "amount": 60_00} for item in items]
    return judged("training_claim", {"lines": lines, **more})


def test_a_training_that_pays_meals_and_an_allowance_for_them_blocks() -> None:
    (found,) = costs("学员餐费", "学员伙食补助")
    assert said(found) == ("item_and_provision", "values.lines.1", Severity.BLOCK)
    assert found.evidence == {
        "item": "学员伙食补助",
        "amount_fen": 60_00,
        **source("provision_words"),
    }


def test_a_training_that_provides_meals_by_its_own_word_pays_no_allowance_for_them() -> None:
    assert [one.path for one in costs("伙食补助", meals_provided=True)] == ["values.lines.0"]
    assert costs("伙食补助", meals_provided=False) == []
    assert costs("伙食补助", cars_provided=True) == []
    assert [one.path for one in costs("交通补助", cars_provided=True)] == ["values.lines.0"]


def test_only_allowances_for_the_same_thing_are_told() -> None:
    assert costs("租车", "伙食补助") == []
    assert [one.path for one in costs("租车", "伙食补助", "补助")] == ["values.lines.2"]
    assert costs("餐费", "租车", "资料费") == []


def car(person: str = ME, first: int = 8, last: int = 9) -> Presence:
    return Presence(person, WhereKind.CAR, date(2026, 5, first), date(2026, 5, last), number="YC-1")


def test_an_official_car_on_a_day_of_the_lump_sum_warns() -> None:
    (found,) = judged("travel_claim", claim("local_transport"), known=Whereabouts((car(),)))
    assert said(found) == ("official_car", "values.allowance.0.traveler", Severity.WARN)
    assert found.evidence == {
        "first_on": "2026-05-08",
        "last_on": "2026-05-09",
        "document": "YC-1",
    }


@pytest.mark.parametrize("other", [car("colleague"), car(first=9), car(first=4, last=5)])
def test_other_peoples_cars_and_other_days_do_not(other: Presence) -> None:
    known = Whereabouts((other,))
    assert judged("travel_claim", claim("local_transport"), known=known) == []


def test_a_colleagues_car_does_not_hide_ones_own() -> None:
    known = Whereabouts((car("colleague"), car()))
    found = judged("travel_claim", claim("local_transport"), known=known)
    assert [one.evidence["first_on"] for one in found] == ["2026-05-08"]


def test_a_car_without_the_lump_sum_does_not() -> None:
    assert judged("travel_claim", claim("meals"), known=Whereabouts((car(),))) == []


def test_a_car_is_asked_for_on_days_of_a_lump_sum() -> None:
    trip = Presence(
        "b", WhereKind.TRIP, date(2026, 5, 8), date(2026, 5, 9), "北京", transport_allowance=True
    )
    values = {"period": {"from": "2026-05-09", "to": "2026-05-09"}, "passengers": ["a", "b"]}
    (found,) = judged("vehicle_use", values, known=Whereabouts((trip,)))
    assert said(found) == ("official_car", "values.passengers.1", Severity.WARN)
    other_car = Presence("b", WhereKind.CAR, date(2026, 5, 9), date(2026, 5, 9))
    assert judged("vehicle_use", values, known=Whereabouts((other_car,))) == []


def test_the_requesters_own_trip_counts_where_the_form_names_nobody() -> None:
    values = {"period": {"from": "2026-05-08", "to": "2026-05-08"}}
    trip = Presence(
        ME, WhereKind.TRIP, date(2026, 5, 8), date(2026, 5, 9), transport_allowance=True
    )
    (found,) = judged("vehicle_use", values, known=Whereabouts((trip,)))
    assert said(found) == ("official_car", "values.period", Severity.WARN)


def test_missing_facts_are_named() -> None:
    assert finding(KEY, paper("travel_claim", {})).evidence == {
        "missing": ("PriorRequests", "Whereabouts", "provision_words")
    }
