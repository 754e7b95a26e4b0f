"""Days that are not like their weekday, as people write them: holidays and make-up days.

A day has a name and the shifts worked on it, ``08:00-12:00 14:00-17:30``; no shift is a holiday.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from mobile_hrp.domain.approval.calendar import Shift
from mobile_hrp.domain.refusal import Refusal, RefusalDetail

DAYS_MAX = 800
NAME_MAX = 40
SHIFTS_MAX = 6
_SHIFT = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_MINUTES_PER_HOUR = 60

Days = Mapping[date, tuple[str, tuple[Shift, ...]]]
"""By day: its name, and its shifts in order."""


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """One day as it was entered; ``path`` is where."""

    path: str
    day: str
    name: str
    shifts: tuple[str, ...]


def read_days(written: Iterable[WrittenDay]) -> Days:
    """The days, checked.

    Raises:
        Refusal: CALENDAR_DAY_INVALID, CALENDAR_DAY_TWICE, CALENDAR_NAME_INVALID,
            CALENDAR_SHIFT_INVALID with a detail per fault; CALENDAR_TOO_LARGE.
    """
    days: dict[date, tuple[str, tuple[Shift, ...]]] = {}
    faults: list[RefusalDetail] = []
    for number, one in enumerate(written, 1):
        if number > DAYS_MAX:
            raise Refusal("CALENDAR_TOO_LARGE", path="days", limit=DAYS_MAX)
        try:
            day = _day(one)
            named = (_name(one), _shifts(one))
        except Refusal as refusal:
            faults += refusal.details
            continue
        if day in days:
            twice = {"day": day.isoformat()}
            faults.append(RefusalDetail("CALENDAR_DAY_TWICE", f"{one.path}.day", twice))
        days[day] = named
    if faults:
        raise Refusal.of(tuple(faults))
    return days


def _day(written: WrittenDay) -> date:
    try:
        day = date.fromisoformat(written.day)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written.day:
        raise Refusal("CALENDAR_DAY_INVALID", path=f"{written.path}.day", day=written.day[:20])
    return day


def _name(written: WrittenDay) -> str:
    name = written.name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise Refusal("CALENDAR_NAME_INVALID", path=f"{written.path}.name", limit=NAME_MAX)
    return name


def _shifts(written: WrittenDay) -> tuple[Shift, ...]:
    read = [_shift(written, text) for text in written.shifts]
    overlap = any(later.start_minute < one.end_minute for one, later in pairwise(read))
    if overlap or len(read) > SHIFTS_MAX:
        raise _not_a_shift(written, " ".join(written.shifts))
    return tuple(read)


def _shift(written: WrittenDay, text: str) -> Shift:
    found = _SHIFT.fullmatch(text)
    if found is None:
        raise _not_a_shift(written, text)
    hours, minutes, to_hours, to_minutes = (int(part) for part in found.groups())
    start = hours * _MINUTES_PER_HOUR + minutes
    end = to_hours * _MINUTES_PER_HOUR + to_minutes
    if not start < end <= 24 * _MINUTES_PER_HOUR:
        raise _not_a_shift(written, text)
    return Shift(start, end)


def _not_a_shift(written: WrittenDay, text: str) -> Refusal:
    return Refusal("CALENDAR_SHIFT_INVALID", path=f"{written.path}.shifts", shift=text[:60])


def written_shift(shift: Shift) -> str:
    """``08:00-12:00``."""
    ends = (divmod(minute, _MINUTES_PER_HOUR) for minute in (shift.start_minute, shift.end_minute))
    return "-".join(f"{hours:02}:{minutes:02}" for hours, minutes in ends)
