"""What providers allow, counted in the database for all workers together.

Three kinds of limit: calls in a month (DingTalk's quota of an organisation), recipients a minute
(beyond which DingTalk accepts and shows nothing), and messages a minute to one person (beyond which
WeCom discards). All are asked before a call, so that none is exceeded by several workers at once.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.notifications.raw import raw_transaction
from mobile_hrp.runtime.database import Database

_CHINA = timedelta(hours=8)  # where the providers' months begin
_BURST_SHARE = 10
"""A tenth of a minute's allowance at once and nine tenths spread: never more in any minute."""

# $1 hospital, $2 meter, $3 now, $4 refill per second, $5 burst, $6 windows, $7 amounts
_DRAW = """
INSERT INTO provider_meter AS m (hospital_id, provider, "window", tokens, updated_at)
SELECT $1, $2, r."window", $5::float8 - r.amount, $3
FROM unnest($6::text[], $7::float8[]) AS r("window", amount)
WHERE r.amount <= $5::float8
ORDER BY r."window"
ON CONFLICT (hospital_id, provider, "window") DO UPDATE
SET tokens = least($5::float8, m.tokens + $4::float8
                   * greatest(extract(epoch FROM $3 - m.updated_at)::float8, 0))
             + excluded.tokens - $5::float8,
    updated_at = $3
WHERE least($5::float8, m.tokens + $4::float8
            * greatest(extract(epoch FROM $3 - m.updated_at)::float8, 0))
      + excluded.tokens - $5::float8 >= 0
RETURNING "window"
"""

_LEFT = """
UPDATE provider_meter SET updated_at = least(updated_at, $3)
WHERE hospital_id = $1 AND provider = $2 AND "window" = $4
RETURNING tokens, updated_at
"""

# what the hospital has set for its month goes before what the provider is known to allow
_SPEND_MONTH = """
WITH month AS (
  SELECT CASE WHEN $6::int IS NULL THEN 2147483647
         ELSE coalesce((SELECT monthly_calls FROM notification_policy WHERE hospital_id = $1), $6)
         END AS budget
)
INSERT INTO provider_meter AS m (hospital_id, provider, "window", used, updated_at)
SELECT $1, $2, $4, $5, $3 FROM month WHERE $5 <= budget
ON CONFLICT (hospital_id, provider, "window") DO UPDATE
SET used = m.used + $5, updated_at = $3
WHERE m.used + $5 <= (SELECT budget FROM month)
RETURNING used
"""

_MONTHS = text("""
SELECT provider, used FROM provider_meter
WHERE hospital_id = :hospital_id AND "window" = :month
""")

_TIDY = text("""
DELETE FROM provider_meter
WHERE hospital_id = :hospital_id AND "window" LIKE 'person:%' AND updated_at < :before
""")


@dataclass(frozen=True, slots=True)
class Limits:
    """A provider's limits; None is none that is known.

    ``calls_per_month`` gives way to what the hospital's policy says.
    """

    calls_per_month: int | None = None
    recipients_per_minute: int | None = None
    person_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer: go, except to ``persons_refused``; or not before ``wait_until``."""

    wait_until: datetime | None = None
    month_used_up: bool = False
    persons_refused: frozenset[uuid.UUID] = frozenset()


class Meters:
    """The meters of all providers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def draw(
        self,
        hospital_id: int,
        meter: str,
        limits: Limits,
        *,
        persons: Sequence[uuid.UUID],
        now: datetime,
    ) -> Grant:
        """Account for one call to ``persons`` (endpoints), if the limits allow it."""
        async with raw_transaction(self._database, hospital_id, durable=False) as raw:
            key = (hospital_id, meter)
            many = len(persons)
            if limits.recipients_per_minute is not None:
                wait = await _draw_rate(raw, key, now, limits.recipients_per_minute, many)
                if wait is not None:
                    return Grant(wait_until=wait)
            budget = limits.calls_per_month
            spent = await raw.fetchval(_SPEND_MONTH, *key, now, month_of(now), 1, budget)
            if spent is None:
                return Grant(month_used_up=True)
            if limits.person_per_minute is None:
                return Grant()
            refused = await _draw_persons(raw, key, now, limits.person_per_minute, persons)
            return Grant(persons_refused=refused)

    async def tidy(self, hospital_id: int, now: datetime) -> None:
        """Forget persons who were sent nothing for a day: their allowance is whole again."""
        async with self._database.transaction(hospital_id) as session:
            before = now - timedelta(days=1)
            await session.execute(_TIDY, {"hospital_id": hospital_id, "before": before})


async def calls_this_month(
    session: AsyncSession, *, hospital_id: int, now: datetime
) -> dict[str, int]:
    """Calls to each metered provider since its month began."""
    found = await session.execute(_MONTHS, {"hospital_id": hospital_id, "month": month_of(now)})
    return {row.provider: row.used for row in found}


def month_of(now: datetime) -> str:
    """The window of a month's count, on the providers' calendar."""
    return f"month:{now.astimezone(UTC) + _CHINA:%Y-%m}"


def next_month(now: datetime) -> datetime:
    """When the monthly counts start again."""
    there = now.astimezone(UTC) + _CHINA
    first = there.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1) - _CHINA


async def _draw_rate(
    raw: Any, key: tuple[int, str], now: datetime, per_minute: int, many: int
) -> datetime | None:
    """None when drawn, else when there will be enough."""
    burst = float(max(per_minute // _BURST_SHARE, many))
    refill = per_minute * (_BURST_SHARE - 1) / _BURST_SHARE / 60
    if await raw.fetch(_DRAW, *key, now, refill, burst, ["rate"], [float(many)]):
        return None
    (tokens, updated_at) = await raw.fetchrow(_LEFT, *key, now, "rate")
    enough: datetime = updated_at + timedelta(seconds=(many - tokens) / refill)
    return max(enough, now + timedelta(milliseconds=10))


async def _draw_persons(
    raw: Any, key: tuple[int, str], now: datetime, per_minute: int, persons: Sequence[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Half of a minute's allowance at once and half spread. Returns who has had enough."""
    wanted = Counter(persons)
    windows = {f"person:{person.hex}": person for person in sorted(wanted)}
    amounts = [float(wanted[person]) for person in windows.values()]
    half = per_minute / 2
    drawn = await raw.fetch(_DRAW, *key, now, half / 60, half, list(windows), amounts)
    allowed = {row[0] for row in drawn}
    return frozenset(person for window, person in windows.items() if window not in allowed)
