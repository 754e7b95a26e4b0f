"""Holding exactly what is asked for: requests are used first and get back last (I1, I2, I10)."""

import uuid
from collections.abc import Sequence
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.budget.ledger_case import (
    CLAIM,
    DAY,
    HOSPITAL,
    OFFICE,
    OTHER,
    REQUEST,
    TRAVEL,
    three_levels,
)
from tests.examples import as_many_as

from mobile_hrp.domain.budget.adjusting import (
    Requests,
    Wanted,
    additional,
    execute_amount,
    open_holds,
    release_amount,
    release_down_to,
    request_holds,
    steps_towards,
)
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import (
    Charge,
    Commit,
    Convert,
    Execute,
    Freeze,
    Movement,
    Release,
    Take,
)
from mobile_hrp.domain.budget.snapshot import Book
from mobile_hrp.domain.budget.terms import HoldState

IDS = (uuid.UUID(int=number) for number in count(10_000))
OPEN = Requests((REQUEST,), frozenset({REQUEST}))
CONTRACT = Requests((REQUEST,), frozenset({REQUEST}), frozenset({REQUEST}))


def after(book: Book, *movements: Movement | None) -> Book:
    for movement in movements:
        if movement is not None:
            book = book.after(decide_movement(book, movement, on=DAY, ids=IDS))
    return book


def asks(fen: int, requests: Requests = OPEN) -> Wanted:
    return Wanted(CLAIM, (Charge(TRAVEL, fen),), HoldState.FROZEN, requests=requests)


def held(book: Book, document: uuid.UUID) -> int:
    return sum(hold.left_fen for hold in open_holds(book, document))


def requested(fen: int) -> Book:
    return after(three_levels(), Freeze(REQUEST, (Charge(TRAVEL, fen),)))


def figures(book: Book) -> tuple[int, int]:
    line = book.lines[HOSPITAL].figures
    return line.frozen_fen, line.occupied_fen


def test_a_claim_occupies_what_it_converts_and_freezes_the_rest() -> None:
    book = requested(300)
    book = after(book, additional(book, asks(500)))
    assert figures(book) == (200, 300)
    assert (held(book, REQUEST), held(book, CLAIM)) == (0, 500)


def test_an_approval_occupies_its_own_freeze_even_where_the_line_has_nothing_left() -> None:
    book = after(three_levels(), Freeze(CLAIM, (Charge(TRAVEL, 50_000),)))
    book = after(book, Commit(CLAIM))
    assert figures(book) == (0, 50_000)
    assert after(book, Commit(CLAIM)) == book  # a second time there is nothing to do


def test_what_was_converted_finds_its_request_through_the_claims_own_holds() -> None:
    book = requested(300)
    book = after(book, additional(book, asks(500)), Commit(CLAIM))
    book = after(book, Release(CLAIM, restore_to=frozenset({REQUEST})))
    assert (held(book, REQUEST), held(book, CLAIM)) == (300, 0)
    assert figures(book) == (300, 0)


def test_a_contract_gets_its_money_back_as_it_held_it() -> None:
    book = after(requested(300), Commit(REQUEST))
    book = after(book, additional(book, asks(200, CONTRACT)))
    assert figures(book) == (0, 300)
    book = after(book, *steps_towards(book, asks(50, CONTRACT)))
    assert (held(book, REQUEST), held(book, CLAIM)) == (250, 50)
    assert figures(book) == (0, 300)


def test_a_repayment_frees_no_more_than_is_held() -> None:
    book = requested(300)
    book = after(book, release_amount(book, REQUEST, 100, Requests()))
    assert held(book, REQUEST) == 200
    book = after(book, release_amount(book, REQUEST, 900, Requests()))
    assert (held(book, REQUEST), figures(book)) == (0, (0, 0))
    assert release_amount(book, REQUEST, 1, Requests()) is None


@settings(deadline=None, max_examples=as_many_as(150))
@given(st.integers(1, 20_000), st.lists(st.integers(0, 25_000), min_size=1, max_size=6))
def test_however_a_claim_changes_it_holds_what_it_asks_and_the_request_the_rest(
    approved_fen: int, amounts: Sequence[int]
) -> None:
    book = requested(approved_fen)
    for fen in amounts:
        wanted = Wanted(
            CLAIM, (Charge(TRAVEL, fen),) if fen else (), HoldState.FROZEN, requests=OPEN
        )
        book = after(book, *steps_towards(book, wanted))
        assert held(book, CLAIM) == fen
        assert held(book, REQUEST) == approved_fen - min(fen, approved_fen)
        total = held(book, CLAIM) + held(book, REQUEST)
        assert total == max(fen, approved_fen)
        assert sum(figures(book)) == total
        assert all(line.figures.used_fen == total for line in book.path(TRAVEL))


def test_what_a_document_asks_above_its_holds_keeps_field_form_line_and_reason() -> None:
    form_line = uuid.UUID(int=77)
    campus = uuid.UUID(int=500)
    book = requested(300)
    book = after(book, Freeze(CLAIM, (Charge(TRAVEL, 40), Charge(OFFICE, 10))))
    charges = (
        Charge(TRAVEL, 25, "lines.0", form_line),
        Charge(OFFICE, 10, "lines.1"),
        Charge(TRAVEL, 25, "lines.2", form_line),
        Charge(None, 5, "lines.3"),
        Charge(OTHER, 3, "lines.4", form_line),
    )

    step = additional(
        book, Wanted(CLAIM, charges, HoldState.FROZEN, campus, "more guests", requests=OPEN)
    )

    (request_hold,) = open_holds(book, REQUEST)
    assert step == Convert(
        CLAIM,
        (
            Charge(TRAVEL, 10, "lines.2", form_line),
            Charge(None, 5, "lines.3"),
            Charge(OTHER, 3, "lines.4", form_line),
        ),
        (request_hold.id,),
        campus,
        "more guests",
        rest=HoldState.FROZEN,
    )


def test_a_document_that_holds_what_it_asks_moves_nothing() -> None:
    book = after(three_levels(), Freeze(CLAIM, (Charge(TRAVEL, 40),)))

    assert steps_towards(book, asks(40)) == []
    assert additional(book, asks(40)) is None
    assert additional(book, asks(39)) is None


def test_what_others_took_out_of_a_document_counts_as_held() -> None:
    book = after(three_levels(), Freeze(CLAIM, (Charge(TRAVEL, 40),)))
    used = {TRAVEL: 60}

    def wanted(*fen: int) -> Wanted:
        charges = tuple(Charge(TRAVEL, each) for each in fen)
        return Wanted(CLAIM, charges, HoldState.FROZEN, used_fen=used)

    assert steps_towards(book, wanted(100)) == []
    assert steps_towards(book, wanted(50, 50)) == []
    (more,) = steps_towards(book, wanted(101))
    assert isinstance(more, Convert)
    assert [charge.amount_fen for charge in more.charges] == [1]
    (less,) = steps_towards(book, wanted(45, 50))
    assert isinstance(less, Release)
    assert [take.amount_fen for take in less.takes or ()] == [5]
    elsewhere = Wanted(CLAIM, (), HoldState.FROZEN, used_fen={OFFICE: 60})
    book = after(book, Freeze(CLAIM, (Charge(OFFICE, 9),)))
    (back,) = steps_towards(book, elsewhere)
    assert isinstance(back, Release)
    assert [take.amount_fen for take in back.takes or ()] == [40, 9]


def test_each_line_gives_back_its_own_surplus() -> None:
    book = after(
        three_levels(), Freeze(CLAIM, (Charge(TRAVEL, 40), Charge(OFFICE, 30), Charge(TRAVEL, 5)))
    )
    travel, office, late_travel = (hold.id for hold in open_holds(book, CLAIM))

    release = release_down_to(book, CLAIM, {TRAVEL: 38}, Requests())

    assert release == Release(
        CLAIM, (Take(late_travel, 5), Take(travel, 2), Take(office, 30)), frozenset()
    )
    assert release_down_to(book, CLAIM, {TRAVEL: 45, OFFICE: 31}, Requests()) is None


def test_what_was_taken_anew_goes_back_before_what_requests_gave() -> None:
    book = requested(300)
    book = after(book, additional(book, asks(500)), Freeze(CLAIM, (Charge(TRAVEL, 7),)))
    converted, anew, last = (hold.id for hold in open_holds(book, CLAIM))

    release = release_amount(book, CLAIM, 210, CONTRACT)

    assert release == Release(
        CLAIM,
        (Take(last, 7), Take(anew, 200), Take(converted, 3)),
        frozenset({REQUEST}),
        restore_occupied=frozenset({REQUEST}),
    )
    assert release_amount(book, CLAIM, 0, OPEN) is None
    one = release_amount(book, CLAIM, 1, OPEN)
    assert one is not None
    assert one.takes == (Take(last, 1),)


def test_a_request_that_is_closed_gets_nothing_back_and_gives_nothing() -> None:
    book = requested(300)
    closed = Requests((REQUEST,), frozenset(), frozenset({REQUEST}))

    assert request_holds(book, closed) == ()
    assert request_holds(book, OPEN) == tuple(hold.id for hold in open_holds(book, REQUEST))
    book = after(book, additional(book, asks(100)))
    release = release_amount(book, CLAIM, 50, closed)
    assert release is not None
    assert (release.restore_to, release.restore_occupied) == (frozenset(), frozenset())


def test_requests_are_used_in_their_own_order() -> None:
    second = uuid.UUID(int=555)
    book = requested(300)
    book = after(book, Freeze(second, (Charge(TRAVEL, 20),)))
    first_hold, second_hold = (
        open_holds(book, REQUEST)[0].id,
        open_holds(book, second)[0].id,
    )
    both = frozenset({REQUEST, second})

    assert request_holds(book, Requests((second, REQUEST), both)) == (second_hold, first_hold)
    assert request_holds(book, Requests((REQUEST,), both)) == (first_hold,)


def test_spending_takes_what_is_asked_or_all_there_is() -> None:
    book = after(three_levels(), Freeze(CLAIM, (Charge(TRAVEL, 40), Charge(OFFICE, 30))))
    travel, office = (hold.id for hold in open_holds(book, CLAIM))

    assert execute_amount(book, CLAIM, 35) == Execute(CLAIM, (Take(office, 30), Take(travel, 5)))
    assert execute_amount(book, CLAIM, 99) == Execute(CLAIM, (Take(office, 30), Take(travel, 40)))
    assert execute_amount(book, REQUEST, 1) is None


def test_spending_takes_what_requests_gave_last() -> None:
    book = requested(300)
    book = after(book, additional(book, asks(320)))
    converted, anew = (hold.id for hold in open_holds(book, CLAIM))

    assert execute_amount(book, CLAIM, 25) == Execute(CLAIM, (Take(anew, 20), Take(converted, 5)))
