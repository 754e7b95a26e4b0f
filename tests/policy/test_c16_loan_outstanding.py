"""C16: no new loan before the last one is settled."""

import uuid
from datetime import date

from tests.policy.filled import finding, findings, paper, said

from mobile_hrp.domain.policy.facts.loans import OpenLoan, OpenLoans
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "loan_outstanding"
REQUEST = paper("loan_request", {"amount": 500_00}, number=100)


def loan(at: int, due_on: date) -> OpenLoan:
    return OpenLoan(uuid.UUID(int=at), f"JK-{at}", 300_00, due_on)


def test_without_a_loan_one_may_be_asked_for() -> None:
    assert findings(KEY, REQUEST, OpenLoans(())) == []


def test_the_loan_being_altered_is_not_its_own_obstacle() -> None:
    assert findings(KEY, REQUEST, OpenLoans((loan(100, date(2020, 1, 1)),))) == []


def test_an_open_loan_blocks_even_on_the_day_it_is_due() -> None:
    found = finding(KEY, REQUEST, OpenLoans((loan(8, date(2026, 5, 20)),)))
    assert said(found) == ("outstanding", "", Severity.BLOCK)
    assert found.evidence == {
        "number": "JK-8",
        "outstanding_fen": 300_00,
        "due_on": "2026-05-20",
    }


def test_the_day_after_it_is_overdue() -> None:
    found = findings(
        KEY,
        REQUEST,
        OpenLoans((loan(100, date(2026, 5, 1)), loan(8, date(2026, 5, 19)))),
    )
    assert [said(one) for one in found] == [("overdue", "", Severity.BLOCK)]
    assert found[0].evidence == {
        "number": "JK-8",
        "outstanding_fen": 300_00,
        "due_on": "2026-05-19",
        "overdue_days": 1,
    }


def test_every_open_loan_is_told() -> None:
    known = OpenLoans((loan(8, date(2026, 5, 1)), loan(9, date(2026, 6, 1))))
    assert [one.case for one in findings(KEY, REQUEST, known)] == ["overdue", "outstanding"]


def test_unknown_loans_are_not_taken_for_none() -> None:
    assert finding(KEY, REQUEST).evidence == {"missing": ("OpenLoans",)}
