"""All object types and root fields that can be compiled."""

from collections.abc import Mapping

from mobile_hrp.graphql.compiled.mapping import ObjectMap
from mobile_hrp.graphql.compiled.payloads import PayloadRoot
from mobile_hrp.graphql.compiled.roots import Root
from mobile_hrp.graphql.compiled.subjects import (
    approvals,
    documents,
    inbox,
    money,
    offices,
    organization,
    receipts,
)

TYPES: Mapping[str, ObjectMap] = {
    **approvals.TYPES,
    **documents.TYPES,
    **inbox.TYPES,
    **money.TYPES,
    **offices.TYPES,
    **organization.TYPES,
    **receipts.TYPES,
}
ROOTS: Mapping[str, Root] = {
    **approvals.ROOTS,
    **documents.ROOTS,
    **inbox.ROOTS,
    **receipts.ROOTS,
}
PAYLOADS: Mapping[str, Mapping[str, PayloadRoot]] = {
    **documents.PAYLOADS,
    **inbox.PAYLOADS,
    **money.PAYLOADS,
    **offices.PAYLOADS,
}
"""By the payload's type and its field: objects that are told with the work of a mutation."""
PULSES = inbox.PULSES
