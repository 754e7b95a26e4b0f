"""For operators: how pushing goes, and sending dead letters again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import Channel, DeliveryState
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.types.notification_operations import (
    DeadLetters,
    DeliveryReportType,
    ReplayDeadLettersPayload,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.push.operations import (
    LetterFilter,
    delivery_report,
    replay_dead_letters,
)

_OPERATE = needs(Permission.OPERATOR_DELIVERIES)


@strawberry.input(description="Which dead letters; what is left out does not narrow.")
class DeadLetterFilterInput:
    state: DeliveryState = strawberry.field(
        default=DeliveryState.DEAD, description="DEAD or EXPIRED."
    )
    channel: Channel | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = strawberry.field(default=None, description="Exclusive.")


@strawberry.input(description="At most 1000 of the oldest are sent again.")
class ReplayDeadLettersInput:
    idempotency_key: str
    filter: DeadLetterFilterInput
    dry_run: bool = strawberry.field(description="Only count what would be sent again.")


@strawberry.type
class NotificationOperationsQuery:
    @field(_OPERATE, description="How pushing went in the last days, and how it is now.")
    async def delivery_report(self, info: Info, days: int = 7) -> DeliveryReportType:
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            report = await delivery_report(
                session, viewer=viewer, days=days, now=info.context.now()
            )
        return DeliveryReportType.of(report)


@strawberry.type
class NotificationOperationsMutation:
    @mutation(_OPERATE, description="Send messages again that were given up.")
    async def replay_dead_letters(
        self, info: Info, input: ReplayDeadLettersInput
    ) -> ReplayDeadLettersPayload:
        wanted = input.filter
        letters = LetterFilter(
            wanted.state, wanted.channel, wanted.code, _moment(wanted.since), _moment(wanted.until)
        )

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            found = await replay_dead_letters(
                session, viewer=viewer, letters=letters, dry_run=input.dry_run, now=now
            )
            return {"letters": [[one.channel.value, one.code, one.many] for one in found]}

        outcome = await perform(
            info,
            operation="replayDeadLetters",
            key=input.idempotency_key,
            body={
                "state": wanted.state.value,
                "channel": wanted.channel.value if wanted.channel else None,
                "code": wanted.code,
                "since": wanted.since.isoformat() if wanted.since else None,
                "until": wanted.until.isoformat() if wanted.until else None,
                "dry_run": input.dry_run,
            },
            work=work,
        )
        result = outcome.result
        return ReplayDeadLettersPayload(
            letters=[
                DeadLetters(channel=Channel(channel), code=code, count=many)
                for channel, code, many in result["letters"]
            ]
            if result
            else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _moment(value: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=UTC)
