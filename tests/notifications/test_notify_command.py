"""``mobile-hrp notify``: one real message, and plain words about what became of it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.fakes.push_provider import Scripted
from tests.fakes.wechat_family import FakeWeChatPush, FakeWeCom
from tests.notifications.hospital import Stage
from typer.testing import CliRunner

from mobile_hrp.cli import app
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.notifications import permits
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.settings import Settings, load_settings

SECRET_KEY = "a root secret of a made-up hospital, 32 bytes"
"""What the addresses of the made-up hospital are sealed with."""
_RUN = CliRunner()
KINDS = {
    "dingtalk_todo": EndpointKind.UNIONID,
    "dingtalk_work": EndpointKind.USERID,
    "wecom": EndpointKind.USERID,
    "wechat": EndpointKind.OPENID,
}


@dataclass
class Installation:
    """A hospital whose settings point at fakes of the providers."""

    stage: Stage
    dingtalk: FakeDingTalkPush
    wecom: FakeWeCom
    wechat: FakeWeChatPush
    given: dict[str, Any] = field(default_factory=dict)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """The command in a thread of its own, as a process would run it."""
        result = await asyncio.to_thread(_RUN.invoke, app, ["notify", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return result.exit_code, result.output

    async def try_on(self, channel: str, *more: str, to: str = "E0") -> tuple[int, str]:
        given = ["--channel", channel, "--to", to, "--hospital", "H1", "--ask-seconds", "0"]
        return await self.run("test", *given, *more)

    async def reach(self, channel: str, address: str) -> uuid.UUID:
        person = self.stage.people.staff[0]
        return await self.stage.give(person, Channel(channel), address, kind=KINDS[channel])


@pytest.fixture
async def installation(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    async with (
        FakeDingTalkPush(utc_now) as dingtalk,
        FakeWeCom(utc_now) as wecom,
        FakeWeChatPush(utc_now) as wechat,
    ):
        secret = SecretStr("made-up")
        settings = Settings(
            database_url=stage.database.url.render_as_string(hide_password=False),
            secret_key=SecretStr(SECRET_KEY),
            deep_link_url="https://hrp.example/",
            dingtalk_app_key="made-up",
            dingtalk_app_secret=secret,
            dingtalk_agent_id=1,
            dingtalk_base_url=dingtalk.url,
            dingtalk_legacy_base_url=dingtalk.url,
            dingtalk_card_route_key="hrp-cards",
            dingtalk_card_secret=secret,
            wecom_corp_id="made-up",
            wecom_corp_secret=secret,
            wecom_agent_id=1,
            wecom_base_url=wecom.url,
            wechat_app_id="made-up",
            wechat_app_secret=secret,
            wechat_template_id="T1",
            wechat_template_fields={"thing1": "line"},
            wechat_base_url=wechat.url,
        )
        load_settings.cache_clear()
        monkeypatch.setattr("mobile_hrp.cli.notify.load_settings", lambda: settings)
        yield Installation(stage, dingtalk, wecom, wechat)


async def test_a_message_that_arrives_is_said_to_have_arrived(installation: Installation) -> None:
    await installation.reach("dingtalk_todo", "union-1")
    await installation.reach("dingtalk_work", "user-1")
    await installation.reach("wecom", "member-1")
    endpoint = await installation.reach("wechat", "openid-1")
    installation.wechat.permits["openid-1"] = 1
    stage = installation.stage
    async with stage.database.transaction(1) as session:
        await permits.grant(
            session,
            hospital_id=1,
            endpoint_id=endpoint,
            template_id="T1",
            reference="tap",
            now=stage.clock(),
        )
    for channel in KINDS:
        code, said = await installation.try_on(channel)
        assert code == 0, said
        assert "✓" in said
        assert "✗" not in said
    assert [todo.subject for todo in installation.dingtalk.todos.values()] == [
        "您有一项待办 · 测试"
    ]
    assert len(installation.dingtalk.shown["user-1"]) == 1
    assert len(installation.wechat.shown["openid-1"]) == 1
    left = await stage.count("SELECT 'left', sum(change) FROM wechat_permit")
    assert left == {"left": 0}
    async with stage.database.reading(1) as session:
        rows = await session.scalars(
            select(AuditEvent.detail).where(AuditEvent.action == "notification.test")
        )
        assert [row["channel"] for row in rows] == list(KINDS)


@pytest.mark.parametrize(
    ("channel", "answer", "code", "words"),
    [
        ("wecom", {"errcode": 60020, "errmsg": "ip"}, 1, "企业可信IP"),
        ("wecom", {"errcode": 81013, "errmsg": "x"}, 1, "可见范围"),
        ("wechat", {"errcode": 40164, "errmsg": "ip"}, 1, "IP 白名单"),
        ("wechat", {"errcode": 43101, "errmsg": "x"}, 1, "允许接收"),
        ("dingtalk_work", {"errcode": 90018, "errmsg": "x"}, 1, "一分钟"),
        ("dingtalk_work", {"errcode": 123456, "errmsg": "x"}, 1, "未收录的代码"),
    ],
)
async def test_an_error_is_told_in_words_with_what_to_do(
    installation: Installation, channel: str, answer: dict[str, Any], code: int, words: str
) -> None:
    await installation.reach(channel, "somebody")
    fake = {"wecom": installation.wecom, "wechat": installation.wechat}.get(
        channel, installation.dingtalk
    )
    token = {"access_token": "t", "expires_in": 7200, "accessToken": "t", "expireIn": 7200}
    fake.script.extend([Scripted(token), Scripted(answer)])
    got, said = await installation.try_on(channel)
    assert got == code
    assert words in said
    assert str(answer["errcode"]) in said


async def test_wrong_credentials_and_a_provider_out_of_reach_are_told_apart(
    installation: Installation,
) -> None:
    await installation.reach("wecom", "member-1")
    installation.wecom.script.append(Scripted({"errcode": 40013, "errmsg": "invalid corpid"}))
    code, said = await installation.try_on("wecom")
    assert (code, "HRP_WECOM_CORP_ID" in said) == (1, True), said
    await installation.wecom.__aexit__()
    code, said = await installation.try_on("wecom")
    assert (code, "防火墙" in said) == (1, True), said
    await installation.wecom.__aenter__()


async def test_what_cannot_be_tried_says_what_is_missing(installation: Installation) -> None:
    code, said = await installation.try_on("fcm")
    assert (code, "HRP_FCM_PROJECT" in said) == (2, True)
    code, said = await installation.try_on("wecom")
    assert (code, "登录或绑定" in said) == (2, True)
    code, said = await installation.try_on("wecom", to="nobody")
    assert (code, "NOT_FOUND" in said) == (2, True)
    assert installation.wecom.calls == {}
    async with installation.stage.database.reading(1) as session:
        assert await session.scalar(text("SELECT count(*) FROM audit_event")) == 0


async def test_the_callback_of_cards_is_registered_at_dingtalk(installation: Installation) -> None:
    given = ["register-card-callback", "--url", "https://hrp.example/", "--hospital", "H1"]
    code, said = await installation.run(*given)
    assert code == 0, said
    route = installation.dingtalk.routes["hrp-cards"]
    assert route.url == "https://hrp.example/webhooks/dingtalk/cards/H1"
    assert route.secret not in said
    refused = {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "x"}
    token = {"accessToken": "t", "expireIn": 7200}
    installation.dingtalk.script.extend([Scripted(token), Scripted(refused, status=403)])
    code, said = await installation.run(*given)
    assert (code, "权限管理" in said) == (1, True), said
