"""What the core decides in memory is what the database keeps."""

import pytest
from tests.concurrency.histories import Different, run_histories

from mobile_hrp.domain.approval import InstanceState
from mobile_hrp.domain.approval.codec import evolve
from mobile_hrp.runtime.database import Database

_CHUNKS, _SEEDS, _STEPS = 10, 2, 1_000
"""10,000 steps in all, cut so that the test processes share them."""


@pytest.mark.parametrize("first", range(0, _CHUNKS * _SEEDS, _SEEDS))
async def test_random_histories_are_the_same_on_postgresql_as_in_memory(
    owner_database: Database, database: Database, first: int
) -> None:
    tally = await run_histories(owner_database, database, seeds=_SEEDS, steps=_STEPS, first=first)
    assert tally.steps >= _STEPS
    assert tally.accepted > _STEPS // 4
    assert tally.documents >= _SEEDS
    assert tally.rows > _STEPS


async def test_a_state_that_is_read_back_otherwise_is_found(
    owner_database: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = InstanceState.from_json

    def forgetful(value: dict[str, object]) -> InstanceState:
        return evolve(read(value), alarms=(), amount_fen=0)

    monkeypatch.setattr(InstanceState, "from_json", forgetful)
    with pytest.raises(Different):
        await run_histories(owner_database, database, seeds=2, steps=100)
