"""What is known of receipts beyond the document, for controls C04, C05 and C06."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from mobile_hrp.domain.policy.facts.receipts import (
    EarlierReceipt,
    EarlierReceipts,
    OurTitle,
    ReceiptMatch,
    ReceiptMatches,
    Trace,
)
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.receipts.sameness import Traces, looks_alike
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import Receipt, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget_book import budget_day
from mobile_hrp.services.policy.facts.surroundings import LOOKED_BACK_DAYS, STANDING, hospital_of
from mobile_hrp.services.policy.subject import receipts_of

_PICTURES_MAX: Final = 300
"""Receipts of the same kind that a picture without a number is compared with, newest first."""
_EARLIER_MAX: Final = 500


async def load_our_title(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> OurTitle:
    del now
    hospital = await hospital_of(session, document)
    return OurTitle((hospital.name,), hospital.tax_id)


@dataclass(frozen=True, slots=True)
class _Used:
    """A receipt in use on another document."""

    receipt: Receipt
    used_on: date
    own: bool
    document_number: str


async def load_receipt_matches(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> ReceiptMatches:
    """By number, bytes, facts and picture, among the uses of the whole hospital."""
    mine = list(
        await session.scalars(
            select(Receipt).where(Receipt.id.in_([one.id for one in document.receipts]))
        )
    )
    hospital = await hospital_of(session, document)
    used = await _used(session, document, hospital.id, _same_keys(mine))
    pictured = [one for one in mine if one.identity_key is None]
    if pictured:
        alike = Receipt.kind.in_({one.kind for one in pictured}) & (
            Receipt.created_at >= now - timedelta(days=LOOKED_BACK_DAYS)
        )
        used += await _used(session, document, hospital.id, alike)
    return ReceiptMatches(
        tuple(
            ReceiptMatch(
                receipt_id=one.id,
                trace=trace,
                used_on=other.used_on,
                own=other.own,
                document_number=other.document_number if other.own else "",
            )
            for one in mine
            for other in used
            if (trace := _trace(one, other.receipt)) is not None
        )
    )


def _same_keys(receipts: Sequence[Receipt]) -> ColumnElement[bool]:
    return or_(
        Receipt.identity_key.in_([one.identity_key for one in receipts if one.identity_key]),
        ReceiptUse.identity_key.in_([one.identity_key for one in receipts if one.identity_key]),
        Receipt.sha256.in_([one.sha256 for one in receipts]),
        Receipt.fact_key.in_([one.fact_key for one in receipts if one.fact_key]),
        Receipt.id.in_([one.id for one in receipts]),
    )


async def _used(
    session: AnySession, document: PolicyDocument, hospital_id: int, which: ColumnElement[bool]
) -> list[_Used]:
    rows = await session.execute(
        select(Receipt, ReceiptUse.created_at, Document.requester_id, Document.number)
        .join(
            ReceiptUse,
            (ReceiptUse.hospital_id == Receipt.hospital_id) & (ReceiptUse.receipt_id == Receipt.id),
        )
        .join(
            Document,
            (Document.hospital_id == ReceiptUse.hospital_id)
            & (Document.id == ReceiptUse.document_id),
        )
        .where(
            ReceiptUse.state != ReceiptUseState.RELEASED,
            ReceiptUse.document_id != document.id,
            which,
        )
        .order_by(ReceiptUse.created_at.desc(), ReceiptUse.id)
        .limit(_PICTURES_MAX)
    )
    return [
        _Used(
            receipt=receipt,
            used_on=await budget_day(session, hospital_id, used_at),
            own=requester_id == document.requester_id,
            document_number=number,
        )
        for receipt, used_at, requester_id, number in rows
    ]


def _trace(one: Receipt, other: Receipt) -> Trace | None:
    """The strongest trace; two receipts with numbers of their own are two receipts."""
    if one.id == other.id or (one.identity_key and one.identity_key == other.identity_key):
        return Trace.IDENTITY
    if one.sha256 == other.sha256:
        return Trace.FILE
    if one.identity_key and other.identity_key:
        return None
    if one.fact_key and one.fact_key == other.fact_key:
        return Trace.FACTS
    first, second = _traces(one), _traces(other)
    same_kind = one.kind is not None and one.kind is other.kind
    if first and second and same_kind and looks_alike(first, second):
        return Trace.PICTURE
    return None


def _traces(receipt: Receipt) -> Traces | None:
    if receipt.reading is None:
        return None
    return Traces(receipt.reading["picture_hash"], tuple(receipt.reading["text_marks"]))


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
