"""Where people are known to be: trips, duty, leave, work elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class WhereKind(StrEnum):
    TRIP = "trip"
    CAR = "car"  # rides in an official car, in or out of town
    OUTSIDE = "outside"  # work for others
    LEAVE = "leave"
    OVERTIME = "overtime"
    SHIFT = "shift"
    ATTENDANCE = "attendance"
    SURGERY = "surgery"


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody is somewhere, for whole days or, with both moments, for a part of them.

    ``first_on`` and ``last_on`` are days of the hospital's calendar. ``place`` is as entered, empty
    for the hospital itself. ``number`` names the document where the person is the requester.
    ``transport_allowance`` says that a lump sum for local transport is claimed for these days.
    """

    person: str
    kind: WhereKind
    first_on: date
    last_on: date
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    path: str = ""
    number: str = ""
    transport_allowance: bool = False

    @property
    def moments(self) -> tuple[datetime, datetime] | None:
        """From when to when; None for whole days."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return self.starts_at, self.ends_at


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What other documents and rosters say of the people on this one, around its days."""

    known: tuple[Presence, ...]
