"""Who works when, around the days of a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's shift in the hospital's local time; ``reference`` is what forms name it by."""

    reference: str
    staff_id: str
    begins_at: datetime
    ends_at: datetime
    night: bool = False


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """Shifts by person (staff id as text), before, on and after the days the form is about."""

    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    job_categories: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def shift(self, reference: str) -> Shift | None:
        every = (shift for shifts in self.shifts.values() for shift in shifts)
        return next((shift for shift in every if shift.reference == reference), None)
