"""Standing proxies (代理): who decides in whose name, on what, up to how much, and for how long."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow, within_hospital


class ApprovalProxy(TenantRow, Base):
    """One authorisation. In force from ``starts_at`` until just before ``ends_at`` or revocation.

    Empty ``flows`` means every scenario; without ``amount_fen_max`` there is no cap. ``applied_at``
    says that the tasks that were already waiting have been handed over.
    """

    __tablename__ = "approval_proxy"
    __table_args__ = (
        within_hospital("principal_id", "staff"),
        within_hospital("proxy_id", "staff"),
        within_hospital("revoked_by", "staff"),
        Index("ix_approval_proxy_principal", "hospital_id", "principal_id", "ends_at"),
        Index("ix_approval_proxy_proxy", "hospital_id", "proxy_id", "ends_at"),
        Index(
            "ix_approval_proxy_standing",
            "hospital_id",
            "starts_at",
            postgresql_where="revoked_at IS NULL",
        ),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("principal_id <> proxy_id", name="two_people"),
        CheckConstraint("amount_fen_max is null or amount_fen_max >= 0", name="amount"),
    )

    principal_id: Mapped[uuid.UUID]
    proxy_id: Mapped[uuid.UUID]
    flows: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    amount_fen_max: Mapped[int | None]
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
