"""Random operations get the same answer compiled as executed, and a wrong mapping is noticed."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.differential.compiled import ANSWERED_SHARE_MIN, Comparison, run
from tests.differential.operations import RandomOperation
from tests.differential.rows import Filled

from mobile_hrp.graphql.compiled.mapping import ObjectMap
from mobile_hrp.graphql.compiled.subjects.registry import TYPES
from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema

OPERATIONS = 400


async def test_random_operations_are_answered_as_the_executor_answers_them(
    database: Database, tier: CompiledTier, filled: Filled
) -> None:
    tally = await run(Comparison(database, tier), filled, operations=OPERATIONS, seed=2026)
    assert tally.mismatches == []
    assert tally.answered >= ANSWERED_SHARE_MIN * OPERATIONS
    assert tally.with_errors >= OPERATIONS / 50  # errors were compared too


async def test_a_wrong_mapping_is_noticed(
    database: Database, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(TYPES["Document"], columns={"title": "number"})
    planted: dict[str, ObjectMap] = {**TYPES, "Document": wrong}
    monkeypatch.setattr("mobile_hrp.graphql.compiled.tier.TYPES", planted)
    tier = await CompiledTier.open(database, schema, size=2)
    try:
        tally = await run(Comparison(database, tier), filled, operations=60, seed=2026)
    finally:
        await tier.close()
    assert any("title" in one for one in tally.mismatches)


async def test_a_page_with_a_row_that_cannot_be_placed_is_left_to_the_executor(
    database: Database, tier: CompiledTier, filled: Filled, owner_database: Database
) -> None:
    asked = RandomOperation("{ todo(first: 100) { edges { node { kind } } } }", {})
    comparison, person = Comparison(database, tier), filled.people[0]
    assert await comparison.compiled(asked, person, "zh") is not None
    async with owner_database.transaction(7) as session:
        await session.execute(
            text("UPDATE approval_task SET opened_at = NULL WHERE assignee_id = :me"),
            {"me": person.staff_id},
        )
    assert await comparison.compiled(asked, person, "zh") is None
    assert (await comparison.executed(asked, person, "zh")).errors
