"""Closing a year: what is left lapses or is carried into the next year's line.

The rule comes from the line's fund source. A line of no source in particular (a total of lines
below it) carries what its lines carry and lets the rest lapse. What documents still hold goes with
its line: carried, it is held again on the new line; lapsed, the document holds it no more.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mobile_hrp.domain.budget.control import check_charges, require_allowed
from mobile_hrp.domain.budget.guards import require_open
from mobile_hrp.domain.budget.posting import Posting
from mobile_hrp.domain.budget.snapshot import Book, Decision, HoldSnapshot, month_of
from mobile_hrp.domain.budget.terms import Account, CarryRule, HoldEnd, MovementKind
from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """A line of the old year. ``rule`` is None for a line of no fund source in particular."""

    line_id: uuid.UUID
    rule: CarryRule | None
    next_line_id: uuid.UUID | None


def decide_year_end(
    book: Book, closing: Sequence[ClosingLine], *, ids: Iterator[uuid.UUID]
) -> Decision:
    """Empty the closing lines. The book holds them, their next lines with ancestors, and all holds.

    Raises:
        Refusal: PERIOD_CLOSED, BUDGET_YEAR_END_LINE_MISSING where something is carried and there
            is no line to carry it to, BUDGET_EXCEEDED where the new lines above have no room for
            what documents go on holding, BUDGET_TREE_CIRCULAR.
    """
    by_line = {each.line_id: each for each in closing}
    posting = Posting(book)
    carried_holds = _end_holds(book, posting, by_line)
    carried: dict[uuid.UUID, int] = {}
    for line_id in _children_first(book, by_line):
        carried[line_id] = _empty(book, posting, by_line[line_id], carried)
    _hold_again(book, posting, by_line, carried_holds, ids)
    return posting.decision()


def _end_holds(
    book: Book, posting: Posting, by_line: Mapping[uuid.UUID, ClosingLine]
) -> list[HoldSnapshot]:
    """End every open hold of the lines; answer with those that go on in the new year."""
    carried = []
    for hold in book.holds.values():
        closing = by_line.get(hold.line_id)
        if closing is None or not hold.left_fen:
            continue
        carries = closing.rule is CarryRule.CARRY
        posting.take(hold, hold.left_fen, HoldEnd.CARRIED if carries else HoldEnd.LAPSED)
        posting.post(
            MovementKind.CARRY if carries else MovementKind.LAPSE,
            line_id=hold.line_id,
            hold_id=hold.id,
            source=hold.account,
            target=Account.AVAILABLE,
            amount_fen=hold.left_fen,
            month=hold.month,
        )
        if carries:
            carried.append(hold)
    return carried


def _children_first(book: Book, by_line: Mapping[uuid.UUID, ClosingLine]) -> list[uuid.UUID]:
    depth = {line_id: len(book.path(line_id)) for line_id in by_line}
    return sorted(by_line, key=lambda line_id: (-depth[line_id], line_id))


def _empty(
    book: Book, posting: Posting, closing: ClosingLine, carried: Mapping[uuid.UUID, int]
) -> int:
    """Take what is available off one line; answer with what its next line got."""
    line = posting.line(closing.line_id)
    require_open((line,))
    left_fen = max(line.figures.available_fen, 0)
    carried_fen = left_fen if closing.rule is CarryRule.CARRY else 0
    if closing.rule is None:
        below = sum(fen for key, fen in carried.items() if book.lines[key].parent_id == line.id)
        carried_fen = min(left_fen, below)
    for kind, fen in (
        (MovementKind.CARRY, carried_fen),
        (MovementKind.LAPSE, left_fen - carried_fen),
    ):
        if fen:
            posting.post(
                kind,
                line_id=line.id,
                source=Account.AVAILABLE,
                target=Account.ADJUSTED,
                amount_fen=fen,
                month=month_of(line.last_day),
                over=(line,),
            )
    if carried_fen:
        next_line = book.lines[_next_of(book, closing)]
        require_open((next_line,))
        posting.post(
            MovementKind.CARRY,
            line_id=next_line.id,
            source=Account.ADJUSTED,
            target=Account.AVAILABLE,
            amount_fen=carried_fen,
            month=month_of(next_line.first_day),
            over=(next_line,),
        )
    return carried_fen


def _hold_again(
    book: Book,
    posting: Posting,
    by_line: Mapping[uuid.UUID, ClosingLine],
    holds: Sequence[HoldSnapshot],
    ids: Iterator[uuid.UUID],
) -> None:
    charges: dict[uuid.UUID, int] = {}
    month = 0
    for hold in holds:
        next_id = _next_of(book, by_line[hold.line_id])
        charges[next_id] = charges.get(next_id, 0) + hold.left_fen
        month = max(month, month_of(book.lines[next_id].first_day))
    after = book.after(posting.decision())
    # The money was promised in the old year, reason or extra approval included; only a line that
    # has no room at all stands against it.
    require_allowed(check_charges(after, charges, month), paths={}, reason="carried")
    for hold in holds:
        next_id = _next_of(book, by_line[hold.line_id])
        posting.hold_anew(
            MovementKind.CARRY,
            hold_id=next(ids),
            document_id=hold.document_id,
            line_id=next_id,
            state=hold.state,
            amount_fen=hold.left_fen,
            month=month_of(book.lines[next_id].first_day),
            document_line_id=hold.document_line_id,
            source_hold_id=hold.id,
        )


def _next_of(book: Book, closing: ClosingLine) -> uuid.UUID:
    if closing.next_line_id is None or closing.next_line_id not in book.lines:
        line = book.lines[closing.line_id]
        raise Refusal("BUDGET_YEAR_END_LINE_MISSING", line=line.name, line_id=str(line.id))
    return closing.next_line_id
