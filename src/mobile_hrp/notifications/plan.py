"""From one event to inbox rows and deliveries, inside the transaction that made the event."""

import base64
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.kind import KindRule, plan_ladder
from mobile_hrp.domain.notification.vocabulary import Channel, NotificationState

_CHUNK = 2_000

_INSERT_INBOX = text("""
INSERT INTO notification (hospital_id, id, event_id, recipient_id, kind, category, urgency,
                          subject_type, subject_id, public_id, params, dedupe_key, collapse_key,
                          ordinal, state, created_at, expires_at)
SELECT :hospital_id, r.id, CAST(:event_id AS uuid), r.recipient_id, :kind, :category, :urgency,
       :subject_type, CAST(:subject_id AS uuid), r.public_id, CAST(:params AS jsonb), :dedupe_key,
       :collapse_key, :ordinal, :state, CAST(:now AS timestamptz), CAST(:expires_at AS timestamptz)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, recipient_id uuid, public_id text)
ON CONFLICT (hospital_id, dedupe_key, recipient_id) DO NOTHING
RETURNING id, recipient_id
""")

_ACTIVE_ENDPOINTS = text("""
SELECT id, staff_id, channel FROM notification_endpoint
WHERE hospital_id = :hospital_id AND state = 'active' AND staff_id = ANY(CAST(:staff AS uuid[]))
ORDER BY staff_id, id
""")

_INSERT_DELIVERIES = text("""
INSERT INTO notification_delivery (hospital_id, id, notification_id, channel, endpoint_id, step,
                                   state, phase, next_at, created_at)
SELECT :hospital_id, r.id, r.notification_id, r.channel, r.endpoint_id, r.step,
       'pending', 'send', r.next_at, CAST(:now AS timestamptz)
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(id uuid, notification_id uuid, channel text, endpoint_id uuid, step int,
          next_at timestamptz)
ON CONFLICT (hospital_id, notification_id, channel, endpoint_id, step) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notification is about: a task, a document, a budget line."""

    type: str
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell several people.

    ``dedupe_key`` makes telling idempotent per recipient. ``params`` fill the text inside the app
    only. ``ordinal`` is 2 for the second reminder of the same thing, and so on.
    """

    rule: KindRule
    subject: Subject
    dedupe_key: str
    event_id: uuid.UUID | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class Told:
    """An inbox row that was newly written."""

    notification_id: uuid.UUID
    recipient_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """New inbox rows of one notice, for the one who plans how they are pushed."""

    hospital_id: int
    rule: KindRule
    told: Sequence[Told]
    now: datetime
    new_id: Callable[[], uuid.UUID]
    ordinal: int = 1

    @property
    def expires_at(self) -> datetime:
        return self.now + self.rule.expires_after


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One message to one endpoint, due at ``next_at`` or, if a step before fails, at once."""

    notification_id: uuid.UUID
    channel: Channel
    endpoint_id: uuid.UUID
    step: int
    next_at: datetime


Planner: TypeAlias = Callable[[AsyncSession, Batch], Awaitable[None]]


async def fan_out(
    session: AsyncSession,
    *,
    hospital_id: int,
    notice: Notice,
    recipients: Iterable[uuid.UUID],
    now: datetime,
    new_id: Callable[[], uuid.UUID],
    planner: Planner | None = None,
) -> list[Told]:
    """Write the inbox rows and planned deliveries; return the rows that were new.

    Call it in the business transaction, after the event was written with the same recipients as
    its audience. A repeated ``dedupe_key`` tells nobody twice. The announcement of the event after
    the commit also wakes the delivery workers. Without a ``planner`` everybody's whole ladder is
    planned from now on; the hospital's policy is ``pushing.by_policy``.
    """
    plan = at_once if planner is None else planner
    people = list(dict.fromkeys(recipients))
    told: list[Told] = []
    for start in range(0, len(people), _CHUNK):
        fresh = await _write_inbox(
            session,
            hospital_id=hospital_id,
            notice=notice,
            people=people[start : start + _CHUNK],
            now=now,
            new_id=new_id,
        )
        if fresh:
            batch = Batch(hospital_id, notice.rule, fresh, now, new_id, notice.ordinal)
            await plan(session, batch)
        told += fresh
    return told


async def _write_inbox(
    session: AsyncSession,
    *,
    hospital_id: int,
    notice: Notice,
    people: Sequence[uuid.UUID],
    now: datetime,
    new_id: Callable[[], uuid.UUID],
) -> list[Told]:
    rows = [
        {"id": str(new_id()), "recipient_id": str(person), "public_id": _public_id(new_id())}
        for person in people
    ]
    rule, subject = notice.rule, notice.subject
    result = await session.execute(
        _INSERT_INBOX,
        {
            "hospital_id": hospital_id,
            "event_id": notice.event_id,
            "kind": rule.key,
            "category": rule.category,
            "urgency": rule.urgency.value,
            "subject_type": subject.type,
            "subject_id": subject.id,
            "params": json.dumps(dict(notice.params), ensure_ascii=False),
            "dedupe_key": notice.dedupe_key,
            "collapse_key": collapse_key(rule.key, subject),
            "ordinal": notice.ordinal,
            "state": NotificationState.LIVE.value,
            "now": now,
            "expires_at": now + rule.expires_after,
            "rows": json.dumps(rows),
        },
    )
    return [Told(row.id, row.recipient_id) for row in result]


async def at_once(session: AsyncSession, batch: Batch) -> None:
    """Plan each person's whole ladder over the endpoints they have, whatever the hour."""
    endpoints: dict[uuid.UUID, dict[Channel, list[uuid.UUID]]] = defaultdict(dict)
    found = await session.execute(
        _ACTIVE_ENDPOINTS,
        {
            "hospital_id": batch.hospital_id,
            "staff": [told.recipient_id for told in batch.told],
        },
    )
    for row in found:
        endpoints[row.staff_id].setdefault(Channel(row.channel), []).append(row.id)
    rows = []
    for told in batch.told:
        own = endpoints.get(told.recipient_id, {})
        rows += [
            NewDelivery(
                told.notification_id, step.channel, endpoint_id, step.number, batch.now + step.after
            )
            for step in plan_ladder(batch.rule, own)
            for endpoint_id in own[step.channel]
        ]
    await write_deliveries(session, batch, rows)


async def write_deliveries(
    session: AsyncSession, batch: Batch, deliveries: Sequence[NewDelivery]
) -> None:
    """Put messages into the outbox; one that is there already stays as it is."""
    rows = [
        {
            "id": str(batch.new_id()),
            "notification_id": str(one.notification_id),
            "channel": one.channel.value,
            "endpoint_id": str(one.endpoint_id),
            "step": one.step,
            "next_at": one.next_at.isoformat(),
        }
        for one in deliveries
    ]
    if rows:
        await session.execute(
            _INSERT_DELIVERIES,
            {"hospital_id": batch.hospital_id, "now": batch.now, "rows": json.dumps(rows)},
        )


def collapse_key(kind: str, subject: Subject) -> str:
    """One short opaque key per kind and subject: a reminder replaces what it reminds of."""
    digest = hashlib.sha256(f"{kind}|{subject.type}|{subject.id}".encode()).digest()
    return _text_of(digest[:16])


def _public_id(identifier: uuid.UUID) -> str:
    return _text_of(identifier.bytes)


def _text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
