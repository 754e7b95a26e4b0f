"""Random operations get the same answer compiled as executed, and a wrong mapping is noticed."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.differential.compiled import ANSWERED_SHARE_MIN, Comparison, Tally, run
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
    tally = await run(
        Comparison(database, tier, filled.people[:2]), filled, operations=OPERATIONS, seed=2026
    )
    assert tally.mismatches == []
    assert tally.answered >= ANSWERED_SHARE_MIN * OPERATIONS
    assert tally.generated + tally.with_errors == OPERATIONS + tally.beyond  # it takes them all
    assert tally.generated >= OPERATIONS / 2
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


async def test_what_is_told_again_is_worded_as_the_executor_words_it(
    database: Database, tier: CompiledTier, filled: Filled, owner_database: Database
) -> None:
    """Digests, reminders, and reminders of work that has waited for some hours."""
    asked = RandomOperation("{ inbox(first: 100) { edges { node { kind title body } } } }", {})
    comparison, tally = Comparison(database, tier), Tally()
    for hours in ("0", "5", '"5"', "2.5"):
        async with owner_database.transaction(7) as session:
            await session.execute(
                text(
                    "UPDATE notification SET ordinal = 3, params = params"
                    " || jsonb_build_object('waited_hours', CAST(:hours AS jsonb)),"
                    " kind = CASE WHEN id::text < '6' THEN 'digest' ELSE kind END"
                ),
                {"hours": hours},
            )
        for locale in ("zh", "en"):
            await comparison.compare(asked, filled.people[0], locale, tally)
    assert (tally.mismatches, tally.answered) == ([], 8)


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
