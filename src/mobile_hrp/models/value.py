"""Reports that were frozen, events of phones, and files that left by an approved request."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.value.terms import ClientKind, EventName, Masking, Screen
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class MonthlyReport(TenantRow, Base):
    """A month as it was reported. Another edition follows; none ever changes.

    ``department_id`` None is the report of the whole hospital.
    """

    __tablename__ = "monthly_report"
    __table_args__ = (
        within_hospital("department_id", "department"),
        within_hospital("made_by", "staff"),
        UniqueConstraint(
            "hospital_id",
            "department_id",
            "month",
            "edition",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_monthly_report_made_by", "hospital_id", "made_by"),
        CheckConstraint("extract(day from month) = 1", name="first_of_month"),
    )

    department_id: Mapped[uuid.UUID | None]
    month: Mapped[date]
    edition: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class TelemetryEvent(TenantRow, Base):
    """One event of a phone. ``actor`` is a keyed hash that changes every month, nobody's id.

    The department is that of the person then; its figures are shown from five people on.
    """

    __tablename__ = "telemetry_event"
    __table_args__ = (
        within_hospital("department_id", "department"),
        Index("ix_telemetry_event_month", "hospital_id", "occurred_at"),
        Index("ix_telemetry_event_department", "hospital_id", "department_id"),
        CheckConstraint("duration_ms between 0 and 3600000", name="duration"),
        CheckConstraint("taps between 0 and 1000", name="taps"),
    )

    name: Mapped[EventName] = mapped_column(enum_column(EventName))
    client: Mapped[ClientKind] = mapped_column(enum_column(ClientKind))
    screen: Mapped[Screen | None] = mapped_column(enum_column(Screen))
    scenario_code: Mapped[str | None]
    field_key: Mapped[str | None]
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    taps: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[bytes] = mapped_column(LargeBinary)
    department_id: Mapped[uuid.UUID]
    occurred_at: Mapped[datetime]
    """To the minute."""


class DataExport(TenantRow, Base):
    """The one file of an approved ``data_export``, sealed; emptied when its time is up.

    ``mark`` is in every row of the file, so that a copy leads back to the request.
    """

    __tablename__ = "data_export"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("made_by", "staff"),
        UniqueConstraint("hospital_id", "document_id"),
        Index("ix_data_export_made_by", "hospital_id", "made_by", "made_at"),
        Index("ix_data_export_expires", "hospital_id", "expires_at"),
        CheckConstraint("(destroyed_at is null) = (sealed is not null)", name="destroyed"),
    )

    document_id: Mapped[uuid.UUID]
    dataset: Mapped[str]
    masking: Mapped[Masking] = mapped_column(enum_column(Masking))
    mark: Mapped[str]
    rows: Mapped[int] = mapped_column(Integer)
    people: Mapped[int] = mapped_column(Integer)
    file_sha256: Mapped[str]
    sealed: Mapped[str | None]
    made_by: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
