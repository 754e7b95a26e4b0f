"""What counting the promised calls reads of a table with years of deliveries: EXPLAIN, not time."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from tests.notifications.hospital import Stage, rule

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.push.duties import SHOWN, count_promised_calls

INDEX = "ix_notification_delivery_shown"
DELIVERIES = 40_000
SHOWN_NOW = 200
BLOCKS_MAX = 60
"""The 200 rows that count lie on 8 pages or so; the table has some 1,000."""

_FILL = text("""
INSERT INTO notification_delivery
  (hospital_id, id, notification_id, channel, endpoint_id, step, state, created_at, sent_at,
   recalled_at)
SELECT hospital_id, gen_random_uuid(), notification_id, channel, endpoint_id, 100 + n, 'accepted',
       created_at, created_at, CASE WHEN n <= :over THEN created_at END
FROM notification_delivery CROSS JOIN generate_series(1, :rows) AS n
WHERE channel = 'dingtalk_todo'
""")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


async def explained(stage: Stage) -> tuple[set[str], int]:
    """The indexes that counting uses, and how many blocks it reads."""
    async with stage.database.transaction(1) as session:
        told = await session.scalar(
            text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {SHOWN.text}"),
            {"hospital_id": 1, "now": stage.clock()},
        )
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    used = {one["Index Name"] for one in nodes(plan) if "Index Name" in one}
    return used, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


async def test_counting_reads_what_is_shown_and_not_what_was(
    stage: Stage, owner_database: Database
) -> None:
    person = stage.people.staff[0]
    await stage.give(person, Channel.DINGTALK_TODO, "union-1", kind=EndpointKind.UNIONID)
    await stage.tell(kind=rule((Channel.DINGTALK_TODO, 0)), recipients=[person])
    before = await count_promised_calls(stage.database, 1, stage.clock())
    async with owner_database.transaction(1) as session:
        await session.execute(_FILL, {"rows": DELIVERIES, "over": DELIVERIES - SHOWN_NOW})
    async with owner_database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE notification_delivery"))
    assert await count_promised_calls(stage.database, 1, stage.clock()) == before + SHOWN_NOW
    used, blocks = await explained(stage)
    assert used == {INDEX}
    assert blocks <= BLOCKS_MAX
    async with owner_database.transaction(1) as session:
        await session.execute(text(f"DROP INDEX {INDEX}"))
    used, blocks = await explained(stage)
    assert INDEX not in used
    assert blocks > 10 * BLOCKS_MAX, "without it the whole past is read"
