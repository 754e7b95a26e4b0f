"""Whatever is asked of the ledger in whatever order, the invariants of the books hold."""

import random
import uuid
from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.domain.budget.ledger_case import (
    HOSPITAL,
    OFFICE,
    OTHER,
    SURGERY,
    TRAVEL,
    Case,
    balances,
    below,
    book,
    line,
    number,
)
from tests.examples import as_many_as

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
from mobile_hrp.domain.budget.snapshot import MonthFigures
from mobile_hrp.domain.budget.terms import Account, CheckWindow, ControlMode, HoldState
from mobile_hrp.domain.refusal import Refusal

LEAVES = st.sampled_from([TRAVEL, OFFICE, OTHER])
AMOUNTS = st.integers(-5, 700)
DAYS = st.dates(date(2025, 12, 30), date(2027, 1, 2))
DOCUMENTS = st.sampled_from([number(n) for n in range(100, 106)])


class LedgerMachine(RuleBasedStateMachine):
    """A rigid hospital with a phased rigid line, an elastic and an uncontrolled one below."""

    def __init__(self) -> None:
        super().__init__()
        months = {202600 + n: MonthFigures(planned_fen=100) for n in range(1, 13)}
        self.case = Case(
            book(
                line(HOSPITAL, 3_000),
                line(SURGERY, 2_000, parent=HOSPITAL),
                line(TRAVEL, 1_200, parent=SURGERY, window=CheckWindow.YTD, months=months),
                line(OFFICE, 900, parent=SURGERY, mode=ControlMode.ELASTIC, over_rate_bp=1_000),
                line(OTHER, 300, parent=HOSPITAL, mode=ControlMode.NONE),
            )
        )
        self.start = self.case.book

    def attempt(self, movement: Movement, on: date) -> None:
        before = self.case.book
        try:
            self.case.do(movement, on)
        except Refusal:
            assert self.case.book is before

    @rule(document=DOCUMENTS, line_id=LEAVES, amount_fen=AMOUNTS, on=DAYS, frozen=st.booleans())
    def take(
        self, document: uuid.UUID, line_id: uuid.UUID, amount_fen: int, on: date, frozen: bool
    ) -> None:
        kind = Freeze if frozen else Occupy
        self.attempt(kind(document, (Charge(line_id, amount_fen),), reason="needed"), on)

    @rule(request=DOCUMENTS, claim=DOCUMENTS, line_id=LEAVES, amount_fen=AMOUNTS, on=DAYS)
    def convert(
        self,
        request: uuid.UUID,
        claim: uuid.UUID,
        line_id: uuid.UUID,
        amount_fen: int,
        on: date,
    ) -> None:
        held = tuple(self.case.holds_of(request))
        self.attempt(Convert(claim, (Charge(line_id, amount_fen),), held, reason="needed"), on)

    @rule(document=DOCUMENTS, on=DAYS, part_fen=st.none() | AMOUNTS)
    def execute(self, document: uuid.UUID, on: date, part_fen: int | None) -> None:
        self.attempt(Execute(document, self.takes(document, part_fen)), on)

    @rule(
        document=DOCUMENTS,
        on=DAYS,
        part_fen=st.none() | AMOUNTS,
        restore_to=st.frozensets(DOCUMENTS),
    )
    def release(
        self, document: uuid.UUID, on: date, part_fen: int | None, restore_to: frozenset[uuid.UUID]
    ) -> None:
        self.attempt(Release(document, self.takes(document, part_fen), restore_to), on)

    @rule(document=DOCUMENTS, on=DAYS, part_fen=st.none() | AMOUNTS)
    def reverse(self, document: uuid.UUID, on: date, part_fen: int | None) -> None:
        self.attempt(Reverse(document, self.takes(document, part_fen)), on)

    @rule(line_id=LEAVES, amount_fen=st.integers(-700, 700), on=DAYS)
    def adjust(self, line_id: uuid.UUID, amount_fen: int, on: date) -> None:
        self.attempt(Adjust(line_id, amount_fen), on)

    @rule(from_line=LEAVES, to_line=LEAVES, amount_fen=AMOUNTS, on=DAYS)
    def transfer(self, from_line: uuid.UUID, to_line: uuid.UUID, amount_fen: int, on: date) -> None:
        self.attempt(Transfer(from_line, to_line, amount_fen), on)

    def takes(self, document: uuid.UUID, part_fen: int | None) -> tuple[Take, ...] | None:
        held = self.case.holds_of(document)
        if part_fen is None or not held:
            return None
        return (Take(held[part_fen % len(held)], part_fen),)

    @invariant()
    def no_state_is_negative_and_no_controlled_line_overruns(self) -> None:
        for each in self.case.book.lines.values():
            figures = each.figures
            assert min(figures.frozen_fen, figures.occupied_fen, figures.executed_fen) >= 0
            assert figures.total_fen >= 0
            if each.mode is ControlMode.RIGID:
                assert figures.available_fen >= 0
            if each.mode is ControlMode.ELASTIC:
                ceiling_fen = figures.total_fen * (10_000 + each.over_rate_bp) // 10_000
                assert figures.used_fen <= ceiling_fen

    @invariant()
    def figures_are_the_holds_of_the_lines_below(self) -> None:
        for line_id, each in self.case.book.lines.items():
            under = below(self.case.book, line_id)
            holds = [hold for hold in self.case.book.holds.values() if hold.line_id in under]
            frozen = sum(hold.left_fen for hold in holds if hold.state is HoldState.FROZEN)
            occupied = sum(hold.left_fen for hold in holds if hold.state is HoldState.OCCUPIED)
            assert each.figures.frozen_fen == frozen
            assert each.figures.occupied_fen == occupied
            assert each.figures.executed_fen == sum(hold.executed_fen for hold in holds)

    @invariant()
    def a_hold_has_an_end_exactly_when_nothing_is_left(self) -> None:
        for hold in self.case.book.holds.values():
            assert (hold.end is not None) == (hold.left_fen == 0)
            assert (hold.state is HoldState.ENDED) == (hold.left_fen == 0)
            assert 0 <= hold.left_fen <= hold.amount_fen
            assert 0 <= hold.executed_fen <= hold.amount_fen - hold.left_fen

    @invariant()
    def entries_alone_give_the_figures_and_sum_to_zero(self) -> None:
        assert all(entry.amount_fen > 0 for entry in self.case.entries)
        for line_id, each in self.case.book.lines.items():
            sums = balances(self.case.entries, line_id)
            first = self.start.lines[line_id].figures
            assert sum(sums.values()) == 0
            assert each.figures.adjusted_fen == -sums[Account.ADJUSTED]
            assert each.figures.frozen_fen == sums[Account.FROZEN]
            assert each.figures.occupied_fen == sums[Account.OCCUPIED]
            assert each.figures.executed_fen == sums[Account.EXECUTED]
            assert each.figures.available_fen == first.available_fen + sums[Account.AVAILABLE]

    @invariant()
    def the_months_of_a_phased_line_sum_to_its_use(self) -> None:
        phased = self.case.book.lines[TRAVEL]
        assert sum(month.used_fen for month in phased.months.values()) == phased.figures.used_fen
        assert all(month.used_fen >= 0 for month in phased.months.values())
        assert sum(month.planned_fen for month in phased.months.values()) == (
            phased.figures.total_fen
        )


LedgerMachine.TestCase.settings = settings(
    max_examples=as_many_as(120), stateful_step_count=30, deadline=None
)
TestLedgerInvariants = LedgerMachine.TestCase


def test_the_same_history_gives_the_same_books() -> None:
    def play(seed: int) -> Case:
        dice = random.Random(seed)  # noqa: S311 - a replayable history, not a secret
        machine = LedgerMachine()
        documents = [number(n) for n in range(100, 106)]
        for _ in range(300):
            machine.take(
                dice.choice(documents),
                dice.choice([TRAVEL, OFFICE, OTHER]),
                dice.randint(1, 50),
                date(2026, dice.randint(1, 12), 1),
                dice.random() < 0.5,
            )
            machine.release(dice.choice(documents), date(2026, 6, 1), None, frozenset())
        return machine.case

    first, second = play(7), play(7)
    assert first.entries == second.entries
    assert first.book == second.book
    assert play(8).entries != first.entries
