"""Whether to interrupt somebody now, later in a digest, or not at all. All rules are here."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from mobile_hrp.domain.notification.economy import METERED, UNMETERED, CallBudget
from mobile_hrp.domain.notification.kind import KindRule, PlannedStep, plan_ladder
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.roster import Shift, hold_until
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel, Urgency
from mobile_hrp.domain.notification.wishes import Ways, ways_to


class Push(enum.StrEnum):
    """``RING`` now; ``DIGEST`` later with others; ``SILENT``: the inbox row is all."""

    RING = "ring"
    DIGEST = "digest"
    SILENT = "silent"


class Because(enum.StrEnum):
    """Why something did not ring."""

    RINGS = ""
    UNREACHABLE = "unreachable"
    WISH = "wish"
    QUIET = "quiet"
    LOW = "low"
    ROLL_UP = "roll_up"
    REPEATS = "repeats"
    DAILY_LIMIT = "daily_limit"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Recipient:
    """What is known of one person. Counts are of the hospital's current calendar day.

    ``told_at`` is when something of the same category last rang, for kinds that roll up.
    """

    reachable: Collection[Channel]
    wishes: Mapping[Channel, Cadence] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()
    rings: int = 0
    repeats: int = 0
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for the whole hospital at this moment."""

    limits: Limits
    zone: tzinfo
    now: datetime
    calls: CallBudget = UNMETERED


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one notification for one person.

    ``steps`` are the ladder to climb (for RING), ``due_at`` when the digest leaves (for DIGEST).
    ``repeat`` when the ring counts as one.
    """

    push: Push
    because: Because = Because.RINGS
    steps: tuple[PlannedStep, ...] = ()
    due_at: datetime | None = None
    repeat: bool = False


def decide(rule: KindRule, person: Recipient, setting: Setting, *, ordinal: int = 1) -> Decision:
    """Decide on a new notification. ``ordinal`` above 1 repeats something told before."""
    limits = setting.limits
    ways = ways_to(rule, reachable=person.reachable, wishes=person.wishes, limits=limits)
    if not ways.digest:
        reached = any(step.channel in person.reachable for step in rule.ladder)
        return Decision(Push.SILENT, Because.WISH if reached else Because.UNREACHABLE)
    repeat = ordinal > 1
    if rule.urgency is Urgency.CRITICAL:
        return _ring(rule, ways.at_once, setting, repeat=repeat)
    held = hold_until(person.shifts, limits, now=setting.now, zone=setting.zone)
    if held is not None:
        return Decision(Push.DIGEST, Because.QUIET, due_at=held)
    because = _why_not(rule, person, ways, limits, repeat=repeat, ordinal=ordinal)
    if because is not None:
        return Decision(Push.DIGEST, because, due_at=digest_time(person, setting))
    if rule.roll_up is not None and person.told_at is not None:
        opens_at = person.told_at + rule.roll_up
        if setting.now < opens_at:
            return Decision(Push.DIGEST, Because.ROLL_UP, due_at=opens_at)
    return _ring(rule, ways.at_once, setting, repeat=repeat, person=person)


def _why_not(
    rule: KindRule,
    person: Recipient,
    ways: Ways,
    limits: Limits,
    *,
    repeat: bool,
    ordinal: int,
) -> Because | None:
    """Why this must wait for a digest although the person is awake."""
    if rule.urgency is Urgency.LOW:
        return Because.LOW
    if not ways.at_once:
        return Because.WISH
    if repeat and (ordinal - 1 > limits.repeats_max or person.repeats >= limits.repeats_max):
        return Because.REPEATS
    if person.rings >= limits.single_rings:
        return Because.DAILY_LIMIT
    return None


def _ring(
    rule: KindRule,
    channels: frozenset[Channel],
    setting: Setting,
    *,
    repeat: bool,
    person: Recipient | None = None,
) -> Decision:
    """Ring on what the month's calls allow.

    Routine work waits for a digest where they allow no more of it; what presses takes the next
    channel, and a digest only where there is no other.
    """
    if not setting.calls.affords(rule.urgency) and channels & METERED:
        others = channels - METERED
        routine = rule.urgency not in (Urgency.CRITICAL, Urgency.HIGH)
        steps = () if routine else plan_ladder(rule, others)
        if not steps:
            due_at = None if person is None else digest_time(person, setting)
            push = Push.DIGEST if due_at is not None else Push.SILENT
            return Decision(push, Because.CALLS, due_at=due_at)
        return Decision(Push.RING, steps=steps, repeat=repeat)
    return Decision(Push.RING, steps=plan_ladder(rule, channels), repeat=repeat)


class Climb(enum.StrEnum):
    """The next step of the ladder: take it, look again ``LATER``, or leave it to a digest."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ClimbDecision:
    climb: Climb
    due_at: datetime | None = None


def decide_climb(
    rule: KindRule, channel: Channel, person: Recipient, setting: Setting
) -> ClimbDecision:
    """Decide on a later step of the ladder of something that rang and is still unread.

    It interrupts again about the same thing, so it counts as a repeat.
    """
    metered = channel in METERED and not setting.calls.affords(rule.urgency)
    if rule.urgency is Urgency.CRITICAL:
        return ClimbDecision(Climb.NEVER if metered else Climb.NOW)
    held = hold_until(person.shifts, setting.limits, now=setting.now, zone=setting.zone)
    if held is not None:
        return ClimbDecision(Climb.LATER, held)
    used_up = (
        person.repeats >= setting.limits.repeats_max or person.rings >= setting.limits.single_rings
    )
    return ClimbDecision(Climb.NEVER if used_up or metered else Climb.NOW)


def digest_time(person: Recipient, setting: Setting) -> datetime:
    """When the next digest of a person leaves, by the hospital's times and their own rest."""
    local = setting.now.astimezone(setting.zone)
    midnight = datetime.combine(local.date(), time(), setting.zone)
    moments = sorted(
        midnight + timedelta(days=days, minutes=minutes)
        for days in (0, 1)
        for minutes in setting.limits.digest_times
    )
    due = next(moment for moment in moments if moment > setting.now)
    return hold_until(person.shifts, setting.limits, now=due, zone=setting.zone) or due


def decide_digest(
    rule: KindRule, person: Recipient, setting: Setting, *, digest: frozenset[Channel]
) -> Decision:
    """Decide on a digest that is due, over the channels its readers want digests on.

    It leaves now, or waits for the end of the person's rest, or for tomorrow where the day's
    interruptions are used up. Over metered channels only while the month's calls allow it.
    """
    held = hold_until(person.shifts, setting.limits, now=setting.now, zone=setting.zone)
    if held is not None:
        return Decision(Push.DIGEST, Because.QUIET, due_at=held)
    channels = digest if setting.calls.affords_digest() else digest - METERED
    steps = plan_ladder(rule, channels & set(person.reachable))
    if not steps:
        if digest & set(person.reachable):
            return Decision(Push.DIGEST, Because.CALLS, due_at=digest_time(person, setting))
        return Decision(Push.SILENT, Because.UNREACHABLE)
    if person.rings >= setting.limits.rings_per_day:
        tomorrow = setting.now.astimezone(setting.zone).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), setting.zone)
        later = Setting(setting.limits, setting.zone, midnight, setting.calls)
        return Decision(Push.DIGEST, Because.DAILY_LIMIT, due_at=digest_time(person, later))
    return Decision(Push.RING, steps=steps)
