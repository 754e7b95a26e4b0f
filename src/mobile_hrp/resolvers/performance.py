"""My performance pay; its calculation and publication."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.graphql.types.performance import (
    MyPerformanceType,
    PerformanceRunPayload,
    PerformanceRunType,
    PerformanceSummaryType,
)
from mobile_hrp.models.performance import PerformanceRun
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import my_performance, performance_history
from mobile_hrp.services.performance.runs import calculate_period, publish_period

_OWN = needs(Permission.PERFORMANCE_VIEW_OWN, "one's own rows only, held by row-level security")


@strawberry.input(description="A period by its code, 2026-11.")
class CalculatePerformanceInput:
    idempotency_key: str
    period: str


@strawberry.input(description="Publishes the latest run of the period.")
class PublishPerformanceInput:
    idempotency_key: str
    period: str


@strawberry.type
class PerformanceQuery:
    @field(_OWN, description="My pay of a published period, the latest unless one is named.")
    async def my_performance(
        self, info: Info, period: str | None = None
    ) -> MyPerformanceType | None:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            try:
                found = await my_performance(
                    session, viewer=viewer, keys=keys_of(info), period_code=period
                )
            except Refusal as refusal:
                if refusal.code == "NOT_FOUND":
                    return None
                raise
        return MyPerformanceType.mine(found, info.context.locale) if found else None

    @field(_OWN, description="My totals of published periods, latest first.")
    async def performance_history(self, info: Info, first: int) -> list[PerformanceSummaryType]:
        if not 1 <= first <= PAGE_MAX:
            raise Refusal("PAGE_SIZE_INVALID", path="first")
        async with info.context.reading() as session:
            periods = await performance_history(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                first=first,
            )
        return [PerformanceSummaryType.of(found.period) for found in periods]


def keys_of(info: Info) -> PersonalKeys:
    """Everybody's data keys, as far as the request's own rows go."""
    return PersonalKeys(info.context.services.doors.box)


Act = Callable[..., Awaitable[PerformanceRun]]


@strawberry.type
class PerformanceMutation:
    @mutation(
        needs(Permission.PERFORMANCE_CALCULATE),
        description="Calculate a period; the same inputs give the run that is there.",
    )
    async def calculate_performance(
        self, info: Info, input: CalculatePerformanceInput
    ) -> PerformanceRunPayload:
        return await _run(
            info, "calculatePerformance", input.idempotency_key, input.period, calculate_period
        )

    @mutation(
        needs(Permission.PERFORMANCE_PUBLISH),
        description="Show everybody their own lines and open the time for disputes.",
    )
    async def publish_performance(
        self, info: Info, input: PublishPerformanceInput
    ) -> PerformanceRunPayload:
        return await _run(
            info, "publishPerformance", input.idempotency_key, input.period, publish_period
        )


async def _run(
    info: Info, operation: str, key: str, period: str, act: Act
) -> PerformanceRunPayload:
    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        run = await act(session, viewer=viewer, keys=keys_of(info), period_code=period, now=now)
        return {"run_id": str(run.id)}

    outcome = await perform(info, operation=operation, key=key, body={"period": period}, work=work)
    return await _payload(info, outcome)


async def _payload(info: Info, outcome: Outcome) -> PerformanceRunPayload:
    row = None
    if outcome.result is not None:
        async with info.context.reading() as session:
            row = await session.scalar(
                select(PerformanceRun).where(PerformanceRun.id == outcome.result["run_id"])
            )
    return PerformanceRunPayload(
        run=PerformanceRunType.of(row) if row else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
