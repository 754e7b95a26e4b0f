"""Pushing by the hospital's policy: what ``domain.notification.pushing`` decides is written here.

A decision about a person is made under that person's lock, so that no two of them count the same
day. In a business transaction the lock is only tried; what it does not get goes on the agenda of
the worker, which decides it a moment later in a transaction of its own.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.economy import METERED, RING_CALLS, CallBudget
from mobile_hrp.domain.notification.pushing import Decision, Push, decide
from mobile_hrp.domain.notification.vocabulary import Channel, Urgency
from mobile_hrp.notifications import buckets
from mobile_hrp.notifications.buckets import Waiting
from mobile_hrp.notifications.people import Person, load_people, load_setting, try_lock
from mobile_hrp.notifications.plan import Batch, NewDelivery, Told, write_deliveries
from mobile_hrp.notifications.tally import Counted, count
from mobile_hrp.runtime.ids import new_id

_WORK_BATCH = 100
"""Recipients of one work notification call."""

_NOTE = text("""
INSERT INTO notification_agenda (hospital_id, id, notification_id, staff_id, step, due_at)
SELECT :hospital_id, r.id, r.notification_id, r.staff_id, r.step, r.due_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(id uuid, notification_id uuid, staff_id uuid, step int, due_at timestamptz)
ON CONFLICT (hospital_id, notification_id) DO UPDATE
SET step = excluded.step, due_at = excluded.due_at
""")


@dataclass(frozen=True, slots=True)
class Noted:
    """Something the worker has to look at again."""

    notification_id: uuid.UUID
    staff_id: uuid.UUID
    step: int
    due_at: datetime


async def by_policy(session: AsyncSession, batch: Batch) -> None:
    """Decide for everybody whose lock is free; leave the others to the worker."""
    people = [told.recipient_id for told in batch.told]
    free = await try_lock(session, hospital_id=batch.hospital_id, staff=people)
    await push_locked(session, batch, [one for one in batch.told if one.recipient_id in free])
    later = [
        Noted(one.notification_id, one.recipient_id, 0, batch.now)
        for one in batch.told
        if one.recipient_id not in free
    ]
    await note(session, hospital_id=batch.hospital_id, noted=later)


async def push_locked(session: AsyncSession, batch: Batch, told: Sequence[Told]) -> None:
    """Decide and write how new notifications are pushed; the caller holds their people's locks."""
    if not told:
        return
    setting = await load_setting(session, hospital_id=batch.hospital_id, now=batch.now)
    people = await load_people(
        session,
        hospital_id=batch.hospital_id,
        rule=batch.rule,
        staff=[one.recipient_id for one in told],
        setting=setting,
    )
    written = _Written(batch)
    for one in told:
        person = people[one.recipient_id]
        decision = decide(batch.rule, person.facts, setting, ordinal=batch.ordinal)
        written.add(one, person, decision)
        setting = replace(setting, calls=written.spent(setting.calls, decision))
    await write_deliveries(session, batch, written.deliveries)
    await note(session, hospital_id=batch.hospital_id, noted=written.noted)
    await buckets.add(
        session,
        hospital_id=batch.hospital_id,
        waiting=written.waiting,
        size=setting.limits.digest_size,
        now=batch.now,
    )
    await count(
        session,
        hospital_id=batch.hospital_id,
        day=batch.now.astimezone(setting.zone).date(),
        counted=written.counted,
    )


class _Written:
    """What the decisions of one batch come to, as rows."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.deliveries: list[NewDelivery] = []
        self.noted: list[Noted] = []
        self.waiting: list[Waiting] = []
        self.counted: list[tuple[uuid.UUID, Counted]] = []
        self._in_one_call = 0

    def spent(self, calls: CallBudget, decision: Decision) -> CallBudget:
        """The budget after a decision; work notifications of one batch share their calls."""
        if decision.push is not Push.RING or decision.steps[0].channel not in METERED:
            return calls
        if decision.steps[0].channel is Channel.DINGTALK_WORK:
            self._in_one_call += 1
            if self._in_one_call % _WORK_BATCH != 1:
                return calls
        return replace(calls, promised=calls.promised + RING_CALLS)

    def add(self, told: Told, person: Person, decision: Decision) -> None:
        if decision.push is Push.DIGEST and decision.due_at is not None:
            category = self._batch.rule.category
            self.waiting.append(
                Waiting(told.recipient_id, category, told.notification_id, decision.due_at)
            )
        if decision.push is not Push.RING:
            return
        self.deliveries += deliveries_of(self._batch, told.notification_id, person, decision)
        if len(decision.steps) > 1:
            due_at = self._batch.now + decision.steps[1].after
            self.noted.append(Noted(told.notification_id, told.recipient_id, 1, due_at))
        critical = self._batch.rule.urgency is Urgency.CRITICAL
        counted = Counted(critical=1) if critical else Counted(1, int(decision.repeat))
        self.counted.append((told.recipient_id, counted))


def deliveries_of(
    batch: Batch, notification_id: uuid.UUID, person: Person, decision: Decision
) -> list[NewDelivery]:
    """The first step now; the later ones only if one before fails, or when the worker climbs."""
    return [
        NewDelivery(
            notification_id,
            step.channel,
            endpoint_id,
            step.number,
            batch.expires_at if step.number else batch.now,
        )
        for step in decision.steps
        for endpoint_id in person.endpoints[step.channel]
    ]


async def note(session: AsyncSession, *, hospital_id: int, noted: Sequence[Noted]) -> None:
    """Put notifications on the agenda; one that is there is looked at as it says now."""
    rows = [
        {
            "id": str(new_id()),
            "notification_id": str(one.notification_id),
            "staff_id": str(one.staff_id),
            "step": one.step,
            "due_at": one.due_at.isoformat(),
        }
        for one in noted
    ]
    if rows:
        await session.execute(_NOTE, {"hospital_id": hospital_id, "rows": json.dumps(rows)})
