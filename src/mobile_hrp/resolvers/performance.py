"""My performance pay; its calculation and publication."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Work, perform
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.graphql.types.performance import (
    MyPerformanceType,
    PerformanceRunType,
    PerformanceSummaryType,
)
from mobile_hrp.graphql.types.performance_calculation import (
    PerformanceCalculationType,
    PerformanceRunPayload,
)
from mobile_hrp.models.performance import PerformanceRun
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.calculating import (
    errand_and_run,
    request_calculation,
    request_publication,
)
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import my_performance, performance_history

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


@strawberry.type
class PerformanceMutation:
    @mutation(
        needs(Permission.PERFORMANCE_CALCULATE),
        description="Have the worker calculate a period; the same inputs give the same run.",
    )
    async def calculate_performance(
        self, info: Info, input: CalculatePerformanceInput
    ) -> PerformanceRunPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await request_calculation(
                session, viewer=viewer, period_code=input.period, now=now
            )
            return {"calculation_id": str(row.id), "run_id": None}

        return await _asked(info, "calculatePerformance", input.idempotency_key, input.period, work)

    @mutation(
        needs(Permission.PERFORMANCE_PUBLISH),
        description="Have the worker show everybody their own lines, and open disputes.",
    )
    async def publish_performance(
        self, info: Info, input: PublishPerformanceInput
    ) -> PerformanceRunPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            run, row = await request_publication(
                session, viewer=viewer, period_code=input.period, now=now
            )
            return {"calculation_id": str(row.id) if row else None, "run_id": str(run.id)}

        return await _asked(info, "publishPerformance", input.idempotency_key, input.period, work)


async def _asked(
    info: Info, operation: str, key: str, period: str, work: Work
) -> PerformanceRunPayload:
    """What was asked for, as it is when the answer is written: a retry may find it done."""
    outcome = await perform(info, operation=operation, key=key, body={"period": period}, work=work)
    result = outcome.result or {}
    row = run = None
    async with info.context.reading() as session:
        if (asked := result.get("calculation_id")) is not None:
            row, run = await errand_and_run(session, calculation_id=UUID(asked))
        elif (published := result.get("run_id")) is not None:
            run = await session.scalar(
                select(PerformanceRun).where(PerformanceRun.id == UUID(published))
            )
    return PerformanceRunPayload(
        run=PerformanceRunType.of(run) if run else None,
        calculation=PerformanceCalculationType.of(row, run, info.context.locale) if row else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
