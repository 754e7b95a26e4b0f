"""What the controls found on a document, for ever, and who waved a finding through."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class Occasion(enum.StrEnum):
    """Why the controls ran."""

    ASKED = "asked"
    """The requester asked for an exception; nothing was submitted."""
    SUBMITTED = "submitted"
    DECIDED = "decided"
    PAID = "paid"


class ControlFinding(TenantRow, Base):
    """One finding on one version of a document. Append-only: another version has its own.

    ``control`` is the catalogue's code, ``key`` that of its function; ``case_name`` and
    ``evidence`` give the sentence. ``snapshot_hash`` names the content it is about, ``reason`` what
    the requester said to it.
    """

    __tablename__ = "control_finding"
    __table_args__ = (
        within_hospital("document_id", "document"),
        Index(
            "ix_control_finding_document",
            "hospital_id",
            "document_id",
            "document_version",
            "position",
        ),
        Index("ix_control_finding_found", "hospital_id", "found_at", "id"),
        Index("ix_control_finding_control", "hospital_id", "control", "found_at", "id"),
        CheckConstraint("document_version > 0", name="version"),
    )

    document_id: Mapped[uuid.UUID]
    document_version: Mapped[int]
    snapshot_hash: Mapped[str]
    occasion: Mapped[Occasion] = mapped_column(enum_column(Occasion))
    stage: Mapped[ControlStage] = mapped_column(enum_column(ControlStage))
    position: Mapped[int]
    """Its place among those of the same occasion: the order of the scenario's controls."""
    control: Mapped[str]
    key: Mapped[str]
    case_name: Mapped[str]
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    path: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    rule_version: Mapped[str]
    reason: Mapped[str | None]
    found_at: Mapped[datetime]


class FindingOverride(TenantRow, Base):
    """A finding waved through: by whom, with which power, and why. Append-only, once per finding.

    It holds for the same matter on the same content; a changed document is judged again.
    """

    __tablename__ = "finding_override"
    __table_args__ = (
        within_hospital("finding_id", "control_finding"),
        within_hospital("overridden_by", "staff"),
        UniqueConstraint("hospital_id", "finding_id"),
        CheckConstraint("length(reason) > 0", name="reason"),
    )

    finding_id: Mapped[uuid.UUID]
    overridden_by: Mapped[uuid.UUID]
    reason: Mapped[str]
    permission: Mapped[str]
    overridden_at: Mapped[datetime]
