"""A person's inbox: how much is unread, whether it has changed, what was read, where they ring."""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, select, text, update

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import (
    Channel,
    EndpointKind,
    EndpointState,
    Locale,
    NotificationState,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import Notification, NotificationEndpoint
from mobile_hrp.notifications import endpoints
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import SHARED_LINK
from mobile_hrp.notifications.news import announce
from mobile_hrp.notifications.withdrawal import clear_phones
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.askers import Asker

READ_MAX = 100
VERSION_ROWS = 50
_ADDRESS = re.compile(r"[A-Za-z0-9_:.\-]{8,4096}")
_FROM_APPS = frozenset({EndpointKind.FCM_FID, EndpointKind.FCM_TOKEN})


@dataclass(frozen=True, slots=True)
class InboxPulse:
    """What a client compares to see whether to ask again."""

    unread_count: int
    version: str


@dataclass(frozen=True, slots=True)
class AppAddress:
    """What an app install says about its push address."""

    kind: EndpointKind
    address: str
    app: str
    locale: Locale


def received(viewer: Asker, *, unread_only: bool = False) -> Select[Notification]:
    """What was sent to the viewer; of it what is unread and current, if only that is asked for."""
    mine = select(Notification).where(
        Notification.hospital_id == viewer.hospital_id,
        Notification.recipient_id == viewer.staff_id,
    )
    if unread_only:  # a literal, so that the partial index serves
        mine = mine.where(Notification.state == text("'live'"))
    return mine


def number_unread(viewer: Asker) -> Select[int]:
    """How many are unread and current."""
    return received(viewer, unread_only=True).with_only_columns(func.count())


def version_of(viewer: Asker) -> ColumnElement[str]:
    """Up to sixteen digits that change when the number unread or one of the newest rows does.

    Phones ask for it all day, so it is put together of numbers: a hash for each row with its state,
    and one of the count, folded by exclusive or. Nobody gains by two versions that are alike.
    """
    of_state = cast(func.hashtext(cast(Notification.state, Text)), BigInteger)
    newest = (
        received(viewer)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .with_only_columns(func.uuid_hash_extended(Notification.id, of_state).label("word"))
        .limit(VERSION_ROWS)
        .subquery("newest")
    )
    seen = select(func.coalesce(func.bit_xor(newest.c.word), 0)).select_from(newest)
    unread = func.hashint8extended(number_unread(viewer).scalar_subquery(), 0)
    told: ColumnElement[str] = func.to_hex(unread.op("#")(seen.scalar_subquery()))
    return told


async def unread_count(session: AnySession, *, viewer: Viewer) -> int:
    """Unread and current notifications."""
    return await session.scalar(number_unread(viewer)) or 0


async def pulse(session: AnySession, *, viewer: Viewer) -> InboxPulse:
    """Unread count, and a version that changes when the count or one of the newest rows does."""
    asked = select(number_unread(viewer).scalar_subquery(), version_of(viewer))
    unread, version = (await session.execute(asked)).one()
    return InboxPulse(unread, version)


async def by_link(session: AnySession, *, viewer: Viewer, link: str) -> Notification | None:
    """The viewer's own notification that a link names.

    A link is one person's opaque id or, in messages that many people get in one call, ``~`` and
    the key of what they were told about; then it is the viewer's newest about that.
    """
    mine = select(Notification).where(
        Notification.hospital_id == viewer.hospital_id,
        Notification.recipient_id == viewer.staff_id,
    )
    if link.startswith(SHARED_LINK):
        mine = mine.where(Notification.collapse_key == link.removeprefix(SHARED_LINK))
        newest = mine.order_by(Notification.created_at.desc(), Notification.id.desc())
        return (await session.scalars(newest.limit(1))).one_or_none()
    return (await session.scalars(mine.where(Notification.public_id == link))).one_or_none()


async def mark_read(
    session: WriteSession, *, viewer: Viewer, notification_ids: Collection[uuid.UUID], now: datetime
) -> int:
    """Mark the viewer's own unread notifications as read; return how many were.

    They ring on no further channel, and phones that show them take them away. Ids of others and
    what was read before are passed over.

    Raises:
        Refusal: TOO_MANY_NOTIFICATIONS above 100.
    """
    if len(notification_ids) > READ_MAX:
        raise Refusal("TOO_MANY_NOTIFICATIONS", path="ids", limit=READ_MAX)
    if not notification_ids:
        return 0
    rows = await session.scalars(
        select(Notification.id)
        .where(
            Notification.hospital_id == viewer.hospital_id,
            Notification.recipient_id == viewer.staff_id,
            Notification.id.in_(notification_ids),
            Notification.state == NotificationState.LIVE,
        )
        .order_by(Notification.id)
        .with_for_update(key_share=True)
    )
    read = list(rows)
    if not read:
        return 0
    await session.execute(
        update(Notification)
        .where(Notification.hospital_id == viewer.hospital_id, Notification.id.in_(read))
        .values(state=NotificationState.READ, read_at=now)
    )
    await clear_phones(session, hospital_id=viewer.hospital_id, notification_ids=read, now=now)
    await announce(
        session,
        hospital_id=viewer.hospital_id,
        kind="inbox.read",
        subject_type="staff",
        subject_id=viewer.staff_id,
        audience=[viewer.staff_id],
        now=now,
    )
    return len(read)


async def register_app(
    session: WriteSession,
    *,
    viewer: Viewer,
    given: AppAddress,
    sealer: AddressSealer,
    now: datetime,
) -> uuid.UUID:
    """Ring this person on the device they are signed in on; the device is the session's own.

    Raises:
        Refusal: ENDPOINT_KIND_UNSUPPORTED for addresses that only a login may bind,
            ENDPOINT_ADDRESS_INVALID for what no provider gives out.
    """
    if given.kind not in _FROM_APPS:
        raise Refusal("ENDPOINT_KIND_UNSUPPORTED", path="kind")
    if not _ADDRESS.fullmatch(given.address):
        raise Refusal("ENDPOINT_ADDRESS_INVALID", path="address")
    return await endpoints.register(
        session,
        hospital_id=viewer.hospital_id,
        staff_id=viewer.staff_id,
        endpoint=endpoints.NewEndpoint(
            Channel.FCM,
            given.kind,
            given.address,
            app=given.app,
            device=str(viewer.device_id),
            locale=given.locale,
        ),
        sealer=sealer,
        now=now,
        new_id=new_id,
    )


async def unregister(
    session: WriteSession, *, viewer: Viewer, endpoint_id: uuid.UUID, now: datetime
) -> None:
    """Ring there no more. Raises Refusal NOT_FOUND for an endpoint that is not the viewer's."""
    row = await session.scalar(
        select(NotificationEndpoint)
        .where(
            NotificationEndpoint.hospital_id == viewer.hospital_id,
            NotificationEndpoint.staff_id == viewer.staff_id,
            NotificationEndpoint.id == endpoint_id,
        )
        .with_for_update()
    )
    if row is None:
        raise Refusal("NOT_FOUND", path="endpointId")
    if row.state is not EndpointState.REVOKED:
        row.state = EndpointState.REVOKED
        row.revoked_at = now
        row.revoke_reason = "unregistered"
