"""What the busiest statements read of a hospital that has some data: EXPLAIN against a budget.

Blocks and rows are counted, not time: a join that reads a table from end to end, or an index by its
hospital alone, reads more with every year, and more blocks than these budgets allow already here.
The plans are those of production: generic, made before the settings of row-level security are.
"""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from benchmarks.graphql_world import HOSPITAL_ID, Approver, approvers, fill
from sqlalchemy.engine import make_url
from tests.differential.busiest import BUSIEST
from tests.differential.test_statements import GROWING

from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.tokens import token_hash
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.places import Call
from mobile_hrp.graphql.compiled.plans import Compiler, Plan
from mobile_hrp.graphql.compiled.pool import SERVER_SETTINGS
from mobile_hrp.graphql.compiled.subjects.registry import PULSES, ROOTS, TYPES
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.schema import schema

REQUESTS = 6_000
ROWS_PASSED_OVER_MAX = 100
"""Rows of a table that grows which a node of a plan may read and throw away, each time it runs."""
BLOCKS_MAX = {
    "Todo": 700,
    "TodoCounts": 300,
    "Done": 700,
    "DocumentHeader": 300,
    "MyDocuments": 200,
    "MyReceipts": 100,
    "Inbox": 300,
    "InboxVersion": 200,
}
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def viewer_of(one: Approver) -> Viewer:
    return Viewer(
        hospital_id=HOSPITAL_ID,
        staff_id=one.staff_id,
        session_id=uuid.UUID(int=2),
        device_id=uuid.UUID(int=3),
        roles=(RoleGrant(Role.EMPLOYEE, ScopeKind.OWN),),
    )


def literal(value: Any) -> str:
    """A value as it is written in EXECUTE."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, list):
        parts = (rf'"\\x{one.hex()}"' if isinstance(one, bytes) else f'"{one}"' for one in value)
        return f"'{{{', '.join(parts)}}}'"
    return f"'{value}'"


def asked(name: str, document_id: uuid.UUID) -> tuple[Plan, list[Any]]:
    """A statement with the arguments of somebody who has much to do."""
    text, given = BUSIEST[name]
    given = given | ({"id": encode_id("Document", document_id)} if "id" in given else {})
    given = given | ({"after": None} if "after" in given else {})
    compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS, PULSES)
    operation = compiler.operation(text)
    assert operation is not None
    prepared = compiler.prepared(operation, given)
    assert prepared is not None
    one = approvers()[5]
    viewer = viewer_of(one)
    plan = compiler.plan(prepared, viewer, "zh")
    assert plan is not None
    call = Call(prepared.values.coerced, viewer, NOW, token_hash(one.token), date(2026, 11, 22))
    arguments = plan.arguments(call)
    if plan.sharing is not None:
        return plan, [str(HOSPITAL_ID), *([value] for value in arguments)]
    return plan, arguments


async def explained(connection: Any, plan: Plan, arguments: list[Any]) -> dict[str, Any]:
    await connection.execute(f"PREPARE asked AS {plan.sql}")
    given = ", ".join(literal(value) for value in arguments)
    told = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked({given})"
    )
    await connection.execute("DEALLOCATE asked")
    found: dict[str, Any] = json.loads(told)[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def breaches(name: str, plan: dict[str, Any]) -> list[str]:
    """What of a plan is over the budget."""
    found = []
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    if blocks > BLOCKS_MAX[name]:
        found.append(f"{name} reads {blocks} blocks")
    for node in nodes(plan):
        passed_over = node.get("Rows Removed by Filter", 0) + node.get(
            "Rows Removed by Join Filter", 0
        )
        table = node.get("Relation Name", "")
        if passed_over > ROWS_PASSED_OVER_MAX and (table in GROWING or not table):
            found.append(f"{name} reads {passed_over} rows of {table or 'a join'} in vain")
    return found


async def filled(urls: DatabaseUrls, superuser_url: str) -> Any:
    """A connection as the application's role to a database with some data."""
    name = make_url(urls.app).database
    owner = make_url(superuser_url).set(drivername="postgresql", database=name)
    await fill(owner.render_as_string(hide_password=False), requests=REQUESTS)
    app = make_url(urls.app).set(drivername="postgresql")
    return await asyncpg.connect(
        app.render_as_string(hide_password=False), server_settings=SERVER_SETTINGS
    )


async def test_the_busiest_statements_keep_their_budgets(
    database_urls: DatabaseUrls, superuser_url: str
) -> None:
    connection = await filled(database_urls, superuser_url)
    try:
        await connection.execute(f"SET app.hospital_id = '{HOSPITAL_ID}'")
        document_id = await connection.fetchval("SELECT id FROM document LIMIT 1")
        await connection.execute("SET app.hospital_id = ''")
        over = []
        for name in BUSIEST:
            over += breaches(name, await explained(connection, *asked(name, document_id)))
        assert over == []
        right, arguments = asked("Todo", document_id)
        join = "approval_instance.id = approval_task.instance_id"
        planted = right.sql.replace(join, "approval_instance.id::text = instance_id::text")
        assert planted != right.sql
        without_index = Plan(planted, right.extracts, right.rules, right.authority)
        assert breaches("Todo", await explained(connection, without_index, arguments))
    finally:
        await connection.close()
