"""What the lanes of a worker share, and how a delivery becomes something to send."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from mobile_hrp.domain.notification.outcome import Ambiguous, Drop
from mobile_hrp.domain.notification.settle import DeliveryFacts, Settlement, settle
from mobile_hrp.domain.notification.vocabulary import (
    RECALLABLE,
    Channel,
    DeliveryState,
    EndpointState,
    NotificationState,
    Phase,
)
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import (
    Capabilities,
    ChannelAdapter,
    Item,
    RenderError,
    Target,
)
from mobile_hrp.notifications.meters import Meters
from mobile_hrp.notifications.outbox import Outbox
from mobile_hrp.notifications.outbox_rows import Taken
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.secrets_box import SealBroken


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """How a lane works.

    ``window`` deliveries may be sent and uncommitted, or what a channel's ``in_flight_max`` says if
    that is fewer; a lease outlives any one send by far.
    ``ahead`` is how many more may lie leased and ready, so that no send waits for the database.
    ``linger_seconds`` lets a few more results share a commit.
    """

    window: int = 200
    ahead: int = 300
    lease: timedelta = timedelta(seconds=60)
    send_seconds: float = 20.0
    linger_seconds: float = 0.001


@dataclass(slots=True)
class LaneTools:
    """What every lane of a worker shares."""

    outbox: Outbox
    meters: Meters
    sealer: AddressSealer
    wording: Wording
    clock: Clock
    new_id: Callable[[], uuid.UUID]
    settings: LaneSettings
    wake: Callable[[int, frozenset[Channel]], None]
    jitter: Callable[[], float] = field(default=random.random)


class Ready(NamedTuple):
    """A delivery that can be sent now, until the lease comes too close to its end."""

    taken: Taken
    item: Item
    send_before: datetime


def prepare(
    delivery: Taken, adapter: ChannelAdapter, tools: LaneTools, send_before: datetime
) -> Ready | Settlement:
    """What to send, or the end of a delivery that must not be sent."""
    now = tools.clock()
    if delivery.phase is Phase.SEND:
        unwanted = _unwanted(delivery, now)
        if unwanted is not None:
            return unwanted
        if delivery.taken_over:
            facts = facts_of(delivery, adapter.capabilities)
            lost = settle(facts, Ambiguous("LEASE_LOST"), now=now, jitter=0.0)
            if lost.phase is None:
                return lost
    try:
        return Ready(delivery, _item(delivery, adapter, tools, now), send_before)
    except SealBroken:
        return Settlement(
            DeliveryState.UNDELIVERED,
            "ADDRESS_UNREADABLE",
            fall_back=True,
            revoke_endpoint=True,
            alarm=True,
        )
    except RenderError as error:
        drop = Drop("RENDER", field=error.field)
        return settle(facts_of(delivery, adapter.capabilities), drop, now=now, jitter=0.0)


def facts_of(delivery: Taken, capabilities: Capabilities) -> DeliveryFacts:
    return DeliveryFacts(
        attempts=delivery.attempts,
        phase=delivery.phase,
        expires_at=delivery.expires_at,
        idempotency=capabilities.idempotency,
        confirms_after=capabilities.confirms_after,
        has_fallback=delivery.has_fallback,
        state=delivery.state,
    )


def _item(delivery: Taken, adapter: ChannelAdapter, tools: LaneTools, now: datetime) -> Item:
    address = tools.sealer.open(
        delivery.address, hospital_id=delivery.hospital_id, channel=adapter.channel
    )
    target = Target(delivery.endpoint_kind, address, delivery.locale)
    message = tools.wording.message(delivery)
    body = b""
    if delivery.phase is Phase.SEND:
        body = adapter.render(message, target, now=now)
    return Item(delivery.id, target, message, body, delivery.provider_id, delivery.hospital_id)


def _unwanted(delivery: Taken, now: datetime) -> Settlement | None:
    """Why there is no need to send any more, or None."""
    if delivery.expires_at <= now:
        return Settlement(DeliveryState.EXPIRED, "EXPIRED")
    if delivery.notification_state is not NotificationState.LIVE:
        if delivery.taken_over and delivery.channel in RECALLABLE:
            # the worker before may have sent it: what may be shown is taken back
            return Settlement(DeliveryState.UNCERTAIN, "LEASE_LOST", Phase.WITHDRAW, now)
        return Settlement(DeliveryState.SUPPRESSED, delivery.notification_state.value.upper())
    if delivery.endpoint_state is EndpointState.REVOKED:
        return Settlement(DeliveryState.UNDELIVERED, "ENDPOINT_REVOKED", fall_back=True)
    if delivery.permits is not None and delivery.permits <= 0:
        return Settlement(DeliveryState.UNDELIVERED, "NO_PERMIT_LEFT", fall_back=True)
    return None
