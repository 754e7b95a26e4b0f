"""Pushing by the hospital's policy: what ``domain.notification.pushing`` decides is written here.

A decision about a person is made under that person's lock, so that no two of them count the same
day. In a business transaction the lock is only tried; what it does not get goes on the agenda of
the worker, which decides it a moment later in a transaction of its own.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.economy import METERED, RING_CALLS, CallBudget
from mobile_hrp.domain.notification.pushing import Decision, Push, Setting, decide
from mobile_hrp.domain.notification.vocabulary import Channel, Urgency
from mobile_hrp.notifications import buckets
from mobile_hrp.notifications.buckets import Waiting
from mobile_hrp.notifications.people import Person, load_people, load_setting, try_lock
from mobile_hrp.notifications.plan import Batch, NewDelivery, Told, write_deliveries
from mobile_hrp.notifications.tally import Counted, count
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.plain_sql import PlainSql

_WORK_BATCH = 100
"""Recipients of one work notification call."""

_NOTE = PlainSql("""
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


async def by_policy(session: AsyncSession, batches: Sequence[Batch]) -> None:
    """Decide for everybody whose lock is free; leave the others to the worker."""
    hospital_id, now = batches[0].hospital_id, batches[0].now
    people = {told.recipient_id for batch in batches for told in batch.told}
    free = await try_lock(session, hospital_id=hospital_id, staff=people)
    held = [
        replace(batch, told=[one for one in batch.told if one.recipient_id in free])
        for batch in batches
    ]
    for turn in _turns(held):
        await push_locked(session, turn)
    later = [
        Noted(one.notification_id, one.recipient_id, 0, now)
        for batch in batches
        for one in batch.told
        if one.recipient_id not in free
    ]
    await note(session, hospital_id=hospital_id, noted=later)


def _turns(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """The batches in their order; who is told twice is decided on again with the first counted."""
    turn: list[Batch] = []
    seen: set[uuid.UUID] = set()
    for batch in batches:
        people = {one.recipient_id for one in batch.told}
        if not people:
            continue
        if seen & people:
            yield turn
            turn, seen = [], set()
        turn.append(batch)
        seen |= people
    if turn:
        yield turn


async def push_locked(session: AsyncSession, batches: Sequence[Batch]) -> None:
    """Decide and write how new notifications are pushed, to each person one.

    The caller holds the locks of these people.
    """
    hospital_id, now = batches[0].hospital_id, batches[0].now
    setting = await load_setting(session, hospital_id=hospital_id, now=now)
    rules = {told.recipient_id: batch.rule for batch in batches for told in batch.told}
    people = await load_people(session, hospital_id=hospital_id, rules=rules, setting=setting)
    written = [_decided(batch, people, setting) for batch in batches]
    deliveries = [row for of_batch in written for row in of_batch.deliveries]
    await write_deliveries(session, batches[0], deliveries)
    noted = [row for of_batch in written for row in of_batch.noted]
    await note(session, hospital_id=hospital_id, noted=noted)
    await buckets.add(
        session,
        hospital_id=hospital_id,
        waiting=[row for of_batch in written for row in of_batch.waiting],
        size=setting.limits.digest_size,
        now=now,
    )
    await count(
        session,
        hospital_id=hospital_id,
        day=now.astimezone(setting.zone).date(),
        counted=[row for of_batch in written for row in of_batch.counted],
    )


def _decided(batch: Batch, people: Mapping[uuid.UUID, Person], setting: Setting) -> "_Written":
    """What becomes of one notice; its recipients share what is left of the month's calls."""
    written = _Written(batch)
    for one in batch.told:
        person = people[one.recipient_id]
        decision = decide(batch.rule, person.facts, setting, ordinal=batch.ordinal)
        written.add(one, person, decision)
        setting = replace(setting, calls=written.spent(setting.calls, decision))
    return written


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
        await _NOTE.rows(session, {"hospital_id": hospital_id, "rows": json.dumps(rows)})
