"""A small budget to tell stories about: hospital > surgery > travel, and a neighbour."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import Charge, Movement
from mobile_hrp.domain.budget.snapshot import Book, Decision, Entry, LineSnapshot
from mobile_hrp.domain.budget.terms import Account

DAY = date(2026, 3, 10)


def number(value: int) -> uuid.UUID:
    return uuid.UUID(int=value)


HOSPITAL, SURGERY, TRAVEL, OFFICE, OTHER = (number(n) for n in range(1, 6))
REQUEST, CLAIM, SECOND_CLAIM = (number(n) for n in range(101, 104))
FUND = number(900)


def line(
    line_id: uuid.UUID,
    approved_fen: int,
    *,
    parent: uuid.UUID | None = None,
    **changes: object,
) -> LineSnapshot:
    plain = LineSnapshot(
        id=line_id,
        name=f"line {line_id.int}",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        figures=BudgetFigures(approved_fen=approved_fen),
        parent_id=parent,
        fund_source_id=FUND,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names real fields


def book(*lines: LineSnapshot) -> Book:
    return Book(lines={each.id: each for each in lines})


def three_levels() -> Book:
    """Hospital 1,000.00 > surgery 600.00 > travel 500.00 and office 300.00; other 400.00."""
    return book(
        line(HOSPITAL, 100_000),
        line(SURGERY, 60_000, parent=HOSPITAL),
        line(TRAVEL, 50_000, parent=SURGERY),
        line(OFFICE, 30_000, parent=SURGERY),
        line(OTHER, 40_000, parent=HOSPITAL),
    )


class Case:
    """Applies movements one after the other and keeps every entry."""

    def __init__(self, start: Book) -> None:
        self.book = start
        self.entries: list[Entry] = []
        self._ids: Iterator[uuid.UUID] = (number(n) for n in itertools.count(10_000))

    def do(self, movement: Movement, on: date = DAY) -> Decision:
        decision = decide_movement(self.book, movement, on=on, ids=self._ids)
        self.book = self.book.after(decision)
        self.entries.extend(decision.entries)
        return decision

    def figures(self, line_id: uuid.UUID) -> BudgetFigures:
        return self.book.lines[line_id].figures

    def five(self, line_id: uuid.UUID) -> tuple[int, int, int, int, int]:
        """Budget, frozen, occupied, executed, available."""
        figures = self.figures(line_id)
        return (
            figures.total_fen,
            figures.frozen_fen,
            figures.occupied_fen,
            figures.executed_fen,
            figures.available_fen,
        )

    def holds_of(self, document_id: uuid.UUID) -> list[uuid.UUID]:
        return [hold.id for hold in self.book.holds.values() if hold.document_id == document_id]


def charge(line_id: uuid.UUID | None, amount_fen: int, path: str = "lines.0.amount") -> Charge:
    return Charge(line_id, amount_fen, path)


def balances(entries: list[Entry], line_id: uuid.UUID) -> dict[Account, int]:
    """The account balances of a line, summed from its entries alone."""
    sums = dict.fromkeys(Account, 0)
    for entry in entries:
        if entry.line_id == line_id:
            sums[entry.source] -= entry.amount_fen
            sums[entry.target] += entry.amount_fen
    return sums


def below(the_book: Book, line_id: uuid.UUID) -> set[uuid.UUID]:
    """A line and all lines under it."""
    return {
        each
        for each in the_book.lines
        if line_id in {covering.id for covering in the_book.path(each)}
    }
