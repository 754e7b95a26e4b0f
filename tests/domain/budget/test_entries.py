"""What each movement writes, entry by entry: who was charged, which hold, which month."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
from tests.domain.budget.ledger_case import (
    CLAIM,
    DAY,
    HOSPITAL,
    OFFICE,
    OTHER,
    REQUEST,
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
from mobile_hrp.domain.budget.movements import (
    Adjust,
    Appropriate,
    Charge,
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
from mobile_hrp.domain.budget.snapshot import MonthFigures
from mobile_hrp.domain.budget.terms import (
    Account,
    CheckWindow,
    HoldEnd,
    HoldState,
    MovementKind,
)
from mobile_hrp.domain.refusal import Refusal

Row = tuple[str, int, int, int | None, str, str, int, int]
PATH = (TRAVEL, SURGERY, HOSPITAL)
FIRST_HOLD = 10_000


def rows(case: Case, movement: Movement, on: date = DAY) -> list[Row]:
    """The entries of one movement as plain rows; ids as their small numbers."""
    return [
        (
            entry.kind.value,
            entry.line_id.int,
            entry.charged_line_id.int,
            entry.hold_id.int if entry.hold_id else None,
            entry.source.value,
            entry.target.value,
            entry.amount_fen,
            entry.month,
        )
        for entry in case.do(movement, on).entries
    ]


def over(
    path: tuple[uuid.UUID, ...],
    kind: MovementKind,
    accounts: tuple[Account, Account],
    amount_fen: int,
    *,
    hold: int | None = None,
    month: int = 202603,
) -> list[Row]:
    """The same entry on a line and on each line above it."""
    source, target = accounts
    return [
        (*(kind.value, each.int, path[0].int, hold), source.value, target.value, amount_fen, month)
        for each in path
    ]


FROZEN = (Account.AVAILABLE, Account.FROZEN)
OCCUPIED = (Account.AVAILABLE, Account.OCCUPIED)
RAISED = (Account.ADJUSTED, Account.AVAILABLE)
CUT = (Account.AVAILABLE, Account.ADJUSTED)


def test_freezing_and_occupying_charge_the_line_and_all_above_it() -> None:
    case = Case(three_levels())

    frozen = rows(case, Freeze(REQUEST, (charge(TRAVEL, 70),)))
    occupied = rows(case, Occupy(CLAIM, (charge(OFFICE, 30),)))

    assert frozen == over(PATH, MovementKind.FREEZE, FROZEN, 70, hold=FIRST_HOLD)
    office = (OFFICE, SURGERY, HOSPITAL)
    assert occupied == over(office, MovementKind.OCCUPY, OCCUPIED, 30, hold=FIRST_HOLD + 1)


def test_converting_moves_the_freeze_in_its_own_month_and_takes_the_rest_anew() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 70),)), date(2026, 2, 3))
    line_of_claim = number(77)
    asked = Charge(TRAVEL, 100, "lines.0.amount", line_of_claim)

    written = rows(case, Convert(CLAIM, (asked,), tuple(case.holds_of(REQUEST))))

    kind = MovementKind.CONVERT
    between = (Account.FROZEN, Account.OCCUPIED)
    assert written == [
        *over(PATH, kind, between, 70, hold=FIRST_HOLD + 1, month=202602),
        *over(PATH, MovementKind.OCCUPY, OCCUPIED, 30, hold=FIRST_HOLD + 2),
    ]
    converted, fresh = (case.book.holds[key] for key in case.holds_of(CLAIM))
    assert (converted.source_hold_id, converted.document_line_id) == (
        number(FIRST_HOLD),
        line_of_claim,
    )
    assert (converted.month, fresh.month) == (202602, 202603)
    assert (fresh.source_hold_id, fresh.document_line_id) == (None, line_of_claim)
    (request,) = (case.book.holds[key] for key in case.holds_of(REQUEST))
    assert (request.state, request.end, request.left_fen) == (
        *(HoldState.ENDED, HoldEnd.CONVERTED),
        0,
    )


def test_executing_reversing_and_releasing_keep_the_month_of_the_hold() -> None:
    case = Case(three_levels())
    case.do(Occupy(CLAIM, (charge(TRAVEL, 100),)), date(2026, 2, 3))
    hold = number(FIRST_HOLD)

    executed = rows(case, Execute(CLAIM, (Take(hold, 60),)))
    back = rows(case, Reverse(CLAIM, (Take(hold, 25),)))
    released = rows(case, Release(CLAIM))

    about = {"hold": FIRST_HOLD, "month": 202602}
    assert executed == over(
        PATH, MovementKind.EXECUTE, (Account.OCCUPIED, Account.EXECUTED), 60, **about
    )
    assert back == over(
        PATH, MovementKind.REVERSE, (Account.EXECUTED, Account.AVAILABLE), 25, **about
    )
    assert released == over(
        PATH, MovementKind.RELEASE, (Account.OCCUPIED, Account.AVAILABLE), 40, **about
    )
    ended = case.book.holds[hold]
    assert (ended.executed_fen, ended.left_fen, ended.end) == (35, 0, HoldEnd.RELEASED)


def test_a_lapse_is_written_as_one() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 100),)))

    lapsed = rows(case, Release(REQUEST, end=HoldEnd.LAPSED))

    accounts = (Account.FROZEN, Account.AVAILABLE)
    assert lapsed == over(PATH, MovementKind.LAPSE, accounts, 100, hold=FIRST_HOLD)


def test_a_rejected_claim_restores_the_freeze_of_its_request() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 70),)), date(2026, 2, 3))
    case.do(Convert(CLAIM, (charge(TRAVEL, 70),), tuple(case.holds_of(REQUEST))))

    restored = rows(case, Release(CLAIM, restore_to=frozenset({REQUEST})))

    accounts = (Account.OCCUPIED, Account.FROZEN)
    assert restored == over(
        PATH, MovementKind.RESTORE, accounts, 70, hold=FIRST_HOLD + 2, month=202602
    )
    given_back = case.book.holds[number(FIRST_HOLD + 1)]
    assert (given_back.state, given_back.end) == (HoldState.ENDED, HoldEnd.RELEASED)
    again = case.book.holds[number(FIRST_HOLD + 2)]
    assert (again.document_id, again.state, again.source_hold_id) == (
        *(REQUEST, HoldState.FROZEN),
        number(FIRST_HOLD + 1),
    )


def test_an_approval_is_the_lines_own_and_may_later_say_less() -> None:
    case = Case(three_levels())

    more = rows(case, Appropriate(TRAVEL, 500))
    less = rows(case, Appropriate(TRAVEL, -1_500))

    given = (Account.APPROVED, Account.AVAILABLE)
    taken = (Account.AVAILABLE, Account.APPROVED)
    assert more == over((TRAVEL,), MovementKind.APPROPRIATE, given, 500)
    assert less == over((TRAVEL,), MovementKind.APPROPRIATE, taken, 1_500)
    assert case.figures(TRAVEL).approved_fen == 49_000
    assert case.five(SURGERY) == (60_000, 0, 0, 0, 60_000)


def test_a_supplement_and_a_cut_reach_every_line_above() -> None:
    case = Case(three_levels())

    assert rows(case, Adjust(TRAVEL, 500)) == over(PATH, MovementKind.ADJUST, RAISED, 500)
    assert rows(case, Adjust(TRAVEL, -1)) == over(PATH, MovementKind.ADJUST, CUT, 1)


def test_a_transfer_changes_the_lines_that_are_not_above_both() -> None:
    case = Case(three_levels())

    written = rows(case, Transfer(TRAVEL, OTHER, 200))

    assert written == [
        *over((TRAVEL, SURGERY), MovementKind.TRANSFER, CUT, 200),
        *over((OTHER,), MovementKind.TRANSFER, RAISED, 200),
    ]


def phased(approved_fen: int = 1_200, **changes: object) -> Case:
    months = {202600 + month: MonthFigures(planned_fen=100) for month in range(1, 13)}
    plain = line(TRAVEL, approved_fen, window=CheckWindow.PTD, months=months)
    return Case(book(replace(plain, **changes)))  # type: ignore[arg-type]  # real fields


def planned(case: Case) -> list[int]:
    return [figures.planned_fen for _, figures in sorted(case.book.lines[TRAVEL].months.items())]


def test_a_preview_asks_the_month_and_leaves_out_what_a_request_holds() -> None:
    case = phased()
    case.do(Freeze(REQUEST, (charge(TRAVEL, 60),)))
    holds = tuple(case.holds_of(REQUEST))

    (verdict,) = preview_charge(case.book, Convert(CLAIM, (charge(TRAVEL, 90),), holds), on=DAY)
    (april,) = preview_charge(case.book, Occupy(CLAIM, (charge(TRAVEL, 90),)), on=date(2026, 4, 1))

    assert (verdict.available_fen, verdict.requested_fen) == (40, 30)
    assert (april.available_fen, april.requested_fen) == (100, 90)


def test_a_later_approval_of_a_phased_line_follows_its_plan() -> None:
    months = {202601: MonthFigures(300), 202602: MonthFigures(100), 202603: MonthFigures(0, 50)}
    case = phased(400, first_day=date(2026, 1, 1), last_day=date(2026, 3, 31), months=months)

    case.do(Appropriate(TRAVEL, 200))
    assert planned(case) == [450, 150, 0]
    case.do(Appropriate(TRAVEL, -100), date(2026, 1, 31))
    assert planned(case) == [375, 125, 0]
    assert case.figures(TRAVEL).approved_fen == 500
    assert case.book.lines[TRAVEL].months[202603] == MonthFigures(0, 50)


def test_an_approval_gives_a_month_without_a_plan_nothing() -> None:
    months = {202601: MonthFigures(3), 202602: MonthFigures(-9), 202603: MonthFigures(1)}
    case = phased(400, first_day=date(2026, 1, 1), last_day=date(2026, 3, 31), months=months)

    case.do(Appropriate(TRAVEL, 4_000))

    assert planned(case) == [3_003, -9, 1_001]


def test_an_approval_can_be_taken_back_whole_but_not_what_was_adjusted() -> None:
    case = Case(three_levels())
    case.do(Adjust(TRAVEL, 100))
    with pytest.raises(Refusal, match="BUDGET_CUT_EXCEEDS_AVAILABLE"):
        case.do(Appropriate(TRAVEL, -50_001))
    case.do(Appropriate(TRAVEL, -50_000))

    assert case.five(TRAVEL) == (100, 0, 0, 0, 100)


def test_the_first_approval_of_a_phased_line_is_spread_evenly_over_its_months() -> None:
    case = phased(0, months={}, first_day=date(2026, 11, 1), last_day=date(2027, 2, 28))

    case.do(Appropriate(TRAVEL, 1_003), date(2026, 11, 5))

    assert sorted(case.book.lines[TRAVEL].months) == [202611, 202612, 202701, 202702]
    assert planned(case) == [251, 251, 251, 250]


def test_an_adjustment_of_a_phased_line_is_planned_in_its_month() -> None:
    case = phased()

    case.do(Adjust(TRAVEL, 40))
    case.do(Adjust(TRAVEL, -15))

    assert planned(case) == [100, 100, 125, *[100] * 9]


def test_a_charge_of_a_phased_line_is_used_in_its_month() -> None:
    case = phased()

    case.do(Freeze(REQUEST, (charge(TRAVEL, 70),)))
    case.do(Execute(REQUEST, (Take(number(FIRST_HOLD), 30),)))
    case.do(Release(REQUEST), date(2026, 4, 2))

    assert case.book.lines[TRAVEL].months[202603] == MonthFigures(100, 30)
    assert case.book.lines[TRAVEL].months[202604] == MonthFigures(100, 0)
