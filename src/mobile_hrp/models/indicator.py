"""Indicators: facts with their source rows, and the versions of a definition that were approved."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.indicator.thresholds import ThresholdSide
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class IndicatorVersion(TenantRow, Base):
    """A definition that replaced the one before, by an approved document. It never changes.

    Number 1 is the shipped definition and has no row. Months from that of ``valid_from`` on are
    computed with it; months before keep theirs.
    """

    __tablename__ = "indicator_version"
    __table_args__ = (
        within_hospital("document_id", "document"),
        UniqueConstraint("hospital_id", "indicator_code", "number"),
        Index("ix_indicator_version_document", "hospital_id", "document_id"),
        CheckConstraint("number > 1", name="number"),
        CheckConstraint("extract(day from valid_from) = 1", name="first_of_month"),
    )

    indicator_code: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    definition: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    valid_from: Mapped[date]
    document_id: Mapped[uuid.UUID]
    approved_at: Mapped[datetime]


class IndicatorTrial(TenantRow, Base):
    """A definition that was replayed on past months. What was shown once counts for ever.

    Two definitions that differ by a few people would give those people away, so each is held
    against the earlier ones before its values are shown.
    """

    __tablename__ = "indicator_trial"
    __table_args__ = (
        within_hospital("tried_by", "staff"),
        UniqueConstraint("hospital_id", "indicator_code", "content_hash"),
        Index("ix_indicator_trial_tried_by", "hospital_id", "tried_by"),
    )

    indicator_code: Mapped[str]
    content_hash: Mapped[str]
    definition: Mapped[dict[str, Any]]
    tried_by: Mapped[uuid.UUID]
    tried_at: Mapped[datetime]


class IndicatorImport(TenantRow, Base):
    """One file of facts that was taken over as a whole."""

    __tablename__ = "indicator_import"
    __table_args__ = (
        within_hospital("imported_by", "staff"),
        Index("ix_indicator_import_imported_by", "hospital_id", "imported_by"),
        Index("ix_indicator_import_dataset", "hospital_id", "dataset", "imported_at"),
    )

    dataset: Mapped[str]
    source_system: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    imported_by: Mapped[uuid.UUID]
    imported_at: Mapped[datetime]


class IndicatorFact(TenantRow, Base):
    """One imported row: how many units, of what sort, on which day, and where it came from.

    ``attributes`` holds closed words, yes or no, and decimals as text; never free text.
    ``quantity_milli`` counts thousandths of a unit, ``people`` those behind the row. A row is never
    edited: another figure withdraws it and adds a new one.
    """

    __tablename__ = "indicator_fact"
    __table_args__ = (
        within_hospital("department_id", "department"),
        within_hospital("import_id", "indicator_import"),
        within_hospital("withdrawn_by", "indicator_import"),
        Index(
            "uq_indicator_fact_live",
            "hospital_id",
            "dataset",
            "source_system",
            "source_row",
            unique=True,
            postgresql_where=text("withdrawn_by is null"),
        ),
        Index("ix_indicator_fact_day", "hospital_id", "dataset", "occurred_on"),
        Index("ix_indicator_fact_department", "hospital_id", "department_id"),
        Index("ix_indicator_fact_import", "hospital_id", "import_id"),
        Index("ix_indicator_fact_withdrawn", "hospital_id", "withdrawn_by"),
        CheckConstraint("people >= 0", name="people"),
    )

    dataset: Mapped[str]
    department_id: Mapped[uuid.UUID]
    occurred_on: Mapped[date]
    quantity_milli: Mapped[int]
    people: Mapped[int] = mapped_column(Integer)
    attributes: Mapped[dict[str, Any]]
    source_system: Mapped[str]
    source_row: Mapped[str]
    import_id: Mapped[uuid.UUID]
    withdrawn_by: Mapped[uuid.UUID | None]


class IndicatorThreshold(TenantRow, Base):
    """A limit that somebody watches. ``bound`` is in the part the indicator's unit is shown in.

    ``latched_month`` is the month that was told; nothing is told again until a value was within.
    """

    __tablename__ = "indicator_threshold"
    __table_args__ = (
        within_hospital("owner_id", "staff"),
        within_hospital("department_id", "department"),
        UniqueConstraint(
            "hospital_id",
            "owner_id",
            "indicator_code",
            "department_id",
            "side",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_indicator_threshold_department", "hospital_id", "department_id"),
    )

    owner_id: Mapped[uuid.UUID]
    indicator_code: Mapped[str]
    department_id: Mapped[uuid.UUID | None]
    side: Mapped[ThresholdSide] = mapped_column(enum_column(ThresholdSide))
    bound: Mapped[int]
    set_at: Mapped[datetime]
    latched_month: Mapped[date | None]
