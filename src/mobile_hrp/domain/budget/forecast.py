"""When will a line run out: simple, explainable, and told only when it is seen twice.

Use so far is projected in two ways, evenly over the days and along last year's curve, and the two
are averaged. Nothing is said before a tenth of the period (and three days) has passed.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

ELAPSED_DAYS_MIN = 3
ELAPSED_SHARE_MIN = Fraction(1, 10)
# A date already told is told again only when it has come this much nearer.
EARLIER_DAYS_MIN = 10


@dataclass(frozen=True, slots=True)
class ForecastState:
    """What earlier evaluations of one line in one period left behind."""

    candidate_day: date | None = None
    evaluated_on: date | None = None
    announced_day: date | None = None


def forecast_exhaustion(
    *,
    first_day: date,
    last_day: date,
    today: date,
    used_fen: int,
    total_fen: int,
    last_year_fen: Mapping[int, int] | None = None,
) -> date | None:
    """The first day on which use is projected to reach the budget; None if not in this period.

    ``last_year_fen`` gives last year's use by calendar month (1..12), where there was one.
    """
    elapsed = (today - first_day).days + 1
    whole = (last_day - first_day).days + 1
    if used_fen <= 0 or not first_day <= today <= last_day:
        return None
    if used_fen >= total_fen:
        return today
    if elapsed < ELAPSED_DAYS_MIN or Fraction(elapsed, whole) < ELAPSED_SHARE_MIN:
        return None
    curve = last_year_fen or {}
    so_far = _cumulative(curve, first_day, today)

    def projected(day: date) -> Fraction:
        even = Fraction(used_fen * ((day - first_day).days + 1), elapsed)
        if not so_far:
            return even
        return (even + used_fen * _cumulative(curve, first_day, day) / so_far) / 2

    if projected(last_day) < total_fen:
        return None
    reached, not_yet = last_day, today
    while (reached - not_yet).days > 1:
        middle = not_yet + (reached - not_yet) // 2
        if projected(middle) >= total_fen:
            reached = middle
        else:
            not_yet = middle
    return reached


def confirm_forecast(
    state: ForecastState, exhaustion_day: date | None, today: date
) -> tuple[ForecastState, date | None]:
    """The next state, and the date to tell people, if any.

    A forecast counts when two evaluations on different days both see one; a second look on the
    same day changes nothing.
    """
    if exhaustion_day is None:
        return ForecastState(None, today, state.announced_day), None
    seen_before = (
        state.candidate_day is not None
        and state.evaluated_on is not None
        and state.evaluated_on < today
    )
    earlier = state.announced_day is None or exhaustion_day <= state.announced_day - timedelta(
        days=EARLIER_DAYS_MIN
    )
    if seen_before and earlier:
        return ForecastState(exhaustion_day, today, exhaustion_day), exhaustion_day
    return ForecastState(exhaustion_day, today, state.announced_day), None


def _cumulative(by_month_fen: Mapping[int, int], first_day: date, day: date) -> Fraction:
    """Last year's use from the start of the period to ``day``, even within each month."""
    total = Fraction(0)
    for month, fen in by_month_fen.items():
        if first_day.month <= month < day.month:
            total += fen
        elif month == day.month:
            total += Fraction(fen * day.day, calendar.monthrange(day.year, day.month)[1])
    return total
