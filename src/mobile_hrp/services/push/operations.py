"""What the people who run the installation see of pushing, and how they send dead letters again."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import Channel, DeliveryState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.notifications.meters import calls_this_month
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit

REPLAY_MAX = 1_000
REPLAYABLE = frozenset({DeliveryState.DEAD, DeliveryState.EXPIRED})
REPORT_DAYS_MAX = 92
_NEW_LIFE = timedelta(hours=24)
_LATELY = timedelta(hours=1)
RATE_LIMITED = (
    "429",
    "QUOTA_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "45009",
    "45033",
    "90002",
    "90018",
    "143103",
    "143104",
    "X5_BAN",
)
"""What providers answer when they are called too often, besides DingTalk's flowControl names."""

_LETTERS = """
  SELECT d.id, d.channel, d.code, d.notification_id
  FROM notification_delivery d
  JOIN notification n ON n.hospital_id = d.hospital_id AND n.id = d.notification_id
  JOIN notification_endpoint e ON e.hospital_id = d.hospital_id AND e.id = d.endpoint_id
  WHERE d.hospital_id = :hospital_id AND d.state = :state AND d.phase IS NULL
    AND n.state = 'live' AND e.state <> 'revoked'
    AND (CAST(:channel AS text) IS NULL OR d.channel = :channel)
    AND (CAST(:code AS text) IS NULL OR d.code = :code)
    AND (CAST(:since AS timestamptz) IS NULL OR d.created_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR d.created_at < :until)
  ORDER BY d.created_at, d.id LIMIT :many
"""

_COUNT = text(
    f"SELECT channel, code, count(*) AS many FROM ({_LETTERS}) l GROUP BY 1, 2 ORDER BY 1, 2"  # noqa: S608 - our own words
)

_REPLAY = text(f"""
WITH letter AS ({_LETTERS} FOR UPDATE OF d SKIP LOCKED),
prolonged AS (
  UPDATE notification n SET expires_at = greatest(n.expires_at, CAST(:new_end AS timestamptz))
  FROM (SELECT DISTINCT notification_id FROM letter) l
  WHERE n.hospital_id = :hospital_id AND n.id = l.notification_id
)
UPDATE notification_delivery d
SET state = 'pending', phase = 'send', next_at = :now, attempts = 0, recalled_at = NULL
FROM letter WHERE d.hospital_id = :hospital_id AND d.id = letter.id
RETURNING letter.channel, letter.code
""")  # noqa: S608 - as above

_FUNNEL = text("""
SELECT d.channel, n.kind, count(*) AS created,
       count(d.sent_at) AS sent, count(d.confirmed_at) AS confirmed,
       count(*) FILTER (WHERE d.sent_at IS NOT NULL AND n.read_at IS NOT NULL) AS read,
       count(*) FILTER (WHERE d.sent_at IS NOT NULL AND n.acted_at IS NOT NULL) AS acted,
       count(*) FILTER (WHERE d.state = 'dead') AS dead
FROM notification n
JOIN notification_delivery d ON d.hospital_id = n.hospital_id AND d.notification_id = n.id
WHERE n.hospital_id = :hospital_id AND n.id >= :first_id AND n.created_at >= :since
GROUP BY d.channel, n.kind ORDER BY d.channel, n.kind
""")

_WAITING = text("""
SELECT channel, count(*) AS waiting, min(next_at) AS oldest
FROM notification_delivery
WHERE hospital_id = :hospital_id AND phase IS NOT NULL AND next_at <= :now
GROUP BY channel
""")

_LATEST = text("""
SELECT d.channel, count(*) AS attempts,
       count(*) FILTER (WHERE a.code = ANY(CAST(:codes AS text[]))
                           OR a.code ILIKE '%flowcontrol%') AS rate_limited
FROM notification_attempt a
JOIN notification_delivery d ON d.hospital_id = a.hospital_id AND d.id = a.delivery_id
WHERE a.hospital_id = :hospital_id AND a.id >= :first_id AND a.attempted_at >= :since
GROUP BY d.channel
""")

_PAUSES = text("""
SELECT provider, paused_until, reason FROM provider_meter
WHERE hospital_id = :hospital_id AND "window" = 'pause' AND paused_until IS NOT NULL
""")

_PERMITS = text("""
SELECT coalesce(sum(change), 0) FROM wechat_permit WHERE hospital_id = :hospital_id
""")


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters; None does not narrow. ``until`` is exclusive."""

    state: DeliveryState = DeliveryState.DEAD
    channel: Channel | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letters:
    """How many letters of one channel ended with one code."""

    channel: Channel
    code: str
    many: int


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """How far the messages of one kind came on one channel."""

    channel: Channel
    kind: str
    created: int
    sent: int
    confirmed: int
    read: int
    acted: int
    dead: int


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One channel now. ``attempts`` and ``rate_limited`` are of the last hour."""

    channel: Channel
    waiting: int
    oldest_waiting_at: datetime | None
    attempts: int
    rate_limited: int
    paused_until: datetime | None
    pause_reason: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    funnel: list[FunnelStage]
    channels: list[ChannelState]
    calls_this_month: dict[str, int]
    permits_left: int


async def replay_dead_letters(
    session: WriteSession,
    *,
    viewer: Viewer,
    letters: LetterFilter,
    dry_run: bool,
    now: datetime,
) -> list[Letters]:
    """Send dead letters again, at most ``REPLAY_MAX`` of the oldest; what would be sent if dry.

    Only where it still makes sense: the notification is unread and current, the address not
    revoked. A message that may have been sent is no dead letter: sending it again might show it
    twice.

    Raises:
        Refusal: DELIVERY_NOT_REPLAYABLE for a state that cannot be replayed.
    """
    if letters.state not in REPLAYABLE:
        raise Refusal("DELIVERY_NOT_REPLAYABLE", path="filter.state")
    values: dict[str, Any] = {
        "hospital_id": viewer.hospital_id,
        "state": letters.state.value,
        "channel": letters.channel.value if letters.channel else None,
        "code": letters.code,
        "since": letters.since,
        "until": letters.until,
        "many": REPLAY_MAX,
    }
    if dry_run:
        rows = (await session.execute(_COUNT, values)).all()
        return [Letters(Channel(row.channel), row.code, row.many) for row in rows]
    values.update(now=now, new_end=now + _NEW_LIFE)
    counted: dict[tuple[str, str], int] = {}
    for channel, code in await session.execute(_REPLAY, values):
        counted[channel, code] = counted.get((channel, code), 0) + 1
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="delivery.replay",
        subject_type="delivery",
        subject_id=None,
        now=now,
        detail={"state": letters.state.value, "replayed": sum(counted.values())},
    )
    return [Letters(Channel(channel), code, many) for (channel, code), many in counted.items()]


async def delivery_report(
    session: AnySession, *, viewer: Viewer, days: int, now: datetime
) -> DeliveryReport:
    """How pushing goes: the funnel of the last ``days``, and each channel as it is now.

    Raises:
        Refusal: DELIVERY_DAYS_INVALID outside 1..92.
    """
    if not 1 <= days <= REPORT_DAYS_MAX:
        raise Refusal("DELIVERY_DAYS_INVALID", path="days", limit=REPORT_DAYS_MAX)
    key: dict[str, Any] = {"hospital_id": viewer.hospital_id}
    since = {**key, **_since(now - timedelta(days=days))}
    funnel = [
        FunnelStage(Channel(row.channel), *row[1:]) for row in await session.execute(_FUNNEL, since)
    ]
    return DeliveryReport(
        funnel=funnel,
        channels=await _channels(session, key, now),
        calls_this_month=await calls_this_month(session, hospital_id=viewer.hospital_id, now=now),
        permits_left=int(await session.scalar(_PERMITS, key) or 0),
    )


async def _channels(session: AnySession, key: dict[str, Any], now: datetime) -> list[ChannelState]:
    lately = {**key, **_since(now - _LATELY), "codes": list(RATE_LIMITED)}
    waiting = {row.channel: row for row in await session.execute(_WAITING, {**key, "now": now})}
    latest = {row.channel: row for row in await session.execute(_LATEST, lately)}
    pauses = {row.provider: row for row in await session.execute(_PAUSES, key)}
    return [
        ChannelState(
            channel=channel,
            waiting=waiting[channel].waiting if channel in waiting else 0,
            oldest_waiting_at=waiting[channel].oldest if channel in waiting else None,
            attempts=latest[channel].attempts if channel in latest else 0,
            rate_limited=latest[channel].rate_limited if channel in latest else 0,
            paused_until=pauses[channel].paused_until if channel in pauses else None,
            pause_reason=pauses[channel].reason if channel in pauses else "",
        )
        for channel in Channel
        if channel in waiting or channel in latest or channel in pauses
    ]


def _since(moment: datetime) -> dict[str, Any]:
    """The moment, and the first id that a process could make then: ids begin with their time.

    A day before, so that a clock that was behind leaves nothing out.
    """
    milliseconds = int((moment - timedelta(days=1)).timestamp() * 1000)
    return {"since": moment, "first_id": uuid.UUID(int=milliseconds << 80)}
