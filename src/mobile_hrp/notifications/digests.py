"""Digests: all that waits for a person leaves as one message, once, and goes when it is settled."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.digest import left_to_tell, postpone
from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.pushing import Decision, Push, decide_digest
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications import buckets
from mobile_hrp.notifications.buckets import OpenBucket
from mobile_hrp.notifications.kinds import KindBook
from mobile_hrp.notifications.news import announce
from mobile_hrp.notifications.people import Person, load_people, load_setting, try_lock
from mobile_hrp.notifications.plan import Batch, Notice, Subject, fan_out, write_deliveries
from mobile_hrp.notifications.pushing import deliveries_of
from mobile_hrp.notifications.tally import Counted, count
from mobile_hrp.notifications.withdrawal import take_back
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

DIGEST = "digest"
TOGETHER = timedelta(minutes=30)
"""A bucket that would leave this soon after another leaves with it."""
_AT_ONCE = 500

_DUE = text("""
SELECT DISTINCT staff_id FROM digest_bucket
WHERE hospital_id = :hospital_id AND closed_at IS NULL AND due_at <= :now LIMIT :most
""")

_UNREAD = text("""
SELECT id FROM notification
WHERE hospital_id = :hospital_id AND id = ANY(CAST(:ids AS uuid[])) AND state = 'live'
  AND expires_at > :now
""")

_SILENCED = text("""
SELECT channel FROM notification_preference
WHERE hospital_id = :hospital_id AND staff_id = :person AND cadence = 'off'
  AND category = ANY(CAST(:categories AS text[]))
GROUP BY channel HAVING count(*) = :all_of_them
""")

_DIGESTS_TODAY = text("""
SELECT digests FROM push_day
WHERE hospital_id = :hospital_id AND staff_id = :person AND day = :day
""")

_SETTLED = text("""
UPDATE notification d SET state = 'withdrawn'
WHERE d.hospital_id = :hospital_id AND d.kind = :kind AND d.state = 'live'
  AND NOT EXISTS (
    SELECT 1 FROM digest_bucket b, jsonb_array_elements_text(b.items) AS i(item)
    JOIN notification n ON n.hospital_id = :hospital_id AND n.id = CAST(i.item AS uuid)
    WHERE b.hospital_id = :hospital_id AND b.notification_id = d.id AND n.state = 'live')
RETURNING d.id, d.recipient_id, d.subject_id
""")


async def close_due_digests(
    database: Database, hospital_id: int, *, kinds: KindBook, now: datetime
) -> int:
    """Send what is due in one hospital; answer with how many digests were written.

    Each person in a transaction of its own, with their lock and the locks of their buckets: a
    bucket is closed together with the one digest that stands for it, or with none. Who another
    worker has in hand is left to the next look.
    """
    async with database.reading(hospital_id) as session:
        people = (
            await session.scalars(_DUE, {"hospital_id": hospital_id, "now": now, "most": _AT_ONCE})
        ).all()
    written = 0
    for person in people:
        async with database.transaction(hospital_id) as session:
            if await try_lock(session, hospital_id=hospital_id, staff=[person]):
                written += await _close(session, hospital_id, person, kinds.rule(DIGEST), now)
    return written


async def _close(
    session: AsyncSession, hospital_id: int, person: uuid.UUID, rule: KindRule, now: datetime
) -> int:
    now_open = await buckets.open_buckets(session, hospital_id=hospital_id, staff=[person])
    if not any(one.bucket.due_at <= now for one in now_open):
        return 0
    leaving = [one for one in now_open if one.bucket.due_at <= now + TOGETHER]
    left = await _left_to_tell(session, hospital_id, leaving, now)
    if not left:
        await buckets.close(
            session, hospital_id=hospital_id, buckets=leaving, notification_id=None, now=now
        )
        return 0
    setting = await load_setting(session, hospital_id=hospital_id, now=now)
    people = await load_people(
        session, hospital_id=hospital_id, rules={person: rule}, setting=setting
    )
    categories = {one.category for one in leaving}
    wanted = await _channels(
        session, hospital_id, person, rule, categories=categories, limits=setting.limits
    )
    decision = decide_digest(rule, people[person].facts, setting, digest=wanted)
    if decision.push is Push.DIGEST and decision.due_at is not None:
        later = {(person, one.category): postpone(one.bucket, decision.due_at) for one in leaving}
        await buckets.save(session, hospital_id=hospital_id, buckets=later, now=now)
        return 0
    digest_id = None
    if decision.push is Push.RING:
        day = now.astimezone(setting.zone).date()
        earlier = await session.scalar(
            _DIGESTS_TODAY, {"hospital_id": hospital_id, "person": person, "day": day}
        )
        digest = _Digest(
            hospital_id,
            rule,
            items=len(left),
            ordinal=(earlier or 0) + 1,
            day=day.isoformat(),
            key=leaving[0].id,
        )
        digest_id = await digest.write(session, person, people[person], decision, now)
        counted = [(person, Counted(rings=1, digests=1))]
        await count(session, hospital_id=hospital_id, day=day, counted=counted)
    await buckets.close(
        session, hospital_id=hospital_id, buckets=leaving, notification_id=digest_id, now=now
    )
    return int(digest_id is not None)


async def _left_to_tell(
    session: AsyncSession, hospital_id: int, leaving: Sequence[OpenBucket], now: datetime
) -> tuple[str, ...]:
    items = [item for one in leaving for item in one.bucket.items]
    unread = await session.scalars(_UNREAD, {"hospital_id": hospital_id, "ids": items, "now": now})
    return left_to_tell([one.bucket for one in leaving], {str(one) for one in unread})


async def _channels(
    session: AsyncSession,
    hospital_id: int,
    person: uuid.UUID,
    rule: KindRule,
    *,
    categories: Collection[str],
    limits: Limits,
) -> frozenset[Channel]:
    """The digest's channels but those on which the person wants none of these categories."""
    channels = frozenset(step.channel for step in rule.ladder)
    if limits.mandatory_categories & set(categories):
        return channels
    silenced = await session.scalars(
        _SILENCED,
        {
            "hospital_id": hospital_id,
            "person": person,
            "categories": list(categories),
            "all_of_them": len(categories),
        },
    )
    return channels - {Channel(channel) for channel in silenced}


class _Digest:
    """One digest message. Its words are the same for all who get their nth of the day.

    So one call can carry it to a hundred people; the number is also what makes it differ from the
    one before, which DingTalk would drop.
    """

    def __init__(
        self,
        hospital_id: int,
        rule: KindRule,
        *,
        items: int,
        ordinal: int,
        day: str,
        key: uuid.UUID,
    ) -> None:
        self._hospital_id = hospital_id
        self._notice = Notice(
            rule=rule,
            subject=Subject(DIGEST, uuid.uuid5(uuid.NAMESPACE_OID, f"{day}:{ordinal}")),
            dedupe_key=f"{DIGEST}:{key}",
            params={"count": items},
            ordinal=ordinal,
        )

    async def write(
        self,
        session: AsyncSession,
        person: uuid.UUID,
        reached: Person,
        decision: Decision,
        now: datetime,
    ) -> uuid.UUID | None:
        async def plan(session: AsyncSession, batches: Sequence[Batch]) -> None:
            (batch,) = batches
            (told,) = batch.told
            rows = deliveries_of(batch, told.notification_id, reached, decision)
            await write_deliveries(session, batch, rows)

        told = await fan_out(
            session,
            hospital_id=self._hospital_id,
            notice=self._notice,
            recipients=[person],
            now=now,
            new_id=new_id,
            planner=plan,
        )
        subject = self._notice.subject
        await announce(
            session,
            hospital_id=self._hospital_id,
            kind="inbox.digest",
            subject_type=subject.type,
            subject_id=subject.id,
            audience=[person],
            now=now,
        )
        return told[0].notification_id if told else None


async def withdraw_settled_digests(database: Database, hospital_id: int, *, now: datetime) -> int:
    """Take digests away whose every item was read or settled elsewhere; answer with how many."""
    async with database.transaction(hospital_id) as session:
        found = await session.execute(_SETTLED, {"hospital_id": hospital_id, "kind": DIGEST})
        settled = found.all()
        if settled:
            await take_back(
                session,
                hospital_id=hospital_id,
                notification_ids=sorted(row.id for row in settled),
                now=now,
            )
            await announce(
                session,
                hospital_id=hospital_id,
                kind="inbox.withdrawn",
                subject_type=DIGEST,
                subject_id=settled[0].subject_id,
                audience=[row.recipient_id for row in settled],
                now=now,
            )
    return len(settled)
