"""The office calendar of a hospital: the usual week, its holidays and its make-up working days."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select

from mobile_hrp.domain.approval.calendar import Shift, WorkCalendar, office_hours
from mobile_hrp.models.calendar import CalendarDay
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id


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
