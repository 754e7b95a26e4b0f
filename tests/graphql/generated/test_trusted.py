"""The trusted queries: each has a program, and is refused as if it had none."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.differential.test_statements import HEAD
from tests.graphql.door import PRODUCTION, Answered, Door, context_of

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.admission import admit, core_schema
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.contract.values import variables_of
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.mobile_contract.documents import PREFIX, TrustedDocument, written_operations
from mobile_hrp.schema import schema

QUERIES = [one for one in written_operations() if one.kind == "query"]
WITHOUT_PROGRAM: set[str] = set()
"""Trusted queries that have none, each with its reason: graphql-core answers them alone."""
NO_RIGHTS = replace(HEAD, roles=())


def asked(document: TrustedDocument) -> list[Asked]:
    made_up = variables_of(core_schema(schema), document.body)
    return [Asked(document.body, variables) for variables in made_up]


async def test_these_trusted_queries_have_programs() -> None:
    """``data`` is None for want of a viewer; the program was written before."""
    without = set()
    for document in QUERIES:
        admitted = admit(schema, document.body)
        tier = GeneratedTier(schema, [document.body])
        for one in asked(document):
            await tier.data(one, admitted, context_of(None))
        operation = tier.operation(Asked(document.body), admitted)
        programs = list(operation.programs.values()) if operation else []
        if not programs or None in programs:
            without.add(document.name)
    assert without == WITHOUT_PROGRAM


def doors(viewer: Viewer | None) -> tuple[Door, Door]:
    """The same door with and without programs behind it."""
    tier = GeneratedTier(schema, [one.body for one in QUERIES])
    return Door(PRODUCTION, viewer=viewer, fast_path=tier), Door(PRODUCTION, viewer=viewer)


def told(answered: Answered) -> tuple[int, dict[str, str], bytes]:
    return answered.status, answered.headers, answered.raw


@pytest.mark.parametrize("viewer", [None, NO_RIGHTS], ids=["nobody", "without rights"])
async def test_who_may_not_read_hears_the_same_to_the_byte(viewer: Viewer | None) -> None:
    fast, plain = doors(viewer)
    refused = 0
    with capture_logs():  # behind these doors there is no database, as errors would tell at length
        for document in QUERIES:
            for variables in variables_of(core_schema(schema), document.body):
                body = {"documentId": f"{PREFIX}{document.sha256}", "variables": variables}
                answered = await fast.post(body)
                assert told(answered) == told(await plain.post(body)), document.name
                refused += answered.json.get("data") is None
    assert refused > len(QUERIES)


async def test_only_trusted_texts_are_answered_by_programs() -> None:
    text = "{ loginProviders }"
    tier, strict = GeneratedTier(schema, [text]), GeneratedTier(schema, [QUERIES[0].body])
    given = (Asked(text), admit(schema, text), context_of(None))
    assert await tier(*given) is None  # there are no services behind this door
    assert tier.operations
    assert await strict(*given) is None
    assert not strict.operations


async def test_mutations_are_never_answered_by_programs() -> None:
    bodies = [one.body for one in written_operations() if one.kind != "query"]
    tier = GeneratedTier(schema, bodies)
    for body in bodies:
        assert tier.operation(Asked(body), admit(schema, body)) is None
