"""The worker's side of recognition: read what waits, keep what was read, cut photos of several."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.receipts.reading import Box, Buyer, Reading, to_json
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Hospital
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.ocr.request import Request
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import ObjectMissingError, Objects
from mobile_hrp.services import audit, events
from mobile_hrp.services.receipts.store import OPEN, identify, lock_receipt


@dataclass(frozen=True, slots=True)
class _Task:
    storage_key: str
    name: str
    request: Request


@dataclass(frozen=True, slots=True)
class ReceiptReader:
    """Reads one receipt. Running it twice for a receipt changes nothing."""

    database: Database
    objects: Objects
    pool: RecognitionPool
    engine: str

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, receipt_id = int(payload["hospital_id"]), uuid.UUID(payload["receipt_id"])
        async with self.database.transaction(hospital_id) as session:
            task = await self._begin(session, hospital_id, receipt_id, now)
        if task is None:
            return
        try:
            data = await self.objects.read(task.storage_key)
            reading: Reading | Refusal = await self.pool.recognise(data, task.name, task.request)
        except Refusal as refusal:
            reading = refusal
        except ObjectMissingError:  # removed when its retention ended, while it was sent again
            reading = Refusal("RECEIPT_ORIGINAL_GONE", path="file")
        async with self.database.transaction(hospital_id) as session:
            await store_reading(session, receipt_id=receipt_id, reading=reading, now=now)

    async def _begin(
        self, session: WriteSession, hospital_id: int, receipt_id: uuid.UUID, now: datetime
    ) -> _Task | None:
        receipt = await lock_receipt(session, receipt_id)
        if receipt is None or receipt.status not in OPEN:
            return None
        receipt.status = ReceiptStatus.READING
        hospital = (
            await session.execute(select(Hospital).where(Hospital.id == hospital_id))
        ).scalar_one()
        await _tell(session, receipt, "receipt_reading", now)
        request = Request(
            engine=self.engine,
            hospital=Buyer(hospital.name, hospital.tax_id),
            qr_hint=receipt.qr_hint,
            today=now.date(),
            region=Box(**receipt.region) if receipt.region else None,
        )
        return _Task(receipt.storage_key, receipt.original_name, request)


async def store_reading(
    session: WriteSession, *, receipt_id: uuid.UUID, reading: Reading | Refusal, now: datetime
) -> None:
    """Keep what was read; further receipts on the picture become receipts of their own."""
    receipt = await lock_receipt(session, receipt_id)
    if receipt is None or receipt.status not in OPEN:
        return
    receipt.read_at = now
    if isinstance(reading, Refusal):
        receipt.status = ReceiptStatus.FAILED
        receipt.failure_code = reading.code
    else:
        _keep(receipt, reading)
        for number, other in enumerate(reading.others, start=1):
            part = part_of(receipt, number, now)
            part.read_at = now
            _keep(part, other)
            session.add(part)
        if reading.others:
            await audit.record(
                session,
                hospital_id=receipt.hospital_id,
                actor_id=None,
                action="receipt.split",
                subject_type="receipt",
                subject_id=receipt.id,
                detail={"parts": len(reading.others) + 1},
                now=now,
            )
    await session.flush()
    await _tell(session, receipt, "receipt_read", now)


def part_of(receipt: Receipt, number: int, now: datetime) -> Receipt:
    """A new receipt that stands on the same picture; what it says is still to be read."""
    return Receipt(
        hospital_id=receipt.hospital_id,
        id=new_id(),
        sha256=receipt.sha256,
        size_bytes=receipt.size_bytes,
        content_type=receipt.content_type,
        original_name=receipt.original_name,
        storage_key=receipt.storage_key,
        working_key=receipt.working_key,
        uploaded_by=receipt.uploaded_by,
        split_from=receipt.id,
        part=number,
        status=ReceiptStatus.UPLOADED,
        reading_attempts=0,
        created_at=now,
        queued_at=now,
    )


def _keep(receipt: Receipt, reading: Reading) -> None:
    receipt.status = ReceiptStatus.READ
    receipt.kind = reading.kind
    receipt.reading = to_json(reading)
    identify(receipt, {name: field.value for name, field in reading.fields.items()})


async def _tell(session: WriteSession, receipt: Receipt, kind: str, now: datetime) -> None:
    await events.publish(
        session,
        hospital_id=receipt.hospital_id,
        kind=kind,
        dedupe_key=f"{kind}:{receipt.id}:{receipt.reading_attempts}",
        subject_type="receipt",
        subject_id=receipt.id,
        audience=(receipt.uploaded_by,),
        now=now,
    )
