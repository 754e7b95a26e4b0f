"""What the schema is made of: one line per subject."""

from mobile_hrp.resolvers.identity import IdentityMutation, IdentityQuery
from mobile_hrp.resolvers.receipts import ReceiptMutation, ReceiptQuery

QUERIES: tuple[type, ...] = (
    IdentityQuery,
    ReceiptQuery,
)
MUTATIONS: tuple[type, ...] = (
    IdentityMutation,
    ReceiptMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = ()
