"""Loads the locked book a budget decision looks at, and writes what was decided.

Lines are locked in id order with all their ancestors, so two documents never wait for each other
in a circle. Holds need no lock of their own: whoever changes a hold has locked its line.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.snapshot import (
    Book,
    Decision,
    HoldSnapshot,
    LineSnapshot,
    MonthFigures,
)
from mobile_hrp.domain.budget.terms import CheckWindow, HoldState
from mobile_hrp.models.budget import BudgetEntry, BudgetHold, BudgetLine, BudgetLineMonth
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.plain_sql import PlainSql


@dataclass(frozen=True, slots=True)
class Writing:
    """Whose movement is written, and when."""

    hospital_id: int
    document_id: uuid.UUID | None
    actor_id: uuid.UUID | None
    now: datetime


_ZONE = PlainSql.of(select(Hospital.timezone).where(Hospital.id == bindparam("of_hospital")))


async def budget_day(session: AsyncSession, hospital_id: int, now: datetime) -> date:
    """The hospital's own date at ``now``."""
    zone = await _ZONE.value(session, {"of_hospital": hospital_id})
    return now.astimezone(ZoneInfo(zone or "UTC")).date()


async def lock_book(
    session: WriteSession,
    *,
    line_ids: Collection[uuid.UUID],
    document_ids: Collection[uuid.UUID] = (),
) -> Book:
    """Lock the lines, those the documents' holds are on, and every line above them.

    The book carries the documents' holds and the holds those were taken from.
    """
    held = await _lines_held_by(session, document_ids)
    path_ids = await _with_ancestors(session, {*line_ids, *held})
    lines = await _read_lines(session, path_ids, lock=True)
    holds = await _read_holds(session, document_ids)
    return Book(lines=lines, holds=holds)


async def read_book(
    session: AsyncSession,
    *,
    line_ids: Collection[uuid.UUID],
    document_ids: Collection[uuid.UUID] = (),
) -> Book:
    """The same book without locks, to look at only."""
    held = await _lines_held_by(session, document_ids)
    path_ids = await _with_ancestors(session, {*line_ids, *held})
    lines = await _read_lines(session, path_ids, lock=False)
    return Book(lines=lines, holds=await _read_holds(session, document_ids))


async def write_decision(
    session: WriteSession,
    before: Book,
    decision: Decision,
    writing: Writing,
    *,
    movement_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write entries, holds, figures and months; answer with the movement's id.

    ``movement_id`` continues a movement that is written in several steps.
    """
    movement_id = movement_id or new_id()
    await _write_lines(session, decision.lines, writing.hospital_id)
    await _write_months(session, before, decision.lines, writing.hospital_id)
    await _write_holds(session, before, decision.holds, writing)
    if decision.entries:
        await session.execute(
            insert(BudgetEntry),
            [
                {
                    "hospital_id": writing.hospital_id,
                    "id": new_id(),
                    "movement_id": movement_id,
                    "kind": entry.kind,
                    "line_id": entry.line_id,
                    "charged_line_id": entry.charged_line_id,
                    "hold_id": entry.hold_id,
                    "document_id": writing.document_id,
                    "actor_id": writing.actor_id,
                    "source": entry.source,
                    "target": entry.target,
                    "amount_fen": entry.amount_fen,
                    "month": entry.month,
                    "occurred_at": writing.now,
                }
                for entry in decision.entries
            ],
        )
    return movement_id


async def _lines_held_by(
    session: AsyncSession, document_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    if not document_ids:
        return set()
    found = await session.execute(
        select(BudgetHold.line_id).where(BudgetHold.document_id.in_(document_ids)).distinct()
    )
    return set(found.scalars())


async def _with_ancestors(
    session: AsyncSession, line_ids: Collection[uuid.UUID]
) -> Sequence[uuid.UUID]:
    """The lines and all above them, in id order. UNION ends the walk even in a circular tree."""
    if not line_ids:
        return ()
    start = (
        select(BudgetLine.id, BudgetLine.parent_id)
        .where(BudgetLine.id.in_(line_ids))
        .cte("path", recursive=True)
    )
    parent = aliased(BudgetLine)
    path = start.union(
        select(parent.id, parent.parent_id).join(start, start.c.parent_id == parent.id)
    )
    found = await session.execute(select(path.c.id).order_by(path.c.id))
    return found.scalars().all()


async def _read_lines(
    session: AsyncSession, line_ids: Sequence[uuid.UUID], *, lock: bool
) -> Mapping[uuid.UUID, LineSnapshot]:
    statement = select(*BudgetLine.__table__.columns).where(BudgetLine.id.in_(line_ids))
    statement = statement.order_by(BudgetLine.id)
    if lock:
        # NO KEY UPDATE: a row that references the line (a hold, a document line being drafted)
        # takes KEY SHARE on it and neither waits here nor makes this wait.
        statement = statement.with_for_update(key_share=True)
    rows = (await session.execute(statement)).mappings().all()
    phased = [row["id"] for row in rows if row["check_window"] is not CheckWindow.YEAR]
    months = await _read_months(session, phased)
    return {
        row["id"]: LineSnapshot(
            id=row["id"],
            name=row["name"],
            first_day=row["first_day"],
            last_day=row["last_day"],
            figures=BudgetFigures(
                approved_fen=row["approved_fen"],
                adjusted_fen=row["adjusted_fen"],
                frozen_fen=row["frozen_fen"],
                occupied_fen=row["occupied_fen"],
                executed_fen=row["executed_fen"],
            ),
            parent_id=row["parent_id"],
            campus_id=row["campus_id"],
            fund_source_id=row["fund_source_id"],
            mode=row["control_mode"],
            over_rate_bp=row["over_rate_bp"],
            over_condition=row["over_condition"],
            window=row["check_window"],
            closed=row["closed_at"] is not None,
            months=months.get(row["id"], {}),
        )
        for row in rows
    }


async def _read_months(
    session: AsyncSession, line_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Mapping[int, MonthFigures]]:
    months: dict[uuid.UUID, dict[int, MonthFigures]] = {}
    if not line_ids:
        return months
    found = await session.execute(
        select(
            BudgetLineMonth.line_id,
            BudgetLineMonth.month,
            BudgetLineMonth.planned_fen,
            BudgetLineMonth.used_fen,
        ).where(BudgetLineMonth.line_id.in_(line_ids))
    )
    for line_id, month, planned_fen, used_fen in found:
        months.setdefault(line_id, {})[month] = MonthFigures(planned_fen, used_fen)
    return months


async def _read_holds(
    session: AsyncSession, document_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, HoldSnapshot]:
    if not document_ids:
        return {}
    own = (
        select(BudgetHold.source_hold_id)
        .where(BudgetHold.document_id.in_(document_ids))
        .scalar_subquery()
    )
    rows = await session.execute(
        select(*BudgetHold.__table__.columns)
        .where(or_(BudgetHold.document_id.in_(document_ids), BudgetHold.id.in_(own)))
        .order_by(BudgetHold.id)
    )
    return {
        row["id"]: HoldSnapshot(
            id=row["id"],
            document_id=row["document_id"],
            line_id=row["line_id"],
            state=row["state"],
            amount_fen=row["amount_fen"],
            left_fen=row["left_fen"],
            month=row["month"],
            executed_fen=row["executed_fen"],
            end=row["ended_as"],
            document_line_id=row["document_line_id"],
            source_hold_id=row["source_hold_id"],
        )
        for row in rows.mappings()
    }


_FIGURES = ("approved_fen", "adjusted_fen", "frozen_fen", "occupied_fen", "executed_fen")
_SAVE_FIGURES = (
    update(BudgetLine)
    .where(
        BudgetLine.hospital_id == bindparam("of_hospital"), BudgetLine.id == bindparam("of_line")
    )
    .values({**{name: bindparam(name) for name in _FIGURES}, "version": BudgetLine.version + 1})
)


async def _write_lines(
    session: WriteSession, lines: Iterable[LineSnapshot], hospital_id: int
) -> None:
    """One round trip for all lines: they are locked, and others wait for them."""
    rows = [
        {
            "of_hospital": hospital_id,
            "of_line": line.id,
            **{name: getattr(line.figures, name) for name in _FIGURES},
        }
        for line in lines
    ]
    if rows:
        await (await session.connection()).execute(_SAVE_FIGURES, rows)


async def _write_months(
    session: WriteSession, before: Book, lines: Iterable[LineSnapshot], hospital_id: int
) -> None:
    rows = [
        {
            "hospital_id": hospital_id,
            "id": new_id(),
            "line_id": line.id,
            "month": month,
            "planned_fen": figures.planned_fen,
            "used_fen": figures.used_fen,
        }
        for line in lines
        for month, figures in line.months.items()
        if before.lines[line.id].months.get(month) != figures
    ]
    if rows:
        statement = upsert(BudgetLineMonth)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["hospital_id", "line_id", "month"],
                set_={
                    "planned_fen": statement.excluded.planned_fen,
                    "used_fen": statement.excluded.used_fen,
                },
            ),
            rows,
        )


async def _write_holds(
    session: WriteSession, before: Book, holds: Iterable[HoldSnapshot], writing: Writing
) -> None:
    opened = []
    for hold in holds:
        ended_at = writing.now if hold.state is HoldState.ENDED else None
        if hold.id in before.holds:
            was_ended = before.holds[hold.id].state is HoldState.ENDED
            values = {
                "state": hold.state,
                "ended_as": hold.end,
                "left_fen": hold.left_fen,
                "executed_fen": hold.executed_fen,
            }
            await session.execute(
                update(BudgetHold)
                .where(BudgetHold.id == hold.id)
                .values(values if was_ended else {**values, "ended_at": ended_at})
                .execution_options(synchronize_session=False)
            )
            continue
        opened.append(
            {
                "hospital_id": writing.hospital_id,
                "id": hold.id,
                "document_id": hold.document_id,
                "document_line_id": hold.document_line_id,
                "line_id": hold.line_id,
                "source_hold_id": hold.source_hold_id,
                "state": hold.state,
                "ended_as": hold.end,
                "amount_fen": hold.amount_fen,
                "left_fen": hold.left_fen,
                "executed_fen": hold.executed_fen,
                "month": hold.month,
                "opened_at": writing.now,
                "ended_at": ended_at,
            }
        )
    if opened:
        await session.execute(insert(BudgetHold), opened)
