"""The door of the compiled tier: what goes through it, and when an answer is the one of before."""

import asyncio
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message, Receive, Scope, Send
from tests.differential.rows import NOW, Filled, Person

from mobile_hrp.graphql.compiled.door import CompiledDoor
from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.runtime.database import Database

POLL = "query InboxVersion { inboxVersion unreadCount }"
PAGE = "query Page { inbox(first: 3) { edges { node { id state } } } }"
BEHIND = 418
_ANOTHER = text(
    "INSERT INTO notification SELECT (jsonb_populate_record(one, jsonb_build_object("
    "'id', gen_random_uuid(), 'dedupe_key', gen_random_uuid(), 'public_id', gen_random_uuid(),"
    " 'state', 'live', 'created_at', clock_timestamp(),"
    " 'expires_at', clock_timestamp() + interval '1 day'))).*"
    " FROM notification one WHERE recipient_id = :me LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def tag(self) -> str:
        return self.headers["etag"]

    @property
    def unread(self) -> int:
        return int(json.loads(self.body)["data"]["unreadCount"])


class Phones:
    """Asks the door as a server would."""

    def __init__(self, tier: CompiledTier) -> None:
        for query in (POLL, PAGE):
            tier.trust(query)
        self._app = SimpleNamespace(state=SimpleNamespace(compiled=tier))
        self._door = CompiledDoor(_behind, path="/graphql", clock=lambda: NOW)

    async def ask(
        self, person: Person, query: str = POLL, *, seen: str = "", **headers: str
    ) -> Told:
        given = {"content-type": "application/json", "authorization": f"Bearer {person.token}"}
        given |= {"if-none-match": seen} if seen else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "path": "/graphql",
            "method": "POST",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "app": self._app,
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": json.dumps({"query": query}).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._door(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Told(sent[0]["status"], told, sent[1].get("body", b""))


async def _behind(_: Scope, receive: Receive, send: Send) -> None:
    """The application behind, which gets the body as it came."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": BEHIND, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def phones(tier: CompiledTier) -> Phones:
    return Phones(tier)


async def another(session: AsyncSession, person: Person) -> None:
    added: Any = await session.execute(_ANOTHER, {"me": person.staff_id})
    assert added.rowcount == 1


@pytest.mark.parametrize("query", [POLL, PAGE])
async def test_an_answer_is_not_sent_twice(phones: Phones, filled: Filled, query: str) -> None:
    person = filled.people[0]
    first = await phones.ask(person, query, seen='"0"')
    assert (first.status, first.headers["content-length"]) == (200, str(len(first.body)))
    again = await phones.ask(person, query, seen=f'"other", {first.tag}')
    assert (again.status, again.body, again.tag) == (304, b"", first.tag)
    assert "content-length" not in again.headers
    assert (await phones.ask(person, query, seen='"other"')).body == first.body


async def test_a_host_that_hides_statuses_is_told_in_the_body(
    phones: Phones, filled: Filled
) -> None:
    person = filled.people[0]
    first = await phones.ask(person, x_hrp_transport="mini")
    again = await phones.ask(person, seen=first.tag, x_hrp_transport="mini")
    assert again.status == 200
    assert json.loads(again.body) == {"data": None, "extensions": {"unchanged": True}}


async def test_a_tag_opens_no_door(
    phones: Phones, filled: Filled, owner_database: Database
) -> None:
    """Who may no longer ask is not told that nothing changed; the application behind says why."""
    person = filled.people[0]
    first = await phones.ask(person)
    async with owner_database.transaction(7) as session:
        await session.execute(
            text("UPDATE session_family SET ended_at = now(), end_reason = 'logout'")
        )
    refused = await phones.ask(person, seen=first.tag)
    assert refused.status == BEHIND
    assert json.loads(refused.body) == {"query": POLL}


async def test_a_change_is_seen_in_the_order_of_commits(
    phones: Phones, filled: Filled, owner_database: Database
) -> None:
    """The transaction that began first commits last: neither of the two is missed."""
    person = filled.people[0]
    before = await phones.ask(person)
    async with owner_database.transaction(7) as early:
        await another(early, person)
        async with owner_database.transaction(7) as late:
            await another(late, person)
            assert (await phones.ask(person, seen=before.tag)).status == 304
        between = await phones.ask(person, seen=before.tag)
        assert (between.status, between.unread) == (200, before.unread + 1)
        assert (await phones.ask(person, seen=between.tag)).status == 304
    after = await phones.ask(person, seen=between.tag)
    assert (after.status, after.unread) == (200, before.unread + 2)


async def test_no_change_is_missed_while_many_write_and_many_ask(
    phones: Phones, filled: Filled, owner_database: Database
) -> None:
    person = filled.people[0]
    begun = committed = 0
    known = await phones.ask(person)
    start = known.unread

    async def write() -> None:
        nonlocal begun, committed
        for _ in range(8):
            begun += 1
            async with owner_database.transaction(7) as session:
                await another(session, person)
            committed += 1

    async def poll() -> None:
        mine = known
        while committed < 4 * 8:
            at_least = start + committed
            told = await phones.ask(person, seen=mine.tag)
            mine = mine if told.status == 304 else told
            assert at_least <= mine.unread <= start + begun
        assert (await phones.ask(person)).unread == start + 4 * 8

    await asyncio.gather(*(write() for _ in range(4)), *(poll() for _ in range(5)))


async def test_callers_answered_together_get_each_their_own(phones: Phones, filled: Filled) -> None:
    asked = {one: await phones.ask(one) for one in filled.people}
    alone = {one: told.body for one, told in asked.items() if told.status != BEHIND}
    assert len({json.loads(body)["data"]["inboxVersion"] for body in alone.values()}) > 1
    crowd = [one for one in alone for _ in range(30)]
    together = await asyncio.gather(*(phones.ask(one) for one in crowd))
    assert [one.body for one in together] == [alone[one] for one in crowd]


async def test_who_hangs_up_takes_nobody_along(phones: Phones, filled: Filled) -> None:
    person = filled.people[0]
    await phones.ask(person)
    calls = [asyncio.create_task(phones.ask(person)) for _ in range(20)]
    pages = [asyncio.create_task(phones.ask(person, PAGE)) for _ in range(10)]
    await asyncio.sleep(0)
    for one in (*calls[::2], *pages[::2]):
        one.cancel()
    told = await asyncio.gather(*calls[1::2], *pages[1::2])
    assert {one.status for one in told} == {200}
    assert (await phones.ask(person, PAGE)).status == 200
