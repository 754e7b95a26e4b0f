"""Approval tables: one instance per document, and the rows that lists and reports read.

``ApprovalInstance.state`` is the truth; nodes and tasks are its projection, written in the same
transaction (``domain.approval.projection``). Decisions and timeline entries are only inserted.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.terms import (
    CloseReason,
    InstanceStatus,
    NodeKind,
    NodeStatus,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.models.base import Base, TenantRow, enum_column, within_hospital


class ApprovalInstance(TenantRow, Base):
    """The approval of one document through all its rounds. Lock this row before deciding."""

    __tablename__ = "approval_instance"
    __table_args__ = (
        within_hospital("document_id", "document"),
        within_hospital("requester_id", "staff"),
        UniqueConstraint("hospital_id", "document_id"),
        Index("ix_approval_instance_mine", "hospital_id", "requester_id", "opened_at", "id"),
        Index("ix_approval_instance_flow", "hospital_id", "flow_code", "opened_at", "id"),
        Index(
            "ix_approval_instance_wake",
            "hospital_id",
            "wake_at",
            postgresql_where="wake_at IS NOT NULL",
        ),
        Index(
            "ix_approval_instance_alarm",
            "hospital_id",
            "id",
            postgresql_where="alarm_count > 0",
        ),
    )

    document_id: Mapped[uuid.UUID]
    flow_code: Mapped[str]
    flow_version: Mapped[str]
    requester_id: Mapped[uuid.UUID]
    status: Mapped[InstanceStatus] = mapped_column(enum_column(InstanceStatus))
    round: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(comment="sequence number of the last event")
    snapshot_hash: Mapped[str]
    amount_fen: Mapped[int]
    alarm_count: Mapped[int] = mapped_column(Integer)
    state: Mapped[dict[str, Any]] = mapped_column(comment="domain.approval.InstanceState as JSON")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    wake_at: Mapped[datetime | None] = mapped_column(comment="when the worker must tick it")


class ApprovalNode(TenantRow, Base):
    """A step of the route as it stands; ``run`` counts how often the paper reached it."""

    __tablename__ = "approval_node"
    __table_args__ = (
        within_hospital("instance_id", "approval_instance"),
        UniqueConstraint("hospital_id", "instance_id", "node_key"),
        Index("ix_approval_node_closed", "hospital_id", "node_key", "closed_at"),
    )

    instance_id: Mapped[uuid.UUID]
    node_key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[NodeKind | None] = mapped_column(enum_column(NodeKind))
    mode: Mapped[SignMode] = mapped_column(enum_column(SignMode))
    position: Mapped[int | None] = mapped_column(
        Integer, comment="place in the route; null when a later route dropped the node"
    )
    status: Mapped[NodeStatus] = mapped_column(enum_column(NodeStatus))
    run: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ApprovalTask(TenantRow, Base):
    """One person's part: a to-do, a copy, a consultation, or a document sent back."""

    __tablename__ = "approval_task"
    __table_args__ = (
        within_hospital("instance_id", "approval_instance"),
        within_hospital("assignee_id", "staff"),
        within_hospital("principal_id", "staff"),
        within_hospital("added_by_id", "staff"),
        UniqueConstraint("hospital_id", "instance_id", "seq"),
        # 待办 of a person, newest first, paged by (opened_at, id)
        Index(
            "ix_approval_task_pending",
            "hospital_id",
            "assignee_id",
            "opened_at",
            "id",
            postgresql_where="status = 'pending'",
        ),
        # 已办
        Index(
            "ix_approval_task_decided",
            "hospital_id",
            "assignee_id",
            "decided_at",
            "id",
            postgresql_where="status = 'decided'",
        ),
        # 抄送我的
        Index(
            "ix_approval_task_copy",
            "hospital_id",
            "assignee_id",
            "opened_at",
            "id",
            postgresql_where="kind = 'copy'",
        ),
        # what a standing proxy holds in a person's name
        Index(
            "ix_approval_task_principal",
            "hospital_id",
            "principal_id",
            postgresql_where="principal_id IS NOT NULL",
        ),
        # waiting and working times by node and person
        Index("ix_approval_task_times", "hospital_id", "node_key", "decided_at"),
    )

    instance_id: Mapped[uuid.UUID]
    node_key: Mapped[str]
    run: Mapped[int] = mapped_column(Integer)
    seat: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int]
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    role: Mapped[SeatRole] = mapped_column(enum_column(SeatRole))
    status: Mapped[TaskStatus] = mapped_column(enum_column(TaskStatus))
    assignee_id: Mapped[uuid.UUID]
    principal_id: Mapped[uuid.UUID | None]
    added_by_id: Mapped[uuid.UUID | None]
    claimed: Mapped[bool] = mapped_column(Boolean)
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict))
    close_reason: Mapped[CloseReason | None] = mapped_column(enum_column(CloseReason))
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class ApprovalDecision(TenantRow, Base):
    """A verdict. The unique task is the database's own guard that a task is decided once."""

    __tablename__ = "approval_decision"
    __table_args__ = (
        within_hospital("instance_id", "approval_instance"),
        within_hospital("task_id", "approval_task"),
        within_hospital("actor_id", "staff"),
        within_hospital("on_behalf_of_id", "staff"),
        UniqueConstraint("hospital_id", "task_id"),
        UniqueConstraint("hospital_id", "instance_id", "seq"),
        Index("ix_approval_decision_actor", "hospital_id", "actor_id", "decided_at", "id"),
    )

    instance_id: Mapped[uuid.UUID]
    task_id: Mapped[uuid.UUID]
    node_key: Mapped[str]
    run: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(comment="null: decided by a policy")
    on_behalf_of_id: Mapped[uuid.UUID | None]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    binding: Mapped[bool] = mapped_column(Boolean)
    automatic: Mapped[bool] = mapped_column(Boolean)
    comment: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    snapshot_hash: Mapped[str]
    decided_at: Mapped[datetime]


class ApprovalEntry(TenantRow, Base):
    """One line of the timeline. ``task_id`` has no foreign key: it may name no task at all."""

    __tablename__ = "approval_entry"
    __table_args__ = (
        within_hospital("instance_id", "approval_instance"),
        within_hospital("actor_id", "staff"),
        UniqueConstraint("hospital_id", "instance_id", "seq"),
    )

    instance_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    round: Mapped[int] = mapped_column(Integer)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(comment="null: the system")
    node_key: Mapped[str]
    task_id: Mapped[uuid.UUID | None]
    staff_ids: Mapped[list[Any]]
    explanation: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    data: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
