"""What a hospital allows its notifications, what they have used up, and what they wait for."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow, within_hospital


class NotificationPolicy(Base):
    """One hospital's limits. Without a row the defaults of ``domain.notification.limits`` hold.

    Times of day are minutes after midnight in the hospital's zone.
    """

    __tablename__ = "notification_policy"
    __table_args__ = (
        CheckConstraint("rings_per_day >= 1 and digests_per_day >= 1", name="rings"),
        CheckConstraint("digests_per_day <= rings_per_day", name="digests"),
        CheckConstraint("repeats_max >= 0 and digest_size >= 2", name="repeats"),
        CheckConstraint(
            "quiet_from between 0 and 1439 and quiet_until between 0 and 1439", name="quiet"
        ),
        CheckConstraint(
            "monthly_calls >= 0 and urgent_reserve_percent between 0 and 90", name="calls"
        ),
    )

    hospital_id: Mapped[int] = mapped_column(Integer, ForeignKey("hospital.id"), primary_key=True)
    rings_per_day: Mapped[int] = mapped_column(Integer)
    digests_per_day: Mapped[int] = mapped_column(Integer)
    repeats_max: Mapped[int] = mapped_column(Integer)
    digest_times: Mapped[list[Any]]
    digest_size: Mapped[int] = mapped_column(Integer)
    quiet_from: Mapped[int] = mapped_column(Integer)
    quiet_until: Mapped[int] = mapped_column(Integer)
    mandatory_categories: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    monthly_calls: Mapped[int] = mapped_column(Integer)
    urgent_reserve_percent: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]


class PushDay(Base):
    """How often one person was interrupted on one day of the hospital's calendar.

    ``rings`` holds everything but ``critical``: digests and repeats are part of it, so
    ``repeats / rings`` is the share of repeats.
    """

    __tablename__ = "push_day"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        CheckConstraint("repeats + digests <= rings and critical >= 0", name="counts"),
    )

    hospital_id: Mapped[int] = mapped_column(Integer, ForeignKey("hospital.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rings: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    repeats: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    digests: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    critical: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class NotificationAgenda(TenantRow, Base):
    """When the policy has to look at an unread notification again.

    ``step`` 0: it has not been decided yet how to push it. A later step: that step of the ladder
    is due if it is still unread then. The row goes when there is nothing left to look at.
    """

    __tablename__ = "notification_agenda"
    __table_args__ = (
        within_hospital("notification_id", "notification"),
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "notification_id"),
        Index("ix_notification_agenda_due", "hospital_id", "due_at"),
        Index("ix_notification_agenda_staff", "hospital_id", "staff_id"),
        CheckConstraint("step >= 0", name="step"),
    )

    notification_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    step: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime]
