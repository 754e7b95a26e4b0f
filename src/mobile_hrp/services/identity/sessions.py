"""Sessions: opening one after a proof of identity, refreshing it, ending it from anywhere.

What must survive a refusal (a revoked family, a counted attempt) is written in the transaction that
also answers, so these functions RETURN an expected Refusal rather than raise it: the caller lets
the transaction commit and then answers with it.
"""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.sessions import (
    FAMILY_ENDING,
    DeviceInfo,
    EndReason,
    LoginMethod,
    PresentedRefresh,
    RefreshVerdict,
    SessionPolicy,
    judge_refresh,
)
from mobile_hrp.domain.identity.tokens import TOKEN_BYTES, token_hash, token_text
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import (
    AccessToken,
    Device,
    RefreshToken,
    SessionFamily,
)
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

DEFAULT_POLICY = SessionPolicy()
_LABEL_MAX = 80


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client is given, once. The tokens exist nowhere else in readable form."""

    hospital_id: int
    staff_id: uuid.UUID
    session_id: uuid.UUID
    device_id: uuid.UUID
    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    must_change_password: bool = False


async def open_session(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    device: DeviceInfo,
    method: LoginMethod,
    now: datetime,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> SignedIn | Refusal:
    """Open a session for a person whose identity was just proven, replacing the device's old one.

    Returns Refusal DEVICE_REVOKED when the device was revoked and the proof is only that of an
    outside provider: whoever holds a stolen phone can produce such a proof.
    """
    row = await _known_device(session, hospital_id, staff_id, device, now)
    if row.revoked_at is not None:
        if method is not LoginMethod.PASSWORD:
            return Refusal("DEVICE_REVOKED")
        row.revoked_at = None
    await end_sessions(
        session,
        SessionFamily.device_id == row.id,
        hospital_id=hospital_id,
        reason=EndReason.REPLACED,
        now=now,
    )
    family = SessionFamily(
        hospital_id=hospital_id,
        id=new_id(),
        staff_id=staff_id,
        device_id=row.id,
        method=method,
        opened_at=now,
        last_seen_at=now,
    )
    session.add(family)
    await session.flush()
    return _issue(session, family, now, policy)


async def refresh(
    session: WriteSession,
    *,
    hospital_id: int,
    refresh_token: str,
    installation_id: uuid.UUID,
    now: datetime,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> SignedIn | Refusal:
    """Exchange a refresh token for new tokens. Of several at once exactly one wins.

    Returns Refusal TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED or SESSION_IDLE (sign in again), or
    REFRESH_REUSED or DEVICE_MISMATCH: the token is in two hands, so the whole family was revoked.
    """
    found = await session.execute(
        select(RefreshToken.id, RefreshToken.family_id).where(
            RefreshToken.hospital_id == hospital_id,
            RefreshToken.token_hash == token_hash(refresh_token),
        )
    )
    known = found.one_or_none()
    if known is None:
        return Refusal("TOKEN_INVALID")
    family = await _locked_family(session, hospital_id, known.family_id)
    token = await session.get_one(RefreshToken, (hospital_id, known.id))
    device = await session.get_one(Device, (hospital_id, family.device_id))
    verdict = judge_refresh(
        PresentedRefresh(
            family_ended=family.ended_at is not None or device.revoked_at is not None,
            used=token.used_at is not None,
            expires_at=token.expires_at,
            bound_installation_id=device.installation_id,
            presented_installation_id=installation_id,
            platform=device.platform,
            last_seen_at=family.last_seen_at,
        ),
        now=now,
        policy=policy,
    )
    if verdict is RefreshVerdict.ROTATE and not await _is_employed(session, family):
        await _end_family(session, family, EndReason.STAFF_LEFT, now)
        return Refusal(RefreshVerdict.ENDED)
    if verdict is not RefreshVerdict.ROTATE:
        if verdict in FAMILY_ENDING:
            await _end_family(session, family, FAMILY_ENDING[verdict], now)
        return Refusal(verdict)
    token.used_at = now
    family.last_seen_at = now
    return _issue(session, family, now, policy)


async def logout(session: WriteSession, *, viewer: Viewer, now: datetime) -> None:
    """End the viewer's own session; its tokens stop working at once. Repeating it is harmless."""
    await end_sessions(
        session,
        SessionFamily.id == viewer.session_id,
        hospital_id=viewer.hospital_id,
        reason=EndReason.LOGOUT,
        now=now,
        actor_id=viewer.staff_id,
    )


async def end_sessions(
    session: WriteSession,
    *which: ColumnElement[bool],
    hospital_id: int,
    reason: EndReason,
    now: datetime,
    actor_id: uuid.UUID | None = None,
) -> int:
    """End all sessions that match and have not ended, with an audit row each."""
    ended = await session.execute(
        update(SessionFamily)
        .where(SessionFamily.hospital_id == hospital_id, SessionFamily.ended_at.is_(None), *which)
        .values(ended_at=now, end_reason=reason)
        .returning(SessionFamily.id, SessionFamily.staff_id)
        .execution_options(synchronize_session=False)
    )
    rows = ended.all()
    for row in rows:
        await audit.record(
            session,
            hospital_id=hospital_id,
            actor_id=actor_id,
            action="session.end",
            subject_type="session",
            subject_id=row.id,
            now=now,
            detail={"reason": reason.value, "staff_id": str(row.staff_id)},
        )
    return len(rows)


async def forget_old_sessions(
    session: WriteSession, *, hospital_id: int, before: datetime, now: datetime
) -> None:
    """Delete expired access tokens, and families with all their tokens not seen since ``before``.

    ``before`` must lie further back than a refresh token lives: until then a used one has to stay,
    for its reuse to be noticed.
    """
    await session.execute(
        delete(AccessToken).where(
            AccessToken.hospital_id == hospital_id, AccessToken.expires_at <= now
        )
    )
    await session.execute(
        delete(SessionFamily).where(
            SessionFamily.hospital_id == hospital_id, SessionFamily.last_seen_at < before
        )
    )


async def _known_device(
    session: WriteSession, hospital_id: int, staff_id: uuid.UUID, device: DeviceInfo, now: datetime
) -> Device:
    """The person's row for this installation; locked, so sign-ins on one device queue."""
    label = "".join(filter(str.isprintable, device.label))[:_LABEL_MAX]
    found = await session.scalars(
        insert(Device)
        .values(
            hospital_id=hospital_id,
            id=new_id(),
            staff_id=staff_id,
            installation_id=device.installation_id,
            platform=device.platform,
            label=label,
            first_seen_at=now,
            last_seen_at=now,
        )
        .on_conflict_do_update(
            index_elements=[Device.hospital_id, Device.staff_id, Device.installation_id],
            set_={"platform": device.platform, "label": label, "last_seen_at": now},
        )
        .returning(Device),
        execution_options={"populate_existing": True},
    )
    return found.one()


async def _locked_family(
    session: WriteSession, hospital_id: int, family_id: uuid.UUID
) -> SessionFamily:
    found = await session.execute(
        select(SessionFamily)
        .where(SessionFamily.hospital_id == hospital_id, SessionFamily.id == family_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def _is_employed(session: WriteSession, family: SessionFamily) -> bool:
    active = await session.scalar(
        select(Staff.active).where(
            Staff.hospital_id == family.hospital_id, Staff.id == family.staff_id
        )
    )
    return bool(active)


async def _end_family(
    session: WriteSession, family: SessionFamily, reason: EndReason, now: datetime
) -> None:
    await end_sessions(
        session,
        SessionFamily.id == family.id,
        hospital_id=family.hospital_id,
        reason=reason,
        now=now,
    )


def _issue(
    session: WriteSession, family: SessionFamily, now: datetime, policy: SessionPolicy
) -> SignedIn:
    access = token_text(family.hospital_id, secrets.token_bytes(TOKEN_BYTES))
    renewal = token_text(family.hospital_id, secrets.token_bytes(TOKEN_BYTES))
    access_expires_at = now + policy.access_lifetime
    refresh_expires_at = now + policy.refresh_lifetime
    session.add(
        AccessToken(
            hospital_id=family.hospital_id,
            id=new_id(),
            family_id=family.id,
            token_hash=token_hash(access),
            expires_at=access_expires_at,
        )
    )
    session.add(
        RefreshToken(
            hospital_id=family.hospital_id,
            id=new_id(),
            family_id=family.id,
            token_hash=token_hash(renewal),
            issued_at=now,
            expires_at=refresh_expires_at,
        )
    )
    return SignedIn(
        hospital_id=family.hospital_id,
        staff_id=family.staff_id,
        session_id=family.id,
        device_id=family.device_id,
        access_token=access,
        access_expires_at=access_expires_at,
        refresh_token=renewal,
        refresh_expires_at=refresh_expires_at,
    )
