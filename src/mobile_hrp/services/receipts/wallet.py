"""The wallet (票夹): finding receipts again, looking at them, throwing out what is not needed."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, exists, func, or_, select
from sqlalchemy import cast as as_type

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.receipt import (
    Receipt,
    ReceiptCorrection,
    ReceiptUse,
    ReceiptUseState,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.askers import Asker, Members, among
from mobile_hrp.services.document_access import visible_documents
from mobile_hrp.services.receipts.splitting import require_unused
from mobile_hrp.services.receipts.store import lock_own

SEARCH_MAX = 60
_SEARCHED = ("number", "seller", "code")


@dataclass(frozen=True, slots=True)
class WalletFilter:
    """``issued_from`` and ``issued_to`` are days on the receipts, both included.

    ``search`` is a part of the number, the code or the seller's name. Receipts that were thrown
    out are left out unless ``discarded`` asks for just those.
    """

    kinds: Members = ()
    """Of ``ReceiptKind``."""
    statuses: Members = ()
    """Of ``ReceiptStatus``."""
    used: bool | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    search: str = ""
    discarded: bool = False


def wallet(viewer: Asker, wanted: WalletFilter) -> Select[Receipt]:
    """The viewer's receipts that fit. Raises Refusal RECEIPT_SEARCH_TOO_LONG."""
    statement = select(Receipt).where(
        Receipt.hospital_id == viewer.hospital_id,
        Receipt.uploaded_by == viewer.staff_id,
        Receipt.cut_at.is_(None),
        Receipt.discarded_at.is_not(None) if wanted.discarded else Receipt.discarded_at.is_(None),
    )
    if wanted.kinds:
        statement = statement.where(among(Receipt.kind, wanted.kinds))
    if wanted.statuses:
        statement = statement.where(among(Receipt.status, wanted.statuses))
    if wanted.used is not None:
        statement = statement.where(in_use() if wanted.used else ~in_use())
    if wanted.issued_from is not None:
        statement = statement.where(_current("date") >= wanted.issued_from.isoformat())
    if wanted.issued_to is not None:
        statement = statement.where(_current("date") <= wanted.issued_to.isoformat())
    if words := wanted.search.strip():
        if len(words) > SEARCH_MAX:
            raise Refusal("RECEIPT_SEARCH_TOO_LONG", path="filter.search", limit=SEARCH_MAX)
        statement = statement.where(
            or_(*(_current(name).icontains(words, autoescape=True) for name in _SEARCHED))
        )
    return statement


def in_use(receipt: FromClause = Receipt.__table__) -> ColumnElement[bool]:
    """On a document that was submitted and still stands; of the table or an alias of it."""
    return exists(
        select(ReceiptUse.id)
        .where(
            ReceiptUse.hospital_id == receipt.c.hospital_id,
            ReceiptUse.receipt_id == receipt.c.id,
            ReceiptUse.state != ReceiptUseState.RELEASED,
        )
        .correlate(receipt)
    )


def _current(name: str) -> ColumnElement[Any]:
    """The text of a field that counts: the newest correction, else what was read."""
    corrected = (
        select(ReceiptCorrection.corrected_value["value"].astext)
        .where(
            ReceiptCorrection.hospital_id == Receipt.hospital_id,
            ReceiptCorrection.receipt_id == Receipt.id,
            ReceiptCorrection.field_name == name,
        )
        .order_by(ReceiptCorrection.corrected_at.desc(), ReceiptCorrection.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(
        corrected, as_type(Receipt.reading["fields"][name]["value"].astext, String)
    )


def visible_receipts(viewer: Asker) -> ColumnElement[bool]:
    """The viewer's own, and those on documents that the viewer may see."""
    if not viewer.holds(Permission.RECEIPTS_VIEW):
        return Receipt.uploaded_by == viewer.staff_id
    on_seen_paper = exists(
        select(ReceiptUse.id)
        .join(
            Document,
            (Document.hospital_id == ReceiptUse.hospital_id)
            & (Document.id == ReceiptUse.document_id),
        )
        .where(
            ReceiptUse.hospital_id == Receipt.hospital_id,
            ReceiptUse.receipt_id == Receipt.id,
            visible_documents(viewer),
        )
    )
    return or_(Receipt.uploaded_by == viewer.staff_id, on_seen_paper)


async def visible_receipt(session: AnySession, *, viewer: Viewer, receipt_id: uuid.UUID) -> Receipt:
    """Raises Refusal NOT_FOUND for a receipt that does not exist or is not the viewer's to see."""
    receipt = await session.scalar(
        select(Receipt).where(Receipt.id == receipt_id, visible_receipts(viewer))
    )
    if receipt is None:
        raise Refusal("NOT_FOUND", path="receiptId")
    return receipt


async def original_for(
    session: WriteSession, *, viewer: Viewer, receipt_id: uuid.UUID, now: datetime
) -> Receipt:
    """The receipt whose original the viewer may have; that it was handed out is written down.

    An original holds what a phone wrote into it (place, device): only its owner and those who
    keep the archive get it. Raises Refusal NOT_FOUND for anybody else.
    """
    receipt = await visible_receipt(session, viewer=viewer, receipt_id=receipt_id)
    if receipt.uploaded_by != viewer.staff_id and not viewer.holds(Permission.RECEIPTS_ARCHIVE):
        raise Refusal("NOT_FOUND", path="receiptId")
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="receipt.download",
        subject_type="receipt",
        subject_id=receipt.id,
        detail={"sha256": receipt.sha256},
        now=now,
    )
    return receipt


async def discard_receipt(
    session: WriteSession, *, viewer: Viewer, receipt_id: uuid.UUID, now: datetime
) -> Receipt:
    """Throw a receipt out of the wallet. Its original stays for as long as the hospital says.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_IN_USE while it stands on a submitted document.
    """
    receipt = await lock_own(session, viewer=viewer, receipt_id=receipt_id)
    await require_unused(session, [receipt])
    if receipt.discarded_at is None:
        receipt.discarded_at = now
        await audit.record(
            session,
            hospital_id=viewer.hospital_id,
            actor_id=viewer.staff_id,
            action="receipt.discard",
            subject_type="receipt",
            subject_id=receipt.id,
            detail={"sha256": receipt.sha256},
            now=now,
        )
    return receipt
