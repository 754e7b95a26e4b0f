"""The twelve questions that graphql-cop asks of a server, asked of ours: no finding.

Where a check is about what production serves it is asked of production; the bounds on one request
are asked of the open door as well.
"""

import json
import urllib.parse

import pytest
from tests.graphql.door import OPEN, PRODUCTION, Answered, Door

BOTH = pytest.mark.parametrize("door", [Door(OPEN), Door(PRODUCTION)], ids=["open", "production"])
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def told_nothing(answered: Answered) -> bool:
    return "data" not in answered.json and bool(answered.codes)


@BOTH
async def test_an_alias_a_hundred_times_is_refused(door: Door) -> None:
    aliases = " ".join(f"alias{n}: __typename" for n in range(101))
    assert told_nothing(await door.post({"query": f"query cop {{ {aliases} }}"}))


@BOTH
async def test_batches_are_refused(door: Door) -> None:
    answered = await door.post([{"query": "query cop { __typename }"}] * 10)
    assert told_nothing(answered)


@BOTH
async def test_a_field_five_hundred_times_is_refused(door: Door) -> None:
    assert told_nothing(await door.post({"query": "query cop { " + "__typename " * 500 + "}"}))


@BOTH
async def test_directives_upon_directives_are_refused(door: Door) -> None:
    assert told_nothing(await door.post({"query": "query cop { __typename " + "@aa" * 50 + " }"}))


@BOTH
async def test_circular_introspection_is_refused(door: Door) -> None:
    circle = "fields { type { " * 5 + "name" + " } }" * 5
    assert told_nothing(await door.post({"query": f"{{ __schema {{ types {{ {circle} }} }} }}"}))


@BOTH
async def test_introspection_is_off(door: Door) -> None:
    assert told_nothing(await door.post({"query": "query cop { __schema { types { name } } }"}))
    assert told_nothing(await door.post({"query": '{ __type(name: "Query") { name } }'}))


@BOTH
async def test_no_field_is_suggested(door: Door) -> None:
    answered = await door.post({"query": "query cop { documen todoo inboxx { id } }"})
    assert told_nothing(answered)
    assert "mean" not in answered.raw.decode()


async def test_no_page_to_try_things_is_served() -> None:
    answered = await Door(PRODUCTION).send(method="GET", headers=BROWSER)
    assert b"<html" not in answered.raw.lower()
    assert told_nothing(answered)


async def test_a_query_by_get_runs_nothing_that_is_not_trusted() -> None:
    asked = urllib.parse.urlencode({"query": "query cop { __typename }"})
    assert told_nothing(await Door(PRODUCTION).send(method="GET", query=asked))


@BOTH
async def test_a_mutation_by_get_is_refused(door: Door) -> None:
    asked = urllib.parse.urlencode({"query": "mutation cop { __typename }"})
    assert told_nothing(await door.send(method="GET", query=asked))


@BOTH
async def test_a_form_cannot_post_an_operation(door: Door) -> None:
    form = urllib.parse.urlencode({"query": "query cop { __typename }"}).encode()
    kinds = ("application/x-www-form-urlencoded", "text/plain")
    for kind in kinds:
        assert told_nothing(await door.send(form, headers={"content-type": kind}))


@BOTH
async def test_no_trace_and_no_debugging_leaves_the_server(door: Door) -> None:
    for query in ("query cop { __typename }", "{ me { id } }", "query cop { __typename"):
        answered = await door.post({"query": query})
        assert "extensions" not in answered.json
        text = json.dumps(answered.json)
        assert "tracing" not in text
        assert "Traceback" not in text
        assert not {"stacktrace", "debug", "exception"} & set(str(answered.json).split("'"))
