"""Holding exactly what is asked for: requests are used first and get back last (I1, I2, I10)."""

import uuid
from collections.abc import Sequence
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.budget.ledger_case import CLAIM, DAY, HOSPITAL, REQUEST, TRAVEL, three_levels

from mobile_hrp.domain.budget.adjusting import (
    Requests,
    Wanted,
    additional,
    open_holds,
    release_amount,
    steps_towards,
)
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import Charge, Commit, Freeze, Movement, Release
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


@settings(deadline=None, max_examples=150)
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
