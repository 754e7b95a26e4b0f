"""Taking back what is done with: acting anywhere ends the notification everywhere."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.vocabulary import RECALLABLE, Channel
from mobile_hrp.notifications.news import announce

_CLOSE = text("""
WITH open AS (
  SELECT id FROM notification
  WHERE hospital_id = :hospital_id AND subject_type = :subject_type AND subject_id = :subject_id
    AND state IN ('scheduled', 'live', 'read')
  ORDER BY id FOR NO KEY UPDATE
)
UPDATE notification n
SET state = CASE WHEN n.recipient_id = CAST(:acted_by AS uuid) THEN 'acted' ELSE 'withdrawn' END,
    acted_at = CASE WHEN n.recipient_id = CAST(:acted_by AS uuid)
                    THEN CAST(:now AS timestamptz) ELSE n.acted_at END
FROM open
WHERE n.hospital_id = :hospital_id AND n.id = open.id
RETURNING n.id, n.recipient_id
""")

# A delivery that a worker has in hand is only marked: the worker sees the mark when it hands in
# (``outbox._HAND_IN``). One that was tried before may have arrived although no answer came, so it
# is taken back as if it had.
_RECALL = text("""
WITH open AS (
  SELECT id, lease_owner IS NULL AS idle,
         channel = ANY(CAST(:recallable AS text[]))
           AND (state IN ('accepted', 'confirmed') OR attempts > 0) AS may_be_shown
  FROM notification_delivery
  WHERE hospital_id = :hospital_id AND notification_id = ANY(CAST(:closed AS uuid[]))
    AND channel = ANY(CAST(:channels AS text[]))
    AND recalled_at IS NULL AND (phase IS NOT NULL OR state IN ('accepted', 'confirmed'))
  ORDER BY id FOR NO KEY UPDATE
)
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
FROM open
WHERE d.hospital_id = :hospital_id AND d.id = open.id
""")


async def withdraw(
    session: AsyncSession,
    *,
    hospital_id: int,
    subject_type: str,
    subject_id: uuid.UUID,
    acted_by: uuid.UUID | None,
    now: datetime,
) -> int:
    """End every open notification about the subject; return how many were ended.

    That of ``acted_by`` becomes ``acted``, those of others ``withdrawn``. What was not sent yet is
    suppressed; what a channel already shows is to be taken back by the worker (to-do done, card
    updated, phone notification removed). Belongs into the transaction of the decision. A repeat
    finds nothing open and changes nothing.
    """
    found = await session.execute(
        _CLOSE,
        {
            "hospital_id": hospital_id,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "acted_by": acted_by,
            "now": now,
        },
    )
    closed = found.all()
    if not closed:
        return 0
    await _recall(session, hospital_id, [row.id for row in closed], list(Channel), now)
    await announce(
        session,
        hospital_id=hospital_id,
        kind="inbox.withdrawn",
        subject_type=subject_type,
        subject_id=subject_id,
        audience=[row.recipient_id for row in closed],
        now=now,
    )
    return len(closed)


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
    await session.execute(
        _RECALL,
        {
            "hospital_id": hospital_id,
            "closed": list(closed),
            "channels": [channel.value for channel in channels],
            "recallable": sorted(RECALLABLE),
            "now": now,
        },
    )
