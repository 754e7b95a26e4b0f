"""Files for the bank: export orders once, hand out copies that say that they are copies."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.payment.files import BatchHead, FileRow, PaymentFile, write_file
from mobile_hrp.domain.payment.orders import require_exportable
from mobile_hrp.domain.payment.terms import FileEncoding, FileFormat, PaymentState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.models.document import Document, DocumentCounter
from mobile_hrp.models.payment import PaymentBatch, PaymentBatchItem, PaymentOrder
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, payments, scenarios
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.payees import AccountSealer, accounts_by_id
from mobile_hrp.services.payment_access import require_other_person

ORDERS_MAX = 200
_COUNTER = "PAYMENT"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """``order_ids`` in the order they shall stand in the file; ``reason`` answers findings."""

    order_ids: tuple[uuid.UUID, ...]
    file_format: FileFormat
    encoding: FileEncoding
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Chosen:
    order: PaymentOrder
    document: Document
    scenario: Scenario


async def export_orders(
    session: WriteSession,
    *,
    viewer: Viewer,
    request: ExportRequest,
    sealer: AccountSealer,
    now: datetime,
) -> PaymentBatch:
    """Put the orders into one file; all of them or none. The caller has checked the reach.

    Raises:
        Refusal: PAYMENT_NOTHING_TO_EXPORT, PAYMENT_ALREADY_EXPORTED, PAYMENT_STATE,
            PAYMENT_SEPARATION, PAYEE_… and FINDING_… of what must not be paid.
    """
    wanted = tuple(dict.fromkeys(request.order_ids))
    if not 1 <= len(wanted) <= ORDERS_MAX:
        raise Refusal("PAYMENT_NOTHING_TO_EXPORT", path="orderIds", maximum=ORDERS_MAX)
    chosen = await _lock(session, wanted)
    for position, one in enumerate(chosen):
        path = f"orderIds.{position}"
        await _require_allowed(session, viewer, one, path=path, reason=request.reason, now=now)
    dated = await budget_day(session, viewer.hospital_id, now)
    batch = PaymentBatch(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        number=await _next_number(session, viewer.hospital_id, f"{dated:%Y%m%d}"),
        file_format=request.file_format,
        encoding=request.encoding,
        dated=dated,
        order_count=len(chosen),
        total_fen=sum(one.order.amount_fen for one in chosen),
        sha256="",
        copies=0,
        exported_by=viewer.staff_id,
        exported_at=now,
    )
    items = [_item(batch, one, position) for position, one in enumerate(chosen)]
    written = await _written(session, batch, items, 0, sealer)
    batch.sha256 = written.sha256
    session.add(batch)
    await session.flush()
    session.add_all(items)
    for one in chosen:
        one.order.state, one.order.changed_at = PaymentState.EXPORTED, now
        one.order.version += 1
    await session.flush()
    await _record(session, batch, "payment.export", written, actor_id=viewer.staff_id, now=now)
    return batch


async def copy_batch(
    session: WriteSession,
    *,
    viewer: Viewer,
    batch_id: uuid.UUID,
    sealer: AccountSealer,
    now: datetime,
) -> int:
    """One more copy of a file; answers with its number. Raises Refusal NOT_FOUND."""
    batch = await session.scalar(
        select(PaymentBatch)
        .where(PaymentBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise Refusal("NOT_FOUND", path="batchId")
    batch.copies += 1
    await session.flush()
    written = await file_of(session, batch=batch, copy=batch.copies, sealer=sealer)
    await _record(session, batch, "payment.copy", written, actor_id=viewer.staff_id, now=now)
    return batch.copies


async def file_of(
    session: AnySession, *, batch: PaymentBatch, copy: int, sealer: AccountSealer
) -> PaymentFile:
    """The bytes of a batch's file, or of a copy of it; the same every time."""
    rows = await session.scalars(
        select(PaymentBatchItem)
        .where(PaymentBatchItem.batch_id == batch.id)
        .order_by(PaymentBatchItem.position)
    )
    return await _written(session, batch, rows.all(), copy, sealer)


async def _written(
    session: AnySession,
    batch: PaymentBatch,
    items: Sequence[PaymentBatchItem],
    copy: int,
    sealer: AccountSealer,
) -> PaymentFile:
    accounts = await accounts_by_id(session, [item.payee_account_id for item in items])
    numbers = await session.execute(
        select(PaymentOrder.id, PaymentOrder.number).where(
            PaymentOrder.id.in_([item.order_id for item in items])
        )
    )
    known = {row.id: row.number for row in numbers}
    rows = []
    for item in items:
        details = sealer.open(accounts[item.payee_account_id])
        rows.append(
            FileRow(
                order_number=known[item.order_id],
                holder=details.holder,
                account=details.number,
                bank_name=details.bank_name,
                bank_code=details.bank_code,
                amount_fen=item.amount_fen,
                purpose=item.purpose,
            )
        )
    head = BatchHead(batch.number, batch.dated, copy)
    return write_file(head, rows, batch.file_format, batch.encoding)


async def _lock(session: WriteSession, wanted: Sequence[uuid.UUID]) -> list[_Chosen]:
    """The documents in id order, then the orders in id order, as everybody locks them."""
    found = await session.execute(
        select(PaymentOrder.id, PaymentOrder.document_id).where(PaymentOrder.id.in_(wanted))
    )
    document_of = {row.id: row.document_id for row in found}
    documents = {
        key: await lock_document(session, key) for key in sorted(set(document_of.values()))
    }
    locked = await session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.id.in_(wanted))
        .order_by(PaymentOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    orders = {order.id: order for order in locked}
    chosen = []
    for position, key in enumerate(wanted):
        if key not in orders:
            raise Refusal("NOT_FOUND", path=f"orderIds.{position}")
        document = documents[orders[key].document_id]
        scenario = await scenarios.of_document(session, document)
        chosen.append(_Chosen(orders[key], document, scenario))
    return chosen


async def _require_allowed(
    session: WriteSession,
    viewer: Viewer,
    one: _Chosen,
    *,
    path: str,
    reason: str,
    now: datetime,
) -> None:
    await require_other_person(
        session,
        staff_id=viewer.staff_id,
        document=one.document,
        scenario=one.scenario,
        order=one.order.number,
    )
    if one.order.state.open and not one.order.state.with_bank:
        await payments.require_account(session, document=one.document, order=one.order, now=now)
        await payments.make_ready(session, document=one.document, orders=[one.order], now=now)
    require_exportable(payments.facts_of(one.order), path=path)
    await payments.pass_pay_controls(
        session,
        viewer=viewer,
        document=one.document,
        scenario=one.scenario,
        reason=reason,
        now=now,
    )


def _item(batch: PaymentBatch, one: _Chosen, position: int) -> PaymentBatchItem:
    account_id = one.order.payee_account_id
    if account_id is None:  # an exportable order has one: require_account was asked
        raise Refusal("PAYEE_NOT_REGISTERED", path="payee", order=one.order.number)
    return PaymentBatchItem(
        hospital_id=batch.hospital_id,
        id=new_id(),
        batch_id=batch.id,
        position=position,
        order_id=one.order.id,
        payee_account_id=account_id,
        amount_fen=one.order.amount_fen,
        purpose=f"{one.scenario.name.zh} {one.document.number}",
    )


async def _next_number(session: WriteSession, hospital_id: int, day: str) -> str:
    prefix = f"{_COUNTER}-{day}"
    taken = await session.execute(
        insert(DocumentCounter)
        .values(hospital_id=hospital_id, prefix=prefix, last_number=1)
        .on_conflict_do_update(
            index_elements=["hospital_id", "prefix"],
            set_={"last_number": DocumentCounter.last_number + 1},
        )
        .returning(DocumentCounter.last_number)
    )
    return f"{prefix}-{taken.scalar_one():04d}"


async def _record(
    session: WriteSession,
    batch: PaymentBatch,
    action: str,
    written: PaymentFile,
    *,
    actor_id: uuid.UUID,
    now: datetime,
) -> None:
    await audit.record(
        session,
        hospital_id=batch.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="payment_batch",
        subject_id=batch.id,
        detail={
            "batch": batch.number,
            "orders": written.count,
            "total_fen": written.total_fen,
            "sha256": written.sha256,
        },
        now=now,
    )
