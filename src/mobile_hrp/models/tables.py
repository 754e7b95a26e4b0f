"""All tables in one metadata; import this where the whole schema is meant."""

from mobile_hrp.models import (
    approval,
    budget,
    delegation,
    document,
    finding,
    identity,
    notification,
    organization,
    performance,
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
    "budget",
    "delegation",
    "document",
    "finding",
    "identity",
    "metadata",
    "notification",
    "organization",
    "performance",
    "policy",
    "receipt",
    "reliability",
    "scenario",
    "voucher",
]
