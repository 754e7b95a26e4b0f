"""Working time as a value: weekly shifts, holidays, make-up days and round-the-clock wards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from mobile_hrp.domain.approval.codec import JsonValue

_MINUTES_PER_DAY = 1440
_SEARCH_DAYS_MAX = 400


@dataclass(frozen=True, slots=True)
class Shift(JsonValue):
    """Minutes from local midnight; ``end_minute`` may pass 1440 (a night shift)."""

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < _MINUTES_PER_DAY:
            raise ValueError("a shift starts within its day")
        if not self.start_minute < self.end_minute <= self.start_minute + _MINUTES_PER_DAY:
            raise ValueError("a shift ends after it starts, at most a day later")


@dataclass(frozen=True, slots=True)
class WorkCalendar(JsonValue):
    """When the clock of an approval runs.

    ``week`` has the shifts of Monday..Sunday; ``exceptions`` replaces them for an ISO date: an
    empty tuple is a holiday (法定节假日), shifts on a Saturday are a make-up working day (调休).
    The zone is a fixed offset: China has one zone and no daylight saving.
    """

    week: tuple[tuple[Shift, ...], ...]
    exceptions: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    utc_offset_minutes: int = 480

    def __post_init__(self) -> None:
        if len(self.week) != 7:  # noqa: PLR2004 - days of a week
            raise ValueError("a week has seven days")

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(timezone(timedelta(minutes=self.utc_offset_minutes))).date()

    def add(self, start: datetime, minutes: int) -> datetime:
        """The moment at which ``minutes`` of working time have run since ``start``.

        A calendar without any shift in the next 400 days counts plain minutes, so that a wrong
        calendar delays nobody for ever.
        """
        remaining = timedelta(minutes=minutes)
        day = self.local_date(start) - timedelta(days=1)  # last night's shift may still run
        reached = start
        for _ in range(_SEARCH_DAYS_MAX):
            for begins, ends in self._spans(day):
                begin = max(begins, reached)
                if begin >= ends:
                    continue
                if ends - begin >= remaining:
                    return begin + remaining
                remaining -= ends - begin
                reached = ends
            day += timedelta(days=1)
        return start + timedelta(minutes=minutes)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes from ``start`` to ``end``; 0 when the clock went backwards."""
        total = timedelta()
        day, last = self.local_date(start) - timedelta(days=1), self.local_date(end)
        reached = start
        while day <= last:
            for begins, ends in self._spans(day):
                begin, stop = max(begins, reached), min(ends, end)
                if begin < stop:
                    total += stop - begin
                    reached = stop
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        shifts = self.exceptions.get(day.isoformat(), self.week[day.weekday()])
        zone = timezone(timedelta(minutes=self.utc_offset_minutes))
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        return sorted(
            (
                midnight + timedelta(minutes=shift.start_minute),
                midnight + timedelta(minutes=shift.end_minute),
            )
            for shift in shifts
        )


def office_hours(exceptions: Mapping[str, tuple[Shift, ...]] | None = None) -> WorkCalendar:
    """Monday to Friday, 08:00-12:00 and 14:00-17:30, a usual day of a hospital's offices."""
    day = (Shift(480, 720), Shift(840, 1050))
    return WorkCalendar(week=(day,) * 5 + ((),) * 2, exceptions=exceptions or {})


def round_the_clock() -> WorkCalendar:
    return WorkCalendar(week=((Shift(0, _MINUTES_PER_DAY),),) * 7)
