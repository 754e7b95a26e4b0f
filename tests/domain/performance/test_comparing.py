"""Two periods of a person: every part of the difference has a cause, and they sum exactly."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.comparing import Change, ComparedLine, compare
from mobile_hrp.domain.performance.terms import ChangeCause, LineKind, TermClass

CLASSES = {
    "quantity": TermClass.WORK,
    "score": TermClass.COEFFICIENT,
    "price": TermClass.PRICE,
}
PLAIN = "quantity * price * score / 100"


def line(amount_fen: int, formula: str = PLAIN, **values: Any) -> ComparedLine:
    said: dict[str, Any] = {
        "rule_code": "visits",
        "rule_version": "1",
        "kind": LineKind.PIECE,
        "shared": False,
        "department": "心内科",
    }
    terms = {"quantity": "10", "price": "2", "score": "100"}
    for name, value in values.items():
        (said if name in said else terms)[name] = value
    return ComparedLine(
        amount_fen=amount_fen, terms={"formula": formula, **terms}, classes=CLASSES, **said
    )


def causes(changes: tuple[Change, ...]) -> Mapping[ChangeCause, int]:
    return {change.cause: change.amount_fen for change in changes}


def explained(before: list[ComparedLine], after: list[ComparedLine]) -> tuple[Change, ...]:
    known = {"visits", "costs"}
    return compare(before, after, rules_before=known, rules_after=known)


def test_work_coefficient_price_and_rule_each_have_their_part() -> None:
    before = line(20_00)
    after = line(39_60, PLAIN + " + 0", quantity="12", price="3", score="110", rule_version="2")

    assert causes(explained([before], [after])) == {
        ChangeCause.WORKLOAD: 4_00,
        ChangeCause.COEFFICIENT: 2_40,
        ChangeCause.PRICE: 13_20,
    }


def test_a_new_formula_is_its_own_cause() -> None:
    before, after = line(20_00), line(25_00, PLAIN + " + 5", rule_version="2")

    assert causes(explained([before], [after])) == {ChangeCause.RULE_VERSION: 5_00}


def test_new_work_is_workload_and_a_new_rule_is_the_rules() -> None:
    new = line(20_00)
    assert causes(explained([], [new])) == {ChangeCause.WORKLOAD: 20_00}
    assert causes(explained([new], [])) == {ChangeCause.WORKLOAD: -20_00}
    changes = compare([], [new], rules_before=set(), rules_after={"visits"})
    assert causes(changes) == {ChangeCause.RULE_VERSION: 20_00}


def test_what_is_shared_or_corrected_is_said_to_be_so() -> None:
    shared = line(-5_00, rule_code="costs", kind=LineKind.DEDUCTION, shared=True)
    correction = line(7_00, kind=LineKind.CORRECTION)

    assert causes(explained([], [shared, correction])) == {
        ChangeCause.SHARED: -5_00,
        ChangeCause.CORRECTION: 7_00,
    }


def test_a_mixture_nobody_can_compute_falls_to_the_next_cause() -> None:
    before = line(1_00, "100 / (quantity - price) / score * 8", quantity="10", price="2")
    after = line(50, "100 / (quantity - price) / score * 8", quantity="2", price="-6")

    changes = explained([before], [after])

    assert sum(change.amount_fen for change in changes) == -50
    assert ChangeCause.WORKLOAD not in causes(changes)


numbers = st.integers(0, 10**6).map(lambda milli: f"{milli / 1000:.3f}")
formulas = st.sampled_from(
    [PLAIN, "quantity * price", "min(quantity * price, 100)", "quantity / score", "score - price"]
)
kinds = st.sampled_from([LineKind.PIECE, LineKind.DEDUCTION, LineKind.CORRECTION])
lines = st.builds(
    line,
    st.integers(-(10**9), 10**9),
    formulas,
    quantity=numbers,
    price=numbers,
    score=numbers,
    kind=kinds,
    shared=st.booleans(),
    rule_code=st.sampled_from(["visits", "costs", "gone"]),
)


@given(st.lists(lines, max_size=6), st.lists(lines, max_size=6))
@settings(max_examples=150, deadline=None)
def test_the_parts_always_sum_to_the_difference(
    before: list[ComparedLine], after: list[ComparedLine]
) -> None:
    changes = explained(before, after)

    difference = sum(one.amount_fen for one in after) - sum(one.amount_fen for one in before)
    assert sum(change.amount_fen for change in changes) == difference
    assert all(change.amount_fen for change in changes)
