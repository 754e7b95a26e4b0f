"""The list of a person's devices, and taking one of them out of use from another."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.sessions import EndReason, Platform, Provider
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import Device, ExternalIdentity, SessionFamily
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.identity.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """A line of the device list. ``signed_in``: it holds a session that has not ended."""

    id: uuid.UUID
    platform: Platform
    label: str
    first_seen_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    signed_in: bool
    current: bool


async def list_devices(
    session: AnySession, *, viewer: Viewer, staff_id: uuid.UUID | None = None
) -> list[DeviceSeen]:
    """The viewer's devices, latest first; with SESSIONS_REVOKE also somebody else's."""
    of_whom = _whose(viewer, staff_id)
    live = func.bool_or(SessionFamily.ended_at.is_(None))
    last_seen = func.greatest(Device.last_seen_at, func.max(SessionFamily.last_seen_at))
    rows = await session.execute(
        select(Device, live, last_seen)
        .outerjoin(
            SessionFamily,
            (SessionFamily.hospital_id == Device.hospital_id)
            & (SessionFamily.device_id == Device.id),
        )
        .where(Device.hospital_id == viewer.hospital_id, Device.staff_id == of_whom)
        .group_by(Device.hospital_id, Device.id)
        .order_by(last_seen.desc(), Device.id)
    )
    return [
        DeviceSeen(
            id=device.id,
            platform=device.platform,
            label=device.label,
            first_seen_at=device.first_seen_at,
            last_seen_at=seen,
            revoked_at=device.revoked_at,
            signed_in=bool(signed_in) and device.revoked_at is None,
            current=device.id == viewer.device_id,
        )
        for device, signed_in, seen in rows
    ]


async def revoke_device(
    session: WriteSession, *, viewer: Viewer, device_id: uuid.UUID, now: datetime
) -> None:
    """Sign a device out for good; one's own, or with SESSIONS_REVOKE anybody's.

    A device that signs in through WeChat, DingTalk or WeCom could do so again without being asked
    for anything, so that provider's binding goes as well. Raises Refusal NOT_FOUND; the answer is
    the same for a device of somebody else and for none.
    """
    found = await session.execute(
        select(Device)
        .where(Device.hospital_id == viewer.hospital_id, Device.id == device_id)
        .with_for_update()
    )
    device = found.scalar_one_or_none()
    if device is None or (
        device.staff_id != viewer.staff_id and not viewer.can(Permission.SESSIONS_REVOKE)
    ):
        raise Refusal("NOT_FOUND", path="deviceId")
    device.revoked_at = device.revoked_at or now
    await end_sessions(
        session,
        SessionFamily.device_id == device.id,
        hospital_id=viewer.hospital_id,
        reason=EndReason.REMOTE,
        now=now,
        actor_id=viewer.staff_id,
    )
    provider = next((one for one in Provider if one.value == device.platform.value), None)
    if provider is not None:
        await session.execute(
            delete(ExternalIdentity).where(
                ExternalIdentity.hospital_id == viewer.hospital_id,
                ExternalIdentity.staff_id == device.staff_id,
                ExternalIdentity.provider == provider,
            )
        )
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="device.revoke",
        subject_type="device",
        subject_id=device.id,
        now=now,
        detail={"unbound": provider.value if provider else None},
    )


async def end_sessions_of(
    session: WriteSession, *, viewer: Viewer, staff_id: uuid.UUID, now: datetime
) -> int:
    """Sign somebody out everywhere; oneself, or with SESSIONS_REVOKE anybody. How many ended."""
    return await end_sessions(
        session,
        SessionFamily.staff_id == _whose(viewer, staff_id),
        hospital_id=viewer.hospital_id,
        reason=EndReason.REMOTE,
        now=now,
        actor_id=viewer.staff_id,
    )


def _whose(viewer: Viewer, staff_id: uuid.UUID | None) -> uuid.UUID:
    if staff_id is None or staff_id == viewer.staff_id:
        return viewer.staff_id
    viewer.require(Permission.SESSIONS_REVOKE)
    return staff_id
