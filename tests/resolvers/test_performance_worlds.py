"""No bit of a colleague's pay reaches me, and the comparison that says so is not blind."""

from typing import Any

from benchmarks.performance_leaks import LEAKS, noticed
from benchmarks.performance_worlds import Worlds, differences, with_worlds

QUERIES = 12


async def test_two_worlds_that_differ_in_others_pay_answer_alike_and_each_leak_shows(
    database_server: Any,
) -> None:
    async def act(worlds: Worlds) -> None:
        assert worlds.differing >= 20
        compared, found = await differences(worlds, QUERIES, seed=20261122)
        assert found == []
        assert compared == QUERIES * 5
        missed = [leak.name for leak in LEAKS if not await noticed(worlds, leak)]
        assert missed == []
        assert len(LEAKS) == 10

    await with_worlds(database_server.superuser_url, database_server.template, act)
