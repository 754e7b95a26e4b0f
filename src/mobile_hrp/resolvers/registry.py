"""What the schema is made of: one line per subject."""

from mobile_hrp.resolvers.action_tokens import ActionTokenMutation
from mobile_hrp.resolvers.amendments import AmendmentMutation
from mobile_hrp.resolvers.approval_actions import DocumentActionMutation, TaskActionMutation
from mobile_hrp.resolvers.approval_batches import BatchMutation
from mobile_hrp.resolvers.approvals import ApprovalQuery, ApprovalSubscription
from mobile_hrp.resolvers.archive import ArchiveMutation, ArchiveQuery
from mobile_hrp.resolvers.budget import BudgetMutation, BudgetQuery
from mobile_hrp.resolvers.budget_import import BudgetImportMutation, BudgetImportQuery
from mobile_hrp.resolvers.budget_planning import BudgetPlanningQuery
from mobile_hrp.resolvers.calendar import CalendarMutation, CalendarQuery
from mobile_hrp.resolvers.dashboards import DashboardMutation, DashboardQuery
from mobile_hrp.resolvers.data_exports import DataExportMutation, DataExportQuery
from mobile_hrp.resolvers.documents import DocumentMutation, DocumentQuery
from mobile_hrp.resolvers.efficiency import EfficiencyQuery
from mobile_hrp.resolvers.findings import FindingMutation, FindingQuery
from mobile_hrp.resolvers.identity import IdentityMutation, IdentityQuery
from mobile_hrp.resolvers.inbox import InboxMutation, InboxQuery, InboxSubscription
from mobile_hrp.resolvers.indicator_thresholds import (
    IndicatorThresholdMutation,
    IndicatorThresholdQuery,
)
from mobile_hrp.resolvers.indicators import IndicatorMutation, IndicatorQuery
from mobile_hrp.resolvers.loans import LoanMutation, LoanQuery
from mobile_hrp.resolvers.notification_operations import (
    NotificationOperationsMutation,
    NotificationOperationsQuery,
)
from mobile_hrp.resolvers.notification_settings import (
    NotificationSettingsMutation,
    NotificationSettingsQuery,
)
from mobile_hrp.resolvers.payees import PayeeMutation, PayeeQuery
from mobile_hrp.resolvers.payments import PaymentMutation, PaymentQuery
from mobile_hrp.resolvers.performance import PerformanceMutation, PerformanceQuery
from mobile_hrp.resolvers.performance_cards import PerformanceCardQuery
from mobile_hrp.resolvers.performance_disputes import (
    PerformanceDisputeMutation,
    PerformanceDisputeQuery,
)
from mobile_hrp.resolvers.performance_office import (
    PerformanceOfficeMutation,
    PerformanceOfficeQuery,
)
from mobile_hrp.resolvers.performance_views import PerformanceViewMutation, PerformanceViewQuery
from mobile_hrp.resolvers.policy_packages import PolicyPackageMutation, PolicyPackageQuery
from mobile_hrp.resolvers.proxies import ProxyMutation, ProxyQuery
from mobile_hrp.resolvers.receipt_actions import ReceiptActionMutation
from mobile_hrp.resolvers.receipt_captures import (
    ReceiptCaptureMutation,
    ReceiptCaptureSubscription,
)
from mobile_hrp.resolvers.receipts import ReceiptMutation, ReceiptQuery
from mobile_hrp.resolvers.reference_facts import ReferenceFactMutation, ReferenceFactQuery
from mobile_hrp.resolvers.resubmissions import ResubmissionMutation
from mobile_hrp.resolvers.scenarios import ScenarioMutation, ScenarioQuery
from mobile_hrp.resolvers.value import ValueMutation, ValueQuery
from mobile_hrp.resolvers.vouchers import VoucherMutation, VoucherQuery

QUERIES: tuple[type, ...] = (
    ApprovalQuery,
    ArchiveQuery,
    BudgetImportQuery,
    BudgetPlanningQuery,
    BudgetQuery,
    CalendarQuery,
    DashboardQuery,
    DataExportQuery,
    DocumentQuery,
    EfficiencyQuery,
    FindingQuery,
    IdentityQuery,
    InboxQuery,
    IndicatorQuery,
    IndicatorThresholdQuery,
    LoanQuery,
    NotificationOperationsQuery,
    NotificationSettingsQuery,
    PayeeQuery,
    PaymentQuery,
    PerformanceCardQuery,
    PerformanceDisputeQuery,
    PerformanceOfficeQuery,
    PerformanceQuery,
    PerformanceViewQuery,
    PolicyPackageQuery,
    ProxyQuery,
    ReceiptQuery,
    ReferenceFactQuery,
    ScenarioQuery,
    ValueQuery,
    VoucherQuery,
)
MUTATIONS: tuple[type, ...] = (
    ActionTokenMutation,
    AmendmentMutation,
    ArchiveMutation,
    BatchMutation,
    BudgetImportMutation,
    BudgetMutation,
    CalendarMutation,
    DashboardMutation,
    DataExportMutation,
    DocumentActionMutation,
    DocumentMutation,
    FindingMutation,
    IdentityMutation,
    InboxMutation,
    IndicatorMutation,
    IndicatorThresholdMutation,
    LoanMutation,
    NotificationOperationsMutation,
    NotificationSettingsMutation,
    PayeeMutation,
    PaymentMutation,
    PerformanceDisputeMutation,
    PerformanceMutation,
    PerformanceOfficeMutation,
    PerformanceViewMutation,
    PolicyPackageMutation,
    ProxyMutation,
    ReceiptActionMutation,
    ReceiptCaptureMutation,
    ReceiptMutation,
    ReferenceFactMutation,
    ResubmissionMutation,
    ScenarioMutation,
    TaskActionMutation,
    ValueMutation,
    VoucherMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (
    ApprovalSubscription,
    InboxSubscription,
    ReceiptCaptureSubscription,
)
