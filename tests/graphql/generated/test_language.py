"""Each part of the query language, answered by a program as graphql-core answers it."""

import gc
import json
import weakref
from collections import deque
from dataclasses import replace
from typing import Any

import pytest
from tests.graphql.generated.garden import Gardener, Rose, executed, garden, generated

from mobile_hrp.graphql.admission import admit
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.generated.tier import PROGRAMS_MAX, GeneratedTier

LEAVES = "text number ratio truth key unique at day money anything colour height nothing"
DOCUMENTS = {
    "leaves": f"{{ leaves {{ {LEAVES} }} }}",
    "aliases": "{ one: leaves { if: text None: number answer: truth } leaves { value: key } }",
    "merged": "{ rose { name } other: rose { name } rose { thorns bed { number } bed { label } } }",
    "typename": "{ __typename rose { kind: __typename bed { __typename } } }",
    "union": "{ things { __typename ... on Rose { name colour } ... on Stone { heights } } }",
    "interface": "{ named { __typename name ... on Fern { fronds } ...R } } fragment R on Rose "
    "{ thorns bed { label } }",
    "lists of lists": "{ named { ... on Fern { fronds beds { number where } } } }",
    "fragments": "{ ...Q } fragment Q on Query { rose { ...N ... on Rose { thorns } ... { name } } "
    "} fragment N on Named { name }",
    "nothing of the type": "{ things { ... on Stone { weight } } }",
    "resolvers": "{ beds { number label promised shouted } }",
    "paths": "{ beds { where here: where } rose { bed { where where } } }",
    "extensions": '{ called a: called(name: "Bob") }',
    "permissions": "{ watered }",
    "defaults": "{ wished }",
    "literals": "{ wished(wish: {colours: [GREEN], atMost: 1}, colour: GREEN) }",
    "null argument": "{ wished(wish: null) }",
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_program_answers_as_the_executor_does(name: str) -> None:
    text = DOCUMENTS[name]
    result = await executed(text)
    assert result.errors is None
    assert json.dumps(await generated(text)) == json.dumps(result.data)


VARIABLES = (
    "query Q($wish: Wish, $colour: Colour! = GREEN) { wished(wish: $wish, colour: $colour) }"
)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"colour": "RED"},
        {"wish": None},
        {"wish": {"colours": ["RED", "GREEN"]}},
        {"wish": {"colours": [], "atMost": 9}},
    ],
)
async def test_variables_reach_resolvers(variables: dict[str, Any]) -> None:
    result = await executed(VARIABLES, **variables)
    assert result.errors is None
    assert await generated(VARIABLES, **variables) == result.data


TOGGLED = """query Q($a: Boolean!, $b: Boolean! = true) {
  rose { thorns @skip(if: $a) name thorns @include(if: $b) ...R @include(if: $a) }
} fragment R on Rose { colour bed @skip(if: $b) { number } bed { label } }"""


async def test_each_way_of_including_and_skipping_is_a_program_of_its_own() -> None:
    tier = GeneratedTier(garden, [TOGGLED])
    ways: list[dict[str, Any]] = [
        {"a": True},
        {"a": False},
        {"a": True, "b": False},
        {"a": False, "b": False},
        {"a": True, "b": True},
    ]
    for variables in ways:
        result = await executed(TOGGLED, **variables)
        answer = await generated(TOGGLED, tier=tier, **variables)
        assert json.dumps(answer) == json.dumps(result.data), variables
    operation = tier.operation(Asked(TOGGLED), admit(garden, TOGGLED))
    assert operation is not None
    assert len(operation.programs) == 4


async def test_who_toggles_too_much_is_answered_by_the_executor() -> None:
    names = [f"v{number}" for number in range(7)]
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    text = f"query Q({declared}) {{ rose {{ thorns {fields} }} }}"
    tier = GeneratedTier(garden, [text])
    answers = []
    for number in range(PROGRAMS_MAX + 1):
        values: dict[str, Any] = {
            name: bool(number >> place & 1) for place, name in enumerate(names)
        }
        answers.append(await generated(text, tier=tier, **values))
    assert None not in answers[:PROGRAMS_MAX]
    assert answers[PROGRAMS_MAX] is None


ODD = [
    {"text": 7, "number": "12", "ratio": 3, "truth": 1, "key": 4},
    {"text": True, "number": 3.0, "ratio": "0.5", "truth": 0.0, "anything": "x"},
    {"colour": "red", "height": 2, "unique": "not one", "text": 1.5},
]


@pytest.mark.parametrize("odd", ODD)
async def test_an_unusual_value_is_coerced_as_the_executor_does(odd: dict[str, Any]) -> None:
    leaves = replace(Gardener().find("leaves"), **odd)
    text = f"{{ leaves {{ {' '.join(odd)} }} }}"
    result = await executed(text, Gardener({"leaves": leaves}))
    assert result.errors is None
    answer = await generated(text, Gardener({"leaves": leaves}))
    assert json.dumps(answer) == json.dumps(result.data)


async def test_lists_may_be_anything_that_can_be_gone_through() -> None:
    roses = [Rose(name="x", thorns=1), Rose(name="y", thorns=2)]
    for kind in (tuple, iter, deque):
        answer = await generated("{ named { name } }", Gardener({"named": kind(roses)}))
        assert answer == {"named": [{"name": "x"}, {"name": "y"}]}


async def test_awaitables_of_one_turn_are_one_batch() -> None:
    text = "{ beds { label promised } rose { bed { label } } }"
    context, reference = Gardener(), Gardener()
    answer = await generated(text, context)
    result = await executed(text, reference)
    assert answer == result.data
    assert [sorted(batch) for batch in context.batches] == [[3, 4, 5, 6]]
    assert len(context.batches) <= len(reference.batches)


async def test_a_program_is_written_once() -> None:
    text = DOCUMENTS["resolvers"]
    tier = GeneratedTier(garden, [text])
    operation = tier.operation(Asked(text), admit(garden, text))
    assert operation is not None
    await generated(text, tier=tier)
    (first,) = operation.programs.values()
    await generated(text, tier=tier)
    (second,) = operation.programs.values()
    assert first is second


async def test_nothing_a_client_writes_gets_into_the_source() -> None:
    text = '{ secretAlias: called(name: "secret name") r: rose { hidden: name } }'
    tier = GeneratedTier(garden, [text])
    assert await generated(text, tier=tier) is not None
    operation = tier.operation(Asked(text), admit(garden, text))
    assert operation is not None
    (program,) = operation.programs.values()
    assert program is not None
    assert "value.name" in program.source
    for word in ("secret", "Alias", "hidden"):
        assert word not in program.source


async def test_introspection_has_no_program() -> None:
    assert await generated("{ rose { name } __schema { queryType { name } } }") is None


async def test_variables_that_do_not_fit_are_left_to_the_executor() -> None:
    assert await generated(VARIABLES, colour="BLUE") is None


async def test_a_program_remembers_nothing_of_the_request_it_was_written_for() -> None:
    text = DOCUMENTS["interface"]
    tier = GeneratedTier(garden, [text])
    context = Gardener()
    gone = weakref.ref(context)
    assert await generated(text, context, tier=tier) is not None
    del context
    gc.collect()
    assert gone() is None
