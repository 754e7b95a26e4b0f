"""Year end: carried or lapsed, every fen of the old year is accounted for."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.budget.ledger_case import (
    CLAIM,
    HOSPITAL,
    OFFICE,
    REQUEST,
    SURGERY,
    TRAVEL,
    Case,
    charge,
    line,
    number,
)
from tests.examples import as_many_as

from mobile_hrp.domain.budget.movements import Charge, Execute, Freeze, Occupy
from mobile_hrp.domain.budget.snapshot import Book, LineSnapshot, MonthFigures
from mobile_hrp.domain.budget.terms import (
    Account,
    CarryRule,
    CheckWindow,
    ControlMode,
    HoldEnd,
    HoldState,
    MovementKind,
)
from mobile_hrp.domain.budget.year_end import ClosingLine, decide_year_end
from mobile_hrp.domain.refusal import Refusal

NEXT = 50  # added to a line's number for its line of the next year
OLD = (HOSPITAL, SURGERY, TRAVEL, OFFICE)
CARRY, LAPSE = CarryRule.CARRY, CarryRule.LAPSE
DECEMBER = date(2026, 12, 1)


def next_of(line_id: uuid.UUID) -> uuid.UUID:
    return number(line_id.int + NEXT)


def two_years(next_approved_fen: int = 0) -> Book:
    """Hospital 1,000.00 > surgery 600.00 > travel 400.00 and office 200.00, in 2026 and 2027."""
    old = [
        line(HOSPITAL, 100_000, fund_source_id=None),
        line(SURGERY, 60_000, parent=HOSPITAL, fund_source_id=None),
        line(TRAVEL, 40_000, parent=SURGERY),
        line(OFFICE, 20_000, parent=SURGERY),
    ]
    new = [_in_next_year(each, next_approved_fen) for each in old]
    return Book(lines={each.id: each for each in (*old, *new)})


def _in_next_year(each: LineSnapshot, approved_fen: int) -> LineSnapshot:
    return line(
        next_of(each.id),
        approved_fen,
        parent=next_of(each.parent_id) if each.parent_id else None,
        first_day=date(2027, 1, 1),
        last_day=date(2027, 12, 31),
        fund_source_id=each.fund_source_id,
    )


def closing(
    travel: CarryRule, office: CarryRule, *, missing: uuid.UUID | None = None
) -> list[ClosingLine]:
    rules = {TRAVEL: travel, OFFICE: office}
    return [
        ClosingLine(each, rules.get(each), None if each == missing else next_of(each))
        for each in OLD
    ]


def fresh_ids() -> Iterator[uuid.UUID]:
    return (number(n) for n in itertools.count(70_000))


def close(case: Case, lines: list[ClosingLine]) -> None:
    decision = decide_year_end(case.book, lines, ids=fresh_ids())
    case.book = case.book.after(decision)
    case.entries.extend(decision.entries)


def test_what_lapses_is_gone_and_what_is_carried_is_in_the_next_year() -> None:
    case = Case(two_years())
    case.do(Occupy(CLAIM, (charge(TRAVEL, 15_000),)), on=DECEMBER)
    case.do(Execute(CLAIM), on=DECEMBER)

    close(case, closing(CARRY, LAPSE))

    assert case.five(TRAVEL) == (15_000, 0, 0, 15_000, 0)
    assert case.five(OFFICE) == (0, 0, 0, 0, 0)
    assert case.five(next_of(TRAVEL)) == (25_000, 0, 0, 0, 25_000)
    assert case.five(next_of(OFFICE)) == (0, 0, 0, 0, 0)
    # a total carries what its lines carry, and nothing of what lapsed below it
    assert case.five(next_of(SURGERY)) == (25_000, 0, 0, 0, 25_000)
    assert case.five(HOSPITAL) == (15_000, 0, 0, 15_000, 0)


def test_a_carried_hold_lives_on_in_the_next_year_and_can_be_executed_there() -> None:
    case = Case(two_years())
    case.do(Freeze(REQUEST, (charge(TRAVEL, 30_000),)), on=DECEMBER)

    close(case, closing(CARRY, LAPSE))

    old, new = (case.book.holds[key] for key in case.holds_of(REQUEST))
    assert (old.state, old.end, old.left_fen) == (HoldState.ENDED, HoldEnd.CARRIED, 0)
    assert (new.line_id, new.state, new.left_fen) == (next_of(TRAVEL), HoldState.FROZEN, 30_000)
    assert (new.month, new.source_hold_id) == (202701, old.id)
    assert case.five(next_of(TRAVEL)) == (40_000, 30_000, 0, 0, 10_000)
    case.do(Execute(REQUEST), on=date(2027, 1, 5))
    assert case.five(next_of(HOSPITAL)) == (40_000, 0, 0, 30_000, 10_000)


def test_a_lapsed_hold_ends_and_the_document_holds_nothing() -> None:
    case = Case(two_years())
    case.do(Occupy(CLAIM, (charge(OFFICE, 7_000),)), on=DECEMBER)

    close(case, closing(CARRY, LAPSE))

    (hold,) = (case.book.holds[key] for key in case.holds_of(CLAIM))
    assert (hold.end, hold.left_fen) == (HoldEnd.LAPSED, 0)
    assert case.five(next_of(OFFICE)) == (0, 0, 0, 0, 0)
    with pytest.raises(Refusal, match="NOTHING_HELD"):
        case.do(Execute(CLAIM), on=date(2027, 1, 5))


def test_carrying_to_a_line_that_is_not_there_is_refused_and_changes_nothing() -> None:
    case = Case(two_years())
    before = case.book

    with pytest.raises(Refusal, match="BUDGET_YEAR_END_LINE_MISSING"):
        close(case, closing(CARRY, LAPSE, missing=TRAVEL))

    assert case.book is before


def test_a_line_without_a_next_line_may_lapse() -> None:
    case = Case(two_years())

    close(case, closing(LAPSE, LAPSE, missing=TRAVEL))

    assert case.five(TRAVEL) == (0, 0, 0, 0, 0)


def test_new_totals_without_room_for_what_goes_on_being_held_are_refused() -> None:
    case = Case(two_years())
    case.do(Occupy(CLAIM, (charge(TRAVEL, 30_000),)), on=DECEMBER)
    lines = [
        ClosingLine(each.line_id, LAPSE if each.line_id == HOSPITAL else each.rule, next_line_id)
        for each in closing(CARRY, LAPSE)
        for next_line_id in [each.next_line_id]
    ]

    with pytest.raises(Refusal, match="BUDGET_EXCEEDED"):
        close(case, lines)


def without_carrying_the_total() -> list[ClosingLine]:
    """Travel is carried; the hospital's total of the next year is what was approved for it."""
    return [
        ClosingLine(
            each.line_id, LAPSE if each.line_id == HOSPITAL else each.rule, each.next_line_id
        )
        for each in closing(CARRY, LAPSE)
    ]


def test_what_goes_on_being_held_is_summed_before_the_new_totals_are_asked() -> None:
    def year_end(first_fen: int, second_fen: int) -> Case:
        case = Case(two_years(30_000))
        case.do(Occupy(CLAIM, (charge(TRAVEL, first_fen),)), on=DECEMBER)
        case.do(Freeze(REQUEST, (charge(TRAVEL, second_fen),)), on=DECEMBER)
        close(case, without_carrying_the_total())
        return case

    case = year_end(20_000, 10_000)
    assert case.five(next_of(HOSPITAL)) == (30_000, 10_000, 20_000, 0, 0)
    with pytest.raises(Refusal) as refused:
        year_end(20_000, 10_001)
    (detail,) = refused.value.details
    assert (detail.code, detail.path) == ("BUDGET_EXCEEDED", "")
    assert (detail.params["available"], detail.params["requested"]) == ("300.00", "300.01")


def test_what_is_carried_is_asked_of_the_first_month_of_the_new_year() -> None:
    def year_end(january_fen: int) -> None:
        start = two_years(60_000)
        total = replace(
            start.lines[next_of(HOSPITAL)],
            window=CheckWindow.PTD,
            months={202612: MonthFigures(90_000), 202701: MonthFigures(january_fen)},
        )
        case = Case(Book(lines={**start.lines, total.id: total}))
        case.do(Occupy(CLAIM, (charge(TRAVEL, 30_000),)), on=DECEMBER)
        close(case, without_carrying_the_total())
        assert case.book.lines[total.id].months[202701] == MonthFigures(january_fen, 30_000)

    year_end(30_000)
    with pytest.raises(Refusal, match="BUDGET_EXCEEDED"):
        year_end(29_999)


def test_a_carried_hold_is_written_as_carried_and_keeps_its_form_line() -> None:
    case = Case(two_years())
    form_line = number(77)
    case.do(Occupy(CLAIM, (Charge(TRAVEL, 300, "a", form_line),)), on=DECEMBER)
    before = len(case.entries)

    close(case, closing(CARRY, LAPSE))

    old, new = (case.book.holds[key] for key in case.holds_of(CLAIM))
    assert (new.id, new.document_line_id, new.amount_fen) == (number(70_000), form_line, 300)
    of_holds = [entry for entry in case.entries[before:] if entry.hold_id is not None]
    path, next_path = (
        [start, *(each.id for each in case.book.path(start))][1:]
        for start in (TRAVEL, next_of(TRAVEL))
    )
    assert [
        (entry.kind, entry.line_id, entry.hold_id, entry.source, entry.target, entry.month)
        for entry in of_holds
    ] == [
        *(
            (MovementKind.CARRY, each, old.id, Account.OCCUPIED, Account.AVAILABLE, 202612)
            for each in path
        ),
        *(
            (MovementKind.CARRY, each, new.id, Account.AVAILABLE, Account.OCCUPIED, 202701)
            for each in next_path
        ),
    ]
    assert {entry.amount_fen for entry in of_holds} == {300}


def test_what_lapses_and_what_is_carried_is_written_line_by_line() -> None:
    case = Case(two_years())

    close(case, closing(CARRY, LAPSE))

    written = [
        (entry.kind, entry.line_id, entry.charged_line_id, entry.target, entry.amount_fen)
        for entry in case.entries
    ]
    carry, lapse = MovementKind.CARRY, MovementKind.LAPSE
    off, on = Account.ADJUSTED, Account.AVAILABLE
    pairs = [(TRAVEL, next_of(TRAVEL), 40_000), (SURGERY, next_of(SURGERY), 40_000)]
    travel, surgery = (
        [
            (carry, old, old, off, fen),
            (carry, new, new, on, fen),
        ]
        for old, new, fen in pairs
    )
    assert written == [
        *travel,
        (lapse, OFFICE, OFFICE, off, 20_000),
        surgery[0],
        (lapse, SURGERY, SURGERY, off, 20_000),
        surgery[1],
        (carry, HOSPITAL, HOSPITAL, off, 40_000),
        (lapse, HOSPITAL, HOSPITAL, off, 60_000),
        (carry, next_of(HOSPITAL), next_of(HOSPITAL), on, 40_000),
    ]
    assert {entry.hold_id for entry in case.entries} == {None}
    assert all({entry.source, entry.target} == {off, on} for entry in case.entries)
    assert {entry.month for entry in case.entries if entry.line_id in OLD} == {202612}
    assert {entry.month for entry in case.entries if entry.line_id not in OLD} == {202701}


def test_an_overrun_line_carries_and_lapses_nothing() -> None:
    start = two_years()
    free = replace(start.lines[TRAVEL], mode=ControlMode.NONE)
    total = replace(start.lines[HOSPITAL], mode=ControlMode.NONE)
    surgery = replace(start.lines[SURGERY], mode=ControlMode.NONE)
    changed = {each.id: each for each in (free, total, surgery)}
    case = Case(Book(lines={**start.lines, **changed}))
    case.do(Occupy(CLAIM, (charge(TRAVEL, 200_000),)), on=DECEMBER)
    case.do(Execute(CLAIM), on=DECEMBER)

    close(case, closing(CARRY, LAPSE))

    assert case.five(TRAVEL) == (40_000, 0, 0, 200_000, -160_000)
    assert case.five(next_of(TRAVEL)) == (0, 0, 0, 0, 0)
    assert case.five(HOSPITAL) == (100_000, 0, 0, 200_000, -100_000)


@pytest.mark.parametrize("closed", [TRAVEL, next_of(TRAVEL)])
def test_a_line_that_is_closed_already_is_not_closed_again(closed: uuid.UUID) -> None:
    start = two_years()
    case = Case(Book(lines={**start.lines, closed: replace(start.lines[closed], closed=True)}))

    with pytest.raises(Refusal) as refused:
        close(case, closing(CARRY, LAPSE))

    (detail,) = refused.value.details
    assert (detail.code, detail.params["line"]) == ("PERIOD_CLOSED", f"line {closed.int}")


def test_holds_of_lines_that_stay_open_and_holds_that_have_ended_are_left_alone() -> None:
    case = Case(two_years(50_000))
    case.do(Occupy(CLAIM, (charge(OFFICE, 500),)), on=DECEMBER)
    case.do(Execute(CLAIM), on=DECEMBER)
    case.do(Freeze(REQUEST, (charge(next_of(OFFICE), 70),)), on=date(2027, 1, 2))
    before = dict(case.book.holds)

    close(case, closing(LAPSE, LAPSE))

    assert case.book.holds == before
    assert case.five(next_of(OFFICE)) == (50_000, 70, 0, 0, 49_930)


def test_a_hold_that_lapses_is_written_as_lapsed() -> None:
    case = Case(two_years())
    case.do(Freeze(REQUEST, (charge(OFFICE, 70),)), on=DECEMBER)
    before = len(case.entries)

    close(case, closing(CARRY, LAPSE))

    (hold,) = case.holds_of(REQUEST)
    of_hold = [entry for entry in case.entries[before:] if entry.hold_id == hold]
    assert {(entry.kind, entry.source, entry.target, entry.month) for entry in of_hold} == {
        (MovementKind.LAPSE, Account.FROZEN, Account.AVAILABLE, 202612)
    }
    assert [entry.line_id for entry in of_hold] == [OFFICE, SURGERY, HOSPITAL]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TRAVEL, OFFICE]),
            st.integers(1, 20_000),
            st.booleans(),
            st.booleans(),
        ),
        max_size=8,
    ),
    st.sampled_from(list(CarryRule)),
    st.sampled_from(list(CarryRule)),
    st.integers(0, 50_000),
)
@settings(max_examples=as_many_as(80), deadline=None)
def test_every_fen_is_executed_carried_or_lapsed(
    spending: list[tuple[uuid.UUID, int, bool, bool]],
    travel: CarryRule,
    office: CarryRule,
    next_approved_fen: int,
) -> None:
    case = Case(two_years(next_approved_fen))
    for index, (line_id, fen, freezes, executes) in enumerate(spending):
        document = number(200 + index)
        charges = (Charge(line_id, fen),)
        movement = Freeze(document, charges) if freezes else Occupy(document, charges)
        try:
            case.do(movement, on=DECEMBER)
        except Refusal:
            continue
        if executes:
            case.do(Execute(document), on=DECEMBER)
    before = {each: case.figures(each) for each in OLD}

    close(case, closing(travel, office))

    for line_id, rule in ((TRAVEL, travel), (OFFICE, office)):
        old, new = case.figures(line_id), case.figures(next_of(line_id))
        was = before[line_id]
        assert (old.executed_fen, old.available_fen) == (was.executed_fen, 0)
        assert (old.frozen_fen, old.occupied_fen) == (0, 0)
        carried = was.total_fen - was.executed_fen if rule is CARRY else 0
        assert new.total_fen == next_approved_fen + carried
        assert new.used_fen == (was.frozen_fen + was.occupied_fen if rule is CARRY else 0)
        assert new.available_fen >= 0
    for each in (HOSPITAL, SURGERY):
        assert case.figures(next_of(each)).available_fen >= 0
        assert case.figures(each).available_fen == 0
