"""What is known of receipts beyond the document, for controls C04, C05 and C06."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.policy.facts.receipts import (
    EarlierReceipt,
    EarlierReceipts,
    OurTitle,
    ReceiptMatch,
    ReceiptMatches,
)
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import Receipt, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.facts.surroundings import LOOKED_BACK_DAYS, STANDING, hospital_of
from mobile_hrp.services.policy.subject import receipts_of
from mobile_hrp.services.receipts.sameness import meetings

_EARLIER_MAX: Final = 500


async def load_our_title(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> OurTitle:
    del now
    hospital = await hospital_of(session, document)
    return OurTitle((hospital.name,), hospital.tax_id)


async def load_receipt_matches(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> ReceiptMatches:
    """By number, bytes, facts and picture, among the uses of the whole hospital."""
    mine = (
        await session.scalars(
            select(Receipt).where(Receipt.id.in_([one.id for one in document.receipts]))
        )
    ).all()
    hospital = await hospital_of(session, document)
    found = await meetings(session, receipts=mine, document_id=document.id, now=now)
    return ReceiptMatches(
        tuple(
            [
                ReceiptMatch(
                    receipt_id=one.receipt_id,
                    trace=one.trace,
                    used_on=await budget_day(session, hospital.id, one.used_at),
                    own=one.requester_id == document.requester_id,
                    document_number=(
                        one.document_number if one.requester_id == document.requester_id else ""
                    ),
                )
                for one in found
            ]
        )
    )


async def load_earlier_receipts(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> EarlierReceipts:
    """The requester's own, on documents that still stand, with what people corrected."""
    rows = await session.execute(
        select(ReceiptUse.receipt_id, Document.number)
        .join(
            Document,
            (Document.hospital_id == ReceiptUse.hospital_id)
            & (Document.id == ReceiptUse.document_id),
        )
        .where(
            Document.requester_id == document.requester_id,
            Document.id != document.id,
            Document.status.in_(STANDING),
            ReceiptUse.state != ReceiptUseState.RELEASED,
            ReceiptUse.created_at >= now - timedelta(days=LOOKED_BACK_DAYS),
        )
        .order_by(ReceiptUse.created_at.desc(), ReceiptUse.id)
        .limit(_EARLIER_MAX)
    )
    numbers: dict[uuid.UUID, str] = {row.receipt_id: row.number for row in rows}
    receipts = await receipts_of(
        session, requester_id=document.requester_id, named=dict.fromkeys(numbers, "")
    )
    return EarlierReceipts(
        tuple(
            EarlierReceipt(
                document_number=numbers[one.id],
                number=one.number,
                code=one.code,
                issued_on=one.issued_on,
                total_fen=one.total_fen or 0,
                seller_name=one.seller_name,
                seller_tax_id=one.seller_tax_id,
            )
            for one in receipts
            if one.number and one.issued_on is not None
        )
    )
