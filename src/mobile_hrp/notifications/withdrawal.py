"""Taking back what is done with: acting anywhere ends the notification everywhere."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.vocabulary import RECALLABLE, Channel
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.plain_sql import PlainSql

# A delivery that a worker has in hand is only marked: the worker sees the mark when it hands in
# (``outbox._HAND_IN``). One that was tried before may have arrived although no answer came, so it
# is taken back as if it had.
_TAKE_BACK = """
  SELECT id, lease_owner IS NULL AS idle,
         channel = ANY(CAST(:recallable AS text[]))
           AND (state IN ('accepted', 'confirmed') OR attempts > 0) AS may_be_shown
  FROM notification_delivery
  WHERE hospital_id = :hospital_id AND notification_id = ANY({closed})
    AND channel = ANY(CAST(:channels AS text[]))
    AND recalled_at IS NULL AND (phase IS NOT NULL OR state IN ('accepted', 'confirmed'))
  ORDER BY id FOR NO KEY UPDATE
"""
_TAKEN_BACK = """
UPDATE notification_delivery d
SET recalled_at = CAST(:now AS timestamptz),
    state = CASE WHEN idle AND d.state = 'pending'
                 THEN CASE WHEN may_be_shown THEN 'uncertain' ELSE 'suppressed' END
                 ELSE d.state END,
    phase = CASE WHEN NOT idle THEN d.phase
                 WHEN may_be_shown THEN 'withdraw'
                 WHEN d.state = 'pending' THEN NULL
                 ELSE d.phase END,
    next_at = CASE WHEN NOT idle THEN d.next_at
                   WHEN may_be_shown THEN CAST(:now AS timestamptz)
                   WHEN d.state = 'pending' THEN NULL
                   ELSE d.next_at END,
    attempts = CASE WHEN idle THEN 0 ELSE d.attempts END,
    code = CASE WHEN idle AND d.state = 'pending' THEN 'WITHDRAWN' ELSE d.code END
FROM sent
WHERE d.hospital_id = :hospital_id AND d.id = sent.id
"""
_RECALL = PlainSql(
    f"WITH sent AS ({_TAKE_BACK.format(closed='CAST(:closed AS uuid[])')}) {_TAKEN_BACK}"
)

# each part needs what the one before it answers with, so the locks are taken in this order:
# notifications, then deliveries, each by id
_WITHDRAW = PlainSql(f"""
WITH open AS (
  SELECT id FROM notification
  WHERE hospital_id = :hospital_id AND subject_type = :subject_type
    AND subject_id = ANY(CAST(:subject_ids AS uuid[]))
    AND state IN ('scheduled', 'live', 'read')
  ORDER BY id FOR NO KEY UPDATE
), closed AS (
  UPDATE notification n
  SET state = CASE WHEN n.recipient_id = CAST(:acted_by AS uuid) THEN 'acted' ELSE 'withdrawn' END,
      acted_at = CASE WHEN n.recipient_id = CAST(:acted_by AS uuid)
                      THEN CAST(:now AS timestamptz) ELSE n.acted_at END
  FROM open
  WHERE n.hospital_id = :hospital_id AND n.id = open.id
  RETURNING n.id, n.recipient_id, n.subject_id
), sent AS ({_TAKE_BACK.format(closed="ARRAY(SELECT id FROM closed)")}
), taken_back AS ({_TAKEN_BACK}
), announced AS (
  INSERT INTO event (hospital_id, id, kind, dedupe_key, subject_type, subject_id, audience, payload,
                     occurred_at)
  SELECT :hospital_id, s.event_id, 'inbox.withdrawn', 'inbox.withdrawn:' || s.event_id,
         :subject_type, s.subject_id, heard.audience, '{{}}'::jsonb, CAST(:now AS timestamptz)
  FROM unnest(CAST(:subject_ids AS uuid[]), CAST(:event_ids AS uuid[])) WITH ORDINALITY
       AS s(subject_id, event_id, place)
  JOIN (SELECT subject_id, jsonb_agg(recipient_id ORDER BY id) AS audience
        FROM (SELECT DISTINCT ON (subject_id, recipient_id) subject_id, recipient_id, id
              FROM closed ORDER BY subject_id, recipient_id, id) each_once
        GROUP BY subject_id) heard USING (subject_id)
  ORDER BY s.place
)
SELECT count(*) FROM closed
""")  # noqa: S608 - put together from the constants above


async def withdraw(
    session: AsyncSession,
    *,
    hospital_id: int,
    subject_type: str,
    subject_ids: Collection[uuid.UUID],
    acted_by: uuid.UUID | None,
    now: datetime,
) -> int:
    """End every open notification about the subjects; return how many were ended.

    That of ``acted_by`` becomes ``acted``, those of others ``withdrawn``. What was not sent yet is
    suppressed; what a channel already shows is to be taken back by the worker (to-do done, card
    updated, phone notification removed). Belongs into the transaction of the decision. A repeat
    finds nothing open and changes nothing. Each subject of which something was ended is announced,
    in the order given.
    """
    subjects = list(dict.fromkeys(subject_ids))
    ended: int = await _WITHDRAW.value(
        session,
        {
            "hospital_id": hospital_id,
            "subject_type": subject_type,
            "subject_ids": subjects,
            "event_ids": [new_id() for _ in subjects],
            "acted_by": acted_by,
            "channels": [channel.value for channel in Channel],
            "recallable": sorted(RECALLABLE),
            "now": now,
        },
    )
    return ended


async def clear_phones(
    session: AsyncSession,
    *,
    hospital_id: int,
    notification_ids: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    """Take away from phones what was read elsewhere, and set their badges.

    To-dos and cards stay: they stand for work that is still to be done.
    """
    await _recall(session, hospital_id, notification_ids, [Channel.FCM], now)


async def take_back(
    session: AsyncSession,
    *,
    hospital_id: int,
    notification_ids: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    """Send nothing more of notifications that were ended, and clear every channel that can be."""
    await _recall(session, hospital_id, notification_ids, list(Channel), now)


async def _recall(
    session: AsyncSession,
    hospital_id: int,
    closed: Sequence[uuid.UUID],
    channels: Collection[Channel],
    now: datetime,
) -> None:
    await _RECALL.rows(
        session,
        {
            "hospital_id": hospital_id,
            "closed": list(closed),
            "channels": [channel.value for channel in channels],
            "recallable": sorted(RECALLABLE),
            "now": now,
        },
    )
