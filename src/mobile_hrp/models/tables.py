"""All tables in one metadata; import this where the whole schema is meant."""

from mobile_hrp.models import (
    approval,
    archive,
    budget,
    calendar,
    delegation,
    document,
    finding,
    identity,
    indicator,
    loan,
    notification,
    notification_policy,
    organization,
    payment,
    performance,
    performance_disputes,
    policy,
    receipt,
    reliability,
    scenario,
    voucher,
)
from mobile_hrp.models.base import Base

metadata = Base.metadata

__all__ = [
    "approval",
    "archive",
    "budget",
    "calendar",
    "delegation",
    "document",
    "finding",
    "identity",
    "indicator",
    "loan",
    "metadata",
    "notification",
    "notification_policy",
    "organization",
    "payment",
    "performance",
    "performance_disputes",
    "policy",
    "receipt",
    "reliability",
    "scenario",
    "voucher",
]
