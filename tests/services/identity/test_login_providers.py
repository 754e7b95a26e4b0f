"""The clients of WeChat and DingTalk against servers that answer as those do."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import SecretStr
from tests.fakes.clock import FakeClock
from tests.fakes.login_providers import FakeDingTalk, FakeWeChat, Scripted

from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.identity import login_providers
from mobile_hrp.services.identity.login_providers import (
    ExternalSubject,
    LoginProviders,
    WeChatLogin,
)

BAN_PAGE: dict[str, Any] = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}


async def refusal_of(logins: LoginProviders, provider: Provider, code: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await logins.identify(provider, code)
    return refused.value


async def test_a_wechat_code_names_its_user_once(
    logins: LoginProviders, wechat: FakeWeChat
) -> None:
    code = wechat.issue_code("openid-1")
    assert await logins.identify(Provider.WECHAT, code) == ExternalSubject(
        Provider.WECHAT, "wx-made-up", "openid-1", "u-openid-1"
    )
    assert (await refusal_of(logins, Provider.WECHAT, code)).code == "LOGIN_CODE_INVALID"


async def test_a_code_is_good_for_five_minutes(
    logins: LoginProviders, wechat: FakeWeChat, dingtalk: FakeDingTalk, clock: FakeClock
) -> None:
    codes = {
        Provider.WECHAT: wechat.issue_code("late"),
        Provider.DINGTALK: dingtalk.issue_code("late"),
    }
    clock.advance(timedelta(minutes=5))
    for provider, code in codes.items():
        assert (await refusal_of(logins, provider, code)).code == "LOGIN_CODE_INVALID"


async def test_a_subject_does_not_print_itself(logins: LoginProviders, wechat: FakeWeChat) -> None:
    subject = await logins.identify(Provider.WECHAT, wechat.issue_code("openid-canary"))
    assert "openid-canary" not in repr(subject)
    assert wechat.session_key not in repr(subject)


@pytest.mark.parametrize("code", ["", "x" * 513, "tab\there", "中文", "line\nbreak"])
@pytest.mark.parametrize("provider", [Provider.WECHAT, Provider.DINGTALK])
async def test_what_cannot_be_a_code_is_not_even_sent(
    logins: LoginProviders,
    wechat: FakeWeChat,
    dingtalk: FakeDingTalk,
    provider: Provider,
    code: str,
) -> None:
    assert (await refusal_of(logins, provider, code)).code == "LOGIN_CODE_INVALID"
    assert not wechat.calls
    assert not dingtalk.calls


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errcode": 40029, "errmsg": "invalid code"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 40163, "errmsg": "code been used"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 45011, "errmsg": "api minute-quota reach limit"}, "LOGIN_BUSY"),
        ({"errcode": 40226, "errmsg": "code blocked"}, "LOGIN_BLOCKED_BY_PROVIDER"),
        ({"errcode": -1, "errmsg": "system error"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 40125, "errmsg": "invalid appsecret"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0, "errmsg": "ok"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"openid": "", "session_key": "k"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"openid": 7, "session_key": "k"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ("<html>bad gateway</html>", "LOGIN_PROVIDER_UNAVAILABLE"),
        ("[]", "LOGIN_PROVIDER_UNAVAILABLE"),
        ("x" * 70_000, "LOGIN_PROVIDER_UNAVAILABLE"),
        ("", "LOGIN_PROVIDER_UNAVAILABLE"),
    ],
)
async def test_each_answer_of_wechat_has_its_refusal(
    logins: LoginProviders, wechat: FakeWeChat, answer: dict[str, Any] | str, expected: str
) -> None:
    wechat.next_answers.append(Scripted(answer))
    code = wechat.issue_code("openid-1")
    assert (await refusal_of(logins, Provider.WECHAT, code)).code == expected
    assert len(wechat.calls) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errcode": 40078, "errmsg": "不存在的临时授权码"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 88, "sub_code": "40078", "errmsg": "dingtalk error"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 90018, "errmsg": "并发受限"}, "LOGIN_BUSY"),
        ({"errcode": 88, "sub_code": "90002", "errmsg": "dingtalk error"}, "LOGIN_BUSY"),
        (BAN_PAGE, "LOGIN_BUSY"),
        ("<html>punished</html>", "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 88, "sub_code": "isv.x", "errmsg": "e"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": -1, "errmsg": "系统繁忙"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0, "result": {"name": "示例"}}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"result": {"userid": "user1"}}, "LOGIN_PROVIDER_UNAVAILABLE"),
    ],
)
async def test_each_answer_of_dingtalk_has_its_refusal(
    logins: LoginProviders, dingtalk: FakeDingTalk, answer: dict[str, Any] | str, expected: str
) -> None:
    dingtalk.next_answers.append(Scripted(answer))
    code = dingtalk.issue_code("user1")
    assert (await refusal_of(logins, Provider.DINGTALK, code)).code == expected


async def test_logins_at_once_fetch_one_dingtalk_token(
    logins: LoginProviders, dingtalk: FakeDingTalk
) -> None:
    subjects = await asyncio.gather(
        *(logins.identify(Provider.DINGTALK, dingtalk.issue_code(f"user{n}")) for n in range(8))
    )
    assert [subject.subject for subject in subjects] == [f"user{n}" for n in range(8)]
    assert dingtalk.calls.count("/v1.0/oauth2/accessToken") == 1


async def test_a_token_is_renewed_before_it_ends_and_once_when_it_was_withdrawn(
    logins: LoginProviders, dingtalk: FakeDingTalk, clock: FakeClock
) -> None:
    def tokens_fetched() -> int:
        return dingtalk.calls.count("/v1.0/oauth2/accessToken")

    await logins.identify(Provider.DINGTALK, dingtalk.issue_code("user1"))
    clock.advance(timedelta(minutes=114))
    await logins.identify(Provider.DINGTALK, dingtalk.issue_code("user1"))
    assert tokens_fetched() == 1
    clock.advance(timedelta(minutes=2))
    await logins.identify(Provider.DINGTALK, dingtalk.issue_code("user1"))
    assert tokens_fetched() == 2
    dingtalk.withdraw_token()
    assert (await logins.identify(Provider.DINGTALK, dingtalk.issue_code("user1"))).subject
    assert tokens_fetched() == 3


async def test_a_token_that_is_refused_again_and_again_ends_in_a_refusal(
    logins: LoginProviders, dingtalk: FakeDingTalk
) -> None:
    invalid = Scripted({"errcode": 40014, "errmsg": "不合法的access_token"})
    dingtalk.next_answers.extend([invalid] * 9)
    code = dingtalk.issue_code("user1")
    refusal = await refusal_of(logins, Provider.DINGTALK, code)
    assert refusal.code == "LOGIN_PROVIDER_UNAVAILABLE"
    assert dingtalk.calls.count("/topapi/v2/user/getuserinfo") == 2


@pytest.mark.parametrize("fault", ["hang", "redirect", "closed"])
async def test_a_provider_that_hangs_redirects_or_is_down_ends_in_a_refusal_without_secrets(
    wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(login_providers, "_DEADLINE", aiohttp.ClientTimeout(total=0.2))
    code = wechat.issue_code("openid-canary")
    base_url = "http://127.0.0.1:1" if fault == "closed" else wechat.base_url
    if fault == "hang":
        wechat.next_answers.append(Scripted(hang=True))
    elif fault == "redirect":
        wechat.next_answers.append(Scripted(redirect=True))
    with structlog.testing.capture_logs() as logs:
        async with aiohttp.ClientSession() as http:
            login = WeChatLogin(
                http,
                base_url=base_url,
                app_id="wx-made-up",
                app_secret=SecretStr("wechat-secret-canary"),
            )
            with pytest.raises(Refusal) as refused:
                await login.identify(code)
    assert refused.value.code == "LOGIN_PROVIDER_UNAVAILABLE"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or fault == "redirect"
    assert logs
    told = repr(logs) + repr(refused.value.details)
    assert "canary" not in told
    assert code not in told


@pytest.mark.parametrize("provider", Provider)
async def test_a_provider_that_is_not_set_up_is_unavailable(provider: Provider) -> None:
    async with aiohttp.ClientSession() as http:
        settings = Settings(_env_file=None)
        logins = LoginProviders.from_settings(settings, http)
        assert logins.offered == ()
        assert (await refusal_of(logins, provider, "code")).code == "LOGIN_PROVIDER_UNAVAILABLE"


async def test_the_settings_say_which_providers_are_offered(
    wechat: FakeWeChat, dingtalk: FakeDingTalk, clock: FakeClock
) -> None:
    settings = Settings(
        _env_file=None,
        wechat_base_url=wechat.base_url,
        wechat_app_id=wechat.app_id,
        wechat_app_secret=SecretStr(wechat.app_secret),
        dingtalk_base_url=dingtalk.base_url,
        dingtalk_legacy_base_url=dingtalk.base_url + "/",
        dingtalk_app_key=dingtalk.app_id,
        dingtalk_app_secret=SecretStr(dingtalk.app_secret),
    )
    async with aiohttp.ClientSession() as http:
        logins = LoginProviders.from_settings(settings, http, clock)
        assert logins.offered == (Provider.DINGTALK, Provider.WECHAT)
        issue: dict[Provider, Callable[[str], str]] = {
            Provider.WECHAT: wechat.issue_code,
            Provider.DINGTALK: dingtalk.issue_code,
        }
        for provider, issue_code in issue.items():
            subject = await logins.identify(provider, issue_code("somebody"))
            assert (subject.provider, subject.subject) == (provider, "somebody")


async def test_a_wrong_app_secret_is_not_blamed_on_the_user(
    wechat: FakeWeChat, dingtalk: FakeDingTalk, clock: FakeClock
) -> None:
    wrong = SecretStr("wrong")
    async with aiohttp.ClientSession() as http:
        logins = LoginProviders(
            {
                Provider.WECHAT: WeChatLogin(
                    http, base_url=wechat.base_url, app_id=wechat.app_id, app_secret=wrong
                ),
                Provider.DINGTALK: login_providers.DingTalkLogin(
                    http,
                    base_url=dingtalk.base_url,
                    legacy_base_url=dingtalk.base_url,
                    app_key=dingtalk.app_id,
                    app_secret=wrong,
                    clock=clock,
                ),
            }
        )
        for provider, code in (
            (Provider.WECHAT, wechat.issue_code("a")),
            (Provider.DINGTALK, dingtalk.issue_code("a")),
        ):
            refusal = await refusal_of(logins, provider, code)
            assert refusal.code == "LOGIN_PROVIDER_UNAVAILABLE"
