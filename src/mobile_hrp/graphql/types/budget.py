"""Budget lines with their five figures, what a document does to them, and overrun alerts."""

from datetime import date, datetime
from typing import Self

import strawberry

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, Outcome
from mobile_hrp.domain.pictures.cards import WORDS, budget_card
from mobile_hrp.domain.pictures.scene import Theme
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.cards import BudgetCardType
from mobile_hrp.graphql.types.organization import DepartmentType, StaffType, load_staff
from mobile_hrp.models.budget import BudgetAlert, BudgetLine
from mobile_hrp.services.budget.impact import BudgetImpact, LineImpact

for _kind, _name in (
    (CheckWindow, "BudgetCheckWindow"),
    (ControlMode, "BudgetControlMode"),
    (Outcome, "BudgetOutcome"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(
    name="BudgetFigures",
    description="available = approved + adjusted - frozen - occupied - executed, always.",
)
class BudgetFiguresType:
    approved: Money
    adjusted: Money
    frozen: Money
    occupied: Money
    executed: Money
    available: Money

    @classmethod
    def of(cls, figures: BudgetFigures) -> Self:
        return cls(
            approved=Money(figures.approved_fen),
            adjusted=Money(figures.adjusted_fen),
            frozen=Money(figures.frozen_fen),
            occupied=Money(figures.occupied_fen),
            executed=Money(figures.executed_fen),
            available=Money(figures.available_fen),
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetLine", description="A budget indicator (预算指标) and its figures.")
class BudgetLineType:
    id: strawberry.ID
    year: int
    code: str
    name: str
    expense_type: str | None
    first_day: date
    last_day: date
    parent_id: strawberry.ID | None
    control_mode: ControlMode
    check_window: CheckWindow
    closed: bool
    approved: Money
    adjusted: Money
    frozen: Money
    occupied: Money
    executed: Money
    available: Money
    row: strawberry.Private[BudgetLine]

    @field(REACHED, description="Null for a line of no department in particular.")
    async def department(self, info: Info) -> DepartmentType | None:
        key = self.row.department_id
        found = await info.context.loaders.departments.load(key) if key else None
        return DepartmentType.of(found) if found else None

    @field(REACHED, description="Who answers for the line.")
    async def owner(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.owner_id)

    @field(REACHED, description="Spent and held of what there is, or what is above it, as a bar.")
    def card(self, info: Info, theme: Theme = Theme.LIGHT) -> BudgetCardType:
        figures = figures_of(self.row)
        scene = budget_card(
            self.row.name,
            approved=figures.approved_fen + figures.adjusted_fen,
            held=figures.frozen_fen + figures.occupied_fen,
            spent=figures.executed_fen,
            theme=theme,
            words=WORDS[info.context.locale],
        )
        return BudgetCardType.of(scene)

    @classmethod
    def of(cls, row: BudgetLine) -> Self:
        figures = figures_of(row)
        return cls(
            id=encode_id("BudgetLine", row.id),
            year=row.year,
            code=row.code,
            name=row.name,
            expense_type=row.expense_type,
            first_day=row.first_day,
            last_day=row.last_day,
            parent_id=encode_id("BudgetLine", row.parent_id) if row.parent_id else None,
            control_mode=row.control_mode,
            check_window=row.check_window,
            closed=row.closed_at is not None,
            approved=Money(figures.approved_fen),
            adjusted=Money(figures.adjusted_fen),
            frozen=Money(figures.frozen_fen),
            occupied=Money(figures.occupied_fen),
            executed=Money(figures.executed_fen),
            available=Money(figures.available_fen),
            row=row,
        )


def figures_of(row: BudgetLine) -> BudgetFigures:
    return BudgetFigures(
        approved_fen=row.approved_fen,
        adjusted_fen=row.adjusted_fen,
        frozen_fen=row.frozen_fen,
        occupied_fen=row.occupied_fen,
        executed_fen=row.executed_fen,
    )


@covered_by(REACHED)
@strawberry.type(
    name="ChargeableLine", description="A budget line to choose for a document; no figures."
)
class ChargeableLineType:
    id: strawberry.ID
    code: str
    name: str
    expense_type: str | None

    @classmethod
    def of(cls, row: BudgetLine) -> Self:
        return cls(
            id=encode_id("BudgetLine", row.id),
            code=row.code,
            name=row.name,
            expense_type=row.expense_type,
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetQueue", description="What other documents in approval hold already.")
class BudgetQueueType:
    documents: int
    amount: Money


@covered_by(REACHED)
@strawberry.type(name="BudgetLineImpact", description="What the document does to one line.")
class BudgetLineImpactType:
    line_id: strawberry.ID
    name: str
    outcome: Outcome
    requested: Money
    held: Money = strawberry.field(description="What the document, or its request, holds already.")
    before: BudgetFiguresType
    after: BudgetFiguresType = strawberry.field(description="Once the document is approved.")
    available_before: Money = strawberry.field(
        description="Without the document, in the month or window that is checked."
    )
    available_after: Money
    usage_after_percent: int
    queue: BudgetQueueType
    exhaustion_day: date | None = strawberry.field(
        description="When the line is forecast to run out with this document."
    )
    last_year_executed: Money | None = strawberry.field(description="To the same month last year.")

    @classmethod
    def of(cls, line: LineImpact) -> Self:
        last_year = line.last_year_executed_fen
        return cls(
            line_id=encode_id("BudgetLine", line.line_id),
            name=line.name,
            outcome=line.outcome,
            requested=Money(line.requested_fen),
            held=Money(line.held_fen),
            before=BudgetFiguresType.of(line.figures),
            after=BudgetFiguresType.of(line.figures_after),
            available_before=Money(line.available_before_fen),
            available_after=Money(line.available_after_fen),
            usage_after_percent=line.usage_after_bp // 100,
            queue=BudgetQueueType(documents=line.queued_documents, amount=Money(line.queued_fen)),
            exhaustion_day=line.exhaustion_day,
            last_year_executed=None if last_year is None else Money(last_year),
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetImpact", description="The strictest outcome, and every line covered.")
class BudgetImpactType:
    outcome: Outcome
    lines: list[BudgetLineImpactType]
    uncovered: list[str] = strawberry.field(description="Paths of lines no budget covers.")

    @classmethod
    def of(cls, impact: BudgetImpact) -> Self:
        return cls(
            outcome=impact.outcome,
            lines=[BudgetLineImpactType.of(line) for line in impact.lines],
            uncovered=list(impact.uncovered_paths),
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetAlert", description="A line crossed a level, or will run out.")
class BudgetAlertType:
    id: strawberry.ID
    period: str
    level_percent: int | None
    exhaustion_day: date | None
    budget: Money = strawberry.field(description="As it was when the alert fired.")
    used: Money
    fired_at: datetime
    acknowledged_at: datetime | None
    acknowledgement: str | None
    line_name: str
    row: strawberry.Private[BudgetAlert]

    @field(REACHED, description="The document that crossed the level; null for a forecast.")
    async def document_number(self, info: Info) -> str | None:
        key = self.row.document_id
        found = await info.context.loaders.documents.load(key) if key else None
        return found.number if found else None

    @field(REACHED)
    async def acknowledged_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.acknowledged_by)

    @classmethod
    def of(cls, row: BudgetAlert, line_name: str) -> Self:
        return cls(
            id=encode_id("BudgetAlert", row.id),
            period=row.period,
            level_percent=None if row.level_bp is None else row.level_bp // 100,
            exhaustion_day=row.exhaustion_day,
            budget=Money(row.total_fen),
            used=Money(row.used_fen),
            fired_at=row.fired_at,
            acknowledged_at=row.acknowledged_at,
            acknowledgement=row.acknowledgement,
            line_name=line_name,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The alert, or why not.")
class BudgetAlertPayload:
    alert: BudgetAlertType | None
    user_errors: list[UserError]
    replayed: bool = False
