"""Whose money a charge takes, and what every hold remembers of where it came from."""

import uuid
from datetime import date

import pytest
from tests.domain.budget.ledger_case import (
    CLAIM,
    DAY,
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

from mobile_hrp.domain.budget.charging import preview_charge
from mobile_hrp.domain.budget.movements import Charge, Commit, Convert, Freeze, Occupy, Release
from mobile_hrp.domain.budget.snapshot import HoldSnapshot, MonthFigures
from mobile_hrp.domain.budget.terms import (
    Account,
    CheckWindow,
    ControlMode,
    HoldEnd,
    HoldState,
    MovementKind,
    Outcome,
)
from mobile_hrp.domain.refusal import Refusal

FORM_LINE, SECOND_FORM_LINE = number(77), number(78)
CAMPUS = number(500)


def holds_of(case: Case, document: uuid.UUID) -> list[HoldSnapshot]:
    return [hold for hold in case.book.holds.values() if hold.document_id == document]


def test_an_approval_keeps_line_month_and_form_line_of_what_it_commits() -> None:
    case = Case(three_levels())
    february = date(2026, 2, 3)
    case.do(Freeze(CLAIM, (Charge(TRAVEL, 70, "a", FORM_LINE),)), february)
    case.do(Freeze(SECOND_CLAIM, (charge(TRAVEL, 5),)))

    decision = case.do(Commit(CLAIM))

    frozen, occupied = holds_of(case, CLAIM)
    assert (frozen.state, frozen.end, frozen.left_fen) == (HoldState.ENDED, HoldEnd.CONVERTED, 0)
    assert occupied == HoldSnapshot(
        id=number(10_002),
        document_id=CLAIM,
        line_id=TRAVEL,
        state=HoldState.OCCUPIED,
        amount_fen=70,
        left_fen=70,
        month=202602,
        document_line_id=FORM_LINE,
        source_hold_id=frozen.id,
    )
    assert {(entry.kind, entry.source, entry.target) for entry in decision.entries} == {
        (MovementKind.CONVERT, Account.FROZEN, Account.OCCUPIED)
    }
    assert {entry.month for entry in decision.entries} == {202602}
    assert [hold.state for hold in holds_of(case, SECOND_CLAIM)] == [HoldState.FROZEN]
    assert case.five(TRAVEL) == (50_000, 5, 70, 0, 49_925)


def test_an_approval_commits_every_freeze_and_leaves_what_is_occupied() -> None:
    case = Case(three_levels())
    case.do(Occupy(CLAIM, (charge(TRAVEL, 7),)))
    case.do(Freeze(CLAIM, (charge(TRAVEL, 10), charge(OFFICE, 20))))

    decision = case.do(Commit(CLAIM))

    assert (case.five(TRAVEL)[1:3], case.five(OFFICE)[1:3]) == ((0, 17), (0, 20))
    assert sum(entry.amount_fen for entry in decision.entries) == 3 * 30
    assert decision.verdicts == ()


def test_an_approval_takes_nothing_on_a_closed_line() -> None:
    case = Case(three_levels())
    case.do(Freeze(CLAIM, (charge(TRAVEL, 10),)))
    lines = case.book.lines
    closed = line(SURGERY, 60_000, parent=HOSPITAL, closed=True)
    case.book = type(case.book)(lines={**lines, SURGERY: closed}, holds=case.book.holds)

    with pytest.raises(Refusal) as refused:
        case.do(Commit(CLAIM))

    (detail,) = refused.value.details
    assert (detail.code, detail.path, detail.params["line"]) == ("PERIOD_CLOSED", "", "line 2")


def test_what_a_request_froze_is_shared_out_in_order_and_the_rest_is_taken_anew() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(OFFICE, 50), charge(TRAVEL, 40), charge(TRAVEL, 30))))
    of_office, first, second = case.holds_of(REQUEST)
    asked = (
        Charge(TRAVEL, 55, "lines.0", FORM_LINE),
        Charge(TRAVEL, 25, "lines.1", SECOND_FORM_LINE),
    )

    decision = case.do(Convert(CLAIM, asked, (of_office, second, first)))

    taken = [
        (hold.source_hold_id, hold.document_line_id, hold.amount_fen, hold.left_fen)
        for hold in holds_of(case, CLAIM)
    ]
    assert taken == [
        (second, FORM_LINE, 30, 30),
        (first, FORM_LINE, 25, 25),
        (first, SECOND_FORM_LINE, 15, 15),
        (None, SECOND_FORM_LINE, 10, 10),
    ]
    left = [(hold.left_fen, hold.end) for hold in holds_of(case, REQUEST)]
    assert left == [(50, None), (0, HoldEnd.CONVERTED), (0, HoldEnd.CONVERTED)]
    assert case.five(TRAVEL) == (50_000, 0, 80, 0, 49_920)
    assert [verdict.requested_fen for verdict in decision.verdicts] == [10, 10, 10]


def test_a_fully_converted_claim_opens_nothing_anew_and_is_asked_nothing() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 50_000),)))

    decision = case.do(Convert(CLAIM, (charge(TRAVEL, 50_000),), tuple(case.holds_of(REQUEST))))

    assert len(holds_of(case, CLAIM)) == 1
    assert decision.verdicts == ()


def test_the_rest_of_a_claim_may_be_frozen_while_what_it_converts_is_occupied() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 40),)))
    holds = tuple(case.holds_of(REQUEST))

    decision = case.do(
        Convert(CLAIM, (Charge(TRAVEL, 60, "a", FORM_LINE),), holds, rest=HoldState.FROZEN)
    )

    converted, fresh = holds_of(case, CLAIM)
    assert (converted.state, fresh.state) == (HoldState.OCCUPIED, HoldState.FROZEN)
    assert (fresh.amount_fen, fresh.month, fresh.document_line_id) == (20, 202603, FORM_LINE)
    assert {entry.kind for entry in decision.entries} == {
        MovementKind.CONVERT,
        MovementKind.FREEZE,
    }


def test_a_claim_takes_over_an_occupation_without_an_entry_to_the_same_account() -> None:
    case = Case(three_levels())
    case.do(Occupy(REQUEST, (charge(TRAVEL, 40),)), date(2026, 2, 3))
    (held,) = case.holds_of(REQUEST)

    decision = case.do(Convert(CLAIM, (charge(TRAVEL, 30),), (held,)))

    (taken,) = holds_of(case, CLAIM)
    at_line = [entry for entry in decision.entries if entry.line_id == TRAVEL]
    assert [
        (entry.kind, entry.charged_line_id, entry.hold_id, entry.source, entry.target, entry.month)
        for entry in at_line
    ] == [
        (MovementKind.CONVERT, TRAVEL, held, Account.OCCUPIED, Account.AVAILABLE, 202602),
        (MovementKind.CONVERT, TRAVEL, taken.id, Account.AVAILABLE, Account.OCCUPIED, 202602),
    ]
    assert [entry.amount_fen for entry in at_line] == [30, 30]
    assert case.five(HOSPITAL) == (100_000, 0, 40, 0, 99_960)


def test_what_returns_to_a_contract_passes_through_what_is_available_too() -> None:
    case = Case(three_levels())
    case.do(Occupy(REQUEST, (charge(TRAVEL, 40),)))
    case.do(Convert(CLAIM, (charge(TRAVEL, 30),), tuple(case.holds_of(REQUEST))))
    (taken,) = case.holds_of(CLAIM)

    requests = frozenset({REQUEST})
    decision = case.do(Release(CLAIM, restore_to=requests, restore_occupied=requests))

    at_line = [entry for entry in decision.entries if entry.line_id == TRAVEL]
    assert [(entry.kind, entry.source, entry.target) for entry in at_line] == [
        (MovementKind.RESTORE, Account.OCCUPIED, Account.AVAILABLE),
        (MovementKind.RESTORE, Account.AVAILABLE, Account.OCCUPIED),
    ]
    assert [hold.left_fen for hold in holds_of(case, REQUEST)] == [10, 30]
    back = holds_of(case, REQUEST)[1]
    assert (back.source_hold_id, back.document_line_id) == (taken, None)


def test_a_preview_shows_every_line_and_refuses_what_can_never_be_charged() -> None:
    lines = three_levels()
    march = preview_charge(lines, Freeze(CLAIM, (charge(TRAVEL, 9), charge(OFFICE, 1))), on=DAY)

    assert [(each.line_id, each.requested_fen) for each in march] == [
        (HOSPITAL, 10),
        (SURGERY, 10),
        (TRAVEL, 9),
        (OFFICE, 1),
    ]
    with pytest.raises(Refusal, match="PERIOD_CLOSED"):
        preview_charge(lines, Freeze(CLAIM, (charge(TRAVEL, 9),)), on=date(2027, 1, 1))
    with pytest.raises(Refusal, match="NO_COVERING_LINE"):
        preview_charge(lines, Freeze(CLAIM, ()), on=DAY)
    with pytest.raises(Refusal, match="LINE_OF_OTHER_CAMPUS"):
        preview_charge(
            book(line(TRAVEL, 100, campus_id=CAMPUS)),
            Freeze(CLAIM, (charge(TRAVEL, 9),), campus_id=OTHER),
            on=DAY,
        )
    own = preview_charge(
        book(line(TRAVEL, 100, campus_id=CAMPUS)),
        Freeze(CLAIM, (charge(TRAVEL, 9),), campus_id=CAMPUS),
        on=DAY,
    )
    assert [each.requested_fen for each in own] == [9]


def test_a_line_that_refuses_names_the_first_field_that_leads_to_it() -> None:
    case = Case(three_levels())
    asked = (charge(OFFICE, 30_000, "lines.0"), charge(TRAVEL, 30_001, "lines.1"))

    with pytest.raises(Refusal) as refused:
        case.do(Occupy(CLAIM, asked))

    (detail,) = refused.value.details
    assert (detail.path, detail.params["line"]) == ("lines.0", "line 2")


def test_a_month_is_checked_where_the_charge_falls() -> None:
    case = Case(book(line(TRAVEL, 1_000, window=CheckWindow.PTD, mode=ControlMode.RIGID)))

    with pytest.raises(Refusal, match="BUDGET_EXCEEDED"):
        case.do(Occupy(CLAIM, (charge(TRAVEL, 1),)))
    assert case.entries == []


def test_an_elastic_line_stretches_its_month_and_no_other() -> None:
    months = {202602: MonthFigures(9_000), 202603: MonthFigures(100), 202604: MonthFigures(900)}
    elastic = line(
        TRAVEL,
        10_000,
        mode=ControlMode.ELASTIC,
        over_rate_bp=1_000,
        window=CheckWindow.PTD,
        months=months,
    )
    case = Case(book(elastic))

    with pytest.raises(Refusal, match="BUDGET_EXCEEDED"):
        case.do(Occupy(CLAIM, (charge(TRAVEL, 111),), reason="more guests"))
    with pytest.raises(Refusal, match="BUDGET_REASON_REQUIRED"):
        case.do(Occupy(CLAIM, (charge(TRAVEL, 101),)))
    decision = case.do(Occupy(CLAIM, (charge(TRAVEL, 110),), reason="more guests"))

    (verdict,) = decision.verdicts
    assert (verdict.available_fen, verdict.over_fen) == (100, 10)
    assert decision.outcome is Outcome.NEEDS_REASON
