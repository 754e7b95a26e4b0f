from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.money import AMOUNT_FEN_MAX, allot, format_money, parse_money
from mobile_hrp.domain.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.34", 1234),
        ("1,234.5", 123450),
        ("1,234,567.89", 123456789),
        ("0", 0),
        ("0.05", 5),
        (" 7 ", 700),
        ("100000000000.00", AMOUNT_FEN_MAX),
    ],
)
def test_what_people_type_becomes_fen(text: str, fen: int) -> None:
    assert parse_money(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MONEY_EMPTY"),
        ("  ", "MONEY_EMPTY"),
        ("１２.34", "MONEY_FULL_WIDTH"),
        ("12。34", "MONEY_FULL_WIDTH"),
        ("¥12", "MONEY_FULL_WIDTH"),
        ("NaN", "MONEY_NOT_A_NUMBER"),
        ("-Infinity", "MONEY_NOT_A_NUMBER"),
        ("1e30", "MONEY_EXPONENT"),
        ("1.5E-2", "MONEY_EXPONENT"),
        ("12.345", "MONEY_TOO_PRECISE"),
        ("12.340", "MONEY_TOO_PRECISE"),
        ("-1", "MONEY_NEGATIVE"),
        ("+1", "MONEY_MALFORMED"),
        ("--1", "MONEY_MALFORMED"),
        (".5", "MONEY_MALFORMED"),
        ("5.", "MONEY_MALFORMED"),
        ("007", "MONEY_MALFORMED"),
        ("12,34", "MONEY_MALFORMED"),
        ("1234,567", "MONEY_MALFORMED"),
        ("1 000", "MONEY_MALFORMED"),
        ("0x10", "MONEY_MALFORMED"),
        ("1_000", "MONEY_MALFORMED"),
        ("12\n.3", "MONEY_MALFORMED"),
        ("100000000000.01", "MONEY_TOO_LARGE"),
        ("9" * 5000, "MONEY_TOO_LARGE"),
    ],
)
def test_an_amount_that_is_not_plainly_one_is_refused_at_its_field(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_money(text, path="lines.0.amount")

    assert refused.value.code == code
    assert refused.value.details[0].path == "lines.0.amount"


def test_a_minus_is_read_only_where_the_field_allows_it() -> None:
    assert parse_money("-20,000.00", allow_negative=True) == -2_000_000
    assert parse_money("-0.00") == 0


def test_too_large_says_the_largest() -> None:
    with pytest.raises(Refusal) as refused:
        parse_money("200000000000")

    assert refused.value.details[0].params == {"maximum": "100000000000.00"}


@given(st.integers(-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX))
@settings(deadline=None)
def test_writing_and_reading_gives_the_same_fen(fen: int) -> None:
    assert parse_money(format_money(fen), allow_negative=True) == fen


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_an_amount_or_a_coded_refusal(text: str) -> None:
    answer: int | str
    try:
        answer = parse_money(text)
    except Refusal as refusal:
        answer = refusal.code

    if isinstance(answer, str):
        assert answer.startswith("MONEY_")
    else:
        assert 0 <= answer <= AMOUNT_FEN_MAX


def test_the_left_over_fen_go_to_the_largest_remainders_and_ties_to_the_earlier() -> None:
    assert allot(100, [1, 1, 1]) == [34, 33, 33]
    assert allot(10, [Fraction(1, 3), Fraction(2, 3)]) == [3, 7]
    assert allot(5, [3, 3, 1]) == [2, 2, 1]
    assert allot(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allot(0, [5, 0]) == [0, 0]


@given(
    st.integers(-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX),
    st.lists(st.fractions(0, 1_000), min_size=1, max_size=30).filter(any),
)
@settings(deadline=None)
def test_parts_sum_exactly_and_stay_within_a_fen_of_their_exact_share(
    total_fen: int, weights: list[Fraction]
) -> None:
    parts = allot(total_fen, weights)

    assert sum(parts) == total_fen
    for part, weight in zip(parts, weights, strict=True):
        exact = total_fen * weight / sum(weights)
        assert abs(part - exact) < 1
        assert weight or part == 0


def test_parts_follow_the_order_of_weights() -> None:
    parts = allot(1_000_003, [5, 4, 3, 2, 1])

    assert parts == sorted(parts, reverse=True)


@pytest.mark.parametrize("weights", [[], [0, 0]])
def test_nothing_to_weigh_by_is_refused(weights: list[int]) -> None:
    with pytest.raises(Refusal, match="ALLOT_NO_WEIGHT"):
        allot(100, weights)


def test_a_negative_weight_is_refused_by_its_position() -> None:
    with pytest.raises(Refusal, match="ALLOT_NEGATIVE_WEIGHT") as refused:
        allot(100, [1, -1])

    assert refused.value.details[0].params == {"position": 1}
