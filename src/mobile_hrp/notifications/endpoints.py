"""Where a person can be reached: registering an address, and letting one go."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    EndpointKind,
    EndpointState,
    Locale,
)
from mobile_hrp.models.notification import NotificationEndpoint
from mobile_hrp.notifications.address import AddressSealer


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An address as a phone or a login gives it."""

    channel: Channel
    kind: EndpointKind
    address: str = field(repr=False)
    app: str = ""
    device: str = ""
    locale: Locale = Locale.ZH


async def register(
    session: AsyncSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    endpoint: NewEndpoint,
    sealer: AddressSealer,
    now: datetime,
    new_id: Callable[[], uuid.UUID],
) -> uuid.UUID:
    """Remember that ``staff_id`` is reached at this address; the last to register it owns it.

    Registering again refreshes ``last_seen_at`` and revives a revoked address. An app install that
    has moved from a registration token to a Firebase installation ID loses the old token here,
    since the two must never both be used.
    """
    address_hash = sealer.hash(endpoint.address, hospital_id=hospital_id, channel=endpoint.channel)
    row = {
        "staff_id": staff_id,
        "kind": endpoint.kind,
        "address": sealer.seal(endpoint.address, hospital_id=hospital_id, channel=endpoint.channel),
        "app": endpoint.app,
        "device": endpoint.device,
        "locale": endpoint.locale,
        "state": EndpointState.ACTIVE,
        "last_seen_at": now,
        "revoked_at": None,
        "revoke_reason": None,
    }
    result = await session.execute(
        insert(NotificationEndpoint)
        .values(
            hospital_id=hospital_id,
            id=new_id(),
            channel=endpoint.channel,
            address_hash=address_hash,
            registered_at=now,
            **row,
        )
        .on_conflict_do_update(index_elements=["hospital_id", "channel", "address_hash"], set_=row)
        .returning(NotificationEndpoint.id)
    )
    endpoint_id = result.scalar_one()
    if endpoint.device:
        await _revoke_predecessors(
            session,
            hospital_id=hospital_id,
            staff_id=staff_id,
            endpoint=endpoint,
            endpoint_id=endpoint_id,
            now=now,
        )
    return endpoint_id


async def _revoke_predecessors(
    session: AsyncSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    endpoint: NewEndpoint,
    endpoint_id: uuid.UUID,
    now: datetime,
) -> None:
    """One device and app has one address per channel: an older one would ring twice.

    Only the person's own: ``device`` is what a client says, and must silence nobody else.
    """
    await session.execute(
        update(NotificationEndpoint)
        .where(
            NotificationEndpoint.hospital_id == hospital_id,
            NotificationEndpoint.staff_id == staff_id,
            NotificationEndpoint.channel == endpoint.channel,
            NotificationEndpoint.app == endpoint.app,
            NotificationEndpoint.device == endpoint.device,
            NotificationEndpoint.id != endpoint_id,
            NotificationEndpoint.state != EndpointState.REVOKED,
        )
        .values(state=EndpointState.REVOKED, revoked_at=now, revoke_reason="replaced")
    )
