"""Budget movements of documents: lock the lines, decide, write ledger, figures and alerts.

All functions run inside the caller's transaction, after the document itself has been locked.
Repeating one changes nothing: a document that already holds what it asks for keeps its holds.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from mobile_hrp.domain.budget.adjusting import (
    NO_REQUESTS,
    Requests,
    Wanted,
    additional,
    open_holds,
    release_down_to,
)
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import (
    Charge,
    Execute,
    Movement,
    Release,
    Reverse,
    Take,
)
from mobile_hrp.domain.budget.snapshot import Book, Decision, HoldSnapshot, LineSnapshot, Verdict
from mobile_hrp.domain.budget.terms import HoldState, Outcome
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.alerts import evaluate_alerts
from mobile_hrp.services.budget.book import (
    Writing,
    budget_day,
    lock_book,
    write_decision,
)

Step: TypeAlias = Movement | Callable[[Book], Movement | None]
"""A movement, or what makes one (or none) of the book as the steps before have left it."""


@dataclass(frozen=True, slots=True)
class BudgetOutcome:
    """What a movement did: the strictest verdict, all verdicts, the lines as they now are.

    ``alert_ids`` are the overrun alerts it fired. ``movement_id`` is None when nothing had to
    move.
    """

    movement_id: uuid.UUID | None
    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    lines: tuple[LineSnapshot, ...]
    alert_ids: tuple[uuid.UUID, ...] = ()


def charges_of(lines: Sequence[DocumentLine]) -> tuple[Charge, ...]:
    """What the lines of a document ask of the budget, with the input path of each."""
    return tuple(
        Charge(
            line_id=line.budget_line_id,
            amount_fen=line.amount_fen,
            path=f"lines.{index}.budgetLineId",
            document_line_id=line.id,
        )
        for index, line in enumerate(lines)
    )


async def freeze_for_document(
    session: WriteSession,
    *,
    document: Document,
    lines: Sequence[DocumentLine],
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
    requests: Requests = NO_REQUESTS,
) -> BudgetOutcome:
    """A request sets its lines aside. A changed request lets go of its earlier freeze first.

    With ``requests`` their money is used first (and is then occupied), only the rest is frozen.

    Raises:
        Refusal: see ``decide_movement``.
    """
    wanted = wanted_by(document, lines, HoldState.FROZEN, reason=reason, requests=requests)
    return await _hold(session, document, wanted, actor_id=actor_id, now=now)


async def occupy_for_document(
    session: WriteSession,
    *,
    document: Document,
    lines: Sequence[DocumentLine],
    actor_id: uuid.UUID | None,
    now: datetime,
    request_id: uuid.UUID | None = None,
    reason: str = "",
    requests: Requests = NO_REQUESTS,
) -> BudgetOutcome:
    """A claim takes budget: first what its requests hold on the same lines, then available.

    A changed claim lets go of its earlier holds first. The caller has checked that the claim may
    use the requests (``request_id`` names a single open one) and has locked them.

    Raises:
        Refusal: see ``decide_movement``.
    """
    if request_id is not None:
        requests = Requests((request_id,), frozenset({request_id}))
    wanted = wanted_by(document, lines, HoldState.OCCUPIED, reason=reason, requests=requests)
    return await _hold(session, document, wanted, actor_id=actor_id, now=now)


async def execute_for_document(
    session: WriteSession,
    *,
    document: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
    takes: tuple[Take, ...] | None = None,
) -> BudgetOutcome:
    """Spend what the document holds, or the named parts of it.

    Raises:
        Refusal: NOTHING_HELD, HOLD_NOT_ENOUGH, HOLD_OF_OTHER_DOCUMENT, PERIOD_CLOSED.
    """
    movement = Execute(document.id, takes)
    return await _settle(session, document, movement, actor_id=actor_id, now=now)


async def release_for_document(
    session: WriteSession,
    *,
    document: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
    takes: tuple[Take, ...] | None = None,
    request_id: uuid.UUID | None = None,
) -> BudgetOutcome:
    """Give back what the document holds (reject, withdraw, close, a deduction by the reviewer).

    With ``request_id`` (a request that is still open) what came from its freeze returns to it.

    Raises:
        Refusal: NOTHING_HELD, HOLD_NOT_ENOUGH, HOLD_OF_OTHER_DOCUMENT, PERIOD_CLOSED.
    """
    restore_to = frozenset({request_id} if request_id else ())
    movement = Release(document.id, takes, restore_to)
    return await _settle(
        session, document, movement, actor_id=actor_id, now=now, request_id=request_id
    )


async def reverse_for_document(
    session: WriteSession,
    *,
    document: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
    takes: tuple[Take, ...] | None = None,
) -> BudgetOutcome:
    """Take an execution back (a void, a refund of the same year).

    Raises:
        Refusal: NOTHING_HELD, HOLD_NOT_ENOUGH, HOLD_OF_OTHER_DOCUMENT, PERIOD_CLOSED.
    """
    movement = Reverse(document.id, takes)
    return await _settle(session, document, movement, actor_id=actor_id, now=now)


def wanted_by(
    document: Document,
    lines: Sequence[DocumentLine],
    state: HoldState,
    *,
    reason: str,
    requests: Requests,
    used_fen: Mapping[uuid.UUID, int] | None = None,
) -> Wanted:
    """What the lines of a document ask of the budget."""
    return Wanted(
        document.id,
        charges_of(lines),
        state,
        document.campus_id,
        reason,
        requests,
        used_fen or {},
    )


def line_ids_of(charges: Sequence[Charge]) -> set[uuid.UUID]:
    return {charge.line_id for charge in charges if charge.line_id is not None}


async def _hold(
    session: WriteSession,
    document: Document,
    wanted: Wanted,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> BudgetOutcome:
    """Take what is wanted; what the document held before is let go of first."""

    def let_go(book: Book) -> Movement | None:
        held = open_holds(book, document.id)
        if held and _holds_already(held, wanted.charges, wanted.state):
            return None
        return release_down_to(book, document.id, {}, wanted.requests)

    return await take_steps(
        session,
        document,
        [let_go, lambda book: additional(book, wanted)],
        wanted,
        actor_id=actor_id,
        now=now,
    )


async def take_steps(
    session: WriteSession,
    document: Document,
    steps: Sequence[Step],
    wanted: Wanted,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
    because_of: uuid.UUID | None = None,
) -> BudgetOutcome:
    """Lock what is looked at and carry the steps out; ``because_of`` is whose movement it is."""
    # Everything that needs no lock is asked before it is taken: others wait for the line.
    on = await budget_day(session, document.hospital_id, now)
    book = await lock_book(
        session,
        line_ids=line_ids_of(wanted.charges),
        document_ids=[wanted.document_id, *wanted.requests.ids],
    )
    writing = Writing(document.hospital_id, because_of or document.id, actor_id, now)
    return await carry_out(session, book, steps, writing, on=on)


async def _settle(
    session: WriteSession,
    document: Document,
    movement: Execute | Release | Reverse,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
    request_id: uuid.UUID | None = None,
) -> BudgetOutcome:
    documents = [document.id, *([request_id] if request_id else [])]
    on = await budget_day(session, document.hospital_id, now)
    book = await lock_book(session, line_ids=(), document_ids=documents)
    writing = Writing(document.hospital_id, document.id, actor_id, now)
    return await carry_out(session, book, [movement], writing, on=on)


async def carry_out(
    session: WriteSession,
    book: Book,
    steps: Sequence[Step],
    writing: Writing,
    *,
    on: date,
) -> BudgetOutcome:
    """Decide the steps one on the other, then write them as one movement with its alerts.

    ``book`` holds every line and hold the steps look at, locked by the caller. When no step
    leads to a movement nothing is written.
    """
    ids = iter(new_id, None)
    at = book
    decisions: list[Decision] = []
    for step in steps:
        movement = step(at) if callable(step) else step
        decision = decide_movement(at, movement, on=on, ids=ids) if movement is not None else None
        if decision is not None and decision.entries:
            at = at.after(decision)
            decisions.append(decision)
    if not decisions:
        return BudgetOutcome(None, Outcome.ALLOWED, (), tuple(book.lines.values()))
    whole = _joined(decisions, at)
    movement_id = await write_decision(session, book, whole, writing)
    alert_ids = await evaluate_alerts(session, lines=whole.lines, writing=writing)
    kinds = sorted({entry.kind.value for entry in whole.entries})
    await audit.record(
        session,
        hospital_id=writing.hospital_id,
        actor_id=writing.actor_id,
        action="budget.move",
        subject_type="document",
        subject_id=writing.document_id,
        detail={"movement_id": str(movement_id), "kinds": kinds, "outcome": whole.outcome.value},
        now=writing.now,
    )
    return BudgetOutcome(movement_id, whole.outcome, whole.verdicts, whole.lines, alert_ids)


def _joined(decisions: Sequence[Decision], at: Book) -> Decision:
    """Several decisions as one: all entries, and each line and hold as it finally is."""
    line_ids = {line.id for decision in decisions for line in decision.lines}
    hold_ids = {hold.id: None for decision in decisions for hold in decision.holds}
    return Decision(
        entries=tuple(entry for decision in decisions for entry in decision.entries),
        lines=tuple(at.lines[line_id] for line_id in sorted(line_ids)),
        holds=tuple(at.holds[hold_id] for hold_id in hold_ids),
        verdicts=decisions[-1].verdicts,
    )


def _holds_already(
    holds: Sequence[HoldSnapshot], charges: Sequence[Charge], state: HoldState
) -> bool:
    """Whether the open holds are exactly what the charges ask for."""
    held: Counter[tuple[uuid.UUID, uuid.UUID | None]] = Counter()
    for hold in holds:
        if hold.state is not state:
            return False
        held[hold.line_id, hold.document_line_id] += hold.left_fen
    asked: Counter[tuple[uuid.UUID, uuid.UUID | None]] = Counter()
    for charge in charges:
        if charge.line_id is None:
            raise Refusal("NO_COVERING_LINE", path=charge.path, line_id="")
        asked[charge.line_id, charge.document_line_id] += charge.amount_fen
    return held == asked
