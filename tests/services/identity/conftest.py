"""A house with doors, and three providers behind sockets."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from pydantic import SecretStr
from tests.fakes.clock import FakeClock
from tests.fakes.login_providers import FakeDingTalk, FakeWeChat, FakeWeComLogin, serving
from tests.services.identity.house import NOW, House, open_house

from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.identity.login_providers import (
    WECOM_PAGE,
    WECOM_PROGRAM,
    DingTalkLogin,
    LoginProviders,
    WeChatLogin,
    WeComLogin,
)
from mobile_hrp.services.identity.passwords import PasswordHasherPool


@pytest.fixture(scope="session")
def passwords() -> Iterator[PasswordHasherPool]:
    """Cheap hashing with a queue no test fills by accident; the real limits have their own test."""
    with PasswordHasherPool(waiting_max=100, memory_kib=64, passes=1) as pool:
        yield pool


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def wechat(clock: FakeClock) -> AsyncIterator[FakeWeChat]:
    fake = FakeWeChat(clock, "wx-made-up", "wechat-secret-canary")
    async with serving(fake):
        yield fake


@pytest.fixture
async def dingtalk(clock: FakeClock) -> AsyncIterator[FakeDingTalk]:
    fake = FakeDingTalk(clock, "ding-made-up", "dingtalk-secret-canary")
    async with serving(fake):
        yield fake


@pytest.fixture
async def wecom(clock: FakeClock) -> AsyncIterator[FakeWeComLogin]:
    fake = FakeWeComLogin(clock, "ww-made-up", "wecom-secret-canary")
    async with serving(fake):
        yield fake


@pytest.fixture
async def logins(
    clock: FakeClock, wechat: FakeWeChat, dingtalk: FakeDingTalk, wecom: FakeWeComLogin
) -> AsyncIterator[LoginProviders]:
    async with aiohttp.ClientSession() as http:
        wecom_doors = {
            door: WeComLogin(
                http,
                base_url=wecom.base_url,
                corp_id=wecom.app_id,
                corp_secret=SecretStr(secret),
                door=door,
                clock=clock,
            )
            for door, secret in (
                (WECOM_PAGE, wecom.app_secret),
                (WECOM_PROGRAM, wecom.program_secret),
            )
        }
        yield LoginProviders(
            {
                Provider.WECHAT: WeChatLogin(
                    http,
                    base_url=wechat.base_url,
                    app_id=wechat.app_id,
                    app_secret=SecretStr(wechat.app_secret),
                ),
                Provider.DINGTALK: DingTalkLogin(
                    http,
                    base_url=dingtalk.base_url,
                    legacy_base_url=dingtalk.base_url,
                    app_key=dingtalk.app_id,
                    app_secret=SecretStr(dingtalk.app_secret),
                    clock=clock,
                ),
                Provider.WECOM: wecom_doors[WECOM_PAGE],
            },
            programs={Provider.WECOM: wecom_doors[WECOM_PROGRAM]},
        )


@pytest.fixture
async def house(
    owner_database: Database,
    database: Database,
    passwords: PasswordHasherPool,
    logins: LoginProviders,
) -> House:
    house = await open_house(owner_database, database, passwords, logins)
    await house.hire("chen")
    return house
