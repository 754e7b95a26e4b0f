"""What a budget decision looks at, and what it answers with.

A :class:`Book` holds the rows a service has locked: the charged lines with all their ancestors
and the holds concerned. Deciding never changes it; ``Book.after`` gives the next one.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mobile_hrp.domain.budget.figures import FULL_BP, BudgetFigures
from mobile_hrp.domain.budget.terms import (
    Account,
    CheckWindow,
    ControlMode,
    HoldEnd,
    HoldState,
    MovementKind,
    Outcome,
    OverCondition,
)
from mobile_hrp.domain.money import allot
from mobile_hrp.domain.refusal import Refusal

_HELD = frozenset({Account.FROZEN, Account.OCCUPIED, Account.EXECUTED})
_MONTHS_IN_QUARTER = 3
_MONTHS_IN_YEAR = 12


def month_of(day: date) -> int:
    """The budget month of a day as YYYYMM."""
    return day.year * 100 + day.month


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One month of a phased line: what the plan gives it and what was charged to it (fen)."""

    planned_fen: int = 0
    used_fen: int = 0


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """A budget line as locked. ``months`` (by YYYYMM) is filled for phased lines only."""

    id: uuid.UUID
    name: str
    first_day: date
    last_day: date
    figures: BudgetFigures = field(default_factory=BudgetFigures)
    parent_id: uuid.UUID | None = None
    campus_id: uuid.UUID | None = None
    fund_source_id: uuid.UUID | None = None
    mode: ControlMode = ControlMode.RIGID
    over_rate_bp: int = 0
    over_condition: OverCondition = OverCondition.REASON
    window: CheckWindow = CheckWindow.YEAR
    closed: bool = False
    months: Mapping[int, MonthFigures] = field(default_factory=dict)

    def available_fen_in(self, month: int) -> int:
        """The strictest room for a charge to ``month``: the whole budget's and the window's."""
        return self._room_fen(month, over_rate_bp=0)

    def ceiling_room_fen_in(self, month: int) -> int:
        """The room up to the over-rate of an elastic line."""
        return self._room_fen(month, over_rate_bp=self.over_rate_bp)

    def _room_fen(self, month: int, *, over_rate_bp: int) -> int:
        rooms = [_room(self.figures.total_fen, self.figures.used_fen, over_rate_bp)]
        if self.window is not CheckWindow.YEAR:
            counted = [
                figures
                for key, figures in self.months.items()
                if in_window(self.window, key, month)
            ]
            planned_fen = sum(figures.planned_fen for figures in counted)
            used_fen = sum(figures.used_fen for figures in counted)
            rooms.append(_room(planned_fen, used_fen, over_rate_bp))
        return min(rooms)

    def posted(
        self, source: Account, target: Account, amount_fen: int, month: int
    ) -> "LineSnapshot":
        """This line after one ledger entry."""
        figures = self.figures.moved(source, target, amount_fen)
        if self.window is CheckWindow.YEAR:
            return replace(self, figures=figures)
        if Account.APPROVED in {source, target}:
            given_fen = amount_fen if source is Account.APPROVED else -amount_fen
            return replace(self, figures=figures, months=self._spread(given_fen))
        before = self.months.get(month, MonthFigures())
        after = MonthFigures(
            planned_fen=before.planned_fen
            + amount_fen * ((source is Account.ADJUSTED) - (target is Account.ADJUSTED)),
            used_fen=before.used_fen + amount_fen * ((target in _HELD) - (source in _HELD)),
        )
        return replace(self, figures=figures, months={**self.months, month: after})

    def _spread(self, amount_fen: int) -> dict[int, MonthFigures]:
        """The months after an approval: like the plan there is, evenly where there is none."""
        first, last = self.first_day, self.last_day
        keys = [
            year * 100 + month
            for year in range(first.year, last.year + 1)
            for month in range(1, _MONTHS_IN_YEAR + 1)
            if month_of(first) <= year * 100 + month <= month_of(last)
        ]
        months = {key: self.months.get(key, MonthFigures()) for key in keys}
        planned = [max(figures.planned_fen, 0) for figures in months.values()]
        parts = allot(amount_fen, planned if any(planned) else [1] * len(keys))
        grown = {
            key: replace(figures, planned_fen=figures.planned_fen + part)
            for (key, figures), part in zip(months.items(), parts, strict=True)
        }
        return {**self.months, **grown}


def in_window(window: CheckWindow, key: int, month: int) -> bool:
    """Whether budget month ``key`` counts when checking ``month`` (both YYYYMM)."""
    if key > month or key // 100 != month // 100:
        return False
    if window is CheckWindow.PTD:
        return key == month
    if window is CheckWindow.QTD:
        return (key % 100 - 1) // _MONTHS_IN_QUARTER == (month % 100 - 1) // _MONTHS_IN_QUARTER
    return True


def _room(budget_fen: int, used_fen: int, over_rate_bp: int) -> int:
    return budget_fen + max(budget_fen, 0) * over_rate_bp // FULL_BP - used_fen


@dataclass(frozen=True, slots=True)
class HoldSnapshot:
    """An amount one document holds on one line.

    ``left_fen`` is what is still frozen or occupied; ``executed_fen`` what was executed out of it
    and not reversed. A hold with nothing left has ended, once, in ``end``. ``source_hold_id``
    says which hold it was converted, restored or carried from.
    """

    id: uuid.UUID
    document_id: uuid.UUID
    line_id: uuid.UUID
    state: HoldState
    amount_fen: int
    left_fen: int
    month: int
    executed_fen: int = 0
    end: HoldEnd | None = None
    document_line_id: uuid.UUID | None = None
    source_hold_id: uuid.UUID | None = None

    @property
    def account(self) -> Account:
        """The account its remainder stands in."""
        return Account.FROZEN if self.state is HoldState.FROZEN else Account.OCCUPIED

    def taken(self, amount_fen: int, end: HoldEnd) -> "HoldSnapshot":
        """This hold with ``amount_fen`` less left; taking the last fen ends it."""
        left_fen = self.left_fen - amount_fen
        executed_fen = self.executed_fen + (amount_fen if end is HoldEnd.EXECUTED else 0)
        if left_fen:
            return replace(self, left_fen=left_fen, executed_fen=executed_fen)
        return replace(self, left_fen=0, executed_fen=executed_fen, state=HoldState.ENDED, end=end)


@dataclass(frozen=True, slots=True)
class Entry:
    """One append-only ledger entry: a positive amount from one account of a line to another.

    Naming both accounts in one row makes an unbalanced entry impossible to write. Ancestors of
    the charged line get an entry of their own, so each line's figures are the sum of its entries.
    """

    kind: MovementKind
    line_id: uuid.UUID
    charged_line_id: uuid.UUID
    hold_id: uuid.UUID | None
    source: Account
    target: Account
    amount_fen: int
    month: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check said of one covering line, with the figures that decided."""

    line_id: uuid.UUID
    line_name: str
    outcome: Outcome
    available_fen: int
    requested_fen: int

    @property
    def over_fen(self) -> int:
        return max(self.requested_fen - self.available_fen, 0)


@dataclass(frozen=True, slots=True)
class Decision:
    """The rows a movement writes: entries to append, lines and holds as they become."""

    entries: tuple[Entry, ...]
    lines: tuple[LineSnapshot, ...]
    holds: tuple[HoldSnapshot, ...]
    verdicts: tuple[Verdict, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The strictest verdict over all covering lines."""
        return max(
            (verdict.outcome for verdict in self.verdicts),
            key=lambda outcome: outcome.strictness,
            default=Outcome.ALLOWED,
        )


@dataclass(frozen=True, slots=True)
class Book:
    """The locked rows by id."""

    lines: Mapping[uuid.UUID, LineSnapshot]
    holds: Mapping[uuid.UUID, HoldSnapshot] = field(default_factory=dict)

    def path(self, line_id: uuid.UUID) -> tuple[LineSnapshot, ...]:
        """The line and its ancestors, nearest first.

        Raises:
            Refusal: NO_COVERING_LINE for a line that is not here, BUDGET_TREE_CIRCULAR.
        """
        path: list[LineSnapshot] = []
        at: uuid.UUID | None = line_id
        while at is not None:
            line = self.lines.get(at)
            if line is None:
                raise Refusal("NO_COVERING_LINE", line_id=str(at))
            if len(path) > len(self.lines):
                raise Refusal("BUDGET_TREE_CIRCULAR", line=line.name, line_id=str(line.id))
            path.append(line)
            at = line.parent_id
        return tuple(path)

    def after(self, decision: Decision) -> "Book":
        return Book(
            lines={**self.lines, **{line.id: line for line in decision.lines}},
            holds={**self.holds, **{hold.id: hold for hold in decision.holds}},
        )
