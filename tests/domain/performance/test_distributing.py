import uuid
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.distributing import Entry, share_out
from mobile_hrp.domain.performance.terms import ShareMethod
from mobile_hrp.domain.refusal import Refusal

ANNA, BORIS, CLARA = (uuid.UUID(int=n) for n in (1, 2, 3))
PEOPLE = [ANNA, BORIS, CLARA]


def entries(*weights: int, factor: int = 1, fixed_fen: int = 0) -> list[Entry]:
    return [
        Entry(person, Fraction(weight), Fraction(factor), fixed_fen)
        for person, weight in zip(PEOPLE, weights, strict=True)
    ]


def test_fixed_parts_come_first_and_the_rest_goes_by_weight() -> None:
    proof = share_out(100_00, PEOPLE, entries(1, 2, 2, fixed_fen=10_00), ShareMethod.SCORE)

    assert proof.by_person_fen == {ANNA: 24_00, BORIS: 38_00, CLARA: 38_00}
    assert proof.sum_fen == proof.package_fen == 100_00


def test_ratios_sum_to_the_whole_and_take_no_factor() -> None:
    proof = share_out(100_00, PEOPLE, entries(50, 30, 20, factor=7), ShareMethod.RATIO)
    assert proof.by_person_fen == {ANNA: 50_00, BORIS: 30_00, CLARA: 20_00}

    with pytest.raises(Refusal, match="DISTRIBUTION_RATIO"):
        share_out(100_00, PEOPLE, entries(50, 30, 19), ShareMethod.RATIO)


def test_each_member_is_named_once_and_nobody_else() -> None:
    three = entries(1, 1, 1)
    for wrong in (three[1:], [*three, three[0]], [three[0], three[0], three[2]]):
        with pytest.raises(Refusal, match="DISTRIBUTION_MEMBERS"):
            share_out(100_00, PEOPLE, wrong, ShareMethod.SCORE)


def test_more_than_the_package_and_less_than_nothing_are_refused() -> None:
    with pytest.raises(Refusal, match="DISTRIBUTION_TOO_MUCH"):
        share_out(20_00, PEOPLE, entries(1, 1, 1, fixed_fen=7_00), ShareMethod.SCORE)
    with pytest.raises(Refusal, match="DISTRIBUTION_ENTRY") as refused:
        share_out(20_00, PEOPLE, entries(1, -1, 1), ShareMethod.SCORE)
    assert [detail.path for detail in refused.value.details] == ["entries.1"]
    with pytest.raises(Refusal, match="ALLOT_NO_WEIGHT"):
        share_out(20_00, PEOPLE, entries(0, 0, 0), ShareMethod.SCORE)


@given(
    st.integers(0, 10**9),
    st.tuples(*[st.integers(0, 1000)] * 3).filter(any),
    st.integers(0, 100),
)
@settings(max_examples=80, deadline=None)
def test_shares_always_sum_to_the_package(
    package_fen: int, weights: tuple[int, int, int], fixed_fen: int
) -> None:
    fixed_fen = min(fixed_fen, package_fen // 3)
    proof = share_out(
        package_fen, PEOPLE, entries(*weights, fixed_fen=fixed_fen), ShareMethod.WORKLOAD
    )

    assert sum(proof.by_person_fen.values()) == package_fen
    assert all(fen >= fixed_fen for fen in proof.by_person_fen.values())
