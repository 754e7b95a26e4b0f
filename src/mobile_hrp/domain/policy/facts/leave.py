"""What is known before somebody goes on leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LeaveFacts:
    """``left`` are the days left by kind of leave.

    ``headcount`` counts the colleagues of the same department and kind of work, the requester
    included; ``absent`` how many others of them are away on a day, where any are. ``least`` is the
    floor that must stay on duty; None where the department has none.
    """

    left: Mapping[str, Decimal] = field(default_factory=dict)
    headcount: int = 0
    least: int | None = None
    absent: Mapping[date, int] = field(default_factory=dict)
