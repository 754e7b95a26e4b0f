"""Payment orders: what is to be paid, files for the bank, what became of each."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.payment.orders import Result
from mobile_hrp.domain.payment.terms import (
    FileEncoding,
    FileFormat,
    PaymentOutcome,
    PaymentState,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.payments import (
    ExportPaymentsPayload,
    PaymentBatchType,
    PaymentFileType,
    PaymentOrderPayload,
    PaymentOrderType,
)
from mobile_hrp.models.payment import PaymentBatch, PaymentBatchItem, PaymentOrder
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.payees import AccountSealer
from mobile_hrp.services.payment_access import reached_orders, require_orders
from mobile_hrp.services.payment_export import (
    ExportRequest,
    copy_batch,
    export_orders,
    file_of,
)
from mobile_hrp.services.payment_results import cancel_by_hand, record_by_hand

_VIEW = needs(Permission.VOUCHER_VIEW)
_PAY = needs(Permission.PAYMENT_EXECUTE)


@strawberry.input(description="Which orders; what is left out does not narrow.")
class PaymentOrderFilterInput:
    states: list[PaymentState] | None = None
    document_id: strawberry.ID | None = None


@strawberry.input(description="Orders for a new file, or the batch to make a marked copy of.")
class ExportPaymentsInput:
    idempotency_key: str
    order_ids: list[strawberry.ID] | None = None
    batch_id: strawberry.ID | None = None
    file_format: FileFormat = FileFormat.BANK
    encoding: FileEncoding = FileEncoding.UTF_8
    reason: str = strawberry.field(
        default="", description="Why it is paid although a finding asks for a reason."
    )


@strawberry.input
class RecordPaymentResultInput:
    idempotency_key: str
    order_id: strawberry.ID
    outcome: PaymentOutcome
    amount: Money = strawberry.field(description="What the slip says; must be the order's.")
    reference: str = strawberry.field(default="", description="支付流水号")
    reason: str = ""


@strawberry.input
class CancelPaymentOrderInput:
    idempotency_key: str
    order_id: strawberry.ID
    reason: str


@strawberry.type
class PaymentQuery:
    @field(_VIEW, description="Payment orders I may see, newest first.")
    async def payment_orders(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: PaymentOrderFilterInput | None = None,
    ) -> Connection[PaymentOrderType]:
        statement = reached_orders(info.context.require_viewer(), Permission.VOUCHER_VIEW)
        if filter is not None and filter.states is not None:
            statement = statement.where(PaymentOrder.state.in_(filter.states))
        document = decode_optional_id(
            "Document", filter.document_id if filter else None, path="filter.documentId"
        )
        if document is not None:
            statement = statement.where(PaymentOrder.document_id == document)
        paged = newest_first(
            statement, PaymentOrder.created_at, PaymentOrder.id, first=first, after=after
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(paged)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.created_at, row.id),
            node=PaymentOrderType.of,
        )

    @field(_VIEW, description="One payment order I may see.")
    async def payment_order(self, info: Info, id: strawberry.ID) -> PaymentOrderType | None:
        key = decode_id("PaymentOrder", id)
        async with info.context.reading() as session:
            row = await _order(session, info.context.require_viewer(), key)
        return PaymentOrderType.of(row) if row else None

    @field(_PAY, description="The files exported for the bank, newest first.")
    async def payment_batches(
        self, info: Info, first: int, after: str | None = None
    ) -> Connection[PaymentBatchType]:
        statement = newest_first(
            select(PaymentBatch).where(
                PaymentBatch.id.in_(_reached_batches(info.context.require_viewer()))
            ),
            PaymentBatch.exported_at,
            PaymentBatch.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.exported_at, row.id),
            node=PaymentBatchType.of,
        )


@strawberry.type
class PaymentMutation:
    @mutation(_PAY, description="Put orders into one file for the bank, or copy a file.")
    async def export_payments(
        self, info: Info, input: ExportPaymentsInput
    ) -> ExportPaymentsPayload:
        sealer = AccountSealer(info.context.services.doors.box)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            return await _export(session, viewer, input, sealer, now=now)

        outcome = await perform(
            info,
            operation="exportPayments",
            key=input.idempotency_key,
            body={
                "orders": input.order_ids,
                "batch": input.batch_id,
                "format": input.file_format.value,
                "encoding": input.encoding.value,
                "reason": input.reason,
            },
            work=work,
        )
        return await _exported(info, outcome, sealer)

    @mutation(_PAY, description="Record by hand what became of an order.")
    async def record_payment_result(
        self, info: Info, input: RecordPaymentResultInput
    ) -> PaymentOrderPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = await _payable(session, viewer, input.order_id)
            result = Result(
                input.outcome,
                reference=input.reference,
                amount_fen=input.amount.at("amount"),
                reason=input.reason,
            )
            await record_by_hand(session, viewer=viewer, order_id=key, result=result, now=now)
            return {"order_id": str(key)}

        outcome = await perform(
            info,
            operation="recordPaymentResult",
            key=input.idempotency_key,
            body={
                "order": input.order_id,
                "outcome": input.outcome.value,
                "amount": input.amount.fen,
                "reference": input.reference,
                "reason": input.reason,
            },
            work=work,
        )
        return await _payload(info, outcome)

    @mutation(_PAY, description="An order is not to be paid; its budget is free again.")
    async def cancel_payment_order(
        self, info: Info, input: CancelPaymentOrderInput
    ) -> PaymentOrderPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = await _payable(session, viewer, input.order_id)
            await cancel_by_hand(session, viewer=viewer, order_id=key, reason=input.reason, now=now)
            return {"order_id": str(key)}

        outcome = await perform(
            info,
            operation="cancelPaymentOrder",
            key=input.idempotency_key,
            body={"order": input.order_id, "reason": input.reason},
            work=work,
        )
        return await _payload(info, outcome)


async def _payable(session: AnySession, viewer: Viewer, order_id: strawberry.ID) -> uuid.UUID:
    key = decode_id("PaymentOrder", order_id, path="orderId")
    await require_orders(
        session,
        viewer=viewer,
        permission=Permission.PAYMENT_EXECUTE,
        order_ids=[key],
        path="orderId",
    )
    return key


async def _export(
    session: WriteSession,
    viewer: Viewer,
    given: ExportPaymentsInput,
    sealer: AccountSealer,
    *,
    now: datetime,
) -> Mapping[str, Any]:
    """The batch, and which copy of it; 0 for the file itself."""
    if given.batch_id is not None and not given.order_ids:
        key = decode_id("PaymentBatch", given.batch_id, path="batchId")
        reached = await session.scalar(
            select(PaymentBatch.id).where(
                PaymentBatch.id == key, PaymentBatch.id.in_(_reached_batches(viewer))
            )
        )
        if reached is None:
            raise Refusal("NOT_FOUND", path="batchId")
        copy = await copy_batch(session, viewer=viewer, batch_id=key, sealer=sealer, now=now)
        return {"batch_id": str(key), "copy": copy}
    order_ids = tuple(
        decode_id("PaymentOrder", one, path=f"orderIds.{position}")
        for position, one in enumerate(given.order_ids or ())
    )
    await require_orders(
        session,
        viewer=viewer,
        permission=Permission.PAYMENT_EXECUTE,
        order_ids=order_ids,
        path="orderIds",
    )
    request = ExportRequest(order_ids, given.file_format, given.encoding, given.reason)
    batch = await export_orders(session, viewer=viewer, request=request, sealer=sealer, now=now)
    return {"batch_id": str(batch.id), "copy": 0}


def _reached_batches(viewer: Viewer) -> Any:
    """Files with nothing in them but orders the viewer may pay."""
    reached = reached_orders(viewer, Permission.PAYMENT_EXECUTE).with_only_columns(PaymentOrder.id)
    others = select(PaymentBatchItem.batch_id).where(PaymentBatchItem.order_id.not_in(reached))
    return select(PaymentBatch.id).where(PaymentBatch.id.not_in(others))


async def _order(session: AnySession, viewer: Viewer, key: uuid.UUID) -> PaymentOrder | None:
    row: PaymentOrder | None = await session.scalar(
        reached_orders(viewer, Permission.VOUCHER_VIEW).where(PaymentOrder.id == key)
    )
    return row


async def _payload(info: Info, outcome: Outcome) -> PaymentOrderPayload:
    async def read(result: Mapping[str, Any]) -> PaymentOrderType | None:
        viewer, key = info.context.require_viewer(), uuid.UUID(result["order_id"])
        async with info.context.reading() as session:
            row = await _order(session, viewer, key)
        return PaymentOrderType.of(row) if row else None

    return PaymentOrderPayload(
        payment_order=await outcome.object("paymentOrder", read),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


async def _exported(info: Info, outcome: Outcome, sealer: AccountSealer) -> ExportPaymentsPayload:
    """The bytes are written anew from what was stored: a retry gets the very same file."""
    if outcome.result is None:
        return ExportPaymentsPayload(
            batch=None, file=None, user_errors=outcome.errors, replayed=outcome.replayed
        )
    async with info.context.reading() as session:
        batch = await session.get_one(
            PaymentBatch,
            (info.context.require_viewer().hospital_id, uuid.UUID(outcome.result["batch_id"])),
        )
        written = await file_of(
            session, batch=batch, copy=int(outcome.result["copy"]), sealer=sealer
        )
    return ExportPaymentsPayload(
        batch=PaymentBatchType.of(batch),
        file=PaymentFileType.of(written),
        user_errors=[],
        replayed=outcome.replayed,
    )
