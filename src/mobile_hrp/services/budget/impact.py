"""Budget in sight: what a draft or document does to every covering line, before anyone decides.

Reads without locks: the figures are those of one snapshot, and the ledger decides again under
locks when the document is submitted.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.control import check_line, demand_by_line
from mobile_hrp.domain.budget.figures import FULL_BP, USAGE_BP_MAX, BudgetFigures
from mobile_hrp.domain.budget.forecast import forecast_exhaustion
from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.budget.snapshot import Book, LineSnapshot, month_of
from mobile_hrp.domain.budget.terms import HoldState, MovementKind, Outcome
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetEntry, BudgetHold, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.services.budget.book import budget_day, read_book

_EXECUTION = (MovementKind.EXECUTE, MovementKind.REVERSE)


@dataclass(frozen=True, slots=True)
class LineImpact:
    """One covering line. All amounts in fen.

    ``figures`` are those of now, ``figures_after`` those once the document is approved: what it
    held frozen, and what it asks for beyond that, is then occupied.
    ``requested_fen`` is what the document asks of the line, ``held_fen`` the part it (or the
    request it uses) already holds there. ``available_before_fen`` is what would be available
    without the document, ``available_after_fen`` with it. The queue is what other documents still
    in approval hold. ``last_year_executed_fen`` is last year's line of the same code up to the
    same month; None where there was none.
    """

    line_id: uuid.UUID
    name: str
    figures: BudgetFigures
    figures_after: BudgetFigures
    requested_fen: int
    held_fen: int
    available_before_fen: int
    available_after_fen: int
    usage_after_bp: int
    outcome: Outcome
    queued_documents: int
    queued_fen: int
    exhaustion_day: date | None
    last_year_executed_fen: int | None


@dataclass(frozen=True, slots=True)
class BudgetImpact:
    """The strictest outcome and every covering line; lines that refuse come first.

    ``uncovered_paths`` are the input paths that have no budget line: nothing covers them, so they
    will be refused.
    """

    outcome: Outcome
    lines: tuple[LineImpact, ...]
    uncovered_paths: tuple[str, ...]


async def budget_impact(
    session: AsyncSession,
    *,
    hospital_id: int,
    charges: Sequence[Charge],
    now: datetime,
    document_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
) -> BudgetImpact:
    """The effect of ``charges`` (``services.budget.movements.charges_of`` for a document's lines).

    Charges of zero or less are left out: a half-typed draft is shown what is already there.
    """
    today = await budget_day(session, hospital_id, now)
    asked = [each for each in charges if each.amount_fen > 0]
    own = [each for each in (document_id, request_id) if each is not None]
    wanted = {each.line_id for each in asked if each.line_id is not None}
    book = await read_book(session, line_ids=wanted, document_ids=own)
    uncovered = tuple(
        each.path for each in asked if each.line_id is None or each.line_id not in book.lines
    )
    by_line: dict[uuid.UUID, int] = {}
    for each in asked:
        if each.line_id is not None and each.line_id in book.lines:
            by_line[each.line_id] = by_line.get(each.line_id, 0) + each.amount_fen
    demand = demand_by_line(book, by_line)
    frozen, occupied = _held(book, by_line, document_id, request_id)
    frozen, occupied = demand_by_line(book, frozen), demand_by_line(book, occupied)
    queues = await _queues(session, demand, own)
    history = await executed_last_year(session, demand)
    lines = [
        _impact(
            book.lines[line_id],
            requested_fen,
            frozen.get(line_id, 0),
            occupied.get(line_id, 0),
            queue=queues.get(line_id, (0, 0)),
            last_year=history.get(line_id),
            today=today,
        )
        for line_id, requested_fen in demand.items()
    ]
    lines.sort(key=lambda line: (-line.outcome.strictness, line.available_after_fen))
    outcomes = [line.outcome for line in lines] + [Outcome.REFUSED] * bool(uncovered)
    strictest = max(outcomes, key=lambda outcome: outcome.strictness, default=Outcome.ALLOWED)
    return BudgetImpact(strictest, tuple(lines), uncovered)


def _held(
    book: Book,
    by_line: Mapping[uuid.UUID, int],
    document_id: uuid.UUID | None,
    request_id: uuid.UUID | None,
) -> tuple[dict[uuid.UUID, int], dict[uuid.UUID, int]]:
    """What the document holds frozen (with what it would convert of its request) and occupied."""
    frozen: dict[uuid.UUID, int] = {}
    occupied: dict[uuid.UUID, int] = {}
    for hold in book.holds.values():
        if hold.document_id == document_id and hold.left_fen:
            held = frozen if hold.state is HoldState.FROZEN else occupied
            held[hold.line_id] = held.get(hold.line_id, 0) + hold.left_fen
    for hold in book.holds.values():
        if hold.document_id == request_id and hold.state is HoldState.FROZEN:
            own_fen = frozen.get(hold.line_id, 0) + occupied.get(hold.line_id, 0)
            open_fen = max(by_line.get(hold.line_id, 0) - own_fen, 0)
            converted_fen = min(hold.left_fen, open_fen)
            if converted_fen:
                frozen[hold.line_id] = frozen.get(hold.line_id, 0) + converted_fen
    return frozen, occupied


def _impact(
    line: LineSnapshot,
    requested_fen: int,
    frozen_fen: int,
    occupied_fen: int,
    *,
    queue: tuple[int, int],
    last_year: "LastYear | None",
    today: date,
) -> LineImpact:
    available_fen = line.available_fen_in(month_of(today))
    held_fen = frozen_fen + occupied_fen
    more_fen = requested_fen - held_fen
    used_fen = line.figures.used_fen + more_fen
    total_fen = line.figures.total_fen
    return LineImpact(
        line_id=line.id,
        name=line.name,
        figures=line.figures,
        figures_after=replace(
            line.figures,
            frozen_fen=line.figures.frozen_fen - frozen_fen,
            occupied_fen=line.figures.occupied_fen + requested_fen - occupied_fen,
        ),
        requested_fen=requested_fen,
        held_fen=held_fen,
        available_before_fen=available_fen + held_fen,
        available_after_fen=available_fen - more_fen,
        usage_after_bp=used_fen * FULL_BP // total_fen if total_fen > 0 else USAGE_BP_MAX,
        outcome=_outcome(line, more_fen, today),
        queued_documents=queue[0],
        queued_fen=queue[1],
        exhaustion_day=forecast_exhaustion(
            first_day=line.first_day,
            last_day=line.last_day,
            today=today,
            used_fen=used_fen,
            total_fen=total_fen,
            last_year_fen=last_year.by_month_fen if last_year else None,
        ),
        last_year_executed_fen=last_year.up_to(today.month) if last_year else None,
    )


def _outcome(line: LineSnapshot, more_fen: int, today: date) -> Outcome:
    if line.closed or not line.first_day <= today <= line.last_day:
        return Outcome.REFUSED
    if more_fen <= 0:
        return Outcome.ALLOWED
    return check_line(line, more_fen, month_of(today)).outcome


async def _queues(
    session: AsyncSession, line_ids: Collection[uuid.UUID], own: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[int, int]]:
    """Documents still in approval that hold budget on or below each line: how many, how much."""
    if not line_ids:
        return {}
    start = (
        select(BudgetLine.id.label("root"), BudgetLine.id.label("id"))
        .where(BudgetLine.id.in_(line_ids))
        .cte("under", recursive=True)
    )
    child = aliased(BudgetLine)
    under = start.union(select(start.c.root, child.id).join(start, child.parent_id == start.c.id))
    rows = await session.execute(
        select(
            under.c.root,
            func.count(BudgetHold.document_id.distinct()),
            func.sum(BudgetHold.left_fen),
        )
        .join(BudgetHold, BudgetHold.line_id == under.c.id)
        .join(Document, Document.id == BudgetHold.document_id)
        .where(
            BudgetHold.state != HoldState.ENDED,
            Document.status == DocumentStatus.IN_APPROVAL,
            Document.id.not_in(own),
        )
        .group_by(under.c.root)
    )
    return {root: (int(documents), int(fen)) for root, documents, fen in rows}


@dataclass(frozen=True, slots=True)
class LastYear:
    """What was executed in each calendar month of last year's line."""

    by_month_fen: Mapping[int, int]

    def up_to(self, month: int) -> int:
        return sum(fen for key, fen in self.by_month_fen.items() if key <= month)


async def executed_last_year(
    session: AsyncSession, line_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, LastYear]:
    """Last year's execution by month, for lines whose code was there a year before."""
    if not line_ids:
        return {}
    now_lines = select(BudgetLine.id, BudgetLine.year, BudgetLine.code).where(
        BudgetLine.id.in_(line_ids)
    )
    this_year = now_lines.subquery()
    before = aliased(BudgetLine)
    signed = case(
        (BudgetEntry.kind == MovementKind.EXECUTE, BudgetEntry.amount_fen),
        else_=-BudgetEntry.amount_fen,
    )
    rows = await session.execute(
        select(this_year.c.id, BudgetEntry.month, func.sum(signed))
        .join(
            before,
            tuple_(before.year, before.code) == tuple_(this_year.c.year - 1, this_year.c.code),
        )
        .outerjoin(
            BudgetEntry,
            (BudgetEntry.line_id == before.id) & BudgetEntry.kind.in_(_EXECUTION),
        )
        .group_by(this_year.c.id, BudgetEntry.month)
    )
    by_line: dict[uuid.UUID, dict[int, int]] = {}
    for line_id, month, fen in rows:
        months = by_line.setdefault(line_id, {})
        if month is not None:
            months[month % 100] = int(fen)
    return {line_id: LastYear(months) for line_id, months in by_line.items()}


async def require_request_usable(session: AsyncSession, request_id: uuid.UUID) -> None:
    """Raise Refusal REQUEST_NOT_USABLE unless the request is approved and still open."""
    status = await session.scalar(select(Document.status).where(Document.id == request_id))
    if status is not DocumentStatus.APPROVED:
        raise Refusal("REQUEST_NOT_USABLE", path="requestId")
