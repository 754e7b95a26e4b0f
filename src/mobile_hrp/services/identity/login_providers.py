"""Asking WeChat, DingTalk and WeCom who stands behind a login code.

Called before any transaction is opened. The answers' secrets (session_key, user_ticket, name,
device id) are not kept: the subject is all that is needed. Nothing here logs a URL, since they
carry the app's secret, a token or the code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Protocol

import aiohttp
import structlog
from pydantic import SecretStr

from mobile_hrp.domain.identity.sessions import CodeOrigin, Provider
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.notifications.channels.tokens import FreshToken, ProviderTokens
from mobile_hrp.notifications.configured import channels_in
from mobile_hrp.runtime.clock import Clock, utc_now
from mobile_hrp.runtime.settings import Settings

_log = structlog.get_logger(__name__)
_DEADLINE = aiohttp.ClientTimeout(total=4, connect=2)
_ANSWER_BYTES_MAX = 64 * 1024
_CODE_LENGTH_MAX = 512


@dataclass(frozen=True, slots=True)
class ExternalSubject:
    """A person as one app of a provider sees that person."""

    provider: Provider
    app_id: str
    subject: str = field(repr=False)
    union_subject: str | None = field(default=None, repr=False)


class LoginProvider(Protocol):
    """Turns a one-time login code of a client into a subject."""

    async def identify(self, code: str) -> ExternalSubject:
        """Say whose code it is.

        Raises Refusal LOGIN_CODE_INVALID, LOGIN_BLOCKED_BY_PROVIDER, LOGIN_NOT_A_MEMBER, or (both
        to be retried with a fresh code) LOGIN_BUSY or LOGIN_PROVIDER_UNAVAILABLE.
        """
        ...


class LoginProviders:
    """The providers this installation is set up for."""

    def __init__(
        self,
        providers: Mapping[Provider, LoginProvider],
        *,
        programs: Mapping[Provider, LoginProvider] = MappingProxyType({}),
        channels: frozenset[Channel] = frozenset(),
    ) -> None:
        """``programs`` take the codes of mini-programs, where those go another way than pages'."""
        self._providers = dict(providers)
        self._programs = dict(programs)
        self.channels = channels
        """The push channels of this installation, on which a login makes people reachable."""

    @classmethod
    def from_settings(
        cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock = utc_now
    ) -> "LoginProviders":
        """Those with an app id in the settings. ``http`` is opened and closed by the lifespan."""
        providers: dict[Provider, LoginProvider] = {}
        programs: dict[Provider, LoginProvider] = {}
        if settings.wechat_app_id:
            providers[Provider.WECHAT] = WeChatLogin(
                http,
                base_url=settings.wechat_base_url,
                app_id=settings.wechat_app_id,
                app_secret=settings.wechat_app_secret,
            )
        if settings.dingtalk_app_key:
            providers[Provider.DINGTALK] = DingTalkLogin(
                http,
                base_url=settings.dingtalk_base_url,
                legacy_base_url=settings.dingtalk_legacy_base_url,
                app_key=settings.dingtalk_app_key,
                app_secret=settings.dingtalk_app_secret,
                clock=clock,
            )
        if settings.wecom_corp_id:
            own = settings.wecom_corp_secret
            for doors, path, secret in (
                (providers, WECOM_PAGE, own),
                (programs, WECOM_PROGRAM, settings.wecom_program_secret or own),
            ):
                doors[Provider.WECOM] = WeComLogin(
                    http,
                    base_url=settings.wecom_base_url,
                    corp_id=settings.wecom_corp_id,
                    corp_secret=secret,
                    door=path,
                    clock=clock,
                )
        return cls(providers, programs=programs, channels=channels_in(settings))

    @property
    def offered(self) -> tuple[Provider, ...]:
        """Which login buttons a client may show."""
        return tuple(sorted(self._providers))

    async def identify(
        self, provider: Provider, code: str, origin: CodeOrigin = CodeOrigin.PAGE
    ) -> ExternalSubject:
        """Ask a provider whose code it is, while no transaction is open.

        Raises the refusals of ``LoginProvider.identify``; LOGIN_PROVIDER_UNAVAILABLE also for a
        provider that is not set up.
        """
        known = self._providers.get(provider)
        if origin is CodeOrigin.MINI_PROGRAM:
            known = self._programs.get(provider, known)
        if known is None:
            raise Refusal("LOGIN_PROVIDER_UNAVAILABLE", provider=provider.value)
        return await known.identify(code)


class WeChatLogin:
    """A mini-program: ``sns/jscode2session``. Errors as the provider documents them."""

    _CODE_INVALID = frozenset({40029, 40163, 41008})
    _THROTTLED = frozenset({45011})
    _BLOCKED = frozenset({40226})

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        app_id: str,
        app_secret: SecretStr,
    ) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/sns/jscode2session"
        self._app_id = app_id
        self._app_secret = app_secret

    async def identify(self, code: str) -> ExternalSubject:
        query = {
            "appid": self._app_id,
            "secret": self._app_secret.get_secret_value(),
            "js_code": _plausible(code),
            "grant_type": "authorization_code",
        }
        answer = await _ask(self._http, "wechat", "GET", self._url, query=query)
        error = answer.get("errcode", 0)
        if error in self._CODE_INVALID:
            raise Refusal("LOGIN_CODE_INVALID", path="code")
        if error in self._BLOCKED:
            raise Refusal("LOGIN_BLOCKED_BY_PROVIDER", provider=Provider.WECHAT.value)
        if error in self._THROTTLED:
            raise Refusal("LOGIN_BUSY")
        subject = answer.get("openid")
        if error != 0 or not isinstance(subject, str) or not subject:
            raise _unavailable("wechat", error)
        return ExternalSubject(
            Provider.WECHAT, self._app_id, subject, _text_or_none(answer.get("unionid"))
        )


class DingTalkLogin:
    """An internal app: its own access token, then ``topapi/v2/user/getuserinfo``.

    The token is fetched anew at most once per login when DingTalk has withdrawn it early.
    """

    _CODE_INVALID = frozenset({40078, 41026})
    _TOKEN_INVALID = frozenset({40014, 42001})
    _THROTTLED = frozenset({90002, 90018, 90019})

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        legacy_base_url: str,
        app_key: str,
        app_secret: SecretStr,
        clock: Clock,
    ) -> None:
        self._http = http
        self._token_url = f"{base_url.rstrip('/')}/v1.0/oauth2/accessToken"
        self._user_url = f"{legacy_base_url.rstrip('/')}/topapi/v2/user/getuserinfo"
        self._app_key = app_key
        self._app_secret = app_secret
        self._tokens = ProviderTokens(self._fetch_token, clock=clock)

    async def identify(self, code: str) -> ExternalSubject:
        code = _plausible(code)
        token = await self._tokens.token()
        answer = await self._user_of(code, token)
        if _error_of(answer) in self._TOKEN_INVALID:
            answer = await self._user_of(code, await self._tokens.replace(token))
        error = _error_of(answer)
        if error in self._CODE_INVALID:
            raise Refusal("LOGIN_CODE_INVALID", path="code")
        if error in self._THROTTLED or answer.get("punish") == "deny":
            raise Refusal("LOGIN_BUSY")
        result = answer.get("result")
        subject = result.get("userid") if isinstance(result, dict) else None
        if error != 0 or not isinstance(result, dict) or not isinstance(subject, str):
            raise _unavailable("dingtalk", error)
        union = _text_or_none(result.get("unionid"))
        return ExternalSubject(Provider.DINGTALK, self._app_key, subject, union)

    async def _user_of(self, code: str, token: str) -> Mapping[str, Any]:
        return await _ask(
            self._http,
            "dingtalk",
            "POST",
            self._user_url,
            query={"access_token": token},
            body={"code": code},
        )

    async def _fetch_token(self) -> FreshToken:
        body = {"appKey": self._app_key, "appSecret": self._app_secret.get_secret_value()}
        answer = await _ask(self._http, "dingtalk", "POST", self._token_url, body=body)
        return _fresh("dingtalk", answer, "accessToken", "expireIn", error=answer.get("code"))


WECOM_PAGE = ("/cgi-bin/auth/getuserinfo", "code")
"""Where WeCom takes the code that a page got by OAuth2, and under which name."""
WECOM_PROGRAM = ("/cgi-bin/miniprogram/jscode2session", "js_code")
"""The same for a code that a mini-program got by wx.qy.login."""


class WeComLogin:
    """A member of our corporation, by a code from a page or from a mini-program.

    https://developer.work.weixin.qq.com/document/path/91022 and, for mini-programs, code2Session.
    No more than the userid is asked for, which is the same at both doors, so one binding serves
    both. The secret must be the one of the app that the code was given to.
    """

    _CODE_INVALID = frozenset({40029, 41008})
    _TOKEN_INVALID = frozenset({40001, 40014, 42001})
    _THROTTLED = frozenset({45009, 45033})
    _NOT_OURS = frozenset({50002, 60011, 60111})

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        corp_id: str,
        corp_secret: SecretStr,
        door: tuple[str, str],
        clock: Clock,
    ) -> None:
        self._http, self._base = http, base_url.rstrip("/")
        self._corp_id, self._corp_secret = corp_id, corp_secret
        self._path, self._code_name = door
        self._tokens = ProviderTokens(self._fetch_token, clock=clock)

    async def identify(self, code: str) -> ExternalSubject:
        code = _plausible(code)
        token = await self._tokens.token()
        answer = await self._user_of(code, token)
        if answer.get("errcode") in self._TOKEN_INVALID:
            answer = await self._user_of(code, await self._tokens.replace(token))
        error = answer.get("errcode", "missing")
        if error in self._CODE_INVALID:
            raise Refusal("LOGIN_CODE_INVALID", path="code")
        if error in self._THROTTLED:
            raise Refusal("LOGIN_BUSY")
        if error in self._NOT_OURS or (error == 0 and self._is_strange(answer)):
            raise Refusal("LOGIN_NOT_A_MEMBER", provider=Provider.WECOM.value)
        subject = answer.get("userid")
        if error != 0 or not isinstance(subject, str) or not subject:
            raise _unavailable("wecom", error)
        return ExternalSubject(Provider.WECOM, self._corp_id, subject)

    def _is_strange(self, answer: Mapping[str, Any]) -> bool:
        """Whether it is a customer or visitor, or a member of another corporation.

        A mini-program opens in any corporation; where it is not installed the userid is encrypted.
        """
        outside = answer.get("openid") or answer.get("external_userid")
        return bool(outside and not answer.get("userid")) or (
            answer.get("corpid", self._corp_id) != self._corp_id
        )

    async def _user_of(self, code: str, token: str) -> Mapping[str, Any]:
        query = {"access_token": token, self._code_name: code}
        if self._code_name == "js_code":
            query["grant_type"] = "authorization_code"
        return await _ask(self._http, "wecom", "GET", f"{self._base}{self._path}", query=query)

    async def _fetch_token(self) -> FreshToken:
        query = {"corpid": self._corp_id, "corpsecret": self._corp_secret.get_secret_value()}
        answer = await _ask(
            self._http, "wecom", "GET", f"{self._base}/cgi-bin/gettoken", query=query
        )
        return _fresh("wecom", answer, "access_token", "expires_in", error=answer.get("errcode"))


def _fresh(
    provider: str, answer: Mapping[str, Any], token: str, seconds: str, *, error: object
) -> FreshToken:
    text, lifetime = answer.get(token), answer.get(seconds)
    if not isinstance(text, str) or not text or not isinstance(lifetime, int):
        raise _unavailable(provider, error)
    return FreshToken(text, timedelta(seconds=lifetime))


async def _ask(
    http: aiohttp.ClientSession,
    provider: str,
    method: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """One request with a deadline and without redirects; the answer as a JSON object.

    Providers say errors with status 200 or 4xx and a JSON body, WeChat labelled text/plain.
    """
    try:
        async with http.request(
            method, url, params=query, json=body, timeout=_DEADLINE, allow_redirects=False
        ) as response:
            raw = bytearray()
            async for chunk in response.content.iter_any():
                raw += chunk
                if len(raw) > _ANSWER_BYTES_MAX:
                    raise _unavailable(provider, "answer too long")
        answer = json.loads(raw)
    except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
        # `from None`: the text of an aiohttp error may hold the URL, and that the secret
        raise _unavailable(provider, type(failure).__name__) from None
    if not isinstance(answer, dict):
        raise _unavailable(provider, "not an object")
    return answer


def _unavailable(provider: str, reason: object) -> Refusal:
    """The provider is down or our app is set up wrongly: the user can only try another way."""
    _log.warning("login_provider_failed", provider=provider, reason=str(reason)[:80])
    return Refusal("LOGIN_PROVIDER_UNAVAILABLE", provider=provider)


def _plausible(code: str) -> str:
    if not code or len(code) > _CODE_LENGTH_MAX or not code.isascii() or not code.isprintable():
        raise Refusal("LOGIN_CODE_INVALID", path="code")
    return code


def _error_of(answer: Mapping[str, Any]) -> object:
    """DingTalk's error number; 88 wraps another one in ``sub_code``."""
    error = answer.get("errcode", "missing")
    if error == 88:  # noqa: PLR2004 - DingTalk's number for "see sub_code"
        sub_code = str(answer.get("sub_code", ""))
        return int(sub_code) if sub_code.isdecimal() else error
    return error


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
