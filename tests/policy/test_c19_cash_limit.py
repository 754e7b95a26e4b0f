"""C19: cash up to the limit only."""

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said, source, table

from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "cash_limit"
LIMIT = table("cash_limit", "scope", "limit", ("*", "1000.00"))
CLAIMS = ["general_claim", "travel_claim", "vehicle_claim", "conference_claim"]


@pytest.mark.parametrize("scenario", CLAIMS)
def test_a_receipt_paid_in_cash_may_reach_the_limit(scenario: str) -> None:
    bills = [receipt(total_fen=1000_00), receipt("2", at=2, total_fen=None)]
    document = paper(scenario, {"paid_by": "cash", "approved_amount": 2000_00}, receipts=bills)
    assert findings(KEY, document, LIMIT) == []


@pytest.mark.parametrize("scenario", CLAIMS)
def test_a_receipt_above_it_asks_why(scenario: str) -> None:
    bills = [receipt(total_fen=1000_01), receipt("2", at=2, total_fen=10_00)]
    found = finding(KEY, paper(scenario, {"paid_by": "cash"}, receipts=bills), LIMIT)
    assert said(found) == ("receipt_in_cash", "values.lines.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "number": "26312000000000000001",
        "amount_fen": 1000_01,
        "limit_fen": 1000_00,
        **source("cash_limit"),
    }


@pytest.mark.parametrize("way", ["official_card", "transfer"])
def test_a_card_or_a_transfer_has_no_limit(way: str) -> None:
    document = paper("general_claim", {"paid_by": way}, receipts=[receipt(total_fen=9999_00)])
    assert findings(KEY, document, LIMIT) == []


def test_a_loan_in_cash_is_judged_by_its_amount() -> None:
    exact = paper("loan_request", {"loan_type": "cash", "amount": 1000_00})
    assert findings(KEY, exact, LIMIT) == []
    found = finding(KEY, paper("loan_request", {"loan_type": "cash", "amount": 1000_01}), LIMIT)
    assert said(found) == ("sum_in_cash", "values.loan_type", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "amount_fen": 1000_01,
        "limit_fen": 1000_00,
        **source("cash_limit"),
    }


def test_a_form_that_does_not_say_how_is_told_mildly_and_once() -> None:
    bills = [receipt(total_fen=1000_01), receipt("2", at=2, total_fen=1000_02)]
    found = finding(KEY, paper("general_claim", {}, receipts=bills), LIMIT)
    assert said(found) == ("not_said", "", Severity.INFO)
    assert found.evidence == {
        "amount_fen": 1000_02,
        "limit_fen": 1000_00,
        **source("cash_limit"),
    }


def test_a_form_that_does_not_say_how_is_left_alone_below_the_limit() -> None:
    bills = [receipt(total_fen=1000_00), receipt("2", at=2, total_fen=None)]
    assert findings(KEY, paper("general_claim", {}, receipts=bills), LIMIT) == []
    assert findings(KEY, paper("general_claim", {}), LIMIT) == []


def test_where_no_cash_is_allowed_a_receipt_without_a_total_says_nothing() -> None:
    none = table("cash_limit", "scope", "limit", ("*", "0.00"))
    for bills in ([], [receipt(total_fen=None)]):
        assert findings(KEY, paper("general_claim", {}, receipts=bills), none) == []
    (found,) = findings(KEY, paper("general_claim", {}, receipts=[receipt(total_fen=1)]), none)
    assert found.evidence["amount_fen"] == 1


def test_a_scenario_may_have_a_limit_of_its_own() -> None:
    own = table("cash_limit", "scope", "limit", ("*", "1000.00"), ("loan_request", "20.00"))
    document = paper("loan_request", {"loan_type": "cash", "amount": 20_01})
    assert finding(KEY, document, own).evidence["limit_fen"] == 20_00


def test_without_a_limit_or_a_choice_nothing_is_judged() -> None:
    other = table("cash_limit", "scope", "limit", ("elsewhere", "1.00"))
    document = paper("loan_request", {"loan_type": "cash", "amount": 9999_00})
    assert findings(KEY, document, other) == []
    assert findings(KEY, paper("payment_request", {"amount": 9999_00})) == []
    assert finding(KEY, document).evidence == {"missing": ("cash_limit",)}
