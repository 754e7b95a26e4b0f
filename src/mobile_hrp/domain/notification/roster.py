"""Quiet hours by the duty roster: who works is awake, who had the night sleeps in the day.

The clock on the wall only decides for people who are not on duty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from mobile_hrp.domain.notification.limits import DAY_MINUTES, Limits

NIGHT_HOUR = time(3)
"""A shift that covers this local time is a night shift."""
SLEEP_AFTER = timedelta(hours=1)
SLEEP_LENGTH = timedelta(hours=7)
SHIFT_SOON = timedelta(hours=8)
"""What was held back waits for the shift that begins this soon after the quiet ends."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """One time on duty, both ends with a zone; the end is not part of it."""

    starts_at: datetime
    ends_at: datetime

    def covers(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


def is_night(shift: Shift, zone: tzinfo) -> bool:
    """Whether the person works through the depth of a night (03:00)."""
    first = shift.starts_at.astimezone(zone).date()
    candidates = (datetime.combine(first + days * _DAY, NIGHT_HOUR, zone) for days in (0, 1))
    return any(shift.covers(moment) for moment in candidates)


def quiet_end(
    shifts: Iterable[Shift], limits: Limits, *, now: datetime, zone: tzinfo
) -> datetime | None:
    """When the quiet that holds now ends; None for somebody who may be interrupted.

    A shift that begins ends it. One rest that runs into another (a night's duty, then the next
    night off) is one quiet.
    """
    known = sorted(shifts, key=lambda shift: shift.starts_at)
    moment = now
    for _ in range(2 * len(known) + 4):  # each round moves past one rest
        if any(shift.covers(moment) for shift in known):
            break
        ends = [end for start, end in _rests(known, limits, moment, zone) if start <= moment < end]
        if not ends:
            break
        begins = [shift.starts_at for shift in known if moment < shift.starts_at < max(ends)]
        moment = min([max(ends), *begins])
    return moment if moment > now else None


def hold_until(
    shifts: Iterable[Shift], limits: Limits, *, now: datetime, zone: tzinfo
) -> datetime | None:
    """When what is held back now leaves as one digest: the next shift's start, if it is soon.

    None for somebody who may be interrupted now.
    """
    known = tuple(shifts)
    end = quiet_end(known, limits, now=now, zone=zone)
    if end is None:
        return None
    soon = [shift.starts_at for shift in known if end <= shift.starts_at <= end + SHIFT_SOON]
    return min(soon, default=end)


def _rests(
    shifts: Iterable[Shift], limits: Limits, moment: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    """The times of rest around a moment, as (start, end)."""
    for shift in shifts:
        if is_night(shift, zone):
            yield shift.ends_at + SLEEP_AFTER, shift.ends_at + SLEEP_AFTER + SLEEP_LENGTH
    if limits.quiet_from == limits.quiet_until:
        return
    length = timedelta(minutes=(limits.quiet_until - limits.quiet_from) % DAY_MINUTES)
    midnight = datetime.combine(moment.astimezone(zone).date(), time(), zone)
    for days in (-1, 0):
        start = midnight + days * _DAY + timedelta(minutes=limits.quiet_from)
        yield start, start + length
