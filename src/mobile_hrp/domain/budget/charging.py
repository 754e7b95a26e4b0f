"""Taking budget: a request freezes, a claim occupies or converts a request's freeze."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date

from mobile_hrp.domain.budget.control import check_charges, require_allowed
from mobile_hrp.domain.budget.guards import require_amount, require_open
from mobile_hrp.domain.budget.movements import Charge, Commit, Convert, Freeze, Occupy, Take
from mobile_hrp.domain.budget.posting import Posting
from mobile_hrp.domain.budget.snapshot import Book, Decision, HoldSnapshot, Verdict, month_of
from mobile_hrp.domain.budget.terms import Account, HoldEnd, HoldState, MovementKind
from mobile_hrp.domain.refusal import Refusal

ChargeMovement = Freeze | Occupy | Convert


def decide_charge(
    book: Book, movement: ChargeMovement, *, on: date, ids: Iterator[uuid.UUID]
) -> Decision:
    """Convert what the request froze, check the rest of the charges together and take it."""
    _require_chargeable(book, movement, on)
    posting = Posting(book)
    converted, fresh = _split(book, movement)
    verdicts = check_charges(book, _by_line(fresh), month_of(on))
    require_allowed(verdicts, paths=_input_paths(book, fresh), reason=movement.reason)
    for charge, take in converted:
        take_over(
            posting,
            book.holds[take.hold_id],
            take.amount_fen,
            hold_id=next(ids),
            document_id=movement.document_id,
            document_line_id=charge.document_line_id,
        )
    state = _state_of_fresh(movement)
    for charge in fresh:
        posting.hold_anew(
            MovementKind.FREEZE if state is HoldState.FROZEN else MovementKind.OCCUPY,
            hold_id=next(ids),
            document_id=movement.document_id,
            line_id=_line_of(charge),
            state=state,
            amount_fen=charge.amount_fen,
            month=month_of(on),
            document_line_id=charge.document_line_id,
        )
    return posting.decision(verdicts)


def preview_charge(book: Book, movement: ChargeMovement, *, on: date) -> tuple[Verdict, ...]:
    """What every covering line would say, without refusing for want of money or of a reason."""
    _require_chargeable(book, movement, on)
    return check_charges(book, _by_line(_split(book, movement)[1]), month_of(on))


def decide_commitment(book: Book, movement: Commit, ids: Iterator[uuid.UUID]) -> Decision:
    """Own freezes become occupied, hold by hold. Without any there is nothing to do."""
    posting = Posting(book)
    for hold in book.holds.values():
        if hold.document_id == movement.document_id and hold.state is HoldState.FROZEN:
            require_open(book.path(hold.line_id))
            take_over(
                posting,
                hold,
                hold.left_fen,
                hold_id=next(ids),
                document_id=hold.document_id,
                document_line_id=hold.document_line_id,
            )
    return posting.decision()


def take_over(
    posting: Posting,
    hold: HoldSnapshot,
    amount_fen: int,
    *,
    hold_id: uuid.UUID,
    document_id: uuid.UUID,
    document_line_id: uuid.UUID | None,
    state: HoldState = HoldState.OCCUPIED,
    kind: MovementKind = MovementKind.CONVERT,
    end: HoldEnd = HoldEnd.CONVERTED,
) -> None:
    """Part of a hold becomes a hold of its own, of the same line and month.

    The money was set aside in the first hold's month; moving it to another could make a month
    overrun that it had already been promised against. Where the account stays the same, the entry
    passes through what is available: an entry from an account to itself would say nothing.
    """
    held = posting.hold(hold.id)
    source = held.account
    posting.take(held, amount_fen, end)
    if (source is Account.FROZEN) == (state is HoldState.FROZEN):
        posting.post(
            kind,
            line_id=held.line_id,
            hold_id=held.id,
            source=source,
            target=Account.AVAILABLE,
            amount_fen=amount_fen,
            month=held.month,
        )
        source = Account.AVAILABLE
    posting.hold_anew(
        kind,
        hold_id=hold_id,
        document_id=document_id,
        line_id=held.line_id,
        state=state,
        amount_fen=amount_fen,
        month=held.month,
        source=source,
        document_line_id=document_line_id,
        source_hold_id=held.id,
    )


def _state_of_fresh(movement: ChargeMovement) -> HoldState:
    match movement:
        case Freeze():
            return HoldState.FROZEN
        case Convert():
            return movement.rest
        case Occupy():
            return HoldState.OCCUPIED


def _split(
    book: Book, movement: ChargeMovement
) -> tuple[tuple[tuple[Charge, Take], ...], tuple[Charge, ...]]:
    """Match charges with the requests' holds of the same line, in order; the rest is fresh."""
    request_holds = movement.request_holds if isinstance(movement, Convert) else ()
    left = {hold_id: book.holds[hold_id].left_fen for hold_id in request_holds}
    converted: list[tuple[Charge, Take]] = []
    fresh: list[Charge] = []
    for charge in movement.charges:
        wanted_fen = charge.amount_fen
        for hold_id, left_fen in left.items():
            part_fen = min(wanted_fen, left_fen)
            if part_fen and book.holds[hold_id].line_id == charge.line_id:
                converted.append((charge, Take(hold_id, part_fen)))
                left[hold_id] -= part_fen
                wanted_fen -= part_fen
        if wanted_fen:
            fresh.append(Charge(charge.line_id, wanted_fen, charge.path, charge.document_line_id))
    return tuple(converted), tuple(fresh)


def _require_chargeable(book: Book, movement: ChargeMovement, on: date) -> None:
    if not movement.charges:
        raise Refusal("NO_COVERING_LINE", line_id="")
    for charge in movement.charges:
        require_amount(charge.amount_fen, charge.path)
        if charge.line_id is None or charge.line_id not in book.lines:
            raise Refusal("NO_COVERING_LINE", path=charge.path, line_id=str(charge.line_id or ""))
        path = book.path(charge.line_id)
        require_open(path, charge.path)
        for line in path:
            if line.campus_id is not None and line.campus_id != movement.campus_id:
                raise Refusal("LINE_OF_OTHER_CAMPUS", path=charge.path, line=line.name)
            if not line.first_day <= on <= line.last_day:
                raise Refusal(
                    "PERIOD_CLOSED",
                    path=charge.path,
                    line=line.name,
                    first_day=line.first_day.isoformat(),
                    last_day=line.last_day.isoformat(),
                )


def _input_paths(book: Book, charges: Sequence[Charge]) -> dict[uuid.UUID, str]:
    """The first input field that leads to each covering line."""
    paths: dict[uuid.UUID, str] = {}
    for charge in charges:
        for line in book.path(_line_of(charge)):
            paths.setdefault(line.id, charge.path)
    return paths


def _by_line(charges: Sequence[Charge]) -> dict[uuid.UUID, int]:
    by_line: dict[uuid.UUID, int] = {}
    for charge in charges:
        line_id = _line_of(charge)
        by_line[line_id] = by_line.get(line_id, 0) + charge.amount_fen
    return by_line


def _line_of(charge: Charge) -> uuid.UUID:
    if charge.line_id is None:
        raise Refusal("NO_COVERING_LINE", path=charge.path, line_id="")
    return charge.line_id
