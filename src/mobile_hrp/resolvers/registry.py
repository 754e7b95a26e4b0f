"""What the schema is made of: one line per subject."""

from mobile_hrp.resolvers.approvals import ApprovalMutation, ApprovalQuery
from mobile_hrp.resolvers.documents import DocumentMutation, DocumentQuery
from mobile_hrp.resolvers.identity import IdentityMutation, IdentityQuery
from mobile_hrp.resolvers.inbox import InboxMutation, InboxQuery, InboxSubscription
from mobile_hrp.resolvers.receipts import ReceiptMutation, ReceiptQuery

QUERIES: tuple[type, ...] = (
    ApprovalQuery,
    DocumentQuery,
    IdentityQuery,
    InboxQuery,
    ReceiptQuery,
)
MUTATIONS: tuple[type, ...] = (
    ApprovalMutation,
    DocumentMutation,
    IdentityMutation,
    InboxMutation,
    ReceiptMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (InboxSubscription,)
