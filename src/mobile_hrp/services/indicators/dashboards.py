"""A department's month: income, costs, how far the budget has come, and the papers behind it.

Each section is there for whoever holds the permission for it. A head sees income, costs and the
package of the own department; finance sees costs and budgets and no packages; the performance
office sees packages and no papers. A section that is kept back is named, and so never taken for 0.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.figures import FULL_BP, BudgetFigures
from mobile_hrp.domain.budget.terms import MovementKind
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.suppression import PEOPLE_MIN
from mobile_hrp.domain.indicator.terms import ValueState
from mobile_hrp.domain.performance.terms import RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetEntry, BudgetLine
from mobile_hrp.models.document import Document
from mobile_hrp.models.indicator import IndicatorFact
from mobile_hrp.models.organization import Department
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.document_access import visible_documents
from mobile_hrp.services.indicators.facts import Months, following, midnight, zone_of
from mobile_hrp.services.indicators.values import Value, month_values, pick, require_place
from mobile_hrp.services.indicators.versions import indicator_library, ordered

INCOME_DATASET: Final = "income"
_EXECUTION: Final = (MovementKind.EXECUTE, MovementKind.REVERSE)
_MILLI_PER_FEN: Final = 10


class Section(StrEnum):
    INCOME = "income"
    COSTS = "costs"
    PERSONNEL = "personnel"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in fen by payer of income or expense type of costs."""

    key: str
    fen: int


@dataclass(frozen=True, slots=True)
class PaperCost:
    """What one document had executed in the month; listed only if the viewer may see it."""

    document: Document
    fen: int


@dataclass(frozen=True, slots=True)
class DepartmentMonth:
    """A section is None where the viewer may not see it or it is kept back: see ``withheld``."""

    department: Department
    month: date
    income: tuple[Amount, ...] | None
    costs: tuple[Amount, ...] | None
    personnel_fen: int | None
    budget: BudgetFigures | None
    papers: tuple[PaperCost, ...]
    indicators: tuple[Value, ...]
    withheld: frozenset[Section]

    @property
    def result_fen(self) -> int | None:
        """Income less costs and pay; None unless all three are there."""
        if self.income is None or self.costs is None or self.personnel_fen is None:
            return None
        return _sum(self.income) - _sum(self.costs) - self.personnel_fen

    @property
    def budget_used_bp(self) -> int | None:
        return None if self.budget is None else used_bp(self.budget)


@dataclass(frozen=True, slots=True)
class HospitalRow:
    """One department in the view of the leaders. Pay is not in it, so none follows from it."""

    department: Department
    income_fen: int | None
    cost_fen: int | None
    budget: BudgetFigures | None


def used_bp(figures: BudgetFigures) -> int:
    """Executed over budget in basis points, rounded down; 0 without a budget."""
    total = figures.total_fen
    return figures.executed_fen * FULL_BP // total if total > 0 else 0


async def department_month(
    session: AnySession, *, viewer: Viewer, department_id: uuid.UUID, month: date, first: int
) -> DepartmentMonth:
    """The dashboard of one department.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND (see ``require_place``).
    """
    require_place(viewer, department_id)
    department = await session.scalar(select(Department).where(Department.id == department_id))
    if department is None:
        raise Refusal("NOT_FOUND", path="departmentId")
    money = _sees_costs(viewer, department_id)
    personnel = await _personnel(session, viewer, department_id, month)
    withheld = {Section.COSTS, Section.BUDGET} if not money else set()
    if personnel is None:
        withheld.add(Section.PERSONNEL)
    costs = (await costs_of(session, month)).get(department_id, {}) if money else None
    return DepartmentMonth(
        department=department,
        month=month,
        income=_amounts((await income_of(session, month)).get(department_id, {})),
        costs=None if costs is None else _amounts(costs),
        personnel_fen=personnel,
        budget=(await budgets_of(session, month.year)).get(department_id) if money else None,
        papers=tuple(await _papers(session, viewer, department_id, month, first)) if money else (),
        indicators=await shown_indicators(session, department_id, month),
        withheld=frozenset(withheld),
    )


async def hospital_month(
    session: AnySession, *, viewer: Viewer, month: date
) -> tuple[Sequence[HospitalRow], Sequence[Value]]:
    """All departments beside each other, and the values of the whole hospital, for its leaders.

    Raises:
        Refusal: PERMISSION_DENIED without a post over the whole hospital.
    """
    viewer.require(Permission.INDICATOR_VIEW)
    money = viewer.can(Permission.BUDGET_VIEW_ALL) or viewer.can(Permission.BUDGET_VIEW_DEPARTMENT)
    income = await income_of(session, month)
    costs = await costs_of(session, month) if money else {}
    budgets = await budgets_of(session, month.year) if money else {}
    places = await session.scalars(
        select(Department)
        .where(Department.id.in_({*income, *costs, *budgets}))
        .order_by(Department.code, Department.id)
    )
    rows = [
        HospitalRow(
            place,
            sum(income.get(place.id, {}).values()),
            sum(costs.get(place.id, {}).values()) if money else None,
            budgets.get(place.id),
        )
        for place in places
    ]
    return rows, await shown_indicators(session, None, month)


async def shown_indicators(
    session: AnySession, department_id: uuid.UUID | None, month: date
) -> tuple[Value, ...]:
    """Every value the place has in a month, or has and keeps back."""
    indicators = ordered(list(indicator_library().indicators.values()))
    found = await month_values(session, indicators=indicators, months=Months(month, month))
    values = [pick(found[one.code, month], department_id) for one in indicators]
    return tuple(one for one in values if one.state is not ValueState.NO_DATA)


async def income_of(session: AnySession, month: date) -> Mapping[uuid.UUID, Mapping[str, int]]:
    """Income (fen) by department and payer, as it was imported."""
    rows = await session.execute(
        select(
            IndicatorFact.department_id,
            IndicatorFact.attributes,
            func.sum(IndicatorFact.quantity_milli),
        )
        .where(
            IndicatorFact.dataset == INCOME_DATASET,
            IndicatorFact.occurred_on >= month,
            IndicatorFact.occurred_on < following(month),
            IndicatorFact.withdrawn_by.is_(None),
        )
        .group_by(IndicatorFact.department_id, IndicatorFact.attributes)
    )
    milli: dict[uuid.UUID, dict[str, int]] = {}
    for place, attributes, amount in rows:
        by_payer = milli.setdefault(place, {})
        payer = str(attributes["payer"])
        by_payer[payer] = by_payer.get(payer, 0) + int(amount)
    return {
        place: {payer: amount // _MILLI_PER_FEN for payer, amount in by_payer.items()}
        for place, by_payer in milli.items()
    }


async def costs_of(session: AnySession, month: date) -> Mapping[uuid.UUID, Mapping[str, int]]:
    """What documents had executed in a month (fen) by department and expense type."""
    rows = await session.execute(
        select(_CHARGED, BudgetLine.expense_type, func.sum(_SIGNED))
        .select_from(BudgetEntry)
        .join(BudgetLine, BudgetLine.id == BudgetEntry.line_id)
        .join(Document, Document.id == BudgetEntry.document_id)
        .where(*await _executed_in(session, month))
        .group_by(_CHARGED, BudgetLine.expense_type)
    )
    found: dict[uuid.UUID, dict[str, int]] = {}
    for place, kind, fen in rows:
        found.setdefault(place, {})[kind or ""] = int(fen)
    return found


async def budgets_of(session: AnySession, year: int) -> Mapping[uuid.UUID, BudgetFigures]:
    """The figures of a year by department: lines that have none below them, added up."""
    below = aliased(BudgetLine)
    rows = await session.execute(
        select(
            BudgetLine.department_id,
            func.sum(BudgetLine.approved_fen),
            func.sum(BudgetLine.adjusted_fen),
            func.sum(BudgetLine.frozen_fen),
            func.sum(BudgetLine.occupied_fen),
            func.sum(BudgetLine.executed_fen),
        )
        .where(
            BudgetLine.year == year,
            BudgetLine.department_id.is_not(None),
            ~exists(
                select(below.id).where(
                    below.hospital_id == BudgetLine.hospital_id, below.parent_id == BudgetLine.id
                )
            ),
        )
        .group_by(BudgetLine.department_id)
    )
    return {place: BudgetFigures(*(int(fen) for fen in fens)) for place, *fens in rows if place}


_CHARGED = func.coalesce(BudgetLine.department_id, Document.department_id)
_SIGNED = case(
    (BudgetEntry.kind == MovementKind.EXECUTE, BudgetEntry.amount_fen),
    else_=-BudgetEntry.amount_fen,
)


async def _executed_in(session: AnySession, month: date) -> tuple[ColumnElement[bool], ...]:
    zone = await zone_of(session)
    begins: datetime = midnight(month, zone)
    return (
        BudgetEntry.kind.in_(_EXECUTION),
        BudgetEntry.line_id == BudgetEntry.charged_line_id,
        BudgetEntry.occurred_at >= begins,
        BudgetEntry.occurred_at < midnight(following(month), zone),
    )


async def _papers(
    session: AnySession, viewer: Viewer, department_id: uuid.UUID, month: date, first: int
) -> Sequence[PaperCost]:
    executed = (
        select(Document.id.label("document_id"), func.sum(_SIGNED).label("fen"))
        .select_from(BudgetEntry)
        .join(BudgetLine, BudgetLine.id == BudgetEntry.line_id)
        .join(Document, Document.id == BudgetEntry.document_id)
        .where(*await _executed_in(session, month), _CHARGED.op("=")(department_id))
        .group_by(Document.id)
        .subquery()
    )
    rows = await session.execute(
        select(Document, executed.c.fen)
        .join(executed, executed.c.document_id == Document.id)
        .where(visible_documents(viewer), executed.c.fen != 0)
        .order_by(executed.c.fen.desc(), Document.number)
        .limit(first)
    )
    return [PaperCost(document, int(fen)) for document, fen in rows]


async def _personnel(
    session: AnySession, viewer: Viewer, department_id: uuid.UUID, month: date
) -> int | None:
    """The department's package of a published period that at least five people share."""
    if not (
        viewer.can(Permission.PERFORMANCE_VIEW_ALL)
        or viewer.can(Permission.PERFORMANCE_VIEW_DEPARTMENT, department_id=department_id)
    ):
        return None
    found: int | None = await session.scalar(
        select(PerformancePackage.amount_fen)
        .join(PerformanceRun, PerformanceRun.id == PerformancePackage.run_id)
        .join(PerformancePeriod, PerformancePeriod.id == PerformanceRun.period_id)
        .where(
            PerformancePackage.department_id == department_id,
            PerformancePackage.people >= PEOPLE_MIN,
            PerformanceRun.state == RunState.PUBLISHED,
            PerformancePeriod.code == f"{month:%Y-%m}",
        )
        .order_by(PerformanceRun.sequence.desc())
        .limit(1)
    )
    return found


def _sees_costs(viewer: Viewer, department_id: uuid.UUID) -> bool:
    return any(
        viewer.can(permission, department_id=department_id)
        for permission in (Permission.BUDGET_VIEW_ALL, Permission.BUDGET_VIEW_DEPARTMENT)
    )


def require_costs(viewer: Viewer, department_id: uuid.UUID | None) -> None:
    """Whether the viewer may read a report, which has costs in it; None is the hospital's.

    Raises:
        Refusal: as ``require_place``, PERMISSION_DENIED for the hospital's without a post over all
            of it, and NOT_FOUND without the budget's permission.
    """
    require_place(viewer, department_id)
    if department_id is None:
        viewer.require(Permission.INDICATOR_VIEW)
        sees = viewer.can(Permission.BUDGET_VIEW_ALL)
    else:
        sees = _sees_costs(viewer, department_id)
    if not sees:
        raise Refusal("NOT_FOUND", path="departmentId")


def _amounts(by_key: Mapping[str, int]) -> tuple[Amount, ...]:
    return tuple(Amount(key, by_key[key]) for key in sorted(by_key))


def _sum(amounts: Sequence[Amount]) -> int:
    return sum(one.fen for one in amounts)
