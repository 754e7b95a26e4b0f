"""Captures: a phone says that a file comes, sends it when it can, and asks how far it is."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.capture import CaptureStage
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.receipt import Receipt, ReceiptCapture, ReceiptStatus
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.receipts.store import QR_HINT_MAX, StoredOriginal, register_upload

_STAGES = {
    ReceiptStatus.UPLOADED: CaptureStage.RECEIVED,
    ReceiptStatus.READING: CaptureStage.READING,
    ReceiptStatus.READ: CaptureStage.READ,
    ReceiptStatus.CONFIRMED: CaptureStage.READ,
    ReceiptStatus.FAILED: CaptureStage.FAILED,
}


@dataclass(frozen=True, slots=True)
class CaptureProgress:
    """``queue_position`` counts from 1 among the hospital's receipts that wait; None otherwise."""

    capture: ReceiptCapture
    receipt: Receipt | None
    stage: CaptureStage
    queue_position: int | None


async def start_capture(
    session: WriteSession,
    *,
    viewer: Viewer,
    capture_id: uuid.UUID,
    qr_text: str | None,
    now: datetime,
) -> ReceiptCapture:
    """Announce a file. The id is made by the phone: announcing twice is announcing once.

    Raises:
        Refusal: NOT_FOUND when the id is somebody else's, RECEIPT_QR_TOO_LONG.
    """
    viewer.require(Permission.RECEIPTS_UPLOAD, owner_id=viewer.staff_id)
    if qr_text is not None and len(qr_text) > QR_HINT_MAX:
        raise Refusal("RECEIPT_QR_TOO_LONG", path="qrText", limit=QR_HINT_MAX)
    known = await session.get(ReceiptCapture, (viewer.hospital_id, capture_id))
    if known is not None:
        if known.staff_id != viewer.staff_id:
            raise Refusal("NOT_FOUND", path="captureId")
        return known
    capture = ReceiptCapture(
        hospital_id=viewer.hospital_id,
        id=capture_id,
        staff_id=viewer.staff_id,
        qr_text=qr_text or None,
        created_at=now,
    )
    session.add(capture)
    await session.flush()
    return capture


async def own_capture(
    session: AnySession, *, viewer: Viewer, capture_id: uuid.UUID
) -> ReceiptCapture:
    """Raises Refusal NOT_FOUND for one of somebody else too."""
    capture = await session.scalar(
        select(ReceiptCapture).where(
            ReceiptCapture.id == capture_id, ReceiptCapture.staff_id == viewer.staff_id
        )
    )
    if capture is None:
        raise Refusal("NOT_FOUND", path="captureId")
    return capture


@dataclass(frozen=True, slots=True)
class Upload:
    """Under which id a file is kept, and for which capture it was sent."""

    receipt_id: uuid.UUID
    capture_id: uuid.UUID | None = None
    qr_text: str | None = None


async def register(
    session: WriteSession,
    *,
    viewer: Viewer,
    upload: Upload,
    original: StoredOriginal,
    now: datetime,
) -> Receipt:
    """Put the file into the wallet and, where it was announced, say so.

    Raises:
        Refusal: NOT_FOUND for a capture of somebody else, RECEIPT_CAPTURE_DONE when another file
            came for it before.
    """
    capture = None
    if upload.capture_id is not None:
        capture = await own_capture(session, viewer=viewer, capture_id=upload.capture_id)
    receipt = await register_upload(
        session,
        viewer=viewer,
        receipt_id=upload.receipt_id,
        original=original,
        qr_hint=upload.qr_text or (capture.qr_text if capture else None),
        now=now,
    )
    if capture is not None:
        if capture.receipt_id not in {None, receipt.id}:
            raise Refusal("RECEIPT_CAPTURE_DONE", path="captureId")
        capture.receipt_id, capture.received_at, capture.refused_code = receipt.id, now, None
    return receipt


async def note_refused(
    session: WriteSession, *, viewer: Viewer, capture_id: uuid.UUID, code: str
) -> None:
    """The file that came was not acceptable; another one may be sent for the same capture."""
    capture = await own_capture(session, viewer=viewer, capture_id=capture_id)
    if capture.receipt_id is None:
        capture.refused_code = code


async def progress_of(
    session: AnySession, *, viewer: Viewer, capture_id: uuid.UUID
) -> CaptureProgress:
    """How far it is. Raises Refusal NOT_FOUND."""
    capture = await own_capture(session, viewer=viewer, capture_id=capture_id)
    if capture.receipt_id is None:
        return CaptureProgress(capture, None, CaptureStage.WAITING, None)
    receipt = (
        await session.execute(select(Receipt).where(Receipt.id == capture.receipt_id))
    ).scalar_one()
    return CaptureProgress(
        capture, receipt, _STAGES[receipt.status], await _position(session, receipt)
    )


async def _position(session: AnySession, receipt: Receipt) -> int | None:
    if receipt.status is not ReceiptStatus.UPLOADED or receipt.queued_at is None:
        return None
    before = await session.scalar(
        select(func.count()).where(
            Receipt.hospital_id == receipt.hospital_id,
            Receipt.status == ReceiptStatus.UPLOADED,
            tuple_(Receipt.queued_at, Receipt.id) < (receipt.queued_at, receipt.id),
        )
    )
    return int(before or 0) + 1
