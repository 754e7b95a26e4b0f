"""The life of an amount: frozen by a request, occupied by a claim, executed, released, reversed."""

from dataclasses import replace
from datetime import date

import pytest
from tests.domain.budget.ledger_case import (
    CLAIM,
    DAY,
    FUND,
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
from mobile_hrp.domain.budget.snapshot import Book, MonthFigures
from mobile_hrp.domain.budget.terms import (
    Account,
    CheckWindow,
    ControlMode,
    HoldEnd,
    HoldState,
    MovementKind,
    Outcome,
    OverCondition,
)
from mobile_hrp.domain.money import AMOUNT_FEN_MAX
from mobile_hrp.domain.refusal import Refusal

CAMPUS = number(800)


def refusal_of(case: Case, movement: Movement, on: date = DAY) -> Refusal:
    """The refusal a movement meets; the book must not have changed."""
    before = case.book
    with pytest.raises(Refusal) as refused:
        case.do(movement, on)
    assert case.book is before
    return refused.value


def freeze(amount_fen: int, **changes: object) -> Freeze:
    movement = Freeze(REQUEST, (charge(TRAVEL, amount_fen),))
    return replace(movement, **changes)  # type: ignore[arg-type]  # a test names real fields


def occupy(amount_fen: int, **changes: object) -> Occupy:
    movement = Occupy(CLAIM, (charge(TRAVEL, amount_fen),))
    return replace(movement, **changes)  # type: ignore[arg-type]  # a test names real fields


def test_a_request_freezes_its_line_and_every_line_above() -> None:
    case = Case(three_levels())

    decision = case.do(freeze(20_000))

    assert case.five(TRAVEL) == (50_000, 20_000, 0, 0, 30_000)
    assert case.five(SURGERY) == (60_000, 20_000, 0, 0, 40_000)
    assert case.five(HOSPITAL) == (100_000, 20_000, 0, 0, 80_000)
    assert case.five(OFFICE) == (30_000, 0, 0, 0, 30_000)
    assert case.five(OTHER) == (40_000, 0, 0, 0, 40_000)
    assert [(each.line_id, each.charged_line_id) for each in decision.entries] == [
        (TRAVEL, TRAVEL),
        (SURGERY, TRAVEL),
        (HOSPITAL, TRAVEL),
    ]
    assert {(each.source, each.target) for each in decision.entries} == {
        (Account.AVAILABLE, Account.FROZEN)
    }
    assert decision.outcome is Outcome.ALLOWED


def test_the_last_fen_can_be_taken_and_one_more_cannot() -> None:
    case = Case(three_levels())
    case.do(freeze(50_000))

    assert case.five(TRAVEL) == (50_000, 50_000, 0, 0, 0)
    refusal = refusal_of(case, occupy(1))
    assert refusal.code == "BUDGET_EXCEEDED"
    assert refusal.details[0].path == "lines.0.amount"
    assert refusal.details[0].params == {
        "line": "line 3",
        "line_id": str(TRAVEL),
        "available": "0.00",
        "requested": "0.01",
    }


def test_a_line_above_refuses_what_the_charged_line_would_allow() -> None:
    case = Case(three_levels())
    case.do(Occupy(SECOND_CLAIM, (charge(OFFICE, 30_000),)))

    refusal = refusal_of(case, freeze(30_001))

    assert [detail.params["line_id"] for detail in refusal.details] == [str(SURGERY)]


def test_charges_that_fit_alone_but_not_together_are_refused_by_the_line_above() -> None:
    case = Case(three_levels())
    both = Freeze(REQUEST, (charge(TRAVEL, 40_000, "lines.0"), charge(OFFICE, 25_000, "lines.1")))

    refusal = refusal_of(case, both)

    assert [(each.params["line_id"], each.params["requested"]) for each in refusal.details] == [
        (str(SURGERY), "650.00")
    ]


def test_every_line_that_refuses_is_named() -> None:
    case = Case(three_levels())

    refusal = refusal_of(case, freeze(200_000))

    assert [detail.params["line_id"] for detail in refusal.details] == [
        str(HOSPITAL),
        str(SURGERY),
        str(TRAVEL),
    ]


def test_two_charges_of_one_line_are_summed() -> None:
    case = Case(three_levels())
    twice = Freeze(REQUEST, (charge(TRAVEL, 30_000), charge(TRAVEL, 30_000, "lines.1.amount")))

    assert refusal_of(case, twice).details[0].params["requested"] == "600.00"


@pytest.mark.parametrize("line_id", [None, number(77)])
def test_no_covering_line_refuses_by_default(line_id: None) -> None:
    refusal = refusal_of(Case(three_levels()), Freeze(REQUEST, (charge(line_id, 1),)))

    assert refusal.code == "NO_COVERING_LINE"
    assert refusal.details[0].path == "lines.0.amount"


def test_a_document_without_charges_has_no_covering_line() -> None:
    assert refusal_of(Case(three_levels()), Freeze(REQUEST, ())).code == "NO_COVERING_LINE"


@pytest.mark.parametrize(
    ("amount_fen", "code"),
    [
        (0, "AMOUNT_NOT_POSITIVE"),
        (-500, "AMOUNT_NOT_POSITIVE"),
        (AMOUNT_FEN_MAX + 1, "MONEY_TOO_LARGE"),
    ],
)
def test_an_amount_out_of_range_is_refused(amount_fen: int, code: str) -> None:
    assert refusal_of(Case(three_levels()), freeze(amount_fen)).code == code


def test_the_largest_amount_there_is_may_be_asked() -> None:
    case = Case(book(line(TRAVEL, AMOUNT_FEN_MAX)))

    case.do(freeze(AMOUNT_FEN_MAX))

    assert case.five(TRAVEL) == (AMOUNT_FEN_MAX, AMOUNT_FEN_MAX, 0, 0, 0)


def test_budget_is_not_given_to_a_line_that_is_not_there() -> None:
    (detail,) = refusal_of(Case(three_levels()), Adjust(number(77), 1)).details

    assert (detail.code, detail.params) == ("NO_COVERING_LINE", {"line_id": str(number(77))})


def test_a_line_of_another_campus_is_refused() -> None:
    case = Case(book(line(TRAVEL, 50_000, campus_id=CAMPUS)))

    assert refusal_of(case, freeze(1)).code == "LINE_OF_OTHER_CAMPUS"
    assert refusal_of(case, freeze(1, campus_id=number(801))).code == "LINE_OF_OTHER_CAMPUS"
    case.do(freeze(1, campus_id=CAMPUS))
    assert case.figures(TRAVEL).frozen_fen == 1


def test_a_day_outside_the_period_is_refused_and_its_two_ends_are_inside() -> None:
    case = Case(three_levels())

    assert refusal_of(case, freeze(1), date(2025, 12, 31)).code == "PERIOD_CLOSED"
    assert refusal_of(case, freeze(1), date(2027, 1, 1)).code == "PERIOD_CLOSED"
    case.do(freeze(1), date(2026, 1, 1))
    case.do(occupy(1), date(2026, 12, 31))
    assert case.figures(TRAVEL).used_fen == 2


def closed(the_book: Book, line_id: object) -> Book:
    return Book(
        {
            each.id: replace(each, closed=each.closed or each.id == line_id)
            for each in the_book.lines.values()
        },
        the_book.holds,
    )


@pytest.mark.parametrize("closed_line", [TRAVEL, HOSPITAL])
def test_a_closed_line_on_the_path_takes_no_movement_at_all(closed_line: object) -> None:
    case = Case(three_levels())
    case.do(freeze(300))
    case.do(occupy(200))
    case.do(Execute(CLAIM))
    case.book = closed(case.book, closed_line)

    for movement in (
        freeze(1),
        Execute(REQUEST),
        Release(REQUEST),
        Reverse(CLAIM),
        Adjust(TRAVEL, 1),
        Transfer(TRAVEL, OTHER, 1),
        Transfer(OTHER, TRAVEL, 1),
    ):
        assert refusal_of(case, movement).code == "PERIOD_CLOSED"
    assert refusal_of(Case(closed(book(line(TRAVEL, 1)), TRAVEL)), Appropriate(TRAVEL, 1)).code == (
        "PERIOD_CLOSED"
    )


def test_a_circular_tree_is_refused() -> None:
    case = Case(book(line(SURGERY, 9, parent=TRAVEL), line(TRAVEL, 9, parent=SURGERY)))

    assert refusal_of(case, freeze(1)).code == "BUDGET_TREE_CIRCULAR"


# ------------------------------------------------------------------ control modes


def test_an_elastic_line_asks_a_reason_up_to_its_over_rate_and_refuses_beyond() -> None:
    elastic = line(TRAVEL, 10_000, mode=ControlMode.ELASTIC, over_rate_bp=500)
    case = Case(book(elastic))

    assert case.do(freeze(10_000)).outcome is Outcome.ALLOWED
    refusal = refusal_of(case, occupy(500))
    assert refusal.code == "BUDGET_REASON_REQUIRED"
    assert refusal_of(case, occupy(500, reason="  ")).code == "BUDGET_REASON_REQUIRED"
    assert refusal_of(case, occupy(501, reason="flood")).code == "BUDGET_EXCEEDED"
    decision = case.do(occupy(500, reason="flood"))
    assert decision.outcome is Outcome.NEEDS_REASON
    assert decision.verdicts[0].over_fen == 500
    assert case.figures(TRAVEL).available_fen == -500


def test_an_elastic_line_without_a_budget_stretches_nothing() -> None:
    case = Case(book(line(TRAVEL, 0, mode=ControlMode.ELASTIC, over_rate_bp=10_000)))

    assert refusal_of(case, occupy(1, reason="flood")).code == "BUDGET_EXCEEDED"


def test_an_elastic_line_may_ask_for_an_extra_approver_instead() -> None:
    elastic = line(
        TRAVEL,
        10_000,
        mode=ControlMode.ELASTIC,
        over_rate_bp=1_000,
        over_condition=OverCondition.EXTRA_APPROVER,
    )

    decision = Case(book(elastic)).do(freeze(11_000))

    assert decision.outcome is Outcome.NEEDS_EXTRA_APPROVER


@pytest.mark.parametrize(
    ("mode", "outcome"), [(ControlMode.WARN, Outcome.WARNED), (ControlMode.NONE, Outcome.ALLOWED)]
)
def test_warning_and_uncontrolled_lines_let_everything_pass_but_count_it(
    mode: ControlMode, outcome: Outcome
) -> None:
    case = Case(book(line(TRAVEL, 10_000, mode=mode)))

    assert case.do(freeze(50_000)).outcome is outcome
    assert case.five(TRAVEL) == (10_000, 50_000, 0, 0, -40_000)


def test_the_strictest_covering_line_wins() -> None:
    lax_below_rigid = book(
        line(HOSPITAL, 10_000), line(TRAVEL, 5_000, parent=HOSPITAL, mode=ControlMode.WARN)
    )
    case = Case(lax_below_rigid)

    assert case.do(freeze(6_000)).outcome is Outcome.WARNED
    assert refusal_of(case, occupy(4_001)).details[0].params["line_id"] == str(HOSPITAL)


def test_a_draft_is_shown_every_verdict_without_being_refused() -> None:
    case = Case(three_levels())

    verdicts = preview_charge(case.book, freeze(55_000), on=DAY)

    assert [(each.line_id, each.outcome, each.over_fen) for each in verdicts] == [
        (HOSPITAL, Outcome.ALLOWED, 0),
        (SURGERY, Outcome.ALLOWED, 0),
        (TRAVEL, Outcome.REFUSED, 5_000),
    ]


# ------------------------------------------------------------------ windows


@pytest.mark.parametrize(
    ("window", "room_fen"),
    [
        (CheckWindow.PTD, 1_000),
        (CheckWindow.QTD, 1_900),
        (CheckWindow.YTD, 4_700),
        (CheckWindow.YEAR, 11_700),
    ],
)
def test_a_window_counts_its_months_only(window: CheckWindow, room_fen: int) -> None:
    """1,000 a month; 200 used in February, 100 in April; what is free in May?"""
    months = {202600 + n: MonthFigures(planned_fen=1_000) for n in range(1, 13)}
    months[202602] = MonthFigures(1_000, 200)
    months[202604] = MonthFigures(1_000, 100)
    months[202506] = MonthFigures(7_777)
    phased = line(TRAVEL, 12_000, window=window, months=months)
    figures = replace(phased.figures, executed_fen=300)
    case = Case(book(replace(phased, figures=figures)))

    assert refusal_of(case, freeze(room_fen + 1), date(2026, 5, 2)).code == "BUDGET_EXCEEDED"
    case.do(freeze(room_fen), date(2026, 5, 2))
    assert case.figures(TRAVEL).frozen_fen == room_fen


def test_the_first_month_of_a_quarter_counts_for_the_quarter() -> None:
    months = {202603: MonthFigures(500), 202604: MonthFigures(1_000)}
    case = Case(book(line(TRAVEL, 1_500, window=CheckWindow.QTD, months=months)))

    assert refusal_of(case, freeze(1_001), date(2026, 4, 1)).code == "BUDGET_EXCEEDED"
    case.do(freeze(1_000), date(2026, 4, 1))


def test_a_converted_freeze_stays_in_the_month_it_was_promised_in() -> None:
    months = {202603: MonthFigures(1_000), 202604: MonthFigures(1_000)}
    case = Case(book(line(TRAVEL, 2_000, window=CheckWindow.PTD, months=months)))
    case.do(freeze(900))

    converted = Convert(CLAIM, (charge(TRAVEL, 1_400),), tuple(case.holds_of(REQUEST)))
    case.do(converted, date(2026, 4, 1))

    after = case.book.lines[TRAVEL].months
    assert (after[202603].used_fen, after[202604].used_fen) == (900, 500)
    case.do(Execute(CLAIM), date(2026, 5, 1))
    case.do(Reverse(CLAIM), date(2026, 5, 1))
    after = case.book.lines[TRAVEL].months
    assert (after[202603].used_fen, after[202604].used_fen) == (0, 0)
    assert 202605 not in after


def test_a_cut_may_not_reach_into_a_month_that_is_used() -> None:
    months = {202603: MonthFigures(1_000)}
    case = Case(book(line(TRAVEL, 5_000, window=CheckWindow.PTD, months=months)))
    case.do(freeze(900))

    assert refusal_of(case, Adjust(TRAVEL, -101)).code == "BUDGET_CUT_EXCEEDS_AVAILABLE"
    case.do(Adjust(TRAVEL, -100))
    assert case.book.lines[TRAVEL].months[202603] == MonthFigures(900, 900)


# ------------------------------------------------------------------ conversion, execution


def test_a_claim_uses_its_requests_freeze_and_takes_only_the_excess_anew() -> None:
    case = Case(three_levels())
    case.do(freeze(50_000))

    refusal = refusal_of(
        case, Convert(CLAIM, (charge(TRAVEL, 50_001),), tuple(case.holds_of(REQUEST)))
    )
    assert refusal.details[0].params["requested"] == "0.01"

    decision = case.do(Convert(CLAIM, (charge(TRAVEL, 30_000),), tuple(case.holds_of(REQUEST))))
    assert case.five(TRAVEL) == (50_000, 20_000, 30_000, 0, 0)
    assert {each.kind for each in decision.entries} == {MovementKind.CONVERT}
    request_hold = case.book.holds[case.holds_of(REQUEST)[0]]
    claim_hold = case.book.holds[case.holds_of(CLAIM)[0]]
    assert (request_hold.state, request_hold.left_fen) == (HoldState.FROZEN, 20_000)
    assert (claim_hold.state, claim_hold.left_fen) == (HoldState.OCCUPIED, 30_000)
    assert claim_hold.source_hold_id == request_hold.id


def test_a_conversion_uses_holds_in_the_given_order_and_only_on_the_same_line() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 100), charge(OFFICE, 100), charge(TRAVEL, 200))))
    first, office, last = case.holds_of(REQUEST)

    case.do(Convert(CLAIM, (charge(TRAVEL, 250),), (last, office, first)))

    left = [case.book.holds[each].left_fen for each in (first, office, last)]
    assert left == [50, 100, 0]
    ended = case.book.holds[last]
    assert (ended.state, ended.end) == (HoldState.ENDED, HoldEnd.CONVERTED)
    assert [case.book.holds[each].amount_fen for each in case.holds_of(CLAIM)] == [200, 50]


def test_two_charges_share_one_freeze_without_using_it_twice() -> None:
    case = Case(three_levels())
    case.do(freeze(100))

    case.do(
        Convert(
            CLAIM,
            (charge(TRAVEL, 70), charge(TRAVEL, 70, "lines.1.amount")),
            tuple(case.holds_of(REQUEST)),
        )
    )

    assert case.five(TRAVEL) == (50_000, 0, 140, 0, 49_860)
    kinds = [each.kind for each in case.entries if each.line_id == TRAVEL]
    assert kinds[1:] == [MovementKind.CONVERT, MovementKind.CONVERT, MovementKind.OCCUPY]


def test_execution_of_a_part_leaves_the_rest_occupied() -> None:
    case = Case(three_levels())
    case.do(occupy(1_000))
    (hold_id,) = case.holds_of(CLAIM)

    case.do(Execute(CLAIM, (Take(hold_id, 400),)))

    assert case.five(TRAVEL) == (50_000, 0, 600, 400, 49_000)
    assert case.book.holds[hold_id].state is HoldState.OCCUPIED
    case.do(Execute(CLAIM))
    assert case.five(HOSPITAL) == (100_000, 0, 0, 1_000, 99_000)
    assert case.book.holds[hold_id].end is HoldEnd.EXECUTED
    assert case.book.holds[hold_id].executed_fen == 1_000
    assert refusal_of(case, Execute(CLAIM)).code == "NOTHING_HELD"


def test_a_request_can_be_executed_straight_from_its_freeze() -> None:
    case = Case(three_levels())
    case.do(freeze(1_000))

    case.do(Execute(REQUEST))

    assert case.five(TRAVEL) == (50_000, 0, 0, 1_000, 49_000)


def test_release_gives_everything_back_to_available() -> None:
    case = Case(three_levels())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 100), charge(OFFICE, 50))))

    decision = case.do(Release(REQUEST))

    assert case.five(HOSPITAL) == (100_000, 0, 0, 0, 100_000)
    assert {hold.end for hold in decision.holds} == {HoldEnd.RELEASED}
    assert {each.kind for each in decision.entries} == {MovementKind.RELEASE}


def test_lapsing_is_told_apart_from_releasing() -> None:
    case = Case(three_levels())
    case.do(freeze(100))

    decision = case.do(Release(REQUEST, end=HoldEnd.LAPSED))

    assert {each.kind for each in decision.entries} == {MovementKind.LAPSE}
    assert decision.holds[0].end is HoldEnd.LAPSED


def test_a_rejected_claim_gives_the_freeze_back_to_its_request() -> None:
    case = Case(three_levels())
    case.do(freeze(1_000))
    case.do(Convert(CLAIM, (charge(TRAVEL, 1_200),), tuple(case.holds_of(REQUEST))))

    case.do(Release(CLAIM, restore_to=frozenset({REQUEST})))

    assert case.five(TRAVEL) == (50_000, 1_000, 0, 0, 49_000)
    restored = case.book.holds[case.holds_of(REQUEST)[-1]]
    assert (restored.state, restored.left_fen) == (HoldState.FROZEN, 1_000)
    case.do(Convert(SECOND_CLAIM, (charge(TRAVEL, 1_000),), tuple(case.holds_of(REQUEST))))
    case.do(Release(SECOND_CLAIM, restore_to=frozenset({REQUEST})))
    assert case.five(TRAVEL) == (50_000, 1_000, 0, 0, 49_000)


def test_a_claim_whose_request_is_closed_gives_back_to_available() -> None:
    case = Case(three_levels())
    case.do(freeze(1_000))
    case.do(Convert(CLAIM, (charge(TRAVEL, 1_000),), tuple(case.holds_of(REQUEST))))

    case.do(Release(CLAIM))

    assert case.five(TRAVEL) == (50_000, 0, 0, 0, 50_000)


def test_more_than_is_left_cannot_be_taken_even_in_two_parts() -> None:
    case = Case(three_levels())
    case.do(occupy(1_000))
    (hold_id,) = case.holds_of(CLAIM)

    for movement in (
        Execute(CLAIM, (Take(hold_id, 1_001),)),
        Release(CLAIM, (Take(hold_id, 600), Take(hold_id, 401))),
        Reverse(CLAIM, (Take(hold_id, 1),)),
    ):
        assert refusal_of(case, movement).code == "HOLD_NOT_ENOUGH"


def test_a_hold_of_another_document_cannot_be_taken() -> None:
    case = Case(three_levels())
    case.do(freeze(1_000))
    (hold_id,) = case.holds_of(REQUEST)

    for movement in (
        Execute(CLAIM, (Take(hold_id, 1),)),
        Release(CLAIM, (Take(hold_id, 1),)),
        Reverse(CLAIM, (Take(hold_id, 1),)),
        Execute(CLAIM, (Take(number(66), 1),)),
    ):
        assert refusal_of(case, movement).code == "HOLD_OF_OTHER_DOCUMENT"
    assert refusal_of(case, Release(CLAIM)).code == "NOTHING_HELD"


def test_a_take_of_nothing_is_refused() -> None:
    case = Case(three_levels())
    case.do(freeze(1_000))
    (hold_id,) = case.holds_of(REQUEST)

    assert refusal_of(case, Release(REQUEST, (Take(hold_id, 0),))).code == "AMOUNT_NOT_POSITIVE"


def test_a_reversal_returns_executed_money_once() -> None:
    case = Case(three_levels())
    case.do(occupy(1_000))
    case.do(Execute(CLAIM))
    (hold_id,) = case.holds_of(CLAIM)

    case.do(Reverse(CLAIM, (Take(hold_id, 300),)))
    assert case.five(TRAVEL) == (50_000, 0, 0, 700, 49_300)
    case.do(Reverse(CLAIM))
    assert case.five(HOSPITAL) == (100_000, 0, 0, 0, 100_000)
    assert refusal_of(case, Reverse(CLAIM)).code == "NOTHING_HELD"
    assert case.book.holds[hold_id].end is HoldEnd.EXECUTED


# ------------------------------------------------------------------ the budget itself


def test_appropriation_is_the_lines_own() -> None:
    case = Case(book(line(HOSPITAL, 0), line(TRAVEL, 0, parent=HOSPITAL)))

    case.do(Appropriate(TRAVEL, 500))

    assert case.figures(TRAVEL).approved_fen == 500
    assert case.figures(HOSPITAL).approved_fen == 0


def test_a_supplement_raises_the_line_and_all_above_and_a_cut_lowers_them() -> None:
    case = Case(three_levels())

    case.do(Adjust(TRAVEL, 5_000))
    assert [case.figures(each).adjusted_fen for each in (TRAVEL, SURGERY, HOSPITAL)] == [5_000] * 3
    case.do(Adjust(TRAVEL, -7_000))
    assert case.figures(HOSPITAL).total_fen == 98_000
    assert case.figures(TRAVEL).approved_fen == 50_000


def test_a_cut_may_not_reach_into_what_is_held_here_or_above() -> None:
    case = Case(three_levels())
    case.do(Occupy(CLAIM, (charge(OFFICE, 30_000),)))

    refusal = refusal_of(case, Adjust(TRAVEL, -30_001))
    assert refusal.code == "BUDGET_CUT_EXCEEDS_AVAILABLE"
    assert refusal.details[0].params["line_id"] == str(SURGERY)
    case.do(Adjust(TRAVEL, -30_000))
    assert case.figures(SURGERY).available_fen == 0


def test_an_overrun_line_without_control_can_still_be_cut_but_never_below_zero() -> None:
    case = Case(book(line(TRAVEL, 1_000, mode=ControlMode.NONE)))
    case.do(freeze(5_000))

    assert refusal_of(case, Adjust(TRAVEL, -1_001)).code == "BUDGET_CUT_EXCEEDS_AVAILABLE"
    case.do(Adjust(TRAVEL, -1_000))
    assert case.figures(TRAVEL).total_fen == 0


@pytest.mark.parametrize(
    ("amount_fen", "code"),
    [(0, "AMOUNT_NOT_POSITIVE"), (AMOUNT_FEN_MAX + 1, "MONEY_TOO_LARGE")],
)
def test_an_adjustment_out_of_range_is_refused(amount_fen: int, code: str) -> None:
    case = Case(three_levels())

    assert refusal_of(case, Adjust(TRAVEL, amount_fen)).code == code
    assert refusal_of(case, Transfer(TRAVEL, OTHER, amount_fen)).code == code
    assert refusal_of(case, Appropriate(TRAVEL, amount_fen)).code == code


def test_a_transfer_moves_budget_and_leaves_the_common_line_alone() -> None:
    case = Case(three_levels())

    case.do(Transfer(TRAVEL, OTHER, 10_000))

    assert case.figures(TRAVEL).total_fen == 40_000
    assert case.figures(SURGERY).total_fen == 50_000
    assert case.figures(OTHER).total_fen == 50_000
    assert case.figures(HOSPITAL).total_fen == 100_000
    case.do(Transfer(TRAVEL, OFFICE, 10_000))
    assert case.figures(SURGERY).total_fen == 50_000


def test_a_transfer_cannot_take_what_is_held_nor_stay_on_one_branch() -> None:
    case = Case(three_levels())
    case.do(freeze(45_000))

    assert refusal_of(case, Transfer(TRAVEL, OTHER, 5_001)).code == "BUDGET_CUT_EXCEEDS_AVAILABLE"
    for ends in ((TRAVEL, TRAVEL), (SURGERY, TRAVEL), (TRAVEL, HOSPITAL)):
        assert refusal_of(case, Transfer(*ends, 1)).code == "BUDGET_TRANSFER_SAME_BRANCH"


def test_money_of_one_fund_source_does_not_cross_to_another_unless_allowed() -> None:
    case = Case(book(line(TRAVEL, 1_000), line(OTHER, 1_000, fund_source_id=number(901))))

    assert refusal_of(case, Transfer(TRAVEL, OTHER, 1)).code == "BUDGET_TRANSFER_FUND_SOURCE"
    case.do(Transfer(TRAVEL, OTHER, 1, across_fund_sources=True))
    assert case.figures(OTHER).total_fen == 1_001
    assert case.book.lines[TRAVEL].fund_source_id == FUND


def test_usage_is_rounded_down_and_has_an_answer_without_a_budget() -> None:
    case = Case(book(line(TRAVEL, 30_000)))
    case.do(freeze(20_000))
    assert case.figures(TRAVEL).usage_bp == 6_666
    unbudgeted = Case(book(line(TRAVEL, 0, mode=ControlMode.NONE)))
    assert unbudgeted.figures(TRAVEL).usage_bp == 0
    unbudgeted.do(freeze(1))
    assert unbudgeted.figures(TRAVEL).usage_bp == 10_000_000
