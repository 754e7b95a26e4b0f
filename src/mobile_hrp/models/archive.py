"""Archive bundles: which bytes were kept of a document, and what their manifest's hash was."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow, within_hospital


class ArchiveBundle(TenantRow, Base):
    """One bundle of a document; a later one stands beside it and replaces nothing.

    Its bytes are in the object store under ``storage_key`` before the row is written. ``lacks`` is
    what the test of completeness found when it was made (``domain.archive.completeness.Lack``).
    """

    __tablename__ = "archive_bundle"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("built_by", "staff"),
        UniqueConstraint("hospital_id", "document_id", "sequence"),
        UniqueConstraint("hospital_id", "document_id", "bundle_sha256"),
        Index("ix_archive_bundle_built", "hospital_id", "built_at", "id"),
        CheckConstraint("size_bytes > 0 and file_count > 0", name="size"),
        CheckConstraint(
            "length(bundle_sha256) = 64 and length(manifest_sha256) = 64", name="sha256"
        ),
    )

    document_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    bundle_sha256: Mapped[str]
    manifest_sha256: Mapped[str]
    size_bytes: Mapped[int]
    file_count: Mapped[int] = mapped_column(Integer)
    storage_key: Mapped[str]
    lacks: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    built_at: Mapped[datetime]
    built_by: Mapped[uuid.UUID | None]
    """Who asked for it; null when the end of the document did."""
