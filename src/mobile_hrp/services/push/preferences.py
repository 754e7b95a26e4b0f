"""What a person wants to be told how, and the WeChat messages they have allowed."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import (
    Cadence,
    Channel,
    EndpointState,
    NotificationState,
)
from mobile_hrp.domain.notification.wishes import check_wish
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import (
    Notification,
    NotificationEndpoint,
    NotificationPreference,
    WechatPermit,
)
from mobile_hrp.notifications import permits
from mobile_hrp.notifications.people import load_limits
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.notices import kinds

WISHES_MAX = 200
TEMPLATES_MAX = 3
"""How many templates one tap in WeChat can ask for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants a category on a channel."""

    category: str
    channel: Channel
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class CategoryWishes:
    """One category with what its reader wants; a channel that is not named is immediate."""

    category: str
    mandatory: bool
    wishes: Mapping[Channel, Cadence]


async def wishes_of(session: AnySession, *, viewer: Viewer) -> list[CategoryWishes]:
    """The viewer's wishes about every category there is, in the order of their names."""
    limits = await load_limits(session, hospital_id=viewer.hospital_id)
    rows = await session.scalars(
        select(NotificationPreference).where(
            NotificationPreference.hospital_id == viewer.hospital_id,
            NotificationPreference.staff_id == viewer.staff_id,
        )
    )
    said: dict[str, dict[Channel, Cadence]] = {}
    for row in rows:
        said.setdefault(row.category, {})[row.channel] = row.cadence
    return [
        CategoryWishes(category, category in limits.mandatory_categories, said.get(category, {}))
        for category in sorted(kinds().categories())
    ]


async def set_wishes(
    session: WriteSession, *, viewer: Viewer, wishes: Sequence[Wish], now: datetime
) -> None:
    """Remember wishes; those that are not named stay as they are.

    Raises:
        Refusal: TOO_MANY_WISHES, NOTIFICATION_CATEGORY_UNKNOWN, PREFERENCE_MANDATORY for an OFF
            where the hospital does not let a category go silent.
    """
    if len(wishes) > WISHES_MAX:
        raise Refusal("TOO_MANY_WISHES", path="wishes", limit=WISHES_MAX)
    limits = await load_limits(session, hospital_id=viewer.hospital_id)
    known = kinds().categories()
    rows = {}
    for wish in wishes:
        if wish.category not in known:
            raise Refusal(
                "NOTIFICATION_CATEGORY_UNKNOWN", path="wishes", category=wish.category[:40]
            )
        check_wish(wish.category, wish.cadence, limits)
        rows[wish.category, wish.channel] = {
            "hospital_id": viewer.hospital_id,
            "id": new_id(),
            "staff_id": viewer.staff_id,
            "category": wish.category,
            "channel": wish.channel,
            "cadence": wish.cadence,
            "updated_at": now,
        }
    if not rows:
        return
    statement = insert(NotificationPreference)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["hospital_id", "staff_id", "category", "channel"],
            set_={
                "cadence": statement.excluded.cadence,
                "updated_at": statement.excluded.updated_at,
            },
        ),
        list(rows.values()),
    )


async def unread_by_category(session: AnySession, *, viewer: Viewer) -> dict[str, int]:
    """How many unread notifications of each category; categories with none are left out."""
    found = await session.execute(
        select(Notification.category, func.count().label("unread"))
        .where(
            Notification.hospital_id == viewer.hospital_id,
            Notification.recipient_id == viewer.staff_id,
            Notification.state == NotificationState.LIVE,
        )
        .group_by(Notification.category)
        .order_by(Notification.category)
    )
    return {row.category: row.unread for row in found}


async def record_consent(
    session: WriteSession,
    *,
    viewer: Viewer,
    template_ids: Collection[str],
    known: Collection[str],
    reference: str,
    now: datetime,
) -> dict[str, int]:
    """Enter what a tap in WeChat allowed; answer with the messages now allowed by template.

    Each accepted template is one message. ``reference`` is the tap's own: a repeated report of it
    counts once. ``known`` are the templates this installation sends by.

    Raises:
        Refusal: SUBSCRIBE_TEMPLATE_UNKNOWN, WECHAT_NOT_BOUND.
    """
    wanted = list(dict.fromkeys(template_ids))
    if not wanted or len(wanted) > TEMPLATES_MAX or not set(wanted) <= set(known):
        raise Refusal("SUBSCRIBE_TEMPLATE_UNKNOWN", path="templateIds")
    endpoint_id = await _wechat_of(session, viewer)
    if endpoint_id is None:
        raise Refusal("WECHAT_NOT_BOUND", path="templateIds")
    for template_id in wanted:
        await permits.grant(
            session,
            hospital_id=viewer.hospital_id,
            endpoint_id=endpoint_id,
            template_id=template_id,
            reference=f"tap:{reference}",
            now=now,
        )
    return await _left(session, viewer, endpoint_id)


async def permits_left(session: AnySession, *, viewer: Viewer) -> dict[str, int]:
    """WeChat messages the viewer has allowed and not been sent yet, by template."""
    endpoint_id = await _wechat_of(session, viewer)
    return {} if endpoint_id is None else await _left(session, viewer, endpoint_id)


async def _left(session: AnySession, viewer: Viewer, endpoint_id: uuid.UUID) -> dict[str, int]:
    found = await session.execute(
        select(WechatPermit.template_id, func.sum(WechatPermit.change))
        .where(
            WechatPermit.hospital_id == viewer.hospital_id,
            WechatPermit.endpoint_id == endpoint_id,
        )
        .group_by(WechatPermit.template_id)
        .order_by(WechatPermit.template_id)
    )
    return {template_id: int(left) for template_id, left in found}


async def _wechat_of(session: AnySession, viewer: Viewer) -> uuid.UUID | None:
    """The viewer's WeChat account: the one they used last."""
    endpoint_id: uuid.UUID | None = await session.scalar(
        select(NotificationEndpoint.id)
        .where(
            NotificationEndpoint.hospital_id == viewer.hospital_id,
            NotificationEndpoint.staff_id == viewer.staff_id,
            NotificationEndpoint.channel == Channel.WECHAT,
            NotificationEndpoint.state == EndpointState.ACTIVE,
        )
        .order_by(NotificationEndpoint.last_seen_at.desc(), NotificationEndpoint.id)
        .limit(1)
    )
    return endpoint_id
