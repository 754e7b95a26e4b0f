"""What the worker does for the policy of pushing: later steps, digests, promised calls."""

from datetime import datetime, timedelta

from sqlalchemy import text

from mobile_hrp.notifications.agenda import look_at_agenda
from mobile_hrp.notifications.digests import close_due_digests, withdraw_settled_digests
from mobile_hrp.notifications.people import METER, PROMISED
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.schedule import Duty, for_each_hospital
from mobile_hrp.services.notices import kinds

LOOK_SECONDS = 5.0
"""How often a worker looks for pushes that have become due; no step waits longer than that."""

SHOWN = text("""
SELECT count(*) FROM notification_delivery
WHERE hospital_id = :hospital_id AND channel IN ('dingtalk_todo', 'dingtalk_card')
  AND recalled_at IS NULL
  AND (state IN ('accepted', 'confirmed') OR (phase = 'send' AND next_at <= :now))
""")
"""What is on somebody's phone or about to be; migration 0036 indexes just these rows."""

_PROMISE = text("""
INSERT INTO provider_meter (hospital_id, provider, "window", used, updated_at)
VALUES (:hospital_id, :provider, :window, :used, :now)
ON CONFLICT (hospital_id, provider, "window") DO UPDATE
SET used = excluded.used, updated_at = excluded.updated_at
""")


def push_duties() -> tuple[Duty, ...]:
    """Run often: each is one small query where nothing is due."""
    look = timedelta(seconds=LOOK_SECONDS)
    return (
        Duty("look_at_agenda", look, for_each_hospital(_look)),
        Duty("close_digests", 3 * look, for_each_hospital(_close)),
        Duty("withdraw_settled_digests", 12 * look, for_each_hospital(_withdraw)),
        Duty("count_promised_calls", 60 * look, for_each_hospital(count_promised_calls)),
    )


async def _look(database: Database, hospital_id: int, now: datetime) -> int:
    return await look_at_agenda(database, hospital_id, kinds=kinds(), now=now)


async def _close(database: Database, hospital_id: int, now: datetime) -> int:
    return await close_due_digests(database, hospital_id, kinds=kinds(), now=now)


async def _withdraw(database: Database, hospital_id: int, now: datetime) -> int:
    return await withdraw_settled_digests(database, hospital_id, now=now)


async def count_promised_calls(database: Database, hospital_id: int, now: datetime) -> int:
    """Note how many to-dos and cards are shown: each costs one more call to mark it as done."""
    async with database.transaction(hospital_id) as session:
        shown = await session.scalar(
            SHOWN,
            {"hospital_id": hospital_id, "now": now},
        )
        await session.execute(
            _PROMISE,
            {
                "hospital_id": hospital_id,
                "provider": METER,
                "window": PROMISED,
                "used": shown or 0,
                "now": now,
            },
        )
    return shown or 0
