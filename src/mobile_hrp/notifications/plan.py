"""From one event to inbox rows and deliveries, inside the transaction that made the event."""

import base64
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.kind import KindRule, plan_ladder
from mobile_hrp.domain.notification.vocabulary import Channel, NotificationState
from mobile_hrp.runtime.plain_sql import PlainSql

_CHUNK = 2_000

_INSERT_INBOX = PlainSql("""
INSERT INTO notification (hospital_id, id, event_id, recipient_id, kind, category, urgency,
                          subject_type, subject_id, public_id, params, dedupe_key, collapse_key,
                          ordinal, state, created_at, expires_at)
SELECT :hospital_id, r.id, n.event_id, r.recipient_id, n.kind, n.category, n.urgency,
       n.subject_type, n.subject_id, r.public_id, n.params, n.dedupe_key,
       n.collapse_key, n.ordinal, :state, CAST(:now AS timestamptz), n.expires_at
FROM jsonb_to_recordset(CAST(:notices AS jsonb))
     AS n(event_id uuid, kind text, category text, urgency text, subject_type text,
          subject_id uuid, params jsonb, dedupe_key text, collapse_key text, ordinal int,
          expires_at timestamptz, rows jsonb),
     LATERAL jsonb_to_recordset(n.rows) AS r(id uuid, recipient_id uuid, public_id text)
ON CONFLICT (hospital_id, dedupe_key, recipient_id) DO NOTHING
RETURNING id
""")

_ACTIVE_ENDPOINTS = PlainSql("""
SELECT id, staff_id, channel FROM notification_endpoint
WHERE hospital_id = :hospital_id AND state = 'active' AND staff_id = ANY(CAST(:staff AS uuid[]))
ORDER BY staff_id, id
""")

_INSERT_DELIVERIES = PlainSql("""
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
class Addressed:
    """A notice and whom to tell; nobody is named twice."""

    notice: Notice
    recipients: Sequence[uuid.UUID]


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


Planner: TypeAlias = Callable[[AsyncSession, Sequence[Batch]], Awaitable[None]]
"""Plans the new rows of one transaction, at least one batch of them."""


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
    addressed = Addressed(notice, list(dict.fromkeys(recipients)))
    (told,) = await fan_out_all(
        session,
        hospital_id=hospital_id,
        addressed=[addressed],
        now=now,
        new_id=new_id,
        planner=planner,
    )
    return told


async def fan_out_all(
    session: AsyncSession,
    *,
    hospital_id: int,
    addressed: Sequence[Addressed],
    now: datetime,
    new_id: Callable[[], uuid.UUID],
    planner: Planner | None = None,
) -> list[list[Told]]:
    """As ``fan_out``, of several notices at once; one list of new rows for each notice."""
    plan = at_once if planner is None else planner
    told: list[list[Told]] = [[] for _ in addressed]
    for portion in _portions(addressed):
        fresh = await _write_inbox(
            session, hospital_id=hospital_id, portion=portion, now=now, new_id=new_id
        )
        batches = []
        for number, rows in fresh.items():
            notice = addressed[number].notice
            told[number] += rows
            batches.append(Batch(hospital_id, notice.rule, rows, now, new_id, notice.ordinal))
        if batches:
            await plan(session, batches)
    return told


Portion: TypeAlias = Mapping[int, Addressed]
"""Some of the notices by their number, each perhaps with some of its recipients."""


def _portions(addressed: Sequence[Addressed]) -> Iterator[Portion]:
    """All notices with their recipients, at most ``_CHUNK`` recipients a portion."""
    portion: dict[int, Addressed] = {}
    room = _CHUNK
    for number, one in enumerate(addressed):
        left = one.recipients
        while left:
            portion[number] = Addressed(one.notice, left[:room])
            left, room = left[room:], room - len(portion[number].recipients)
            if not room:
                yield portion
                portion, room = {}, _CHUNK
    if portion:
        yield portion


async def _write_inbox(
    session: AsyncSession,
    *,
    hospital_id: int,
    portion: Portion,
    now: datetime,
    new_id: Callable[[], uuid.UUID],
) -> dict[int, list[Told]]:
    """Write the rows of a portion; the new ones by the number of their notice."""
    planned = {
        number: [Told(new_id(), person) for person in one.recipients]
        for number, one in portion.items()
    }
    notices = [
        _notice_json(one.notice, planned[number], now, new_id) for number, one in portion.items()
    ]
    result = await _INSERT_INBOX.column(
        session,
        {
            "hospital_id": hospital_id,
            "state": NotificationState.LIVE.value,
            "now": now,
            "notices": json.dumps(notices, ensure_ascii=False),
        },
    )
    written = frozenset(result)
    fresh = {
        number: [told for told in rows if told.notification_id in written]
        for number, rows in planned.items()
    }
    return {number: rows for number, rows in fresh.items() if rows}


def _notice_json(
    notice: Notice, rows: Iterable[Told], now: datetime, new_id: Callable[[], uuid.UUID]
) -> dict[str, Any]:
    rule, subject = notice.rule, notice.subject
    return {
        "event_id": None if notice.event_id is None else str(notice.event_id),
        "kind": rule.key,
        "category": rule.category,
        "urgency": rule.urgency.value,
        "subject_type": subject.type,
        "subject_id": str(subject.id),
        "params": dict(notice.params),
        "dedupe_key": notice.dedupe_key,
        "collapse_key": collapse_key(rule.key, subject),
        "ordinal": notice.ordinal,
        "expires_at": (now + rule.expires_after).isoformat(),
        "rows": [
            {
                "id": str(told.notification_id),
                "recipient_id": str(told.recipient_id),
                "public_id": _public_id(new_id()),
            }
            for told in rows
        ],
    }


async def at_once(session: AsyncSession, batches: Sequence[Batch]) -> None:
    """Plan each person's whole ladder over the endpoints they have, whatever the hour."""
    of_all = batches[0]
    endpoints: dict[uuid.UUID, dict[Channel, list[uuid.UUID]]] = defaultdict(dict)
    found = await _ACTIVE_ENDPOINTS.rows(
        session,
        {
            "hospital_id": of_all.hospital_id,
            "staff": [told.recipient_id for batch in batches for told in batch.told],
        },
    )
    for row in found:
        endpoints[row["staff_id"]].setdefault(Channel(row["channel"]), []).append(row["id"])
    rows = []
    for batch in batches:
        for told in batch.told:
            own = endpoints.get(told.recipient_id, {})
            rows += [
                NewDelivery(
                    told.notification_id,
                    step.channel,
                    endpoint_id,
                    step.number,
                    batch.now + step.after,
                )
                for step in plan_ladder(batch.rule, own)
                for endpoint_id in own[step.channel]
            ]
    await write_deliveries(session, of_all, rows)


async def write_deliveries(
    session: AsyncSession, batch: Batch, deliveries: Sequence[NewDelivery]
) -> None:
    """Put messages into the outbox; one that is there already stays as it is.

    They may be of several batches of one transaction, of which ``batch`` is any.
    """
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
        await _INSERT_DELIVERIES.rows(
            session,
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
