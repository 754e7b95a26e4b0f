"""Imported scenario packages and the versions of each scenario a hospital runs."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class ScenarioState(enum.StrEnum):
    IMPORTED = "imported"
    PUBLISHED = "published"
    RETIRED = "retired"


class ScenarioPackageRow(TenantRow, Base):
    """A package as imported: its files as they were written, by path."""

    __tablename__ = "scenario_package"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code", "version"),
        within_hospital("imported_by", "staff"),
        within_hospital("base_id", "scenario_package"),
    )

    code: Mapped[str]
    version: Mapped[str]
    content_hash: Mapped[str]
    files: Mapped[dict[str, Any]]
    base_id: Mapped[uuid.UUID | None]
    """The package this one builds on, as it was when this one was imported."""
    imported_by: Mapped[uuid.UUID | None]
    imported_at: Mapped[datetime]


class ScenarioVersion(TenantRow, Base):
    """One scenario of one package version. Running instances keep the version they began with."""

    __tablename__ = "scenario_version"
    __table_args__ = (
        within_hospital("package_id", "scenario_package"),
        within_hospital("published_by", "staff"),
        UniqueConstraint("hospital_id", "code", "version"),
        Index(
            "uq_scenario_version_published",
            "hospital_id",
            "code",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )

    package_id: Mapped[uuid.UUID]
    code: Mapped[str]
    version: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    group_code: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    state: Mapped[ScenarioState] = mapped_column(enum_column(ScenarioState))
    published_by: Mapped[uuid.UUID | None]
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
