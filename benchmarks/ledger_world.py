"""The budget tree of the ledger simulation: two departments of rigid, elastic and phased lines."""

import random
import uuid
from dataclasses import replace
from datetime import date
from functools import cache

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.snapshot import LineSnapshot, MonthFigures
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode

PARENTS: dict[str, str | None] = {
    "hospital": None,
    "medicine": "hospital",
    "medicine-travel": "medicine",
    "medicine-books": "medicine",
    "medicine-training": "medicine",
    "surgery": "hospital",
    "surgery-travel": "surgery",
    "surgery-books": "surgery",
    "surgery-materials": "surgery",
    "research": None,
    "research-equipment": "research",
    "research-labour": "research",
}
LEAVES = sorted(set(PARENTS) - {parent for parent in PARENTS.values() if parent})
_CODES = sorted(PARENTS)
_NUMBERS = {code: number for number, code in enumerate(_CODES)}
FIRST_YEAR = 2026
LINES_PER_YEAR = 1_000  # ids of a year's lines begin at the year times this
_MODES = {
    "medicine-books": ControlMode.ELASTIC,
    "surgery-materials": ControlMode.WARN,
    "research-labour": ControlMode.NONE,
}
_PHASED = {"medicine-travel": CheckWindow.YTD, "surgery-travel": CheckWindow.QTD}
_LOOSE = {"hospital", "surgery", "research"}  # a line above a warning one must not stand in its way
_OVER_RATE_BP = 500


class SmallId(uuid.UUID):
    """An id of the simulation: a number made once, so that the object itself is its identity.

    UUIDs hash and compare in Python, some hundred times per operation.
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def _path(code: str) -> tuple[str, ...]:
    parent = PARENTS[code]
    return (code, *(_path(parent) if parent else ()))


PATHS: dict[str, tuple[str, ...]] = {code: _path(code) for code in _CODES}


@cache
def next_line(code: str, year: int) -> uuid.UUID:
    """The id of a line in a year."""
    return SmallId(int=year * LINES_PER_YEAR + _NUMBERS[code])


def lines_of_year(year: int, rng: random.Random) -> dict[uuid.UUID, LineSnapshot]:
    """The lines of a year with fresh budgets; a total has what its lines have, or a little more."""
    budgets = {code: rng.randint(2_000_000, 20_000_000) // 1_200 * 1_200 for code in LEAVES}
    for code in sorted(set(PARENTS) - set(LEAVES), key=lambda each: -len(PATHS[each])):
        below = sum(budgets[child] for child, parent in PARENTS.items() if parent == code)
        budgets[code] = below + rng.randint(0, 500_000)
    return {next_line(code, year): _line(code, year, budgets[code]) for code in _CODES}


def _line(code: str, year: int, approved_fen: int) -> LineSnapshot:
    parent = PARENTS[code]
    mode = _MODES.get(code, ControlMode.WARN if code in _LOOSE else ControlMode.RIGID)
    line = LineSnapshot(
        id=next_line(code, year),
        name=f"{code} {year}",
        first_day=date(year, 1, 1),
        last_day=date(year, 12, 31),
        figures=BudgetFigures(approved_fen=approved_fen),
        parent_id=next_line(parent, year) if parent else None,
        fund_source_id=uuid.UUID(int=1 + LEAVES.index(code) % 2) if code in LEAVES else None,
        mode=mode,
        over_rate_bp=_OVER_RATE_BP if mode is ControlMode.ELASTIC else 0,
    )
    window = _PHASED.get(code)
    if window is None:
        return line
    planned = MonthFigures(planned_fen=approved_fen // 12)
    months = dict.fromkeys(range(year * 100 + 1, year * 100 + 13), planned)
    return replace(line, window=window, months=months)
