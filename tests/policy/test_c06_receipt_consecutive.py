"""C06: runs of numbers of one seller."""

from datetime import date
from typing import Any

import pytest
from tests.policy.filled import findings, paper, receipt, said, source, table

from mobile_hrp.domain.policy.facts.receipts import EarlierReceipt, EarlierReceipts
from mobile_hrp.domain.policy.terms import Finding, ReceiptFacts
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_consecutive"
DAYS = table("retention_days", "rule", "days", ("consecutive_receipt_window", 30))
NONE_BEFORE = EarlierReceipts(())


def bill(number: str, at: int, **about: Any) -> ReceiptFacts:
    given: dict[str, Any] = {"seller_name": "示例文具店", "seller_tax_id": "91X", **about}
    return receipt(number, at=at, path=f"values.lines.{at}", **given)


def before(number: str, **about: Any) -> EarlierReceipt:
    given: dict[str, Any] = {
        "document_number": "BX-1",
        "number": number,
        "code": "",
        "issued_on": date(2026, 5, 1),
        "total_fen": 70_00,
        "seller_name": "示例文具店",
        "seller_tax_id": "91X",
        **about,
    }
    return EarlierReceipt(**given)


def judged(*bills: ReceiptFacts, earlier: EarlierReceipts = NONE_BEFORE) -> list[Finding]:
    return findings(KEY, paper("general_claim", {}, receipts=bills), earlier, DAYS)


def numbers(found: list[Finding]) -> list[object]:
    return [one.evidence["numbers"] for one in found]


def test_a_run_of_three_is_one_finding_with_its_sum() -> None:
    (found,) = judged(
        bill("1003", 1, issued_on=date(2026, 5, 9)),
        bill("1001", 2, issued_on=date(2026, 5, 8)),
        bill("1002", 3, total_fen=50_00),
        bill("1005", 4),
    )
    assert said(found) == ("consecutive", "values.lines.2", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "seller": "示例文具店",
        "numbers": ("1001", "1002", "1003"),
        "first_on": "2026-05-08",
        "last_on": "2026-05-10",
        "total_fen": 250_00,
        "documents": (),
        "days": 30,
        **source("retention_days"),
    }
    assert found.rule_version == "retention_days@1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1001", "1003"),
        ("1001", "1001"),
        ("999", "1000"),
        ("A1", "A2"),
    ],
)
def test_numbers_that_are_no_neighbours_pass(one: str, other: str) -> None:
    assert judged(bill(one, 1), bill(other, 2)) == []


@pytest.mark.parametrize(
    "about",
    [
        {"seller_tax_id": "91Y"},
        {"seller_tax_id": "", "seller_name": "别的店"},
        {"code": "0310"},
        {"issued_on": None},
        {"issued_on": date(2026, 6, 10)},
    ],
)
def test_another_seller_code_or_time_is_no_run(about: dict[str, Any]) -> None:
    assert judged(bill("1001", 1), bill("1002", 2, **about)) == []


def test_unknown_sellers_are_not_taken_for_one() -> None:
    unknown: dict[str, Any] = {"seller_name": "", "seller_tax_id": ""}
    assert judged(bill("1001", 1, **unknown), bill("1002", 2, **unknown)) == []


def test_the_name_stands_in_for_a_missing_tax_id_whatever_its_brackets() -> None:
    one = bill("1001", 1, seller_tax_id="", seller_name="示例店（东）")
    other = bill("1002", 2, seller_tax_id="", seller_name="示例店(东)")
    assert numbers(judged(one, other)) == [("1001", "1002")]


def test_the_last_day_of_the_window_still_counts() -> None:
    other = bill("1002", 2, issued_on=date(2026, 4, 10))
    assert numbers(judged(bill("1001", 1), other)) == [("1001", "1002")]
    assert judged(bill("1001", 1), bill("1002", 2, issued_on=date(2026, 4, 9))) == []


def test_two_runs_are_two_findings() -> None:
    found = judged(bill("1001", 1), bill("1002", 2), bill("2008", 3), bill("2009", 4))
    assert numbers(found) == [("1001", "1002"), ("2008", "2009")]


def test_a_run_into_ones_earlier_documents_names_them() -> None:
    earlier = EarlierReceipts((before("1000"), before("1002", document_number="BX-2")))
    (found,) = judged(bill("1001", 1), earlier=earlier)
    assert found.path == "values.lines.1"
    assert found.evidence["numbers"] == ("1000", "1001", "1002")
    assert found.evidence["documents"] == ("BX-1", "BX-2")
    assert found.evidence["total_fen"] == 240_00
    assert found.evidence["first_on"] == "2026-05-01"


def test_a_run_that_lies_wholly_before_is_not_told_again() -> None:
    earlier = EarlierReceipts((before("1000"), before("1001")))
    assert judged(bill("1003", 1), earlier=earlier) == []


def test_a_receipt_sent_again_is_not_its_own_neighbour() -> None:
    earlier = EarlierReceipts((before("1001"), before("1002")))
    (found,) = judged(bill("1001", 1), earlier=earlier)
    assert found.evidence["documents"] == ("BX-1",)
    assert found.evidence["total_fen"] == 170_00


def test_an_unknown_total_counts_as_nothing() -> None:
    (found,) = judged(bill("1001", 1, total_fen=None), bill("1002", 2))
    assert found.evidence["total_fen"] == 100_00


def test_without_a_window_nothing_is_compared() -> None:
    other = table("retention_days", "rule", "days", ("receipt_age", 180))
    document = paper("general_claim", {}, receipts=[bill("1001", 1), bill("1002", 2)])
    assert findings(KEY, document, NONE_BEFORE, other) == []


def test_a_missing_table_or_fact_is_told() -> None:
    document = paper("general_claim", {}, receipts=[bill("1001", 1)])
    (found,) = findings(KEY, document)
    assert found.evidence == {"missing": ("EarlierReceipts", "retention_days")}
    assert findings(KEY, paper("general_claim", {})) == []
