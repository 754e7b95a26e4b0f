"""Signing in through a platform makes a person reachable there; no client can claim to be."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from tests.fakes.login_providers import FakeDingTalk, FakeWeChat
from tests.services.identity.house import BOX, HOSPITAL, NOW, SOURCE, House, phone

from mobile_hrp.domain.identity.sessions import Platform, Provider
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, EndpointState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.notification import NotificationEndpoint
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.configured import channels_in
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.identity.external import unbind_external_identity

EVERYWHERE = frozenset(Channel)


@pytest.fixture
def reaching(house: House) -> House:
    """The house where all channels are set up."""
    house.doors.logins.channels = EVERYWHERE
    return house


async def endpoints(
    house: House, state: EndpointState = EndpointState.ACTIVE
) -> Sequence[NotificationEndpoint]:
    async with house.database.reading(HOSPITAL) as session:
        found = await session.scalars(
            select(NotificationEndpoint)
            .where(NotificationEndpoint.state == state)
            .order_by(NotificationEndpoint.channel)
        )
        return found.all()


def address(endpoint: NotificationEndpoint) -> str:
    return AddressSealer(BOX).open(endpoint.address, hospital_id=HOSPITAL, channel=endpoint.channel)


async def test_binding_dingtalk_gives_cards_and_news_the_userid_and_to_dos_the_unionid(
    reaching: House, dingtalk: FakeDingTalk
) -> None:
    viewer = await reaching.viewer("chen")
    await reaching.doors.bind(
        viewer=viewer, provider=Provider.DINGTALK, code=dingtalk.issue_code("manager01"), now=NOW
    )
    found = {
        one.channel: (one.kind, address(one), one.staff_id) for one in await endpoints(reaching)
    }
    union = found[Channel.DINGTALK_TODO][1]
    assert union
    assert union != "manager01"
    assert found == {
        Channel.DINGTALK_CARD: (EndpointKind.USERID, "manager01", viewer.staff_id),
        Channel.DINGTALK_TODO: (EndpointKind.UNIONID, union, viewer.staff_id),
        Channel.DINGTALK_WORK: (EndpointKind.USERID, "manager01", viewer.staff_id),
    }
    assert "manager01" not in str([one.address for one in await endpoints(reaching)])


async def test_only_channels_that_are_set_up_are_registered(
    reaching: House, dingtalk: FakeDingTalk
) -> None:
    reaching.doors.logins.channels = frozenset({Channel.DINGTALK_TODO})
    await reaching.doors.bind(
        viewer=await reaching.viewer("chen"),
        provider=Provider.DINGTALK,
        code=dingtalk.issue_code("manager01"),
        now=NOW,
    )
    assert [one.channel for one in await endpoints(reaching)] == [Channel.DINGTALK_TODO]


async def test_signing_in_again_reaches_the_person_on_a_channel_set_up_since(
    reaching: House, wechat: FakeWeChat
) -> None:
    reaching.doors.logins.channels = frozenset()
    await reaching.doors.bind(
        viewer=await reaching.viewer("chen"),
        provider=Provider.WECHAT,
        code=wechat.issue_code("openid-1"),
        now=NOW,
    )
    assert await endpoints(reaching) == []
    reaching.doors.logins.channels = EVERYWHERE
    await reaching.doors.with_code(
        hospital_id=HOSPITAL,
        provider=Provider.WECHAT,
        code=wechat.issue_code("openid-1"),
        device=phone(1, Platform.WECHAT),
        source=SOURCE,
        now=NOW,
    )
    (found,) = await endpoints(reaching)
    assert (found.channel, found.kind, address(found)) == (
        Channel.WECHAT,
        EndpointKind.OPENID,
        "openid-1",
    )


async def test_a_new_binding_replaces_the_old_address_and_unbinding_ends_it(
    reaching: House, wechat: FakeWeChat
) -> None:
    viewer = await reaching.viewer("chen")
    for openid in ("old-phone", "new-phone"):
        await reaching.doors.bind(
            viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code(openid), now=NOW
        )
    assert [address(one) for one in await endpoints(reaching)] == ["new-phone"]
    async with reaching.database.transaction(HOSPITAL) as session:
        await unbind_external_identity(session, viewer=viewer, provider=Provider.WECHAT, now=NOW)
    assert await endpoints(reaching) == []
    revoked = await endpoints(reaching, EndpointState.REVOKED)
    assert {one.revoke_reason for one in revoked} == {"replaced", "unbound"}


async def test_a_refused_binding_reaches_nobody(reaching: House, wechat: FakeWeChat) -> None:
    await reaching.hire("zhao")
    chen, zhao = await reaching.viewer("chen"), await reaching.viewer("zhao")
    await reaching.doors.bind(
        viewer=chen, provider=Provider.WECHAT, code=wechat.issue_code("same"), now=NOW
    )
    with pytest.raises(Refusal, match="EXTERNAL_IDENTITY_TAKEN"):
        await reaching.doors.bind(
            viewer=zhao, provider=Provider.WECHAT, code=wechat.issue_code("same"), now=NOW
        )
    assert [one.staff_id for one in await endpoints(reaching)] == [chen.staff_id]


def test_a_card_needs_its_template_and_its_robot() -> None:
    settings = Settings(dingtalk_app_key="key", deep_link_url="https://hrp.example/")
    assert channels_in(settings) == {Channel.DINGTALK_TODO}
    with_template = settings.model_copy(update={"dingtalk_card_template_id": "card.schema"})
    assert Channel.DINGTALK_CARD not in channels_in(with_template)
    with_robot = with_template.model_copy(update={"dingtalk_robot_code": "robot"})
    assert Channel.DINGTALK_CARD in channels_in(with_robot)
    assert channels_in(replace_link(with_robot)) == frozenset()


def replace_link(settings: Settings) -> Settings:
    """Without an address of the client nothing can be linked to."""
    return settings.model_copy(update={"deep_link_url": ""})
