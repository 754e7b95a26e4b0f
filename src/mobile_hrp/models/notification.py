"""The outbox of notification: inbox rows, the ways to people, deliveries and their attempts.

An event becomes one ``notification`` per recipient (the inbox row, the truth), which becomes
``notification_delivery`` rows, one per step of the ladder and endpoint, each with its append-only
attempts. A delivery is due when ``phase`` is set and ``next_at`` has come; a worker that takes one
moves ``next_at`` to the end of its lease and signs ``lease_owner``, so that the delivery of a
killed worker becomes due again by itself.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.notification.vocabulary import (
    Cadence,
    Channel,
    DeliveryState,
    EndpointKind,
    EndpointState,
    Locale,
    NotificationState,
    Phase,
    Urgency,
)
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class Notification(TenantRow, Base):
    """One line in one person's inbox.

    ``subject_id`` is the task or document it is about, ``public_id`` the opaque name in links.
    ``params`` fill the text shown inside the app; they are never given to a provider.
    """

    __tablename__ = "notification"
    __table_args__ = (
        within_hospital("event_id", "event"),
        within_hospital("recipient_id", "staff"),
        UniqueConstraint("hospital_id", "dedupe_key", "recipient_id"),
        UniqueConstraint("hospital_id", "public_id"),
        Index("ix_notification_inbox", "hospital_id", "recipient_id", "created_at", "id"),
        Index(
            "ix_notification_unread",
            "hospital_id",
            "recipient_id",
            postgresql_where=text("state = 'live'"),
        ),
        Index("ix_notification_subject", "hospital_id", "subject_type", "subject_id"),
        Index("ix_notification_event", "hospital_id", "event_id"),
        CheckConstraint("expires_at > created_at", name="life"),
    )

    event_id: Mapped[uuid.UUID | None]
    recipient_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    category: Mapped[str]
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency))
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    public_id: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    dedupe_key: Mapped[str]
    collapse_key: Mapped[str]
    ordinal: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    state: Mapped[NotificationState] = mapped_column(enum_column(NotificationState))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]


class NotificationEndpoint(TenantRow, Base):
    """One address of one person: a phone's FCM installation, an openid, a DingTalk user.

    The address is sealed; ``address_hash`` is a keyed hash that finds it again.
    """

    __tablename__ = "notification_endpoint"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "channel", "address_hash"),
        Index("ix_notification_endpoint_staff", "hospital_id", "staff_id", "channel"),
    )

    staff_id: Mapped[uuid.UUID]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    kind: Mapped[EndpointKind] = mapped_column(enum_column(EndpointKind))
    address: Mapped[str]
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    app: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[Locale] = mapped_column(enum_column(Locale), server_default=Locale.ZH.value)
    state: Mapped[EndpointState] = mapped_column(enum_column(EndpointState))
    registered_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str | None]


class NotificationDelivery(TenantRow, Base):
    """One message on one channel to one endpoint; a later ``step`` is a fall-back of an earlier."""

    __tablename__ = "notification_delivery"
    __table_args__ = (
        within_hospital("notification_id", "notification"),
        within_hospital("endpoint_id", "notification_endpoint"),
        UniqueConstraint("hospital_id", "notification_id", "channel", "endpoint_id", "step"),
        Index(
            "ix_notification_delivery_due",
            "hospital_id",
            "channel",
            "next_at",
            postgresql_where=text("phase is not null"),
        ),
        Index(
            "ix_notification_delivery_state",
            "hospital_id",
            "state",
            "created_at",
            postgresql_where=text("state in ('dead', 'undelivered', 'uncertain')"),
        ),
        Index(
            "ix_notification_delivery_shown",
            "hospital_id",
            postgresql_where=text(
                "recalled_at is null and channel in ('dingtalk_todo', 'dingtalk_card')"
            ),
        ),
        CheckConstraint("(phase is null) = (next_at is null)", name="due"),
        CheckConstraint("lease_owner is null or phase is not null", name="lease"),
    )

    notification_id: Mapped[uuid.UUID]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    endpoint_id: Mapped[uuid.UUID]
    step: Mapped[int] = mapped_column(Integer)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState))
    phase: Mapped[Phase | None] = mapped_column(enum_column(Phase))
    next_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    provider_id: Mapped[str | None]
    code: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]
    """When the need for it ended; a worker that has it in hand learns of it when handing in."""


class NotificationAttempt(TenantRow, Base):
    """What was tried and what the provider answered. Insert-only."""

    __tablename__ = "notification_attempt"
    __table_args__ = (
        within_hospital("delivery_id", "notification_delivery"),
        Index("ix_notification_attempt_delivery", "hospital_id", "delivery_id"),
    )

    delivery_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    phase: Mapped[Phase] = mapped_column(enum_column(Phase))
    outcome: Mapped[str]
    code: Mapped[str]
    provider_id: Mapped[str | None]
    worker: Mapped[str]
    attempted_at: Mapped[datetime]


class WechatPermit(TenantRow, Base):
    """One entry of the permit ledger, which WeChat does not tell. Insert-only.

    ``change`` is +1 for an accepted tap, -1 for a message sent, and minus the balance when WeChat
    says that none is left (43101).
    """

    __tablename__ = "wechat_permit"
    __table_args__ = (
        within_hospital("endpoint_id", "notification_endpoint"),
        UniqueConstraint("hospital_id", "endpoint_id", "template_id", "reference"),
        CheckConstraint("change <> 0", name="change"),
    )

    endpoint_id: Mapped[uuid.UUID]
    template_id: Mapped[str]
    change: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str]
    reference: Mapped[str]
    created_at: Mapped[datetime]


class NotificationPreference(TenantRow, Base):
    """What a person wants for a category on a channel; the hospital's mandatory kinds prevail."""

    __tablename__ = "notification_preference"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "staff_id", "category", "channel"),
    )

    staff_id: Mapped[uuid.UUID]
    category: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    cadence: Mapped[Cadence] = mapped_column(enum_column(Cadence))
    updated_at: Mapped[datetime]


class DutyShift(TenantRow, Base):
    """When a person is at work; quiet hours follow this and not the clock on the wall."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "staff_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="length"),
    )

    staff_id: Mapped[uuid.UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class ProviderMeter(Base):
    """What one provider allows and what was used of it, and its pause; shared by all workers.

    ``window`` names the row: ``month:2026-11`` counts calls in ``used``; ``rate`` and
    ``person:<endpoint>`` are buckets of ``tokens`` that refill with time; ``pause`` says until when
    nobody calls. When a pause has ended, one worker (``probe_by``) tries first; ``strikes`` are
    failed tries in a row, ``paused_until`` is null while all is well.
    """

    __tablename__ = "provider_meter"

    hospital_id: Mapped[int] = mapped_column(Integer, ForeignKey("hospital.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    tokens: Mapped[float | None]
    paused_until: Mapped[datetime | None]
    probe_by: Mapped[str | None]
    strikes: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    reason: Mapped[str] = mapped_column(server_default="")
    updated_at: Mapped[datetime]


class DigestBucket(TenantRow, Base):
    """What waits for one digest of one person. Closing takes the row lock: never sent twice."""

    __tablename__ = "digest_bucket"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("notification_id", "notification"),
        Index(
            "uq_digest_bucket_open",
            "hospital_id",
            "staff_id",
            "category",
            unique=True,
            postgresql_where=text("closed_at is null"),
        ),
        Index(
            "ix_digest_bucket_due",
            "hospital_id",
            "due_at",
            postgresql_where=text("closed_at is null"),
        ),
    )

    staff_id: Mapped[uuid.UUID]
    category: Mapped[str]
    items: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    notification_id: Mapped[uuid.UUID | None]


class NotificationActionToken(TenantRow, Base):
    """Leave to decide one task once from a notification: bound to what the phone showed.

    Only the hash of the token is kept; ``snapshot_hash`` is the version of the document shown.
    ``device`` is where it may be used: ``device:`` and the id of a signed-in device, or ``card:``
    and the delivery that put a card into a chat.
    """

    __tablename__ = "notification_action_token"
    __table_args__ = (
        within_hospital("notification_id", "notification"),
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "token_hash"),
        Index("ix_notification_action_token_notification", "hospital_id", "notification_id"),
        Index("ix_notification_action_token_staff", "hospital_id", "staff_id"),
        Index("ix_notification_action_token_expires", "hospital_id", "expires_at"),
    )

    notification_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    task_id: Mapped[uuid.UUID]
    snapshot_hash: Mapped[str]
    verdict: Mapped[str]
    device: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When its owner proved once more who they are, for this very decision."""
    confirmed_session_id: Mapped[uuid.UUID | None]


class ProviderCallback(TenantRow, Base):
    """A message of a provider that was looked at: the same one is never carried out again."""

    __tablename__ = "provider_callback"
    __table_args__ = (
        UniqueConstraint("hospital_id", "provider", "digest"),
        Index("ix_provider_callback_received", "hospital_id", "received_at"),
    )

    provider: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str]
    received_at: Mapped[datetime]
