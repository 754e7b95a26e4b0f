"""Year end: carried or lapsed, every fen of the old year is accounted for."""

import itertools
import uuid
from collections.abc import Iterator
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

from mobile_hrp.domain.budget.movements import Charge, Execute, Freeze, Occupy
from mobile_hrp.domain.budget.snapshot import Book, LineSnapshot
from mobile_hrp.domain.budget.terms import CarryRule, HoldEnd, HoldState
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
@settings(max_examples=80, deadline=None)
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
