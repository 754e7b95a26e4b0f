"""The office calendar of a hospital: the usual week, its holidays and its make-up working days."""

import csv
import io
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, extract, select

from mobile_hrp.domain.approval.calendar import Shift, WorkCalendar, office_hours
from mobile_hrp.domain.approval.calendar_days import DAYS_MAX, Days, WrittenDay
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.calendar import CalendarDay
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

CSV_COLUMNS = ("day", "name", "shifts")
_CSV_BYTES_MAX = 200_000


async def office_calendar(session: AnySession) -> WorkCalendar:
    """When the clock of approvals runs in this hospital."""
    rows = await session.execute(
        select(CalendarDay.day, CalendarDay.shifts).order_by(CalendarDay.day)
    )
    return office_hours(
        {row.day.isoformat(): tuple(Shift(start, end) for start, end in row.shifts) for row in rows}
    )


async def set_days(
    session: WriteSession,
    *,
    hospital_id: int,
    days: Mapping[date, tuple[str, Sequence[Shift]]],
) -> None:
    """Name holidays (no shifts) and make-up days; a day that is named again is replaced."""
    await session.execute(delete(CalendarDay).where(CalendarDay.day.in_(days)))
    session.add_all(
        CalendarDay(
            hospital_id=hospital_id,
            id=new_id(),
            day=day,
            name=name,
            shifts=[[shift.start_minute, shift.end_minute] for shift in shifts],
        )
        for day, (name, shifts) in sorted(days.items())
    )
    await session.flush()


async def days_of_year(session: AnySession, *, year: int) -> Sequence[CalendarDay]:
    """The named days of a year, in order."""
    rows = await session.scalars(
        select(CalendarDay)
        .where(extract("year", CalendarDay.day) == year)
        .order_by(CalendarDay.day)
    )
    return rows.all()


async def change_days(
    session: WriteSession,
    *,
    hospital_id: int,
    actor_id: uuid.UUID,
    days: Days,
    usual_again: Collection[date],
    now: datetime,
) -> None:
    """Name days, and make others like their weekday again; written to the audit trail.

    Clocks that run already keep the time they were given; what opens from now on is counted anew.
    """
    await session.execute(delete(CalendarDay).where(CalendarDay.day.in_(set(usual_again))))
    await set_days(session, hospital_id=hospital_id, days=days)
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="calendar.change",
        subject_type="hospital",
        subject_id=None,
        detail={
            "named": sorted(day.isoformat() for day in days),
            "usual_again": sorted(day.isoformat() for day in set(usual_again)),
        },
        now=now,
    )


def read_csv(text: str) -> Iterator[WrittenDay]:
    """The rows of a file with the columns day, name, shifts; shifts are parted by blanks.

    Raises:
        Refusal: CALENDAR_TOO_LARGE, CALENDAR_COLUMNS_WRONG.
    """
    if len(text) > _CSV_BYTES_MAX:
        raise Refusal("CALENDAR_TOO_LARGE", path="csv", limit=DAYS_MAX)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        head = tuple(cell.strip().lower() for cell in next(rows, ()))
        if head != CSV_COLUMNS:
            raise Refusal("CALENDAR_COLUMNS_WRONG", path="csv", columns=", ".join(CSV_COLUMNS))
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(cells) != len(CSV_COLUMNS):
                raise Refusal("CALENDAR_COLUMNS_WRONG", path="csv", columns=", ".join(CSV_COLUMNS))
            day, name, shifts = cells
            yield WrittenDay(f"csv.{rows.line_num}", day, name, tuple(shifts.split()))
    except csv.Error as problem:
        columns = ", ".join(CSV_COLUMNS)
        raise Refusal("CALENDAR_COLUMNS_WRONG", path="csv", columns=columns) from problem
