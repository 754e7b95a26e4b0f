"""A million random operations on the budget ledger, checked after each one.

    python -m benchmarks.ledger_simulation --operations 1000000 [--seed 1]

Freeze, occupy, convert, execute, release, close, reverse, transfer, adjust and year end, in random
order over a tree of rigid, elastic, warning and phased lines. After each operation:

* I1: no rigid line is used beyond its budget, no elastic one beyond its over-rate;
* I2: the figures of each touched line equal what its entries sum to, and its accounts sum to zero;
* I3: a claim refused for want of budget really had no room on some line;
* I10: every figure is an integer.

At each year end and at the last operation SQL (SQLite, over the entries and holds alone) sums the
ledger by line and by document and is compared with the figures and the holds.
"""

import argparse
import random
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from benchmarks.ledger_world import LEAVES, PATHS, lines_of_year, next_line
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from mobile_hrp.domain.budget.figures import FULL_BP
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import (
    Adjust,
    Charge,
    Convert,
    Execute,
    Freeze,
    Movement,
    Occupy,
    Release,
    Reverse,
    Take,
    Transfer,
)
from mobile_hrp.domain.budget.snapshot import Book, Decision, HoldSnapshot, LineSnapshot
from mobile_hrp.domain.budget.terms import Account, CarryRule, CheckWindow, ControlMode
from mobile_hrp.domain.budget.year_end import ClosingLine, decide_year_end
from mobile_hrp.domain.refusal import Refusal

OPERATIONS_PER_YEAR = 25_000
_DOCUMENTS_OPEN_MAX = 400
_REQUESTS_OPEN_MAX = 50
_SPENT_MAX = 100
_WANT_OF_BUDGET = "BUDGET_EXCEEDED"


@dataclass
class Books:
    """The whole state, and next to it what the entries alone say."""

    lines: dict[uuid.UUID, LineSnapshot]
    holds: dict[uuid.UUID, dict[uuid.UUID, HoldSnapshot]] = field(default_factory=dict)
    by_id: dict[uuid.UUID, HoldSnapshot] = field(default_factory=dict)
    balances: dict[tuple[uuid.UUID, Account], int] = field(default_factory=dict)
    written: list[tuple[int, int, int | None, str, str, int]] = field(default_factory=list)

    def of(self, *documents: uuid.UUID) -> Book:
        """The book as a service would lock it: lines, the documents' holds and their sources."""
        found: dict[uuid.UUID, HoldSnapshot] = {}
        for document in documents:
            found |= self.holds.get(document, {})
        for hold in list(found.values()):
            source = self.by_id.get(hold.source_hold_id) if hold.source_hold_id else None
            if source is not None:
                found[source.id] = source
        return Book(lines=self.lines, holds=found)

    def left_fen(self, document: uuid.UUID) -> int:
        return sum(hold.left_fen for hold in self.holds.get(document, {}).values())

    def write(self, decision: Decision, document: uuid.UUID | None) -> None:
        for line in decision.lines:
            self.lines[line.id] = line
        for hold in decision.holds:
            self.holds.setdefault(hold.document_id, {})[hold.id] = hold
            self.by_id[hold.id] = hold
        for entry in decision.entries:
            for account, fen in (
                (entry.source, -entry.amount_fen),
                (entry.target, entry.amount_fen),
            ):
                key = (entry.line_id, account)
                self.balances[key] = self.balances.get(key, 0) + fen
            self.written.append(
                (
                    _number(entry.line_id),
                    _number(entry.charged_line_id),
                    _number(document) if document else None,
                    entry.source.value,
                    entry.target.value,
                    entry.amount_fen,
                )
            )


@dataclass
class Tally:
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    breaks: list[str] = field(default_factory=list)


class Simulation:
    """One run from one seed; the same seed gives the same operations."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tally = Tally()
        self.year = 2026
        self.books = Books(lines_of_year(self.year, self.rng))
        self.open: list[uuid.UUID] = []
        self.requests: list[uuid.UUID] = []
        self.spent: list[uuid.UUID] = []
        self.sql = sqlite3.connect(":memory:")
        self.sql.execute(
            "CREATE TABLE entry (line INTEGER, charged INTEGER, document INTEGER, source TEXT,"
            " target TEXT, fen INTEGER)"
        )
        self._numbers = 10**6
        self._ids: Iterator[uuid.UUID] = iter(self._new_id, None)
        self._fund(self.books.lines)
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (22, self._freeze),
            (26, self._occupy),
            (14, self._convert),
            (18, self._execute),
            (10, self._release),
            (3, self._close_request),
            (3, self._reverse),
            (2, self._transfer),
            (2, self._adjust),
        ]

    def _new_id(self) -> uuid.UUID:
        self._numbers += 1
        return uuid.UUID(int=self._numbers)

    def _fund(self, lines: dict[uuid.UUID, LineSnapshot]) -> None:
        """Each line's opening budget as its first entry."""
        for line_id, line in lines.items():
            fen = line.figures.approved_fen
            self.books.balances[line_id, Account.APPROVED] = -fen
            self.books.balances[line_id, Account.AVAILABLE] = fen
            entry = (_number(line_id), _number(line_id), None, "approved", "available", fen)
            self.books.written.append(entry)

    def run(self, operations: int, tick: Callable[[], None]) -> None:
        weights = [weight for weight, _ in self._acts]
        acts = [act for _, act in self._acts]
        for number in range(1, operations + 1):
            self.rng.choices(acts, weights)[0]()
            if number % OPERATIONS_PER_YEAR == 0:
                self._year_end()
            tick()
        self.reconcile()

    # -------------------------------------------------------------- operations

    def _day(self) -> date:
        return date(self.year, 1, 1) + timedelta(days=self.rng.randrange(365))

    def _charges(self) -> tuple[Charge, ...]:
        lines = self.rng.sample(LEAVES, self.rng.choice((1, 1, 1, 2, 3)))
        return tuple(
            Charge(next_line(code, self.year), self.rng.randint(1, 60_000), f"lines.{index}")
            for index, code in enumerate(lines)
        )

    def _freeze(self) -> None:
        document = self._new_id()
        if self._do(Freeze(document, self._charges(), reason="x"), document):
            self.open.append(document)
            self.requests.append(document)
            if len(self.requests) > _REQUESTS_OPEN_MAX:
                self.requests.pop(0)

    def _occupy(self) -> None:
        document = self._new_id()
        if self._do(Occupy(document, self._charges(), reason="x"), document):
            self.open.append(document)

    def _convert(self) -> None:
        if not self.requests:
            return
        request = self.rng.choice(self.requests)
        holds = [hold for hold in self.books.holds[request].values() if hold.left_fen]
        if not holds:
            self.requests.remove(request)
            return
        document = self._new_id()
        charges = tuple(
            Charge(hold.line_id, self.rng.randint(1, hold.left_fen + 5_000), f"lines.{index}")
            for index, hold in enumerate(holds)
        )
        movement = Convert(document, charges, tuple(hold.id for hold in holds), reason="x")
        if self._do(movement, document, request):
            self.open.append(document)

    def _some(self) -> uuid.UUID | None:
        """A document that may hold something; those that do not any more are dropped on sight."""
        while self.open:
            at = self.rng.randrange(len(self.open))
            document = self.open[at]
            if self.books.left_fen(document) and len(self.open) <= _DOCUMENTS_OPEN_MAX:
                return document
            self.open[at] = self.open[-1]
            self.open.pop()
            if self.books.left_fen(document):
                return document
        return None

    def _takes(self, document: uuid.UUID) -> tuple[Take, ...] | None:
        if self.rng.random() < 0.6:  # noqa: PLR2004 - most documents are settled at once
            return None
        return tuple(
            Take(hold.id, self.rng.randint(1, hold.left_fen + 1))
            for hold in self.books.holds[document].values()
            if hold.left_fen
        ) or None  # fmt: skip

    def _execute(self) -> None:
        document = self._some()
        if document is not None and self._do(Execute(document, self._takes(document)), document):
            self.spent.append(document)
            if len(self.spent) > _SPENT_MAX:
                self.spent.pop(0)

    def _release(self) -> None:
        document = self._some()
        if document is not None:
            restore = frozenset(self.requests) if self.rng.random() < 0.5 else frozenset()  # noqa: PLR2004 - a coin
            self._do(Release(document, self._takes(document), restore), document)

    def _close_request(self) -> None:
        if self.requests:
            request = self.requests.pop(self.rng.randrange(len(self.requests)))
            self._do(Release(request), request)

    def _reverse(self) -> None:
        if self.spent:
            document = self.spent.pop(self.rng.randrange(len(self.spent)))
            self._do(Reverse(document), document)

    def _transfer(self) -> None:
        giving, gaining = self.rng.sample(LEAVES, 2)
        amount_fen = self.rng.randint(1, 300_000)
        ids = next_line(giving, self.year), next_line(gaining, self.year)
        self._do(Transfer(*ids, amount_fen, across_fund_sources=self.rng.random() < 0.5))  # noqa: PLR2004 - a coin

    def _adjust(self) -> None:
        line_id = next_line(self.rng.choice(LEAVES), self.year)
        amount_fen = self.rng.choice((1, -1)) * self.rng.randint(1, 400_000)
        self._do(Adjust(line_id, amount_fen))

    def _do(self, movement: Movement, *documents: uuid.UUID) -> bool:
        book = self.books.of(*documents)
        name = type(movement).__name__.lower()
        try:
            decision = decide_movement(book, movement, on=self._day(), ids=self._ids)
        except Refusal as refusal:
            self.tally.refused[refusal.code] += 1
            if refusal.code == _WANT_OF_BUDGET and isinstance(movement, Freeze | Occupy):
                self._check_refusal(movement)
            return False
        self.books.write(decision, documents[0] if documents else None)
        self.tally.done[name] += 1
        self._check(decision)
        return True

    def _year_end(self) -> None:
        """Open the next year's lines, carry or lapse, close, and reconcile what was written."""
        following = lines_of_year(self.year + 1, self.rng)
        old = dict(self.books.lines)
        self.books.lines = {**old, **following}
        self._fund(following)
        closing = [
            ClosingLine(
                next_line(code, self.year),
                None if code not in LEAVES else _rule(code),
                next_line(code, self.year + 1),
            )
            for code in PATHS
        ]
        everything = self.books.of(*self.books.holds)
        decision = decide_year_end(everything, closing, ids=self._ids)
        self.books.write(decision, None)
        self.tally.done["year end"] += 1
        self._check(decision)
        self.reconcile()
        self.books.lines = {line_id: self.books.lines[line_id] for line_id in following}
        self._forget_the_settled(set(following))
        self.year += 1

    def _forget_the_settled(self, current: set[uuid.UUID]) -> None:
        """Keep documents that hold something on a line of the new year, as they are then."""
        kept: dict[uuid.UUID, dict[uuid.UUID, HoldSnapshot]] = {}
        for document, holds in self.books.holds.items():
            alive = {key: hold for key, hold in holds.items() if hold.line_id in current}
            if alive:
                kept[document] = alive
        self.books.holds = kept
        self.books.by_id = {key: hold for holds in kept.values() for key, hold in holds.items()}
        self.spent.clear()
        self.open = [document for document in self.open if document in kept]
        self.requests = [document for document in self.requests if document in kept]

    # -------------------------------------------------------------- checks

    def _check(self, decision: Decision) -> None:
        for line in decision.lines:
            figures = line.figures
            sums = [self.books.balances.get((line.id, account), 0) for account in Account]
            expected = [
                -figures.approved_fen,
                -figures.adjusted_fen,
                figures.available_fen,
                figures.frozen_fen,
                figures.occupied_fen,
                figures.executed_fen,
            ]
            if sums != expected or sum(sums) != 0:
                self.tally.breaks.append(f"I2: {line.name} {sums} is not {expected}")
            ceiling_fen = figures.total_fen
            if line.mode is ControlMode.ELASTIC:
                ceiling_fen += figures.total_fen * line.over_rate_bp // FULL_BP
            controlled = line.mode in {ControlMode.RIGID, ControlMode.ELASTIC}
            if controlled and figures.used_fen > ceiling_fen:
                self.tally.breaks.append(f"I1: {line.name} used {figures.used_fen}")
            if any(type(fen) is not int for fen in expected):
                self.tally.breaks.append(f"I10: {line.name} {expected}")

    def _check_refusal(self, movement: Freeze | Occupy) -> None:
        """Some covering line had too little room, by the balances of the entries alone."""
        demand: Counter[uuid.UUID] = Counter()
        for charge in movement.charges:
            code = next(code for code in LEAVES if next_line(code, self.year) == charge.line_id)
            for covering in PATHS[code]:
                demand[next_line(covering, self.year)] += charge.amount_fen
        for line_id, fen in demand.items():
            line = self.books.lines[line_id]
            if line.window is not CheckWindow.YEAR:
                return  # a month's plan may be what refuses; its figures are not in the entries
            available_fen = self.books.balances.get((line_id, Account.AVAILABLE), 0)
            over_fen = line.figures.total_fen * line.over_rate_bp // FULL_BP
            if fen > available_fen + (over_fen if line.mode is ControlMode.ELASTIC else 0):
                return
        self.tally.breaks.append(f"I3: {dict(demand)} was refused without need")

    def reconcile(self) -> None:
        """Sum the written entries by SQL, by line and by document, and compare."""
        self.sql.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", self.books.written)
        self.books.written.clear()
        sums = self.sql.execute(
            "SELECT line, sum(fen * ((target = 'frozen') - (source = 'frozen'))),"
            " sum(fen * ((target = 'occupied') - (source = 'occupied'))),"
            " sum(fen * ((target = 'executed') - (source = 'executed'))) FROM entry GROUP BY line"
        )
        by_line = {uuid.UUID(int=line): tuple(fen) for line, *fen in sums}
        held: dict[uuid.UUID, list[int]] = {}
        for holds in self.books.holds.values():
            for hold in holds.values():
                if hold.line_id in self.books.lines:
                    for covering in Book(self.books.lines).path(hold.line_id):
                        sums_of = held.setdefault(covering.id, [0, 0, 0])
                        sums_of[0 if hold.account is Account.FROZEN else 1] += hold.left_fen
                        sums_of[2] += hold.executed_fen
        for line_id, line in self.books.lines.items():
            figures = line.figures
            own = (figures.frozen_fen, figures.occupied_fen, figures.executed_fen)
            if by_line.get(line_id, (0, 0, 0)) != own:
                self.tally.breaks.append(f"SQL: {line.name} {by_line.get(line_id)} is not {own}")
            if tuple(held.get(line_id, (0, 0, 0))) != own:
                self.tally.breaks.append(f"holds: {line.name} {held.get(line_id)} is not {own}")


def _number(key: uuid.UUID) -> int:
    """The simulation's ids are small numbers; SQLite groups by them quickly."""
    return key.int


def _rule(code: str) -> CarryRule:
    return CarryRule.CARRY if LEAVES.index(code) % 2 else CarryRule.LAPSE


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--operations", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    console = Console()
    simulation = Simulation(given.seed)
    started = time.perf_counter()
    with Progress(console=console) as progress:
        task = progress.add_task("operations", total=given.operations)
        steps = iter(range(1, given.operations + 1))

        def tick() -> None:
            if next(steps) % 1_000 == 0:
                progress.advance(task, 1_000)

        simulation.run(given.operations, tick)
    seconds = time.perf_counter() - started
    table = Table("operation", "done", title=f"seed {given.seed}: {given.operations:,} operations")
    for name, count in simulation.tally.done.most_common():
        table.add_row(name, f"{count:,}")
    for code, count in simulation.tally.refused.most_common():
        table.add_row(f"refused {code}", f"{count:,}")
    console.print(table)
    entries = simulation.sql.execute("SELECT count(*) FROM entry").fetchone()[0]
    for found in simulation.tally.breaks[:10]:
        console.print(f"[red]{found}")
    console.print(
        f"{len(simulation.tally.breaks)} breaks, {entries:,} entries reconciled by SQL,"
        f" {given.operations / seconds:,.0f} operations/s"
    )
    return 1 if simulation.tally.breaks else 0


if __name__ == "__main__":
    raise SystemExit(main())
