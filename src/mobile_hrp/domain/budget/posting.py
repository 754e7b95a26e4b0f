"""Builds a decision entry by entry over copies of the locked rows."""

import uuid
from collections.abc import Iterable
from dataclasses import replace

from mobile_hrp.domain.budget.snapshot import (
    Book,
    Decision,
    Entry,
    HoldSnapshot,
    LineSnapshot,
    Verdict,
)
from mobile_hrp.domain.budget.terms import Account, HoldEnd, HoldState, MovementKind


class Posting:
    """Collects the effect of one movement. The book it started from stays as it was."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lines: dict[uuid.UUID, LineSnapshot] = {}
        self._holds: dict[uuid.UUID, HoldSnapshot] = {}
        self._entries: list[Entry] = []

    def line(self, line_id: uuid.UUID) -> LineSnapshot:
        """The line as the entries so far have made it."""
        return self._lines.get(line_id) or self._book.lines[line_id]

    def hold(self, hold_id: uuid.UUID) -> HoldSnapshot:
        return self._holds.get(hold_id) or self._book.holds[hold_id]

    def post(
        self,
        kind: MovementKind,
        *,
        line_id: uuid.UUID,
        source: Account,
        target: Account,
        amount_fen: int,
        month: int,
        hold_id: uuid.UUID | None = None,
        over: Iterable[LineSnapshot] | None = None,
    ) -> None:
        """Append one entry per line of ``over`` (the whole path to the root unless given)."""
        for covering in self._book.path(line_id) if over is None else over:
            line = self._lines.get(covering.id, covering)
            self._lines[line.id] = line.posted(source, target, amount_fen, month)
            self._entries.append(
                Entry(kind, line.id, line_id, hold_id, source, target, amount_fen, month)
            )

    def open_hold(self, hold: HoldSnapshot) -> None:
        self._holds[hold.id] = hold

    def take(self, hold: HoldSnapshot, amount_fen: int, end: HoldEnd) -> None:
        self._holds[hold.id] = self.hold(hold.id).taken(amount_fen, end)

    def reversed_hold(self, hold: HoldSnapshot, amount_fen: int) -> None:
        now = self.hold(hold.id)
        self._holds[hold.id] = replace(now, executed_fen=now.executed_fen - amount_fen)

    def hold_anew(
        self,
        kind: MovementKind,
        *,
        hold_id: uuid.UUID,
        document_id: uuid.UUID,
        line_id: uuid.UUID,
        state: HoldState,
        amount_fen: int,
        month: int,
        source: Account = Account.AVAILABLE,
        document_line_id: uuid.UUID | None = None,
        source_hold_id: uuid.UUID | None = None,
    ) -> None:
        """Open a hold and post its money from ``source`` into it."""
        hold = HoldSnapshot(
            id=hold_id,
            document_id=document_id,
            line_id=line_id,
            state=state,
            amount_fen=amount_fen,
            left_fen=amount_fen,
            month=month,
            document_line_id=document_line_id,
            source_hold_id=source_hold_id,
        )
        self.open_hold(hold)
        self.post(
            kind,
            line_id=line_id,
            hold_id=hold_id,
            source=source,
            target=hold.account,
            amount_fen=amount_fen,
            month=month,
        )

    def decision(self, verdicts: tuple[Verdict, ...] = ()) -> Decision:
        return Decision(
            entries=tuple(self._entries),
            lines=tuple(line for _, line in sorted(self._lines.items())),
            holds=tuple(self._holds.values()),
            verdicts=verdicts,
        )
