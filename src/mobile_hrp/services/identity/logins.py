"""The steps of signing in that touch the database.

A password takes two of them with the hashing in between, outside any transaction; ``sign_in`` puts
them together. As in ``sessions``, expected refusals that leave something behind are RETURNED.
"""

import unicodedata
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.lockout import (
    Guard,
    LockoutPolicy,
    admit,
    after_wrong_password,
)
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.sessions import DeviceInfo, LoginMethod, SessionPolicy
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import Credential, ExternalIdentity, LoginGuard
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services import audit
from mobile_hrp.services.identity.external import subject_hashes
from mobile_hrp.services.identity.login_providers import ExternalSubject
from mobile_hrp.services.identity.passwords import Verification
from mobile_hrp.services.identity.sessions import DEFAULT_POLICY, SignedIn, open_session
from mobile_hrp.services.rate_limits import whole_seconds

DEFAULT_LOCKOUT = LockoutPolicy()
_NAME_PURPOSE = "login name"


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """An attempt that was counted and may be verified. ``password_hash`` None: nobody's name."""

    name_hash: bytes
    staff_id: uuid.UUID | None
    password_hash: str | None = field(repr=False)


def login_name_hash(box: SecretsBox, hospital_id: int, login_name: str) -> bytes:
    """What stands for a login name where no name must be readable, known or mistyped."""
    return box.lookup_hash(_NAME_PURPOSE, f"{hospital_id}:{canonical_login_name(login_name)}")


def canonical_login_name(login_name: str) -> str:
    """One spelling per name; characters that no name has (NUL, lone surrogates) match nobody."""
    text = unicodedata.normalize("NFKC", login_name).strip().lower()
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


async def admit_password_attempt(
    session: WriteSession,
    *,
    hospital_id: int,
    login_name: str,
    box: SecretsBox,
    now: datetime,
    policy: LockoutPolicy = DEFAULT_LOCKOUT,
) -> PasswordAttempt | Refusal:
    """Count an attempt before its password is looked at; returns Refusal LOGIN_LOCKED."""
    name_hash = login_name_hash(box, hospital_id, login_name)
    row = await _locked_guard(session, hospital_id, name_hash)
    before = _guard(row)
    admission = admit(before, now=now, policy=policy)
    _store(row, admission.guard)
    if admission.locked_for is not None:
        if admission.guard != before:
            await _note_lock(session, hospital_id, name_hash, admission.guard, now)
        return Refusal("LOGIN_LOCKED", retry_after_seconds=whole_seconds(admission.locked_for))
    found = await session.execute(
        select(Credential.staff_id, Credential.password_hash)
        .join(
            Staff,
            (Staff.hospital_id == Credential.hospital_id) & (Staff.id == Credential.staff_id),
        )
        .where(
            Credential.hospital_id == hospital_id,
            Credential.login_name == canonical_login_name(login_name),
            Staff.active,
        )
    )
    known = found.one_or_none()
    if known is None:
        return PasswordAttempt(name_hash, None, None)
    return PasswordAttempt(name_hash, known.staff_id, known.password_hash)


async def login_with_password(
    session: WriteSession,
    *,
    hospital_id: int,
    attempt: PasswordAttempt,
    verification: Verification,
    device: DeviceInfo,
    source: str,
    now: datetime,
    lockout: LockoutPolicy = DEFAULT_LOCKOUT,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> SignedIn | Refusal:
    """Finish an attempt; returns Refusal CREDENTIALS_INVALID, the same for an unknown name."""
    credential = None
    if verification.right:
        credential = await _unchanged_credential(session, hospital_id, attempt)
    if credential is None:
        return await count_wrong_password(
            session,
            hospital_id=hospital_id,
            attempt=attempt,
            source=source,
            now=now,
            lockout=lockout,
        )
    await clear_attempts(session, hospital_id=hospital_id, attempt=attempt)
    if verification.newer_hash is not None:
        credential.password_hash = verification.newer_hash
    signed_in = await _open(
        session,
        hospital_id=hospital_id,
        staff_id=credential.staff_id,
        device=device,
        method=LoginMethod.PASSWORD,
        source=source,
        now=now,
        policy=policy,
    )
    if isinstance(signed_in, Refusal) or not credential.must_change:
        return signed_in
    return replace(signed_in, must_change_password=True)


async def count_wrong_password(
    session: WriteSession,
    *,
    hospital_id: int,
    attempt: PasswordAttempt,
    source: str,
    now: datetime,
    lockout: LockoutPolicy = DEFAULT_LOCKOUT,
) -> Refusal:
    """Let an admitted attempt fail, locking the name when it was the last; the refusal to give."""
    row = await _locked_guard(session, hospital_id, attempt.name_hash)
    before = _guard(row)
    guard = after_wrong_password(before, now=now, policy=lockout)
    _store(row, guard)
    await _note_refused(
        session,
        hospital_id=hospital_id,
        staff_id=attempt.staff_id,
        method=LoginMethod.PASSWORD,
        source=source,
        now=now,
    )
    if guard != before:
        await _note_lock(session, hospital_id, attempt.name_hash, guard, now)
    return Refusal("CREDENTIALS_INVALID")


async def clear_attempts(
    session: WriteSession, *, hospital_id: int, attempt: PasswordAttempt
) -> None:
    """Give back what was counted: the password was right."""
    _store(await _locked_guard(session, hospital_id, attempt.name_hash), Guard())


async def login_with_external(
    session: WriteSession,
    *,
    hospital_id: int,
    subject: ExternalSubject,
    device: DeviceInfo,
    box: SecretsBox,
    source: str,
    now: datetime,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> SignedIn | Refusal:
    """Sign in whoever the provider vouched for.

    Returns Refusal LOGIN_NOT_BOUND when nobody employed here is bound to that identity, or
    DEVICE_REVOKED.
    """
    staff_id = await session.scalar(
        select(ExternalIdentity.staff_id)
        .join(
            Staff,
            (Staff.hospital_id == ExternalIdentity.hospital_id)
            & (Staff.id == ExternalIdentity.staff_id),
        )
        .where(
            ExternalIdentity.hospital_id == hospital_id,
            ExternalIdentity.provider == subject.provider,
            ExternalIdentity.app_id == subject.app_id,
            ExternalIdentity.subject_hash.in_(subject_hashes(box, subject)),
            Staff.active,
        )
    )
    if staff_id is None:
        await _note_refused(
            session,
            hospital_id=hospital_id,
            staff_id=None,
            method=subject.provider.login_method,
            source=source,
            now=now,
        )
        return Refusal("LOGIN_NOT_BOUND", provider=subject.provider.value)
    return await _open(
        session,
        hospital_id=hospital_id,
        staff_id=staff_id,
        device=device,
        method=subject.provider.login_method,
        source=source,
        now=now,
        policy=policy,
    )


async def unlock_login(
    session: WriteSession, *, viewer: Viewer, login_name: str, box: SecretsBox, now: datetime
) -> None:
    """Lift the lock of a login name; needs LOGIN_UNLOCK. Says nothing on whether it exists."""
    viewer.require(Permission.LOGIN_UNLOCK)
    name_hash = login_name_hash(box, viewer.hospital_id, login_name)
    _store(await _locked_guard(session, viewer.hospital_id, name_hash), Guard())
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="login.unlock",
        subject_type="login_name",
        subject_id=None,
        now=now,
        detail={"name_hash": _short(name_hash)},
    )


async def _locked_guard(session: WriteSession, hospital_id: int, name_hash: bytes) -> LoginGuard:
    """The guard of a name, made when missing, locked until the transaction ends."""
    await session.execute(
        insert(LoginGuard)
        .values(hospital_id=hospital_id, name_hash=name_hash, failed_count=0)
        .on_conflict_do_nothing()
    )
    found = await session.execute(
        select(LoginGuard)
        .where(LoginGuard.hospital_id == hospital_id, LoginGuard.name_hash == name_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


def _guard(row: LoginGuard) -> Guard:
    return Guard(row.failed_count, row.last_attempt_at, row.locked_until)


def _store(row: LoginGuard, guard: Guard) -> None:
    row.failed_count = guard.failed_count
    row.last_attempt_at = guard.last_attempt_at
    row.locked_until = guard.locked_until


async def _unchanged_credential(
    session: WriteSession, hospital_id: int, attempt: PasswordAttempt
) -> Credential | None:
    """The credential that was verified, unless its password was changed in the meantime."""
    found = await session.execute(
        select(Credential)
        .where(
            Credential.hospital_id == hospital_id,
            Credential.staff_id == attempt.staff_id,
            Credential.password_hash == attempt.password_hash,
        )
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def _open(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID,
    device: DeviceInfo,
    method: LoginMethod,
    source: str,
    now: datetime,
    policy: SessionPolicy,
) -> SignedIn | Refusal:
    signed_in = await open_session(
        session,
        hospital_id=hospital_id,
        staff_id=staff_id,
        device=device,
        method=method,
        now=now,
        policy=policy,
    )
    if isinstance(signed_in, Refusal):
        await _note_refused(
            session,
            hospital_id=hospital_id,
            staff_id=staff_id,
            method=method,
            source=source,
            now=now,
        )
        return signed_in
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=staff_id,
        action="login.succeed",
        subject_type="session",
        subject_id=signed_in.session_id,
        now=now,
        detail={
            "method": method.value,
            "platform": device.platform.value,
            "device_id": str(signed_in.device_id),
            "source": source,
        },
    )
    return signed_in


async def _note_refused(
    session: WriteSession,
    *,
    hospital_id: int,
    staff_id: uuid.UUID | None,
    method: LoginMethod,
    source: str,
    now: datetime,
) -> None:
    """A refused sign-in. Never the login name: people type their password into that field."""
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=None,
        action="login.refuse",
        subject_type="staff",
        subject_id=staff_id,
        now=now,
        detail={"method": method.value, "source": source},
    )


async def _note_lock(
    session: WriteSession, hospital_id: int, name_hash: bytes, guard: Guard, now: datetime
) -> None:
    until = guard.locked_until.isoformat() if guard.locked_until else None
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=None,
        action="login.lock",
        subject_type="login_name",
        subject_id=None,
        now=now,
        detail={"name_hash": _short(name_hash), "until": until},
    )


def _short(name_hash: bytes) -> str:
    return name_hash.hex()[:16]
