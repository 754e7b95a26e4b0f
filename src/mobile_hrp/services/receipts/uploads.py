"""Files that come in chunks over weak networks, and end where a file in one piece ends.

Chunks lie in the object store; a row is written once its bytes are there. What a killed process
leaves is either a chunk nobody knows of, which the phone sends again, or a complete file that is
finished when the phone asks again. Nothing an expired upload left stays (``removal_of_uploads``).
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.chunks import (
    KEPT_FOR,
    OPEN_MAX,
    Chunk,
    fits,
    is_sha256,
    missing_bytes,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.receipt import Receipt, ReceiptUpload, ReceiptUploadChunk
from mobile_hrp.ocr.intake import FILE_BYTES_MAX
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.schedule import OfHospital
from mobile_hrp.services.receipts.captures import Upload, own_capture, register
from mobile_hrp.services.receipts.store import NAME_MAX, QR_HINT_MAX, StoredOriginal

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as its phone announces it; ``upload`` says where it goes."""

    sha256: str
    size: int
    name: str
    upload: Upload


@dataclass(frozen=True, slots=True)
class Progress:
    """An upload and the chunks that have come."""

    row: ReceiptUpload
    chunks: tuple[Chunk, ...]

    @property
    def missing(self) -> int:
        return 0 if self.row.complete_key else missing_bytes(self.chunks, self.row.size_bytes)


def folder_of(row: ReceiptUpload) -> str:
    """Where the chunks of an upload lie."""
    return f"{row.hospital_id}/uploads/{row.id}/"


def key_of(row: ReceiptUpload, chunk: Chunk) -> str:
    return f"{folder_of(row)}{chunk.start}-{chunk.sha256}"


async def start(
    session: WriteSession, *, viewer: Viewer, announced: Announced, now: datetime
) -> Progress:
    """Open an upload. The same file of the same person is the same upload until it is over.

    Raises:
        Refusal: UPLOAD_HASH_INVALID, RECEIPT_EMPTY, RECEIPT_TOO_LARGE, RECEIPT_QR_TOO_LONG,
            NOT_FOUND for a capture of somebody else, UPLOADS_TOO_MANY.
    """
    viewer.require(Permission.RECEIPTS_UPLOAD, owner_id=viewer.staff_id)
    _check(announced)
    target = announced.upload
    if target.capture_id is not None:
        await own_capture(session, viewer=viewer, capture_id=target.capture_id)
    # One start of a person at a time: the limit holds and one file is one upload.
    await session.execute(
        select(Staff.id).where(Staff.id == viewer.staff_id).with_for_update(key_share=True)
    )
    mine = (ReceiptUpload.staff_id == viewer.staff_id, ReceiptUpload.ended_at.is_(None))
    known = await session.scalar(
        select(ReceiptUpload).where(*mine, ReceiptUpload.sha256 == announced.sha256)
    )
    if known is not None:
        if known.expires_at > now and known.size_bytes == announced.size:
            return await _progress(session, known)
        known.ended_at = now
        await session.flush()
    count = await session.scalar(select(func.count()).where(*mine, ReceiptUpload.expires_at > now))
    if int(count or 0) >= OPEN_MAX:
        raise Refusal("UPLOADS_TOO_MANY", path="size", limit=OPEN_MAX)
    row = ReceiptUpload(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        staff_id=viewer.staff_id,
        sha256=announced.sha256,
        size_bytes=announced.size,
        original_name=announced.name[:NAME_MAX],
        target_id=target.receipt_id,
        capture_id=target.capture_id,
        qr_text=target.qr_text,
        complete_key=await _sent_before(session, viewer, announced),
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(row)
    await session.flush()
    return Progress(row, ())


def _check(announced: Announced) -> None:
    if not is_sha256(announced.sha256):
        raise Refusal("UPLOAD_HASH_INVALID", path="sha256")
    if announced.size < 1:
        raise Refusal("RECEIPT_EMPTY", path="size")
    if announced.size > FILE_BYTES_MAX:
        raise Refusal("RECEIPT_TOO_LARGE", path="size", limit_mb=FILE_BYTES_MAX // 1024 // 1024)
    if len(announced.upload.qr_text or "") > QR_HINT_MAX:
        raise Refusal("RECEIPT_QR_TOO_LONG", path="qrText", limit=QR_HINT_MAX)


async def _sent_before(session: AnySession, viewer: Viewer, announced: Announced) -> str | None:
    """Where the bytes are, if this person sent this very file before: they need not come again."""
    return await session.scalar(
        select(Receipt.storage_key).where(
            Receipt.uploaded_by == viewer.staff_id,
            Receipt.sha256 == announced.sha256,
            Receipt.size_bytes == announced.size,
            Receipt.split_from.is_(None),
            Receipt.original_removed_at.is_(None),
        )
    )


async def progress_of(session: AnySession, *, viewer: Viewer, upload_id: uuid.UUID) -> Progress:
    """How far an upload is. Raises Refusal NOT_FOUND for one of somebody else too."""
    return await _progress(session, await _own(session, viewer, upload_id))


async def open_upload(
    session: AnySession, *, viewer: Viewer, upload_id: uuid.UUID, now: datetime
) -> Progress:
    """An upload that still takes bytes. Raises Refusal NOT_FOUND, UPLOAD_ENDED, UPLOAD_EXPIRED."""
    progress = await progress_of(session, viewer=viewer, upload_id=upload_id)
    _require_open(progress.row, now)
    return progress


async def add_chunk(
    session: WriteSession, *, viewer: Viewer, upload_id: uuid.UUID, chunk: Chunk, now: datetime
) -> Progress:
    """Note a chunk whose bytes are in the store; noting it twice is noting it once.

    Raises:
        Refusal: NOT_FOUND, UPLOAD_ENDED, UPLOAD_EXPIRED, or why the chunk does not fit.
    """
    row = await _own(session, viewer, upload_id, lock=True)
    _require_open(row, now)
    progress = await _progress(session, row)
    if not fits(chunk, size=row.size_bytes, present=progress.chunks):
        return progress
    session.add(
        ReceiptUploadChunk(
            hospital_id=row.hospital_id,
            id=new_id(),
            upload_id=row.id,
            start_byte=chunk.start,
            end_byte=chunk.end,
            sha256=chunk.sha256,
        )
    )
    await session.flush()
    return Progress(row, (*progress.chunks, chunk))


async def assembled(objects: Objects, progress: Progress) -> bytes:
    """The bytes of a complete upload.

    Raises:
        Refusal: UPLOAD_INCOMPLETE, UPLOAD_HASH_MISMATCH.
    """
    row = progress.row
    if progress.missing:
        raise Refusal("UPLOAD_INCOMPLETE", path="uploadId", missing=progress.missing)
    if row.complete_key:
        data = await objects.read(row.complete_key)
    else:
        ordered = sorted(progress.chunks, key=lambda one: one.start)
        data = b"".join([await objects.read(key_of(row, chunk)) for chunk in ordered])
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Refusal("UPLOAD_HASH_MISMATCH", path="sha256")
    return data


async def finish(
    session: WriteSession,
    *,
    viewer: Viewer,
    upload_id: uuid.UUID,
    original: StoredOriginal,
    now: datetime,
) -> Progress:
    """Put the file into the wallet as one that came in one piece; twice is once.

    Raises:
        Refusal: as ``receipt_captures.register``, UPLOAD_ENDED.
    """
    row = await _own(session, viewer, upload_id, lock=True)
    if row.receipt_id is not None:
        return await _progress(session, row)
    _require_open(row, now)
    upload = Upload(row.target_id, row.capture_id, row.qr_text)
    receipt = await register(session, viewer=viewer, upload=upload, original=original, now=now)
    await _end(session, row, now)
    row.receipt_id = receipt.id
    await session.flush()
    return Progress(row, ())


async def end_refused(
    session: WriteSession, *, viewer: Viewer, upload_id: uuid.UUID, code: str | None, now: datetime
) -> Progress:
    """End an upload without a receipt: its file was not acceptable, or the person gave it up."""
    row = await _own(session, viewer, upload_id, lock=True)
    if row.ended_at is None:
        await _end(session, row, now)
        row.refused_code = code
        await session.flush()
    return Progress(row, ())


async def _end(session: WriteSession, row: ReceiptUpload, now: datetime) -> None:
    row.ended_at = now
    await session.execute(
        delete(ReceiptUploadChunk).where(
            ReceiptUploadChunk.hospital_id == row.hospital_id,
            ReceiptUploadChunk.upload_id == row.id,
        )
    )


async def _own(
    session: AnySession, viewer: Viewer, upload_id: uuid.UUID, *, lock: bool = False
) -> ReceiptUpload:
    wanted = select(ReceiptUpload).where(
        ReceiptUpload.id == upload_id, ReceiptUpload.staff_id == viewer.staff_id
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row: ReceiptUpload | None = await session.scalar(wanted)
    if row is None:
        raise Refusal("NOT_FOUND", path="uploadId")
    return row


def _require_open(row: ReceiptUpload, now: datetime) -> None:
    if row.ended_at is not None:
        raise Refusal(row.refused_code or "UPLOAD_ENDED", path="uploadId")
    if row.expires_at <= now:
        raise Refusal("UPLOAD_EXPIRED", path="uploadId")


async def _progress(session: AnySession, row: ReceiptUpload) -> Progress:
    found = await session.scalars(
        select(ReceiptUploadChunk).where(ReceiptUploadChunk.upload_id == row.id)
    )
    return Progress(row, tuple(Chunk(one.start_byte, one.end_byte, one.sha256) for one in found))


def removal_of_uploads(objects: Objects) -> OfHospital:
    """The duty of one hospital: forget uploads whose time is over, with all their chunks."""

    async def run(database: Database, hospital_id: int, now: datetime) -> int:
        removed = 0
        while True:
            async with database.transaction(hospital_id) as session:
                rows = await _expired(session, hospital_id, now)
                for row in rows:
                    # Before the commit: what a crash leaves is done again, never forgotten.
                    await objects.remove_all(folder_of(row))
                    await session.delete(row)
            removed += len(rows)
            if len(rows) < _BATCH:
                return removed

    return run


async def _expired(
    session: WriteSession, hospital_id: int, now: datetime
) -> Sequence[ReceiptUpload]:
    return (
        await session.scalars(
            select(ReceiptUpload)
            .where(ReceiptUpload.hospital_id == hospital_id, ReceiptUpload.expires_at <= now)
            .order_by(ReceiptUpload.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
    ).all()
