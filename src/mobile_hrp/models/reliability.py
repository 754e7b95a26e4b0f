"""What makes a mutation safe to retry and impossible to deny: idempotency, events, audit."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from mobile_hrp.models.base import Base, TenantRow, within_hospital


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id. Together with ``seq`` it is a cursor that never skips.

    A cursor on a sequence alone misses rows of transactions that commit out of order; readers page
    by (xid, seq) below ``pg_snapshot_xmin(pg_current_snapshot())``.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class IdempotencyRecord(Base):
    """One effect per key. The stored answer is replayed; another body under the key is refused."""

    __tablename__ = "idempotency_record"
    __table_args__ = (
        within_hospital("staff_id", "staff"),
        Index("ix_idempotency_record_created", "hospital_id", "created_at"),
    )

    hospital_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str]
    request_hash: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class Event(TenantRow, Base):
    """Something that happened, written in the transaction that made it so."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("hospital_id", "dedupe_key"),
        Index("ix_event_cursor", "xid", "seq"),
    )

    xid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    audience: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    occurred_at: Mapped[datetime]


class AuditEvent(TenantRow, Base):
    """Who did what to what, and when. Insert-only for the application's role.

    A sealer chains committed rows by (xid, seq); the business transaction only writes the row.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_cursor", "xid", "seq"),
        Index("ix_audit_event_subject", "hospital_id", "subject_type", "subject_id"),
    )

    xid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    request_id: Mapped[str | None]
    occurred_at: Mapped[datetime]
