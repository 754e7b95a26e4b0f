"""The expression language: what it computes, what it refuses, and how it explains itself."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, getcontext, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.expression import (
    NUMERIC_FUNCTIONS,
    ExpressionError,
    ExpressionFault,
    Reason,
    Value,
    parse,
)

names = st.sampled_from(["a", "b", "c"])
SIGNS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


def fault_of(text: str, **values: object) -> tuple[ExpressionFault, int, str]:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NUMERIC_FUNCTIONS).evaluate(values)  # type: ignore[arg-type] # bad on purpose
    return caught.value.code, caught.value.position, caught.value.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 10000", True),
        ("amount >= 12000.50 and amount <= 12000.5", True),
        ("0 < amount < 100", False),
        ("rank in ['MIDDLE', 'SENIOR'] or amount > 99999", True),
        ("rank not in ['MIDDLE']", False),
        ("not (rank == 'JUNIOR')", True),
        ("quote == None", True),
        ("quote != None and quote > 1000", False),
        ("'RESEARCH' in tags", True),
        ("'中文' == '中文' and amount > 1", True),
        ("urgent", False),
        ("-amount + 2 * 3 - 1 / 4", Decimal("-11994.75")),
        ("round_half_up(amount / 7, 2)", Decimal("1714.36")),
        ("max(min(amount, 100), floor(3.9), ceil(0.1), abs(-7))", Decimal(100)),
        ("'big' if amount > 100 else 'small'", "big"),
        ("signed_on < due_on", True),
        ("None in [None, 'A']", True),
        ("count in [1, 2, -3]", True),
    ],
)
def test_an_expression_means_what_it_says(text: str, expected: Value) -> None:
    values: dict[str, Value] = {
        "amount": Decimal("12000.50"),
        "rank": "MIDDLE",
        "quote": None,
        "tags": ("RESEARCH", "OTHER"),
        "urgent": False,
        "signed_on": date(2026, 1, 1),
        "due_on": date(2026, 1, 2),
        "count": 2,
    }
    result = parse(text, NUMERIC_FUNCTIONS).evaluate(values)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "fault", "position"),
    [
        ("", ExpressionFault.EMPTY, 0),
        ("   ", ExpressionFault.EMPTY, 0),
        ("a" * 1001, ExpressionFault.TOO_LONG, 1000),
        ("(" * 60 + "a" + ")" * 60, ExpressionFault.TOO_DEEP, 24),
        ("-" * 900 + "a", ExpressionFault.TOO_DEEP, 24),
        ("not " * 200 + "a", ExpressionFault.TOO_DEEP, 96),
        (" or ".join(["a<1"] * 90), ExpressionFault.TOO_MANY_PARTS, 581),
        ("[" + ",".join(["1"] * 101) + "]", ExpressionFault.TOO_MANY_PARTS, 0),
        ("a > 1234567890123456789", ExpressionFault.NUMBER_TOO_LARGE, 4),
        ("a > 0.1234567890123456789", ExpressionFault.NUMBER_TOO_LARGE, 4),
        ("amount.real", ExpressionFault.BAD_CHARACTER, 6),
        ("a > 1e9", ExpressionFault.BAD_CHARACTER, 4),
        ("a > 1_000", ExpressionFault.BAD_CHARACTER, 4),
        ("a > 0x10", ExpressionFault.BAD_CHARACTER, 4),
        ("f'{a}'", ExpressionFault.BAD_CHARACTER, 0),
        ("a == 'x\\n'", ExpressionFault.BAD_CHARACTER, 5),
        ("a == 'open", ExpressionFault.BAD_CHARACTER, 5),
        ("a\n> 1", ExpressionFault.BAD_CHARACTER, 1),
        ("a\x00> 1", ExpressionFault.BAD_CHARACTER, 1),
        ("ａ > 1", ExpressionFault.BAD_CHARACTER, 0),
        ("金额 > 1", ExpressionFault.BAD_CHARACTER, 0),
        ("(a := 1)", ExpressionFault.BAD_CHARACTER, 3),
        ("a % 2", ExpressionFault.BAD_CHARACTER, 2),
        ("a >", ExpressionFault.BAD_SYNTAX, 3),
        ("a b", ExpressionFault.BAD_SYNTAX, 2),
        ("a in ['A' 'B']", ExpressionFault.BAD_SYNTAX, 10),
        ("a ** 9", ExpressionFault.NOT_ALLOWED, 0),
        ("a // 9", ExpressionFault.NOT_ALLOWED, 0),
        ("a is None", ExpressionFault.NOT_ALLOWED, 0),
        ("+a", ExpressionFault.NOT_ALLOWED, 0),
        ("a[0]", ExpressionFault.NOT_ALLOWED, 0),
        ("(a, b)", ExpressionFault.NOT_ALLOWED, 0),
        ("[a]", ExpressionFault.NOT_ALLOWED, 1),
        ("[x for x in a]", ExpressionFault.NOT_ALLOWED, 0),
        ("min(*a)", ExpressionFault.WRONG_ARGUMENT_COUNT, 0),
        ("min(a, *b)", ExpressionFault.NOT_ALLOWED, 7),
        ("a()()", ExpressionFault.NOT_ALLOWED, 0),
        ("a in [1, 'A']", ExpressionFault.TYPE_MISMATCH, 5),
        ("__import__('os')", ExpressionFault.UNKNOWN_FUNCTION, 0),
        ("'中文' == a and open('x')", ExpressionFault.UNKNOWN_FUNCTION, 14),
        ("floor(a, 1, 2)", ExpressionFault.WRONG_ARGUMENT_COUNT, 0),
    ],
)
def test_what_the_language_does_not_have_is_refused_when_parsed(
    text: str, fault: ExpressionFault, position: int
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NUMERIC_FUNCTIONS)
    assert (caught.value.code, caught.value.position) == (fault, position)


def test_no_function_may_be_called_unless_the_caller_lists_it() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("max(a, b)")
    assert caught.value.code is ExpressionFault.UNKNOWN_FUNCTION
    assert caught.value.name == "max"


def test_an_empty_value_is_neither_small_nor_large() -> None:
    assert fault_of("quote > 1000", quote=None) == (ExpressionFault.NULL_OPERAND, 0, "")
    assert fault_of("quote + 1", quote=None)[0] is ExpressionFault.NULL_OPERAND
    assert fault_of("not quote", quote=None)[0] is ExpressionFault.NULL_OPERAND
    assert fault_of("1 in quote", quote=None)[0] is ExpressionFault.NULL_OPERAND


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a == 1", "1"),
        ("a == 'X'", Decimal(1)),
        ("a == True", Decimal(1)),
        ("a > 1", True),
        ("a > 'X'", "Y"),
        ("a and True", Decimal(1)),
        ("a in 'XY'", "X"),
        ("a > 1", 1.5),
        ("a == a", (Decimal(1),)),
        ("'X' in a", (("X",),)),
        ("a + 1", "1"),
        ("a < day", datetime(2026, 1, 1, tzinfo=UTC)),
        ("a < moment", datetime(2026, 1, 1)),  # noqa: DTZ001 - without a zone on purpose
        ("a == 1", object()),
    ],
)
def test_values_of_different_kinds_never_compare(text: str, value: object) -> None:
    fault, _, _ = fault_of(
        text, a=value, day=date(2026, 1, 1), moment=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert fault is ExpressionFault.TYPE_MISMATCH


def test_a_missing_name_says_which_and_where() -> None:
    assert fault_of("1 > 2 or ghost", b=1) == (ExpressionFault.MISSING_NAME, 9, "ghost")


def test_a_division_by_zero_says_where() -> None:
    assert fault_of("1 + a / (b - 1)", a=1, b=1)[:2] == (ExpressionFault.DIVISION_BY_ZERO, 4)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E40"), 10**31])
def test_figures_out_of_range_are_refused(value: Decimal | int) -> None:
    assert fault_of("a > 1", a=value)[0] is ExpressionFault.OUT_OF_RANGE


def test_growing_beyond_the_range_is_refused() -> None:
    fault, _, _ = fault_of(" * ".join(["a"] * 20), a=10**9)
    assert fault is ExpressionFault.OUT_OF_RANGE


@pytest.mark.parametrize("places", ["-1", "0.5", "11"])
def test_rounding_takes_a_sensible_number_of_places(places: str) -> None:
    assert fault_of(f"round_half_up(a, {places})", a=1)[0] is ExpressionFault.OUT_OF_RANGE


def test_a_guard_protects_what_follows_it() -> None:
    guarded = parse("n != 0 and total / n > 5")
    assert guarded.holds({"n": 0, "total": 10}) is False
    assert guarded.holds({"n": 1, "total": 10}) is True
    assert parse("n == 0 or total / n > 5").holds({"n": 0, "total": 10}) is True
    assert parse("0 if n == 0 else total / n").evaluate({"n": 0, "total": 10}) == 0


def test_a_condition_must_be_a_yes_or_a_no() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("1 + 1").holds({})
    assert caught.value.code is ExpressionFault.TYPE_MISMATCH


def test_an_explanation_names_the_conditions_that_decided_and_their_values() -> None:
    condition = parse("amount > T3 or rank in ['MIDDLE'] and not urgent or amount > T4")
    values: dict[str, Value] = {
        "amount": 500,
        "T3": 50_000,
        "T4": 200_000,
        "rank": "MIDDLE",
        "urgent": False,
    }
    assert condition.explain(values) == (
        Reason("amount > T3", 0, False, True, False, {"amount": 500, "T3": 50_000}),
        Reason("rank in ['MIDDLE']", 15, True, True, True, {"rank": "MIDDLE"}),
        Reason("urgent", 42, False, True, True, {"urgent": False}),
        Reason("amount > T4", 52, None, False, False, {}),
    )


def test_all_failed_alternatives_decide_a_no() -> None:
    reasons = parse("a > 1 or b > 1").explain({"a": 0, "b": 0})
    assert [reason.decided for reason in reasons] == [True, True]


def test_the_first_failed_requirement_decides_a_no() -> None:
    reasons = parse("a > 1 and b > 1 and a > 2").explain({"a": 5, "b": 0})
    assert [reason.decided for reason in reasons] == [False, True, False]


def test_a_choice_is_explained_by_its_test_and_the_branch_taken() -> None:
    reasons = parse("(a > 1) if b else (a > 2)").explain({"a": 5, "b": True})
    assert [(reason.text, reason.decided) for reason in reasons] == [
        ("b", True),
        ("a > 1", True),
        ("a > 2", False),
    ]


def test_comparisons_are_listed_for_tools_that_look_for_boundaries() -> None:
    first, second, third = parse("0 < amount <= T2 and rank in ['A']").comparisons
    assert (first.left.evaluate({}), first.operator, first.right.names) == (0, "<", ("amount",))
    assert (second.left.is_name, second.operator, second.right.text) == (True, "<=", "T2")
    assert third.right.evaluate({}) == ("A",)


def test_the_tree_carries_the_expression_to_other_programs() -> None:
    text = "0 < amount <= max(T2, -1.50) and not (rank in ['A', None]) or (a if b else c == 'x')"
    assert parse(text, NUMERIC_FUNCTIONS).tree == (
        "or",
        (
            "and",
            (
                "and",
                ("<", ("number", "0"), ("name", "amount")),
                (
                    "<=",
                    ("name", "amount"),
                    ("call", "max", ("name", "T2"), ("-", ("number", "1.50"))),
                ),
            ),
            ("not", ("in", ("name", "rank"), ("list", ("text", "A"), ("null", None)))),
        ),
        ("if", ("name", "b"), ("name", "a"), ("==", ("name", "c"), ("text", "x"))),
    )


def test_an_expression_is_its_text() -> None:
    assert parse("a > 1") == parse("a > 1")
    assert hash(parse("a > 1")) == hash(parse("a > 1"))
    assert parse("a > 1") != parse("a>1")
    assert parse("a > 1").names == {"a"}
    assert parse("a > 1") != "a > 1"


@given(text=st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_parsed_or_refused_by_a_typed_error(text: str) -> None:
    try:
        parsed = parse(text, NUMERIC_FUNCTIONS)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - either outcome is right
    else:
        assert parsed.text == text


Row = Mapping[str, Decimal]
Meaning = Callable[[Row], bool]


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Meaning]:
    """A condition's text together with what it must mean."""
    shape = draw(st.sampled_from(["and", "or", "not", "if", "leaf"])) if depth else "leaf"
    if shape == "leaf":
        sign = draw(st.sampled_from(list(SIGNS)))
        name, bound = draw(names), draw(numbers)
        compare = SIGNS[sign]
        return f"{name} {sign} {bound}", lambda row: compare(row[name], bound)
    inner = conditions(depth - 1)
    (left, is_left), (right, is_right), (third, is_third) = draw(inner), draw(inner), draw(inner)
    match shape:
        case "not":
            return f"not ({left})", lambda row: not is_left(row)
        case "if":
            text = f"(({left}) if ({right}) else ({third}))"
            return text, lambda row: is_left(row) if is_right(row) else is_third(row)
        case "and":
            return f"({left}) and ({right})", lambda row: is_left(row) and is_right(row)
        case _:
            return f"({left}) or ({right})", lambda row: is_left(row) or is_right(row)


@given(condition=conditions(), a=numbers, b=numbers, c=numbers)
@settings(deadline=None)
def test_a_condition_means_what_it_was_built_from(
    condition: tuple[str, Meaning], a: Decimal, b: Decimal, c: Decimal
) -> None:
    text, meaning = condition
    row = {"a": a, "b": b, "c": c}
    assert parse(text).holds(row) is meaning(row)


@given(condition=conditions(), a=numbers, b=numbers, c=numbers)
@settings(deadline=None)
def test_the_deciding_conditions_alone_force_the_result(
    condition: tuple[str, Meaning], a: Decimal, b: Decimal, c: Decimal
) -> None:
    values: dict[str, Value] = {"a": a, "b": b, "c": c}
    reasons = parse(condition[0]).explain(values)
    assert any(reason.decided for reason in reasons)
    for reason in reasons:
        if reason.decided:
            assert reason.evaluated
            assert parse(reason.text).holds(reason.values) is reason.outcome


@given(a=numbers, b=numbers)
@settings(deadline=None)
def test_results_do_not_depend_on_the_threads_decimal_context(a: Decimal, b: Decimal) -> None:
    product = parse("a * b + a / 3")
    here = product.evaluate({"a": a, "b": b})
    with localcontext() as context:
        context.prec = 3
        assert getcontext().prec == 3
        assert product.evaluate({"a": a, "b": b}) == here
