"""Drafts of business documents: save, read, lock."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.models.document import Document, DocumentCounter, DocumentLine
from mobile_hrp.models.organization import Department, Hospital, Staff
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import audit

LINES_MAX = 200
TITLE_MAX = 120
DESCRIPTION_MAX = 200


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line as entered. ``amount_fen`` was checked at the edge; positive."""

    id: uuid.UUID
    description: str
    expense_type: str
    amount_fen: int
    budget_line_id: uuid.UUID | None = None
    receipt_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a phone saves. ``id`` is made by the phone, so that saving twice is saving once."""

    id: uuid.UUID
    scenario_code: str
    scenario_version: str
    title: str
    lines: Sequence[LineDraft]
    values: Mapping[str, Any] = field(default_factory=dict)
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


async def lines_of(session: AsyncSession, document_id: uuid.UUID) -> Sequence[DocumentLine]:
    found = await session.execute(
        select(DocumentLine)
        .where(DocumentLine.document_id == document_id)
        .order_by(DocumentLine.position)
    )
    return found.scalars().all()


async def save_draft(
    session: WriteSession, *, viewer: Viewer, draft: Draft, now: datetime
) -> Document:
    """Create or replace a draft of the viewer's own.

    Raises:
        Refusal: DOCUMENT_LINES_REQUIRED, DOCUMENT_LINES_TOO_MANY, DOCUMENT_TEXT_INVALID,
            DOCUMENT_NOT_EDITABLE, DOCUMENT_VERSION_STALE, or NOT_FOUND for somebody else's.
    """
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    _check(draft)
    document = await session.get(
        Document, (viewer.hospital_id, draft.id), with_for_update=True, populate_existing=True
    )
    if document is None:
        document = await _create(session, viewer, draft, now)
    else:
        _check_editable(document, viewer, draft.expected_version)
        document.title = draft.title.strip()
        document.values = dict(draft.values)
        document.version += 1
    document.amount_fen = sum(line.amount_fen for line in draft.lines)
    await session.execute(delete(DocumentLine).where(DocumentLine.document_id == document.id))
    session.add_all(
        DocumentLine(
            hospital_id=viewer.hospital_id,
            id=line.id,
            document_id=document.id,
            position=position,
            description=line.description.strip(),
            expense_type=line.expense_type,
            amount_fen=line.amount_fen,
            budget_line_id=line.budget_line_id,
            receipt_id=line.receipt_id,
        )
        for position, line in enumerate(draft.lines)
    )
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


async def _create(session: WriteSession, viewer: Viewer, draft: Draft, now: datetime) -> Document:
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
        scenario_version=draft.scenario_version,
        title=draft.title.strip(),
        requester_id=viewer.staff_id,
        department_id=requester.department_id,
        campus_id=department.campus_id,
        status=DocumentStatus.DRAFT,
        amount_fen=0,
        values=dict(draft.values),
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


def _check(draft: Draft) -> None:
    faults: list[RefusalDetail] = []
    if not draft.lines:
        faults.append(RefusalDetail("DOCUMENT_LINES_REQUIRED", "lines"))
    if len(draft.lines) > LINES_MAX:
        faults.append(RefusalDetail("DOCUMENT_LINES_TOO_MANY", "lines", {"limit": LINES_MAX}))
    if not _readable(draft.title, TITLE_MAX):
        faults.append(RefusalDetail("DOCUMENT_TEXT_INVALID", "title", {"limit": TITLE_MAX}))
    faults.extend(
        RefusalDetail(
            "DOCUMENT_TEXT_INVALID", f"lines.{index}.description", {"limit": DESCRIPTION_MAX}
        )
        for index, line in enumerate(draft.lines[:LINES_MAX])
        if not _readable(line.description, DESCRIPTION_MAX)
    )
    if faults:
        raise Refusal.of(tuple(faults))


def _readable(text: str, limit: int) -> bool:
    stripped = text.strip()
    return 1 <= len(stripped) <= limit and not any(
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
