"""What a refusal says: the field it is about and the figures that decided."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.domain.budget.ledger_case import (
    CLAIM,
    HOSPITAL,
    OFFICE,
    OTHER,
    REQUEST,
    SECOND_CLAIM,
    SURGERY,
    TRAVEL,
    Case,
    book,
    charge,
    line,
    number,
    three_levels,
)

from mobile_hrp.domain.budget.matching import LineDimensions, Spending, covering_line
from mobile_hrp.domain.budget.movements import (
    Adjust,
    Appropriate,
    Convert,
    Execute,
    Freeze,
    Movement,
    Occupy,
    Release,
    Reverse,
    Take,
    Transfer,
)
from mobile_hrp.domain.budget.snapshot import Book
from mobile_hrp.domain.budget.terms import CarryRule, ControlMode, OverCondition
from mobile_hrp.domain.budget.year_end import ClosingLine, decide_year_end
from mobile_hrp.domain.refusal import Refusal

HOLD = number(10_000)
TRAVEL_NAME, TRAVEL_ID = "line 3", str(TRAVEL)
CLOSED_PARAMS = {
    "line": TRAVEL_NAME,
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
}


def changed(key: Any, **changes: Any) -> Book:
    lines = three_levels().lines
    return Book(lines={**lines, key: replace(lines[key], **changes)})


def held() -> Case:
    """Travel with 10.00 occupied by a claim, 4.00 of it executed."""
    case = Case(three_levels())
    case.do(Occupy(CLAIM, (charge(TRAVEL, 1_000),)))
    case.do(Execute(CLAIM, (Take(HOLD, 400),)))
    return case


PLAIN = three_levels
CAMPUS = number(500)
CASES: list[tuple[Callable[[], Book | Case], Movement, str, str, dict[str, str]]] = [
    (PLAIN, Freeze(CLAIM, ()), "NO_COVERING_LINE", "", {"line_id": ""}),
    (
        PLAIN,
        Freeze(CLAIM, (charge(None, 1, "lines.3"),)),
        *("NO_COVERING_LINE", "lines.3", {"line_id": ""}),
    ),
    (
        PLAIN,
        Occupy(CLAIM, (charge(number(99), 1, "lines.3"),)),
        *("NO_COVERING_LINE", "lines.3", {"line_id": str(number(99))}),
    ),
    (
        PLAIN,
        Freeze(CLAIM, (charge(TRAVEL, -150),)),
        *("AMOUNT_NOT_POSITIVE", "lines.0.amount", {"amount": "-1.50"}),
    ),
    (
        PLAIN,
        Freeze(CLAIM, (charge(TRAVEL, 10**13 + 1),)),
        *("MONEY_TOO_LARGE", "lines.0.amount", {"maximum": "100000000000.00"}),
    ),
    (
        lambda: changed(TRAVEL, closed=True),
        Freeze(CLAIM, (charge(TRAVEL, 1),)),
        *("PERIOD_CLOSED", "lines.0.amount", CLOSED_PARAMS),
    ),
    (
        lambda: changed(TRAVEL, first_day=date(2026, 3, 11)),
        Freeze(CLAIM, (charge(TRAVEL, 1),)),
        *("PERIOD_CLOSED", "lines.0.amount", {**CLOSED_PARAMS, "first_day": "2026-03-11"}),
    ),
    (
        lambda: changed(TRAVEL, last_day=date(2026, 3, 9)),
        Freeze(CLAIM, (charge(TRAVEL, 1),)),
        *("PERIOD_CLOSED", "lines.0.amount", {**CLOSED_PARAMS, "last_day": "2026-03-09"}),
    ),
    (
        lambda: changed(TRAVEL, campus_id=CAMPUS),
        Freeze(CLAIM, (charge(TRAVEL, 1),), campus_id=number(501)),
        *("LINE_OF_OTHER_CAMPUS", "lines.0.amount", {"line": TRAVEL_NAME}),
    ),
    (
        lambda: changed(HOSPITAL, parent_id=TRAVEL),
        Freeze(CLAIM, (charge(TRAVEL, 1),)),
        *("BUDGET_TREE_CIRCULAR", "", {"line": TRAVEL_NAME, "line_id": TRAVEL_ID}),
    ),
    (
        PLAIN,
        Freeze(CLAIM, (charge(TRAVEL, 50_001, "lines.7"),)),
        "BUDGET_EXCEEDED",
        "lines.7",
        {
            "line": TRAVEL_NAME,
            "line_id": TRAVEL_ID,
            "available": "500.00",
            "requested": "500.01",
        },
    ),
    (
        lambda: changed(TRAVEL, mode=ControlMode.ELASTIC, over_rate_bp=1_000),
        Freeze(CLAIM, (charge(TRAVEL, 50_001),), reason=" \t"),
        "BUDGET_REASON_REQUIRED",
        "lines.0.amount",
        {
            "line": TRAVEL_NAME,
            "line_id": TRAVEL_ID,
            "available": "500.00",
            "requested": "500.01",
        },
    ),
    (PLAIN, Execute(CLAIM), "NOTHING_HELD", "", {"document_id": str(CLAIM)}),
    (PLAIN, Release(CLAIM), "NOTHING_HELD", "", {"document_id": str(CLAIM)}),
    (PLAIN, Reverse(CLAIM), "NOTHING_HELD", "", {"document_id": str(CLAIM)}),
    (
        held,
        Execute(CLAIM, (Take(HOLD, 601),)),
        *("HOLD_NOT_ENOUGH", ""),
        {"hold_id": str(HOLD), "left": "6.00", "requested": "6.01"},
    ),
    (
        held,
        Release(CLAIM, (Take(HOLD, 500), Take(HOLD, 101))),
        *("HOLD_NOT_ENOUGH", ""),
        {"hold_id": str(HOLD), "left": "1.00", "requested": "1.01"},
    ),
    (
        held,
        Reverse(CLAIM, (Take(HOLD, 401),)),
        *("HOLD_NOT_ENOUGH", ""),
        {"hold_id": str(HOLD), "left": "4.00", "requested": "4.01"},
    ),
    (
        held,
        Execute(SECOND_CLAIM, (Take(HOLD, 1),)),
        *("HOLD_OF_OTHER_DOCUMENT", "", {"hold_id": str(HOLD)}),
    ),
    (
        held,
        Execute(CLAIM, (Take(number(8), 1),)),
        *("HOLD_OF_OTHER_DOCUMENT", "", {"hold_id": str(number(8))}),
    ),
    (
        held,
        Execute(CLAIM, (Take(HOLD, 0),)),
        *("AMOUNT_NOT_POSITIVE", "amount", {"amount": "0.00"}),
    ),
    (
        PLAIN,
        Appropriate(TRAVEL, 0),
        *("AMOUNT_NOT_POSITIVE", "amount", {"amount": "0.00"}),
    ),
    (
        PLAIN,
        Appropriate(TRAVEL, -50_001),
        "BUDGET_CUT_EXCEEDS_AVAILABLE",
        "",
        {
            "line": TRAVEL_NAME,
            "line_id": TRAVEL_ID,
            "available": "500.00",
            "requested": "500.01",
        },
    ),
    (
        held,
        Appropriate(TRAVEL, -49_001),
        "BUDGET_CUT_EXCEEDS_AVAILABLE",
        "",
        {
            "line": TRAVEL_NAME,
            "line_id": TRAVEL_ID,
            "available": "490.00",
            "requested": "490.01",
        },
    ),
    (
        lambda: changed(TRAVEL, mode=ControlMode.WARN, figures=line(TRAVEL, 300).figures),
        Adjust(TRAVEL, -301),
        "BUDGET_CUT_EXCEEDS_AVAILABLE",
        "",
        {"line": TRAVEL_NAME, "line_id": TRAVEL_ID, "available": "3.00", "requested": "3.01"},
    ),
    (PLAIN, Adjust(TRAVEL, 0), "AMOUNT_NOT_POSITIVE", "amount", {"amount": "0.00"}),
    (PLAIN, Transfer(TRAVEL, OTHER, 0), "AMOUNT_NOT_POSITIVE", "amount", {"amount": "0.00"}),
    (
        PLAIN,
        Transfer(TRAVEL, SURGERY, 1),
        *("BUDGET_TRANSFER_SAME_BRANCH", "", {"line": TRAVEL_NAME, "to_line": "line 2"}),
    ),
    (
        PLAIN,
        Transfer(SURGERY, TRAVEL, 1),
        *("BUDGET_TRANSFER_SAME_BRANCH", "", {"line": "line 2", "to_line": TRAVEL_NAME}),
    ),
    (
        lambda: changed(OTHER, fund_source_id=None),
        Transfer(TRAVEL, OTHER, 1),
        *("BUDGET_TRANSFER_FUND_SOURCE", "", {"line": TRAVEL_NAME, "to_line": "line 5"}),
    ),
]


@pytest.mark.parametrize(("start", "movement", "code", "path", "params"), CASES)
def test_a_refusal_names_its_field_and_the_figures_that_decided(
    start: Callable[[], Book | Case],
    movement: Movement,
    code: str,
    path: str,
    params: dict[str, str],
) -> None:
    opened = start()
    case = opened if isinstance(opened, Case) else Case(opened)
    before = case.book
    with pytest.raises(Refusal) as refused:
        case.do(movement)
    (detail,) = refused.value.details
    assert (detail.code, detail.path, dict(detail.params)) == (code, path, params)
    assert case.book is before


def test_every_line_that_refuses_is_named_with_the_first_field_that_led_to_it() -> None:
    case = Case(three_levels())
    charges = (charge(TRAVEL, 50_001, "lines.0"), charge(OFFICE, 30_001, "lines.1"))

    with pytest.raises(Refusal) as refused:
        case.do(Freeze(CLAIM, charges))

    assert [(detail.path, detail.params["line"]) for detail in refused.value.details] == [
        ("lines.0", "line 2"),
        ("lines.0", "line 3"),
        ("lines.1", "line 4"),
    ]


def test_an_extra_approver_is_asked_for_and_not_a_reason() -> None:
    start = changed(
        TRAVEL,
        mode=ControlMode.ELASTIC,
        over_rate_bp=1_000,
        over_condition=OverCondition.EXTRA_APPROVER,
    )
    case = Case(start)

    decision = case.do(Freeze(CLAIM, (charge(TRAVEL, 55_000),)))

    assert decision.outcome.value == "needs_extra_approver"
    with pytest.raises(Refusal, match="BUDGET_EXCEEDED"):
        case.do(Freeze(SECOND_CLAIM, (charge(TRAVEL, 1),)))


def test_a_converted_charge_refuses_by_what_exceeds_the_request() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 50_000),)))

    with pytest.raises(Refusal) as refused:
        case.do(Convert(CLAIM, (charge(TRAVEL, 50_001),), tuple(case.holds_of(REQUEST))))

    (detail,) = refused.value.details
    assert detail.params["requested"] == "0.01"


def test_where_nothing_fits_or_two_fit_alike_the_field_is_named() -> None:
    spending = Spending((number(1),), number(2), "travel")
    lines = [LineDimensions(number(key), f"line {key}", 1) for key in (5, 6)]

    with pytest.raises(Refusal) as nothing:
        covering_line([], spending, path="lines.4")
    with pytest.raises(Refusal) as ambiguous:
        covering_line(lines, spending, path="lines.4")
    with pytest.raises(Refusal) as anywhere:
        covering_line([], spending)

    (detail,) = nothing.value.details
    assert (detail.code, detail.path, dict(detail.params)) == (
        *("NO_COVERING_LINE", "lines.4"),
        {"line_id": ""},
    )
    (detail,) = ambiguous.value.details
    assert (detail.code, detail.path, dict(detail.params)) == (
        *("BUDGET_LINE_AMBIGUOUS", "lines.4"),
        {"line": "line 6", "other": "line 5"},
    )
    assert anywhere.value.details[0].path == ""


def test_a_year_end_without_a_line_to_carry_to_names_the_line() -> None:
    old = book(line(TRAVEL, 100))
    for next_line in (None, number(77)):
        closing = [ClosingLine(TRAVEL, CarryRule.CARRY, next_line)]
        with pytest.raises(Refusal) as refused:
            decide_year_end(old, closing, ids=iter(()))
        (detail,) = refused.value.details
        assert (detail.code, detail.path, dict(detail.params)) == (
            *("BUDGET_YEAR_END_LINE_MISSING", ""),
            {"line": TRAVEL_NAME, "line_id": TRAVEL_ID},
        )
