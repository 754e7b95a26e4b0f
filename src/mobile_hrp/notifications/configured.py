"""The push channels an installation has configured; one without its settings does not exist."""

import json
from collections.abc import Iterator
from pathlib import Path

from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.channels.dingtalk import (
    DingTalkLinks,
    DingTalkTodoChannel,
    DingTalkWorkChannel,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.channels.wechat import WeChatChannel
from mobile_hrp.notifications.channels.wecom import WeComChannel
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.settings import Settings


def configured_channels(settings: Settings, clock: Clock) -> ChannelRegistry:
    """Open the adapters; the inbox itself needs none."""
    return ChannelRegistry(
        [
            *_fcm(settings, clock),
            *_dingtalk(settings, clock),
            *_wecom(settings, clock),
            *_wechat(settings, clock),
        ]
    )


def _fcm(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
    if settings.fcm_project and settings.fcm_credentials_file:
        account = json.loads(Path(settings.fcm_credentials_file).read_text("utf-8"))
        yield FcmChannel(
            project=settings.fcm_project,
            service_account=account,
            clock=clock,
            base_url=settings.fcm_base_url,
        )


def _dingtalk(settings: Settings, clock: Clock) -> Iterator[ChannelAdapter]:
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
            base_url=settings.wechat_base_url,
        )
