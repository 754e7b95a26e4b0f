"""Hourly: payment orders whose payee's account has cooled off become ready by themselves."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.payment.terms import PaymentState
from mobile_hrp.models.payment import PaymentOrder
from mobile_hrp.runtime.database import AnySession, Database
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.payments import lock_orders, make_ready

_BATCH = 500
_log = structlog.get_logger(__name__)


async def release_cooled(database: Database, hospital_id: int, now: datetime) -> None:
    """Look at the orders that wait for their payee's account, document by document."""
    async with database.reading(hospital_id) as reading:
        waiting = await _waiting(reading)
    for document_id in waiting:
        try:
            async with database.transaction(hospital_id) as writing:
                document = await lock_document(writing, document_id)
                orders = await lock_orders(writing, document_id)
                await make_ready(writing, document=document, orders=orders, now=now)
        except DBAPIError as problem:  # somebody has it in hand: the next round finds it again
            sqlstate = getattr(problem.orig, "sqlstate", None)
            _log.info("payment order waits", document=str(document_id), sqlstate=sqlstate)


async def _waiting(session: AnySession) -> Sequence[uuid.UUID]:
    found = await session.scalars(
        select(PaymentOrder.document_id)
        .where(PaymentOrder.state == PaymentState.DRAFT, PaymentOrder.payee_account_id.is_not(None))
        .distinct()
        .order_by(PaymentOrder.document_id)
        .limit(_BATCH)
    )
    return found.all()
