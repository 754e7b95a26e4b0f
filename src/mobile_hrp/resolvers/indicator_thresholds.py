"""Limits for indicators: set, listed, each person's own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.thresholds import ThresholdSide
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_optional_id
from mobile_hrp.graphql.types.indicator_thresholds import (
    IndicatorThresholdType,
    SetIndicatorThresholdPayload,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.indicators.alerts import my_thresholds, set_threshold

_VIEW = needs(Permission.INDICATOR_VIEW, "one's own limits, for departments a post covers")


@strawberry.input(description="A limit of mine; without a bound it is taken away.")
class SetIndicatorThresholdInput:
    idempotency_key: str
    indicator: str
    department_id: strawberry.ID | None = None
    side: ThresholdSide
    bound: str | None = strawberry.field(
        default=None, description="A number as values are written: percent, yuan, or a count."
    )


@strawberry.type
class IndicatorThresholdQuery:
    @field(_VIEW, description="My limits for indicators; at most fifty.")
    async def indicator_thresholds(self, info: Info) -> list[IndicatorThresholdType]:
        async with info.context.reading() as session:
            rows = await my_thresholds(session, viewer=info.context.require_viewer())
        return [IndicatorThresholdType.of(row, info.context.locale) for row in rows]


@strawberry.type
class IndicatorThresholdMutation:
    @mutation(_VIEW, description="Watch an indicator: I am told once when a value is beyond it.")
    async def set_indicator_threshold(
        self, info: Info, input: SetIndicatorThresholdInput
    ) -> SetIndicatorThresholdPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await set_threshold(
                session,
                viewer=viewer,
                indicator_code=input.indicator,
                department_id=decode_optional_id(
                    "Department", input.department_id, path="departmentId"
                ),
                side=input.side,
                bound=input.bound,
                now=now,
            )
            return {"threshold_id": str(row.id) if row else None}

        outcome = await perform(
            info,
            operation="setIndicatorThreshold",
            key=input.idempotency_key,
            body={
                "indicator": input.indicator,
                "department": input.department_id,
                "side": input.side.value,
                "bound": input.bound,
            },
            work=work,
        )
        found = None
        if outcome.result is not None and (key := outcome.result["threshold_id"]) is not None:
            async with info.context.reading() as session:
                mine = await my_thresholds(session, viewer=info.context.require_viewer())
            found = next((one for one in mine if one.id == UUID(key)), None)
        return SetIndicatorThresholdPayload(
            threshold=IndicatorThresholdType.of(found, info.context.locale) if found else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )
