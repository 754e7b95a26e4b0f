"""C01: the budget lines that a document charges, and those above them."""

import uuid
from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, said

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.policy.facts.budget import BudgetCheck, CoveringLine
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.scenario_library.check import core_package

KEY = "budget_available"
CLAIM = paper("general_claim", {"lines": [{"amount": 600_00}, {"amount": 50_00}]})


def line(outcome: Outcome, *, available_fen: int = 500_00, path: str = "") -> CoveringLine:
    return CoveringLine(
        uuid.UUID(int=9),
        "外科办公费",
        path,
        BudgetFigures(1000_00, 200_00, 300_00, 250_00, 150_00),
        available_fen,
        600_00,
        outcome,
    )


def figures(available_fen: int, over_fen: int) -> dict[str, Any]:
    return {
        "line": "外科办公费",
        "approved_fen": 1000_00,
        "adjusted_fen": 200_00,
        "frozen_fen": 300_00,
        "occupied_fen": 250_00,
        "executed_fen": 150_00,
        "available_fen": available_fen,
        "requested_fen": 600_00,
        "over_fen": over_fen,
    }


def test_lines_with_enough_left_pass() -> None:
    assert findings(KEY, CLAIM, BudgetCheck((line(Outcome.ALLOWED),))) == []


@pytest.mark.parametrize(
    ("outcome", "case", "severity"),
    [
        (Outcome.REFUSED, "exceeded", Severity.BLOCK),
        (Outcome.NEEDS_EXTRA_APPROVER, "over_approver", Severity.REQUIRE_EXTRA_APPROVER),
        (Outcome.NEEDS_REASON, "over_reason", Severity.REQUIRE_REASON),
        (Outcome.WARNED, "over_warned", Severity.WARN),
    ],
)
def test_each_verdict_is_told_with_all_five_figures(
    outcome: Outcome, case: str, severity: Severity
) -> None:
    found = finding(KEY, CLAIM, BudgetCheck((line(outcome, path="values.lines.0"),)))
    assert said(found) == (case, "values.lines.0", severity)
    assert found.evidence == figures(500_00, 100_00)


@pytest.mark.parametrize(
    ("available_fen", "case", "over_fen"),
    [(600_00, "not_open", 0), (700_00, "not_open", 0), (599_99, "exceeded", 1)],
)
def test_a_refusal_of_what_would_fit_is_a_closed_line(
    available_fen: int, case: str, over_fen: int
) -> None:
    known = BudgetCheck((line(Outcome.REFUSED, available_fen=available_fen),))
    found = finding(KEY, CLAIM, known)
    assert said(found) == (case, "", Severity.BLOCK)
    assert found.evidence == figures(available_fen, over_fen)


def test_a_row_that_no_line_covers_blocks() -> None:
    found = findings(KEY, CLAIM, BudgetCheck((), ("values.lines.1", "values.elsewhere")))
    assert [said(one) for one in found] == [
        ("no_line", "values.lines.1", Severity.BLOCK),
        ("no_line", "values.elsewhere", Severity.BLOCK),
    ]
    assert [one.evidence for one in found] == [{"amount_fen": 50_00}, {"amount_fen": None}]


def test_every_covering_line_is_told() -> None:
    known = BudgetCheck((line(Outcome.REFUSED), line(Outcome.WARNED), line(Outcome.ALLOWED)))
    assert [one.case for one in findings(KEY, CLAIM, known)] == ["exceeded", "over_warned"]


def test_a_document_that_charges_nothing_is_not_asked() -> None:
    assert findings(KEY, paper("overtime", {})) == []
    assert finding(KEY, CLAIM).evidence == {"missing": ("BudgetCheck",)}


def test_every_scenario_that_asks_for_budget_names_a_line_to_ask() -> None:
    asking = [
        scenario
        for scenario in core_package().scenarios.values()
        if any(use.code == "C01" for use in scenario.controls)
    ]
    assert len(asking) > 30
    for scenario in asking:
        charge = scenario.budget.charge
        assert charge is not None, scenario.code
        assert charge.line, scenario.code
