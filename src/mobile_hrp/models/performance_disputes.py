"""Disputes of single lines of pay, and how departments share their packages out."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.performance.terms import DisputeState, DistributionState, ShareMethod
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class PerformanceDispute(TenantRow, Base):
    """One line of pay that its owner questions. What is said is sealed with the owner's key."""

    __tablename__ = "performance_dispute"
    __table_args__ = (
        within_hospital("period_id", "performance_period"),
        within_hospital("line_id", "payout_line"),
        within_hospital("department_id", "department"),
        within_hospital("staff_id", "staff"),
        within_hospital("decided_by", "staff"),
        CheckConstraint("decided_by is null or decided_by <> staff_id", name="not_ones_own"),
        UniqueConstraint("hospital_id", "line_id"),
        Index("ix_performance_dispute_period", "hospital_id", "period_id"),
        Index("ix_performance_dispute_department", "hospital_id", "department_id"),
        Index("ix_performance_dispute_staff", "hospital_id", "staff_id", "opened_at"),
        Index("ix_performance_dispute_decided_by", "hospital_id", "decided_by"),
    )

    period_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    rule_code: Mapped[str]
    state: Mapped[DisputeState] = mapped_column(enum_column(DisputeState))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class DisputeEvidence(TenantRow, Base):
    """What a dispute or its decision is proved by: a file or words, sealed with the owner's key.

    ``staff_id`` is whose dispute it is; ``added_by`` that person, or the handler.
    """

    __tablename__ = "dispute_evidence"
    __table_args__ = (
        within_hospital("dispute_id", "performance_dispute"),
        within_hospital("staff_id", "staff"),
        within_hospital("added_by", "staff"),
        UniqueConstraint("hospital_id", "dispute_id", "position"),
        Index("ix_dispute_evidence_staff", "hospital_id", "staff_id"),
        Index("ix_dispute_evidence_added_by", "hospital_id", "added_by"),
    )

    dispute_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    added_by: Mapped[uuid.UUID]
    added_at: Mapped[datetime]
    size_bytes: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class SecondaryDistribution(TenantRow, Base):
    """How a department means to share a run's package out; a new proposal follows the last."""

    __tablename__ = "secondary_distribution"
    __table_args__ = (
        within_hospital("package_id", "performance_package"),
        within_hospital("department_id", "department"),
        within_hospital("proposed_by", "staff"),
        within_hospital("document_id", "document"),
        UniqueConstraint("hospital_id", "package_id", "sequence"),
        Index("ix_secondary_distribution_department", "hospital_id", "department_id"),
        Index("ix_secondary_distribution_proposed_by", "hospital_id", "proposed_by"),
        Index("ix_secondary_distribution_document", "hospital_id", "document_id"),
    )

    package_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    method: Mapped[ShareMethod] = mapped_column(enum_column(ShareMethod))
    state: Mapped[DistributionState] = mapped_column(enum_column(DistributionState))
    people: Mapped[int] = mapped_column(Integer)
    proposed_by: Mapped[uuid.UUID]
    proposed_at: Mapped[datetime]
    publicity_until: Mapped[datetime]
    document_id: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]


class SecondaryShare(TenantRow, Base):
    """One person's share of a proposal, sealed with that person's key."""

    __tablename__ = "secondary_share"
    __table_args__ = (
        within_hospital("distribution_id", "secondary_distribution"),
        within_hospital("staff_id", "staff"),
        UniqueConstraint("hospital_id", "distribution_id", "staff_id"),
        Index("ix_secondary_share_staff", "hospital_id", "staff_id"),
    )

    distribution_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
