"""Upload, look at and confirm receipts."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.receipts import ReceiptPayload, ReceiptType
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import receipts

_UPLOAD = needs(Permission.RECEIPTS_UPLOAD)


@strawberry.input(description="One file to keep and read. The id is made by the phone.")
class UploadReceiptInput:
    idempotency_key: str
    receipt_id: strawberry.ID
    qr_text: str | None = strawberry.field(
        default=None, description="What the phone's own scanner read, as a hint."
    )


@strawberry.input(description="What a person says a field is.")
class FieldCorrectionInput:
    name: str
    value: str


@strawberry.input
class ConfirmReceiptInput:
    idempotency_key: str
    receipt_id: strawberry.ID
    fields: list[FieldCorrectionInput]
    reason: str | None = None


@strawberry.type
class ReceiptQuery:
    @field(_UPLOAD, description="A receipt of my own.")
    async def receipt(self, info: Info, id: strawberry.ID) -> ReceiptType | None:
        key = decode_id("Receipt", id)
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            row = await session.scalar(
                select(Receipt).where(Receipt.id == key, Receipt.uploaded_by == viewer.staff_id)
            )
        return ReceiptType.of(row) if row else None

    @field(_UPLOAD, description="My receipts (票夹), newest first.")
    async def my_receipts(
        self, info: Info, first: int, after: str | None = None
    ) -> Connection[ReceiptType]:
        viewer = info.context.require_viewer()
        statement = newest_first(
            select(Receipt).where(Receipt.uploaded_by == viewer.staff_id),
            Receipt.created_at,
            Receipt.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row.created_at, row.id), node=ReceiptType.of
        )


@strawberry.type
class ReceiptMutation:
    @mutation(_UPLOAD, description="Keep one receipt file and have it read.")
    async def upload_receipt(
        self, info: Info, input: UploadReceiptInput, file: UploadFile
    ) -> ReceiptPayload:
        viewer = info.context.require_viewer()
        services = info.context.services
        data = await file.read()
        try:
            receipt_id = decode_id("Receipt", input.receipt_id, path="receiptId")
            original = await receipts.keep_original(
                objects=services.objects,
                pool=services.inspection,
                hospital_id=viewer.hospital_id,
                data=data,
                name=file.filename or "",
            )
        except Refusal as refusal:
            return ReceiptPayload(
                receipt=None, user_errors=user_errors(refusal, info.context.locale)
            )

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await receipts.register_upload(
                session,
                viewer=viewer,
                receipt_id=receipt_id,
                original=original,
                qr_hint=input.qr_text,
                now=now,
            )
            return {"receipt_id": str(row.id)}

        outcome = await perform(
            info,
            operation="uploadReceipt",
            key=input.idempotency_key,
            body={"receipt": receipt_id, "sha256": hashlib.sha256(data).hexdigest()},
            work=work,
        )
        return await _payload(info, outcome)

    @mutation(_UPLOAD, description="Confirm a receipt, correcting fields where they are wrong.")
    async def confirm_receipt(self, info: Info, input: ConfirmReceiptInput) -> ReceiptPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await receipts.confirm_fields(
                session,
                viewer=viewer,
                receipt_id=decode_id("Receipt", input.receipt_id, path="receiptId"),
                corrections=[receipts.Correction(one.name, one.value) for one in input.fields],
                reason=input.reason,
                now=now,
            )
            return {"receipt_id": str(row.id)}

        fields = [[one.name, one.value] for one in input.fields]
        outcome = await perform(
            info,
            operation="confirmReceipt",
            key=input.idempotency_key,
            body={"receipt": input.receipt_id, "fields": fields, "reason": input.reason},
            work=work,
        )
        return await _payload(info, outcome)


async def _payload(info: Info, outcome: Outcome) -> ReceiptPayload:
    row = None
    if outcome.result is not None:
        async with info.context.reading() as session:
            row = await session.scalar(
                select(Receipt).where(Receipt.id == outcome.result["receipt_id"])
            )
    return ReceiptPayload(
        receipt=ReceiptType.of(row) if row else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
