"""Receipts: take an original in, keep what was read, let a person confirm what is doubtful."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import parse_money
from mobile_hrp.domain.receipts.identity import identity
from mobile_hrp.domain.receipts.reading import (
    MONEY_FIELDS,
    Buyer,
    FieldState,
    Reading,
    Value,
    from_json,
    to_json,
)
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.receipt import Receipt, ReceiptCorrection, ReceiptStatus
from mobile_hrp.ocr.request import Request
from mobile_hrp.ocr.workers import Inspection, RecognitionPool
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.services import audit, events

READ_JOB = "read_receipt"
NAME_MAX = 200
VALUE_MAX = 200
QR_HINT_MAX = 600
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OPEN = frozenset({ReceiptStatus.UPLOADED, ReceiptStatus.READING})


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

    The same file of the same person is the same receipt, however often it is sent.
    """
    viewer.require(Permission.RECEIPTS_UPLOAD, owner_id=viewer.staff_id)
    known = await session.execute(
        select(Receipt).where(
            Receipt.uploaded_by == viewer.staff_id, Receipt.sha256 == original.inspection.sha256
        )
    )
    if (receipt := known.scalars().first()) is not None:
        return receipt
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
    await jobs.enqueue(
        session,
        READ_JOB,
        {"hospital_id": viewer.hospital_id, "receipt_id": receipt_id},
        dedupe_key=f"{READ_JOB}:{viewer.hospital_id}:{receipt_id}",
    )
    return receipt


@dataclass(frozen=True, slots=True)
class ReceiptReader:
    """The worker's side of recognition. Running it twice for a receipt changes nothing."""

    database: Database
    objects: Objects
    pool: RecognitionPool
    engine: str

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, receipt_id = int(payload["hospital_id"]), uuid.UUID(payload["receipt_id"])
        async with self.database.transaction(hospital_id) as session:
            receipt = await _lock(session, receipt_id)
            if receipt is None or receipt.status not in _OPEN:
                return
            receipt.status = ReceiptStatus.READING
            hospital = (
                await session.execute(select(Hospital).where(Hospital.id == hospital_id))
            ).scalar_one()
            task = (receipt.storage_key, receipt.original_name, receipt.qr_hint)
            buyer = Buyer(hospital.name, hospital.tax_id)
        data = await self.objects.read(task[0])
        try:
            reading: Reading | Refusal = await self.pool.recognise(
                data,
                task[1],
                Request(engine=self.engine, hospital=buyer, qr_hint=task[2], today=now.date()),
            )
        except Refusal as refusal:
            reading = refusal
        async with self.database.transaction(hospital_id) as session:
            await _store(session, receipt_id, reading, now)


async def _store(
    session: WriteSession, receipt_id: uuid.UUID, reading: Reading | Refusal, now: datetime
) -> None:
    receipt = await _lock(session, receipt_id)
    if receipt is None or receipt.status not in _OPEN:
        return
    receipt.read_at = now
    if isinstance(reading, Refusal):
        receipt.status = ReceiptStatus.FAILED
        receipt.failure_code = reading.code
    else:
        receipt.status = ReceiptStatus.READ
        receipt.kind = reading.kind
        receipt.reading = to_json(reading)
        _identify(receipt, {name: field.value for name, field in reading.fields.items()})
    await events.publish(
        session,
        hospital_id=receipt.hospital_id,
        kind="receipt_read",
        dedupe_key=f"receipt_read:{receipt.id}",
        subject_type="receipt",
        subject_id=receipt.id,
        audience=(receipt.uploaded_by,),
        now=now,
    )


def _identify(receipt: Receipt, values: Mapping[str, Value | None]) -> None:
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
    receipt = await _lock(session, receipt_id)
    if receipt is None or receipt.uploaded_by != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="receiptId")
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
    _identify(receipt, await current_values(session, receipt))
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
    values: dict[str, Value | None] = {
        name: field.value for name, field in from_json(receipt.reading).fields.items()
    }
    found = await session.execute(
        select(ReceiptCorrection)
        .where(ReceiptCorrection.receipt_id == receipt.id)
        .order_by(ReceiptCorrection.corrected_at, ReceiptCorrection.id)
    )
    for correction in found.scalars():
        corrected: dict[str, Any] = correction.corrected_value
        values[correction.field_name] = corrected["value"]
    return values


async def _lock(session: WriteSession, receipt_id: uuid.UUID) -> Receipt | None:
    found = await session.execute(
        select(Receipt)
        .where(Receipt.id == receipt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()
