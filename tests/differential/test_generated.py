"""A fault in what is generated is noticed by the operations that hold it to the executor."""

from typing import Any

import pytest
from tests.differential.compiled import Comparison, run
from tests.differential.rows import Filled

from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.graphql.generated import fields, leaves
from mobile_hrp.runtime.database import Database

OPERATIONS = 60


async def noticed(database: Database, tier: CompiledTier, filled: Filled) -> list[str]:
    """The answers of programs that are not those of the executor."""
    comparison = Comparison(database, tier)
    tally = await run(comparison, filled, operations=OPERATIONS, seed=2026, beyond_every=1)
    return [one for one in tally.mismatches if "\n  generated " in one]


async def test_texts_that_lose_a_character_are_noticed(
    database: Database, tier: CompiledTier, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = leaves._Usual("type({first}) is str", "{again}[:-1]")  # noqa: SLF001 - the fault
    planted = tuple((kind, shorter) for kind, _ in leaves._BUILT_IN[:1])  # noqa: SLF001 - the fault
    monkeypatch.setattr(leaves, "_BUILT_IN", planted)
    assert await noticed(database, tier, filled)


async def test_resolvers_called_past_their_access_rules_are_noticed(
    database: Database, tier: CompiledTier, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unguarded(field: Any, resolver: Any) -> bool:
        return not field.arguments and resolver.self_parameter is not None

    monkeypatch.setattr(fields, "_is_bare", unguarded)
    assert any("PERMISSION_DENIED" in one for one in await noticed(database, tier, filled))
