"""What the policy of pushing looks at: a hospital's setting, and its people as they are now."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, Integer, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.economy import CallBudget
from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.pushing import Recipient, Setting
from mobile_hrp.domain.notification.roster import Shift
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel
from mobile_hrp.models.notification import ProviderMeter
from mobile_hrp.models.notification_policy import NotificationPolicy
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.plain_sql import PlainSql

METER = "dingtalk"
"""The provider whose calls are counted by the month."""
PROMISED = "promised"
"""The meter's window for calls that are sure to come."""
_LOCKS = 256
_LOCK_SPACE = 0x6E6F << 48  # "no": keeps these keys apart from other advisory locks
_SHIFTS_BEFORE = timedelta(days=1)
_SHIFTS_AFTER = timedelta(days=3)

_OF_HOSPITAL = bindparam("of_hospital", type_=Integer)
_AT = bindparam("at", type_=DateTime(timezone=True))
_MONTH = func.to_char(func.timezone(Hospital.timezone, _AT), '"month:"YYYY-MM')


def _calls(window: str | ColumnElement[str]) -> ColumnElement[int]:
    """What is counted for the hospital's provider in a window of its meter."""
    counted = select(ProviderMeter.used).where(
        ProviderMeter.hospital_id == _OF_HOSPITAL,
        ProviderMeter.provider == METER,
        ProviderMeter.window == window,
    )
    return func.coalesce(counted.correlate(Hospital).scalar_subquery(), 0)


_SETTING = PlainSql.of(
    select(
        Hospital.timezone,
        literal_column("to_jsonb(notification_policy)").label("policy"),
        _calls(_MONTH).label("used"),
        _calls(PROMISED).label("promised"),
    )
    .outerjoin(NotificationPolicy, NotificationPolicy.hospital_id == Hospital.id)
    .where(Hospital.id == _OF_HOSPITAL)
)

_POLICY = PlainSql("SELECT to_jsonb(p) FROM notification_policy p WHERE hospital_id = :hospital_id")

_PEOPLE = PlainSql("""
SELECT p.id AS staff_id, coalesce(d.rings, 0) AS rings, coalesce(d.repeats, 0) AS repeats,
  (SELECT jsonb_agg(jsonb_build_array(e.channel, e.id) ORDER BY e.id)
   FROM notification_endpoint e
   WHERE e.hospital_id = :hospital_id AND e.staff_id = p.id AND e.state = 'active') AS endpoints,
  (SELECT jsonb_object_agg(w.channel, w.cadence) FROM notification_preference w
   WHERE w.hospital_id = :hospital_id AND w.staff_id = p.id AND w.category = p.category) AS wishes,
  (SELECT jsonb_agg(jsonb_build_array(s.starts_at, s.ends_at)) FROM duty_shift s
   WHERE s.hospital_id = :hospital_id AND s.staff_id = p.id
     AND s.ends_at > CAST(:shifts_from AS timestamptz)
     AND s.starts_at < CAST(:shifts_to AS timestamptz)) AS shifts,
  CASE WHEN p.rolled_since IS NOT NULL THEN
    (SELECT max(n.created_at) FROM notification n
     WHERE n.hospital_id = :hospital_id AND n.recipient_id = p.id AND n.category = p.category
       AND n.created_at > p.rolled_since
       AND EXISTS (SELECT 1 FROM notification_delivery sent
                   WHERE sent.hospital_id = :hospital_id AND sent.notification_id = n.id))
  END AS told_at
FROM unnest(CAST(:staff AS uuid[]), CAST(:categories AS text[]),
            CAST(:rolled_since AS timestamptz[])) AS p(id, category, rolled_since)
LEFT JOIN push_day d ON d.hospital_id = :hospital_id AND d.staff_id = p.id AND d.day = :day
""")

_TRY_LOCK = PlainSql(
    "SELECT key FROM unnest(CAST(:keys AS bigint[])) AS k(key) WHERE pg_try_advisory_xact_lock(key)"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person for the policy, and the endpoints behind their channels."""

    facts: Recipient
    endpoints: dict[Channel, list[uuid.UUID]]


async def load_setting(session: AsyncSession, *, hospital_id: int, now: datetime) -> Setting:
    """The hospital's limits, zone and what is left of the month's calls, by its own calendar."""
    (row,) = await _SETTING.rows(session, {"of_hospital": hospital_id, "at": now})
    zone, limits = ZoneInfo(row["timezone"]), _limits_of(row["policy"])
    budget = CallBudget(
        limits.monthly_calls,
        used=row["used"],
        promised=row["promised"],
        elapsed_percent=elapsed_percent(now.astimezone(zone).date()),
        urgent_reserve_percent=limits.urgent_reserve_percent,
    )
    return Setting(limits, zone, now, budget)


async def load_limits(session: AsyncSession, *, hospital_id: int) -> Limits:
    """What the hospital has set, or the defaults."""
    return _limits_of(await _POLICY.value(session, {"hospital_id": hospital_id}))


def _limits_of(row: Mapping[str, Any] | None) -> Limits:
    """The limits of a row of ``notification_policy`` as JSON."""
    if row is None:
        return Limits()
    return Limits(
        rings_per_day=row["rings_per_day"],
        digests_per_day=row["digests_per_day"],
        repeats_max=row["repeats_max"],
        digest_times=tuple(row["digest_times"]),
        digest_size=row["digest_size"],
        quiet_from=row["quiet_from"],
        quiet_until=row["quiet_until"],
        mandatory_categories=frozenset(row["mandatory_categories"]),
        monthly_calls=row["monthly_calls"],
        urgent_reserve_percent=row["urgent_reserve_percent"],
    )


def elapsed_percent(today: date) -> int:
    """How much of its month has passed at the end of a day, rounded down."""
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    length = (next_month - timedelta(days=1)).day
    return 100 * today.day // length


async def load_people(
    session: AsyncSession,
    *,
    hospital_id: int,
    rules: Mapping[uuid.UUID, KindRule],
    setting: Setting,
) -> dict[uuid.UUID, Person]:
    """The people as the policy needs them for the kind each is told, in one query."""
    now = setting.now
    rolled = [rule.roll_up for rule in rules.values()]
    found = await _PEOPLE.rows(
        session,
        {
            "hospital_id": hospital_id,
            "staff": list(rules),
            "categories": [rule.category for rule in rules.values()],
            "shifts_from": now - _SHIFTS_BEFORE,
            "shifts_to": now + _SHIFTS_AFTER,
            "rolled_since": [None if length is None else now - length for length in rolled],
            "day": now.astimezone(setting.zone).date(),
        },
    )
    people = {}
    for row in found:
        endpoints: dict[Channel, list[uuid.UUID]] = {}
        for channel, endpoint_id in row["endpoints"] or ():
            endpoints.setdefault(Channel(channel), []).append(uuid.UUID(endpoint_id))
        facts = Recipient(
            reachable=frozenset(endpoints),
            wishes={Channel(key): Cadence(value) for key, value in (row["wishes"] or {}).items()},
            shifts=tuple(_shifts(row["shifts"] or ())),
            rings=row["rings"],
            repeats=row["repeats"],
            told_at=row["told_at"],
        )
        people[row["staff_id"]] = Person(facts, endpoints)
    return people


def _shifts(rows: Iterable[Sequence[str]]) -> Iterable[Shift]:
    for start, end in rows:
        yield Shift(datetime.fromisoformat(start), datetime.fromisoformat(end))


async def try_lock(
    session: AsyncSession, *, hospital_id: int, staff: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those whose pushing this transaction may decide; nobody else decides it before its end.

    It never waits: a business transaction that holds one person and wants another must not stand
    in the way of one that does the opposite. Who is not in the answer is left to the worker's next
    look.
    """
    keys = {person: _key(hospital_id, person) for person in staff}
    wanted = sorted(set(keys.values()))
    got = set(await _TRY_LOCK.column(session, {"keys": wanted}))
    return frozenset(person for person, key in keys.items() if key in got)


def _key(hospital_id: int, person: uuid.UUID) -> int:
    """One of few keys per hospital: a fan-out to everybody must not fill the lock table."""
    return _LOCK_SPACE | (hospital_id << 16) | person.int % _LOCKS
