"""Whether it is worth it: events of phones, funnel, costly fields, who uses it, what waits."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.value.telemetry import Event
from mobile_hrp.domain.value.terms import ClientKind, EventName, Screen
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.types.value import (
    AdoptionType,
    FieldFrictionType,
    FunnelType,
    RecordEventsPayload,
    WaitingType,
)
from mobile_hrp.models.organization import Department
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.indicators.values import month_of
from mobile_hrp.services.value import funnel as figures
from mobile_hrp.services.value.funnel import PlaceCounts
from mobile_hrp.services.value.telemetry import record_events

_VIEW = needs(Permission.INDICATOR_VIEW, "one's own departments, and the hospital as a whole")
_OWN = needs(Permission.INBOX_VIEW, "everybody's phone, about itself")
ShownT = TypeVar("ShownT")


@strawberry.input(
    description="One event: closed words and small figures. No names, no texts, no amounts."
)
class TelemetryEventInput:
    name: EventName
    client: ClientKind
    occurred_at: datetime
    screen: Screen | None = None
    scenario_code: str | None = None
    field_key: str | None = strawberry.field(
        default=None, description="A field of the scenario's form; of its rows `lines.amount`."
    )
    duration_ms: int | None = None
    taps: int | None = None


@strawberry.input(description="At most a hundred events; all of them are taken, or none.")
class RecordEventsInput:
    idempotency_key: str
    events: list[TelemetryEventInput]


@strawberry.type
class ValueQuery:
    @field(_VIEW, description="How far what began in a month has come; told from business tables.")
    async def funnel(
        self, info: Info, month: str, scenario_code: str | None = None
    ) -> list[FunnelType]:
        async with info.context.reading() as session:
            found = await figures.funnel(
                session,
                viewer=info.context.require_viewer(),
                month=month_of(month),
                scenario=scenario_code,
            )
        return await _shown(info, found, FunnelType.of)

    @field(_VIEW, description="What waits now, where and for what.")
    async def waiting_reasons(self, info: Info) -> list[WaitingType]:
        async with info.context.reading() as session:
            found = await figures.waiting_reasons(
                session, viewer=info.context.require_viewer(), now=info.context.now()
            )
        return await _shown(info, found, WaitingType.of)

    @field(_VIEW, description="Who used the system in a month, and from which clients.")
    async def adoption(self, info: Info, month: str) -> list[AdoptionType]:
        async with info.context.reading() as session:
            found = await figures.adoption(
                session, viewer=info.context.require_viewer(), month=month_of(month)
            )
        return await _shown(info, found, AdoptionType.of)

    @field(_VIEW, description="What each field of a form costs, those that stop people first.")
    async def form_friction(
        self, info: Info, scenario_code: str, month: str
    ) -> list[FieldFrictionType]:
        async with info.context.reading() as session:
            found = await figures.form_friction(
                session,
                viewer=info.context.require_viewer(),
                scenario=scenario_code,
                month=month_of(month),
            )
        return [FieldFrictionType.of(one) for one in found]


@strawberry.type
class ValueMutation:
    @mutation(_OWN, description="Tell what happened on the phone, under no name.")
    async def record_events(self, info: Info, input: RecordEventsInput) -> RecordEventsPayload:
        events = [
            Event(
                one.name,
                one.client,
                one.occurred_at,
                one.screen,
                one.scenario_code,
                one.field_key,
                one.duration_ms,
                one.taps,
            )
            for one in input.events
        ]

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            box = info.context.services.doors.box
            count = await record_events(session, viewer=viewer, box=box, events=events, now=now)
            return {"recorded": count}

        outcome = await perform(
            info,
            operation="recordEvents",
            key=input.idempotency_key,
            body={"events": [_body(one) for one in events]},
            work=work,
        )
        return RecordEventsPayload(
            recorded=outcome.result["recorded"] if outcome.result else 0,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _body(one: Event) -> list[Any]:
    return [
        one.name,
        one.client,
        one.occurred_at.isoformat(),
        one.screen,
        one.scenario_code,
        one.field_key,
        one.duration_ms,
        one.taps,
    ]


async def _shown(
    info: Info,
    found: Sequence[PlaceCounts],
    shown: Callable[[PlaceCounts, Department | None], ShownT],
) -> list[ShownT]:
    """Each with its department; the hospital comes first and has none."""
    keys = [one.department_id for one in found if one.department_id is not None]
    rows = dict(zip(keys, await info.context.loaders.departments.load_many(keys), strict=True))
    return [shown(one, rows.get(one.department_id) if one.department_id else None) for one in found]
