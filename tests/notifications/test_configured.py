"""A channel exists when its settings do, and not otherwise."""

import json
from pathlib import Path

from pydantic import SecretStr

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.configured import configured_channels
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm

SECRET = SecretStr("of-a-provider")


async def test_an_installation_without_settings_has_the_inbox_only() -> None:
    channels = configured_channels(Settings(), utc_now)
    assert [adapter.channel for adapter in channels] == []


async def test_each_group_of_settings_opens_its_channels(tmp_path: Path) -> None:
    account = tmp_path / "account.json"
    account.write_text(json.dumps(FakeFcm().service_account()), "utf-8")
    settings = Settings(
        fcm_project=PROJECT,
        fcm_credentials_file=str(account),
        dingtalk_app_key="key",
        dingtalk_app_secret=SECRET,
        dingtalk_agent_id=7,
        dingtalk_robot_code="robot",
        dingtalk_card_template_id="card",
        wecom_corp_id="corp",
        wecom_corp_secret=SECRET,
        wecom_agent_id=8,
        wechat_app_id="app",
        wechat_app_secret=SECRET,
        wechat_template_id="template",
        wechat_template_fields={"thing1": "line"},
        webhook_hosts=["hook.example"],
        webhook_secret=SECRET,
        sms_url="https://sms.example/",
        sms_secret=SECRET,
        deep_link_url="https://hrp.example/",
    )
    channels = configured_channels(settings, utc_now)
    assert {adapter.channel for adapter in channels} == {
        Channel.FCM,
        Channel.DINGTALK_TODO,
        Channel.DINGTALK_WORK,
        Channel.DINGTALK_CARD,
        Channel.WECOM,
        Channel.WECHAT,
        Channel.WEBHOOK,
        Channel.SMS,
    }
    await channels.close()
