"""Drafts of business documents: save, read, lock."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.charges import charged_rows, document_amount
from mobile_hrp.domain.scenario.deductions import without_deductions
from mobile_hrp.domain.scenario.form import Filling, FormStage, fill
from mobile_hrp.models.document import Document, DocumentCounter, DocumentLine
from mobile_hrp.models.organization import Department, Hospital, Staff
from mobile_hrp.models.receipt import ReceiptUse
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, scenarios
from mobile_hrp.services.form_references import check_references
from mobile_hrp.services.policy.providing import provided_values
from mobile_hrp.services.scenarios import LoadedScenario

TITLE_MAX = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """What a phone saves. ``id`` is made by the phone, so that saving twice is saving once.

    ``values`` are the form's values as entered: ids as text, money as text of yuan.
    """

    id: uuid.UUID
    scenario_code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    expected_version: int | None = None


async def lock_document(session: WriteSession, document_id: uuid.UUID) -> Document:
    """The document, locked until the transaction ends. Raises Refusal NOT_FOUND."""
    found = await session.execute(
        select(Document).where(Document.id == document_id).with_for_update()
    )
    document = found.scalar_one_or_none()
    if document is None:
        raise Refusal("NOT_FOUND", path="documentId")
    return document


async def save_draft(
    session: WriteSession, *, viewer: Viewer, draft: Draft, now: datetime
) -> Document:
    """Create or replace a draft of the viewer's own; holes are allowed, wrong values are not.

    Raises:
        Refusal: FORM_… and MONEY_… per field path, SCENARIO_UNKNOWN, DOCUMENT_TEXT_INVALID,
            DOCUMENT_NOT_EDITABLE, DOCUMENT_VERSION_STALE, or NOT_FOUND for somebody else's.
    """
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    if not _readable(draft.title, TITLE_MAX):
        raise Refusal("DOCUMENT_TEXT_INVALID", path="title", limit=TITLE_MAX)
    document = await session.get(
        Document, (viewer.hospital_id, draft.id), with_for_update=True, populate_existing=True
    )
    if document is None:
        loaded = await scenarios.published(session, draft.scenario_code)
        document = await _create(session, viewer, draft, loaded.version, now)
    else:
        _check_editable(document, viewer, draft.expected_version)
        loaded = await scenarios.loaded_scenario(
            session, document.scenario_code, document.scenario_version
        )
        document.version += 1
    await store_values(session, document, loaded, draft.values, FormStage.DRAFT, now=now)
    document.title = draft.title.strip() or _title(loaded, document.values)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="document.save",
        subject_type="document",
        subject_id=document.id,
        detail={"version": document.version, "amount_fen": document.amount_fen},
        now=now,
    )
    return document


async def store_values(
    session: WriteSession,
    document: Document,
    loaded: LoadedScenario,
    given: Mapping[str, Any],
    stage: FormStage,
    *,
    now: datetime | None,
) -> Sequence[DocumentLine]:
    """Fill the form, store its values, and derive amount and lines; answer with the lines.

    What the policy tables compute is computed as of ``now``; None leaves it as it was stored.
    """
    scenario = loaded.scenario
    # what was deducted from an earlier version is not deducted from this one
    previous = without_deductions(scenario, document.values)
    document.deductions = {}
    filling = Filling(stage, loaded.vocabulary.thresholds, previous=previous)
    values = fill(scenario.fields, given, filling).checked()
    await check_references(
        session, hospital_id=document.hospital_id, fields=scenario.fields, values=values
    )
    document.values = values
    if now is not None:
        found = await provided_values(session, document=document, loaded=loaded, now=now)
        if found:  # once more: other fields may be calculated with them
            values = fill(scenario.fields, given, replace(filling, provided=found)).checked()
            document.values = values
    document.amount_fen = document_amount(scenario, values)
    await session.execute(  # a document sent back still holds its receipts; their lines go now
        update(ReceiptUse)
        .where(ReceiptUse.document_id == document.id)
        .values(document_line_id=None)
    )
    await session.execute(delete(DocumentLine).where(DocumentLine.document_id == document.id))
    lines = [
        DocumentLine(
            hospital_id=document.hospital_id,
            id=new_id(),
            document_id=document.id,
            position=position,
            description=row.description,
            expense_type=row.expense_type,
            amount_fen=row.amount_fen,
            budget_line_id=row.budget_line_id,
            form_path=row.path,
            receipt_ids=[str(receipt) for receipt in row.receipts],
        )
        for position, row in enumerate(charged_rows(scenario, values))
    ]
    session.add_all(lines)
    await session.flush()
    return lines


def content_of(document: Document) -> dict[str, Any]:
    """What a submission keeps and its hash covers: everything a person sees when deciding."""
    deducted = {"deductions": document.deductions} if document.deductions else {}
    return {
        **deducted,
        "number": document.number,
        "scenario": document.scenario_code,
        "scenario_version": document.scenario_version,
        "title": document.title,
        "requester": str(document.requester_id),
        "department": str(document.department_id),
        "amount_fen": document.amount_fen,
        "values": document.values,
    }


def _title(loaded: LoadedScenario, values: Mapping[str, Any]) -> str:
    """A title when the requester gave none: the reason, or what kind of document it is."""
    reason = values.get("reason")
    text = str(reason) if reason else loaded.scenario.name.zh
    return text.splitlines()[0][:TITLE_MAX]


async def _create(
    session: WriteSession, viewer: Viewer, draft: Draft, version: str, now: datetime
) -> Document:
    requester = (
        await session.execute(select(Staff).where(Staff.id == viewer.staff_id))
    ).scalar_one()
    department = (
        await session.execute(select(Department).where(Department.id == requester.department_id))
    ).scalar_one()
    document = Document(
        hospital_id=viewer.hospital_id,
        id=draft.id,
        number=await _next_number(session, viewer.hospital_id, draft.scenario_code, now),
        scenario_code=draft.scenario_code,
        scenario_version=version,
        title="",
        requester_id=viewer.staff_id,
        department_id=requester.department_id,
        campus_id=department.campus_id,
        status=DocumentStatus.DRAFT,
        amount_fen=0,
        values={},
        deductions={},
        version=1,
        created_at=now,
    )
    session.add(document)
    await session.flush()
    return document


def _check_editable(document: Document, viewer: Viewer, expected_version: int | None) -> None:
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    if not document.status.editable:
        raise Refusal("DOCUMENT_NOT_EDITABLE", path="documentId", status=document.status.value)
    check_version(document, expected_version)


def check_version(document: Document, expected_version: int | None) -> None:
    """Raise DOCUMENT_VERSION_STALE when the phone edited another version than the present one."""
    if expected_version is not None and expected_version != document.version:
        raise Refusal(
            "DOCUMENT_VERSION_STALE",
            path="expectedVersion",
            current=document.version,
            expected=expected_version,
        )


def _readable(text: str, limit: int) -> bool:
    stripped = text.strip()
    return len(stripped) <= limit and not any(
        unicodedata.category(character) in {"Cc", "Cs", "Co"} for character in stripped
    )


async def _next_number(
    session: WriteSession, hospital_id: int, scenario_code: str, now: datetime
) -> str:
    """A readable running number, ``GENERAL_CLAIM-20261122-0007``, in the hospital's own date."""
    hospital = (
        await session.execute(select(Hospital).where(Hospital.id == hospital_id))
    ).scalar_one()
    day = now.astimezone(ZoneInfo(hospital.timezone)).strftime("%Y%m%d")
    prefix = f"{scenario_code.upper()}-{day}"
    taken = await session.execute(
        insert(DocumentCounter)
        .values(hospital_id=hospital_id, prefix=prefix, last_number=1)
        .on_conflict_do_update(
            index_elements=["hospital_id", "prefix"],
            set_={"last_number": DocumentCounter.last_number + 1},
        )
        .returning(DocumentCounter.last_number)
    )
    return f"{prefix}-{taken.scalar_one():04d}"
