"""Finds the budget line a document line is charged to, where the requester named none."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.matching import LineDimensions, Spending, covering_line
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.role_holders import departments_upwards


async def find_covering_line(
    session: AnySession,
    *,
    hospital_id: int,
    department_id: uuid.UUID,
    campus_id: uuid.UUID,
    expense_type: str,
    on: date,
    project_id: uuid.UUID | None = None,
    fund_source_id: uuid.UUID | None = None,
    path: str = "",
) -> uuid.UUID:
    """The strictest line in force on the day that covers the spending.

    Raises:
        Refusal: NO_COVERING_LINE, BUDGET_LINE_AMBIGUOUS, at ``path``.
    """
    spending = Spending(
        departments=tuple(
            await departments_upwards(session, hospital_id=hospital_id, department_id=department_id)
        ),
        campus_id=campus_id,
        expense_type=expense_type,
        project_id=project_id,
        fund_source_id=fund_source_id,
    )
    candidates = await _candidates(session, spending, on)
    return covering_line(candidates, spending, path=path).id


async def _candidates(
    session: AnySession, spending: Spending, on: date
) -> Sequence[LineDimensions]:
    """Open leaf lines of the day that could fit, with their depth in the tree."""
    below = aliased(BudgetLine)
    rows = await session.scalars(
        select(BudgetLine).where(
            BudgetLine.closed_at.is_(None),
            BudgetLine.first_day <= on,
            BudgetLine.last_day >= on,
            BudgetLine.project_id.is_not_distinct_from(spending.project_id),
            (BudgetLine.department_id.is_(None))
            | BudgetLine.department_id.in_(spending.departments),
            (BudgetLine.expense_type.is_(None))
            | (BudgetLine.expense_type == spending.expense_type),
            ~exists(
                select(below.id).where(
                    below.hospital_id == BudgetLine.hospital_id, below.parent_id == BudgetLine.id
                )
            ),
        )
    )
    found = rows.all()
    depths = await _depths(session, [row.id for row in found])
    return [
        LineDimensions(
            id=row.id,
            name=row.name,
            depth=depths[row.id],
            project_id=row.project_id,
            fund_source_id=row.fund_source_id,
            department_id=row.department_id,
            campus_id=row.campus_id,
            expense_type=row.expense_type,
            function_class=row.function_class,
            department_economic_class_id=row.department_economic_class_id,
            government_economic_class_id=row.government_economic_class_id,
        )
        for row in found
    ]


async def _depths(session: AnySession, line_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many lines lie above each. UNION ends the walk even in a circular tree."""
    start = (
        select(BudgetLine.id.label("leaf"), BudgetLine.id, BudgetLine.parent_id)
        .where(BudgetLine.id.in_(line_ids))
        .cte("above", recursive=True)
    )
    parent = aliased(BudgetLine)
    walk = start.union(
        select(start.c.leaf, parent.id, parent.parent_id).join(
            start, start.c.parent_id == parent.id
        )
    )
    depths = dict.fromkeys(line_ids, -1)
    for leaf in (await session.execute(select(walk.c.leaf))).scalars():
        depths[leaf] += 1
    return depths
