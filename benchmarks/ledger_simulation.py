"""A million random operations on the budget ledger, checked after each one.

    python -m benchmarks.ledger_simulation --operations 1000000 [--seed 1]

Freeze, occupy, convert, execute, release, close, reverse, transfer, adjust and year end, in random
order over a tree of rigid, elastic, warning and phased lines. After each operation:

* I1: no rigid line is used beyond its budget, no elastic one beyond its over-rate;
* I2: the figures of each touched line equal what its entries sum to, and its accounts sum to zero;
* I3: a claim refused for want of budget really had no room on some line;
* I10: every figure is an integer.

At each year end and at the last operation SQL (SQLite, over the entries and holds alone) sums the
ledger in three ways that must agree: the entries by line with the lines' figures, the documents'
holds by covering line with the same figures, and the entries with the holds by document (a claim
counts with the request it was converted from). At the end every entry ever written is summed again
by line: a closed year has not moved.
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

from benchmarks.ledger_world import (
    FIRST_YEAR,
    LEAVES,
    LINES_PER_YEAR,
    PATHS,
    SmallId,
    lines_of_year,
    next_line,
)
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
_MOVED = ", ".join(
    f"sum(fen * ((target = '{account}') - (source = '{account}')))"
    for account in (Account.FROZEN, Account.OCCUPIED, Account.EXECUTED)
)
_HELD = "sum(frozen), sum(occupied), sum(executed)"
# ruff: noqa: S608 - the parts put together here are our own
_ENTRIES_BY_LINE = f"SELECT line, {_MOVED} FROM entry WHERE line >= ? GROUP BY line"
_HOLDS_BY_LINE = f"SELECT line, {_HELD} FROM hold GROUP BY line"
_ENTRIES_BY_FAMILY = (
    f"SELECT family, {_MOVED} FROM entry WHERE line >= ? AND line = charged"
    " AND family IS NOT NULL GROUP BY family"
)
_HOLDS_BY_FAMILY = f"SELECT family, {_HELD} FROM hold WHERE line = charged GROUP BY family"
_WANT_OF_BUDGET = "BUDGET_EXCEEDED"


@dataclass
class Books:
    """The whole state, and next to it what the entries alone say."""

    lines: dict[uuid.UUID, LineSnapshot]
    holds: dict[uuid.UUID, dict[uuid.UUID, HoldSnapshot]] = field(default_factory=dict)
    by_id: dict[uuid.UUID, HoldSnapshot] = field(default_factory=dict)
    balances: dict[tuple[uuid.UUID, Account], int] = field(default_factory=dict)
    written: list[tuple[int, int, int | None, str, str, int]] = field(default_factory=list)
    families: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    """Which request a claim was converted from: money goes back and forth between the two."""

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

    def family_of(self, document: uuid.UUID) -> uuid.UUID:
        return self.families.get(document, document)

    def write(self, decision: Decision) -> None:
        for line in decision.lines:
            self.lines[line.id] = line
        for hold in decision.holds:
            self.holds.setdefault(hold.document_id, {})[hold.id] = hold
            self.by_id[hold.id] = hold
        for entry in decision.entries:
            family = None
            if entry.hold_id is not None:
                family = _number(self.family_of(self.by_id[entry.hold_id].document_id))
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
                    family,
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
        self.year = FIRST_YEAR
        self.books = Books(lines_of_year(self.year, self.rng))
        self.open: list[uuid.UUID] = []
        self.requests: list[uuid.UUID] = []
        self.spent: list[uuid.UUID] = []
        self.sql = sqlite3.connect(":memory:")
        self.sql.execute(
            "CREATE TABLE entry (line INTEGER, charged INTEGER, family INTEGER, source TEXT,"
            " target TEXT, fen INTEGER)"
        )
        self.sql.execute(
            "CREATE TABLE hold (line INTEGER, charged INTEGER, family INTEGER, frozen INTEGER,"
            " occupied INTEGER, executed INTEGER)"
        )
        self.summed = 0
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
        return SmallId(int=self._numbers)

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
        self.reconcile_all_years()

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
        if isinstance(movement, Convert):
            self.books.families[movement.document_id] = self.books.family_of(documents[1])
        self.books.write(decision)
        self.tally.done[name] += 1
        self._check(decision)
        return True

    def _year_end(self) -> None:
        """Open the next year's lines, carry or lapse, close, and reconcile what was written.

        Documents nobody will come back to are released first: they would be carried for ever, and
        a run of many years would spend its time on carrying them.
        """
        remembered = {*self.open, *self.requests}
        for document in [each for each in self.books.holds if each not in remembered]:
            if self.books.left_fen(document):
                self._do(Release(document), document)
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
        self.books.write(decision)
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
        """Sum entries and holds of the open years by SQL and compare them three ways."""
        self.sql.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", self.books.written)
        self.books.written.clear()
        self.sql.execute("DELETE FROM hold")
        self.sql.executemany("INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?)", self._held())
        first = self.year * LINES_PER_YEAR
        entries = dict(self._sums(_ENTRIES_BY_LINE, first))
        holds = dict(self._sums(_HOLDS_BY_LINE))
        for line_id, line in self.books.lines.items():
            figures = line.figures
            own = (figures.frozen_fen, figures.occupied_fen, figures.executed_fen)
            for name, sums in (("entries", entries), ("documents", holds)):
                if sums.get(_number(line_id), (0, 0, 0)) != own:
                    self.tally.breaks.append(f"SQL: {line.name} by {name} is not {own}")
        by_family = dict(self._sums(_ENTRIES_BY_FAMILY, first))
        for family, held in self._sums(_HOLDS_BY_FAMILY):
            if by_family.pop(family, (0, 0, 0)) != held:
                self.tally.breaks.append(f"SQL: document {family} holds {held}")
        self.tally.breaks += [
            f"SQL: document {family} moved {moved} and holds nothing"
            for family, moved in by_family.items()
            if any(moved)
        ]

    def reconcile_all_years(self) -> None:
        """Every entry of every year once more: what was closed stands as it was left."""
        balances = {
            (_number(key), account): fen for (key, account), fen in self.books.balances.items()
        }
        for account in Account:
            sums = self.sql.execute(
                "SELECT line, sum(fen * ((target = ?1) - (source = ?1))) FROM entry GROUP BY line",
                (account.value,),
            )
            for line, fen in sums:
                self.summed += 1
                known = balances.get((line, account), 0)
                if known != fen:
                    self.tally.breaks.append(f"SQL: line {line} {account.value} {fen}, not {known}")

    def _sums(self, query: str, *given: int) -> list[tuple[int, tuple[int, ...]]]:
        return [(key, tuple(fen)) for key, *fen in self.sql.execute(query, given)]

    def _held(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        """What each document holds, on every line that covers it."""
        book = Book(self.books.lines)
        for holds in self.books.holds.values():
            for hold in holds.values():
                if hold.line_id not in self.books.lines:
                    continue
                frozen = hold.left_fen if hold.account is Account.FROZEN else 0
                family = _number(self.books.family_of(hold.document_id))
                for covering in book.path(hold.line_id):
                    yield (
                        _number(covering.id),
                        _number(hold.line_id),
                        family,
                        frozen,
                        hold.left_fen - frozen,
                        hold.executed_fen,
                    )


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
    years = simulation.year - FIRST_YEAR + 1
    console.print(
        f"{len(simulation.tally.breaks)} breaks, {entries:,} entries reconciled by SQL"
        f" ({simulation.summed:,} balances of {years} years), {seconds:.0f} s,"
        f" {given.operations / seconds:,.0f} operations/s"
    )
    return 1 if simulation.tally.breaks else 0


if __name__ == "__main__":
    raise SystemExit(main())
