"""Who may see, export and answer for payment orders. Who asked or decided does not pay."""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select

from mobile_hrp.domain.approval.terms import NodeKind
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.models.approval import ApprovalDecision, ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.models.payment import PaymentOrder
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.askers import Asker
from mobile_hrp.services.vouchers.access import documents_reached


def reached_orders(viewer: Asker, permission: Permission) -> Select[PaymentOrder]:
    """Orders of documents the permission reaches."""
    return (
        select(PaymentOrder)
        .join(
            Document,
            (Document.hospital_id == PaymentOrder.hospital_id)
            & (Document.id == PaymentOrder.document_id),
        )
        .where(documents_reached(viewer, permission))
    )


async def require_orders(
    session: AnySession,
    *,
    viewer: Viewer,
    permission: Permission,
    order_ids: Sequence[uuid.UUID],
    path: str,
) -> None:
    """Raise Refusal NOT_FOUND for an order that is not there or not in the permission's reach."""
    viewer.require_held(permission)
    found = await session.scalars(
        reached_orders(viewer, permission).where(PaymentOrder.id.in_(order_ids))
    )
    known = {order.id for order in found}
    if missing := [key for key in order_ids if key not in known]:
        place = f"{path}.{order_ids.index(missing[0])}" if len(order_ids) > 1 else path
        raise Refusal("NOT_FOUND", path=place)


async def require_other_person(
    session: AnySession, *, staff_id: uuid.UUID, document: Document, scenario: Scenario, order: str
) -> None:
    """Raise PAYMENT_SEPARATION for whoever asked for the document or decided on it.

    Having paid it is no obstacle: the cashier who paid also records that it came back.
    """
    paying = {node.key for node in scenario.nodes if node.kind is NodeKind.PAY}
    rows = await session.execute(
        select(
            ApprovalDecision.actor_id, ApprovalDecision.on_behalf_of_id, ApprovalDecision.node_key
        )
        .join(
            ApprovalInstance,
            (ApprovalInstance.hospital_id == ApprovalDecision.hospital_id)
            & (ApprovalInstance.id == ApprovalDecision.instance_id),
        )
        .where(ApprovalInstance.document_id == document.id)
    )
    involved: set[uuid.UUID | None] = {document.requester_id}
    for actor_id, on_behalf_of_id, node_key in rows:
        if node_key not in paying:
            involved |= {actor_id, on_behalf_of_id}
    if staff_id in involved:
        raise Refusal("PAYMENT_SEPARATION", path="orderId", order=order)
