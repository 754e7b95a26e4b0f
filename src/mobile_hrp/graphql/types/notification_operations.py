"""Pushing as the people who run the installation see it."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.services.push.operations import (
    ChannelState,
    DeliveryReport,
    FunnelStage,
)


@covered_by(REACHED)
@strawberry.type(
    name="DeliveryFunnelStage", description="How far messages of one kind came on one channel."
)
class DeliveryFunnelStageType:
    channel: Channel
    kind: str
    created: int
    sent: int
    confirmed: int = strawberry.field(description="Where the provider tells; 0 where it cannot.")
    read: int
    acted: int
    dead: int

    @classmethod
    def of(cls, stage: FunnelStage) -> Self:
        return cls(
            channel=stage.channel,
            kind=stage.kind,
            created=stage.created,
            sent=stage.sent,
            confirmed=stage.confirmed,
            read=stage.read,
            acted=stage.acted,
            dead=stage.dead,
        )


@covered_by(REACHED)
@strawberry.type(name="DeliveryChannelState", description="One push channel as it is now.")
class DeliveryChannelStateType:
    channel: Channel
    waiting: int
    oldest_waiting_at: datetime | None
    attempts: int = strawberry.field(description="In the last hour.")
    rate_limited: int = strawberry.field(description="Of these, refused for calling too often.")
    paused_until: datetime | None
    pause_reason: str

    @classmethod
    def of(cls, state: ChannelState) -> Self:
        return cls(
            channel=state.channel,
            waiting=state.waiting,
            oldest_waiting_at=state.oldest_waiting_at,
            attempts=state.attempts,
            rate_limited=state.rate_limited,
            paused_until=state.paused_until,
            pause_reason=state.pause_reason,
        )


@covered_by(REACHED)
@strawberry.type(description="Calls to one provider since its month began.")
class ProviderCalls:
    provider: str
    calls_this_month: int


@covered_by(REACHED)
@strawberry.type(name="DeliveryReport", description="How pushing goes.")
class DeliveryReportType:
    funnel: list[DeliveryFunnelStageType]
    channels: list[DeliveryChannelStateType]
    calls: list[ProviderCalls]
    permits_left: int = strawberry.field(description="WeChat consents that are not used up.")

    @classmethod
    def of(cls, report: DeliveryReport) -> Self:
        return cls(
            funnel=[DeliveryFunnelStageType.of(stage) for stage in report.funnel],
            channels=[DeliveryChannelStateType.of(state) for state in report.channels],
            calls=[
                ProviderCalls(provider=provider, calls_this_month=many)
                for provider, many in sorted(report.calls_this_month.items())
            ],
            permits_left=report.permits_left,
        )


@covered_by(REACHED)
@strawberry.type(description="How many dead letters of one channel ended with one code.")
class DeadLetters:
    channel: Channel
    code: str
    count: int


@covered_by(REACHED)
@strawberry.type
class ReplayDeadLettersPayload:
    letters: list[DeadLetters] | None
    user_errors: list[UserError]
    replayed: bool = False
