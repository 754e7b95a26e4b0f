"""The push channels an installation has configured; one without its settings does not exist."""

import json
from collections.abc import Iterator
from pathlib import Path

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.channels.dingtalk import (
    CardButtons,
    CardOffers,
    DingTalkCardChannel,
    DingTalkLinks,
    DingTalkTodoChannel,
    DingTalkWorkChannel,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.channels.signed import SmsChannel, WebhookChannel
from mobile_hrp.notifications.channels.wechat import WeChatChannel
from mobile_hrp.notifications.channels.wecom import WeComChannel
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.settings import Settings


def configured_channels(
    settings: Settings, clock: Clock, *, card_offers: CardOffers | None = None
) -> ChannelRegistry:
    """Open the adapters; the inbox itself needs none.

    ``card_offers`` gives cards their buttons; without it, or without a stream or a callback of
    their own, they have a link only.
    """
    return ChannelRegistry(
        [
            *_fcm(settings, clock),
            *_dingtalk(settings, clock, card_offers),
            *_wecom(settings, clock),
            *_wechat(settings, clock),
            *_signed(settings, clock),
        ]
    )


def channels_in(settings: Settings) -> frozenset[Channel]:
    """The platforms' channels that the settings turn on, without opening any."""
    dingtalk = bool(settings.dingtalk_app_key and settings.deep_link_url)
    found = {
        Channel.DINGTALK_TODO: dingtalk,
        Channel.DINGTALK_WORK: dingtalk and settings.dingtalk_agent_id,
        Channel.DINGTALK_CARD: dingtalk
        and settings.dingtalk_card_template_id
        and settings.dingtalk_robot_code,
        Channel.WECOM: settings.wecom_corp_id and settings.deep_link_url,
        Channel.WECHAT: settings.wechat_app_id and settings.wechat_template_id,
    }
    return frozenset(channel for channel, is_on in found.items() if is_on)


def _fcm(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
    if settings.fcm_project and settings.fcm_credentials_file:
        account = json.loads(Path(settings.fcm_credentials_file).read_text("utf-8"))
        yield FcmChannel(
            project=settings.fcm_project,
            service_account=account,
            clock=clock,
            base_url=settings.fcm_base_url,
        )


def _dingtalk(
    settings: Settings, clock: Clock, card_offers: CardOffers | None
) -> Iterator[ChannelAdapter]:
    if not (settings.dingtalk_app_key and settings.deep_link_url):
        return
    api = DingTalkApi(
        app_key=settings.dingtalk_app_key,
        app_secret=settings.dingtalk_app_secret,
        clock=clock,
        base_url=settings.dingtalk_base_url,
        legacy_base_url=settings.dingtalk_legacy_base_url,
    )
    links = DingTalkLinks(app=settings.deep_link_url, web=settings.deep_link_url)
    yield DingTalkTodoChannel(api, links=links)
    if settings.dingtalk_agent_id:
        yield DingTalkWorkChannel(api, agent_id=settings.dingtalk_agent_id, links=links)
    if settings.dingtalk_card_template_id and settings.dingtalk_robot_code:
        yield DingTalkCardChannel(
            api,
            template_id=settings.dingtalk_card_template_id,
            robot_code=settings.dingtalk_robot_code,
            links=links,
            buttons=_buttons(settings, card_offers),
        )


def _buttons(settings: Settings, offers: CardOffers | None) -> CardButtons | None:
    """Buttons only where somebody hears them pressed."""
    if offers is None:
        return None
    if settings.dingtalk_card_stream:
        return CardButtons(offers, None)
    if settings.dingtalk_card_route_key and settings.dingtalk_card_secret:
        return CardButtons(offers, settings.dingtalk_card_route_key)
    return None


def _wecom(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
    if settings.wecom_corp_id and settings.deep_link_url:
        yield WeComChannel(
            corp_id=settings.wecom_corp_id,
            corp_secret=settings.wecom_corp_secret,
            agent_id=settings.wecom_agent_id,
            link=settings.deep_link_url,
            clock=clock,
            base_url=settings.wecom_base_url,
        )


def _wechat(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
    if settings.wechat_app_id and settings.wechat_template_id:
        yield WeChatChannel(
            app_id=settings.wechat_app_id,
            app_secret=settings.wechat_app_secret,
            template_id=settings.wechat_template_id,
            fields=settings.wechat_template_fields,
            clock=clock,
            page=settings.wechat_page,
            program_state=settings.wechat_program_state,
            base_url=settings.wechat_base_url,
        )


def _signed(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
    if settings.webhook_hosts and settings.webhook_secret:
        yield WebhookChannel(
            secret=settings.webhook_secret, hosts=settings.webhook_hosts, clock=clock
        )
    if settings.sms_url:
        yield SmsChannel(url=settings.sms_url, secret=settings.sms_secret, clock=clock)
