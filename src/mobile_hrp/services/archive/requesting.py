"""When a document is ready for its bundle, the job that makes it, and making it on demand."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.terms import VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.services.archive.building import build_bundle, record_bundle
from mobile_hrp.services.archive.collecting import ENDED

ARCHIVE_JOB = "build_archive"
_NOT_YET = "ARCHIVE_NOT_READY"


async def archive_when_ready(session: WriteSession, *, document_id: uuid.UUID) -> None:
    """Have the bundle made if the document has ended and nothing of its books is open.

    To be called in the transaction that ends a document or makes a voucher final.
    """
    document = await session.scalar(select(Document).where(Document.id == document_id))
    if document is None or document.status not in ENDED or document.finished_at is None:
        return
    still_open = await session.scalar(
        select(func.count())
        .select_from(Voucher)
        .where(Voucher.document_id == document_id, Voucher.state != VoucherState.FINAL)
    )
    if not still_open:
        await jobs.enqueue(
            session,
            ARCHIVE_JOB,
            {"hospital_id": document.hospital_id, "document_id": document_id},
            dedupe_key=f"{ARCHIVE_JOB}:{document.hospital_id}:{document_id}",
        )


@dataclass(frozen=True, slots=True)
class ArchiveBuilder:
    """The worker's side. Running it twice, or after being killed, keeps one object and one row."""

    database: Database
    objects: Objects

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, document_id = int(payload["hospital_id"]), uuid.UUID(payload["document_id"])
        try:
            built = await build_bundle(
                database=self.database,
                objects=self.objects,
                hospital_id=hospital_id,
                document_id=document_id,
            )
            async with self.database.transaction(hospital_id) as session:
                await record_bundle(session, built, hospital_id=hospital_id, actor_id=None, now=now)
        except Refusal as refusal:
            if refusal.code != _NOT_YET:  # what is not ready now asks again by itself
                raise
