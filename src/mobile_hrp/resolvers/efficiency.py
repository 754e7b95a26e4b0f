"""How long approvals take, and why they come back."""

from datetime import UTC, datetime

import strawberry

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import SIGNED_IN, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.types.efficiency import EfficiencyRowType, SendBackReasonType
from mobile_hrp.services.approvals.efficiency import (
    EfficiencyBy,
    EfficiencyQuestion,
    efficiency,
    send_back_reasons,
)


@strawberry.input(description="Decisions made from since until just before until.")
class PeriodInput:
    since: datetime
    until: datetime


@strawberry.type
class EfficiencyQuery:
    @field(SIGNED_IN, description="Waiting and working time by flow, step, department or person.")
    async def approval_efficiency(
        self,
        info: Info,
        by: EfficiencyBy,
        period: PeriodInput,
        first: int,
        scenario_code: str | None = None,
    ) -> list[EfficiencyRowType]:
        question = _question(EfficiencyBy(by), period, scenario_code)
        async with info.context.reading() as session:
            rows = await efficiency(
                session, viewer=info.context.require_viewer(), question=question, first=first
            )
        return [EfficiencyRowType.of(row) for row in rows]

    @field(SIGNED_IN, description="Why documents are sent back, most frequent first.")
    async def send_back_reasons(
        self,
        info: Info,
        period: PeriodInput,
        scenario_code: str | None = None,
    ) -> list[SendBackReasonType]:
        question = _question(EfficiencyBy.FLOW, period, scenario_code)
        async with info.context.reading() as session:
            rows = await send_back_reasons(
                session, viewer=info.context.require_viewer(), question=question
            )
        return [SendBackReasonType(reason=row.reason, times=row.times) for row in rows]


def _question(
    by: EfficiencyBy, period: PeriodInput, scenario_code: str | None
) -> EfficiencyQuestion:
    since, until = _utc(period.since, "period.since"), _utc(period.until, "period.until")
    return EfficiencyQuestion(by, since, until, scenario_code)


def _utc(moment: datetime, path: str) -> datetime:
    if moment.tzinfo is None:
        raise Refusal("EFFICIENCY_PERIOD_INVALID", path=path)
    return moment.astimezone(UTC)
