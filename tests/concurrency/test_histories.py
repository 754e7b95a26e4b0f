"""What the core decides in memory is what the database keeps."""

import pytest
from tests.concurrency.histories import Different, run_histories

from mobile_hrp.domain.approval import InstanceState
from mobile_hrp.domain.approval.codec import evolve
from mobile_hrp.runtime.database import Database


async def test_random_histories_are_the_same_on_postgresql_as_in_memory(
    owner_database: Database, database: Database
) -> None:
    tally = await run_histories(owner_database, database, seeds=8, steps=1_000)
    assert tally.steps >= 1_000
    assert tally.accepted > 300
    assert tally.documents >= 8
    assert tally.rows > 1_000


async def test_a_state_that_is_read_back_otherwise_is_found(
    owner_database: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = InstanceState.from_json

    def forgetful(value: dict[str, object]) -> InstanceState:
        return evolve(read(value), alarms=(), amount_fen=0)

    monkeypatch.setattr(InstanceState, "from_json", forgetful)
    with pytest.raises(Different):
        await run_histories(owner_database, database, seeds=2, steps=100)
