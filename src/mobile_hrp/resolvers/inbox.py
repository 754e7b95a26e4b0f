"""My inbox, live and by page; where my phone rings; what did not get through."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    DeliveryState,
    EndpointKind,
    Locale,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs, subscription
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.subscriptions import live_view
from mobile_hrp.graphql.types.inbox import (
    DeliveryType,
    EndpointPayload,
    InboxPulseType,
    MarkReadPayload,
    NotificationType,
)
from mobile_hrp.models.notification import Notification, NotificationDelivery
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import inbox

_VIEW = needs(Permission.INBOX_VIEW)
_OPERATE = needs(Permission.OPERATOR_DELIVERIES)
_LISTED = frozenset({DeliveryState.DEAD, DeliveryState.UNDELIVERED, DeliveryState.UNCERTAIN})


@strawberry.input(description="The push address of this app install, as the provider gave it.")
class RegisterEndpointInput:
    idempotency_key: str
    kind: EndpointKind
    address: str
    app: str = ""
    locale: Locale = Locale.ZH


@strawberry.input
class UnregisterEndpointInput:
    idempotency_key: str
    endpoint_id: strawberry.ID


@strawberry.input(description="At most 100 notifications of mine.")
class MarkReadInput:
    idempotency_key: str
    ids: list[strawberry.ID]


@strawberry.type
class InboxQuery:
    @field(_VIEW, description="My notifications, newest first.")
    async def inbox(
        self, info: Info, first: int, after: str | None = None, unread_only: bool = False
    ) -> Connection[NotificationType]:
        viewer = info.context.require_viewer()
        mine = inbox.received(viewer, unread_only=unread_only)
        statement = newest_first(
            mine, Notification.created_at, Notification.id, first=first, after=after
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.created_at, row.id),
            node=lambda row: NotificationType.of(row, info.context.locale),
        )

    @field(_VIEW, description="How many of my notifications are unread.")
    async def unread_count(self, info: Info) -> int:
        async with info.context.reading() as session:
            return await inbox.unread_count(session, viewer=info.context.require_viewer())

    @field(_VIEW, description="For polling: changes when my inbox does.")
    async def inbox_version(self, info: Info) -> str:
        async with info.context.reading() as session:
            pulse = await inbox.pulse(session, viewer=info.context.require_viewer())
        return pulse.version

    @field(_VIEW, description="What a link n/{publicId} leads to, if it was sent to me.")
    async def notification_by_link(self, info: Info, public_id: str) -> NotificationType | None:
        async with info.context.reading() as session:
            row = await inbox.by_link(
                session, viewer=info.context.require_viewer(), link=public_id.removeprefix("n/")
            )
        return NotificationType.of(row, info.context.locale) if row else None

    @field(_OPERATE, description="Messages that did not get through, newest first.")
    async def deliveries(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        state: DeliveryState = DeliveryState.DEAD,
        channel: Channel | None = None,
    ) -> Connection[DeliveryType]:
        if state not in _LISTED:
            raise Refusal("DELIVERY_STATE_UNSUPPORTED", path="state")
        viewer = info.context.require_viewer()
        of_state = select(NotificationDelivery).where(
            NotificationDelivery.hospital_id == viewer.hospital_id,
            NotificationDelivery.state == state,
        )
        if channel is not None:
            of_state = of_state.where(NotificationDelivery.channel == channel)
        statement = newest_first(
            of_state,
            NotificationDelivery.created_at,
            NotificationDelivery.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row.created_at, row.id), node=DeliveryType.of
        )


@strawberry.type
class InboxMutation:
    @mutation(_VIEW, description="Mark notifications of mine as read, on all my devices.")
    async def mark_read(self, info: Info, input: MarkReadInput) -> MarkReadPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            if len(input.ids) > inbox.READ_MAX:
                raise Refusal("TOO_MANY_NOTIFICATIONS", path="ids", limit=inbox.READ_MAX)
            keys = [decode_id("Notification", one, path="ids") for one in input.ids]
            read = await inbox.mark_read(session, viewer=viewer, notification_ids=keys, now=now)
            return {"read": read}

        outcome = await perform(
            info,
            operation="markRead",
            key=input.idempotency_key,
            body={"ids": [str(one) for one in input.ids]},
            work=work,
        )

        async def read(_: Mapping[str, Any]) -> InboxPulseType:
            return await _pulse(info)

        return MarkReadPayload(
            inbox=await outcome.object("inbox", read),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_VIEW, description="Ring on this device; an older address of it is forgotten.")
    async def register_endpoint(self, info: Info, input: RegisterEndpointInput) -> EndpointPayload:
        sealer = AddressSealer(info.context.services.doors.box)
        # a default of an input arrives as its bare value
        kind, locale = EndpointKind(input.kind), Locale(input.locale)
        given = inbox.AppAddress(kind, input.address, input.app, locale)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            endpoint_id = await inbox.register_app(
                session, viewer=viewer, given=given, sealer=sealer, now=now
            )
            return {"endpoint_id": str(endpoint_id)}

        outcome = await perform(
            info,
            operation="registerEndpoint",
            key=input.idempotency_key,
            body={
                "kind": kind.value,
                "address": input.address,
                "app": input.app,
                "locale": locale.value,
            },
            work=work,
        )
        return _endpoint(outcome)

    @mutation(_VIEW, description="Ring there no more.")
    async def unregister_endpoint(
        self, info: Info, input: UnregisterEndpointInput
    ) -> EndpointPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Endpoint", input.endpoint_id, path="endpointId")
            await inbox.unregister(session, viewer=viewer, endpoint_id=key, now=now)
            return {"endpoint_id": str(key)}

        outcome = await perform(
            info,
            operation="unregisterEndpoint",
            key=input.idempotency_key,
            body={"endpoint": str(input.endpoint_id)},
            work=work,
        )
        return _endpoint(outcome)


@strawberry.type
class InboxSubscription:
    @subscription(_VIEW, description="My inbox now, and again after every change of it.")
    async def inbox_changed(self, info: Info) -> AsyncGenerator[InboxPulseType, None]:
        async for pulse in live_view(info, _VIEW, _pulse):
            yield pulse


async def _pulse(info: Info) -> InboxPulseType:
    async with info.context.reading() as session:
        return InboxPulseType.of(await inbox.pulse(session, viewer=info.context.require_viewer()))


def _endpoint(outcome: Outcome) -> EndpointPayload:
    key = outcome.result["endpoint_id"] if outcome.result is not None else None
    return EndpointPayload(
        endpoint_id=encode_id("Endpoint", key) if key else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
