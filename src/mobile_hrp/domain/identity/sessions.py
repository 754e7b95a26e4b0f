"""How long a sign-in lasts, and what presenting a refresh token means."""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType


class Platform(enum.StrEnum):
    """What kind of client a device runs."""

    IOS = "ios"
    ANDROID = "android"
    HARMONY = "harmony"
    WECHAT = "wechat"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    WEB = "web"


class LoginMethod(enum.StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a method, not a password
    WECHAT = "wechat"
    DINGTALK = "dingtalk"
    WECOM = "wecom"


class Provider(enum.StrEnum):
    """Who else vouches for a person; each is a LoginMethod of the same value."""

    WECHAT = "wechat"
    DINGTALK = "dingtalk"
    WECOM = "wecom"

    @property
    def login_method(self) -> LoginMethod:
        return LoginMethod(self.value)


class CodeOrigin(enum.StrEnum):
    """Where a client got its login code; a provider may take each another way (WeCom does)."""

    PAGE = "page"
    MINI_PROGRAM = "mini_program"


class EndReason(enum.StrEnum):
    """Why a session family ended."""

    LOGOUT = "logout"
    REPLACED = "replaced"
    REMOTE = "remote"
    REFRESH_REUSED = "refresh_reused"
    DEVICE_MISMATCH = "device_mismatch"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    STAFF_LEFT = "staff_left"


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a client says about itself. ``installation_id`` is a random UUID it made at install."""

    installation_id: uuid.UUID
    platform: Platform
    label: str = ""


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Lifetimes. ``idle_limit``: time without any refresh after which a device must sign in again.

    A browser may stand on a shared desk, so it has one by default; a phone has its own lock, and
    decisions over the step-up threshold ask for a fresh proof anyway. A hospital may set one for
    every platform.
    """

    access_lifetime: timedelta = timedelta(minutes=10)
    refresh_lifetime: timedelta = timedelta(days=30)
    idle_limit: Mapping[Platform, timedelta] = field(
        default_factory=lambda: MappingProxyType({Platform.WEB: timedelta(minutes=15)})
    )


class RefreshVerdict(enum.StrEnum):
    """What to do with a presented refresh token; the value is the refusal's code."""

    ROTATE = "ROTATE"
    REUSED = "REFRESH_REUSED"
    DEVICE_MISMATCH = "DEVICE_MISMATCH"
    ENDED = "SESSION_ENDED"
    EXPIRED = "TOKEN_EXPIRED"
    IDLE = "SESSION_IDLE"


@dataclass(frozen=True, slots=True)
class PresentedRefresh:
    """A refresh token that was found, with its family, read under the family's lock."""

    family_ended: bool
    used: bool
    expires_at: datetime
    bound_installation_id: uuid.UUID
    presented_installation_id: uuid.UUID
    platform: Platform
    last_seen_at: datetime


def judge_refresh(
    presented: PresentedRefresh, *, now: datetime, policy: SessionPolicy
) -> RefreshVerdict:
    """Decide on a refresh. Theft is judged before age: an old stolen token still tells of theft."""
    if presented.family_ended:
        return RefreshVerdict.ENDED
    if presented.used:
        return RefreshVerdict.REUSED
    if presented.presented_installation_id != presented.bound_installation_id:
        return RefreshVerdict.DEVICE_MISMATCH
    if now >= presented.expires_at:
        return RefreshVerdict.EXPIRED
    idle_limit = policy.idle_limit.get(presented.platform)
    if idle_limit is not None and now - presented.last_seen_at > idle_limit:
        return RefreshVerdict.IDLE
    return RefreshVerdict.ROTATE


FAMILY_ENDING = MappingProxyType(
    {
        RefreshVerdict.REUSED: EndReason.REFRESH_REUSED,
        RefreshVerdict.DEVICE_MISMATCH: EndReason.DEVICE_MISMATCH,
    }
)
"""Verdicts that mean somebody else holds the token: the whole family is revoked."""
