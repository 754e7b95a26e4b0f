"""A receipt on a document line: reserved when submitted, claimed when approved, or released.

One live use per invoice identity and hospital, across people and documents, held by a unique index
(财会〔2020〕6号: double booking must be prevented effectively). The refusal says that the receipt
is used, never by whom.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.receipt import Receipt, ReceiptStatus, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id

_READY = frozenset({ReceiptStatus.READ, ReceiptStatus.CONFIRMED})


async def reserve(
    session: WriteSession, *, document: Document, lines: Sequence[DocumentLine], now: datetime
) -> None:
    """Take the receipts of the lines for this document.

    Raises:
        Refusal: NOT_FOUND for a receipt of somebody else, RECEIPT_NOT_READ_YET, or
            RECEIPT_ALREADY_USED; one detail per line.
    """
    faults: list[RefusalDetail] = []
    for line in lines:
        for receipt_id in line.receipt_ids:
            code = await _reserve_one(session, document, line, uuid.UUID(receipt_id), now)
            if code is not None:
                faults.append(RefusalDetail(code, f"{line.form_path}.receipts"))
    if faults:
        raise Refusal.of(tuple(faults))


async def _reserve_one(
    session: WriteSession,
    document: Document,
    line: DocumentLine,
    receipt_id: uuid.UUID,
    now: datetime,
) -> str | None:
    receipt = (
        await session.execute(
            select(Receipt)
            .where(Receipt.id == receipt_id, Receipt.uploaded_by == document.requester_id)
            .with_for_update(read=True)  # against being cut up or thrown out at the same moment
        )
    ).scalar_one_or_none()
    if receipt is None or receipt.discarded_at is not None or receipt.cut_at is not None:
        return "NOT_FOUND"
    if receipt.status not in _READY:
        return "RECEIPT_NOT_READ_YET"
    taken = await session.execute(
        insert(ReceiptUse)
        .values(
            hospital_id=document.hospital_id,
            id=new_id(),
            receipt_id=receipt.id,
            document_id=document.id,
            document_line_id=line.id,
            identity_key=receipt.identity_key,
            state=ReceiptUseState.RESERVED,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(ReceiptUse.id)
    )
    return None if taken.scalar_one_or_none() is not None else "RECEIPT_ALREADY_USED"


async def claim(session: WriteSession, *, document: Document) -> None:
    """The document is approved: its receipts are spent."""
    await session.execute(
        update(ReceiptUse)
        .where(ReceiptUse.document_id == document.id, ReceiptUse.state == ReceiptUseState.RESERVED)
        .values(state=ReceiptUseState.CLAIMED)
    )


async def release(
    session: WriteSession,
    *,
    document: Document,
    actor_id: uuid.UUID | None,
    reason: str,
    now: datetime,
) -> None:
    """Give the receipts back, with who and why; they may be used again."""
    await session.execute(
        update(ReceiptUse)
        .where(ReceiptUse.document_id == document.id, ReceiptUse.state != ReceiptUseState.RELEASED)
        .values(
            state=ReceiptUseState.RELEASED,
            document_line_id=None,
            released_at=now,
            released_by=actor_id,
            release_reason=reason,
        )
    )
