"""Whether the books and the budget of the day are open."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """The accounting period of the business day; both days are in it."""

    code: str
    starts_on: date
    ends_on: date
    open: bool


@dataclass(frozen=True, slots=True)
class ChargedPeriod:
    """The days a budget line is for; ``carries``: what is left goes into the next year."""

    code: str
    first_day: date
    last_day: date
    closed: bool = False
    carries: bool = False


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """``period`` is None where the hospital keeps no list of them for the day."""

    period: AccountingPeriod | None = None
    lines: Mapping[uuid.UUID, ChargedPeriod] = field(default_factory=dict)
