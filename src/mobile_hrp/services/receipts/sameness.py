"""Stored receipts met again: in a use that still stands, anywhere in the hospital.

Whoever asks learns that a receipt is used and by what it was recognised, never by whom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from mobile_hrp.domain.receipts.identity import identity, key_fields
from mobile_hrp.domain.receipts.reading import FieldState, Reading, from_json
from mobile_hrp.domain.receipts.sameness import Seen, Trace, Traces, trace_of
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import Receipt, ReceiptUse, ReceiptUseState
from mobile_hrp.runtime.database import AnySession

PICTURES_MAX: Final = 300
"""Receipts of the same kind that one without a proven number is compared with, newest first."""
LOOKED_BACK_DAYS: Final = 400
_DIGITAL: Final = "einvoice:"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A receipt was met in a use of the hospital.

    ``document_number`` and ``requester_id`` are for deciding what may be told, not for telling.
    """

    receipt_id: UUID
    other_id: UUID
    """The receipt of that use; the same one where it is used itself."""
    trace: Trace
    used_at: datetime
    requester_id: UUID
    document_number: str


def seen(receipt: Receipt) -> Seen:
    """What the file of a stored receipt shows. Parts of one photo are not one receipt."""
    part = receipt.id if receipt.region else receipt.part or ""
    reading = from_json(receipt.reading) if receipt.reading is not None else None
    return Seen(
        kind=receipt.kind,
        sha256=f"{receipt.sha256}:{part}",
        key=receipt.identity_key,
        key_is_proven=reading is not None and _key_is_proven(receipt.identity_key, reading),
        fact_key=receipt.fact_key,
        traces=Traces(reading.picture_hash, reading.text_marks) if reading else None,
    )


def _key_is_proven(key: str | None, reading: Reading) -> bool:
    """By the reading itself: a number that a person typed can be wrong, or meant to be."""
    read = identity(reading.kind, {name: one.value for name, one in reading.fields.items()})
    if key is None or read.key != key:
        return False
    names = ("number",) if key.startswith(_DIGITAL) else key_fields(reading.kind)
    return all(reading.fields[name].state is FieldState.PROVEN for name in names)


async def meetings(
    session: AnySession, *, receipts: Sequence[Receipt], document_id: UUID | None, now: datetime
) -> list[Meeting]:
    """By number, bytes, facts and picture, among the standing uses on other documents."""
    if not receipts:
        return []
    mine = [(one.id, seen(one)) for one in receipts]
    used = await _used(session, document_id, _same_keys(receipts))
    unsure = [look for _, look in mine if not look.key_is_proven and look.kind is not None]
    if unsure:
        alike = Receipt.kind.in_({look.kind for look in unsure}) & (
            Receipt.created_at >= now - timedelta(days=LOOKED_BACK_DAYS)
        )
        used |= await _used(session, document_id, alike)
    others = [(row, seen(row[0])) for row in used.values()]
    found = []
    for key, look in mine:
        for (receipt, used_at, requester_id, number), other in others:
            trace = Trace.IDENTITY if receipt.id == key else trace_of(look, other)
            if trace is not None:
                found.append(Meeting(key, receipt.id, trace, used_at, requester_id, number))
    return found


def _same_keys(receipts: Sequence[Receipt]) -> ColumnElement[bool]:
    keys = [one.identity_key for one in receipts if one.identity_key]
    return or_(
        Receipt.identity_key.in_(keys),
        ReceiptUse.identity_key.in_(keys),
        Receipt.sha256.in_([one.sha256 for one in receipts]),
        Receipt.fact_key.in_([one.fact_key for one in receipts if one.fact_key]),
        Receipt.id.in_([one.id for one in receipts]),
    )


_Row = tuple[Receipt, datetime, UUID, str]


async def _used(
    session: AnySession, document_id: UUID | None, which: ColumnElement[bool]
) -> dict[UUID, _Row]:
    """By the id of the use."""
    statement = (
        select(
            ReceiptUse.id,
            Receipt,
            ReceiptUse.created_at,
            Document.requester_id,
            Document.number,
        )
        .join(
            ReceiptUse,
            (ReceiptUse.hospital_id == Receipt.hospital_id) & (ReceiptUse.receipt_id == Receipt.id),
        )
        .join(
            Document,
            (Document.hospital_id == ReceiptUse.hospital_id)
            & (Document.id == ReceiptUse.document_id),
        )
        .where(ReceiptUse.state != ReceiptUseState.RELEASED, which)
        .order_by(ReceiptUse.created_at.desc(), ReceiptUse.id)
        .limit(PICTURES_MAX)
    )
    if document_id is not None:
        statement = statement.where(ReceiptUse.document_id != document_id)
    rows = await session.execute(statement)
    return {use: (receipt, at, who, number) for use, receipt, at, who, number in rows}
