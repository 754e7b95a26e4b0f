"""The doors of the system: password, provider code, refresh, change of password.

The one place below the resolvers that opens transactions, because hashing and provider calls must
happen between two of them: neither may hold a connection. Each door answers with SignedIn or raises
a Refusal, after what the refusal leaves behind was committed.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.identity.lockout import LockoutPolicy
from mobile_hrp.domain.identity.passwords import check_new_password
from mobile_hrp.domain.identity.rate_limit import LOGIN_BY_NAME, LOGIN_BY_SOURCE, RateLimit
from mobile_hrp.domain.identity.sessions import CodeOrigin, DeviceInfo, Provider, SessionPolicy
from mobile_hrp.domain.identity.tokens import hospital_of
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.identity import credentials, login_endpoints, logins, sessions
from mobile_hrp.services.identity import external as external_identities
from mobile_hrp.services.identity.login_providers import ExternalSubject, LoginProviders
from mobile_hrp.services.identity.logins import PasswordAttempt
from mobile_hrp.services.identity.passwords import PasswordHasherPool
from mobile_hrp.services.identity.sessions import SignedIn
from mobile_hrp.services.rate_limits import rate_limited, take_tokens


async def hospital_id_of(session: AnySession, code: str) -> int:
    """The hospital with this code. Raises Refusal HOSPITAL_UNKNOWN."""
    found = None
    if code.isprintable():  # PostgreSQL takes no NUL, UTF-8 no lone surrogate
        found = await session.scalar(select(Hospital.id).where(Hospital.code == code))
    if found is None:
        raise Refusal("HOSPITAL_UNKNOWN", path="hospitalCode")
    return found


@dataclass(frozen=True, slots=True)
class Doors:
    """What signing in needs; put together once per process.

    ``source`` of the methods is the client's network address: audited, and limited by its hash.
    """

    database: Database
    passwords: PasswordHasherPool
    box: SecretsBox
    logins: LoginProviders
    sessions: SessionPolicy = field(default_factory=SessionPolicy)
    lockout: LockoutPolicy = field(default_factory=LockoutPolicy)
    by_source: RateLimit = LOGIN_BY_SOURCE
    by_name: RateLimit = LOGIN_BY_NAME

    async def with_password(
        self,
        *,
        hospital_id: int,
        login_name: str,
        password: str,
        device: DeviceInfo,
        source: str,
        now: datetime,
    ) -> SignedIn:
        """Sign in by login name and password.

        Raises Refusal RATE_LIMITED, LOGIN_BUSY, LOGIN_LOCKED or CREDENTIALS_INVALID; a name nobody
        has gets the same answers after the same work.
        """
        name_hash = logins.login_name_hash(self.box, hospital_id, login_name).hex()
        await self._limit(hospital_id, source, now, name_hash=name_hash)
        async with self.passwords.turn() as turn:
            attempt = await self._admit(hospital_id, login_name, now)
            verification = await turn.verify(attempt.password_hash, password)
            async with self.database.transaction(hospital_id) as session:
                answer = await logins.login_with_password(
                    session,
                    hospital_id=hospital_id,
                    attempt=attempt,
                    verification=verification,
                    device=device,
                    source=source,
                    now=now,
                    lockout=self.lockout,
                    policy=self.sessions,
                )
        return _granted(answer)

    async def with_code(
        self,
        *,
        hospital_id: int,
        provider: Provider,
        code: str,
        device: DeviceInfo,
        source: str,
        now: datetime,
        origin: CodeOrigin = CodeOrigin.PAGE,
    ) -> SignedIn:
        """Sign in by a one-time code of WeChat, DingTalk or WeCom.

        Raises Refusal RATE_LIMITED, LOGIN_CODE_INVALID, LOGIN_BUSY, LOGIN_PROVIDER_UNAVAILABLE,
        LOGIN_BLOCKED_BY_PROVIDER, LOGIN_NOT_A_MEMBER, LOGIN_NOT_BOUND or DEVICE_REVOKED.
        """
        await self._limit(hospital_id, source, now)
        subject = await self.logins.identify(provider, code, origin)
        async with self.database.transaction(hospital_id) as session:
            answer = await logins.login_with_external(
                session,
                hospital_id=hospital_id,
                subject=subject,
                device=device,
                box=self.box,
                source=source,
                now=now,
                policy=self.sessions,
            )
            if isinstance(answer, SignedIn):
                await self._reach(session, hospital_id, answer.staff_id, subject, now)
        return _granted(answer)

    async def refresh(
        self, *, refresh_token: str, installation_id: uuid.UUID, now: datetime
    ) -> SignedIn:
        """Exchange a refresh token. Raises the refusals of ``sessions.refresh``."""
        hospital_id = hospital_of(refresh_token)
        if hospital_id is None:
            raise Refusal("TOKEN_INVALID")
        async with self.database.transaction(hospital_id) as session:
            answer = await sessions.refresh(
                session,
                hospital_id=hospital_id,
                refresh_token=refresh_token,
                installation_id=installation_id,
                now=now,
                policy=self.sessions,
            )
        return _granted(answer)

    async def bind(
        self,
        *,
        viewer: Viewer,
        provider: Provider,
        code: str,
        now: datetime,
        origin: CodeOrigin = CodeOrigin.PAGE,
    ) -> None:
        """Bind the viewer to the identity behind a code of a provider."""
        subject = await self.logins.identify(provider, code, origin)
        async with self.database.transaction(
            viewer.hospital_id, staff_id=viewer.staff_id
        ) as session:
            await external_identities.bind_external_identity(
                session, viewer=viewer, subject=subject, box=self.box, now=now
            )
            await self._reach(session, viewer.hospital_id, viewer.staff_id, subject, now)

    async def _reach(
        self,
        session: WriteSession,
        hospital_id: int,
        staff_id: uuid.UUID,
        subject: ExternalSubject,
        now: datetime,
    ) -> None:
        """Push to where the provider knows this person."""
        await login_endpoints.reach_by_login(
            session,
            hospital_id=hospital_id,
            staff_id=staff_id,
            subject=subject,
            channels=self.logins.channels,
            box=self.box,
            now=now,
        )

    async def confirm_password(
        self, *, viewer: Viewer, password: str, source: str, now: datetime
    ) -> None:
        """Whether the viewer is still who signed in: the password once more.

        Raises Refusal NOT_FOUND (no password to ask for), LOGIN_BUSY, LOGIN_LOCKED or
        CREDENTIALS_INVALID. Wrong guesses count as wrong sign-ins.
        """
        hospital_id = viewer.hospital_id
        async with self.database.reading(hospital_id) as reading:
            login_name = await credentials.own_login_name(reading, viewer=viewer)
        async with self.passwords.turn() as turn:
            attempt = await self._admit(hospital_id, login_name, now)
            verification = await turn.verify(attempt.password_hash, password)
        async with self.database.transaction(hospital_id, staff_id=viewer.staff_id) as session:
            if verification.right:
                await logins.clear_attempts(session, hospital_id=hospital_id, attempt=attempt)
                return
            refusal = await logins.count_wrong_password(
                session,
                hospital_id=hospital_id,
                attempt=attempt,
                source=source,
                now=now,
                lockout=self.lockout,
            )
        raise refusal

    async def change_password(
        self, *, viewer: Viewer, current: str, new: str, source: str, now: datetime
    ) -> None:
        """Replace the viewer's password; the other sessions of the viewer end.

        Raises Refusal PASSWORD_WEAK, NOT_FOUND (no password to change), LOGIN_BUSY, LOGIN_LOCKED or
        CREDENTIALS_INVALID. Wrong guesses count as wrong sign-ins.
        """
        hospital_id = viewer.hospital_id
        async with self.database.reading(hospital_id) as reading:
            login_name = await credentials.own_login_name(reading, viewer=viewer)
        check_new_password(new, login_name=login_name)
        async with self.passwords.turn() as turn:
            attempt = await self._admit(hospital_id, login_name, now)
            verification = await turn.verify(attempt.password_hash, current)
            if not verification.right:
                async with self.database.transaction(hospital_id) as session:
                    refusal = await logins.count_wrong_password(
                        session,
                        hospital_id=hospital_id,
                        attempt=attempt,
                        source=source,
                        now=now,
                        lockout=self.lockout,
                    )
                raise refusal
            new_hash = await turn.hash(new)
        async with self.database.transaction(hospital_id, staff_id=viewer.staff_id) as session:
            await logins.clear_attempts(session, hospital_id=hospital_id, attempt=attempt)
            await credentials.change_password(
                session, viewer=viewer, attempt=attempt, new_password_hash=new_hash, now=now
            )

    async def _limit(
        self, hospital_id: int, source: str, now: datetime, *, name_hash: str | None = None
    ) -> None:
        source_hash = self.box.lookup_hash("login source", source).hex()
        buckets = [(self.by_source, source_hash)]
        if name_hash is not None:
            buckets.append((self.by_name, name_hash))
        async with self.database.transaction(hospital_id) as session:
            waits = [
                await take_tokens(
                    session, hospital_id=hospital_id, limit=limit, subject=subject, now=now
                )
                for limit, subject in buckets
            ]
        if refused := [wait for wait in waits if wait is not None]:
            raise rate_limited(max(refused))

    async def _admit(self, hospital_id: int, login_name: str, now: datetime) -> PasswordAttempt:
        async with self.database.transaction(hospital_id) as session:
            admitted = await logins.admit_password_attempt(
                session,
                hospital_id=hospital_id,
                login_name=login_name,
                box=self.box,
                now=now,
                policy=self.lockout,
            )
        if isinstance(admitted, Refusal):
            raise admitted
        return admitted


def _granted(answer: SignedIn | Refusal) -> SignedIn:
    if isinstance(answer, Refusal):
        raise answer
    return answer
