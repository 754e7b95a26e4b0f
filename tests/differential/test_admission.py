"""A compiled answer is for whom the token proves now, not for whom it proved a moment ago."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from tests.differential.rows import NOW, Filled, Person, fill

from mobile_hrp.domain.identity.tokens import token_text
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.plans import Compiler, Operation
from mobile_hrp.graphql.compiled.pool import PlanPool
from mobile_hrp.graphql.compiled.tier import Asking, CompiledTier
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.viewers import authenticate

TODO = "query Todo { todo(first: 5) { edges { node { id } } } }"
DOCUMENT = "query Document($id: ID!) { document(id: $id) { id number } }"


async def answer(
    tier: CompiledTier, query: str, person: Person, **variables: Any
) -> dict[str, Any] | None:
    operation = tier.trust(query)
    assert isinstance(operation, Operation)
    told = await tier.answer(operation, Asking(person.token, variables, "zh", NOW))
    return None if told is None else json.loads(told)


async def change(owner: Database, statement: str, **values: Any) -> None:
    async with owner.transaction(7) as session:
        changed = await session.execute(text(statement), values)
        assert changed.rowcount > 0  # type: ignore[attr-defined]  # a cursor result has it


ENDS_ADMISSION = (
    "UPDATE session_family SET ended_at = now(), end_reason = 'logout' WHERE staff_id = :me",
    "UPDATE device SET revoked_at = now() WHERE staff_id = :me",
    "UPDATE staff SET active = false WHERE id = :me",
)
ENDS_ROLES = "UPDATE role_assignment SET valid_to = '2026-11-22' WHERE staff_id = :me"


@pytest.mark.parametrize("statement", [*ENDS_ADMISSION, ENDS_ROLES])
async def test_what_ends_a_right_counts_with_the_next_answer(
    tier: CompiledTier, filled: Filled, owner_database: Database, statement: str
) -> None:
    person = filled.people[0]
    assert await answer(tier, TODO, person) is not None
    await change(owner_database, statement, me=person.staff_id)
    assert await answer(tier, TODO, person) is None


@pytest.mark.parametrize("statement", ENDS_ADMISSION)
async def test_who_was_let_in_to_change_something_is_not_once_more(
    tier: CompiledTier, filled: Filled, owner_database: Database, statement: str
) -> None:
    person = filled.people[0]
    first, again = [await tier.viewer(person.token, NOW) for _ in range(2)]
    assert first is not None
    assert first is again, "remembered, and proven by one statement"
    await change(owner_database, statement, me=person.staff_id)
    assert await tier.viewer(person.token, NOW) is None


@pytest.mark.parametrize(
    "statement",
    [
        ENDS_ROLES,
        """UPDATE department SET parent_id = (SELECT min(scope_id::text)::uuid FROM role_assignment
            WHERE staff_id = :me AND role = 'dept_head')
            WHERE id = (SELECT id FROM department WHERE code = 'FIN' AND hospital_id = 7)""",
    ],
)
async def test_a_viewer_comes_with_the_rights_of_this_moment(
    tier: CompiledTier, filled: Filled, database: Database, owner_database: Database, statement: str
) -> None:
    head = filled.people[1]
    before = await tier.viewer(head.token, NOW)
    await change(owner_database, statement, me=head.staff_id)
    after = await tier.viewer(head.token, NOW)
    found = await authenticate(database, access_token=head.token, now=NOW)
    assert before is not None
    assert after == found.viewer
    assert after != before


async def test_nobody_is_let_in_by_an_old_or_an_unknown_token(
    tier: CompiledTier, filled: Filled
) -> None:
    person = filled.people[0]
    assert await tier.viewer(person.token, NOW) is not None
    assert await tier.viewer(person.token, NOW + timedelta(hours=1)) is None
    assert await tier.viewer(token_text(7, b"x" * 32), NOW) is None
    assert await tier.viewer("no token", NOW) is None


async def test_an_expired_or_unknown_token_gets_no_compiled_answer(
    tier: CompiledTier, filled: Filled
) -> None:
    person = filled.people[0]
    operation = tier.trust(TODO)
    assert operation is not None
    later = NOW + timedelta(hours=1)
    assert await tier.answer(operation, Asking(person.token, {}, "zh", NOW)) is not None
    assert await tier.answer(operation, Asking(person.token, {}, "zh", later)) is None
    stranger = Person(token_text(7, b"x" * 32), person.staff_id)
    assert await answer(tier, TODO, stranger) is None
    assert await answer(tier, TODO, Person("no token", person.staff_id)) is None


async def test_a_department_that_moves_moves_what_is_seen(
    tier: CompiledTier, filled: Filled, owner_database: Database
) -> None:
    head = filled.people[1]
    before = [await answer(tier, DOCUMENT, head, id=_document(key)) for key in filled.documents]
    told = zip(filled.documents, before, strict=True)
    seen = [key for key, one in told if one is not None and one["document"]]
    covered = "UPDATE role_assignment SET scope_id = :other WHERE staff_id = :me AND role = :role"
    async with owner_database.reading(7) as session:
        other = await session.scalar(
            text("SELECT id FROM department WHERE hospital_id = 7 AND code = 'FIN'")
        )
    await change(owner_database, covered, me=head.staff_id, other=other, role="dept_head")
    after = [await answer(tier, DOCUMENT, head, id=_document(key)) for key in seen]
    assert any(told is not None and told["document"] is None for told in after)


async def test_who_holds_no_permission_is_left_to_the_executor(
    tier: CompiledTier, filled: Filled
) -> None:
    assert await answer(tier, TODO, filled.people[4]) is None


async def test_a_document_of_another_hospital_is_not_seen_by_its_president(
    tier: CompiledTier, filled: Filled, owner_database: Database
) -> None:
    other = await fill(owner_database, hospital_id=9, seed=5, documents=3)
    told = await answer(tier, DOCUMENT, filled.people[3], id=_document(other.documents[0]))
    assert told == {"document": None}
    own = await answer(tier, DOCUMENT, filled.people[3], id=_document(filled.documents[0]))
    assert own is not None
    assert own["document"]["number"] == "D0"


async def test_rows_are_fenced_by_the_settings_of_the_statement_itself(
    database: Database, tier: CompiledTier, filled: Filled
) -> None:
    """Outside of them nothing is read, and nothing of them is left behind."""
    person = filled.people[0]
    whole = await answer(tier, "{ unreadCount }", person)
    assert whole is not None
    assert whole["unreadCount"] > 0
    pool = PlanPool(database, size=1)
    bare = await pool.row(
        "SELECT count(*) FROM notification WHERE recipient_id = $1", [person.staff_id]
    )
    fenced = await pool.row(
        "SELECT (SELECT count(*) FROM notification WHERE recipient_id = $1)"
        " FROM (SELECT set_config('app.hospital_id', '99', true) OFFSET 0) AS scope",
        [person.staff_id],
    )
    after = await pool.row("SELECT current_setting('app.hospital_id', true)", [])
    await pool.close()
    assert (bare[0], fenced[0], after[0] or "") == (0, 0, "")


@pytest.mark.usefixtures("filled")
async def test_the_pool_changes_nothing(database: Database) -> None:
    pool = PlanPool(database, size=1)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await pool.row("DELETE FROM notification", [])
    await pool.close()


async def test_a_statement_is_kept_for_each_shape_and_not_for_each_value(
    tier: CompiledTier, filled: Filled
) -> None:
    query = "query Todo($first: Int!, $after: String) { todo(first: $first, after: $after)"
    operation = tier.trust(f"{query} {{ edges {{ cursor }} }} }}")
    assert operation is not None
    person = filled.people[0]
    for variables in ({"first": 1}, {"first": 9}, {"first": 9, "after": None}, {"first": 0}):
        await tier.answer(operation, Asking(person.token, variables, "zh", NOW))
    assert operation.variants == 2


def test_a_mutation_is_never_compiled() -> None:
    compiler = Compiler(schema, Mappings(schema, {}), {})
    read = 'mutation M { markRead(input: {idempotencyKey: "k", ids: []}) { replayed } }'
    assert compiler.operation(read) is None
    assert compiler.operation("query Q { nothing }") is None


def _document(key: Any) -> str:
    return str(encode_id("Document", key))
