"""What becomes of an order, and how an approved amount is divided over payees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.payment.orders import (
    OrderFacts,
    PayeeOfForm,
    Result,
    decide_result,
    divide,
    require_cancellable,
    require_exportable,
)
from mobile_hrp.domain.payment.terms import PaymentOutcome, PaymentState
from mobile_hrp.domain.refusal import Refusal

P, Out = PaymentState, PaymentOutcome
PAID = Result(Out.PAID, reference="B-1")
FAILED = Result(Out.FAILED, reference="B-1", reason="户名不符")
RETURNED = Result(Out.RETURNED, reference="R-1", reason="退汇")


def order(state: PaymentState, reference: str = "", paid: str = "") -> OrderFacts:
    return OrderFacts("X-P1", state, 100_00, reference, paid)


@pytest.mark.parametrize(
    ("before", "result", "after"),
    [
        (order(P.EXPORTED), Result(Out.SENT), P.SENT),
        (order(P.EXPORTED), PAID, P.PAID),
        (order(P.SENT), PAID, P.PAID),
        (order(P.READY), PAID, P.PAID),  # by hand
        (order(P.FAILED, "B-0"), PAID, P.PAID),  # paid after all
        (order(P.SENT), FAILED, P.FAILED),
        (order(P.PAID, "B-1", "B-1"), RETURNED, P.RETURNED),
    ],
)
def test_a_result_leads_on(before: OrderFacts, result: Result, after: PaymentState) -> None:
    assert decide_result(before, result) is after


@pytest.mark.parametrize(
    ("before", "result"),
    [
        (order(P.PAID, "B-1", "B-1"), PAID),
        (order(P.RETURNED, "R-1", "B-1"), PAID),
        (order(P.RETURNED, "R-1", "B-1"), RETURNED),
        (order(P.FAILED, "B-1"), FAILED),
        (order(P.EXPORTED, "B-1"), FAILED),  # of the file before this one
        (order(P.PAID, "B-1", "B-1"), Result(Out.SENT)),
        (order(P.SENT), Result(Out.SENT)),
    ],
)
def test_what_is_told_again_or_was_overtaken_changes_nothing(
    before: OrderFacts, result: Result
) -> None:
    assert decide_result(before, result) is None


@pytest.mark.parametrize(
    ("before", "result", "code"),
    [
        (order(P.SENT), RETURNED, "PAYMENT_STATE"),  # before it was paid
        (order(P.PAID, "B-1", "B-1"), Result(Out.PAID, reference="B-2"), "PAYMENT_STATE"),
        (order(P.PAID, "B-9", "B-9"), FAILED, "PAYMENT_STATE"),
        (order(P.READY), FAILED, "PAYMENT_STATE"),
        (order(P.READY), Result(Out.SENT), "PAYMENT_STATE"),
        (order(P.CANCELLED), PAID, "PAYMENT_STATE"),
        (order(P.SENT), Result(Out.PAID, "B-1", amount_fen=99_99), "PAYMENT_AMOUNT_MISMATCH"),
        (order(P.SENT), Result(Out.PAID, " "), "PAYMENT_REFERENCE_REQUIRED"),
        (order(P.SENT), Result(Out.FAILED, "B-1"), "PAYMENT_REASON_REQUIRED"),
        (order(P.SENT), Result(Out.PAID, "B\u202e1"), "PAYMENT_TEXT_INVALID"),
        (order(P.SENT), Result(Out.PAID, "B" * 201), "PAYMENT_TEXT_INVALID"),
    ],
)
def test_a_wrong_result_is_refused_with_its_code(
    before: OrderFacts, result: Result, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        decide_result(before, result)
    assert refused.value.code == code


@settings(deadline=None, max_examples=300)
@given(
    state=st.sampled_from(PaymentState),
    results=st.lists(st.sampled_from([PAID, FAILED, RETURNED, Result(Out.SENT)]), max_size=8),
)
def test_money_never_leaves_twice_however_results_arrive(
    state: PaymentState, results: list[Result]
) -> None:
    reference = paid = "B-1" if state in {P.PAID, P.RETURNED} else ""
    times_paid = int(bool(paid))
    for result in [*results, *results]:
        try:
            after = decide_result(order(state, reference, paid), result)
        except Refusal:
            continue
        if after is None:
            continue
        state, reference = after, result.reference
        if after is P.PAID:
            times_paid += 1
            paid = result.reference
    assert times_paid <= 1


def test_only_what_may_be_paid_is_exported_and_only_once() -> None:
    for state in (P.READY, P.FAILED):
        require_exportable(order(state), path="orderIds.0")
    for state in (P.EXPORTED, P.SENT):
        with pytest.raises(Refusal, match="PAYMENT_ALREADY_EXPORTED"):
            require_exportable(order(state), path="orderIds.0")
    for state in (P.DRAFT, P.PAID, P.RETURNED, P.CANCELLED):
        with pytest.raises(Refusal, match="PAYMENT_STATE"):
            require_exportable(order(state), path="orderIds.0")


def test_what_the_bank_has_is_not_cancelled() -> None:
    for state in (P.DRAFT, P.READY, P.FAILED):
        require_cancellable(order(state))
    for state, code in (
        (P.EXPORTED, "PAYMENT_UNDER_WAY"),
        (P.SENT, "PAYMENT_UNDER_WAY"),
        (P.PAID, "PAYMENT_ALREADY_MADE"),
        (P.CANCELLED, "PAYMENT_STATE"),
        (P.RETURNED, "PAYMENT_STATE"),
    ):
        with pytest.raises(Refusal, match=code):
            require_cancellable(order(state))


@settings(deadline=None, max_examples=300)
@given(
    weights=st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=12),
    approved=st.integers(min_value=0, max_value=10**12),
    offset=st.integers(min_value=0, max_value=10**11),
    tax=st.integers(min_value=0, max_value=10**10),
)
def test_the_parts_sum_to_the_whole_and_nobody_gets_more_than_approved(
    weights: list[int], approved: int, offset: int, tax: int
) -> None:
    payees = [PayeeOfForm(f"values.people.{n}", "x", w) for n, w in enumerate(weights)]
    if offset + tax > approved:
        with pytest.raises(Refusal, match="PAYMENT_EXCEEDED"):
            divide(payees, approved_fen=approved, offset_fen=offset, tax_fen=tax)
        return
    shares = divide(payees, approved_fen=approved, offset_fen=offset, tax_fen=tax)
    assert sum(share.amount_fen for share in shares) == approved - offset - tax
    assert all(0 < share.amount_fen <= share.approved_fen for share in shares)


def test_a_claim_that_a_loan_settles_wholly_pays_nobody() -> None:
    assert divide([PayeeOfForm("values.payee", "x")], approved_fen=500, offset_fen=500) == ()
