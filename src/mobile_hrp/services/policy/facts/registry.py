"""Every loader by the fact type it supplies: one line per fact."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.facts.assets import SimilarAssets
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.facts.distribution import DistributionFacts, ObjectionFacts
from mobile_hrp.domain.policy.facts.earlier import EarlierMatters
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.facts.licences import LicenceFacts
from mobile_hrp.domain.policy.facts.periods import PeriodFacts
from mobile_hrp.domain.policy.facts.research import LaborRecipients, ResearchFacts
from mobile_hrp.domain.policy.facts.roster import RosterFacts
from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.domain.policy.facts.stock import StockFacts
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts, SupplierFacts
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.accounts import load_account_change, load_periods
from mobile_hrp.services.policy.facts.decisions import (
    load_collective_decision,
    load_delegation,
    load_device,
    load_snapshot,
)
from mobile_hrp.services.policy.facts.goods import load_licences, load_similar_assets, load_stock
from mobile_hrp.services.policy.facts.papers import load_attached_files, load_earlier_matters
from mobile_hrp.services.policy.facts.performance import load_distribution, load_objections
from mobile_hrp.services.policy.facts.research import load_labor_recipients, load_research
from mobile_hrp.services.policy.facts.staffing import load_leave, load_roster
from mobile_hrp.services.policy.facts.suppliers import load_donation, load_suppliers


class Loader(Protocol):
    """Looks a fact up for one document, in the transaction that judges it.

    ``None`` says that nobody could supply it; the controls that need it are then reported as
    unchecked. An empty fact says that it was looked for and nothing was found.
    """

    async def __call__(
        self, session: AnySession, *, document: PolicyDocument, now: datetime
    ) -> object | None: ...


LOADERS: Final[Mapping[type, Loader]] = MappingProxyType(
    {
        AccountChange: load_account_change,
        AttachedFiles: load_attached_files,
        CollectiveDecision: load_collective_decision,
        DelegationFacts: load_delegation,
        DeviceFacts: load_device,
        DistributionFacts: load_distribution,
        DonationFacts: load_donation,
        EarlierMatters: load_earlier_matters,
        LaborRecipients: load_labor_recipients,
        LeaveFacts: load_leave,
        LicenceFacts: load_licences,
        ObjectionFacts: load_objections,
        PeriodFacts: load_periods,
        ResearchFacts: load_research,
        RosterFacts: load_roster,
        SimilarAssets: load_similar_assets,
        SnapshotFacts: load_snapshot,
        StockFacts: load_stock,
        SupplierFacts: load_suppliers,
    }
)
