"""C07: receipts of an earlier year."""

from datetime import date

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said, source, table

from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_cross_year"
GRACE = table("retention_days", "rule", "days", ("receipt_cross_year_grace", 31))


@pytest.mark.parametrize(
    ("issued_on", "claimed_on"),
    [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2025, 12, 31), date(2026, 1, 31)),
        (date(2025, 1, 1), date(2026, 1, 31)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (None, date(2026, 12, 31)),
    ],
)
def test_this_year_and_the_days_of_grace_pass(issued_on: date | None, claimed_on: date) -> None:
    document = paper("general_claim", {}, receipts=[receipt(issued_on=issued_on)], on=claimed_on)
    assert findings(KEY, document, GRACE) == []


def test_the_day_after_the_grace_is_late() -> None:
    document = paper(
        "general_claim", {}, receipts=[receipt(issued_on=date(2025, 3, 4))], on=date(2026, 2, 1)
    )
    found = finding(KEY, document, GRACE)
    assert said(found) == ("late", "values.lines.0", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "number": "26312000000000000001",
        "issued_on": "2025-03-04",
        "until_on": "2026-01-31",
        "claimed_on": "2026-02-01",
        "total_fen": 100_00,
        **source("retention_days"),
    }


def test_a_receipt_without_a_date_does_not_hide_the_next() -> None:
    receipts = [receipt(issued_on=None), receipt(at=2, issued_on=date(2024, 1, 1))]
    document = paper("general_claim", {}, receipts=receipts)
    assert [one.evidence["until_on"] for one in findings(KEY, document, GRACE)] == ["2025-01-31"]


def test_without_a_rule_nothing_is_late() -> None:
    other = table("retention_days", "rule", "days", ("receipt_age", 1))
    document = paper("general_claim", {}, receipts=[receipt(issued_on=date(2020, 1, 1))])
    assert findings(KEY, document, other) == []
    assert finding(KEY, document).evidence == {"missing": ("retention_days",)}
    assert findings(KEY, paper("general_claim", {})) == []
