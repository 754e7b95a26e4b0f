"""What the worker looks at again: pushes left undecided, and ladders whose next step is due.

Each item in a transaction of its own under its person's lock. Any number of workers may do this:
what another has dealt with is no longer due, and what another has in hand is left to the next look.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.kind import KindRule, PlannedStep, plan_ladder
from mobile_hrp.domain.notification.pushing import Climb, decide_climb, digest_time
from mobile_hrp.domain.notification.vocabulary import Channel, Urgency
from mobile_hrp.notifications import buckets
from mobile_hrp.notifications.buckets import Waiting
from mobile_hrp.notifications.kinds import KindBook
from mobile_hrp.notifications.people import load_people, load_setting, try_lock
from mobile_hrp.notifications.plan import Batch, Told
from mobile_hrp.notifications.pushing import Noted, note, push_locked
from mobile_hrp.notifications.tally import Counted, count
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

_AT_ONCE = 500

_DUE = text("""
SELECT notification_id, staff_id FROM notification_agenda
WHERE hospital_id = :hospital_id AND due_at <= :now ORDER BY due_at LIMIT :most
""")

_TAKE = text("""
DELETE FROM notification_agenda a USING notification n
WHERE a.hospital_id = :hospital_id AND a.notification_id = :notification_id AND a.due_at <= :now
  AND n.hospital_id = :hospital_id AND n.id = a.notification_id
RETURNING a.step, n.id, n.kind, n.category, n.ordinal, n.recipient_id,
          n.state = 'live' AND n.expires_at > :now AS wanted
""")

_WAITING_STEPS = text("""
SELECT step, channel, bool_and(state = 'pending' AND phase = 'send' AND lease_owner IS NULL
                               AND next_at > :now) AS waits
FROM notification_delivery
WHERE hospital_id = :hospital_id AND notification_id = :notification_id
GROUP BY step, channel ORDER BY step
""")

_CLIMB = text("""
UPDATE notification_delivery SET next_at = :now
WHERE hospital_id = :hospital_id AND notification_id = :notification_id AND step = :step
  AND state = 'pending' AND phase = 'send' AND lease_owner IS NULL AND next_at > :now
""")


async def look_at_agenda(
    database: Database, hospital_id: int, *, kinds: KindBook, now: datetime
) -> int:
    """Deal with what is due in one hospital; answer with how many items that were."""
    async with database.reading(hospital_id) as session:
        due = (
            await session.execute(_DUE, {"hospital_id": hospital_id, "now": now, "most": _AT_ONCE})
        ).all()
    for row in due:
        async with database.transaction(hospital_id) as session:
            if await try_lock(session, hospital_id=hospital_id, staff=[row.staff_id]):
                await _look_at(session, hospital_id, row.notification_id, kinds, now)
    return len(due)


async def _look_at(
    session: AsyncSession,
    hospital_id: int,
    notification_id: uuid.UUID,
    kinds: KindBook,
    now: datetime,
) -> None:
    key = {"hospital_id": hospital_id, "notification_id": notification_id, "now": now}
    row = (await session.execute(_TAKE, key)).one_or_none()
    if row is None or not row.wanted or row.kind not in kinds:
        return
    rule = kinds.rule(row.kind)
    if row.step:
        await _climb(session, hospital_id, rule, row, now)
        return
    batch = Batch(hospital_id, rule, [Told(row.id, row.recipient_id)], now, new_id, row.ordinal)
    await push_locked(session, [batch])


async def _climb(
    session: AsyncSession, hospital_id: int, rule: KindRule, row: Any, now: datetime
) -> None:
    """Take the next step that has not been taken already, if the policy lets it interrupt."""
    key = {"hospital_id": hospital_id, "notification_id": row.id, "now": now}
    steps = (await session.execute(_WAITING_STEPS, key)).all()
    upcoming = next((step for step in steps if step.step >= row.step and step.waits), None)
    if upcoming is None:
        return
    setting = await load_setting(session, hospital_id=hospital_id, now=now)
    people = await load_people(
        session, hospital_id=hospital_id, rules={row.recipient_id: rule}, setting=setting
    )
    person = people[row.recipient_id].facts
    decision = decide_climb(rule, Channel(upcoming.channel), person, setting)
    if decision.climb is Climb.LATER and decision.due_at is not None:
        again = Noted(row.id, row.recipient_id, upcoming.step, decision.due_at)
        await note(session, hospital_id=hospital_id, noted=[again])
    elif decision.climb is Climb.NEVER:
        due_at = digest_time(person, setting)
        await buckets.add(
            session,
            hospital_id=hospital_id,
            waiting=[Waiting(row.recipient_id, row.category, row.id, due_at)],
            size=setting.limits.digest_size,
            now=now,
        )
    else:
        await session.execute(_CLIMB, {**key, "step": upcoming.step})
        critical = rule.urgency is Urgency.CRITICAL
        counted = Counted(critical=1) if critical else Counted(rings=1, repeats=1)
        day = now.astimezone(setting.zone).date()
        await count(
            session, hospital_id=hospital_id, day=day, counted=[(row.recipient_id, counted)]
        )
        planned = plan_ladder(rule, {Channel(step.channel) for step in steps})
        following = _following(planned, upcoming.step, row.id, row.recipient_id, now)
        await note(session, hospital_id=hospital_id, noted=following)


def _following(
    planned: tuple[PlannedStep, ...],
    taken: int,
    notification_id: uuid.UUID,
    person: uuid.UUID,
    now: datetime,
) -> list[Noted]:
    """When to look again after a step was taken: its wait is counted from now."""
    waits = {step.number: step.after for step in planned}
    if taken not in waits or taken + 1 not in waits:
        return []
    due_at = now + waits[taken + 1] - waits[taken]
    return [Noted(notification_id, person, taken + 1, due_at)]
