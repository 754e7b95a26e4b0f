"""The SQL of the busiest operations as it is reviewed, and what it may cost.

Snapshots are rewritten by ``python -m tests.differential.test_statements`` from the repository
root; look at what changed before it is committed.
"""

import re
import uuid
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.differential.busiest import BUSIEST

from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.plans import Compiler, Plan
from mobile_hrp.graphql.compiled.subjects.registry import PULSES, ROOTS, TYPES
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema

SNAPSHOTS = Path(__file__).parent / "snapshots"
GROWING = (
    "access_token",
    "approval_entry",
    "approval_instance",
    "approval_node",
    "approval_task",
    "document",
    "document_line",
    "notification",
    "receipt",
    "receipt_use",
    "role_assignment",
    "session_family",
    "staff",
)
"""Tables that grow with the hospital or with the years."""

HEAD = Viewer(
    hospital_id=7,
    staff_id=uuid.UUID(int=1),
    session_id=uuid.UUID(int=2),
    device_id=uuid.UUID(int=3),
    roles=(
        RoleGrant(Role.EMPLOYEE, ScopeKind.OWN),
        RoleGrant(
            Role.DEPT_HEAD, ScopeKind.DEPARTMENT, uuid.UUID(int=4), frozenset({uuid.UUID(int=4)})
        ),
    ),
)


def compiled(name: str) -> Plan:
    compiler = Compiler(schema, Mappings(schema, TYPES), ROOTS, PULSES)
    text, variables = BUSIEST[name]
    operation = compiler.operation(text)
    assert operation is not None
    values: Any = compiler.coerced(operation, variables)
    return compiler.compile(operation, values, HEAD, "zh")


@pytest.mark.parametrize("name", BUSIEST)
def test_the_statement_is_the_one_that_was_reviewed(name: str) -> None:
    expected = (SNAPSHOTS / f"{name}.sql").read_text("utf-8")
    assert compiled(name).sql + "\n" == expected, "python -m tests.differential.test_statements"


def test_there_is_no_snapshot_of_anything_else() -> None:
    assert {file.stem for file in SNAPSHOTS.iterdir()} == set(BUSIEST)


@pytest.mark.parametrize("name", BUSIEST)
async def test_no_table_that_grows_is_read_from_end_to_end(name: str, database: Database) -> None:
    assert await read_from_end_to_end(compiled(name).sql, database) == []


async def read_from_end_to_end(sql: str, database: Database) -> list[str]:
    """Scans of tables that grow; made dear, the planner takes one only where no index serves."""
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan"
        )
        await connection.execute(f"PREPARE asked AS {sql}")
        given = ", ".join(["NULL"] * max(int(number) for number in re.findall(r"\$(\d+)", sql)))
        rows = await connection.fetch(f"EXPLAIN EXECUTE asked({given})")
    finally:
        await connection.close()
    lines = [f"{row[0]} " for row in rows]
    return [one for one in lines if any(f"Seq Scan on {table} " in one for table in GROWING)]


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    for one in BUSIEST:
        (SNAPSHOTS / f"{one}.sql").write_text(compiled(one).sql + "\n", "utf-8")
