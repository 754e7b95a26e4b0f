"""What becomes of held budget: executed, released (or restored to its request), reversed."""

import uuid
from collections.abc import Iterator

from mobile_hrp.domain.budget.charging import take_over
from mobile_hrp.domain.budget.guards import require_amount, require_open
from mobile_hrp.domain.budget.movements import Execute, Release, Reverse, Take
from mobile_hrp.domain.budget.posting import Posting
from mobile_hrp.domain.budget.snapshot import Book, Decision, HoldSnapshot
from mobile_hrp.domain.budget.terms import Account, HoldEnd, HoldState, MovementKind
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal


def decide_execution(book: Book, movement: Execute) -> Decision:
    posting = Posting(book)
    for hold, amount_fen in _takes(book, movement.document_id, movement.takes):
        require_open(book.path(hold.line_id))
        posting.take(hold, amount_fen, HoldEnd.EXECUTED)
        posting.post(
            MovementKind.EXECUTE,
            line_id=hold.line_id,
            hold_id=hold.id,
            source=hold.account,
            target=Account.EXECUTED,
            amount_fen=amount_fen,
            month=hold.month,
        )
    return posting.decision()


def decide_release(book: Book, movement: Release, ids: Iterator[uuid.UUID]) -> Decision:
    posting = Posting(book)
    for hold, amount_fen in _takes(book, movement.document_id, movement.takes):
        require_open(book.path(hold.line_id))
        request_id = request_of(book, hold)
        if request_id in movement.restore_to:
            occupied = request_id in movement.restore_occupied
            take_over(
                posting,
                hold,
                amount_fen,
                hold_id=next(ids),
                document_id=request_id,
                document_line_id=None,
                state=HoldState.OCCUPIED if occupied else HoldState.FROZEN,
                kind=MovementKind.RESTORE,
                end=movement.end,
            )
            continue
        posting.take(hold, amount_fen, movement.end)
        posting.post(
            MovementKind.LAPSE if movement.end is HoldEnd.LAPSED else MovementKind.RELEASE,
            line_id=hold.line_id,
            hold_id=hold.id,
            source=hold.account,
            target=Account.AVAILABLE,
            amount_fen=amount_fen,
            month=hold.month,
        )
    return posting.decision()


def request_of(book: Book, hold: HoldSnapshot) -> uuid.UUID | None:
    """The document a hold was converted from, through the holder's own earlier holds."""
    source = hold
    while source.document_id == hold.document_id:
        before = book.holds.get(source.source_hold_id) if source.source_hold_id else None
        if before is None:
            return None
        source = before
    return source.document_id


def decide_reversal(book: Book, movement: Reverse) -> Decision:
    posting = Posting(book)
    takes = movement.takes
    if takes is None:
        takes = tuple(
            Take(hold.id, hold.executed_fen)
            for hold in book.holds.values()
            if hold.document_id == movement.document_id and hold.executed_fen
        )
    if not takes:
        raise Refusal("NOTHING_HELD", document_id=str(movement.document_id))
    for take in takes:
        hold = _own_hold(book, movement.document_id, take)
        if take.amount_fen > posting.hold(hold.id).executed_fen:
            raise _not_enough(take, posting.hold(hold.id).executed_fen)
        require_open(book.path(hold.line_id))
        posting.reversed_hold(hold, take.amount_fen)
        posting.post(
            MovementKind.REVERSE,
            line_id=hold.line_id,
            hold_id=hold.id,
            source=Account.EXECUTED,
            target=Account.AVAILABLE,
            amount_fen=take.amount_fen,
            month=hold.month,
        )
    return posting.decision()


def _takes(
    book: Book, document_id: uuid.UUID, takes: tuple[Take, ...] | None
) -> list[tuple[HoldSnapshot, int]]:
    """The holds to take from with their amounts; all that is left when none are named."""
    if takes is None:
        found = [
            (hold, hold.left_fen)
            for hold in book.holds.values()
            if hold.document_id == document_id and hold.left_fen
        ]
        if not found:
            raise Refusal("NOTHING_HELD", document_id=str(document_id))
        return found
    left: dict[uuid.UUID, int] = {}
    for take in takes:
        hold = _own_hold(book, document_id, take)
        left.setdefault(hold.id, hold.left_fen)
        if take.amount_fen > left[hold.id]:
            raise _not_enough(take, left[hold.id])
        left[hold.id] -= take.amount_fen
    return [(book.holds[take.hold_id], take.amount_fen) for take in takes]


def _own_hold(book: Book, document_id: uuid.UUID, take: Take) -> HoldSnapshot:
    require_amount(take.amount_fen, "amount")
    hold = book.holds.get(take.hold_id)
    if hold is None or hold.document_id != document_id:
        raise Refusal("HOLD_OF_OTHER_DOCUMENT", hold_id=str(take.hold_id))
    return hold


def _not_enough(take: Take, left_fen: int) -> Refusal:
    return Refusal(
        "HOLD_NOT_ENOUGH",
        hold_id=str(take.hold_id),
        left=format_money(left_fen),
        requested=format_money(take.amount_fen),
    )
