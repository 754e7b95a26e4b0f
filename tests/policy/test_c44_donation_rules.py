"""C44: gifts, sponsors and pay from outside."""

from dataclasses import replace
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.donation_rules import CONTROL
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLES = (table("donation_rules", "rule", "days", ("publicity", 5)),)
SOUND = DonationFacts(accepted_centrally=True, publicity_days=5)
SELLS = replace(SOUND, business=("CG-1", "HT-2"))
GIFT = {"donor": "s", "value": 100, "designated": True, "interests": "sig"}


def found(facts: DonationFacts, scenario: str = "donation_accept", **values: Any) -> Any:
    given = {**GIFT, **values} if scenario == "donation_accept" else values
    return seen(CONTROL, paper(scenario, given), facts, tables=TABLES)


def test_a_gift_from_nobody_we_buy_from_accepted_centrally_and_public_passes() -> None:
    assert found(SOUND) == []


def test_a_gift_for_a_use_from_a_seller_is_refused() -> None:
    assert found(SELLS) == [
        Observation("tied", "values.designated", {"purchases": ("CG-1", "HT-2")})
    ]
    mild = [Observation("giver_sells", "", {"purchases": ("CG-1", "HT-2")}, Severity.WARN)]
    assert found(SELLS, designated=False) == mild
    assert found(SELLS, designated=None) == mild


def test_departments_accept_nothing_themselves() -> None:
    assert found(replace(SOUND, accepted_centrally=False)) == [Observation("not_central")]


def test_a_gift_is_public_long_enough() -> None:
    assert found(replace(SOUND, publicity_days=4)) == [
        Observation("not_public", "", {"days": 4, "least": 5, **cited("donation_rules")})
    ]
    empty = (table("donation_rules", "rule", "days"),)
    document = paper("donation_accept", GIFT)
    assert seen(CONTROL, document, replace(SOUND, publicity_days=0), tables=empty) == []


def test_interests_are_declared() -> None:
    assert found(SOUND, interests=None) == [Observation("undeclared")]
    assert found(DonationFacts(), "part_time_filing", income=0) == [Observation("undeclared")]


def test_a_sponsor_does_not_sell_to_us() -> None:
    selling = DonationFacts(business=("CG-1",))
    assert found(selling, "conference_request", sponsor="s") == [
        Observation("sponsor_sells", "", {"purchases": ("CG-1",)})
    ]
    assert found(DonationFacts(), "conference_request", sponsor="s") == []
    assert found(selling, "conference_request") == []


def test_nobody_is_paid_by_a_seller() -> None:
    selling = DonationFacts(business=("CG-1",))
    filing = {"conflict": "sig", "org": "Kang"}
    assert found(selling, "part_time_filing", income=1, **filing) == [
        Observation(
            "paid_by_seller",
            "",
            {"organisation": "Kang", "income_fen": 1, "purchases": ("CG-1",)},
        )
    ]
    assert found(selling, "part_time_filing", income=0, **filing) == []
    assert found(DonationFacts(), "part_time_filing", income=1, **filing) == []
