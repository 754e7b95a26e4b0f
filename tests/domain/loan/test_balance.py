"""A loan's balance: whatever happens in whatever order, nothing is owed that was not lent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.loan import balance as rules
from mobile_hrp.domain.loan.balance import LoanBalance
from mobile_hrp.domain.refusal import Refusal

amounts = st.integers(min_value=-5, max_value=400)
steps = st.lists(
    st.tuples(st.sampled_from(["claim", "paid", "back", "void", "repay"]), amounts), max_size=30
)


@settings(deadline=None, max_examples=200)
@given(principal=st.integers(min_value=1, max_value=500), taken=steps)
def test_what_is_owed_is_what_was_lent_less_what_came_back(
    principal: int, taken: list[tuple[str, int]]
) -> None:
    balance = rules.paid_out(principal)
    held: list[int] = []
    settled: list[int] = []
    repaid = 0
    for step, amount in taken:
        before = balance
        try:
            if step == "claim":
                balance, part = rules.hold(balance, amount)
                assert 0 <= part <= max(amount, 0)
                held += [part] if part else []
            elif step == "paid" and held:
                settled.append(held.pop())
                balance = rules.settle(balance, settled[-1])
            elif step == "back" and held:
                balance = rules.release(balance, held.pop())
            elif step == "void" and settled:
                balance = rules.reinstate(balance, settled.pop())
            elif step == "repay":
                balance = rules.reduce(balance, amount)
                repaid += amount
        except Refusal:
            assert balance == before
        assert balance.held_fen == sum(held)
        assert balance.outstanding_fen == principal - sum(settled) - repaid
        assert 0 <= balance.free_fen <= principal


def test_a_claim_settles_no_more_than_is_open_and_no_more_than_it_is_worth() -> None:
    balance, first = rules.hold(rules.paid_out(100), 70)
    balance, second = rules.hold(balance, 70)
    balance, third = rules.hold(balance, 70)
    assert (first, second, third) == (70, 30, 0)
    assert balance.free_fen == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_amount(amount: int) -> None:
    with pytest.raises(Refusal, match="AMOUNT_NOT_POSITIVE"):
        rules.paid_out(amount)
    with pytest.raises(Refusal, match="AMOUNT_NOT_POSITIVE"):
        rules.reduce(rules.paid_out(100), amount)


def test_more_than_is_open_does_not_come_back() -> None:
    balance, _ = rules.hold(rules.paid_out(100), 40)
    with pytest.raises(Refusal, match="LOAN_OUTSTANDING_EXCEEDED") as refused:
        rules.reduce(balance, 61)
    assert refused.value.details[0].params == {"outstanding": "0.60"}
    assert rules.reduce(balance, 60).outstanding_fen == 40


def test_a_loan_is_handed_over_as_a_whole_or_not_at_all() -> None:
    whole = rules.paid_out(100)
    rules.require_whole(whole, 100)
    with pytest.raises(Refusal, match="LOAN_TRANSFER_WHOLE"):
        rules.require_whole(whole, 99)
    held, _ = rules.hold(whole, 1)
    with pytest.raises(Refusal, match="LOAN_IN_USE"):
        rules.require_whole(held, 100)
    with pytest.raises(Refusal, match="LOAN_IN_USE"):
        rules.require_whole(rules.reduce(whole, 100), 100)


@pytest.mark.parametrize("figures", [(100, 101, 0), (100, -1, 0), (100, 50, 51), (100, 50, -1)])
def test_a_balance_out_of_range_cannot_be_said(figures: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        LoanBalance(*figures)
