"""The verdict on a presented refresh token."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mobile_hrp.domain.identity.sessions import (
    FAMILY_ENDING,
    LoginMethod,
    Platform,
    PresentedRefresh,
    Provider,
    RefreshVerdict,
    SessionPolicy,
    judge_refresh,
)

ISSUED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PHONE, OTHER_PHONE = uuid.UUID(int=1), uuid.UUID(int=2)
POLICY = SessionPolicy()
GOOD = PresentedRefresh(
    family_ended=False,
    used=False,
    expires_at=ISSUED + POLICY.refresh_lifetime,
    bound_installation_id=PHONE,
    presented_installation_id=PHONE,
    platform=Platform.ANDROID,
    last_seen_at=ISSUED,
)


def judge(presented: PresentedRefresh, after: timedelta = timedelta(minutes=9)) -> RefreshVerdict:
    return judge_refresh(presented, now=ISSUED + after, policy=POLICY)


def test_a_fresh_token_from_its_own_device_is_rotated() -> None:
    assert judge(GOOD) is RefreshVerdict.ROTATE


def test_a_token_lives_thirty_days_on_a_phone_to_the_second() -> None:
    assert judge(GOOD, timedelta(days=30) - timedelta(seconds=1)) is RefreshVerdict.ROTATE
    assert judge(GOOD, timedelta(days=30)) is RefreshVerdict.EXPIRED


def test_a_browser_left_alone_for_more_than_fifteen_minutes_must_sign_in_again() -> None:
    browser = replace(GOOD, platform=Platform.WEB)
    assert judge(browser, timedelta(minutes=15)) is RefreshVerdict.ROTATE
    assert judge(browser, timedelta(minutes=15, seconds=1)) is RefreshVerdict.IDLE


def test_a_hospital_may_set_an_idle_limit_for_phones() -> None:
    strict = SessionPolicy(idle_limit={Platform.ANDROID: timedelta(minutes=5)})
    after = ISSUED + timedelta(minutes=6)
    assert judge_refresh(GOOD, now=after, policy=strict) is RefreshVerdict.IDLE


def test_a_used_token_is_reuse_even_when_it_is_old_or_from_another_device() -> None:
    stolen = replace(GOOD, used=True, presented_installation_id=OTHER_PHONE)
    assert judge(stolen, timedelta(days=31)) is RefreshVerdict.REUSED


def test_another_device_is_a_mismatch_even_when_the_token_is_old() -> None:
    moved = replace(GOOD, presented_installation_id=OTHER_PHONE)
    assert judge(moved, timedelta(days=31)) is RefreshVerdict.DEVICE_MISMATCH


def test_nothing_revives_an_ended_family() -> None:
    for presented in (GOOD, replace(GOOD, used=True)):
        assert judge(replace(presented, family_ended=True)) is RefreshVerdict.ENDED


@pytest.mark.parametrize("verdict", RefreshVerdict)
def test_only_signs_of_theft_end_the_family(verdict: RefreshVerdict) -> None:
    theft = {RefreshVerdict.REUSED, RefreshVerdict.DEVICE_MISMATCH}
    assert (verdict in FAMILY_ENDING) == (verdict in theft)


def test_every_provider_is_a_login_method() -> None:
    assert [provider.login_method for provider in Provider] == [
        LoginMethod.WECHAT,
        LoginMethod.DINGTALK,
        LoginMethod.WECOM,
    ]
