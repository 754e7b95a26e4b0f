"""One real test message to one person through the real channel, for whoever sets a channel up."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.notification.outcome import Accepted, Drop, Outcome, Retry
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointState, Urgency
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import NotificationEndpoint
from mobile_hrp.models.organization import Staff
from mobile_hrp.notifications import permits
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import (
    ChannelAdapter,
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.kinds import KindBook
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SealBroken
from mobile_hrp.services import audit

_LIFETIME: Final = timedelta(minutes=10)
_KIND: Final = "approver_todo"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the test on one address. ``confirmed`` None where nobody can be asked."""

    kind: str
    sent: Outcome
    confirmed: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ChannelTester:
    """``ask_seconds`` between questions about what became of a message, asked ``asks`` times."""

    database: Database
    sealer: AddressSealer
    kinds: KindBook
    clock: Clock
    ask_seconds: float = 10.0
    asks: int = 6

    async def send_to(
        self, adapter: ChannelAdapter, *, hospital_id: int, employee_number: str, note: str = ""
    ) -> Sequence[Tried]:
        """Send to every address the person has on this channel; empty where there is none.

        ``note`` is added to the words, so that a second test on one day is not the same message.

        Raises:
            Refusal: NOT_FOUND for an employee number nobody has.
        """
        async with self.database.reading(hospital_id) as session:
            staff_id = await session.scalar(
                select(Staff.id).where(Staff.employee_number == employee_number, Staff.active)
            )
            if staff_id is None:
                raise Refusal("NOT_FOUND", path="to")
            rows = await session.scalars(
                select(NotificationEndpoint).where(
                    NotificationEndpoint.staff_id == staff_id,
                    NotificationEndpoint.channel == adapter.channel,
                    NotificationEndpoint.state == EndpointState.ACTIVE,
                )
            )
            endpoints = rows.all()
        return [await self._try(adapter, endpoint, note) for endpoint in endpoints]

    async def _try(
        self, adapter: ChannelAdapter, endpoint: NotificationEndpoint, note: str
    ) -> Tried:
        delivery_id = new_id()
        kind = endpoint.kind.value
        try:
            item = self._item(adapter, endpoint, delivery_id, note)
        except RenderError as error:
            return Tried(kind, Drop("RENDER", field=error.field))
        except SealBroken:
            return Tried(kind, Drop("ADDRESS_UNREADABLE"))
        (sent,) = await adapter.send([item])
        await self._record(adapter, endpoint, delivery_id, sent)
        if not isinstance(sent, Accepted) or adapter.capabilities.confirms_after is None:
            return Tried(kind, sent)
        return Tried(kind, sent, await self._confirm(adapter, item, sent))

    def _item(
        self,
        adapter: ChannelAdapter,
        endpoint: NotificationEndpoint,
        delivery_id: uuid.UUID,
        note: str,
    ) -> Item:
        now: datetime = self.clock()
        line = self.kinds.rule(_KIND).push_line[endpoint.locale]
        message = Message(
            key=str(delivery_id),
            public_id=delivery_id.hex,
            category=self.kinds.rule(_KIND).category,
            title=self.kinds.app_title[endpoint.locale],
            line=f"{line} · {note}" if note else line,
            urgency=Urgency.NORMAL,
            collapse_key=delivery_id.hex,
            badge=0,
            expires_at=now + _LIFETIME,
        )
        address = self.sealer.open(
            endpoint.address, hospital_id=endpoint.hospital_id, channel=adapter.channel
        )
        target = Target(endpoint.kind, address, endpoint.locale)
        body = adapter.render(message, target, now=now)
        return Item(delivery_id, target, message, body, None, endpoint.hospital_id)

    async def _confirm(self, adapter: ChannelAdapter, item: Item, sent: Accepted) -> Outcome:
        asked = replace(item, provider_id=sent.provider_id)
        outcome: Outcome = Retry("NOT_YET")
        for _ in range(self.asks):
            await asyncio.sleep(self.ask_seconds)
            (outcome,) = await adapter.confirm([asked])
            if not isinstance(outcome, Retry):
                break
        return outcome

    async def _record(
        self,
        adapter: ChannelAdapter,
        endpoint: NotificationEndpoint,
        delivery_id: uuid.UUID,
        sent: Outcome,
    ) -> None:
        """The audit row, and the consent that a message of WeChat has spent."""
        now = self.clock()
        template = adapter.capabilities.permit_template
        async with self.database.transaction(endpoint.hospital_id) as session:
            if template is not None and isinstance(sent, Accepted):
                await permits.settle_permits(
                    session,
                    hospital_id=endpoint.hospital_id,
                    template_id=template,
                    sent=[(endpoint.id, delivery_id)],
                    refused=[],
                    now=now,
                )
            await audit.record(
                session,
                hospital_id=endpoint.hospital_id,
                actor_id=None,
                action="notification.test",
                subject_type="staff",
                subject_id=endpoint.staff_id,
                now=now,
                detail={
                    "channel": Channel(adapter.channel).value,
                    "outcome": type(sent).__name__,
                },
            )
