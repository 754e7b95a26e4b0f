"""A run that was asked of the worker."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.performance.terms import CalculationKind, CalculationState
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.performance import PerformanceRunType
from mobile_hrp.models.performance import PerformanceCalculation, PerformanceRun
from mobile_hrp.services.performance.calculating import refusal_of

strawberry.enum(CalculationKind, name="PerformanceCalculationKind")
strawberry.enum(CalculationState, name="PerformanceCalculationState")


@covered_by(REACHED)
@strawberry.type(
    name="PerformanceCalculation",
    description="A run that a worker is asked for, or to publish. Ask until it is DONE or REFUSED.",
)
class PerformanceCalculationType:
    id: strawberry.ID
    kind: CalculationKind
    state: CalculationState
    departments: int = strawberry.field(description="How many have to be calculated; 0 before.")
    calculated: int = strawberry.field(description="How many of them are.")
    run: PerformanceRunType | None
    refusals: list[UserError] = strawberry.field(description="Why there is no run.")
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: PerformanceCalculation, run: PerformanceRun | None, locale: str) -> Self:
        refusal = refusal_of(row)
        return cls(
            id=encode_id("PerformanceCalculation", row.id),
            kind=row.kind,
            state=row.state,
            departments=row.departments,
            calculated=row.calculated,
            run=PerformanceRunType.of(run) if run else None,
            refusals=user_errors(refusal, locale) if refusal else [],
            requested_at=row.requested_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )


@covered_by(REACHED)
@strawberry.type(
    description="What the worker was asked for, and the run as it is now; or why nothing was."
)
class PerformanceRunPayload:
    run: PerformanceRunType | None = strawberry.field(
        description="Null until it is calculated; FROZEN until it is published."
    )
    calculation: PerformanceCalculationType | None = strawberry.field(
        description="What to follow by performanceCalculation; null where there is nothing to do."
    )
    user_errors: list[UserError]
    replayed: bool = False
