"""Every loader by the fact type it supplies: one line per fact."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.facts.assets import SimilarAssets
from mobile_hrp.domain.policy.facts.budget import BudgetCheck
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision
from mobile_hrp.domain.policy.facts.contracts import Contracts
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts
from mobile_hrp.domain.policy.facts.deliveries import Deliveries
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.facts.distribution import DistributionFacts, ObjectionFacts
from mobile_hrp.domain.policy.facts.duties import PlannedDuties
from mobile_hrp.domain.policy.facts.earlier import EarlierMatters
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.facts.licences import LicenceFacts
from mobile_hrp.domain.policy.facts.loans import OpenLoans
from mobile_hrp.domain.policy.facts.payees import PayeeAccounts
from mobile_hrp.domain.policy.facts.people import Ranks
from mobile_hrp.domain.policy.facts.periods import PeriodFacts
from mobile_hrp.domain.policy.facts.procurement import ProcurementRecords
from mobile_hrp.domain.policy.facts.receipts import EarlierReceipts, OurTitle, ReceiptMatches
from mobile_hrp.domain.policy.facts.requests import PriorRequests
from mobile_hrp.domain.policy.facts.research import LaborRecipients, ResearchFacts
from mobile_hrp.domain.policy.facts.roster import RosterFacts
from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.domain.policy.facts.spending import RecentSpending
from mobile_hrp.domain.policy.facts.stock import StockFacts
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts, SupplierFacts
from mobile_hrp.domain.policy.facts.whereabouts import Whereabouts
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.accounts import load_account_change, load_periods
from mobile_hrp.services.policy.facts.budget import load_budget_check
from mobile_hrp.services.policy.facts.contracts import (
    load_contracts,
    load_deliveries,
    load_procurement_records,
)
from mobile_hrp.services.policy.facts.decisions import (
    load_collective_decision,
    load_delegation,
    load_device,
    load_snapshot,
)
from mobile_hrp.services.policy.facts.duties import load_planned_duties
from mobile_hrp.services.policy.facts.goods import load_licences, load_similar_assets, load_stock
from mobile_hrp.services.policy.facts.loans import load_open_loans
from mobile_hrp.services.policy.facts.papers import load_attached_files, load_earlier_matters
from mobile_hrp.services.policy.facts.payees import load_payee_accounts
from mobile_hrp.services.policy.facts.performance import load_distribution, load_objections
from mobile_hrp.services.policy.facts.ranks import load_ranks
from mobile_hrp.services.policy.facts.receipts import (
    load_earlier_receipts,
    load_our_title,
    load_receipt_matches,
)
from mobile_hrp.services.policy.facts.requests import load_prior_requests
from mobile_hrp.services.policy.facts.research import load_labor_recipients, load_research
from mobile_hrp.services.policy.facts.spending import load_recent_spending
from mobile_hrp.services.policy.facts.staffing import load_leave, load_roster
from mobile_hrp.services.policy.facts.suppliers import load_donation, load_suppliers
from mobile_hrp.services.policy.facts.whereabouts import load_whereabouts


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
        BudgetCheck: load_budget_check,
        CollectiveDecision: load_collective_decision,
        Contracts: load_contracts,
        DelegationFacts: load_delegation,
        Deliveries: load_deliveries,
        DeviceFacts: load_device,
        DistributionFacts: load_distribution,
        DonationFacts: load_donation,
        EarlierMatters: load_earlier_matters,
        EarlierReceipts: load_earlier_receipts,
        LaborRecipients: load_labor_recipients,
        LeaveFacts: load_leave,
        LicenceFacts: load_licences,
        ObjectionFacts: load_objections,
        OpenLoans: load_open_loans,
        OurTitle: load_our_title,
        PayeeAccounts: load_payee_accounts,
        PeriodFacts: load_periods,
        PlannedDuties: load_planned_duties,
        PriorRequests: load_prior_requests,
        ProcurementRecords: load_procurement_records,
        Ranks: load_ranks,
        ReceiptMatches: load_receipt_matches,
        RecentSpending: load_recent_spending,
        ResearchFacts: load_research,
        RosterFacts: load_roster,
        SimilarAssets: load_similar_assets,
        SnapshotFacts: load_snapshot,
        StockFacts: load_stock,
        SupplierFacts: load_suppliers,
        Whereabouts: load_whereabouts,
    }
)
