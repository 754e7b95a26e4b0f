"""The hospital's working calendar: what runs the clocks of approvals."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Self

import strawberry

from mobile_hrp.domain.approval.calendar import Shift
from mobile_hrp.domain.approval.calendar_days import WrittenDay, read_days, written_shift
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import REACHED, SIGNED_IN, covered_by, field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.models.calendar import CalendarDay
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.working_calendar import change_days, days_of_year, read_csv

_MANAGE = needs(Permission.ORGANIZATION_MANAGE)


@covered_by(REACHED)
@strawberry.type(name="CalendarDay", description="A day that is not like its weekday.")
class CalendarDayType:
    day: date
    name: str
    shifts: list[str] = strawberry.field(description="Such as 08:00-12:00; none is a holiday.")

    @classmethod
    def of(cls, row: CalendarDay) -> Self:
        shifts = [written_shift(Shift(start, end)) for start, end in row.shifts]
        return cls(day=row.day, name=row.name, shifts=shifts)


@strawberry.input(description="A holiday (no shifts), or a make-up day (调休) with its shifts.")
class CalendarDayInput:
    day: date
    name: str
    shifts: list[str] = strawberry.field(default_factory=list)


@strawberry.input(
    description="Days to name, one by one or as a CSV with the columns day, name, shifts; a day"
    " that is named again is replaced. `usualAgain` makes days like their weekday again."
)
class SetCalendarDaysInput:
    idempotency_key: str
    days: list[CalendarDayInput] = strawberry.field(default_factory=list)
    csv: str | None = None
    usual_again: list[date] = strawberry.field(default_factory=list)


@covered_by(REACHED)
@strawberry.type
class SetCalendarDaysPayload:
    named: int | None = strawberry.field(description="How many days have a name by this.")
    user_errors: list[UserError]
    replayed: bool


@strawberry.type
class CalendarQuery:
    @field(SIGNED_IN, description="Holidays and make-up days of a year.")
    async def calendar_days(self, info: Info, year: int) -> list[CalendarDayType]:
        async with info.context.reading() as session:
            return [CalendarDayType.of(row) for row in await days_of_year(session, year=year)]


@strawberry.type
class CalendarMutation:
    @mutation(_MANAGE, description="Set holidays and make-up days, all of them or none.")
    async def set_calendar_days(
        self, info: Info, input: SetCalendarDaysInput
    ) -> SetCalendarDaysPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            days = read_days(_written(input))
            await change_days(
                session,
                hospital_id=viewer.hospital_id,
                actor_id=viewer.staff_id,
                days=days,
                usual_again=input.usual_again,
                now=now,
            )
            return {"named": len(days)}

        outcome = await perform(
            info,
            operation="setCalendarDays",
            key=input.idempotency_key,
            body={
                "days": [[one.day, one.name, one.shifts] for one in input.days],
                "csv": input.csv,
                "usual_again": input.usual_again,
            },
            work=work,
        )
        return SetCalendarDaysPayload(
            named=None if outcome.result is None else outcome.result["named"],
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _written(given: SetCalendarDaysInput) -> Iterator[WrittenDay]:
    for index, one in enumerate(given.days):
        yield WrittenDay(f"days.{index}", one.day.isoformat(), one.name, tuple(one.shifts))
    if given.csv is not None:
        yield from read_csv(given.csv)
