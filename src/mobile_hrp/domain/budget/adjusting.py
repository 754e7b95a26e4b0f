"""What must move so that a document holds what it now asks for, and nothing more.

Used where a document changes while it holds money: an approver deducts, an approved document is
altered, a repayment frees part of a loan. What a document holds less of is given back in the order
in which it would not have been taken: first what it took anew, the last fen first, and only then
what it has of its requests.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mobile_hrp.domain.budget.movements import Charge, Convert, Execute, Movement, Release, Take
from mobile_hrp.domain.budget.settling import request_of
from mobile_hrp.domain.budget.snapshot import Book, HoldSnapshot
from mobile_hrp.domain.budget.terms import HoldState


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests a document may use, in the order in which it uses them.

    ``open`` are those that still take money back; ``occupied`` hold theirs as an occupation.
    """

    ids: tuple[uuid.UUID, ...] = ()
    open: frozenset[uuid.UUID] = frozenset()
    occupied: frozenset[uuid.UUID] = frozenset()


NO_REQUESTS = Requests()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a document asks for. ``used_fen`` (by line) others have taken out of what it held."""

    document_id: uuid.UUID
    charges: tuple[Charge, ...]
    state: HoldState
    campus_id: uuid.UUID | None = None
    reason: str = ""
    requests: Requests = NO_REQUESTS
    used_fen: Mapping[uuid.UUID, int] = field(default_factory=dict)


def open_holds(book: Book, document_id: uuid.UUID) -> list[HoldSnapshot]:
    return [
        hold for hold in book.holds.values() if hold.document_id == document_id and hold.left_fen
    ]


def release_down_to(
    book: Book, document_id: uuid.UUID, wanted_fen: Mapping[uuid.UUID, int], requests: Requests
) -> Release | None:
    """Give back what the document holds above ``wanted_fen`` of each budget line."""
    takes: list[Take] = []
    for line_id, held in _by_line(open_holds(book, document_id)).items():
        surplus_fen = sum(hold.left_fen for hold in held) - wanted_fen.get(line_id, 0)
        takes += _take(book, held, surplus_fen)
    return _release(document_id, takes, requests)


def release_amount(
    book: Book, document_id: uuid.UUID, amount_fen: int, requests: Requests
) -> Release | None:
    """Give back ``amount_fen`` of what the document holds, or all of it when that is less."""
    takes = _take(book, open_holds(book, document_id), amount_fen)
    return _release(document_id, takes, requests)


def execute_amount(book: Book, document_id: uuid.UUID, amount_fen: int) -> Execute | None:
    """Spend ``amount_fen`` of what the document holds, or all of it when that is less."""
    takes = _take(book, open_holds(book, document_id), amount_fen)
    return Execute(document_id, tuple(takes)) if takes else None


def additional(book: Book, wanted: Wanted) -> Convert | None:
    """What the document asks for above what it holds: of its requests first, the rest anew."""
    left = dict(wanted.used_fen)
    for hold in open_holds(book, wanted.document_id):
        left[hold.line_id] = left.get(hold.line_id, 0) + hold.left_fen
    missing: list[Charge] = []
    for charge in wanted.charges:
        if charge.line_id is None:
            missing.append(charge)  # the ledger says that nothing covers it
            continue
        covered_fen = min(charge.amount_fen, left.get(charge.line_id, 0))
        if covered_fen:
            left[charge.line_id] -= covered_fen
        if charge.amount_fen > covered_fen:
            rest_fen = charge.amount_fen - covered_fen
            missing.append(Charge(charge.line_id, rest_fen, charge.path, charge.document_line_id))
    if not missing:
        return None
    return Convert(
        wanted.document_id,
        tuple(missing),
        request_holds(book, wanted.requests),
        wanted.campus_id,
        wanted.reason,
        rest=wanted.state,
    )


def steps_towards(book: Book, wanted: Wanted) -> list[Movement]:
    """The movements after which the document holds exactly what it asks for."""
    by_line: dict[uuid.UUID, int] = {}
    for charge in wanted.charges:
        if charge.line_id is not None:
            by_line[charge.line_id] = by_line.get(charge.line_id, 0) + charge.amount_fen
    for line_id, used_fen in wanted.used_fen.items():
        by_line[line_id] = by_line.get(line_id, 0) - used_fen
    release = release_down_to(book, wanted.document_id, by_line, wanted.requests)
    more = additional(book, wanted)
    return [step for step in (release, more) if step is not None]


def request_holds(book: Book, requests: Requests) -> tuple[uuid.UUID, ...]:
    """What open requests still hold, in the order of the requests."""
    return tuple(
        hold.id
        for request_id in requests.ids
        if request_id in requests.open
        for hold in open_holds(book, request_id)
    )


def _take(book: Book, holds: Iterable[HoldSnapshot], amount_fen: int) -> list[Take]:
    """What was taken anew first and last goes first; ``False`` sorts before ``True``."""
    takes: list[Take] = []
    left_fen = amount_fen
    latest_first = list(holds)[::-1]
    ordered = sorted(latest_first, key=lambda hold: request_of(book, hold) is not None)
    for hold in ordered:
        part_fen = min(hold.left_fen, left_fen)
        if part_fen > 0:
            takes.append(Take(hold.id, part_fen))
            left_fen -= part_fen
    return takes


def _release(document_id: uuid.UUID, takes: Sequence[Take], requests: Requests) -> Release | None:
    if not takes:
        return None
    return Release(
        document_id, tuple(takes), requests.open, restore_occupied=requests.open & requests.occupied
    )


def _by_line(holds: Iterable[HoldSnapshot]) -> Mapping[uuid.UUID, list[HoldSnapshot]]:
    by_line: dict[uuid.UUID, list[HoldSnapshot]] = defaultdict(list)
    for hold in holds:
        by_line[hold.line_id].append(hold)
    return by_line
