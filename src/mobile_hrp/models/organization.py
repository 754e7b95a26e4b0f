"""Who the hospital is: campuses, departments, people, posts, and the codes money is kept under."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow, within_hospital


class Hospital(Base):
    """One tenant. The only table without row-level security: it holds no business data."""

    __tablename__ = "hospital"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tax_id: Mapped[str]
    timezone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    created_at: Mapped[datetime]


class Campus(TenantRow, Base):
    __tablename__ = "campus"
    __table_args__ = (UniqueConstraint("hospital_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


class Department(TenantRow, Base):
    """A node of the department tree. Reorganised departments are closed and succeeded, not edited.

    ``valid_to`` is exclusive; None means in force. ``functional_for`` lists the expense types this
    department controls for the whole hospital (归口管理).
    """

    __tablename__ = "department"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code", "valid_from"),
        within_hospital("campus_id", "campus"),
        within_hospital("parent_id", "department"),
        Index("ix_department_parent", "hospital_id", "parent_id"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
    )

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    campus_id: Mapped[uuid.UUID]
    parent_id: Mapped[uuid.UUID | None]
    functional_for: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Staff(TenantRow, Base):
    """A person employed by the hospital. ``rank`` is the band that policy tables are keyed by."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("hospital_id", "employee_number"),
        within_hospital("department_id", "department"),
        Index("ix_staff_department", "hospital_id", "department_id"),
    )

    employee_number: Mapped[str]
    name: Mapped[str]
    department_id: Mapped[uuid.UUID]
    rank: Mapped[str]
    job_category: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class Position(TenantRow, Base):
    __tablename__ = "position"
    __table_args__ = (UniqueConstraint("hospital_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


class StaffPosition(TenantRow, Base):
    """Who holds which post in which department, and since when."""

    __tablename__ = "staff_position"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        within_hospital("position_id", "position"),
        within_hospital("department_id", "department"),
        Index("ix_staff_position_department", "hospital_id", "department_id", "position_id"),
    )

    staff_id: Mapped[uuid.UUID]
    position_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class RoleAssignment(TenantRow, Base):
    """A role with its scope and validity; evaluated on every request, never kept in a token.

    ``scope_kind`` is own, department (with all below it), campus or hospital; ``scope_id`` names
    the department or campus.
    """

    __tablename__ = "role_assignment"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        Index("ix_role_assignment_staff", "hospital_id", "staff_id"),
        Index("ix_role_assignment_role", "hospital_id", "role", "scope_kind", "scope_id"),
        CheckConstraint(
            "scope_kind in ('own', 'department', 'campus', 'hospital')", name="scope_kind"
        ),
        CheckConstraint(
            "(scope_kind in ('department', 'campus')) = (scope_id is not null)", name="scope_id"
        ),
    )

    staff_id: Mapped[uuid.UUID]
    role: Mapped[str]
    scope_kind: Mapped[str]
    scope_id: Mapped[uuid.UUID | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Supplier(TenantRow, Base):
    __tablename__ = "supplier"
    __table_args__ = (UniqueConstraint("hospital_id", "tax_id"),)

    name: Mapped[str]
    tax_id: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Project(TenantRow, Base):
    """A research or special project; its leader (PI) approves what is spent on it."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code"),
        within_hospital("leader_id", "staff"),
        within_hospital("department_id", "department"),
    )

    code: Mapped[str]
    name: Mapped[str]
    leader_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class FundSource(TenantRow, Base):
    """Where money comes from. ``year_end`` says whether what is left lapses or is carried over."""

    __tablename__ = "fund_source"
    __table_args__ = (
        UniqueConstraint("hospital_id", "code"),
        CheckConstraint("year_end in ('carry', 'lapse')", name="year_end"),
    )

    code: Mapped[str]
    name: Mapped[str]
    nature: Mapped[str]
    year_end: Mapped[str]


class EconomicClass(TenantRow, Base):
    """An economic class of spending, as the department or the government budget names it."""

    __tablename__ = "economic_class"
    __table_args__ = (
        UniqueConstraint("hospital_id", "scheme", "code"),
        CheckConstraint("scheme in ('department', 'government')", name="scheme"),
    )

    scheme: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
