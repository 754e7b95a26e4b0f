"""Signing in through WeCom, from a page and from its mini-program."""

import asyncio
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import select, text
from tests.fakes.clock import FakeClock
from tests.fakes.login_providers import FakeWeComLogin, Scripted
from tests.services.identity.house import BOX, HOSPITAL, NOW, SOURCE, House, phone

from mobile_hrp.domain.identity.sessions import CodeOrigin, Platform, Provider
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind, EndpointState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.context import Context
from mobile_hrp.mobile_contract.releases import served_documents
from mobile_hrp.models.identity import ExternalIdentity
from mobile_hrp.models.notification import NotificationEndpoint
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.schema import schema
from mobile_hrp.services.identity import login_providers
from mobile_hrp.services.identity.external import unbind_external_identity
from mobile_hrp.services.identity.login_providers import (
    WECOM_PAGE,
    ExternalSubject,
    LoginProviders,
    WeComLogin,
)

PAGE, PROGRAM = CodeOrigin.PAGE, CodeOrigin.MINI_PROGRAM
TOKEN = "/cgi-bin/gettoken"
DOORS = {PAGE: "/cgi-bin/auth/getuserinfo", PROGRAM: "/cgi-bin/miniprogram/jscode2session"}


def issue(wecom: FakeWeComLogin, origin: CodeOrigin, member: str) -> str:
    return (wecom.issue_code if origin is PAGE else wecom.issue_program_code)(member)


async def refusal_of(logins: LoginProviders, code: str, origin: CodeOrigin = PAGE) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await logins.identify(Provider.WECOM, code, origin)
    return refused.value


@pytest.mark.parametrize("origin", CodeOrigin)
async def test_a_code_of_either_door_names_the_same_member_once(
    logins: LoginProviders, wecom: FakeWeComLogin, origin: CodeOrigin
) -> None:
    code = issue(wecom, origin, "zhangsan")
    subject = await logins.identify(Provider.WECOM, code, origin)
    assert subject == ExternalSubject(Provider.WECOM, "ww-made-up", "zhangsan", None)
    assert (await refusal_of(logins, code, origin)).code == "LOGIN_CODE_INVALID"
    assert "zhangsan" not in repr(subject)
    assert wecom.calls == [TOKEN, DOORS[origin], DOORS[origin]]


@pytest.mark.parametrize("origin", CodeOrigin)
async def test_a_code_is_good_for_five_minutes_and_at_its_own_door(
    logins: LoginProviders, wecom: FakeWeComLogin, clock: FakeClock, origin: CodeOrigin
) -> None:
    other = PROGRAM if origin is PAGE else PAGE
    wrong_door = issue(wecom, other, "zhangsan")
    assert (await refusal_of(logins, wrong_door, origin)).code == "LOGIN_CODE_INVALID"
    assert (await logins.identify(Provider.WECOM, wrong_door, other)).subject == "zhangsan"
    late = issue(wecom, origin, "zhangsan")
    clock.advance(timedelta(minutes=5))
    assert (await refusal_of(logins, late, origin)).code == "LOGIN_CODE_INVALID"


@pytest.mark.parametrize("code", ["", "x" * 513, "tab\there", "中文"])
async def test_what_cannot_be_a_code_is_not_even_sent(
    logins: LoginProviders, wecom: FakeWeComLogin, code: str
) -> None:
    assert (await refusal_of(logins, code)).code == "LOGIN_CODE_INVALID"
    assert not wecom.calls


async def test_who_is_no_member_or_may_not_see_the_app_is_told_so(
    logins: LoginProviders, wecom: FakeWeComLogin
) -> None:
    wecom.visitors.add("customer")
    wecom.out_of_range.add("temp")
    wecom.foreigners.add("neighbour")
    for member, origin in (("customer", PAGE), ("temp", PAGE), ("neighbour", PROGRAM)):
        refusal = await refusal_of(logins, issue(wecom, origin, member), origin)
        assert refusal.code == "LOGIN_NOT_A_MEMBER"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errcode": 40029, "errmsg": "invalid code"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 41008, "errmsg": "missing auth code"}, "LOGIN_CODE_INVALID"),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, "LOGIN_BUSY"),
        ({"errcode": 45033, "errmsg": "api concurrent out of limit"}, "LOGIN_BUSY"),
        ({"errcode": 50002, "errmsg": "user not in the range"}, "LOGIN_NOT_A_MEMBER"),
        ({"errcode": 60011, "errmsg": "no privilege"}, "LOGIN_NOT_A_MEMBER"),
        ({"errcode": 60111, "errmsg": "userid not found"}, "LOGIN_NOT_A_MEMBER"),
        ({"errcode": 0, "openid": "o"}, "LOGIN_NOT_A_MEMBER"),
        ({"errcode": 0, "corpid": "ww-other", "userid": "x"}, "LOGIN_NOT_A_MEMBER"),
        ({"errcode": -1, "errmsg": "system busy"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 48002, "errmsg": "api forbidden"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0, "errmsg": "ok"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0, "userid": ""}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"errcode": 0, "userid": 7}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ({"userid": "zhangsan"}, "LOGIN_PROVIDER_UNAVAILABLE"),
        ("<html>gateway</html>", "LOGIN_PROVIDER_UNAVAILABLE"),
        ("[]", "LOGIN_PROVIDER_UNAVAILABLE"),
        ("x" * 70_000, "LOGIN_PROVIDER_UNAVAILABLE"),
    ],
)
async def test_each_answer_has_its_refusal(
    logins: LoginProviders, wecom: FakeWeComLogin, answer: dict[str, Any] | str, expected: str
) -> None:
    wecom.next_answers.append(Scripted(answer))
    assert (await refusal_of(logins, wecom.issue_code("zhangsan"))).code == expected
    assert wecom.calls == [TOKEN, DOORS[PAGE]]


async def test_what_it_has_to_set_right_ends_in_a_refusal_and_names_the_number_in_the_log(
    wecom: FakeWeComLogin, logins: LoginProviders
) -> None:
    for flag, number in (("trusts_us", "60020"), ("trusts_the_page", "50001")):
        setattr(wecom, flag, False)
        with structlog.testing.capture_logs() as logs:
            refusal = await refusal_of(logins, wecom.issue_code("zhangsan"))
        setattr(wecom, flag, True)
        assert refusal.code == "LOGIN_PROVIDER_UNAVAILABLE"
        assert [one["reason"] for one in logs] == [number]


@pytest.mark.parametrize(
    ("corp_id", "secret", "number"),
    [("ww-wrong", "wecom-secret-canary", "40013"), ("ww-made-up", "canary-wrong", "40001")],
)
async def test_a_wrong_secret_is_our_mistake_and_not_in_the_log(
    wecom: FakeWeComLogin, clock: FakeClock, corp_id: str, secret: str, number: str
) -> None:
    code = wecom.issue_code("zhangsan")
    with structlog.testing.capture_logs() as logs:
        async with aiohttp.ClientSession() as http:
            login = WeComLogin(
                http,
                base_url=wecom.base_url + "/",
                corp_id=corp_id,
                corp_secret=SecretStr(secret),
                door=WECOM_PAGE,
                clock=clock,
            )
            with pytest.raises(Refusal, match="LOGIN_PROVIDER_UNAVAILABLE"):
                await login.identify(code)
    assert [one["reason"] for one in logs] == [number]
    assert "canary" not in repr(logs)
    assert wecom.calls == [TOKEN]


async def test_logins_at_once_fetch_one_token_for_each_door(
    logins: LoginProviders, wecom: FakeWeComLogin
) -> None:
    subjects = await asyncio.gather(
        *(
            logins.identify(Provider.WECOM, issue(wecom, origin, f"m{n}"), origin)
            for n in range(6)
            for origin in CodeOrigin
        )
    )
    assert sorted({one.subject for one in subjects}) == [f"m{n}" for n in range(6)]
    assert wecom.calls.count(TOKEN) == 2


async def test_a_token_is_renewed_before_it_ends_and_once_when_it_was_withdrawn(
    logins: LoginProviders, wecom: FakeWeComLogin, clock: FakeClock
) -> None:
    async def sign_in() -> int:
        await logins.identify(Provider.WECOM, wecom.issue_code("zhangsan"))
        return wecom.calls.count(TOKEN)

    assert await sign_in() == 1
    clock.advance(timedelta(minutes=114))
    assert await sign_in() == 1
    wecom.withdraw_tokens()
    assert await sign_in() == 2
    clock.advance(timedelta(minutes=121))
    assert await sign_in() == 3


@pytest.mark.parametrize("number", [40001, 40014, 42001])
async def test_a_token_that_is_refused_again_and_again_ends_in_a_refusal(
    logins: LoginProviders, wecom: FakeWeComLogin, number: int
) -> None:
    wecom.next_answers.extend([Scripted({"errcode": number, "errmsg": "token"})] * 9)
    refusal = await refusal_of(logins, wecom.issue_code("zhangsan"))
    assert refusal.code == "LOGIN_PROVIDER_UNAVAILABLE"
    assert wecom.calls.count(DOORS[PAGE]) == 2
    assert wecom.calls.count(TOKEN) == 2


@pytest.mark.parametrize("fault", ["hang", "redirect"])
async def test_a_provider_that_hangs_or_redirects_ends_in_a_refusal_without_secrets(
    logins: LoginProviders, wecom: FakeWeComLogin, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(login_providers, "_DEADLINE", aiohttp.ClientTimeout(total=0.2))
    wecom.next_answers.append(Scripted(hang=fault == "hang", redirect=fault == "redirect"))
    code = wecom.issue_code("member-canary")
    with structlog.testing.capture_logs() as logs:
        refusal = await refusal_of(logins, code)
    assert refusal.code == "LOGIN_PROVIDER_UNAVAILABLE"
    assert logs
    told = repr(logs) + repr(refusal.details)
    assert "canary" not in told
    assert code not in told
    assert not any(token in told for token in wecom.tokens)


async def test_the_settings_offer_wecom_and_one_secret_may_serve_both_doors(
    wecom: FakeWeComLogin, clock: FakeClock
) -> None:
    settings = Settings(
        _env_file=None,
        wecom_base_url=wecom.base_url,
        wecom_corp_id=wecom.app_id,
        wecom_corp_secret=SecretStr(wecom.app_secret),
        wecom_program_secret=SecretStr(wecom.program_secret),
    )
    async with aiohttp.ClientSession() as http:
        logins = LoginProviders.from_settings(settings, http, clock)
        assert logins.offered == (Provider.WECOM,)
        for origin in CodeOrigin:
            code = issue(wecom, origin, "zhangsan")
            assert (await logins.identify(Provider.WECOM, code, origin)).subject == "zhangsan"
        wecom.withdraw_tokens()
        wecom.program_secret = wecom.app_secret
        same = settings.model_copy(update={"wecom_program_secret": SecretStr("")})
        tied = LoginProviders.from_settings(same, http, clock)
        code = wecom.issue_program_code("zhangsan")
        assert (await tied.identify(Provider.WECOM, code, PROGRAM)).subject == "zhangsan"


async def test_providers_with_one_door_take_codes_of_both(house: House) -> None:
    logins = house.doors.logins
    for provider in (Provider.WECHAT, Provider.DINGTALK):
        for origin in CodeOrigin:
            with pytest.raises(Refusal, match="LOGIN_CODE_INVALID"):
                await logins.identify(provider, "unknown", origin)


async def test_whoever_is_bound_signs_in_from_both_doors_and_is_reached(
    house: House, wecom: FakeWeComLogin
) -> None:
    house.doors.logins.channels = frozenset({Channel.WECOM})
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await sign_in(house, wecom, PAGE)
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.WECOM, code=wecom.issue_code("zhangsan"), now=NOW
    )
    for origin in CodeOrigin:
        signed_in = await sign_in(house, wecom, origin)
        assert signed_in.staff_id == viewer.staff_id
    async with house.database.reading(HOSPITAL) as session:
        (found,) = (
            await session.scalars(
                select(NotificationEndpoint).where(
                    NotificationEndpoint.state == EndpointState.ACTIVE
                )
            )
        ).all()
        bound = (await session.scalars(select(ExternalIdentity))).all()
    address = AddressSealer(BOX).open(found.address, hospital_id=HOSPITAL, channel=Channel.WECOM)
    assert (found.channel, found.kind, address) == (Channel.WECOM, EndpointKind.USERID, "zhangsan")
    assert [(one.provider, one.app_id) for one in bound] == [(Provider.WECOM, "ww-made-up")]
    async with house.database.transaction(HOSPITAL) as session:
        await unbind_external_identity(session, viewer=viewer, provider=Provider.WECOM, now=NOW)
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await sign_in(house, wecom, PROGRAM)


async def test_the_documents_of_the_phone_bind_and_sign_in_from_both_doors(
    house: House, wecom: FakeWeComLogin
) -> None:
    documents = {one.name: one.body for one in served_documents().values()}
    viewer = await house.viewer("chen")

    async def asked(name: str, by: Viewer | None, given: dict[str, Any]) -> dict[str, Any]:
        context = Context(
            database=house.database,
            clock=lambda: NOW,
            live=LiveUpdates(house.database),
            services=cast("Any", SimpleNamespace(doors=house.doors)),
            viewer=by,
            locale="zh",
            client_address=SOURCE,
        )
        answer = await schema.execute(documents[name], variable_values=given, context_value=context)
        assert not getattr(answer, "errors", None)
        data: dict[str, Any] = getattr(answer, "data", None) or {}
        return data

    def login(code: str, origin: str | None) -> dict[str, Any]:
        given: dict[str, Any] = {"hospitalCode": f"H{HOSPITAL}", "code": code}
        given["device"] = {"installationId": str(uuid.UUID(int=5)), "platform": "WECOM"}
        return {"input": given | ({"codeOrigin": origin} if origin else {})}

    assert "WECOM" in (await asked("LoginProviders", None, {}))["loginProviders"]
    code = wecom.issue_program_code("zhangsan")
    bind = {"input": {"provider": "WECOM", "code": code, "codeOrigin": "MINI_PROGRAM"}}
    assert (await asked("BindLogin", viewer, bind))["bindLogin"]["done"] is True
    for origin in (None, "PAGE", "MINI_PROGRAM"):
        issued = issue(wecom, PROGRAM if origin == "MINI_PROGRAM" else PAGE, "zhangsan")
        answer = (await asked("LoginWithWecom", None, login(issued, origin)))["loginWithWecom"]
        assert answer["session"]["accessToken"], answer
    wecom.visitors.add("visitor")
    refused = await asked("LoginWithWecom", None, login(wecom.issue_code("visitor"), None))
    (error,) = refused["loginWithWecom"]["userErrors"]
    assert error["code"] == "LOGIN_NOT_A_MEMBER"
    assert "企业微信" in error["message"]


async def test_a_member_belongs_to_one_person_and_nothing_else_is_kept(
    house: House, wecom: FakeWeComLogin
) -> None:
    house.doors.logins.channels = frozenset({Channel.WECOM})
    await house.hire("zhao")
    for name, expected in (("chen", None), ("zhao", "EXTERNAL_IDENTITY_TAKEN")):
        code = wecom.issue_program_code("zhangsan")
        binding = house.doors.bind(
            viewer=await house.viewer(name),
            provider=Provider.WECOM,
            code=code,
            now=NOW,
            origin=PROGRAM,
        )
        if expected is None:
            await binding
        else:
            with pytest.raises(Refusal, match=expected):
                await binding
    await sign_in(house, wecom, PAGE)
    kept = await everything_in(house)
    for secret in ("zhangsan", wecom.session_key, wecom.user_ticket, *wecom.tokens, *wecom.codes):
        assert secret not in kept
    assert "ww-made-up" in kept


async def sign_in(house: House, wecom: FakeWeComLogin, origin: CodeOrigin) -> Any:
    return await house.doors.with_code(
        hospital_id=HOSPITAL,
        provider=Provider.WECOM,
        code=issue(wecom, origin, "zhangsan"),
        device=phone(1, Platform.WECOM),
        source=SOURCE,
        now=NOW,
        origin=origin,
    )


async def everything_in(house: House) -> str:
    """All rows of the tables that signing in writes to, as text."""
    written = (
        "external_identity",
        "notification_endpoint",
        "audit_event",
        "event",
        "device",
        "session_family",
        "access_token",
        "refresh_token",
        "rate_bucket",
    )
    rows: list[str] = []
    async with house.database.reading(HOSPITAL) as session:
        for table in written:
            found = await session.scalars(text(f"SELECT t::text FROM {table} t"))  # noqa: S608 - names from the list above
            rows += found.all()
    return "\n".join(rows)
