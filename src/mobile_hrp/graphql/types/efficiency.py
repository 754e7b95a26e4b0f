"""How long approvals take, as people see it."""

from typing import Self

import strawberry

from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.services.approvals.efficiency import EfficiencyBy, EfficiencyRow, Spread

strawberry.enum(EfficiencyBy, name="EfficiencyBy")


@covered_by(REACHED)
@strawberry.type(name="Minutes", description="The median, and what nine in ten stay below.")
class SpreadType:
    median: int
    p90: int

    @classmethod
    def of(cls, spread: Spread | None) -> Self | None:
        return cls(median=spread.median, p90=spread.p90) if spread else None


@covered_by(REACHED)
@strawberry.type(
    name="EfficiencyRow",
    description="From waiting for somebody until decided. Small groups are withheld: null.",
)
class EfficiencyRowType:
    key: str
    label: str
    withheld: bool
    decisions: int | None
    elapsed: SpreadType | None = strawberry.field(description="On the clock.")
    working: SpreadType | None = strawberry.field(description="In office hours.")
    sent_back: int | None
    send_back_rate: float | None = strawberry.field(description="Between 0 and 1.")

    @classmethod
    def of(cls, row: EfficiencyRow) -> Self:
        rate = None
        if row.decisions and row.sent_back is not None:
            rate = round(row.sent_back / row.decisions, 4)
        return cls(
            key=row.key,
            label=row.label,
            withheld=row.withheld,
            decisions=row.decisions,
            elapsed=SpreadType.of(row.elapsed),
            working=SpreadType.of(row.working),
            sent_back=row.sent_back,
            send_back_rate=rate,
        )


@covered_by(REACHED)
@strawberry.type(name="SendBackReason", description="A reason that several documents share.")
class SendBackReasonType:
    reason: str
    times: int
