"""Budget ahead and behind: what-if, and the execution report."""

from typing import Self

import strawberry

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.budget import BudgetFiguresType
from mobile_hrp.services.budget.report import ReportBy, ReportRow
from mobile_hrp.services.budget.what_if import LineForesight, WhatIf

strawberry.enum(ReportBy, name="ReportBy")


@covered_by(REACHED)
@strawberry.type(name="BudgetForesight", description="One line before and after.")
class BudgetForesightType:
    line_id: strawberry.ID
    name: str
    before: BudgetFiguresType
    after: BudgetFiguresType
    short: Money = strawberry.field(description="What would be missing on the line.")
    pending_documents: int

    @classmethod
    def of(cls, line: LineForesight) -> Self:
        return cls(
            line_id=encode_id("BudgetLine", line.line_id),
            name=line.name,
            before=BudgetFiguresType.of(line.before),
            after=BudgetFiguresType.of(line.after),
            short=Money(line.short_fen),
            pending_documents=line.pending_documents,
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetWhatIf", description="Nothing was held or moved.")
class BudgetWhatIfType:
    lines: list[BudgetForesightType] = strawberry.field(description="The shortest first.")
    obstacles: list[UserError] = strawberry.field(description="Why a transfer would be refused.")

    @classmethod
    def of(cls, found: WhatIf, locale: str) -> Self:
        obstacles = user_errors(Refusal.of(found.obstacles), locale) if found.obstacles else []
        return cls(
            lines=[BudgetForesightType.of(line) for line in found.lines], obstacles=obstacles
        )


@covered_by(REACHED)
@strawberry.type(name="MonthAmount")
class MonthAmountType:
    month: int = strawberry.field(description="YYYYMM.")
    amount: Money


@covered_by(REACHED)
@strawberry.type(name="ExecutionRow", description="The lines of a department or expense type.")
class ExecutionRowType:
    key: str
    name: str
    lines: int
    figures: BudgetFiguresType
    executed_percent: int
    by_month: list[MonthAmountType]

    @classmethod
    def of(cls, row: ReportRow) -> Self:
        return cls(
            key=row.key,
            name=row.name,
            lines=row.lines,
            figures=BudgetFiguresType.of(row.figures),
            executed_percent=row.executed_bp // 100,
            by_month=[
                MonthAmountType(month=month, amount=Money(fen))
                for month, fen in sorted(row.by_month_fen.items())
            ],
        )
