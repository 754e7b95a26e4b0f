"""C08: how late a receipt or a trip may be claimed."""

from datetime import date, timedelta

import pytest
from tests.policy.filled import TODAY, finding, findings, paper, receipt, said, source, table

from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_age"
DAYS = table("retention_days", "rule", "days", ("receipt_age", 180), ("claim_after_return", 5))


def aged(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize("issued_on", [aged(180), aged(0), aged(-3), None])
def test_a_receipt_may_be_as_old_as_allowed(issued_on: date | None) -> None:
    document = paper("general_claim", {}, receipts=[receipt(issued_on=issued_on)])
    assert findings(KEY, document, DAYS) == []


def test_one_day_more_asks_for_a_reason() -> None:
    receipts = [receipt(issued_on=None), receipt(issued_on=aged(181))]
    found = finding(KEY, paper("general_claim", {}, receipts=receipts), DAYS)
    assert said(found) == ("old", "values.lines.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "number": "26312000000000000001",
        "issued_on": "2025-11-20",
        "claimed_on": "2026-05-20",
        "age_days": 181,
        "days": 180,
        "total_fen": 100_00,
        **source("retention_days"),
    }


def test_a_trip_claimed_on_the_fifth_working_day_is_in_time() -> None:
    # Wednesday to Wednesday: five working days and a weekend
    document = paper("travel_claim", {"return_date": "2026-05-13"})
    assert findings(KEY, document, DAYS) == []


@pytest.mark.parametrize(
    ("returned_on", "days"), [("2026-05-12", 6), ("2026-05-10", 8), ("2026-05-09", 8)]
)
def test_weekends_are_no_working_days(returned_on: str, days: int) -> None:
    found = finding(KEY, paper("travel_claim", {"return_date": returned_on}), DAYS)
    assert said(found) == ("trip_claimed_late", "values.return_date", Severity.WARN)
    assert found.evidence == {
        "returned_on": returned_on,
        "claimed_on": "2026-05-20",
        "working_days": days,
        "days": 5,
        **source("retention_days"),
    }


def test_a_trip_that_is_not_over_is_not_late() -> None:
    assert findings(KEY, paper("travel_claim", {"return_date": "2026-06-01"}), DAYS) == []


def test_what_has_no_rule_is_not_late() -> None:
    other = table("retention_days", "rule", "days", ("loan_settlement", 1))
    document = paper(
        "travel_claim", {"return_date": "2020-01-01"}, receipts=[receipt(issued_on=aged(9999))]
    )
    assert findings(KEY, document, other) == []
    only_age = table("retention_days", "rule", "days", ("receipt_age", 10))
    assert [one.case for one in findings(KEY, document, only_age)] == ["old"]
    only_trip = table("retention_days", "rule", "days", ("claim_after_return", 10))
    assert [one.case for one in findings(KEY, document, only_trip)] == ["trip_claimed_late"]


def test_a_form_with_neither_is_not_asked() -> None:
    assert findings(KEY, paper("general_claim", {})) == []
    assert findings(KEY, paper("travel_claim", {})) == []
    document = paper("travel_claim", {"return_date": "2026-05-12"})
    assert finding(KEY, document).evidence == {"missing": ("retention_days",)}
