"""A changed definition over the same facts, and the case the whole library was made for."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.indicator.definitions import RATE, month, rate, topups

from mobile_hrp.domain.indicator.definition import read_definition
from mobile_hrp.domain.indicator.evaluation import Fact, as_text, evaluate, shown_value
from mobile_hrp.domain.indicator.replay import replay
from mobile_hrp.domain.indicator.terms import Cause, Unit

WITHOUT_FIRST = rate("first_topup # 入院首次充值")
COUNTS = st.integers(0, 10_000)


def percent(value: Fraction | None) -> str:
    assert value is not None
    return as_text(shown_value(value, Unit.RATIO), Unit.RATIO)


def test_the_first_topup_of_a_stay_was_never_the_departments_to_win() -> None:
    """南湖 HIT 2024: 58.85 % and 7.32 % became about 70 % and about 35 % without first top-ups.

    Long stays (16.14 days) top up often, short ones (6.62 days) mostly once, at admission.
    """
    long_stays = replay(RATE.definition, WITHOUT_FIRST, month(app=5_885, first=1_593, other=2_522))
    short_stays = replay(RATE.definition, WITHOUT_FIRST, month(app=732, first=7_909, other=1_359))

    assert percent(long_stays.before.value) == "58.85%"
    assert percent(long_stays.after.value) == "70.00%"
    assert percent(short_stays.before.value) == "7.32%"
    assert percent(short_stays.after.value) == "35.01%"
    (cause,) = short_stays.causes
    assert (cause.cause, cause.label) == (Cause.EXCLUDED, "入院首次充值")
    assert cause.numerator == 0
    assert cause.denominator == -7_909


@given(app=COUNTS, first=COUNTS, other=COUNTS, both=COUNTS)
@settings(deadline=None, max_examples=60)
def test_causes_sum_to_the_difference_exactly(app: int, first: int, other: int, both: int) -> None:
    facts = [*month(app=app, first=first, other=other), topups("app", both, first=True)]
    old = rate("channel == 'bank' # 银行转账")
    new = rate("first_topup # 首次", numerator="channel == 'app' or channel == 'bedside'")

    found = replay(old, new, facts)

    above = sum(cause.numerator for cause in found.causes)
    below = sum(cause.denominator for cause in found.causes)
    assert found.after.numerator - found.before.numerator == above
    assert (found.after.denominator or 0) - (found.before.denominator or 0) == below


def test_rows_that_come_go_and_count_otherwise_are_told_apart() -> None:
    facts = [topups("app", 10), topups("bank", 20), topups("window", 30, first=True)]
    old = rate("channel == 'bank' # 银行")
    new = rate("first_topup # 首次", numerator="channel == 'app' or channel == 'bank'")

    causes = {one.cause: one for one in replay(old, new, facts).causes}

    assert causes[Cause.ADDED].denominator == 20
    assert causes[Cause.EXCLUDED].denominator == -30
    assert Cause.COUNTED_OTHERWISE not in causes
    weighed = rate(numerator="2 if channel == 'app' else 0")
    (only,) = replay(rate(), weighed, facts).causes
    assert only.cause is Cause.COUNTED_OTHERWISE
    assert only.numerator == 10
    assert only.denominator == 0


def test_people_behind_a_ratio_are_those_below_the_line() -> None:
    """Somebody could shrink the group by counting others as nothing instead of excluding them."""
    sly = read_definition(
        RATE.definition.dataset,
        numerator="channel == 'bank'",
        denominator="channel == 'bank'",
        exclusions="",
    )
    facts = [topups("window", 500), topups("bank", 3)]
    assert evaluate(sly, facts).people == 3
    assert evaluate(rate(), facts).people == 503


def test_one_person_in_two_facts_is_one_person() -> None:
    facts = [
        Fact({"channel": "app", "first_topup": first}, Fraction(1), 1, frozenset({"p1"}))
        for first in (True, False)
    ]
    assert evaluate(rate(), facts).people == 1


def test_nothing_to_divide_by_is_no_value_and_a_division_by_zero_a_fault() -> None:
    assert evaluate(rate(), []).value is None
    assert evaluate(rate("first_topup"), [topups("app", 4, first=True)]).value is None
    faulty = rate(numerator="1 / (0 if channel == 'bank' else 1)")
    broken = evaluate(faulty, [topups("bank", 9)])
    assert (broken.value, broken.fault) == (None, "DIVISION_BY_ZERO")


def test_values_are_rounded_once_half_up() -> None:
    assert shown_value(Fraction(1, 3), Unit.RATIO) == 3333
    assert shown_value(Fraction(11_111, 200_000), Unit.RATIO) == 556  # 555.55
    assert shown_value(Fraction(-1, 200), Unit.MEAN) == -1
    assert as_text(1_614, Unit.MEAN) == "16.14"
    assert as_text(-5, Unit.AMOUNT) == "-0.05"
    assert as_text(7, Unit.COUNT) == "7"
