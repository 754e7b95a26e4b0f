"""C10: what is printed agrees with itself, and what is claimed with what is printed."""

from typing import Any

import pytest
from tests.policy.filled import findings, paper, receipt, said

from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_arithmetic"


def with_faults(*faults: str) -> list[Finding]:
    return findings(KEY, paper("general_claim", {}, receipts=[receipt(faults=faults)]))


def test_a_receipt_without_a_contradiction_passes() -> None:
    assert with_faults() == []


@pytest.mark.parametrize(
    ("fault", "case"),
    [
        ("ARITHMETIC", "net_and_tax"),
        ("LINES", "lines"),
        ("WORDS", "words"),
        ("RATE", "tax_rate"),
        ("QR", "code_on_paper"),
        ("arithmetic", "net_and_tax"),
    ],
)
def test_a_contradiction_blocks(fault: str, case: str) -> None:
    (found,) = with_faults(fault)
    assert said(found) == (case, "values.lines.0", Severity.BLOCK)
    assert found.evidence == {"number": "26312000000000000001", "total_fen": 100_00}


@pytest.mark.parametrize(
    ("fault", "case"),
    [("NUMBER_GRAMMAR", "number"), ("YEAR_IN_NUMBER", "number"), ("TAX_ID", "tax_id")],
)
def test_what_readers_often_get_wrong_warns(fault: str, case: str) -> None:
    (found,) = with_faults(fault)
    assert said(found) == (case, "values.lines.0", Severity.WARN)
    assert found.evidence == {"number": "26312000000000000001", "total_fen": 100_00}


@pytest.mark.parametrize("fault", ["SECOND_READER", "BUYER_IS_US", "DATE_PLAUSIBLE", "FILE"])
def test_what_is_no_contradiction_of_the_paper_is_left_to_others(fault: str) -> None:
    assert with_faults(fault) == []


def test_every_contradiction_is_told_once() -> None:
    found = with_faults("WORDS", "ARITHMETIC", "NUMBER_GRAMMAR", "YEAR_IN_NUMBER")
    assert [one.case for one in found] == ["net_and_tax", "words", "number"]


def claiming(amount_fen: int, totals: list[int | None], listed: int | None = None) -> list[Finding]:
    receipts = [receipt(str(at), at=at, total_fen=total) for at, total in enumerate(totals)]
    ids = [str(one.id) for one in receipts] + ["elsewhere"] * (listed or 0)
    row: dict[str, Any] = {"amount": amount_fen, "receipts": ids}
    values = {"lines": [{"amount": 1, "receipts": []}, row]}
    return findings(KEY, paper("general_claim", values, receipts=receipts))


def test_a_row_may_claim_all_its_receipts_are_worth() -> None:
    assert claiming(150_00, [100_00, 50_00]) == []


def test_a_row_that_claims_a_fen_more_is_told_the_difference() -> None:
    (found,) = claiming(150_01, [100_00, 50_00])
    assert said(found) == ("above_receipts", "values.lines.1", Severity.WARN)
    assert found.evidence == {
        "claimed_fen": 150_01,
        "receipts_fen": 150_00,
        "over_fen": 1,
        "receipts": 2,
    }


def test_a_row_whose_receipts_are_not_all_read_is_not_compared() -> None:
    assert claiming(900_00, [100_00, None]) == []
    assert claiming(900_00, [100_00], listed=1) == []


def test_a_row_without_an_amount_yet_is_not_compared() -> None:
    one = receipt()
    values = {"lines": [{"receipts": [str(one.id)]}]}
    assert findings(KEY, paper("general_claim", values, receipts=[one])) == []


def test_a_medical_bill_is_compared_with_what_was_paid_not_with_the_share_claimed() -> None:
    one = receipt(kind="medical_e", total_fen=100_00)
    row = {"receipts": [str(one.id)], "total": 100_00, "amount": 80_00}
    assert findings(KEY, paper("medical_claim", {"bills": [row]}, receipts=[one])) == []
    row["total"] = 120_00
    (found,) = findings(KEY, paper("medical_claim", {"bills": [row]}, receipts=[one]))
    assert found.evidence["over_fen"] == 20_00


def test_without_receipts_there_is_nothing_to_add_up() -> None:
    values = {"lines": [{"amount": 5_00, "receipts": []}]}
    assert findings(KEY, paper("general_claim", values)) == []
