"""The interface every channel implements. An adapter translates; it neither retries nor stores.

All policy (when to try again, where to go next) is in ``domain.notification``; an adapter only
turns a message into bytes and the provider's answer into an outcome. It may refresh a credential
once. Adapters are called outside any database transaction. Signing in by a provider's code
is ``services.identity.login_providers``.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mobile_hrp.domain.notification.outcome import Outcome
from mobile_hrp.domain.notification.settle import Idempotency
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, Locale, Urgency
from mobile_hrp.notifications.meters import Limits

SHARED_LINK = "~"
"""Begins the link of a message that is the same for many: their ``collapse_key`` follows."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, from its provider's documentation.

    ``batch_max`` is recipients per call; ``max_bytes`` bounds the rendered payload.
    ``confirms_after`` is when the provider can first be asked what became of a message, None where
    it cannot be asked. ``serial_per_recipient`` where two concurrent sends to one person fail.
    ``permit_template`` where each message spends a consent of the person to that template.
    ``limits`` are what the provider allows; channels with the same ``meter`` share them.
    ``in_flight_max`` messages may be with the provider and not committed yet: what a crash repeats.
    """

    idempotency: Idempotency
    batch_max: int = 1
    max_bytes: int | None = None
    meter: str = ""
    limits: Limits | None = None
    confirms_after: timedelta | None = None
    read_receipt: bool = False
    withdraws: bool = False
    serial_per_recipient: bool = False
    permit_template: str | None = None
    in_flight_max: int = 100


@dataclass(frozen=True, slots=True)
class Message:
    """All that a provider may learn: an opaque id, a generic line, how urgent and how long.

    ``key`` is the same for every attempt of one delivery; ``collapse_key`` for all messages that
    should replace each other on a phone. ``badge`` is the absolute count of unread items.
    """

    key: str
    public_id: str
    category: str
    title: str
    line: str
    urgency: Urgency
    collapse_key: str
    badge: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """One opened address."""

    kind: EndpointKind
    address: str = field(repr=False)
    locale: Locale = Locale.ZH


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery as an adapter sees it. ``body`` is what ``render`` made of it."""

    delivery_id: uuid.UUID
    target: Target
    message: Message
    body: bytes = field(default=b"", repr=False)
    provider_id: str | None = None
    hospital_id: int = 0


class RenderError(Exception):
    """The message cannot be put into the provider's form; ``field`` names what is wrong."""

    def __init__(self, field_name: str) -> None:
        self.field = field_name
        super().__init__(field_name)


class ChannelAdapter(Protocol):
    """One provider. Every method returns one outcome per item, in order."""

    @property
    def channel(self) -> Channel: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def render(self, message: Message, target: Target, *, now: datetime) -> bytes:
        """Build the payload; raises ``RenderError`` when the provider's rules forbid it."""
        ...

    async def send(self, batch: Sequence[Item]) -> Sequence[Outcome]: ...

    async def confirm(self, batch: Sequence[Item]) -> Sequence[Outcome]: ...

    async def withdraw(self, batch: Sequence[Item]) -> Sequence[Outcome]: ...

    async def close(self) -> None: ...
