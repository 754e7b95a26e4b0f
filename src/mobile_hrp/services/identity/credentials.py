"""Login names and passwords: given out by the system administrator, changed by their owner."""

import re
import uuid
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.sessions import EndReason
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import Credential, SessionFamily
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.identity.logins import PasswordAttempt, canonical_login_name
from mobile_hrp.services.identity.sessions import end_sessions

_LOGIN_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}", re.ASCII)


async def give_credential(
    session: WriteSession,
    *,
    viewer: Viewer,
    staff_id: uuid.UUID,
    login_name: str,
    password_hash: str,
    now: datetime,
) -> None:
    """Give a person a login name and an initial password, or reset both. Needs USERS_MANAGE.

    The initial password opens nothing until its owner has replaced it, and all sessions of that
    person end. Raises Refusal LOGIN_NAME_INVALID, LOGIN_NAME_TAKEN or NOT_FOUND.
    """
    viewer.require(Permission.USERS_MANAGE)
    name = canonical_login_name(login_name)
    if _LOGIN_NAME.fullmatch(name) is None:
        raise Refusal("LOGIN_NAME_INVALID", path="loginName")
    staff = await session.scalar(
        select(Staff.id)
        .where(Staff.hospital_id == viewer.hospital_id, Staff.id == staff_id, Staff.active)
        .with_for_update()  # two administrators at once: one credential per person
    )
    if staff is None:
        raise Refusal("NOT_FOUND", path="staffId")
    credential = await _locked(session, viewer.hospital_id, staff_id)
    if credential is None or credential.login_name != name:
        await _check_free(session, viewer.hospital_id, name)
    if credential is None:
        credential = Credential(hospital_id=viewer.hospital_id, id=new_id(), staff_id=staff_id)
        session.add(credential)
    credential.login_name = name
    credential.password_hash = password_hash
    credential.must_change = True
    credential.changed_at = now
    await end_sessions(
        session,
        SessionFamily.staff_id == staff_id,
        hospital_id=viewer.hospital_id,
        reason=EndReason.PASSWORD_CHANGED,
        now=now,
        actor_id=viewer.staff_id,
    )
    await _note(session, viewer, staff_id, "credential.give", now)


async def own_login_name(session: AnySession, *, viewer: Viewer) -> str:
    """The viewer's login name. Raises Refusal NOT_FOUND for those who only sign in elsewhere."""
    name = await session.scalar(
        select(Credential.login_name).where(
            Credential.hospital_id == viewer.hospital_id, Credential.staff_id == viewer.staff_id
        )
    )
    if name is None:
        raise Refusal("NOT_FOUND", path="currentPassword")
    return name


async def change_password(
    session: WriteSession,
    *,
    viewer: Viewer,
    attempt: PasswordAttempt,
    new_password_hash: str,
    now: datetime,
) -> None:
    """Store a new password after the old one was verified; the viewer's other sessions end.

    Raises Refusal CREDENTIALS_INVALID when the password was changed since it was verified.
    """
    credential = await _locked(session, viewer.hospital_id, viewer.staff_id)
    if credential is None or credential.password_hash != attempt.password_hash:
        raise Refusal("CREDENTIALS_INVALID")
    credential.password_hash = new_password_hash
    credential.must_change = False
    credential.changed_at = now
    await end_sessions(
        session,
        SessionFamily.staff_id == viewer.staff_id,
        SessionFamily.id != viewer.session_id,
        hospital_id=viewer.hospital_id,
        reason=EndReason.PASSWORD_CHANGED,
        now=now,
        actor_id=viewer.staff_id,
    )
    await _note(session, viewer, viewer.staff_id, "credential.change", now)


async def _locked(
    session: WriteSession, hospital_id: int, staff_id: uuid.UUID
) -> Credential | None:
    found = await session.execute(
        select(Credential)
        .where(Credential.hospital_id == hospital_id, Credential.staff_id == staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def _check_free(session: WriteSession, hospital_id: int, login_name: str) -> None:
    taken = await session.scalar(
        select(Credential.id).where(
            Credential.hospital_id == hospital_id, Credential.login_name == login_name
        )
    )
    if taken is not None:
        raise Refusal("LOGIN_NAME_TAKEN", path="loginName")


async def _note(
    session: WriteSession, viewer: Viewer, staff_id: uuid.UUID, action: str, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="staff",
        subject_id=staff_id,
        now=now,
    )
