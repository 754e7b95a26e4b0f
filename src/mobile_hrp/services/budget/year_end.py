"""Year end: carry over or let lapse, then close the lines of the year for good."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from mobile_hrp.domain.budget.snapshot import Decision
from mobile_hrp.domain.budget.terms import CarryRule, HoldEnd, HoldState, MovementKind
from mobile_hrp.domain.budget.year_end import ClosingLine, decide_year_end
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetHold, BudgetLine
from mobile_hrp.models.organization import FundSource
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.alerts import evaluate_alerts
from mobile_hrp.services.budget.book import Writing, budget_day, lock_book, write_decision


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What closing did (fen). ``lapsed_documents`` lost what they held and must ask again."""

    closed_lines: int
    carried_fen: int
    lapsed_fen: int
    carried_holds: int
    lapsed_documents: tuple[uuid.UUID, ...]


async def close_year(session: WriteSession, *, viewer: Viewer, year: int, now: datetime) -> YearEnd:
    """Close all lines of a year that is over. Lines that are closed already are left alone.

    Raises:
        Refusal: PERMISSION_DENIED, BUDGET_YEAR_NOT_OVER, BUDGET_YEAR_END_LINE_MISSING,
            BUDGET_EXCEEDED; nothing was closed.
    """
    viewer.require(Permission.BUDGET_ADJUST)
    closing = await _closing_lines(session, year)
    if not closing:
        return YearEnd(0, 0, 0, 0, ())
    today = await budget_day(session, viewer.hospital_id, now)
    held_by = await _holders(session, [each.line_id for each in closing])
    wanted = {each.line_id for each in closing}
    wanted |= {each.next_line_id for each in closing if each.next_line_id is not None}
    book = await lock_book(session, line_ids=wanted, document_ids=held_by)
    for each in closing:
        line = book.lines[each.line_id]
        if line.last_day >= today:
            raise Refusal("BUDGET_YEAR_NOT_OVER", path="year", last_day=line.last_day.isoformat())
    decision = decide_year_end(book, closing, ids=iter(new_id, None))
    writing = Writing(viewer.hospital_id, None, viewer.staff_id, now)
    await write_decision(session, book, decision, writing)
    await session.execute(
        update(BudgetLine)
        .where(BudgetLine.id.in_([each.line_id for each in closing]))
        .values(closed_at=now)
    )
    new_lines = {each.next_line_id for each in closing}
    await evaluate_alerts(
        session, lines=[line for line in decision.lines if line.id in new_lines], writing=writing
    )
    done = _summary(decision, closing)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="budget.close_year",
        subject_type="budget_year",
        subject_id=None,
        detail={
            "year": year,
            "closed_lines": done.closed_lines,
            "carried_fen": done.carried_fen,
            "lapsed_fen": done.lapsed_fen,
            "lapsed_documents": [str(key) for key in done.lapsed_documents],
        },
        now=now,
    )
    return done


async def _closing_lines(session: WriteSession, year: int) -> Sequence[ClosingLine]:
    """The open lines of the year, each with its rule and the next year's line of its code."""
    rows = await session.execute(
        select(BudgetLine.id, BudgetLine.code, FundSource.year_end)
        .outerjoin(FundSource, FundSource.id == BudgetLine.fund_source_id)
        .where(BudgetLine.year == year, BudgetLine.closed_at.is_(None))
        .order_by(BudgetLine.id)
    )
    following = await _lines_by_code(session, year + 1)
    return [
        ClosingLine(line_id, CarryRule(rule) if rule else None, following.get(code))
        for line_id, code, rule in rows
    ]


async def _lines_by_code(session: WriteSession, year: int) -> Mapping[str, uuid.UUID]:
    rows = await session.execute(
        select(BudgetLine.code, BudgetLine.id).where(
            BudgetLine.year == year, BudgetLine.closed_at.is_(None)
        )
    )
    return {row.code: row.id for row in rows}


async def _holders(session: WriteSession, line_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    found = await session.scalars(
        select(BudgetHold.document_id)
        .where(BudgetHold.line_id.in_(line_ids), BudgetHold.state != HoldState.ENDED)
        .distinct()
        .order_by(BudgetHold.document_id)
    )
    return found.all()


def _summary(decision: Decision, closing: Sequence[ClosingLine]) -> YearEnd:
    """Totals count each charged line once; a line above only repeats those below it."""
    closed = {each.line_id for each in closing}
    own = [entry for entry in decision.entries if entry.line_id == entry.charged_line_id]
    leaving = [entry for entry in own if entry.line_id in closed and entry.hold_id is None]
    parents = {line.parent_id for line in decision.lines if line.id in closed}
    leaves = [entry for entry in leaving if entry.line_id not in parents]
    lapsed = {hold.document_id for hold in decision.holds if hold.end is HoldEnd.LAPSED}
    return YearEnd(
        closed_lines=len(closing),
        carried_fen=sum(e.amount_fen for e in leaves if e.kind is MovementKind.CARRY),
        lapsed_fen=sum(e.amount_fen for e in leaves if e.kind is MovementKind.LAPSE),
        carried_holds=sum(hold.end is HoldEnd.CARRIED for hold in decision.holds),
        lapsed_documents=tuple(sorted(lapsed)),
    )
