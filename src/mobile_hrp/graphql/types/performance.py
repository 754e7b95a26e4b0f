"""My own performance pay, and the runs the performance office calculates."""

from datetime import date, datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.terms import LineKind, PeriodState, RunState
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by, field, needs
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import DepartmentType
from mobile_hrp.models.performance import PerformanceRun
from mobile_hrp.services.performance.own_view import CountedWork, MyLine, MyPerformance, MyPeriod
from mobile_hrp.services.performance.runs import packages_of, rule_book

for _kind, _name in (
    (LineKind, "PayoutLineKind"),
    (PeriodState, "PerformancePeriodState"),
    (RunState, "PerformanceRunState"),
):
    strawberry.enum(_kind, name=_name)

_MILLI = 1000


@covered_by(OWNER)
@strawberry.type(name="CountedWork", description="An imported row of my work, and its source.")
class CountedWorkType:
    code: str
    quantity: str
    occurred_on: date
    source_system: str
    source_row: str

    @classmethod
    def of(cls, work: CountedWork) -> Self:
        whole, part = divmod(work.quantity_milli, _MILLI)
        return cls(
            code=work.code,
            quantity=f"{whole}.{part:03d}".rstrip("0").rstrip("."),
            occurred_on=work.occurred_on,
            source_system=work.source_system,
            source_row=work.source_row,
        )


@covered_by(OWNER)
@strawberry.type(name="CostSource", description="A document whose cost the department shares.")
class CostSourceType:
    document_number: str
    executed: Money | None = strawberry.field(description="Null in a small department.")


@covered_by(OWNER)
@strawberry.type(name="PayoutLine", description="One part of my pay and how it was computed.")
class PayoutLineType:
    id: strawberry.ID
    department_name: str
    kind: LineKind
    rule_code: str
    rule_version: str
    rule_name: str
    amount: Money
    explanation: JSON = strawberry.field(description="The formula, its inputs, the documents.")
    work: list[CountedWorkType] = strawberry.field(description="The first rows of each kind.")
    work_rows: int = strawberry.field(description="How many rows there are in all.")
    sources: list[CostSourceType]

    @classmethod
    def of(cls, mine: MyLine, locale: str) -> Self:
        sources = [
            CostSourceType(
                document_number=one.document_number,
                executed=None if one.executed_fen is None else Money(one.executed_fen),
            )
            for one in mine.line.explanation.sources
        ]
        line = mine.line
        return cls(
            id=encode_id("PayoutLine", line.id),
            department_name=mine.department_name,
            kind=line.kind,
            rule_code=line.rule_code,
            rule_version=line.rule_version,
            rule_name=rule_book().names_of(line.rule_code).get(locale, line.rule_code),
            amount=Money(line.amount_fen),
            explanation=JSON(_explanation(mine)),
            work=[CountedWorkType.of(one) for one in mine.work],
            work_rows=line.explanation.rows,
            sources=sources,
        )


def _explanation(mine: MyLine) -> dict[str, object]:
    documents = [
        {
            "number": one.document_number,
            "executed": None if one.executed_fen is None else format_money(one.executed_fen),
        }
        for one in mine.line.explanation.sources
    ]
    return {**mine.line.explanation.terms, **({"documents": documents} if documents else {})}


@covered_by(OWNER)
@strawberry.type(name="PerformanceSummary", description="My total of one published period.")
class PerformanceSummaryType:
    period: str
    first_day: date
    last_day: date
    state: PeriodState
    published_at: datetime | None
    disputes_until: datetime | None
    total: Money

    @classmethod
    def of(cls, period: MyPeriod) -> Self:
        return cls(
            period=period.code,
            first_day=period.first_day,
            last_day=period.last_day,
            state=period.state,
            published_at=period.published_at,
            disputes_until=period.publicity_until,
            total=Money(period.total_fen),
        )


@covered_by(OWNER)
@strawberry.type(name="MyPerformance", description="My pay of one period; the lines sum to it.")
class MyPerformanceType(PerformanceSummaryType):
    lines: list[PayoutLineType]

    @classmethod
    def mine(cls, found: MyPerformance, locale: str) -> Self:
        period = found.period
        return cls(
            period=period.code,
            first_day=period.first_day,
            last_day=period.last_day,
            state=period.state,
            published_at=period.published_at,
            disputes_until=period.publicity_until,
            total=Money(period.total_fen),
            lines=[PayoutLineType.of(line, locale) for line in found.lines],
        )


@covered_by(REACHED)
@strawberry.type(name="PerformancePackage", description="What a run gives a department.")
class PerformancePackageType:
    department: DepartmentType | None
    amount: Money | None = strawberry.field(description="Null where fewer than five share it.")
    people: int


@covered_by(REACHED)
@strawberry.type(name="PerformanceRun", description="One calculation of a period.")
class PerformanceRunType:
    id: strawberry.ID
    sequence: int
    state: RunState
    rule_version: str
    input_hash: str | None
    created_at: datetime
    published_at: datetime | None
    row: strawberry.Private[PerformanceRun]

    @field(needs(Permission.PERFORMANCE_VIEW_ALL), description="The packages by department.")
    async def packages(self, info: Info) -> list[PerformancePackageType]:
        async with info.context.reading() as session:
            rows = await packages_of(
                session, viewer=info.context.require_viewer(), run_id=self.row.id
            )
        departments = await info.context.loaders.departments.load_many(
            [row.department_id for row in rows]
        )
        return [
            PerformancePackageType(
                department=DepartmentType.of(department) if department else None,
                amount=None if row.amount_fen is None else Money(row.amount_fen),
                people=row.people,
            )
            for row, department in zip(rows, departments, strict=True)
        ]

    @classmethod
    def of(cls, row: PerformanceRun) -> Self:
        return cls(
            id=encode_id("PerformanceRun", row.id),
            sequence=row.sequence,
            state=row.state,
            rule_version=row.rule_version,
            input_hash=row.input_hash,
            created_at=row.created_at,
            published_at=row.published_at,
            row=row,
        )
