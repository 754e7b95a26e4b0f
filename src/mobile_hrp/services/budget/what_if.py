"""What if: the budget as it would be once all pending documents are approved, or money moved.

Nothing is held or moved: the figures of one snapshot are carried on by the same rules the ledger
decides by.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.ledger import decide_movement
from mobile_hrp.domain.budget.movements import Transfer
from mobile_hrp.domain.budget.snapshot import Book
from mobile_hrp.domain.budget.terms import HoldState
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.budget import BudgetHold, BudgetLine
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget.book import budget_day, read_book


@dataclass(frozen=True, slots=True)
class PlannedTransfer:
    """Budget that might be moved (fen)."""

    from_line_id: uuid.UUID
    to_line_id: uuid.UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineForesight:
    """A line before and after; ``short_fen`` is what would be missing on it."""

    line_id: uuid.UUID
    name: str
    before: BudgetFigures
    after: BudgetFigures
    pending_documents: int

    @property
    def short_fen(self) -> int:
        return max(-self.after.available_fen, 0)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """All lines concerned with those above them; ``obstacles`` say which transfers would fail."""

    lines: tuple[LineForesight, ...]
    obstacles: tuple[RefusalDetail, ...]


async def what_if(
    session: AsyncSession,
    *,
    hospital_id: int,
    line_ids: Sequence[uuid.UUID],
    approve_pending: bool,
    transfers: Sequence[PlannedTransfer],
    now: datetime,
) -> WhatIf:
    """Carry out the transfers in their order, then approve what is pending on the lines.

    A pending document that holds its budget already only turns from frozen to occupied; one that
    was let in without a hold asks for it now.
    """
    wanted = {*line_ids, *(each.from_line_id for each in transfers)}
    wanted |= {each.to_line_id for each in transfers}
    book = await read_book(session, line_ids=wanted)
    if missing := wanted - book.lines.keys():
        raise Refusal("NOT_FOUND", path="lineIds", line_id=str(min(missing)))
    on = await budget_day(session, hospital_id, now)
    after, obstacles = book, []
    for index, each in enumerate(transfers):
        movement = Transfer(each.from_line_id, each.to_line_id, each.amount_fen)
        try:
            decision = decide_movement(after, movement, on=on, ids=iter(new_id, None))
        except Refusal as refusal:
            obstacles += [replace(one, path=f"transfers.{index}") for one in refusal.details]
            continue
        after = after.after(decision)
    pending: Mapping[uuid.UUID, _Pending] = {}
    if approve_pending:
        pending = await _pending(session, sorted(after.lines))
        after = _approved(after, pending)
    lines = [
        LineForesight(
            line_id=line_id,
            name=book.lines[line_id].name,
            before=book.lines[line_id].figures,
            after=after.lines[line_id].figures,
            pending_documents=_documents_below(book, pending, line_id),
        )
        for line_id in sorted(book.lines)
    ]
    lines.sort(key=lambda line: (-line.short_fen, line.name))
    return WhatIf(tuple(lines), tuple(obstacles))


@dataclass(frozen=True, slots=True)
class _Pending:
    """What documents in approval hold frozen on a line, and ask of it without a hold (fen)."""

    frozen_fen: int
    unheld_fen: int
    documents: frozenset[uuid.UUID]


async def _pending(
    session: AsyncSession, line_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, _Pending]:
    held = (
        select(BudgetHold.document_id, BudgetHold.line_id, BudgetHold.state, BudgetHold.left_fen)
        .join(Document, Document.id == BudgetHold.document_id)
        .where(
            BudgetHold.line_id.in_(line_ids),
            BudgetHold.state != HoldState.ENDED,
            Document.status == DocumentStatus.IN_APPROVAL,
        )
    )
    asked = (
        select(
            DocumentLine.document_id,
            DocumentLine.budget_line_id,
            func.sum(DocumentLine.amount_fen),
        )
        .join(Document, Document.id == DocumentLine.document_id)
        .where(
            DocumentLine.budget_line_id.in_(line_ids),
            Document.status == DocumentStatus.IN_APPROVAL,
        )
        .group_by(DocumentLine.document_id, DocumentLine.budget_line_id)
    )
    frozen: dict[uuid.UUID, int] = {}
    holding: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    for document_id, line_id, state, left_fen in await session.execute(held):
        holding[document_id, line_id] = holding.get((document_id, line_id), 0) + left_fen
        if state is HoldState.FROZEN:
            frozen[line_id] = frozen.get(line_id, 0) + left_fen
    unheld: dict[uuid.UUID, int] = {}
    documents: dict[uuid.UUID, set[uuid.UUID]] = {}
    for document_id, line_id in holding:
        documents.setdefault(line_id, set()).add(document_id)
    for document_id, charged_id, fen in await session.execute(asked):
        if charged_id is None:
            continue
        line_id = charged_id
        documents.setdefault(line_id, set()).add(document_id)
        missing_fen = max(int(fen) - holding.get((document_id, line_id), 0), 0)
        unheld[line_id] = unheld.get(line_id, 0) + missing_fen
    return {
        line_id: _Pending(
            frozen.get(line_id, 0), unheld.get(line_id, 0), frozenset(documents[line_id])
        )
        for line_id in documents
    }


def _approved(book: Book, pending: Mapping[uuid.UUID, _Pending]) -> Book:
    """The book with what is pending occupied on each line and on those above it."""
    lines = dict(book.lines)
    for line_id, each in pending.items():
        for covering in book.path(line_id):
            now = lines[covering.id]
            lines[covering.id] = replace(
                now,
                figures=replace(
                    now.figures,
                    frozen_fen=now.figures.frozen_fen - each.frozen_fen,
                    occupied_fen=now.figures.occupied_fen + each.frozen_fen + each.unheld_fen,
                ),
            )
    return Book(lines=lines, holds=book.holds)


def _documents_below(book: Book, pending: Mapping[uuid.UUID, _Pending], line_id: uuid.UUID) -> int:
    found: set[uuid.UUID] = set()
    for charged, each in pending.items():
        if line_id in {covering.id for covering in book.path(charged)}:
            found |= each.documents
    return len(found)


async def lines_under(
    session: AsyncSession, *, department_id: uuid.UUID, year: int
) -> Sequence[uuid.UUID]:
    """The lines of a department, to ask what approving everything pending would do to it."""
    found = await session.scalars(
        select(BudgetLine.id)
        .where(BudgetLine.department_id == department_id, BudgetLine.year == year)
        .order_by(BudgetLine.id)
    )
    return found.all()
