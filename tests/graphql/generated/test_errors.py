"""Whatever goes wrong is told by graphql-core alone, asked once more from the beginning."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension
from tests.graphql.generated.garden import (
    Bed,
    Gardener,
    Rose,
    Stone,
    executed,
    generated,
)

from mobile_hrp.graphql.admission import Admission, admit
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.generated.tier import GeneratedTier


class _Ways:
    """What a test and its resolvers tell each other."""

    def __init__(self) -> None:
        self.begun, self.open, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()


async def _ask(schema: strawberry.Schema, text: str) -> dict[str, Any] | None:
    return await GeneratedTier(schema, [text]).data(Asked(text), admit(schema, text), None)


LEAVES = Gardener().find("leaves")
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a resolver raises": ("{ rose { name } leaves { text } }", {"rose": ValueError}),
    "a resolver gives an error": ("{ anything leaves { text } }", {"anything": ValueError("x")}),
    "an attribute is an error": (
        "{ leaves { anything text } }",
        {"leaves": replace(LEAVES, anything=ValueError("x"))},
    ),
    "an object is an error": ("{ beds { __typename } }", {"beds": [ValueError("x")]}),
    "an attribute is missing": ("{ rose { thorns name } }", {"rose": Bed(number=1)}),
    "a null that may not be": ("{ leaves { text } }", {"leaves": replace(LEAVES, text=None)}),
    "an object that may not be null": ("{ leaves { __typename } }", {"leaves": None}),
    "an element that may not be null": ("{ beds { __typename } }", {"beds": [None]}),
    "an enum without this name": (
        "{ leaves { colour } }",
        {"leaves": replace(LEAVES, colour="blue")},
    ),
    "an unhashable enum": ("{ leaves { height } }", {"leaves": replace(LEAVES, height=[])}),
    "an Int too large": ("{ leaves { number } }", {"leaves": replace(LEAVES, number=2**31)}),
    "not a number": ("{ leaves { ratio } }", {"leaves": replace(LEAVES, ratio=float("nan"))}),
    "no amount": ("{ leaves { money } }", {"leaves": replace(LEAVES, money="1.00")}),
    "no list": ("{ beds { number } }", {"beds": "abc"}),
    "no member of the union": ("{ things { __typename } }", {"things": [Bed(number=1)]}),
    "no implementation": ("{ named { name } }", {"named": [Stone(weight=1, heights=[])]}),
    "deep below": (
        "{ rose { name bed { label number } } }",
        {"rose": Rose(name="x", thorns=1, bed=Bed(number="three"))},  # type: ignore[arg-type]  # meant
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_nothing_is_answered_where_the_executor_tells_of_an_error(name: str) -> None:
    text, planted = WRONG[name]
    result = await executed(text, Gardener(planted))
    assert result.errors
    assert await generated(text, Gardener(planted)) is None


async def test_a_promise_where_a_value_should_be_is_kept_by_the_executor() -> None:
    """Nothing in the house does this; a program would have to wait where it never waits."""
    for text, place in (("{ leaves { anything } }", "leaves"), ("{ beds { number } }", "beds")):

        def planted(place: str = place) -> dict[str, Any]:
            promise = asyncio.get_running_loop().create_future()
            promise.set_result(Bed(number=1) if place == "beds" else "kept")
            return {place: [promise] if place == "beds" else replace(LEAVES, anything=promise)}

        result = await executed(text, Gardener(planted()))
        assert result.errors is None
        assert await generated(text, Gardener(planted())) is None


async def test_a_resolver_that_fails_is_called_once_by_each() -> None:
    context = Gardener({"rose": ValueError})
    assert await generated("{ rose { name } }", context) is None
    assert context.calls == ["rose"]


async def test_after_a_failure_nothing_new_begins_and_nothing_is_cut_short() -> None:
    """What runs is let run to its end; what it would have led to is not begun."""
    ways, ended = _Ways(), []

    @strawberry.type
    class Way:
        @strawberry.field
        async def on(self) -> str:
            ended.append("on")
            return "on"

    @strawberry.type
    class Ways:
        @strawberry.field
        async def slow(self) -> Way:
            await ways.open.wait()
            ended.append("slow")
            return Way()

        @strawberry.field
        async def wrong(self) -> str:
            ways.open.set()
            raise ValueError

    assert await _ask(strawberry.Schema(Ways), "{ slow { on } wrong }") is None
    assert ended == ["slow"]


async def test_who_may_not_is_refused_as_by_the_executor() -> None:
    text = "{ watered }"
    context = Gardener(may_water=False)
    assert await generated(text, context) is None
    assert context.calls == ["asked whether one may water"]
    result = await executed(text, Gardener(may_water=False))
    assert result.errors is not None
    assert [error.extensions for error in result.errors] == [{"code": "DRY"}]
    assert await generated(text, Gardener()) == {"watered": "wet"}


async def test_a_request_that_nobody_waits_for_ends_its_resolvers() -> None:
    ways = _Ways()

    @strawberry.type
    class Ways:
        @strawberry.field
        async def endless(self) -> str:
            ways.begun.set()
            try:
                await ways.open.wait()
            finally:
                ways.ended.set()
            return ""

    asking = asyncio.ensure_future(_ask(strawberry.Schema(Ways), "{ endless }"))
    await ways.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(5):
        await ways.ended.wait()


async def test_a_schema_with_something_around_operations_has_no_such_tier() -> None:
    class Timing(SchemaExtension):
        pass

    @strawberry.type
    class Query:
        one: int = 1

    GeneratedTier(strawberry.Schema(Query, extensions=[Admission]), [])
    with pytest.raises(ValueError, match="Timing"):
        GeneratedTier(strawberry.Schema(Query, extensions=[Timing]), [])
