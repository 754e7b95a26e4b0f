"""Everything the books know of a finished document, read in one transaction."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import ArchiveForm, Scenario
from mobile_hrp.domain.voucher.terms import VoucherState
from mobile_hrp.models.approval import ApprovalDecision, ApprovalInstance
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.models.organization import Department, Hospital, Staff
from mobile_hrp.models.receipt import Receipt, ReceiptUse
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.models.voucher import Voucher
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.form_seals import hide_people
from mobile_hrp.services import scenarios
from mobile_hrp.services.archive.shown_form import ShownField, shown_form
from mobile_hrp.services.snapshots import is_snapshot_of
from mobile_hrp.services.vouchers.drafts import vouchers_of

ENDED = frozenset({DocumentStatus.APPROVED, DocumentStatus.CLOSED})
_RULE = "rule"
"""Stands for the person where a rule of the flow decided."""
_PERMISSION_APPROVAL = "PermissionApprovalInfoData"
_OF_THE_ARCHIVE = "archive.%"
_NOT_OF_RECORD = "voucher.export"


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One verdict as it goes into the archive; times are UTC in ISO 8601."""

    node_key: str
    node_name: str
    archive_as: str
    actor: str
    actor_name: str
    on_behalf_of: str
    department: str
    rank: str
    verdict: str
    comment: str
    evidence: Mapping[str, Any]
    round: int
    snapshot_hash: str
    decided_at: str


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """An original: where its bytes are, and what it was uploaded as."""

    id: str
    storage_key: str
    sha256: str
    content_type: str
    original_name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Collected:
    """A document ready for its bundle.

    ``content`` is what was submitted, as the database holds it: people's amounts are sealed in it
    and shown nowhere in ``fields``. ``is_decided``: opened, it has the hash the decisions name.
    """

    document_id: uuid.UUID
    number: str
    title: str
    status: str
    scenario_code: str
    scenario_name: str
    scenario_version: str
    hospital_name: str
    agency_code: str
    requester: str
    department: str
    amount_fen: int
    submitted_on: str
    submitted_at: str
    finished_at: str
    snapshot_hash: str
    content: Mapping[str, Any]
    is_decided: bool
    fields: tuple[ShownField, ...]
    archive_form: ArchiveForm | None
    decisions: tuple[DecisionRecord, ...]
    receipts: tuple[ReceiptRecord, ...]
    vouchers: tuple[Voucher, ...]
    audit: tuple[Mapping[str, Any], ...]
    state: str


def state_of(document: Document, vouchers: Sequence[Voucher]) -> str:
    """Changes whenever the document or one of its vouchers does."""
    books = ",".join(sorted(f"{voucher.id}:{voucher.version}" for voucher in vouchers))
    return f"{document.version}:{document.status.value}:{document.snapshot_hash}:{books}"


async def collect(session: AnySession, *, document_id: uuid.UUID) -> Collected:
    """The document with all that belongs to it.

    Raises:
        Refusal: NOT_FOUND; ARCHIVE_NOT_READY while it goes round, or a voucher is not final.
    """
    row = (
        await session.execute(
            select(Document, Hospital, Staff.name, Department.name)
            .join(Hospital, Hospital.id == Document.hospital_id)
            .join(Staff, Staff.id == Document.requester_id)
            .join(Department, Department.id == Document.department_id)
            .where(Document.id == document_id)
        )
    ).one_or_none()
    if row is None:
        raise Refusal("NOT_FOUND", path="documentId")
    document, hospital, requester, department = row
    vouchers = tuple(await vouchers_of(session, document_id=document_id))
    _require_ended(document, vouchers)
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    scenario = loaded.scenario
    receipts = await _receipts(session, document_id)
    content, opened = await _content(session, document)
    return Collected(
        document_id=document.id,
        number=document.number,
        title=document.title,
        status=document.status.value,
        scenario_code=document.scenario_code,
        scenario_name=scenario.name.zh,
        scenario_version=document.scenario_version,
        hospital_name=hospital.name,
        agency_code=hospital.tax_id,
        requester=requester,
        department=department,
        amount_fen=document.amount_fen,
        submitted_on=_moment(document.submitted_at)[:10],
        submitted_at=_moment(document.submitted_at),
        finished_at=_moment(document.finished_at),
        snapshot_hash=document.snapshot_hash or "",
        content=content,
        is_decided=is_snapshot_of(opened, document.snapshot_hash or ""),
        fields=await shown_form(session, scenario.fields, hide_people(document.values)),
        archive_form=loaded.vocabulary.archive_forms.get(scenario.archive_form),
        decisions=await _decisions(session, document_id, scenario),
        receipts=receipts,
        vouchers=vouchers,
        audit=await _audit(session, document_id, receipts, vouchers),
        state=state_of(document, vouchers),
    )


def _require_ended(document: Document, vouchers: Sequence[Voucher]) -> None:
    if document.status not in ENDED or document.finished_at is None:
        raise Refusal("ARCHIVE_NOT_READY", path="documentId", status=document.status.value)
    for voucher in vouchers:
        if voucher.state is not VoucherState.FINAL:
            raise Refusal("ARCHIVE_NOT_READY", path="documentId", status=voucher.state.value)


async def _content(
    session: AnySession, document: Document
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The submitted version that the decisions name: as it stands, and opened."""
    found = (
        await session.execute(
            select(
                type_coerce(DocumentVersion.content, JSONB).label("standing"),
                DocumentVersion.content,
            )
            .where(
                DocumentVersion.document_id == document.id,
                DocumentVersion.snapshot_hash == document.snapshot_hash,
            )
            .order_by(DocumentVersion.version)
            .limit(1)
        )
    ).one_or_none()
    if found is None:
        raise Refusal("ARCHIVE_NOT_READY", path="documentId", status="no_version")
    return found.standing, found.content


async def _decisions(
    session: AnySession, document_id: uuid.UUID, scenario: Scenario
) -> tuple[DecisionRecord, ...]:
    actor, behalf = aliased(Staff), aliased(Staff)
    rows = await session.execute(
        select(ApprovalDecision, actor, behalf.name, Department.name)
        .join(ApprovalInstance, ApprovalInstance.id == ApprovalDecision.instance_id)
        .outerjoin(actor, actor.id == ApprovalDecision.actor_id)
        .outerjoin(behalf, behalf.id == ApprovalDecision.on_behalf_of_id)
        .outerjoin(Department, Department.id == actor.department_id)
        .where(ApprovalInstance.document_id == document_id)
        .order_by(ApprovalDecision.seq)
    )
    nodes = {node.key: node for node in scenario.nodes}
    found = []
    for decision, by, represented, department in rows:
        person: Staff | None = by
        node = nodes.get(decision.node_key)
        found.append(
            DecisionRecord(
                node_key=decision.node_key,
                node_name=node.name.zh if node else decision.node_key,
                archive_as=_PERMISSION_APPROVAL if node and node.archive else "",
                actor=person.employee_number if person else _RULE,
                actor_name=person.name if person else "",
                on_behalf_of=represented or "",
                department=department or "",
                rank=person.rank if person else "",
                verdict=decision.verdict.value,
                comment=decision.comment,
                evidence=decision.evidence,
                round=decision.round,
                snapshot_hash=decision.snapshot_hash,
                decided_at=_moment(decision.decided_at),
            )
        )
    return tuple(found)


async def _receipts(session: AnySession, document_id: uuid.UUID) -> tuple[ReceiptRecord, ...]:
    """The originals the document holds, in the order in which they were taken."""
    rows = await session.scalars(
        select(Receipt)
        .join(ReceiptUse, ReceiptUse.receipt_id == Receipt.id)
        .where(ReceiptUse.document_id == document_id, ReceiptUse.released_at.is_(None))
        .order_by(ReceiptUse.id)
    )
    return tuple(
        ReceiptRecord(
            id=str(row.id),
            storage_key=row.storage_key,
            sha256=row.sha256,
            content_type=row.content_type,
            original_name=row.original_name,
            kind=row.kind.value if row.kind else "",
        )
        for row in rows
    )


async def _audit(
    session: AnySession,
    document_id: uuid.UUID,
    receipts: Sequence[ReceiptRecord],
    vouchers: Sequence[Voucher],
) -> tuple[Mapping[str, Any], ...]:
    """The trail of the document, its receipts and its vouchers; not that of looking at them.

    What the archive itself writes is left out, or each bundle would differ from the one before.
    """
    subjects = {
        "document": [document_id],
        "receipt": [uuid.UUID(one.id) for one in receipts],
        "voucher": [one.id for one in vouchers],
    }
    rows = await session.scalars(
        select(AuditEvent)
        .where(
            or_(
                *(
                    (AuditEvent.subject_type == kind) & AuditEvent.subject_id.in_(keys)
                    for kind, keys in subjects.items()
                )
            ),
            AuditEvent.action.not_like(_OF_THE_ARCHIVE),
            AuditEvent.action != _NOT_OF_RECORD,
        )
        .order_by(AuditEvent.xid, AuditEvent.seq)
    )
    return tuple(
        {
            "xid": int(row.xid),
            "seq": row.seq,
            "occurred_at": _moment(row.occurred_at),
            "actor_id": str(row.actor_id) if row.actor_id else None,
            "action": row.action,
            "subject_type": row.subject_type,
            "subject_id": str(row.subject_id),
            "detail": row.detail,
            "request_id": row.request_id,
        }
        for row in rows
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at is not None else ""
