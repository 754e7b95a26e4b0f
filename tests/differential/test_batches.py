"""Callers who share a run of a statement: each gets their own answer, and nobody waits in vain."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from tests.differential.rows import NOW, Filled

from mobile_hrp.graphql.compiled import plans
from mobile_hrp.graphql.compiled.batches import Batches, Sharing, Statement
from mobile_hrp.graphql.compiled.tier import Asking, CompiledTier
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.security import OWNED_TABLES
from mobile_hrp.runtime.database import Database

PAGE = """query Page($first: Int!) { todo(first: $first) { edges { cursor node { id openedAt
  document { id title amount requester { name } lines { id amount } } } } }
  todoCounts { total overdue } unreadCount }"""
DONE = "query Done { done(first: 3) { edges { node { id decidedAt } } } }"
POLL = "query InboxVersion { inboxVersion unreadCount }"
DOCUMENT = "query Document($id: ID!) { document(id: $id) { id number } }"
POISON = "poison"


class Recorded:
    """Stands for the pool: takes its time, and notes which callers shared a run."""

    def __init__(self, *problems: Exception) -> None:
        self.runs: list[list[Any]] = []
        self.most = self._now = 0
        self.go_on = asyncio.Event()
        self._problems = iter(problems)

    async def rows(self, _sql: str, arguments: Sequence[Any]) -> list[dict[str, Any]]:
        asked = arguments[1]
        self.runs.append(asked)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await self.go_on.wait()
            if problem := next(self._problems, None):
                raise problem
            if POISON in asked:
                raise asyncpg.DivisionByZeroError("division by zero")
            return [{"caller": n, "told": one} for n, one in enumerate(asked, start=1)]
        finally:
            self._now -= 1


def statement(together: int = 4, lanes: int = 2) -> Statement:
    return Statement("SELECT", 7, Sharing(together=together, lanes=lanes))


async def asked(pool: Recorded, callers: Sequence[Any], shared: Statement) -> list[Any]:
    batches = Batches(pool)  # type: ignore[arg-type]  # acts as one
    waiting = [asyncio.create_task(batches.row(shared, [one])) for one in callers]
    for _ in range(5):
        await asyncio.sleep(0)  # all have come, and all lanes have begun
    pool.go_on.set()
    found = await asyncio.gather(*waiting)
    await batches.close()
    return [row and row["told"] for row in found]


async def test_who_comes_while_all_lanes_are_busy_shares_the_next_run() -> None:
    pool = Recorded()
    told = await asked(pool, list(range(12)), statement())
    assert told == list(range(12))
    assert pool.runs[0] == [0, 1, 2, 3]  # all came in one turn of the loop
    assert sorted(itertools.chain(*pool.runs)) == list(range(12))
    assert pool.most == 2
    assert max(len(run) for run in pool.runs) == 4


async def test_statements_and_hospitals_never_share_a_run() -> None:
    pool = Recorded()
    batches = Batches(pool)  # type: ignore[arg-type]  # acts as one
    ours, theirs = statement(), Statement("SELECT", 8, statement().sharing)
    other = Statement("SELECT 1", 7, statement().sharing)
    pool.go_on.set()
    await asyncio.gather(*(batches.row(one, [one.sql]) for one in (ours, theirs, other)))
    assert len(pool.runs) == 3


async def test_what_fails_for_one_is_answered_to_all_others() -> None:
    pool = Recorded()
    told = await asked(pool, ["a", POISON, "b", "c"], statement())
    assert told == ["a", None, "b", "c"]


async def test_a_database_in_trouble_is_not_asked_once_more_for_each() -> None:
    pool = Recorded(asyncpg.QueryCanceledError("statement timeout"))
    assert await asked(pool, [1, 2, 3], statement()) == [None] * 3
    assert len(pool.runs) == 1


async def test_who_has_gone_is_not_asked_for() -> None:
    pool = Recorded()
    batches = Batches(pool)  # type: ignore[arg-type]  # acts as one
    shared = statement(together=1, lanes=1)
    waiting = [asyncio.create_task(batches.row(shared, [one])) for one in ("a", "b", "c")]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    pool.go_on.set()
    await waiting[0]
    assert (await waiting[2])["told"] == "c"
    assert pool.runs == [["a"], ["c"]]
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]


async def test_everybody_at_once_gets_what_each_gets_alone(
    tier: CompiledTier, filled: Filled
) -> None:
    questions = [(PAGE, {"first": 2}), (PAGE, {"first": 50}), (DONE, {})]
    operations = {query: tier.trust(query) for query, _ in questions}

    async def answer(number: int, query: str, variables: dict[str, Any]) -> bytes | None:
        operation = operations[query]
        assert operation is not None
        person = filled.people[number % len(filled.people)]
        return await tier.answer(operation, Asking(person.token, variables, "zh", NOW))

    each = [(number, *question) for question in questions for number in range(20)]
    alone = [await answer(*one) for one in each]
    together = await asyncio.gather(*(answer(*one) for one in each))
    assert together == alone
    assert alone.count(None) < len(alone) / 4  # who may not ask is told by the executor
    assert len(set(alone)) > len(questions)  # not all the same


async def test_tables_that_show_rows_to_their_owner_are_known(owner_database: Database) -> None:
    """A shared run has no owner to show them to, so what reads them runs alone."""
    async with owner_database.reading(7) as session:
        policies = (await session.execute(text("SELECT tablename, qual FROM pg_policies"))).all()
    owned = {row.tablename for row in policies if "app.staff_id" in row.qual}
    assert owned == OWNED_TABLES


async def shared(tier: CompiledTier, filled: Filled, query: str, **given: Any) -> set[Any]:
    """How statements of a query are shared, whoever asks."""
    operation = tier.trust(query)
    assert operation is not None
    prepared = tier.prepared(operation, given)
    assert prepared is not None
    for person in filled.people:
        await tier.answer(operation, Asking(person.token, given, "zh", NOW))
    return {plan and plan.sharing for plan in operation.plans}


async def test_pages_share_less_than_pulses_and_what_takes_lists_runs_alone(
    tier: CompiledTier, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await shared(tier, filled, PAGE, first=2) == {plans.PAGES}
    assert await shared(tier, filled, POLL) == {plans.PULSES}
    document = encode_id("Document", filled.documents[0])
    assert None in await shared(tier, filled, DOCUMENT, id=document)  # its departments are a list

    monkeypatch.setattr(plans, "OWNED_TABLES", frozenset({"notification"}))
    assert await shared(tier, filled, f"{POLL} # again") == {None}
    assert await shared(tier, filled, f"{DONE} # again") == {plans.PAGES}
