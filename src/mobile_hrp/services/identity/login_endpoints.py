"""Where a provider's login makes a person reachable: the addresses it vouched for.

No client may name such an address itself; signing in or binding does, and unbinding ends it.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import update

from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, EndpointState
from mobile_hrp.models.notification import NotificationEndpoint
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.endpoints import NewEndpoint, register
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.identity.login_providers import ExternalSubject

CHANNELS: Final = {
    Provider.WECHAT: (Channel.WECHAT,),
    Provider.DINGTALK: (Channel.DINGTALK_CARD, Channel.DINGTALK_TODO, Channel.DINGTALK_WORK),
    Provider.WECOM: (Channel.WECOM,),
}
_KINDS: Final = {
    Channel.WECHAT: EndpointKind.OPENID,
    Channel.DINGTALK_CARD: EndpointKind.USERID,
    Channel.DINGTALK_TODO: EndpointKind.UNIONID,
    Channel.DINGTALK_WORK: EndpointKind.USERID,
    Channel.WECOM: EndpointKind.USERID,
}
_DEVICE: Final = "login"


async def reach_by_login(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    subject: ExternalSubject,
    channels: frozenset[Channel],
    box: SecretsBox,
    now: datetime,
) -> None:
    """Remember the addresses of a login on the ``channels`` of this installation.

    An earlier login of this person at the same app is no address of theirs any more.
    """
    for endpoint in _endpoints(subject, channels):
        await register(
            session,
            hospital_id=hospital_id,
            staff_id=staff_id,
            endpoint=endpoint,
            sealer=AddressSealer(box),
            now=now,
            new_id=new_id,
        )


async def forget_login(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    provider: Provider,
    now: datetime,
) -> None:
    """Ring this person there no more."""
    await session.execute(
        update(NotificationEndpoint)
        .where(
            NotificationEndpoint.hospital_id == hospital_id,
            NotificationEndpoint.staff_id == staff_id,
            NotificationEndpoint.channel.in_(CHANNELS[provider]),
            NotificationEndpoint.state != EndpointState.REVOKED,
        )
        .values(state=EndpointState.REVOKED, revoked_at=now, revoke_reason="unbound")
    )


def _endpoints(subject: ExternalSubject, channels: frozenset[Channel]) -> Iterator[NewEndpoint]:
    for channel in CHANNELS[subject.provider]:
        kind = _KINDS[channel]
        address = subject.union_subject if kind is EndpointKind.UNIONID else subject.subject
        if address is not None and channel in channels:
            yield NewEndpoint(channel, kind, address, app=subject.app_id, device=_DEVICE)
