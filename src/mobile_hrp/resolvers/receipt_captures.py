"""Announce a capture, and watch it until its fields are there."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.capture import CaptureStage
from mobile_hrp.graphql.access import mutation, needs, subscription
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.subscriptions import live_view
from mobile_hrp.graphql.types.receipt_captures import (
    INSTRUCTIONS,
    CapturePayload,
    CaptureProgressType,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.receipts import captures as receipt_captures

_UPLOAD = needs(Permission.RECEIPTS_UPLOAD)
_ENDED = frozenset({CaptureStage.READ, CaptureStage.FAILED})


@strawberry.input(description="A file that will come. The id is made by the phone.")
class StartCaptureInput:
    idempotency_key: str
    capture_id: strawberry.ID
    qr_text: str | None = strawberry.field(
        default=None,
        description="What wx.scanCode read on the paper: a hint, cross-checked with the print.",
    )


@strawberry.type
class ReceiptCaptureMutation:
    @mutation(_UPLOAD, description="Announce a file; the answer says how to send it.")
    async def start_capture(self, info: Info, input: StartCaptureInput) -> CapturePayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            capture = await receipt_captures.start_capture(
                session,
                viewer=viewer,
                capture_id=decode_id("ReceiptCapture", input.capture_id, path="captureId"),
                qr_text=input.qr_text,
                now=now,
            )
            return {"capture_id": str(capture.id)}

        outcome = await perform(
            info,
            operation="startCapture",
            key=input.idempotency_key,
            body={"capture": input.capture_id, "qr": input.qr_text},
            work=work,
        )
        begun = outcome.result is not None
        return CapturePayload(
            progress=await _progress(info, input.capture_id) if begun else None,
            upload=INSTRUCTIONS if begun else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


@strawberry.type
class ReceiptCaptureSubscription:
    @subscription(_UPLOAD, description="A capture of mine now, and at each step until it is read.")
    async def capture_progress(
        self, info: Info, capture_id: strawberry.ID
    ) -> AsyncGenerator[CaptureProgressType, None]:
        async def read(info: Info) -> CaptureProgressType:
            return await _progress(info, capture_id)

        shown = None
        async for progress in live_view(info, _UPLOAD, read):
            state = (progress.stage, progress.queue_position)
            if state != shown:  # other events of the same person change nothing here
                yield progress
            shown = state
            if progress.stage in _ENDED:
                return


async def _progress(info: Info, capture_id: strawberry.ID) -> CaptureProgressType:
    async with info.context.reading() as session:
        return CaptureProgressType.of(
            await receipt_captures.progress_of(
                session,
                viewer=info.context.require_viewer(),
                capture_id=decode_id("ReceiptCapture", capture_id, path="captureId"),
            )
        )
