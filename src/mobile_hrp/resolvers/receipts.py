"""Upload, look at and confirm receipts."""

import contextlib
import hashlib
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.receipt_captures import CaptureProgressType
from mobile_hrp.graphql.types.receipts import ReceiptPayload, ReceiptType
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.receipts import captures as receipt_captures
from mobile_hrp.services.receipts import store as receipts
from mobile_hrp.services.receipts.wallet import WalletFilter, visible_receipts, wallet

_UPLOAD = needs(Permission.RECEIPTS_UPLOAD)


@strawberry.input(
    description="One file to keep and read: for a capture, or under an id that the phone made."
)
class UploadReceiptInput:
    idempotency_key: str
    receipt_id: strawberry.ID | None = None
    capture_id: strawberry.ID | None = None
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


@strawberry.input(description="All given conditions hold at once.")
class ReceiptFilterInput:
    kinds: list[ReceiptKind] | None = None
    statuses: list[ReceiptStatus] | None = None
    used: bool | None = strawberry.field(
        default=None, description="Whether they stand on a submitted document."
    )
    issued_from: date | None = strawberry.field(default=None, description="Day on the receipt.")
    issued_to: date | None = None
    search: str = strawberry.field(default="", description="Part of number, code or seller.")
    discarded: bool = strawberry.field(
        default=False, description="Those that were thrown out, and only those."
    )


@strawberry.type
class ReceiptQuery:
    @field(_UPLOAD, description="A receipt of my own, or on a document I may see.")
    async def receipt(self, info: Info, id: strawberry.ID) -> ReceiptType | None:
        key = decode_id("Receipt", id)
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            row = await session.scalar(
                select(Receipt).where(Receipt.id == key, visible_receipts(viewer))
            )
        return ReceiptType.of(row) if row else None

    @field(_UPLOAD, description="My receipts (票夹), newest first.")
    async def my_receipts(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: ReceiptFilterInput | None = None,
    ) -> Connection[ReceiptType]:
        wanted = _wanted(filter) if filter else WalletFilter()
        statement = newest_first(
            wallet(info.context.require_viewer(), wanted),
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

    @field(_UPLOAD, description="How far a capture of mine has come; for polling.")
    async def capture_progress(
        self, info: Info, capture_id: strawberry.ID
    ) -> CaptureProgressType | None:
        key = decode_id("ReceiptCapture", capture_id, path="captureId")
        viewer = info.context.require_viewer()
        async with info.context.reading() as session:
            try:
                progress = await receipt_captures.progress_of(
                    session, viewer=viewer, capture_id=key
                )
            except Refusal as refusal:
                if refusal.code == "NOT_FOUND":
                    return None
                raise
        return CaptureProgressType.of(progress)


def _wanted(given: ReceiptFilterInput) -> WalletFilter:
    return WalletFilter(
        kinds=tuple(given.kinds or ()),
        statuses=tuple(given.statuses or ()),
        used=given.used,
        issued_from=given.issued_from,
        issued_to=given.issued_to,
        search=given.search,
        discarded=given.discarded,
    )


@strawberry.type
class ReceiptMutation:
    @mutation(_UPLOAD, description="Keep one receipt file and have it read; does not wait for it.")
    async def upload_receipt(
        self, info: Info, input: UploadReceiptInput, file: UploadFile
    ) -> ReceiptPayload:
        viewer = info.context.require_viewer()
        services = info.context.services
        data = await file.read()
        capture_id = None
        try:
            capture_id, receipt_id = _targets(input)
            original = await receipts.keep_original(
                objects=services.objects,
                pool=services.inspection,
                hospital_id=viewer.hospital_id,
                data=data,
                name=file.filename or "",
            )
        except Refusal as refusal:
            await _note_refused(info, capture_id, refusal.code)
            return ReceiptPayload(
                receipt=None, user_errors=user_errors(refusal, info.context.locale)
            )

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            upload = receipt_captures.Upload(receipt_id, capture_id, input.qr_text)
            row = await receipt_captures.register(
                session, viewer=viewer, upload=upload, original=original, now=now
            )
            return {"receipt_id": str(row.id)}

        outcome = await perform(
            info,
            operation="uploadReceipt",
            key=input.idempotency_key,
            body={"receipt": receipt_id, "sha256": hashlib.sha256(data).hexdigest()},
            work=work,
        )
        return await receipt_payload(info, outcome)

    @mutation(_UPLOAD, description="Confirm a receipt, correcting fields where they are wrong.")
    async def confirm_receipt(self, info: Info, input: ConfirmReceiptInput) -> ReceiptPayload:
        return await _confirmed(info, input)

    @mutation(_UPLOAD, description="The same as confirmReceipt.")
    async def confirm_fields(self, info: Info, input: ConfirmReceiptInput) -> ReceiptPayload:
        return await _confirmed(info, input)


async def _confirmed(info: Info, given: ConfirmReceiptInput) -> ReceiptPayload:
    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        row = await receipts.confirm_fields(
            session,
            viewer=viewer,
            receipt_id=decode_id("Receipt", given.receipt_id, path="receiptId"),
            corrections=[receipts.Correction(one.name, one.value) for one in given.fields],
            reason=given.reason,
            now=now,
        )
        return {"receipt_id": str(row.id)}

    fields = [[one.name, one.value] for one in given.fields]
    outcome = await perform(
        info,
        operation="confirmReceipt",
        key=given.idempotency_key,
        body={"receipt": given.receipt_id, "fields": fields, "reason": given.reason},
        work=work,
    )
    return await receipt_payload(info, outcome)


def _targets(given: UploadReceiptInput) -> tuple[uuid.UUID | None, uuid.UUID]:
    """The capture, and the id under which the receipt is kept: the capture's, where it has one."""
    if given.capture_id is not None:
        capture = decode_id("ReceiptCapture", given.capture_id, path="captureId")
        return capture, capture
    if given.receipt_id is None:
        raise Refusal("ID_INVALID", path="captureId")
    return None, decode_id("Receipt", given.receipt_id, path="receiptId")


async def _note_refused(info: Info, capture_id: uuid.UUID | None, code: str) -> None:
    """So that a poll tells too why the file did not come through."""
    if capture_id is None:
        return
    viewer = info.context.require_viewer()
    with contextlib.suppress(Refusal):  # a capture of somebody else: the answer stays as it is
        async with info.context.writing() as session:
            await receipt_captures.note_refused(
                session, viewer=viewer, capture_id=capture_id, code=code
            )


async def receipt_payload(info: Info, outcome: Outcome) -> ReceiptPayload:
    """The receipt as it is after the mutation, or the reasons why nothing was done."""
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
