"""A picture with several receipts, cut by a person where recognition did not cut it well."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.cutting import box_faults
from mobile_hrp.domain.receipts.reading import Box
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.receipt import Receipt, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.receipts.reading import part_of
from mobile_hrp.services.receipts.store import OPEN, have_it_read, lock_own


async def split_photo(
    session: WriteSession,
    *,
    viewer: Viewer,
    receipt_id: uuid.UUID,
    boxes: Sequence[Box],
    now: datetime,
) -> list[Receipt]:
    """Make a receipt of each box and have it read; the whole picture is none from then on.

    What was read of the whole picture, and parts that were cut before, stay as they were read but
    can no longer be used. Boxes are relative to the upright picture.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_NOT_READ_YET, RECEIPT_CANNOT_BE_CUT for a part or an electronic
            original without a picture, RECEIPT_IN_USE, RECEIPT_BOX_… per box.
    """
    receipt = await lock_own(session, viewer=viewer, receipt_id=receipt_id)
    if receipt.split_from is not None or receipt.working_key is None:
        raise Refusal("RECEIPT_CANNOT_BE_CUT", path="receiptId")
    if receipt.status in OPEN:
        raise Refusal("RECEIPT_NOT_READ_YET", path="receiptId")
    faults = tuple(box_faults(boxes))
    if faults:
        raise Refusal.of(faults)
    earlier = (
        await session.scalars(
            select(Receipt).where(Receipt.split_from == receipt.id).with_for_update()
        )
    ).all()
    await require_unused(session, [receipt, *earlier])
    for part in earlier:
        part.discarded_at = part.discarded_at or now
    receipt.cut_at = now
    last = max((part.part for part in earlier), default=0)
    parts = []
    for number, box in enumerate(boxes, start=last + 1):
        part = part_of(receipt, number, now)
        part.region = asdict(box)
        session.add(part)
        parts.append(part)
    await session.flush()
    for part in parts:
        await have_it_read(session, part)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="receipt.split",
        subject_type="receipt",
        subject_id=receipt.id,
        detail={"parts": len(parts), "by_hand": True},
        now=now,
    )
    return parts


async def require_unused(session: AnySession, receipts: Sequence[Receipt]) -> None:
    """Raise RECEIPT_IN_USE when one of them stands on a document that was submitted."""
    used = await session.scalar(
        select(func.count()).where(
            ReceiptUse.receipt_id.in_([one.id for one in receipts]),
            ReceiptUse.state != ReceiptUseState.RELEASED,
        )
    )
    if used:
        raise Refusal("RECEIPT_IN_USE", path="receiptId")
