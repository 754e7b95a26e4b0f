"""Receipts: take an original in, keep what was read, let a person confirm what is doubtful."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import parse_money
from mobile_hrp.domain.receipts.identity import identity
from mobile_hrp.domain.receipts.reading import (
    MONEY_FIELDS,
    FieldState,
    Reading,
    Value,
    from_json,
)
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.receipt import Receipt, ReceiptCorrection, ReceiptStatus
from mobile_hrp.ocr.workers import Inspection, RecognitionPool
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.services import audit

READ_JOB = "read_receipt"
NAME_MAX = 200
VALUE_MAX = 200
QR_HINT_MAX = 600
RETRIES_MAX = 5
LOST_AFTER = timedelta(minutes=10)
"""A receipt that waits longer may be queued again by its owner."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
OPEN = frozenset({ReceiptStatus.UPLOADED, ReceiptStatus.READING})


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """An accepted file whose bytes are in the object store already."""

    inspection: Inspection
    name: str
    storage_key: str
    working_key: str | None


async def keep_original(
    *, objects: Objects, pool: RecognitionPool, hospital_id: int, data: bytes, name: str
) -> StoredOriginal:
    """Inspect the file in a worker and store it byte for byte, before any transaction.

    Raises:
        Refusal: RECEIPT_… for anything that is not an acceptable receipt file; nothing is kept.
    """
    shown = name.replace("\\", "/").rsplit("/", 1)[-1][:NAME_MAX]
    inspection = await pool.inspect(data, shown)
    key = Objects.key(hospital_id, inspection.sha256)
    await objects.keep(key, data)
    working_key = None
    if inspection.working_copy:
        working_key = f"{key}.view"
        await objects.keep(working_key, inspection.working_copy)
    return StoredOriginal(inspection, shown, key, working_key)


async def register_upload(
    session: WriteSession,
    *,
    viewer: Viewer,
    receipt_id: uuid.UUID,
    original: StoredOriginal,
    qr_hint: str | None,
    now: datetime,
) -> Receipt:
    """Put the original into the viewer's wallet and have it read.

    The same file of the same person is the same receipt, however often it is sent: one that was
    thrown out comes back, one that could not be read is read again.

    Raises:
        Refusal: RECEIPT_CAPTURE_DONE when another file of theirs has this id, NOT_FOUND when one of
            somebody else has.
    """
    viewer.require(Permission.RECEIPTS_UPLOAD, owner_id=viewer.staff_id)
    known = await session.execute(
        select(Receipt)
        .where(
            Receipt.uploaded_by == viewer.staff_id,
            Receipt.sha256 == original.inspection.sha256,
            Receipt.split_from.is_(None),
        )
        .with_for_update()
    )
    if (receipt := known.scalar_one_or_none()) is not None:
        await _take_back(session, viewer, receipt, now)
        return receipt
    taken = await session.scalar(select(Receipt.uploaded_by).where(Receipt.id == receipt_id))
    if taken is not None:
        code = "RECEIPT_CAPTURE_DONE" if taken == viewer.staff_id else "NOT_FOUND"
        raise Refusal(code, path="receiptId")
    receipt = Receipt(
        hospital_id=viewer.hospital_id,
        id=receipt_id,
        sha256=original.inspection.sha256,
        size_bytes=original.inspection.size,
        content_type=original.inspection.content_type,
        original_name=original.name,
        storage_key=original.storage_key,
        working_key=original.working_key,
        uploaded_by=viewer.staff_id,
        status=ReceiptStatus.UPLOADED,
        qr_hint=qr_hint[:QR_HINT_MAX] if qr_hint else None,
        created_at=now,
        queued_at=now,
        part=0,
        reading_attempts=0,
    )
    session.add(receipt)
    await session.flush()
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="receipt.upload",
        subject_type="receipt",
        subject_id=receipt_id,
        detail={"sha256": receipt.sha256, "size_bytes": receipt.size_bytes},
        now=now,
    )
    await have_it_read(session, receipt)
    return receipt


async def have_it_read(session: WriteSession, receipt: Receipt) -> None:
    """Queue the reading of a receipt; queueing one attempt twice is queueing it once."""
    await jobs.enqueue(
        session,
        READ_JOB,
        {"hospital_id": receipt.hospital_id, "receipt_id": receipt.id},
        dedupe_key=f"{READ_JOB}:{receipt.hospital_id}:{receipt.id}:{receipt.reading_attempts}",
    )


async def _take_back(
    session: WriteSession, viewer: Viewer, receipt: Receipt, now: datetime
) -> None:
    if receipt.discarded_at is not None:
        receipt.discarded_at = receipt.original_removed_at = None
        await audit.record(
            session,
            hospital_id=viewer.hospital_id,
            actor_id=viewer.staff_id,
            action="receipt.restore",
            subject_type="receipt",
            subject_id=receipt.id,
            now=now,
        )
    if receipt.status is ReceiptStatus.FAILED:
        await read_again(session, receipt=receipt, now=now)


async def retry_reading(
    session: WriteSession, *, viewer: Viewer, receipt_id: uuid.UUID, now: datetime
) -> Receipt:
    """Read a receipt again whose reading failed, or whose reader was lost.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_NOT_FAILED, RECEIPT_RETRIED_TOO_OFTEN.
    """
    receipt = await lock_own(session, viewer=viewer, receipt_id=receipt_id)
    lost = receipt.status in OPEN and (receipt.queued_at or receipt.created_at) < now - LOST_AFTER
    if receipt.status is not ReceiptStatus.FAILED and not lost:
        raise Refusal("RECEIPT_NOT_FAILED", path="receiptId")
    if receipt.reading_attempts >= RETRIES_MAX:
        raise Refusal("RECEIPT_RETRIED_TOO_OFTEN", path="receiptId", limit=RETRIES_MAX)
    await read_again(session, receipt=receipt, now=now)
    return receipt


async def read_again(session: WriteSession, *, receipt: Receipt, now: datetime) -> None:
    """Put a receipt back into the queue. The caller holds its lock."""
    receipt.status = ReceiptStatus.UPLOADED
    receipt.failure_code = None
    receipt.queued_at = now
    receipt.reading_attempts += 1
    await session.flush()
    await have_it_read(session, receipt)


def identify(receipt: Receipt, values: Mapping[str, Value | None]) -> None:
    """Set the keys by which the receipt is known, from the values that count."""
    if receipt.kind is None:
        return
    found = identity(receipt.kind, values)
    receipt.identity_key, receipt.fact_key = found.key, found.fact_key


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says a field is; money as text of yuan, dates as YYYY-MM-DD."""

    field: str
    value: str


async def confirm_fields(
    session: WriteSession,
    *,
    viewer: Viewer,
    receipt_id: uuid.UUID,
    corrections: list[Correction],
    reason: str | None,
    now: datetime,
) -> Receipt:
    """Store corrections beside the reading and confirm the receipt.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_NOT_READ_YET, RECEIPT_FIELD_UNKNOWN, RECEIPT_VALUE_INVALID, a
            MONEY_… code, or RECEIPT_REASON_REQUIRED when a proven field is contradicted.
    """
    receipt = await lock_own(session, viewer=viewer, receipt_id=receipt_id)
    if receipt.reading is None:
        raise Refusal("RECEIPT_NOT_READ_YET", path="receiptId")
    reading = from_json(receipt.reading)
    values = _checked(reading, corrections, reason)
    for name, value in values.items():
        field = reading.fields[name]
        session.add(
            ReceiptCorrection(
                hospital_id=receipt.hospital_id,
                id=new_id(),
                receipt_id=receipt.id,
                field_name=name,
                read_value={"value": field.value, "state": field.state.value},
                corrected_value={"value": value},
                reason=reason,
                corrected_by=viewer.staff_id,
                corrected_at=now,
            )
        )
    receipt.status = ReceiptStatus.CONFIRMED
    receipt.confirmed_at = now
    await session.flush()
    identify(receipt, await current_values(session, receipt))
    await audit.record(
        session,
        hospital_id=receipt.hospital_id,
        actor_id=viewer.staff_id,
        action="receipt.confirm",
        subject_type="receipt",
        subject_id=receipt.id,
        detail={"fields": sorted(values)},
        now=now,
    )
    return receipt


def _checked(
    reading: Reading, corrections: list[Correction], reason: str | None
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    faults: list[RefusalDetail] = []
    for index, correction in enumerate(corrections):
        path = f"fields.{index}.value"
        field = reading.fields.get(correction.field)
        if field is None:
            faults.append(RefusalDetail("RECEIPT_FIELD_UNKNOWN", f"fields.{index}.name"))
            continue
        try:
            value = _value(correction, path)
        except Refusal as refusal:
            faults.extend(refusal.details)
            continue
        if value != field.value:
            values[correction.field] = value
            if field.state is FieldState.PROVEN and not (reason or "").strip():
                faults.append(RefusalDetail("RECEIPT_REASON_REQUIRED", path))
    if faults:
        raise Refusal.of(tuple(faults))
    return values


def _value(correction: Correction, path: str) -> Value:
    text = correction.value.strip()
    if correction.field in MONEY_FIELDS:
        return parse_money(text, path=path)
    if correction.field == "date":
        if not _DATE.fullmatch(text):
            raise Refusal("RECEIPT_VALUE_INVALID", path=path)
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Refusal("RECEIPT_VALUE_INVALID", path=path) from None
    if not 1 <= len(text) <= VALUE_MAX or not text.isprintable():
        raise Refusal("RECEIPT_VALUE_INVALID", path=path)
    return text


async def current_values(session: AnySession, receipt: Receipt) -> dict[str, Value | None]:
    """The fields as they stand: what was read, with the newest correction of each on top."""
    if receipt.reading is None:
        return {}
    found = await session.scalars(
        select(ReceiptCorrection)
        .where(ReceiptCorrection.receipt_id == receipt.id)
        .order_by(ReceiptCorrection.corrected_at, ReceiptCorrection.id)
    )
    return corrected_values(from_json(receipt.reading), found)


def corrected_values(
    reading: Reading, corrections: Iterable[ReceiptCorrection]
) -> dict[str, Value | None]:
    """What was read with the corrections on top, the oldest first."""
    values: dict[str, Value | None] = {name: field.value for name, field in reading.fields.items()}
    for correction in corrections:
        corrected: dict[str, Any] = correction.corrected_value
        values[correction.field_name] = corrected["value"]
    return values


async def lock_own(session: WriteSession, *, viewer: Viewer, receipt_id: uuid.UUID) -> Receipt:
    """The viewer's receipt, locked. Raises Refusal NOT_FOUND for one of somebody else too."""
    receipt = await lock_receipt(session, receipt_id)
    if receipt is None or receipt.uploaded_by != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="receiptId")
    return receipt


async def lock_receipt(session: WriteSession, receipt_id: uuid.UUID) -> Receipt | None:
    found = await session.execute(
        select(Receipt)
        .where(Receipt.id == receipt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()
