"""A department's month, the hospital's, and the monthly report."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.indicators import IndicatorValueType
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.models.value import MonthlyReport
from mobile_hrp.services.indicators.dashboards import (
    Amount,
    DepartmentMonth,
    HospitalRow,
    PaperCost,
    Section,
    used_bp,
)
from mobile_hrp.services.indicators.values import Value

REPORT_PATH = "/downloads/reports/"

strawberry.enum(Section, name="DashboardSection", description="A part of a department's month.")


@covered_by(REACHED)
@strawberry.type(name="DashboardAmount", description="By payer of income, or kind of expense.")
class DashboardAmountType:
    key: str
    amount: Money

    @classmethod
    def all_of(cls, amounts: tuple[Amount, ...] | None) -> list[Self] | None:
        if amounts is None:
            return None
        return [cls(key=one.key, amount=Money(one.fen)) for one in amounts]


@covered_by(REACHED)
@strawberry.type(name="DashboardBudget", description="The year's budget of a department.")
class DashboardBudgetType:
    total: Money
    frozen: Money
    occupied: Money
    executed: Money
    used_basis_points: int

    @classmethod
    def of(cls, figures: BudgetFigures) -> Self:
        return cls(
            total=Money(figures.total_fen),
            frozen=Money(figures.frozen_fen),
            occupied=Money(figures.occupied_fen),
            executed=Money(figures.executed_fen),
            used_basis_points=used_bp(figures),
        )


@covered_by(REACHED)
@strawberry.type(
    name="DashboardPaper", description="A document that the month's costs come from, and its part."
)
class DashboardPaperType:
    document_id: strawberry.ID
    number: str
    title: str
    executed: Money

    @classmethod
    def of(cls, one: PaperCost) -> Self:
        return cls(
            document_id=encode_id("Document", one.document.id),
            number=one.document.number,
            title=one.document.title,
            executed=Money(one.fen),
        )


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorFigure", description="A value of a month, with the name of its indicator."
)
class IndicatorFigureType:
    indicator: str
    name: str
    value: IndicatorValueType

    @classmethod
    def of(cls, one: Value, locale: str) -> Self:
        return cls(
            indicator=one.indicator.code,
            name=one.indicator.names[locale],
            value=IndicatorValueType.of(one),
        )


@covered_by(REACHED)
@strawberry.type(
    name="DepartmentDashboard",
    description="A department's month. A section that is null is named in `withheld`.",
)
class DepartmentDashboardType:
    department: DepartmentType
    month: str
    income: list[DashboardAmountType] | None
    costs: list[DashboardAmountType] | None
    personnel: Money | None = strawberry.field(
        description="The package of a published period that at least five people share."
    )
    result: Money | None = strawberry.field(description="Income less costs and personnel.")
    budget: DashboardBudgetType | None
    papers: list[DashboardPaperType] = strawberry.field(
        description="The largest documents among those the viewer may see."
    )
    indicators: list[IndicatorFigureType]
    withheld: list[Section]

    @classmethod
    def of(cls, one: DepartmentMonth, locale: str) -> Self:
        return cls(
            department=DepartmentType.of(one.department),
            month=f"{one.month:%Y-%m}",
            income=DashboardAmountType.all_of(one.income),
            costs=DashboardAmountType.all_of(one.costs),
            personnel=None if one.personnel_fen is None else Money(one.personnel_fen),
            result=None if one.result_fen is None else Money(one.result_fen),
            budget=None if one.budget is None else DashboardBudgetType.of(one.budget),
            papers=[DashboardPaperType.of(paper) for paper in one.papers],
            indicators=[IndicatorFigureType.of(value, locale) for value in one.indicators],
            withheld=sorted(one.withheld),
        )


@covered_by(REACHED)
@strawberry.type(name="HospitalDashboardRow", description="One department beside the others.")
class HospitalDashboardRowType:
    department: DepartmentType
    income: Money | None
    cost: Money | None
    budget: DashboardBudgetType | None

    @classmethod
    def of(cls, row: HospitalRow) -> Self:
        return cls(
            department=DepartmentType.of(row.department),
            income=None if row.income_fen is None else Money(row.income_fen),
            cost=None if row.cost_fen is None else Money(row.cost_fen),
            budget=None if row.budget is None else DashboardBudgetType.of(row.budget),
        )


@covered_by(REACHED)
@strawberry.type(
    name="HospitalDashboard", description="All departments of a month. Pay is not in it."
)
class HospitalDashboardType:
    month: str
    departments: list[HospitalDashboardRowType]
    indicators: list[IndicatorFigureType]


@covered_by(REACHED)
@strawberry.type(name="ReportIndicator", description="A value as it was reported.")
class ReportIndicatorType:
    code: str
    name: str
    state: str
    text: str | None
    version: int
    content_hash: str


@covered_by(REACHED)
@strawberry.type(
    name="MonthlyReport",
    description="A month of a department or of the hospital as it was reported; it never changes.",
)
class MonthlyReportType:
    id: strawberry.ID
    month: str
    edition: int
    content_hash: str
    made_at: datetime
    file: str = strawberry.field(description="Where the page to be printed is fetched.")
    income: list[DashboardAmountType]
    costs: list[DashboardAmountType]
    indicators: list[ReportIndicatorType]

    @classmethod
    def of(cls, row: MonthlyReport, locale: str) -> Self:
        content = row.content
        key = encode_id("MonthlyReport", row.id)
        return cls(
            id=key,
            month=f"{row.month:%Y-%m}",
            edition=row.edition,
            content_hash=row.content_hash,
            made_at=row.made_at,
            file=f"{REPORT_PATH}{key}",
            income=_amounts(content["income_fen"]),
            costs=_amounts(content["costs_fen"]),
            indicators=[
                ReportIndicatorType(
                    code=one["code"],
                    name=one["names"][locale],
                    state=one["state"].upper(),
                    text=one["text"],
                    version=one["version"],
                    content_hash=one["content_hash"],
                )
                for one in content["indicators"]
            ],
        )


@covered_by(REACHED)
@strawberry.type
class MonthlyReportPayload:
    report: MonthlyReportType | None
    user_errors: list[UserError]
    replayed: bool = False


def _amounts(by_key: dict[str, int]) -> list[DashboardAmountType]:
    return [DashboardAmountType(key=key, amount=Money(fen)) for key, fen in by_key.items()]
