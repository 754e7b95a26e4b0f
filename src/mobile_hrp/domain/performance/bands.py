"""Where my pay stands among peers, without telling what any of them gets.

A group is fixed by the period and the job category: nobody chooses who is in it, so two questions
never differ by one person. Each quantile is the mean of three neighbours, rounded to a hundred
yuan, and the number of people to fives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

PEOPLE_MIN = 5
_STEP_FEN = 10_000
_NEIGHBOURS = 3
_PEOPLE_STEP = 5


@dataclass(frozen=True, slots=True)
class Band:
    """Quarter, middle and three quarters of a group (fen, rounded); ``people`` at least."""

    people: int
    low_fen: int
    middle_fen: int
    high_fen: int


def band_of(totals_fen: Sequence[int], *, smallest: int = PEOPLE_MIN) -> Band | None:
    """The band of a group, None below ``smallest`` (never less than five) people."""
    ordered = sorted(totals_fen)
    if len(ordered) < max(smallest, PEOPLE_MIN):
        return None
    low, middle, high = (_around(ordered, quarter) for quarter in (1, 2, 3))
    return Band(len(ordered) // _PEOPLE_STEP * _PEOPLE_STEP, low, middle, high)


def _around(ordered: Sequence[int], quarter: int) -> int:
    centre = (len(ordered) - 1) * quarter // 4
    first = min(max(centre - 1, 0), len(ordered) - _NEIGHBOURS)
    mean_twice = 2 * sum(ordered[first : first + _NEIGHBOURS]) // _NEIGHBOURS
    return (mean_twice + _STEP_FEN) // (2 * _STEP_FEN) * _STEP_FEN
