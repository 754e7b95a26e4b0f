"""Signing in and out, devices, and what I may do."""

import uuid
from collections.abc import Awaitable

import strawberry

from mobile_hrp.domain.identity.sessions import CodeOrigin, DeviceInfo, Platform, Provider
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import PUBLIC, SIGNED_IN, field, mutation
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.identity import (
    CapabilityType,
    DeviceType,
    DonePayload,
    MeType,
    SessionPayload,
    SessionType,
)
from mobile_hrp.services.identity import devices, sessions
from mobile_hrp.services.identity.sessions import SignedIn
from mobile_hrp.services.identity.sign_in import hospital_id_of
from mobile_hrp.services.identity.viewers import capabilities, me

_NO_HOSPITAL = 0


@strawberry.input(description="What the client says about the device it runs on.")
class DeviceInput:
    installation_id: uuid.UUID = strawberry.field(description="Made at random when installed.")
    platform: Platform
    label: str = ""

    def info(self) -> DeviceInfo:
        return DeviceInfo(self.installation_id, self.platform, self.label)


@strawberry.input
class LoginInput:
    hospital_code: str
    login_name: str
    password: str
    device: DeviceInput


_ORIGIN = "Where the code came from, for WeCom: a page (OAuth2) unless said otherwise."


@strawberry.input(
    description="A one-time code of the provider: wx.login, dd.getAuthCode, wx.qy.login, OAuth2."
)
class LoginWithCodeInput:
    hospital_code: str
    code: str
    device: DeviceInput
    code_origin: CodeOrigin | None = strawberry.field(default=None, description=_ORIGIN)


@strawberry.input
class RefreshSessionInput:
    refresh_token: str
    installation_id: uuid.UUID


@strawberry.input
class BindLoginInput:
    provider: Provider
    code: str
    code_origin: CodeOrigin | None = strawberry.field(default=None, description=_ORIGIN)


@strawberry.input
class ChangePasswordInput:
    current_password: str
    new_password: str


@strawberry.type
class IdentityQuery:
    @field(SIGNED_IN, description="The signed-in person.")
    async def me(self, info: Info) -> MeType:
        async with info.context.reading() as session:
            return MeType.of(await me(session, viewer=info.context.require_viewer()))

    @field(SIGNED_IN, description="What the interface may offer me.")
    async def capabilities(self, info: Info) -> list[CapabilityType]:
        return [
            CapabilityType(permission=one.permission, widest=one.widest)
            for one in capabilities(info.context.require_viewer())
        ]

    @field(SIGNED_IN, description="My devices, latest first.")
    async def my_devices(self, info: Info) -> list[DeviceType]:
        async with info.context.reading() as session:
            seen = await devices.list_devices(session, viewer=info.context.require_viewer())
        return [DeviceType.of(one) for one in seen]

    @field(PUBLIC, description="Which accounts of others can be used to sign in here.")
    async def login_providers(self, info: Info) -> list[Provider]:
        return list(info.context.services.doors.logins.offered)


@strawberry.type
class IdentityMutation:
    @mutation(PUBLIC, description="Sign in by name and password.")
    async def login(self, info: Info, input: LoginInput) -> SessionPayload:
        async def sign_in() -> SignedIn:
            return await info.context.services.doors.with_password(
                hospital_id=await _hospital(info, input.hospital_code),
                login_name=input.login_name,
                password=input.password,
                device=input.device.info(),
                source=info.context.client_address,
                now=info.context.now(),
            )

        return await _session(info, sign_in())

    @mutation(PUBLIC, description="Sign in by a code of WeChat.")
    async def login_with_wechat(self, info: Info, input: LoginWithCodeInput) -> SessionPayload:
        return await _session(info, _by_code(info, input, Provider.WECHAT))

    @mutation(PUBLIC, description="Sign in by a code of DingTalk.")
    async def login_with_dingtalk(self, info: Info, input: LoginWithCodeInput) -> SessionPayload:
        return await _session(info, _by_code(info, input, Provider.DINGTALK))

    @mutation(PUBLIC, description="Sign in by a code of WeCom.")
    async def login_with_wecom(self, info: Info, input: LoginWithCodeInput) -> SessionPayload:
        return await _session(info, _by_code(info, input, Provider.WECOM))

    @mutation(PUBLIC, description="Exchange a refresh token; each can be used once.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> SessionPayload:
        refreshed = info.context.services.doors.refresh(
            refresh_token=input.refresh_token,
            installation_id=input.installation_id,
            now=info.context.now(),
        )
        return await _session(info, refreshed)

    @mutation(SIGNED_IN, description="End this session.")
    async def logout(self, info: Info) -> DonePayload:
        async def work() -> None:
            async with info.context.writing() as session:
                await sessions.logout(
                    session, viewer=info.context.require_viewer(), now=info.context.now()
                )

        return await _done(info, work())

    @mutation(SIGNED_IN, description="Sign one of my devices out for good.")
    async def revoke_device(self, info: Info, device_id: strawberry.ID) -> DonePayload:
        async def work() -> None:
            async with info.context.writing() as session:
                await devices.revoke_device(
                    session,
                    viewer=info.context.require_viewer(),
                    device_id=decode_id("Device", device_id, path="deviceId"),
                    now=info.context.now(),
                )

        return await _done(info, work())

    @mutation(SIGNED_IN, description="Bind an account of WeChat, DingTalk or WeCom for signing in.")
    async def bind_login(self, info: Info, input: BindLoginInput) -> DonePayload:
        bound = info.context.services.doors.bind(
            viewer=info.context.require_viewer(),
            provider=input.provider,
            code=input.code,
            now=info.context.now(),
            origin=input.code_origin or CodeOrigin.PAGE,
        )
        return await _done(info, bound)

    @mutation(SIGNED_IN, description="Replace my password; my other sessions end.")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> DonePayload:
        changed = info.context.services.doors.change_password(
            viewer=info.context.require_viewer(),
            current=input.current_password,
            new=input.new_password,
            source=info.context.client_address,
            now=info.context.now(),
        )
        return await _done(info, changed)


async def _hospital(info: Info, code: str) -> int:
    async with info.context.database.reading(_NO_HOSPITAL) as session:
        return await hospital_id_of(session, code)


async def _by_code(info: Info, input: LoginWithCodeInput, provider: Provider) -> SignedIn:
    return await info.context.services.doors.with_code(
        hospital_id=await _hospital(info, input.hospital_code),
        provider=provider,
        code=input.code,
        device=input.device.info(),
        source=info.context.client_address,
        now=info.context.now(),
        origin=input.code_origin or CodeOrigin.PAGE,
    )


async def _session(info: Info, signing_in: Awaitable[SignedIn]) -> SessionPayload:
    try:
        signed_in = await signing_in
    except Refusal as refusal:
        return SessionPayload(session=None, user_errors=user_errors(refusal, info.context.locale))
    return SessionPayload(session=SessionType.of(signed_in), user_errors=[])


async def _done(info: Info, work: Awaitable[None]) -> DonePayload:
    try:
        await work
    except Refusal as refusal:
        return DonePayload(done=False, user_errors=user_errors(refusal, info.context.locale))
    return DonePayload(done=True, user_errors=[])
