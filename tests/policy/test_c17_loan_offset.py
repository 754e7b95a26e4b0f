"""C17: claims settle the loan they were paid from."""

import uuid
from datetime import date

import pytest
from tests.policy.filled import finding, findings, paper, said

from mobile_hrp.domain.policy.facts.loans import OpenLoan, OpenLoans
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "loan_offset"
LOAN = OpenLoan(uuid.UUID(int=8), "JK-8", 300_00, date(2026, 6, 1))
ONE, NONE = OpenLoans((LOAN,)), OpenLoans(())


@pytest.mark.parametrize("scenario", ["general_claim", "travel_claim", "vehicle_claim"])
def test_a_claim_beside_an_open_loan_is_reminded_of_it(scenario: str) -> None:
    assert findings(KEY, paper(scenario, {}), NONE) == []
    found = finding(KEY, paper(scenario, {}), ONE)
    assert said(found) == ("not_offset", "", Severity.WARN)
    assert found.evidence == {
        "number": "JK-8",
        "outstanding_fen": 300_00,
        "due_on": "2026-06-01",
    }


def test_a_claim_that_offsets_one_loan_is_not_reminded_of_others() -> None:
    other = OpenLoan(uuid.UUID(int=9), "JK-9", 1, date(2026, 6, 1))
    values = {"loan_no": str(LOAN.document_id), "approved_amount": 999_00}
    assert findings(KEY, paper("general_claim", values), OpenLoans((LOAN, other))) == []


def test_a_link_to_a_loan_that_is_not_ones_own_or_not_open_is_told() -> None:
    values = {"loan_no": str(uuid.UUID(int=77))}
    found = finding(KEY, paper("general_claim", values), ONE)
    assert said(found) == ("not_open", "values.loan_no", Severity.WARN)
    assert found.evidence == {}


def test_a_repayment_may_be_all_that_is_owed_but_no_more() -> None:
    values = {"loan_no": str(LOAN.document_id), "amount": 300_00}
    assert findings(KEY, paper("loan_repay", values), ONE) == []
    values["amount"] = 300_01
    found = finding(KEY, paper("loan_repay", values), ONE)
    assert said(found) == ("above_outstanding", "values.loan_no", Severity.WARN)
    assert found.evidence == {
        "number": "JK-8",
        "amount_fen": 300_01,
        "outstanding_fen": 300_00,
        "over_fen": 1,
    }


def test_a_form_without_a_link_to_a_loan_is_not_asked() -> None:
    assert findings(KEY, paper("payment_request", {})) == []
    assert finding(KEY, paper("general_claim", {})).evidence == {"missing": ("OpenLoans",)}
