"""One operation may not cost more than its limits, and finding out must be cheap."""

import pytest
from graphql import get_introspection_query, parse

from mobile_hrp.graphql.limits import LIMITS, Cost, FragmentCycleError, breaches, measure


def fragment_bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields in a kilobyte."""
    fragments = "\n".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    return f"query {{ ...F0 }}\n{fragments}\nfragment F{levels} on Query {{ me {{ id }} }}"


def cost_of(query: str) -> Cost:
    (cost,) = measure(parse(query))
    return cost


def test_depth_and_nodes_of_a_plain_query() -> None:
    cost = cost_of("{ inbox(first: 20) { edges { node { id } } } }")
    assert cost.depth == 4
    assert cost.nodes == 20 * 3


def test_nested_pages_multiply_although_they_are_not_deep() -> None:
    query = "{ a(first: 50) { b(first: 50) { c(first: 50) { id } } } }"
    cost = cost_of(query)
    assert cost.depth == 4
    assert cost.nodes == 50 * (1 + 50 * (1 + 50))
    assert "nodes" in breaches(cost)


def test_a_page_size_in_a_variable_counts_as_the_largest_page() -> None:
    assert cost_of("query($n: Int!) { a(first: $n) { id } }").nodes == 100


def test_what_tools_ask_to_load_the_schema_is_within_the_limits() -> None:
    cost = cost_of(get_introspection_query(descriptions=True, input_value_deprecation=True))
    assert breaches(cost) == {}
    assert cost_of("{ a { b { ofType { ofType { c } } } } }").depth == 3


@pytest.mark.parametrize("levels", [20, 30, 150])
def test_a_fragment_bomb_is_measured_in_linear_time(levels: int) -> None:
    cost = cost_of(fragment_bomb(levels))  # an unmemoised walk would not end in our time
    assert cost.fields == 2 * 2**levels
    assert "fields" in breaches(cost)


def test_fragments_that_spread_each_other_are_refused() -> None:
    for query in (
        "{ ...A } fragment A on Query { ...B x } fragment B on Query { ...A y }",
        "{ ...A } fragment A on Query { ...A }",
        "{ x } fragment A on Query { a { ...A } }",
    ):
        with pytest.raises(FragmentCycleError):
            measure(parse(query))


def test_nesting_is_walked_no_deeper_than_the_stack_allows() -> None:
    assert breaches(cost_of("{" + "a {" * 150 + " a " + "}" * 151))["depth"] == (151, LIMITS.depth)
    assert cost_of("{" + "... { a " * 100 + "}" * 101).depth == 1
    chained = " ".join(f"fragment F{n} on Q {{ a {{ b {{ ...F{n + 1} }} }} }}" for n in range(200))
    costs = measure(parse(f"{{ ...F0 }} {chained} fragment F200 on Q {{ a }}"))
    assert "depth" in breaches(costs[0])


def test_the_same_field_at_the_same_place_counts_as_a_repeat() -> None:
    assert cost_of("{ a a { b } ...F } fragment F on Query { a { b b } c }").repeats == 3
    assert cost_of("{ x: a y: a a { id } b { id } }").repeats == 0
    many = "{ a { ...F ...F ...F } } fragment F on Q { " + " ".join("bcdefghij") + " }"
    assert cost_of(many).repeats == 18


def test_unused_fragments_are_measured_as_well() -> None:
    used, unused = measure(parse("{ a } fragment F on Q { b { c { d } } }"))
    assert (used.depth, unused.depth) == (1, 3)


def test_aliases_and_directives_are_counted_inside_fragments_too() -> None:
    aliases = " ".join(f"a{n}: me {{ id }}" for n in range(LIMITS.aliases + 1))
    query = f"{{ ...A }} fragment A on Query {{ {aliases} }}"
    assert breaches(cost_of(query))["aliases"] == (LIMITS.aliases + 1, LIMITS.aliases)
    directives = "@include(if: true) " * (LIMITS.directives + 1)
    assert "directives" in breaches(cost_of(f"{{ me {directives} {{ id }} }}"))


def test_an_ordinary_screen_is_within_the_limits() -> None:
    query = """{ todo(first: 20) { edges { cursor node { id document { id title amount
        requester { id name department { id name } } lines { id description amount } } } }
        pageInfo { hasNextPage endCursor } } }"""
    assert breaches(cost_of(query)) == {}
