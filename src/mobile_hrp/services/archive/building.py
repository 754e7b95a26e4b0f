"""Make the bundle of a document: its bytes first, then the row and the audit entry that name them.

The same state of the books gives the same bytes, so building twice (by a worker that was killed, by
two people at once) keeps one object and one row. When the books have moved on, a later bundle
stands beside the earlier one.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from mobile_hrp.domain.archive.audit_excerpt import chained
from mobile_hrp.domain.archive.bundle import make_bundle
from mobile_hrp.domain.archive.completeness import Lack, check_completeness
from mobile_hrp.domain.archive.manifest import BundleFile, Manifest, Role
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import ObjectMissingError, Objects
from mobile_hrp.services import audit
from mobile_hrp.services.archive.collecting import Collected, ReceiptRecord, collect, state_of
from mobile_hrp.services.archive.form_elements import form_elements
from mobile_hrp.services.archive.page import document_page
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.vouchers.drafts import vouchers_of
from mobile_hrp.services.vouchers.export import ExportedVoucher, as_xml, export_vouchers

_JSON, _XML, _HTML = "application/json", "application/xml", "text/html"
_SUFFIXES = {
    "application/pdf": "pdf",
    "application/ofd": "ofd",
    "application/xml": "xml",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}
_FORM_XML = "form/form.xml"


@dataclass(frozen=True, slots=True)
class BuiltBundle:
    """A bundle whose bytes are in the object store; the row that names it is not written yet."""

    document_id: uuid.UUID
    manifest: Manifest
    bundle_sha256: str
    size_bytes: int
    storage_key: str
    lacks: tuple[Lack, ...]
    state: str
    """Of the books when they were read (``state_of``)."""


async def build_bundle(
    *, database: Database, objects: Objects, hospital_id: int, document_id: uuid.UUID
) -> BuiltBundle:
    """Collect, pack and store the bundle; nothing is written to the database.

    Raises:
        Refusal: NOT_FOUND, ARCHIVE_NOT_READY, ARCHIVE_ORIGINAL_MISSING (the store has lost a
            receipt, or holds other bytes than were uploaded), ARCHIVE_TOO_LARGE.
    """
    async with database.reading(hospital_id) as session:
        collected = await collect(session, document_id=document_id)
        vouchers = await _exported(session, hospital_id, collected)
    originals = [await _original(objects, receipt) for receipt in collected.receipts]
    files = _files(collected, vouchers, originals)
    try:
        manifest, bundle = make_bundle(_identity(collected), files)
    except ValueError as problem:
        raise Refusal("ARCHIVE_TOO_LARGE", path="documentId") from problem
    digest = hashlib.sha256(bundle).hexdigest()
    key = f"{hospital_id}/archives/{digest[:2]}/{digest}.zip"
    await objects.keep(key, bundle)
    contents = {file.path: file.content for file in files}
    lacks = check_completeness(manifest, contents, is_decided=collected.is_decided)
    return BuiltBundle(document_id, manifest, digest, len(bundle), key, lacks, collected.state)


async def record_bundle(
    session: WriteSession,
    built: BuiltBundle,
    *,
    hospital_id: int,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> ArchiveBundle:
    """Write down that the stored bundle is the document's; a second time finds the first row.

    Raises:
        Refusal: NOT_FOUND; ARCHIVE_NOT_READY when the books have moved on since they were read.
    """
    document = await lock_document(session, built.document_id)
    vouchers = await vouchers_of(session, document_id=document.id)
    if state_of(document, vouchers) != built.state:
        raise Refusal("ARCHIVE_NOT_READY", path="documentId", status=document.status.value)
    known: ArchiveBundle | None = await session.scalar(
        select(ArchiveBundle).where(
            ArchiveBundle.document_id == built.document_id,
            ArchiveBundle.bundle_sha256 == built.bundle_sha256,
        )
    )
    if known is not None:
        return known
    before = await session.scalar(
        select(func.count())
        .select_from(ArchiveBundle)
        .where(ArchiveBundle.document_id == built.document_id)
    )
    row = ArchiveBundle(
        hospital_id=hospital_id,
        id=new_id(),
        document_id=built.document_id,
        sequence=(before or 0) + 1,
        bundle_sha256=built.bundle_sha256,
        manifest_sha256=built.manifest.sha256,
        size_bytes=built.size_bytes,
        file_count=len(built.manifest.entries),
        storage_key=built.storage_key,
        lacks=[asdict(lack) for lack in built.lacks],
        built_at=now,
        built_by=actor_id,
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="archive.build",
        subject_type="document",
        subject_id=built.document_id,
        detail={
            "bundle": str(row.id),
            "manifest_sha256": row.manifest_sha256,
            "bundle_sha256": row.bundle_sha256,
            "lacks": len(built.lacks),
        },
        now=now,
    )
    return row


async def _exported(
    session: AnySession, hospital_id: int, collected: Collected
) -> tuple[ExportedVoucher, ...]:
    keys = [voucher.id for voucher in collected.vouchers]
    return await export_vouchers(session, hospital_id=hospital_id, voucher_ids=keys, given={})


async def _original(objects: Objects, receipt: ReceiptRecord) -> bytes:
    """The uploaded bytes. What is stored under another hash now does not go into an archive."""
    try:
        content = await objects.read(receipt.storage_key)
    except ObjectMissingError as missing:
        raise Refusal("ARCHIVE_ORIGINAL_MISSING", path="documentId") from missing
    if hashlib.sha256(content).hexdigest() != receipt.sha256:
        raise Refusal("ARCHIVE_ORIGINAL_MISSING", path="documentId")
    return content


def _identity(collected: Collected) -> dict[str, str]:
    return {
        "number": collected.number,
        "scenario": collected.scenario_code,
        "scenario_version": collected.scenario_version,
        "snapshot_hash": collected.snapshot_hash,
        "agency": collected.agency_code,
        "books": "yes" if collected.vouchers else "no",
    }


def _files(
    collected: Collected, vouchers: Sequence[ExportedVoucher], originals: Sequence[bytes]
) -> list[BundleFile]:
    receipts = [
        BundleFile(_receipt_path(number, record), content, Role.RECEIPT, record.content_type)
        for number, (record, content) in enumerate(
            zip(collected.receipts, originals, strict=True), start=1
        )
    ]
    books = [
        BundleFile(f"vouchers/{number:04d}.xml", as_xml(voucher), Role.VOUCHER, _XML)
        for number, voucher in enumerate(vouchers, start=1)
    ]
    form = form_elements(collected)
    missing = {_FORM_XML: form.missing} if form.missing else {}
    missing |= {
        file.path: voucher.missing
        for file, voucher in zip(books, vouchers, strict=True)
        if voucher.missing
    }
    named = [
        (file.path, record.original_name)
        for file, record in zip(receipts, collected.receipts, strict=True)
    ]
    page = document_page(collected, receipts=named, vouchers=[voucher.head for voucher in vouchers])
    decisions = [asdict(decision) for decision in collected.decisions]
    metadata = _metadata(collected, receipts, books, vouchers, missing)
    return [
        BundleFile("form/form.json", _form(collected), Role.FORM_DATA, _JSON),
        BundleFile(_FORM_XML, form.xml, Role.FORM_ELEMENTS, _XML),
        BundleFile("form/form.html", page, Role.FORM_PAGE, _HTML),
        _data("approvals/approvals.json", Role.APPROVALS, {"decisions": decisions}),
        _data("audit/audit.json", Role.AUDIT, {"rows": chained(collected.audit)}),
        _data("metadata.json", Role.METADATA, metadata),
        *receipts,
        *books,
    ]


def _receipt_path(number: int, record: ReceiptRecord) -> str:
    return f"receipts/{number:04d}.{_SUFFIXES.get(record.content_type, 'bin')}"


def _form(collected: Collected) -> bytes:
    return _dumped({"content": collected.content, "snapshot_hash": collected.snapshot_hash})


def _metadata(
    collected: Collected,
    receipts: Sequence[BundleFile],
    books: Sequence[BundleFile],
    vouchers: Sequence[ExportedVoucher],
    missing: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """What the bundle is and holds: the list the test of completeness goes by."""
    return {
        "standard": "DA/T 95-2022",
        "number": collected.number,
        "title": collected.title,
        "status": collected.status,
        "scenario": collected.scenario_code,
        "scenario_name": collected.scenario_name,
        "form_table": collected.archive_form.table if collected.archive_form else "",
        "agency": collected.hospital_name,
        "requester": collected.requester,
        "department": collected.department,
        "submitted_at": collected.submitted_at,
        "finished_at": collected.finished_at,
        "receipts": [
            {"path": file.path, **{key: getattr(record, key) for key in _RECEIPT_KEYS}}
            for file, record in zip(receipts, collected.receipts, strict=True)
        ],
        "vouchers": [
            {
                "path": file.path,
                "event": row.event.value,
                "template": row.template_code,
                "template_version": row.template_version,
                "verified_by": str(row.verified_by),
                "finalized_by": str(row.finalized_by),
                "changes": row.changes,
                **{name: voucher.head.get(name, "") for name in _VOUCHER_KEYS},
            }
            for file, voucher, row in zip(books, vouchers, _in_order(collected), strict=True)
        ],
        "missing_elements": {path: list(names) for path, names in sorted(missing.items())},
    }


_RECEIPT_KEYS = ("id", "sha256", "content_type", "original_name", "kind")
_VOUCHER_KEYS = ("VOUCHER_NO", "DR_AMT", "CR_AMT", "DR_YS_AMT", "CR_YS_AMT")


def _in_order(collected: Collected) -> list[Any]:
    """The vouchers as ``export_vouchers`` orders them."""
    return sorted(collected.vouchers, key=lambda voucher: (voucher.dated, voucher.id))


def _data(path: str, role: Role, value: object) -> BundleFile:
    return BundleFile(path, _dumped(value), role, _JSON)


def _dumped(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()
