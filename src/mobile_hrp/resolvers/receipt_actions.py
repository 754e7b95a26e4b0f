"""What is done with receipts once they are read: cut, put on drafts, thrown out, verified."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.domain.receipts.verification import VerificationOutcome
from mobile_hrp.graphql.access import mutation, needs
from mobile_hrp.graphql.commands import Info, Work, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.documents import DocumentPayload
from mobile_hrp.graphql.types.receipts import ReceiptPayload, ReceiptType
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.resolvers.documents import document_payload
from mobile_hrp.resolvers.receipts import receipt_payload
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import receipt_attaching
from mobile_hrp.services.receipts import splitting as receipt_splitting
from mobile_hrp.services.receipts import store as receipts
from mobile_hrp.services.receipts import verification as receipt_verification
from mobile_hrp.services.receipts import wallet as receipt_wallet
from mobile_hrp.services.verification_http import is_offered

_UPLOAD = needs(Permission.RECEIPTS_UPLOAD)
_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)
_VERIFY = needs(Permission.RECEIPTS_OVERRIDE)


@strawberry.input(description="A receipt, and the key that makes sending twice sending once.")
class ReceiptActionInput:
    idempotency_key: str
    receipt_id: strawberry.ID


@strawberry.input(description="A part of the upright picture, relative: 0..1 from the top left.")
class ReceiptBoxInput:
    x0: float
    y0: float
    x1: float
    y1: float
    page: int = 0


@strawberry.input
class SplitPhotoInput:
    idempotency_key: str
    receipt_id: strawberry.ID
    boxes: list[ReceiptBoxInput]


@strawberry.input(description="Receipts of mine to put on a row of a draft of mine.")
class AttachReceiptsInput:
    idempotency_key: str
    document_id: strawberry.ID
    row_path: str = strawberry.field(
        description="values.lines.0 for a row, values.lines for new rows, values for the form."
    )
    receipt_ids: list[strawberry.ID]
    expected_version: int | None = None


@strawberry.input
class DetachReceiptInput:
    idempotency_key: str
    document_id: strawberry.ID
    receipt_id: strawberry.ID


@strawberry.input(description="That a person asked the tax bureau's site or the issuer.")
class ManualVerificationInput:
    idempotency_key: str
    receipt_id: strawberry.ID
    outcome: VerificationOutcome
    reason: str


@strawberry.type
class ReceiptActionMutation:
    @mutation(_UPLOAD, description="Read a receipt of mine again whose reading failed.")
    async def retry_reading(self, info: Info, input: ReceiptActionInput) -> ReceiptPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Receipt", input.receipt_id, path="receiptId")
            row = await receipts.retry_reading(session, viewer=viewer, receipt_id=key, now=now)
            return {"receipt_id": str(row.id)}

        return await _one(info, "retryReading", input, work)

    @mutation(_UPLOAD, description="Throw a receipt of mine out; it must not be on a document.")
    async def discard_receipt(self, info: Info, input: ReceiptActionInput) -> ReceiptPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Receipt", input.receipt_id, path="receiptId")
            row = await receipt_wallet.discard_receipt(
                session, viewer=viewer, receipt_id=key, now=now
            )
            return {"receipt_id": str(row.id)}

        return await _one(info, "discardReceipt", input, work)

    @mutation(_UPLOAD, description="Cut a picture of mine into the receipts it shows.")
    async def split_photo(self, info: Info, input: SplitPhotoInput) -> ReceiptPayload:
        boxes = [Box(one.page, one.x0, one.y0, one.x1, one.y1) for one in input.boxes]

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Receipt", input.receipt_id, path="receiptId")
            parts = await receipt_splitting.split_photo(
                session, viewer=viewer, receipt_id=key, boxes=boxes, now=now
            )
            return {"receipt_id": str(key), "parts": [str(part.id) for part in parts]}

        outcome = await perform(
            info,
            operation="splitPhoto",
            key=input.idempotency_key,
            body={
                "receipt": input.receipt_id,
                "boxes": [[str(one.x0), str(one.y0), str(one.x1), str(one.y1)] for one in boxes],
            },
            work=work,
        )
        payload = await receipt_payload(info, outcome)
        if outcome.result is not None:
            payload.parts = await _parts(info, outcome.result["parts"])
        return payload

    @mutation(_SUBMIT, description="Put receipts on a draft; empty amounts and days are filled.")
    async def attach_receipts(self, info: Info, input: AttachReceiptsInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            attaching = receipt_attaching.Attaching(
                document_id=decode_id("Document", input.document_id, path="documentId"),
                row_path=input.row_path,
                receipt_ids=tuple(
                    decode_id("Receipt", one, path=f"receiptIds.{index}")
                    for index, one in enumerate(input.receipt_ids)
                ),
                expected_version=input.expected_version,
            )
            document = await receipt_attaching.attach_receipts(
                session, viewer=viewer, attaching=attaching, now=now
            )
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="attachReceipts",
            key=input.idempotency_key,
            body={
                "document": input.document_id,
                "row": input.row_path,
                "receipts": list(input.receipt_ids),
                "expected": input.expected_version,
            },
            work=work,
        )
        return await document_payload(info, outcome)

    @mutation(_SUBMIT, description="Take a receipt off a draft; amounts that came from it follow.")
    async def detach_receipt(self, info: Info, input: DetachReceiptInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await receipt_attaching.detach_receipt(
                session,
                viewer=viewer,
                document_id=decode_id("Document", input.document_id, path="documentId"),
                receipt_id=decode_id("Receipt", input.receipt_id, path="receiptId"),
                now=now,
            )
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="detachReceipt",
            key=input.idempotency_key,
            body={"document": input.document_id, "receipt": input.receipt_id},
            work=work,
        )
        return await document_payload(info, outcome)

    @mutation(_VERIFY, description="Have a colleague's receipt verified with the tax bureau.")
    async def verify_receipt(self, info: Info, input: ReceiptActionInput) -> ReceiptPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await receipt_verification.request_verification(
                session,
                viewer=viewer,
                receipt_id=decode_id("Receipt", input.receipt_id, path="receiptId"),
                offered=is_offered(info.context.services.settings),
                now=now,
            )
            return {"receipt_id": str(row.receipt_id)}

        return await _one(info, "verifyReceipt", input, work)

    @mutation(_VERIFY, description="Record that I verified a colleague's receipt by hand, and how.")
    async def record_manual_verification(
        self, info: Info, input: ManualVerificationInput
    ) -> ReceiptPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await receipt_verification.record_manual_verification(
                session,
                viewer=viewer,
                receipt_id=decode_id("Receipt", input.receipt_id, path="receiptId"),
                outcome=input.outcome,
                reason=input.reason,
                now=now,
            )
            return {"receipt_id": str(row.receipt_id)}

        outcome = await perform(
            info,
            operation="recordManualVerification",
            key=input.idempotency_key,
            body={
                "receipt": input.receipt_id,
                "outcome": input.outcome.value,
                "reason": input.reason,
            },
            work=work,
        )
        return await receipt_payload(info, outcome)


async def _one(info: Info, operation: str, given: ReceiptActionInput, work: Work) -> ReceiptPayload:
    outcome = await perform(
        info,
        operation=operation,
        key=given.idempotency_key,
        body={"receipt": given.receipt_id},
        work=work,
    )
    return await receipt_payload(info, outcome)


async def _parts(info: Info, keys: list[str]) -> list[ReceiptType]:
    async with info.context.reading() as session:
        rows = await session.scalars(
            select(Receipt)
            .where(Receipt.id.in_([uuid.UUID(key) for key in keys]))
            .order_by(Receipt.part)
        )
    return [ReceiptType.of(row) for row in rows]
