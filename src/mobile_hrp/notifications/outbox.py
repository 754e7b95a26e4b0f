"""The outbox as SQL: take what is due, hand in what was learned, each in a transaction of its own.

Results are written only while the lease is still ours; what another worker has taken over belongs
to it. Taking skips rows that others have locked, so workers never wait for each other. The
statements of every delivery go to asyncpg as they are: SQLAlchemy keeps the connections, the
transactions and the hospital they may see.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications import permits
from mobile_hrp.notifications.outbox_rows import (
    PauseOrder,
    Result,
    Taken,
    columns_of,
    refusing,
    spending,
    taken_of,
)
from mobile_hrp.notifications.raw import (
    DRIVER_TROUBLE,
    KeptConnections,
    raw_connection,
    raw_transaction,
)
from mobile_hrp.runtime.database import Database

OUTBOX_TROUBLE = (SQLAlchemyError, *DRIVER_TROUBLE)
"""What a database that is away, restarting or too busy shows itself as."""

_HOSPITALS = text("SELECT id FROM hospital ORDER BY id")

_DUE_CHANNELS = """
SELECT DISTINCT channel FROM notification_delivery d
WHERE hospital_id = $1 AND phase IS NOT NULL AND next_at <= $2
  AND NOT EXISTS (SELECT 1 FROM provider_meter pause
                  WHERE pause.hospital_id = $1 AND pause.provider = d.channel
                    AND pause."window" = 'pause' AND pause.paused_until > $2)
"""

_TAKE = """
WITH due AS (
  SELECT id, lease_owner, next_at FROM notification_delivery
  WHERE hospital_id = $1 AND channel = $2 AND phase IS NOT NULL AND next_at <= $3
    AND ($8 OR NOT EXISTS (SELECT 1 FROM provider_meter pause
                           WHERE pause.hospital_id = $1 AND pause.provider = $2
                             AND pause."window" = 'pause' AND pause.paused_until IS NOT NULL))
  ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE notification_delivery d
  SET lease_owner = $5, next_at = $6, attempts = d.attempts + 1
  FROM due WHERE d.hospital_id = $1 AND d.id = due.id
  RETURNING d.id, d.notification_id, d.endpoint_id, d.step, d.state, d.phase, d.attempts,
            d.provider_id, due.lease_owner IS NOT NULL AS taken_over, d.created_at,
            due.next_at AS due_at
)
SELECT t.id, t.notification_id, t.endpoint_id, n.recipient_id, t.step, t.state, t.phase, t.attempts,
       t.provider_id, t.taken_over, n.public_id, n.kind, n.category, n.urgency, n.collapse_key,
       n.ordinal,
       (SELECT count(*) FROM (SELECT 1 FROM notification live
         WHERE live.hospital_id = $1 AND live.recipient_id = n.recipient_id
           AND live.state = 'live' LIMIT 99) unread) AS badge,
       n.state AS notification_state, n.expires_at, e.kind AS endpoint_kind,
       e.state AS endpoint_state, e.address, e.locale,
       EXISTS (SELECT 1 FROM notification_delivery later
               WHERE later.hospital_id = $1 AND later.notification_id = t.notification_id
                 AND later.step > t.step AND later.state = 'pending') AS has_fallback,
       CASE WHEN $7::text IS NOT NULL THEN
         (SELECT coalesce(sum(p.change), 0) FROM wechat_permit p
          WHERE p.hospital_id = $1 AND p.endpoint_id = t.endpoint_id
            AND p.template_id = $7) END AS permits,
       -- one row that says something else must not stop the rows behind it
       CASE WHEN n.params ->> 'waited_hours' ~ '^[0-9]{1,6}$'
            THEN (n.params ->> 'waited_hours')::int ELSE 0 END AS waited_hours,
       t.due_at
FROM taken t
JOIN notification n ON n.hospital_id = $1 AND n.id = t.notification_id
JOIN notification_endpoint e ON e.hospital_id = $1 AND e.id = t.endpoint_id
ORDER BY t.created_at, t.id
"""

# ``number = abs(number)`` is always true. It makes the planner expect one row and look up each
# delivery by its key; after a burst into a table without fresh statistics it would otherwise read
# all deliveries of the hospital, once for each hand-in.
_HAND_IN = """
WITH result AS (
  SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[],
                       $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::bool[],
                       $14::bool[], $15::timestamptz[], $16::text[], $17::text[],
                       $18::timestamptz[])
       AS r(id, attempt_id, number, tried_phase, outcome, state, phase, next_at, code, provider_id,
            sent, confirmed, attempted_at, recalled_state, recalled_phase, recalled_next_at)
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
  FROM (SELECT * FROM result WHERE number = abs(number)) r
  WHERE d.hospital_id = $1 AND d.id = r.id AND d.lease_owner = $2
)
INSERT INTO notification_attempt (hospital_id, id, delivery_id, number, phase, outcome, code,
                                  provider_id, worker, attempted_at)
SELECT $1, r.attempt_id, r.id, r.number, r.tried_phase, r.outcome, r.code, r.provider_id, $2,
       r.attempted_at
FROM result r
"""

_FALL_BACK = """
WITH next_step AS (
  SELECT later.id
  FROM unnest($3::uuid[]) AS f(id)
  JOIN notification_delivery failed ON failed.hospital_id = $1 AND failed.id = f.id
  JOIN notification_delivery later ON later.hospital_id = $1
                                  AND later.notification_id = failed.notification_id
  WHERE later.state = 'pending' AND later.phase = 'send' AND later.lease_owner IS NULL
    AND later.next_at > $2
    AND later.step = (SELECT min(s.step) FROM notification_delivery s
                      WHERE s.hospital_id = $1
                        AND s.notification_id = failed.notification_id AND s.step > failed.step)
    AND NOT EXISTS (SELECT 1 FROM notification_delivery sibling
                    WHERE sibling.hospital_id = $1
                      AND sibling.notification_id = failed.notification_id
                      AND sibling.step = failed.step
                      AND sibling.state IN ('pending', 'accepted', 'confirmed'))
  ORDER BY later.id FOR NO KEY UPDATE OF later
)
UPDATE notification_delivery later SET next_at = $2
FROM next_step WHERE later.hospital_id = $1 AND later.id = next_step.id
RETURNING later.channel
"""

# each as it was: those that shared a due time can still share a call
_RELEASE = """
UPDATE notification_delivery d
SET lease_owner = NULL, next_at = r.due_at, attempts = greatest(d.attempts - 1, 0)
FROM unnest($3::uuid[], $4::timestamptz[]) AS r(id, due_at)
WHERE d.hospital_id = $1 AND d.id = r.id AND d.lease_owner = $2 AND d.recalled_at IS NULL
"""

# The withdrawal left a leased delivery to whoever has it in hand. One that was tried before keeps
# its lease: whoever takes it over when that ends takes back what may be shown.
_RELEASE_RECALLED = """
UPDATE notification_delivery
SET lease_owner = NULL, phase = NULL, next_at = NULL, state = 'suppressed', code = 'WITHDRAWN'
WHERE hospital_id = $1 AND id = ANY($3::uuid[]) AND lease_owner = $2
  AND recalled_at IS NOT NULL AND phase = 'send' AND attempts <= 1
"""

_IMPOSSIBLE_LEASES = """
UPDATE notification_delivery SET next_at = $2
WHERE hospital_id = $1 AND lease_owner IS NOT NULL AND phase IS NOT NULL AND next_at > $3
"""

_PAUSE = """
INSERT INTO provider_meter (hospital_id, provider, "window", paused_until, reason, updated_at)
VALUES ($1, $2, 'pause', $3, $4, $5)
ON CONFLICT (hospital_id, provider, "window") DO UPDATE
SET paused_until = CASE WHEN provider_meter.probe_by IS NULL THEN excluded.paused_until
      ELSE greatest(excluded.paused_until,
                    $5 + least(interval '10 s' * 2 ^ provider_meter.strikes, interval '5 min')) END,
    strikes = CASE WHEN provider_meter.probe_by IS NULL THEN provider_meter.strikes
                   ELSE least(provider_meter.strikes + 1, 10) END,
    probe_by = NULL, reason = excluded.reason, updated_at = excluded.updated_at
WHERE provider_meter.probe_by IS NOT NULL OR provider_meter.paused_until IS NULL
   OR provider_meter.paused_until < excluded.paused_until
"""

_CLAIM_PROBE = """
UPDATE provider_meter SET paused_until = $4, probe_by = $5, updated_at = $3
WHERE hospital_id = $1 AND provider = $2 AND "window" = 'pause' AND paused_until <= $3
RETURNING provider
"""

_GIVE_PROBE_BACK = """
UPDATE provider_meter SET paused_until = $3, probe_by = NULL
WHERE hospital_id = $1 AND provider = $2 AND "window" = 'pause' AND probe_by = $4
"""

_RESUME = """
UPDATE provider_meter
SET paused_until = NULL, probe_by = NULL, strikes = 0, reason = '', updated_at = $3
WHERE hospital_id = $1 AND provider = $2 AND "window" = 'pause' AND probe_by = $4
"""

_REVOKE = """
UPDATE notification_endpoint e
SET state = 'revoked', revoked_at = $2, revoke_reason = r.code
FROM unnest($3::uuid[], $4::text[]) AS r(id, code)
WHERE e.hospital_id = $1 AND e.id = r.id AND e.state <> 'revoked'
"""

_READ_ELSEWHERE = """
UPDATE notification SET state = 'read', read_at = $2
WHERE hospital_id = $1 AND id = ANY($3::uuid[]) AND state = 'live'
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What was taken; ``probing`` when it is the one try after a pause of the provider."""

    taken: list[Taken]
    probing: bool = False


class Outbox:
    """The database side of one worker, which ``worker`` names uniquely."""

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._kept = KeptConnections(database)
        self.worker = worker

    async def close(self) -> None:
        """Give back what is kept of the pool; work may go on after it."""
        await self._kept.close()

    async def hospitals(self) -> list[int]:
        async with self._database.reading(0) as session:
            return list((await session.execute(_HOSPITALS)).scalars())

    async def due_channels(self, hospital_id: int, now: datetime) -> frozenset[Channel]:
        """The channels with due work that is not waiting for a paused provider."""
        async with raw_transaction(self._database, hospital_id, durable=False) as raw:
            found = await raw.fetch(_DUE_CHANNELS, hospital_id, now)
            return frozenset(Channel(row[0]) for row in found)

    async def take(
        self,
        hospital_id: int,
        channel: Channel,
        *,
        wanted: int,
        now: datetime,
        lease: timedelta,
        permit_template: str | None = None,
        probe_size: int = 1,
    ) -> Claim:
        """Lease up to ``wanted`` due deliveries of one hospital and channel.

        After a pause of the provider only one worker takes, and only ``probe_size``: the others
        wait for what becomes of them.
        """
        until = now + lease
        # a lease that a crash of the server forgets only means taking it again
        async with raw_transaction(self._database, hospital_id, durable=False) as raw:
            values = (hospital_id, channel.value, now, wanted, self.worker, until, permit_template)
            rows = await raw.fetch(_TAKE, *values, False)
            probing = False
            if not rows and await raw.fetch(
                _CLAIM_PROBE, hospital_id, channel.value, now, until, self.worker
            ):
                values = (*values[:3], min(wanted, probe_size), *values[4:])
                rows = await raw.fetch(_TAKE, *values, True)
                probing = bool(rows)
                if not rows:
                    back = (hospital_id, channel.value, now, self.worker)
                    await raw.execute(_GIVE_PROBE_BACK, *back)
            return Claim([taken_of(hospital_id, channel, row) for row in rows], probing)

    async def hand_in(
        self,
        hospital_id: int,
        channel: Channel,
        results: Sequence[Result],
        *,
        now: datetime,
        committed: Callable[[frozenset[Channel]], None],
        pause: PauseOrder | None = None,
        resume: bool = False,
        permit_template: str | None = None,
    ) -> None:
        """Commit ``results``; call ``committed`` with the channels that a failure made due.

        ``pause`` lets every worker wait, ``resume`` ends the pause after a probe that went well.
        Nothing of it holds when this raises before ``committed``; hand it in again then.
        """
        if permit_template is None and not (pause or resume or any(map(_touches_others, results))):
            columns = columns_of(_in_order(results), now)
            async with self._kept.of(hospital_id) as raw:
                await raw.execute(_HAND_IN, hospital_id, self.worker, *columns)
                committed(frozenset())
            return
        if permit_template is None:
            async with raw_transaction(self._database, hospital_id) as raw:
                woken = await self._write(raw, hospital_id, results, now)
                await self._turn(raw, hospital_id, channel, now, pause=pause, resume=resume)
            committed(woken)
            return
        async with self._database.transaction(hospital_id) as session:
            raw = await raw_connection(session)
            woken = await self._write(raw, hospital_id, results, now)
            await self._turn(raw, hospital_id, channel, now, pause=pause, resume=resume)
            await permits.settle_permits(
                session,
                hospital_id=hospital_id,
                template_id=permit_template,
                sent=spending(results),
                refused=refusing(results),
                now=now,
            )
        committed(woken)

    async def release(self, hospital_id: int, taken: Sequence[Taken]) -> None:
        """Give back what was taken and certainly sent by nobody."""
        ids, due = [one.id for one in taken], [one.due_at for one in taken]
        async with raw_transaction(self._database, hospital_id, durable=False) as raw:
            await raw.execute(_RELEASE_RECALLED, hospital_id, self.worker, ids)
            await raw.execute(_RELEASE, hospital_id, self.worker, ids, due)

    async def end_impossible_leases(
        self, hospital_id: int, *, now: datetime, longest: timedelta
    ) -> None:
        """Free what was leased by a worker whose clock was ahead: no lease is that long."""
        async with raw_transaction(self._database, hospital_id) as raw:
            await raw.execute(_IMPOSSIBLE_LEASES, hospital_id, now, now + longest)

    async def _turn(
        self,
        raw: Any,
        hospital_id: int,
        channel: Channel,
        now: datetime,
        *,
        pause: PauseOrder | None,
        resume: bool,
    ) -> None:
        """Stop the provider's calls for everybody, or let them go on."""
        if pause is not None:
            order = (hospital_id, channel.value, pause.until, pause.reason, now)
            await raw.execute(_PAUSE, *order)
        elif resume:
            await raw.execute(_RESUME, hospital_id, channel.value, now, self.worker)

    async def _write(
        self, raw: Any, hospital_id: int, results: Sequence[Result], now: datetime
    ) -> frozenset[Channel]:
        # notifications before deliveries, each in the order of their ids: as withdrawals lock them
        seen = sorted(result.taken.notification_id for result in results if result.settlement.seen)
        if seen:
            await raw.execute(_READ_ELSEWHERE, hospital_id, now, seen)
        if results:
            columns = columns_of(_in_order(results), now)
            await raw.execute(_HAND_IN, hospital_id, self.worker, *columns)
        revoked = {
            result.taken.endpoint_id: result.settlement.code
            for result in results
            if result.settlement.revoke_endpoint
        }
        if revoked:
            codes = list(revoked.values())
            await raw.execute(_REVOKE, hospital_id, now, list(revoked), codes)
        failed = [result.taken.id for result in results if result.settlement.fall_back]
        if not failed:
            return frozenset()
        found = await raw.fetch(_FALL_BACK, hospital_id, now, failed)
        return frozenset(Channel(row[0]) for row in found)


def _in_order(results: Sequence[Result]) -> list[Result]:
    """By the ids of their deliveries: the order in which everybody locks them."""
    return sorted(results, key=lambda result: result.taken.id)


def _touches_others(result: Result) -> bool:
    """Whether more than the delivery itself changes."""
    settled = result.settlement
    return settled.seen or settled.revoke_endpoint or settled.fall_back
