"""Captures: what the phone sends where, and how far the reading has come."""

from typing import Self

import strawberry

from mobile_hrp.domain.receipts.capture import CaptureStage
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import ErrorCode, UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.receipts import ReceiptNoticeType, ReceiptType
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.ocr.intake import CONTENT_TYPES, FILE_BYTES_MAX
from mobile_hrp.services.receipts.captures import CaptureProgress

strawberry.enum(CaptureStage, name="CaptureStage", description="How far a capture has come.")
_POLL_MS = {CaptureStage.WAITING: 3000, CaptureStage.RECEIVED: 1500, CaptureStage.READING: 1000}


@covered_by(REACHED)
@strawberry.type(
    description="How to send the file: one multipart POST of uploadReceipt with the captureId."
)
class UploadInstructions:
    url: str
    mutation: str
    form_field: str = strawberry.field(description="Name of the file's part of the form.")
    map: str = strawberry.field(description="The form's map part; the order of parts is free.")
    size_bytes_max: int
    content_types: list[str]


INSTRUCTIONS = UploadInstructions(
    url="/graphql",
    mutation="uploadReceipt",
    form_field="0",
    map='{"0": ["variables.file"]}',
    size_bytes_max=FILE_BYTES_MAX,
    content_types=sorted({*CONTENT_TYPES.values(), "application/zip"}),
)


@covered_by(REACHED)
@strawberry.type(name="CaptureProgress", description="Poll it, or subscribe to it.")
class CaptureProgressType:
    capture_id: strawberry.ID
    stage: CaptureStage
    queue_position: int | None = strawberry.field(
        description="From 1, among the receipts of the hospital that wait to be read."
    )
    receipt: ReceiptType | None
    poll_after_ms: int | None = strawberry.field(description="Null when nothing more will come.")
    can_retry: bool = strawberry.field(description="Whether retryReading may help.")
    refused_code: strawberry.Private[str | None]

    @field(REACHED, description="Why the last file was refused, or could not be read.")
    def problem(self, info: Info) -> ReceiptNoticeType | None:
        if self.refused_code is None:
            return None
        message = catalogue()[self.refused_code].message(info.context.locale, {})
        return ReceiptNoticeType(code=ErrorCode[self.refused_code], message=message)

    @classmethod
    def of(cls, progress: CaptureProgress) -> Self:
        receipt = progress.receipt
        failure = receipt.failure_code if receipt else progress.capture.refused_code
        return cls(
            capture_id=encode_id("ReceiptCapture", progress.capture.id),
            stage=progress.stage,
            queue_position=progress.queue_position,
            receipt=ReceiptType.of(receipt) if receipt else None,
            poll_after_ms=_POLL_MS.get(progress.stage),
            can_retry=progress.stage is CaptureStage.FAILED,
            refused_code=failure,
        )


@covered_by(REACHED)
@strawberry.type(description="The capture and how to send its file, or why not.")
class CapturePayload:
    progress: CaptureProgressType | None
    upload: UploadInstructions | None
    user_errors: list[UserError]
    replayed: bool = False
