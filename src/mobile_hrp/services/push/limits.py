"""What a hospital lets its notifications do, as its administrators set it and see it used."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.notification.limits import DAY_MINUTES, Limits
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification_policy import NotificationPolicy
from mobile_hrp.notifications.people import load_limits
from mobile_hrp.notifications.tally import Fatigue, fatigue
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import kinds

RINGS_MAX = 50
CALLS_MAX = 100_000_000
_RESERVE_MAX = 90
_TIMES_MAX = 6
_MONTH = timedelta(days=30)


async def limits_of(session: AnySession, *, hospital_id: int) -> Limits:
    return await load_limits(session, hospital_id=hospital_id)


async def recent_fatigue(session: AnySession, *, hospital_id: int, now: datetime) -> Fatigue:
    """How much people were interrupted in the last 30 days, today included."""
    today = await budget_day(session, hospital_id, now)
    return await fatigue(session, hospital_id=hospital_id, first=today - _MONTH, last=today)


async def set_limits(
    session: WriteSession,
    *,
    hospital_id: int,
    actor_id: uuid.UUID | None,
    limits: Limits,
    now: datetime,
) -> None:
    """Let other limits hold from now on; what is on its way keeps its time.

    Raises:
        Refusal: NOTIFICATION_LIMITS_INVALID with the field, NOTIFICATION_CATEGORY_UNKNOWN.
    """
    _check(limits)
    values = {
        "rings_per_day": limits.rings_per_day,
        "digests_per_day": limits.digests_per_day,
        "repeats_max": limits.repeats_max,
        "digest_times": sorted(set(limits.digest_times)),
        "digest_size": limits.digest_size,
        "quiet_from": limits.quiet_from,
        "quiet_until": limits.quiet_until,
        "mandatory_categories": sorted(limits.mandatory_categories),
        "monthly_calls": limits.monthly_calls,
        "urgent_reserve_percent": limits.urgent_reserve_percent,
    }
    await session.execute(
        insert(NotificationPolicy)
        .values(hospital_id=hospital_id, updated_at=now, **values)
        .on_conflict_do_update(index_elements=["hospital_id"], set_={**values, "updated_at": now})
    )
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="notification_policy.change",
        subject_type="hospital",
        subject_id=None,
        detail=values,
        now=now,
    )


def _check(limits: Limits) -> None:
    minutes = range(DAY_MINUTES)
    holds = {
        "ringsPerDay": 1 <= limits.rings_per_day <= RINGS_MAX,
        "digestsPerDay": 1 <= limits.digests_per_day <= limits.rings_per_day,
        "repeatsMax": 0 <= limits.repeats_max <= RINGS_MAX,
        "digestTimes": 1 <= len(limits.digest_times) <= _TIMES_MAX
        and all(minute in minutes for minute in limits.digest_times),
        "digestSize": 2 <= limits.digest_size <= 200,  # noqa: PLR2004 - two make a digest, and a screen shows no more
        "quietFrom": limits.quiet_from in minutes,
        "quietUntil": limits.quiet_until in minutes,
        "monthlyCalls": 0 <= limits.monthly_calls <= CALLS_MAX,
        "urgentReservePercent": 0 <= limits.urgent_reserve_percent <= _RESERVE_MAX,
    }
    for field, good in holds.items():
        if not good:
            raise Refusal("NOTIFICATION_LIMITS_INVALID", path=field)
    for category in sorted(limits.mandatory_categories - kinds().categories()):
        raise Refusal(
            "NOTIFICATION_CATEGORY_UNKNOWN", path="mandatoryCategories", category=category[:40]
        )
