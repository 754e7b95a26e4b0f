"""Budget of documents that change while they hold it: approved, reduced, altered, given back.

As in ``services.budget.movements`` everything runs inside the caller's transaction, after the
document and the requests it uses have been locked.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from mobile_hrp.domain.budget.adjusting import (
    NO_REQUESTS,
    Requests,
    Wanted,
    additional,
    execute_amount,
    release_amount,
    release_down_to,
)
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import Charge, Commit, Movement, Reverse
from mobile_hrp.domain.budget.snapshot import Book
from mobile_hrp.domain.budget.terms import HoldState, Outcome
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget.book import budget_day, read_book
from mobile_hrp.services.budget.movements import (
    BudgetOutcome,
    Step,
    line_ids_of,
    take_steps,
    wanted_by,
)


class Adjustment(Enum):
    """Which way a document's holds may go."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


async def commit_for_document(
    session: WriteSession,
    *,
    document: Document,
    lines: Sequence[DocumentLine],
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
    requests: Requests = NO_REQUESTS,
    used_fen: Mapping[uuid.UUID, int] | None = None,
) -> BudgetOutcome:
    """The approval: what the document froze is occupied without being asked of the line again.

    What it holds too much goes back, what it does not hold yet is taken as by a claim.
    ``used_fen`` (by line) was taken out of it by claims.

    Raises:
        Refusal: see ``decide_movement``.
    """
    wanted = wanted_by(
        document, lines, HoldState.OCCUPIED, reason=reason, requests=requests, used_fen=used_fen
    )
    return await take_steps(
        session,
        document,
        [Commit(document.id), _surplus(wanted), lambda book: additional(book, wanted)],
        wanted,
        actor_id=actor_id,
        now=now,
    )


async def adjust_for_document(
    session: WriteSession,
    *,
    document: Document,
    charges: Sequence[Charge],
    state: HoldState,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
    requests: Requests = NO_REQUESTS,
    used_fen: Mapping[uuid.UUID, int] | None = None,
    adjustment: Adjustment = Adjustment.BOTH,
) -> BudgetOutcome:
    """Let the document hold ``charges``: give back the surplus, take what is missing.

    What stays is not asked of the line again; ``state`` is that of what is taken anew.

    Raises:
        Refusal: see ``decide_movement``.
    """
    wanted = Wanted(
        document.id, tuple(charges), state, document.campus_id, reason, requests, used_fen or {}
    )
    steps: list[Step] = []
    if adjustment is not Adjustment.UP:
        steps.append(_surplus(wanted))
    if adjustment is not Adjustment.DOWN:
        steps.append(lambda book: additional(book, wanted))
    return await take_steps(session, document, steps, wanted, actor_id=actor_id, now=now)


async def check_for_document(
    session: WriteSession,
    *,
    document: Document,
    lines: Sequence[DocumentLine],
    now: datetime,
    reason: str = "",
    requests: Requests = NO_REQUESTS,
) -> Outcome:
    """Refuse an overrun of what the document asks for beyond its requests; nothing is held.

    Answers with the strictest verdict: an elastic line may ask for one more approver.

    Raises:
        Refusal: see ``decide_movement``.
    """
    wanted = wanted_by(document, lines, HoldState.OCCUPIED, reason=reason, requests=requests)
    on = await budget_day(session, document.hospital_id, now)
    book = await read_book(
        session, line_ids=line_ids_of(wanted.charges), document_ids=[document.id, *requests.ids]
    )
    movement = additional(book, wanted)
    if movement is None:
        return Outcome.ALLOWED
    return decide_movement(book, movement, on=on, ids=iter(new_id, None)).outcome


async def give_back_for_document(
    session: WriteSession,
    *,
    document: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
    requests: Requests = NO_REQUESTS,
    executed: bool = False,
) -> BudgetOutcome:
    """Whatever the document still holds goes back, with ``executed`` also what it has spent.

    A document that holds nothing (it was sent back before) has nothing to give back.

    Raises:
        Refusal: PERIOD_CLOSED.
    """

    def held(book: Book) -> Movement | None:
        return release_down_to(book, document.id, {}, requests)

    def spent(book: Book) -> Movement | None:
        own = [hold for hold in book.holds.values() if hold.document_id == document.id]
        return Reverse(document.id) if executed and any(one.executed_fen for one in own) else None

    wanted = Wanted(document.id, (), HoldState.FROZEN, requests=requests)
    return await take_steps(session, document, [held, spent], wanted, actor_id=actor_id, now=now)


async def settle_part_of_document(
    session: WriteSession,
    *,
    document: Document,
    amount_fen: int,
    because_of: uuid.UUID,
    actor_id: uuid.UUID | None,
    now: datetime,
    requests: Requests = NO_REQUESTS,
    spend: bool = False,
) -> BudgetOutcome:
    """Give back, or ``spend``, ``amount_fen`` of what ``document`` holds; all when it is less.

    ``because_of`` is the document (a repayment) whose movement it is.

    Raises:
        Refusal: PERIOD_CLOSED.
    """

    def part(book: Book) -> Movement | None:
        if spend:
            return execute_amount(book, document.id, amount_fen)
        return release_amount(book, document.id, amount_fen, requests)

    wanted = Wanted(document.id, (), HoldState.FROZEN, requests=requests)
    return await take_steps(
        session,
        document,
        [part],
        wanted,
        actor_id=actor_id,
        now=now,
        because_of=because_of,
    )


def _surplus(wanted: Wanted) -> Callable[[Book], Movement | None]:
    by_line: Counter[uuid.UUID] = Counter()
    for charge in wanted.charges:
        if charge.line_id is not None:
            by_line[charge.line_id] += charge.amount_fen
    by_line.subtract(wanted.used_fen)
    return lambda book: release_down_to(book, wanted.document_id, by_line, wanted.requests)
