import uuid
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.package import Explanation, Payout, distribute, prove
from mobile_hrp.domain.performance.terms import LineKind
from mobile_hrp.domain.refusal import Refusal

ANNA, BORIS, CLARA = (uuid.UUID(int=n) for n in (1, 2, 3))


def share(package_fen: int, weights: dict[uuid.UUID, int | Fraction]) -> tuple[Payout, ...]:
    return distribute(package_fen, weights, rule_code="by_points", rule_version="3")


def pay(staff_id: uuid.UUID, amount_fen: int, kind: LineKind = LineKind.PIECE) -> Payout:
    return Payout(staff_id, kind, amount_fen, Explanation("piece", "1"))


def test_a_package_is_shared_exactly_and_says_how() -> None:
    payouts = share(10_000, {BORIS: 1, ANNA: 1, CLARA: Fraction(1, 2)})

    assert [(each.staff_id, each.amount_fen) for each in payouts] == [
        (ANNA, 4_000),
        (BORIS, 4_000),
        (CLARA, 2_000),
    ]
    assert payouts[2].explanation == Explanation(
        "by_points", "3", {"package_fen": "10000", "weight": "1/2", "weights_sum": "5/2"}
    )
    assert prove(10_000, payouts).by_person_fen == {ANNA: 4_000, BORIS: 4_000, CLARA: 2_000}


def test_the_order_people_are_listed_in_never_changes_who_gets_the_odd_fen() -> None:
    one_way = share(100, {ANNA: 1, BORIS: 1, CLARA: 1})
    other_way = share(100, {CLARA: 1, BORIS: 1, ANNA: 1})

    assert one_way == other_way
    assert one_way[0].amount_fen == 34


@given(
    st.integers(0, 10**12),
    st.dictionaries(st.uuids(), st.fractions(0, 500), min_size=1, max_size=40).filter(
        lambda weights: any(weights.values())
    ),
)
@settings(deadline=None)
def test_shares_always_prove(package_fen: int, weights: dict[uuid.UUID, int | Fraction]) -> None:
    proof = prove(package_fen, share(package_fen, weights))

    assert proof.sum_fen == package_fen
    assert set(proof.by_person_fen) == set(weights)


def test_a_package_one_fen_off_is_refused_with_both_sums() -> None:
    with pytest.raises(Refusal, match="PACKAGE_NOT_BALANCED") as refused:
        prove(10_000, [pay(ANNA, 9_999)])

    assert refused.value.details[0].params == {"sum": "99.99", "package": "100.00"}


def test_a_person_below_zero_is_refused_by_id_but_a_deduction_line_is_not() -> None:
    fine = [pay(ANNA, 500), pay(ANNA, -200, LineKind.DEDUCTION), pay(BORIS, 700)]
    assert prove(1_000, fine).by_person_fen[ANNA] == 300

    with pytest.raises(Refusal, match="PAYOUT_NEGATIVE") as refused:
        prove(1_000, [pay(ANNA, -1, LineKind.DEDUCTION), pay(BORIS, 1_001)])
    assert [detail.path for detail in refused.value.details] == [str(ANNA)]


def test_a_package_without_any_weight_is_refused() -> None:
    with pytest.raises(Refusal, match="ALLOT_NO_WEIGHT"):
        share(100, {ANNA: 0})
