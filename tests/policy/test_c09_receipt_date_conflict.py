"""C09: days and places of receipts against what they are claimed for."""

import uuid
from datetime import date
from typing import Any

import pytest
from tests.policy.filled import DEPARTMENT, finding, findings, paper, receipt, said, table

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.contracts import Contract, Contracts
from mobile_hrp.domain.policy.facts.requests import PriorRequest, PriorRequests
from mobile_hrp.domain.policy.terms import Finding, ReceiptFacts
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_date_conflict"
CITIES = table(
    "travel_city",
    "name",
    "code region",
    ("beijing", "beijing", "*"),
    ("北京", "beijing", "*"),
    ("lhasa", "lhasa", "tibet"),
)
NO_CONTRACT = Contracts({}, {})
NO_REQUEST = PriorRequests(())
TRIP = {"dep_date": "2026-05-06", "return_date": "2026-05-10"}


def judged(
    scenario: str,
    values: dict[str, Any],
    *receipts: ReceiptFacts,
    contracts: Contracts = NO_CONTRACT,
    requests: PriorRequests = NO_REQUEST,
) -> list[Finding]:
    return findings(KEY, paper(scenario, values, receipts=receipts), contracts, requests, CITIES)


def test_a_receipt_of_the_day_of_submission_passes_and_one_of_tomorrow_does_not() -> None:
    assert judged("general_claim", {}, receipt(issued_on=date(2026, 5, 20))) == []
    (found,) = judged(
        "general_claim", {}, receipt(issued_on=None), receipt(issued_on=date(2026, 5, 21))
    )
    assert said(found) == ("future", "values.lines.0", Severity.WARN)
    assert found.evidence == {
        "number": "26312000000000000001",
        "issued_on": "2026-05-21",
        "claimed_on": "2026-05-20",
    }


def test_a_receipt_older_than_the_contract_is_told() -> None:
    contract = Contract("HT-1", "91X", "示例公司", 10_00, date(2026, 5, 10))
    contracts = Contracts({"HT-1": contract}, {})
    values = {"contract": "HT-1"}
    assert judged("payment_request", values, receipt(), contracts=contracts) == []
    (found,) = judged(
        "payment_request",
        values,
        receipt(issued_on=None),
        receipt(issued_on=date(2026, 5, 9)),
        contracts=contracts,
    )
    assert said(found) == ("before_contract", "values.lines.0", Severity.WARN)
    assert found.evidence == {
        "number": "26312000000000000001",
        "issued_on": "2026-05-09",
        "contract": "HT-1",
        "signed_on": "2026-05-10",
    }


def test_a_contract_the_ledger_does_not_know_is_not_compared() -> None:
    early = receipt(issued_on=date(2020, 1, 1))
    assert judged("payment_request", {"contract": "HT-9"}, early) == []


@pytest.mark.parametrize("kind", ["taxi", "bus", "rail_paper", "toll"])
@pytest.mark.parametrize(("day", "told"), [(5, True), (6, False), (10, False), (11, True)])
def test_rides_lie_within_the_trip(kind: str, day: int, told: bool) -> None:
    ride = receipt(kind=kind, issued_on=date(2026, 5, day))
    assert bool(judged("travel_claim", TRIP, receipt(kind=kind, issued_on=None), ride)) is told


def test_a_ride_outside_the_trip_is_told_with_its_days() -> None:
    ride = receipt(kind="taxi", issued_on=date(2026, 5, 5), path="values")
    (found,) = judged("travel_claim", TRIP, ride)
    assert said(found) == ("outside_trip", "values", Severity.WARN)
    assert found.evidence == {
        "number": "26312000000000000001",
        "issued_on": "2026-05-05",
        "begins_on": "2026-05-06",
        "ends_on": "2026-05-10",
    }


def test_an_abroad_trip_has_its_own_days() -> None:
    ride = receipt(kind="taxi", issued_on=date(2026, 5, 5))
    values = {"exit_on": "2026-05-06", "entry_on": "2026-05-10"}
    assert [one.case for one in judged("abroad_claim", values, ride)] == ["outside_trip"]


@pytest.mark.parametrize("kind", ["digital_normal", "rail_e", "itinerary"])
def test_invoices_may_be_issued_before_or_after_the_trip(kind: str) -> None:
    assert judged("travel_claim", TRIP, receipt(kind=kind, issued_on=date(2026, 4, 1))) == []


def test_half_a_trip_is_not_judged() -> None:
    ride = receipt(kind="taxi", issued_on=date(2026, 4, 1))
    assert judged("travel_claim", {"dep_date": "2026-05-06"}, ride) == []
    assert judged("travel_claim", {"return_date": "2026-05-06"}, ride) == []


def test_a_receipt_older_than_its_rows_event_is_told() -> None:
    values = {"lines": [{"happened_on": "2026-05-10"}, {"happened_on": "2026-05-11"}]}
    rows = [receipt(), receipt("2", at=2, path="values.lines.1")]
    (found,) = judged("vehicle_claim", values, *rows, receipt(issued_on=None))
    assert said(found) == ("before_event", "values.lines.1", Severity.WARN)
    assert found.evidence == {
        "number": "2",
        "issued_on": "2026-05-10",
        "happened_on": "2026-05-11",
    }


def test_rows_without_a_day_are_not_compared() -> None:
    assert judged("vehicle_claim", {"lines": [{"amount": 1}]}, receipt()) == []


def approved(*cities: str) -> PriorRequests:
    return PriorRequests(
        (
            PriorRequest(
                uuid.UUID(int=1), "x", "CC-1", True, DocumentStatus.APPROVED, DEPARTMENT, 0, 0,
                cities=cities,
            ),
        )
    )  # fmt: skip


def test_a_city_off_the_approved_route_is_told() -> None:
    values = {
        "transport": [{"dep_city": "lhasa", "arr_city": "北京市"}],
        "lodging": [{"city": "上海"}, {"city": " Beijing "}],
    }
    found = judged("travel_claim", values, requests=approved("北京", "lhasa", "北京"))
    assert [said(one) for one in found] == [("off_route", "values.lodging.0.city", Severity.WARN)]
    assert found[0].evidence == {"city": "上海", "approved": ("北京", "lhasa")}


def test_without_an_approved_route_no_city_is_off_it() -> None:
    values = {"lodging": [{"city": "上海"}]}
    assert judged("travel_claim", values) == []
    assert judged("travel_claim", values, requests=approved()) == []


def test_what_nobody_supplied_is_named() -> None:
    found = finding(KEY, paper("travel_claim", {}))
    assert found.evidence == {"missing": ("Contracts", "PriorRequests", "travel_city")}
