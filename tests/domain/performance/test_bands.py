from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.bands import band_of

YUAN = 100


def test_a_band_is_quarters_in_hundreds_of_yuan() -> None:
    band = band_of([amount * 1000 * YUAN for amount in range(1, 10)])

    assert band is not None
    assert (band.low_fen, band.middle_fen, band.high_fen) == (300_000, 500_000, 700_000)
    assert band.people == 5


def test_four_people_have_no_band_whatever_the_rules_allow() -> None:
    assert band_of([1, 2, 3, 4]) is None
    assert band_of([1, 2, 3, 4], smallest=2) is None
    assert band_of([1, 2, 3, 4, 5], smallest=8) is None


@given(st.lists(st.integers(0, 10**7), min_size=5, max_size=30), st.integers(0, 29))
@settings(max_examples=100, deadline=None)
def test_a_band_names_no_amount_and_hides_a_small_change_of_one_person(
    totals: list[int], place: int
) -> None:
    band = band_of(totals)
    assert band is not None
    for quantile in (band.low_fen, band.middle_fen, band.high_fen):
        assert quantile % (100 * YUAN) == 0
    moved = totals.copy()
    moved[place % len(totals)] += 1
    again = band_of(moved)
    assert again is not None
    assert abs(again.middle_fen - band.middle_fen) <= 100 * YUAN
