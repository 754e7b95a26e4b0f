"""How people prove who they are: passwords, outside identities, devices, sessions and tokens.

No secret is readable here: passwords are argon2id hashes, tokens SHA-256 hashes of 256 random bits,
outside identities an HMAC to find them by and a sealed text to send to.
"""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.identity.sessions import EndReason, LoginMethod, Platform, Provider
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class Credential(TenantRow, Base):
    """A login name with its password. ``must_change``: an initial password opens nothing yet."""

    __tablename__ = "credential"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "login_name"),
        UniqueConstraint("hospital_id", "staff_id"),
        CheckConstraint("login_name = lower(login_name)", name="login_name"),
    )

    staff_id: Mapped[uuid.UUID]
    login_name: Mapped[str]
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(server_default=text("true"))
    changed_at: Mapped[datetime]


class LoginGuard(Base):
    """Wrong attempts of a login name, known or not; so a lock tells nobody whether it exists."""

    __tablename__ = "login_guard"
    __table_args__ = (
        Index("ix_login_guard_last_attempt", "hospital_id", "last_attempt_at"),
        CheckConstraint("failed_count >= 0", name="failed_count"),
    )

    hospital_id: Mapped[int] = mapped_column(Integer, ForeignKey("hospital.id"), primary_key=True)
    name_hash: Mapped[bytes] = mapped_column(primary_key=True)
    failed_count: Mapped[int] = mapped_column(Integer)
    last_attempt_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]


class ExternalIdentity(TenantRow, Base):
    """A person at WeChat, DingTalk or WeCom, as one of the hospital's apps sees that person.

    ``subject`` is the openid or userid, ``union`` the provider-wide id where there is one (DingTalk
    to-dos are addressed by it). ``subject_hash`` finds the row, the sealed texts are for sending.
    """

    __tablename__ = "external_identity"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "provider", "app_id", "subject_hash"),
        UniqueConstraint("hospital_id", "staff_id", "provider", "app_id"),
    )

    staff_id: Mapped[uuid.UUID]
    provider: Mapped[Provider] = mapped_column(enum_column(Provider))
    app_id: Mapped[str]
    subject_hash: Mapped[bytes]
    subject_sealed: Mapped[str]
    union_sealed: Mapped[str | None]
    bound_at: Mapped[datetime]


class Device(TenantRow, Base):
    """One installation of a client, as used by one person. Shared phones have a row per person."""

    __tablename__ = "device"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "staff_id", "installation_id"),
    )

    staff_id: Mapped[uuid.UUID]
    installation_id: Mapped[uuid.UUID]
    platform: Mapped[Platform] = mapped_column(enum_column(Platform))
    label: Mapped[str] = mapped_column(server_default=text("''"))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SessionFamily(TenantRow, Base):
    """A sign-in and all tokens that descend from it: ended as one. The aggregate to lock."""

    __tablename__ = "session_family"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("device_id", "device"),
        Index("ix_session_family_staff", "hospital_id", "staff_id"),
        Index("ix_session_family_device", "hospital_id", "device_id"),
        Index("ix_session_family_last_seen", "hospital_id", "last_seen_at"),
        CheckConstraint("(ended_at is null) = (end_reason is null)", name="ended"),
    )

    staff_id: Mapped[uuid.UUID]
    device_id: Mapped[uuid.UUID]
    method: Mapped[LoginMethod] = mapped_column(enum_column(LoginMethod))
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(enum_column(EndReason))


class AccessToken(TenantRow, Base):
    __tablename__ = "access_token"
    __table_args__ = (
        within_hospital("family_id", "session_family", ondelete="CASCADE"),
        UniqueConstraint("hospital_id", "token_hash"),
        Index("ix_access_token_family", "hospital_id", "family_id"),
        Index("ix_access_token_expires", "hospital_id", "expires_at"),
    )

    family_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime]


class RefreshToken(TenantRow, Base):
    """Good for one use. A used one is kept: seeing it again means that it was stolen."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        within_hospital("family_id", "session_family", ondelete="CASCADE"),
        UniqueConstraint("hospital_id", "token_hash"),
        Index("ix_refresh_token_family", "hospital_id", "family_id"),
    )

    family_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DecisionProof(TenantRow, Base):
    """Its owner proved once more who they are, for one decision on what was shown.

    Good for one use, by that person, in that session, for a few minutes. Only the hash is kept.
    """

    __tablename__ = "decision_proof"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "token_hash"),
        Index("ix_decision_proof_staff", "hospital_id", "staff_id"),
        Index("ix_decision_proof_given", "hospital_id", "given_at"),
    )

    staff_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    task_id: Mapped[uuid.UUID]
    snapshot_hash: Mapped[str]
    given_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RateBucket(Base):
    """A token bucket: ``full_at`` is when it would be full again (domain.identity.rate_limit)."""

    __tablename__ = "rate_bucket"
    __table_args__ = (Index("ix_rate_bucket_full_at", "hospital_id", "full_at"),)

    hospital_id: Mapped[int] = mapped_column(Integer, ForeignKey("hospital.id"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]
