"""The outbox as SQL: hand in what was learned, take what is due, in one transaction per lap.

Results are written only while the lease is still ours; what another worker has taken over belongs
to it. Taking skips rows that others have locked, so workers never wait for each other.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.outcome import Accepted, Ambiguous, RetryScope
from mobile_hrp.domain.notification.settle import Settlement, recalled
from mobile_hrp.domain.notification.vocabulary import (
    RECALLABLE,
    Channel,
    DeliveryState,
    EndpointKind,
    EndpointState,
    Locale,
    NotificationState,
    Phase,
    Urgency,
)
from mobile_hrp.notifications import permits
from mobile_hrp.runtime.database import Database

_HOSPITALS = text("SELECT id FROM hospital ORDER BY id")

_DUE_CHANNELS = text("""
SELECT DISTINCT channel FROM notification_delivery d
WHERE hospital_id = :hospital_id AND phase IS NOT NULL AND next_at <= :now
  AND NOT EXISTS (SELECT 1 FROM provider_meter pause
                  WHERE pause.hospital_id = :hospital_id AND pause.provider = d.channel
                    AND pause."window" = 'pause' AND pause.paused_until > :now)
""")

_TAKE = text("""
WITH due AS (
  SELECT id, lease_owner FROM notification_delivery
  WHERE hospital_id = :hospital_id AND channel = :channel AND phase IS NOT NULL AND next_at <= :now
    AND NOT EXISTS (SELECT 1 FROM provider_meter pause
                    WHERE pause.hospital_id = :hospital_id AND pause.provider = :channel
                      AND pause."window" = 'pause' AND pause.paused_until > :now)
  ORDER BY next_at LIMIT :wanted FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE notification_delivery d
  SET lease_owner = :worker, next_at = :lease_until, attempts = d.attempts + 1
  FROM due WHERE d.hospital_id = :hospital_id AND d.id = due.id
  RETURNING d.id, d.notification_id, d.endpoint_id, d.step, d.state, d.phase, d.attempts,
            d.provider_id, due.lease_owner IS NOT NULL AS taken_over
)
SELECT t.*, n.public_id, n.category, n.kind, n.urgency, n.collapse_key, n.ordinal,
       n.state AS notification_state, n.expires_at, n.recipient_id,
       e.kind AS endpoint_kind, e.address, e.locale, e.state AS endpoint_state,
       EXISTS (SELECT 1 FROM notification_delivery later
               WHERE later.hospital_id = :hospital_id AND later.notification_id = t.notification_id
                 AND later.step > t.step AND later.state = 'pending') AS has_fallback,
       (SELECT count(*) FROM (SELECT 1 FROM notification live
         WHERE live.hospital_id = :hospital_id AND live.recipient_id = n.recipient_id
           AND live.state = 'live' LIMIT 99) unread) AS badge,
       CASE WHEN CAST(:permit_template AS text) IS NOT NULL THEN
         (SELECT coalesce(sum(p.change), 0) FROM wechat_permit p
          WHERE p.hospital_id = :hospital_id AND p.endpoint_id = t.endpoint_id
            AND p.template_id = :permit_template) END AS permits
FROM taken t
JOIN notification n ON n.hospital_id = :hospital_id AND n.id = t.notification_id
JOIN notification_endpoint e ON e.hospital_id = :hospital_id AND e.id = t.endpoint_id
""")

_HAND_IN = text("""
WITH result AS (
  SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    id uuid, attempt_id uuid, number int, tried_phase text, outcome text, state text, phase text,
    next_at timestamptz, code text, provider_id text, sent boolean, confirmed boolean,
    attempted_at timestamptz, recalled_state text, recalled_phase text,
    recalled_next_at timestamptz)
), written AS (
  UPDATE notification_delivery d
  SET state = CASE WHEN d.recalled_at IS NULL THEN r.state ELSE r.recalled_state END,
      phase = CASE WHEN d.recalled_at IS NULL THEN r.phase ELSE r.recalled_phase END,
      next_at = CASE WHEN d.recalled_at IS NULL THEN r.next_at ELSE r.recalled_next_at END,
      lease_owner = NULL, code = r.code,
      attempts = CASE WHEN r.phase IS DISTINCT FROM r.tried_phase THEN 0 ELSE d.attempts END,
      provider_id = coalesce(r.provider_id, d.provider_id),
      sent_at = CASE WHEN r.sent THEN coalesce(d.sent_at, r.attempted_at) ELSE d.sent_at END,
      confirmed_at = CASE WHEN r.confirmed THEN r.attempted_at ELSE d.confirmed_at END
  FROM result r
  WHERE d.hospital_id = :hospital_id AND d.id = r.id AND d.lease_owner = :worker
)
INSERT INTO notification_attempt (hospital_id, id, delivery_id, number, phase, outcome, code,
                                  provider_id, worker, attempted_at)
SELECT :hospital_id, r.attempt_id, r.id, r.number, r.tried_phase, r.outcome, r.code, r.provider_id,
       :worker, r.attempted_at
FROM result r
""")

_FALL_BACK = text("""
UPDATE notification_delivery later
SET next_at = :now
FROM unnest(CAST(:failed AS uuid[])) AS f(id)
JOIN notification_delivery failed ON failed.hospital_id = :hospital_id AND failed.id = f.id
WHERE later.hospital_id = :hospital_id AND later.notification_id = failed.notification_id
  AND later.state = 'pending' AND later.phase = 'send' AND later.lease_owner IS NULL
  AND later.next_at > :now
  AND later.step = (SELECT min(s.step) FROM notification_delivery s
                    WHERE s.hospital_id = :hospital_id
                      AND s.notification_id = failed.notification_id AND s.step > failed.step)
  AND NOT EXISTS (SELECT 1 FROM notification_delivery sibling
                  WHERE sibling.hospital_id = :hospital_id
                    AND sibling.notification_id = failed.notification_id
                    AND sibling.step = failed.step
                    AND sibling.state IN ('pending', 'accepted', 'confirmed'))
RETURNING later.channel
""")

_PAUSE = text("""
INSERT INTO provider_meter (hospital_id, provider, "window", paused_until, reason, updated_at)
VALUES (:hospital_id, :provider, 'pause', :until, :reason, :now)
ON CONFLICT (hospital_id, provider, "window") DO UPDATE
SET paused_until = excluded.paused_until, reason = excluded.reason, updated_at = excluded.updated_at
WHERE provider_meter.paused_until IS NULL OR provider_meter.paused_until < excluded.paused_until
""")

_REVOKE = text("""
UPDATE notification_endpoint e
SET state = 'revoked', revoked_at = :now, revoke_reason = r.code
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, code text)
WHERE e.hospital_id = :hospital_id AND e.id = r.id AND e.state <> 'revoked'
""")

_READ_ELSEWHERE = text("""
UPDATE notification SET state = 'read', read_at = :now
WHERE hospital_id = :hospital_id AND id = ANY(CAST(:ids AS uuid[])) AND state = 'live'
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker now has a lease on, with all it needs to be sent.

    ``taken_over`` when an earlier worker let its lease run out: it may or may not have sent.
    """

    hospital_id: int
    channel: Channel
    id: uuid.UUID
    notification_id: uuid.UUID
    endpoint_id: uuid.UUID
    recipient_id: uuid.UUID
    step: int
    state: DeliveryState
    phase: Phase
    attempts: int
    provider_id: str | None
    taken_over: bool
    public_id: str
    kind: str
    category: str
    urgency: Urgency
    collapse_key: str
    ordinal: int
    badge: int
    notification_state: NotificationState
    expires_at: datetime
    endpoint_kind: EndpointKind
    endpoint_state: EndpointState
    address: str
    locale: Locale
    has_fallback: bool
    permits: int | None
    """Consents left, where each message spends one."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a taken delivery. ``attempt_id`` names its row in the attempt log."""

    taken: Taken
    attempt_id: uuid.UUID
    outcome: str
    settlement: Settlement
    attempted_at: datetime


class Outbox:
    """The database side of one worker, which ``worker`` names uniquely."""

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self.worker = worker

    async def hospitals(self) -> list[int]:
        async with self._database.reading(0) as session:
            return list((await session.execute(_HOSPITALS)).scalars())

    async def due_channels(self, hospital_id: int, now: datetime) -> frozenset[Channel]:
        async with self._database.reading(hospital_id) as session:
            found = await session.execute(_DUE_CHANNELS, {"hospital_id": hospital_id, "now": now})
            return frozenset(Channel(name) for name in found.scalars())

    async def exchange(
        self,
        hospital_id: int,
        channel: Channel,
        *,
        results: Sequence[Result],
        wanted: int,
        now: datetime,
        lease_until: datetime,
        permit_template: str | None = None,
    ) -> tuple[list[Taken], frozenset[Channel]]:
        """Commit ``results`` and take up to ``wanted`` due deliveries of one hospital and channel.

        Returns what was taken and the channels that a failure made due. Nothing of it holds when
        the transaction fails; the leases then run out by themselves.
        """
        async with self._database.transaction(hospital_id) as session:
            woken: frozenset[Channel] = frozenset()
            if results:
                woken = await self._hand_in(session, hospital_id, results, now)
                await self._pause(session, hospital_id, channel, results, now)
                if permit_template is not None:
                    await permits.settle_permits(
                        session,
                        hospital_id=hospital_id,
                        template_id=permit_template,
                        sent=_spending(results),
                        refused=_refusing(results),
                        now=now,
                    )
            else:
                # a lease that a crash of the server forgets only means taking it again
                await session.execute(text("SET LOCAL synchronous_commit = off"))
            if not wanted:
                return [], woken
            found = await session.execute(
                _TAKE,
                {
                    "hospital_id": hospital_id,
                    "channel": channel.value,
                    "now": now,
                    "wanted": wanted,
                    "worker": self.worker,
                    "lease_until": lease_until,
                    "permit_template": permit_template,
                },
            )
            return [_taken(hospital_id, channel, row) for row in found], woken

    async def _pause(
        self,
        session: AsyncSession,
        hospital_id: int,
        channel: Channel,
        results: Sequence[Result],
        now: datetime,
    ) -> None:
        """Let every worker wait where the provider said so."""
        until = [
            (result.settlement.pause_until, result.settlement.code)
            for result in results
            if result.settlement.pause_scope is RetryScope.PROVIDER
            and result.settlement.pause_until is not None
        ]
        if until:
            longest, reason = max(until)
            await session.execute(
                _PAUSE,
                {
                    "hospital_id": hospital_id,
                    "provider": channel.value,
                    "until": longest,
                    "reason": reason,
                    "now": now,
                },
            )

    async def _hand_in(
        self, session: AsyncSession, hospital_id: int, results: Sequence[Result], now: datetime
    ) -> frozenset[Channel]:
        # notifications before deliveries, each in the order of their ids: as withdrawals lock them
        seen = sorted(result.taken.notification_id for result in results if result.settlement.seen)
        if seen:
            await session.execute(
                _READ_ELSEWHERE, {"hospital_id": hospital_id, "now": now, "ids": seen}
            )
        ordered = sorted(results, key=lambda result: result.taken.id)
        rows = json.dumps([_result_row(result, now) for result in ordered])
        await session.execute(
            _HAND_IN, {"hospital_id": hospital_id, "worker": self.worker, "rows": rows}
        )
        revoked = [
            {"id": str(result.taken.endpoint_id), "code": result.settlement.code}
            for result in results
            if result.settlement.revoke_endpoint
        ]
        if revoked:
            await session.execute(
                _REVOKE, {"hospital_id": hospital_id, "now": now, "rows": json.dumps(revoked)}
            )
        failed = [result.taken.id for result in results if result.settlement.fall_back]
        if not failed:
            return frozenset()
        found = await session.execute(
            _FALL_BACK, {"hospital_id": hospital_id, "now": now, "failed": failed}
        )
        return frozenset(Channel(name) for name in found.scalars())


def _spending(results: Sequence[Result]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(endpoint, delivery) of what was sent, or may have been."""
    spent = (Accepted.__name__, Ambiguous.__name__)
    return [
        (result.taken.endpoint_id, result.taken.id)
        for result in results
        if result.taken.phase is Phase.SEND and result.outcome in spent
    ]


def _refusing(results: Sequence[Result]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(endpoint, attempt) where the provider says that no permit is left."""
    return [
        (result.taken.endpoint_id, result.attempt_id)
        for result in results
        if result.settlement.clear_permits
    ]


def _result_row(result: Result, now: datetime) -> dict[str, Any]:
    settled, taken = result.settlement, result.taken
    undone = recalled(
        taken.phase,
        settled,
        ambiguous=result.outcome == Ambiguous.__name__,
        takes_back=taken.channel in RECALLABLE,
        now=now,
    )
    return {
        "id": str(taken.id),
        "attempt_id": str(result.attempt_id),
        "number": taken.attempts,
        "tried_phase": taken.phase.value,
        "outcome": result.outcome,
        "state": settled.state.value,
        "phase": settled.phase.value if settled.phase else None,
        "next_at": settled.next_at.isoformat() if settled.next_at else None,
        "code": settled.code,
        "provider_id": settled.provider_id,
        "sent": settled.state is DeliveryState.ACCEPTED and taken.phase is Phase.SEND,
        "confirmed": settled.state is DeliveryState.CONFIRMED,
        "attempted_at": result.attempted_at.isoformat(),
        "recalled_state": undone.state.value,
        "recalled_phase": undone.phase.value if undone.phase else None,
        "recalled_next_at": undone.next_at.isoformat() if undone.next_at else None,
    }


def _taken(hospital_id: int, channel: Channel, row: Any) -> Taken:
    return Taken(
        hospital_id=hospital_id,
        channel=channel,
        id=row.id,
        notification_id=row.notification_id,
        endpoint_id=row.endpoint_id,
        recipient_id=row.recipient_id,
        step=row.step,
        state=DeliveryState(row.state),
        phase=Phase(row.phase),
        attempts=row.attempts,
        provider_id=row.provider_id,
        taken_over=row.taken_over,
        public_id=row.public_id,
        kind=row.kind,
        category=row.category,
        urgency=Urgency(row.urgency),
        collapse_key=row.collapse_key,
        ordinal=row.ordinal,
        badge=row.badge,
        notification_state=NotificationState(row.notification_state),
        expires_at=row.expires_at,
        endpoint_kind=EndpointKind(row.endpoint_kind),
        endpoint_state=EndpointState(row.endpoint_state),
        address=row.address,
        locale=Locale(row.locale),
        has_fallback=row.has_fallback,
        permits=row.permits,
    )
