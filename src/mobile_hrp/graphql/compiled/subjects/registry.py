"""All object types and root fields that can be compiled."""

from collections.abc import Mapping

from mobile_hrp.graphql.compiled.mapping import ObjectMap
from mobile_hrp.graphql.compiled.roots import Root
from mobile_hrp.graphql.compiled.subjects import (
    approvals,
    documents,
    inbox,
    organization,
    receipts,
)

TYPES: Mapping[str, ObjectMap] = {
    **approvals.TYPES,
    **documents.TYPES,
    **inbox.TYPES,
    **organization.TYPES,
    **receipts.TYPES,
}
ROOTS: Mapping[str, Root] = {
    **approvals.ROOTS,
    **documents.ROOTS,
    **inbox.ROOTS,
    **receipts.ROOTS,
}
PULSES = inbox.PULSES
