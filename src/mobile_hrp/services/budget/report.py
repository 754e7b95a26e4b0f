"""The execution report: how far each line has come, by department or expense type, at any moment.

Figures come from the lines themselves; months from the ledger, so a report of today equals what a
finance head adds up by hand from the documents.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.figures import FULL_BP, BudgetFigures
from mobile_hrp.domain.budget.terms import MovementKind
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.budget import BudgetEntry, BudgetLine
from mobile_hrp.models.organization import Department
from mobile_hrp.services.budget.access import visible_lines

_EXECUTION = (MovementKind.EXECUTE, MovementKind.REVERSE)
NOT_GIVEN = ""


class ReportBy(StrEnum):
    DEPARTMENT = "department"
    EXPENSE_TYPE = "expense_type"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One department or expense type: the sum of its lines that have none below them.

    ``by_month_fen`` is what was executed in each month (YYYYMM) of the lines' year.
    """

    key: str
    name: str
    lines: int
    figures: BudgetFigures
    by_month_fen: Mapping[int, int]

    @property
    def executed_bp(self) -> int:
        """Executed over budget in basis points, rounded down; 0 without a budget."""
        if self.figures.total_fen <= 0:
            return 0
        return self.figures.executed_fen * FULL_BP // self.figures.total_fen


async def execution_report(
    session: AsyncSession, *, viewer: Viewer, year: int, by: ReportBy
) -> Sequence[ReportRow]:
    """The lines of the year the viewer may see, summed; by name. Totals are not counted twice."""
    group, name = _grouping(by)
    leaves = (BudgetLine.year == year, visible_lines(viewer), ~_has_lines_below())
    sums = await session.execute(
        select(
            group,
            name,
            func.count(),
            func.sum(BudgetLine.approved_fen),
            func.sum(BudgetLine.adjusted_fen),
            func.sum(BudgetLine.frozen_fen),
            func.sum(BudgetLine.occupied_fen),
            func.sum(BudgetLine.executed_fen),
        )
        .select_from(BudgetLine)
        .outerjoin(
            Department,
            (Department.hospital_id == BudgetLine.hospital_id)
            & (Department.id == BudgetLine.department_id),
        )
        .where(*leaves)
        .group_by(group, name)
        .order_by(name, group)
    )
    months = await _by_month(session, group, leaves)
    return [
        ReportRow(
            key=str(key) if key else NOT_GIVEN,
            name=label or NOT_GIVEN,
            lines=lines,
            figures=BudgetFigures(*(int(fen) for fen in fens)),
            by_month_fen=months.get(key, {}),
        )
        for key, label, lines, *fens in sums
    ]


def _grouping(by: ReportBy) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    if by is ReportBy.DEPARTMENT:
        return BudgetLine.department_id.expression, Department.name.expression
    return BudgetLine.expense_type.expression, BudgetLine.expense_type.expression


def _has_lines_below() -> ColumnElement[bool]:
    below = aliased(BudgetLine)
    return exists(
        select(below.id).where(
            below.hospital_id == BudgetLine.hospital_id, below.parent_id == BudgetLine.id
        )
    )


async def _by_month(
    session: AsyncSession,
    group: ColumnElement[Any],
    leaves: Sequence[ColumnElement[bool]],
) -> Mapping[uuid.UUID | str | None, Mapping[int, int]]:
    signed = case(
        (BudgetEntry.kind == MovementKind.EXECUTE, BudgetEntry.amount_fen),
        else_=-BudgetEntry.amount_fen,
    )
    rows = await session.execute(
        select(group, BudgetEntry.month, func.sum(signed))
        .select_from(BudgetEntry)
        .join(
            BudgetLine,
            (BudgetLine.hospital_id == BudgetEntry.hospital_id)
            & (BudgetLine.id == BudgetEntry.line_id),
        )
        .where(BudgetEntry.kind.in_(_EXECUTION), *leaves)
        .group_by(group, BudgetEntry.month)
        .order_by(BudgetEntry.month)
    )
    months: dict[uuid.UUID | str | None, dict[int, int]] = {}
    for key, month, fen in rows:
        months.setdefault(key, {})[month] = int(fen)
    return months
