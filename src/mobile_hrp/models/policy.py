"""Policy as data: rule packages with their tables, trials of them, and facts of other systems."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.policy.shadow import ShadowChange
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class PolicyPackageState(enum.StrEnum):
    IMPORTED = "imported"
    SHADOW = "shadow"
    """Tried on past documents, without effect."""
    PUBLISHED = "published"
    RETIRED = "retired"
    """A newer version took its place, or it was rolled back."""


class PublicationAction(enum.StrEnum):
    PUBLISH = "publish"
    ROLLBACK = "rollback"


class ShadowRunState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class PolicyPackage(TenantRow, Base):
    """A version of a rule package. Its tables stay in force for past days when it is replaced.

    ``settings`` are the severities it sets, by control. ``revision`` is that of its latest
    publication; of two tables for one day the later published wins. ``withdrawn_at`` says that it
    was rolled back, so that its tables do not count either.
    """

    __tablename__ = "policy_package"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code", "version"),
        within_hospital("imported_by", "staff"),
        within_hospital("published_by", "staff"),
        within_hospital("replaced_id", "policy_package"),
        Index(
            "uq_policy_package_published",
            "hospital_id",
            "code",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        CheckConstraint("(revision is null) = (published_at is null)", name="published"),
    )

    code: Mapped[str]
    version: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    content_hash: Mapped[str]
    settings: Mapped[dict[str, Any]]
    state: Mapped[PolicyPackageState] = mapped_column(enum_column(PolicyPackageState))
    imported_by: Mapped[uuid.UUID | None]
    imported_at: Mapped[datetime]
    revision: Mapped[int | None] = mapped_column(Integer)
    replaced_id: Mapped[uuid.UUID | None]
    """The version of the same package that was in force when this one was published."""
    published_by: Mapped[uuid.UUID | None]
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class PolicyTableRow(TenantRow, Base):
    """One table of one package version, as written. Append-only: a correction is a new version."""

    __tablename__ = "policy_table"
    __table_args__ = (
        within_hospital("package_id", "policy_package"),
        UniqueConstraint("hospital_id", "package_id", "code"),
        Index("ix_policy_table_code", "hospital_id", "code", "effective_from"),
    )

    package_id: Mapped[uuid.UUID]
    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]
    effective_from: Mapped[date]
    sample: Mapped[bool]
    key_columns: Mapped[list[Any]]
    value_columns: Mapped[list[Any]]
    rows: Mapped[list[Any]]
    """Decimals are kept as text, so that 0.10 stays what was written."""


class PolicyPublication(TenantRow, Base):
    """What was put into force or taken out of it, in order. Append-only."""

    __tablename__ = "policy_publication"
    __table_args__ = (
        within_hospital("package_id", "policy_package"),
        within_hospital("actor_id", "staff"),
        UniqueConstraint("hospital_id", "revision"),
        Index("ix_policy_publication_package", "hospital_id", "package_id"),
    )

    revision: Mapped[int] = mapped_column(Integer)
    action: Mapped[PublicationAction] = mapped_column(enum_column(PublicationAction))
    package_id: Mapped[uuid.UUID]
    actor_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")
    occurred_at: Mapped[datetime]


class PolicyShadowRun(TenantRow, Base):
    """A trial of a package over the documents submitted in a period. It changes nothing.

    ``after_id`` is how far it has come, so that a killed worker's run goes on. ``controls``
    counts per control: documents it would and does block, findings that appear and disappear.
    """

    __tablename__ = "policy_shadow_run"
    __table_args__ = (
        within_hospital("package_id", "policy_package"),
        within_hospital("requested_by", "staff"),
        Index("ix_policy_shadow_run_package", "hospital_id", "package_id", "requested_at"),
        CheckConstraint("until_at > from_at", name="period"),
    )

    package_id: Mapped[uuid.UUID]
    base_revision: Mapped[int] = mapped_column(Integer)
    """What was in force when it was asked for: the trial compares with that."""
    state: Mapped[ShadowRunState] = mapped_column(enum_column(ShadowRunState))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    after_id: Mapped[uuid.UUID | None]
    documents: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    would_block: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    does_block: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    controls: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    kept: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Findings that were written down; the counts go on beyond their limit."""
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PolicyShadowFinding(TenantRow, Base):
    """A finding that the package would add, take away or judge otherwise. Append-only."""

    __tablename__ = "policy_shadow_finding"
    __table_args__ = (
        within_hospital("run_id", "policy_shadow_run"),
        within_hospital("document_id", "document"),
        Index("ix_policy_shadow_finding_run", "hospital_id", "run_id", "id"),
        Index("ix_policy_shadow_finding_document", "hospital_id", "document_id"),
        CheckConstraint("before is not null or after is not null", name="some_severity"),
    )

    run_id: Mapped[uuid.UUID]
    document_id: Mapped[uuid.UUID]
    change: Mapped[ShadowChange] = mapped_column(enum_column(ShadowChange))
    control: Mapped[str]
    key: Mapped[str]
    case: Mapped[str]
    path: Mapped[str]
    before: Mapped[Severity | None] = mapped_column(enum_column(Severity, "before_severity"))
    after: Mapped[Severity | None] = mapped_column(enum_column(Severity, "after_severity"))
    evidence: Mapped[dict[str, Any]]


class ReferenceImport(TenantRow, Base):
    """One file of facts that was taken in, who by, and what it was. Append-only."""

    __tablename__ = "reference_import"
    __table_args__ = (
        within_hospital("imported_by", "staff"),
        Index("ix_reference_import_kind", "hospital_id", "kind", "imported_at"),
    )

    kind: Mapped[str]
    source: Mapped[str]
    content_hash: Mapped[str]
    rows: Mapped[int] = mapped_column(Integer)
    imported_by: Mapped[uuid.UUID | None]
    imported_at: Mapped[datetime]


class ReferenceFactRow(TenantRow, Base):
    """A fact of another system (``domain.policy.reference``). Append-only: the newest valid wins.

    ``valid_to`` is the last day it holds; None means until a newer one.
    """

    __tablename__ = "reference_fact"
    __table_args__ = (
        within_hospital("import_id", "reference_import"),
        Index(
            "ix_reference_fact_key",
            "hospital_id",
            "kind",
            "key",
            "item",
            text("valid_from DESC"),
            text("imported_at DESC"),
        ),
        Index("ix_reference_fact_import", "hospital_id", "import_id"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity"),
    )

    kind: Mapped[str]
    key: Mapped[str]
    item: Mapped[str]
    payload: Mapped[dict[str, Any]]
    source: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    imported_at: Mapped[datetime]
    import_id: Mapped[uuid.UUID]
