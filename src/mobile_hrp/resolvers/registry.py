"""What the schema is made of: one line per subject."""

from mobile_hrp.resolvers.approvals import ApprovalMutation, ApprovalQuery
from mobile_hrp.resolvers.budget import BudgetMutation, BudgetQuery
from mobile_hrp.resolvers.documents import DocumentMutation, DocumentQuery
from mobile_hrp.resolvers.identity import IdentityMutation, IdentityQuery
from mobile_hrp.resolvers.inbox import InboxMutation, InboxQuery, InboxSubscription
from mobile_hrp.resolvers.performance import PerformanceMutation, PerformanceQuery
from mobile_hrp.resolvers.receipts import ReceiptMutation, ReceiptQuery
from mobile_hrp.resolvers.vouchers import VoucherMutation, VoucherQuery

QUERIES: tuple[type, ...] = (
    ApprovalQuery,
    BudgetQuery,
    DocumentQuery,
    IdentityQuery,
    InboxQuery,
    PerformanceQuery,
    ReceiptQuery,
    VoucherQuery,
)
MUTATIONS: tuple[type, ...] = (
    ApprovalMutation,
    BudgetMutation,
    DocumentMutation,
    IdentityMutation,
    InboxMutation,
    PerformanceMutation,
    ReceiptMutation,
    VoucherMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (InboxSubscription,)
