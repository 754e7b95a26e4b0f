"""What the schema is made of: one line per subject."""

from mobile_hrp.resolvers.identity import IdentityMutation, IdentityQuery
from mobile_hrp.resolvers.inbox import InboxMutation, InboxQuery, InboxSubscription
from mobile_hrp.resolvers.receipts import ReceiptMutation, ReceiptQuery

QUERIES: tuple[type, ...] = (
    IdentityQuery,
    InboxQuery,
    ReceiptQuery,
)
MUTATIONS: tuple[type, ...] = (
    IdentityMutation,
    InboxMutation,
    ReceiptMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (InboxSubscription,)
