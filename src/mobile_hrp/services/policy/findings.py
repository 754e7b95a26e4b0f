"""Findings of a document's versions: kept, looked up, answered and waved through."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.judging import (
    NEVER_OVERRIDDEN,
    PERMISSION_COMMENT,
    Answers,
    Matter,
)
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Vocabulary
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.models.finding import ControlFinding, FindingOverride, Occasion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.policy.exception_notices import tell_of_granted
from mobile_hrp.services.vouchers.access import documents_reached

REASON_MAX: Final = 500
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_STOPPING: Final = frozenset({Severity.BLOCK, Severity.REQUIRE_REASON})


@dataclass(frozen=True, slots=True)
class Recording:
    """On which content the findings to keep were made, and what the requester said to them."""

    document: Document
    snapshot: str
    vocabulary: Vocabulary
    occasion: Occasion
    now: datetime
    answers: Answers = field(default_factory=Answers)


async def record(
    session: WriteSession, findings: Iterable[Finding], recording: Recording
) -> list[ControlFinding]:
    """Keep findings on the document's present version. Append-only."""
    document, answers = recording.document, recording.answers
    rows = [
        ControlFinding(
            hospital_id=document.hospital_id,
            id=new_id(),
            document_id=document.id,
            document_version=document.version,
            snapshot_hash=recording.snapshot,
            occasion=recording.occasion,
            stage=recording.vocabulary.controls[finding.control].stage,
            position=position,
            control=finding.control,
            key=finding.key,
            case_name=finding.case,
            severity=finding.severity,
            path=finding.path,
            evidence=dict(finding.evidence),
            rule_version=finding.rule_version,
            reason=(answers.reason_for(finding.control) or None)
            if finding.severity is Severity.REQUIRE_REASON
            else None,
            found_at=recording.now,
        )
        for position, finding in enumerate(findings)
    ]
    session.add_all(rows)
    await session.flush()
    return rows


async def answers_to(
    session: AnySession, document: Document, reasons: Mapping[str, str], *, snapshot: str
) -> Answers:
    """What was said to findings of this content: by the requester now, and by who overrode them.

    Raises:
        Refusal: TEXT_INVALID or COMMENT_TOO_LONG at ``reasons.<number>.reason``.
    """
    for number, reason in enumerate(reasons.values()):
        check_reason(reason, path=f"reasons.{number}.reason")
    comment = document.values.get(PERMISSION_COMMENT)
    return Answers(
        reasons=reasons,
        comment=comment if isinstance(comment, str) else "",
        overridden=await overridden_matters(session, document.id, snapshot),
    )


def check_reason(reason: str, *, path: str) -> None:
    """Raise TEXT_INVALID or COMMENT_TOO_LONG for what no screen shows or nobody reads."""
    if len(reason) > REASON_MAX:
        raise Refusal("COMMENT_TOO_LONG", path=path, limit=REASON_MAX)
    if _UNSHOWABLE.search(reason):
        raise Refusal("TEXT_INVALID", path=path)


async def overridden_matters(
    session: AnySession, document_id: uuid.UUID, snapshot: str
) -> frozenset[Matter]:
    """The matters waved through for this content of the document, in whichever version."""
    rows = await session.execute(
        select(ControlFinding.control, ControlFinding.case_name, ControlFinding.path)
        .join(
            FindingOverride,
            (FindingOverride.hospital_id == ControlFinding.hospital_id)
            & (FindingOverride.finding_id == ControlFinding.id),
        )
        .where(ControlFinding.document_id == document_id, ControlFinding.snapshot_hash == snapshot)
    )
    return frozenset((control, case, path) for control, case, path in rows)


async def findings_of(session: AnySession, document: Document) -> Sequence[ControlFinding]:
    """Those of the version people look at: submitted last, or an exception asked for since."""
    if document.status.editable:
        asked = await _of_version(session, document.id, document.version, asked=True)
        if asked or document.status is DocumentStatus.DRAFT:
            return asked
    submitted = await session.scalar(
        select(func.max(DocumentVersion.version)).where(
            DocumentVersion.document_id == document.id,
            DocumentVersion.snapshot_hash == (document.snapshot_hash or ""),
        )
    )
    return await _of_version(session, document.id, submitted or document.version, asked=False)


async def finding_of(session: AnySession, finding_id: uuid.UUID) -> ControlFinding:
    """One that is known to be there."""
    found = await session.scalars(select(ControlFinding).where(ControlFinding.id == finding_id))
    return found.one()


async def _of_version(
    session: AnySession, document_id: uuid.UUID, version: int, *, asked: bool
) -> Sequence[ControlFinding]:
    of_occasion = ControlFinding.occasion == Occasion.ASKED
    rows = await session.scalars(
        select(ControlFinding)
        .where(
            ControlFinding.document_id == document_id,
            ControlFinding.document_version == version,
            of_occasion if asked else ~of_occasion,
        )
        .order_by(ControlFinding.found_at, ControlFinding.position, ControlFinding.id)
    )
    return rows.all()


async def overrides_of(
    session: AnySession, findings: Sequence[ControlFinding]
) -> dict[uuid.UUID, FindingOverride]:
    """The override that holds for each finding, be it of the same matter in another version."""
    if not findings:
        return {}
    same = aliased(ControlFinding)
    rows = await session.execute(
        select(ControlFinding.id, FindingOverride)
        .join(
            same,
            (same.hospital_id == ControlFinding.hospital_id)
            & (same.document_id == ControlFinding.document_id)
            & (same.snapshot_hash == ControlFinding.snapshot_hash)
            & (same.control == ControlFinding.control)
            & (same.case_name == ControlFinding.case_name)
            & (same.path == ControlFinding.path),
        )
        .join(
            FindingOverride,
            (FindingOverride.hospital_id == same.hospital_id)
            & (FindingOverride.finding_id == same.id),
        )
        .where(ControlFinding.id.in_([finding.id for finding in findings]))
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What of the hospital's findings is looked at. ``until`` is exclusive.

    ``open_only``: findings that stop a document and wait for somebody to wave them through.
    """

    controls: Sequence[str] = ()
    severities: Sequence[Severity] = ()
    department_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    open_only: bool = False


def findings_query(viewer: Viewer, wanted: FindingFilter) -> Select[ControlFinding]:
    """Findings on documents within the reach of the viewer's power to see them; unordered."""
    parts: list[ColumnElement[bool]] = [documents_reached(viewer, Permission.FINDING_VIEW)]
    if wanted.controls:
        parts.append(ControlFinding.control.in_(wanted.controls))
    if wanted.severities:
        parts.append(ControlFinding.severity.in_(wanted.severities))
    if wanted.department_id is not None:
        parts.append(Document.department_id == wanted.department_id)
    if wanted.since is not None:
        parts.append(ControlFinding.found_at >= wanted.since)
    if wanted.until is not None:
        parts.append(ControlFinding.found_at < wanted.until)
    if wanted.open_only:
        parts += [
            ControlFinding.occasion == Occasion.ASKED,
            ControlFinding.severity.in_(_STOPPING),
            ControlFinding.document_version == Document.version,
            ~exists(
                select(FindingOverride.id).where(
                    FindingOverride.hospital_id == ControlFinding.hospital_id,
                    FindingOverride.finding_id == ControlFinding.id,
                )
            ),
        ]
    return (
        select(ControlFinding)
        .join(
            Document,
            (Document.hospital_id == ControlFinding.hospital_id)
            & (Document.id == ControlFinding.document_id),
        )
        .where(*parts)
    )


async def override_finding(
    session: WriteSession,
    *,
    viewer: Viewer,
    finding_id: uuid.UUID,
    reason: str,
    now: datetime,
) -> ControlFinding:
    """Wave a finding through, with a reason, for the content it is about.

    Raises:
        Refusal: NOT_FOUND for a finding that is not there or out of reach, FINDING_OWN_DOCUMENT,
            FINDING_NOT_OVERRIDABLE, FINDING_ALREADY_OVERRIDDEN, FINDING_REASON_REQUIRED,
            COMMENT_TOO_LONG, TEXT_INVALID.
    """
    viewer.require_held(Permission.FINDING_OVERRIDE)
    finding = await session.scalar(
        select(ControlFinding)
        .join(
            Document,
            (Document.hospital_id == ControlFinding.hospital_id)
            & (Document.id == ControlFinding.document_id),
        )
        .where(
            ControlFinding.id == finding_id,
            documents_reached(viewer, Permission.FINDING_OVERRIDE),
        )
    )
    if finding is None:
        raise Refusal("NOT_FOUND", path="findingId")
    # whoever else overrides it, or submits the document, waits here
    document = await session.get(
        Document, (finding.hospital_id, finding.document_id), with_for_update=True
    )
    if document is None or document.requester_id == viewer.staff_id:
        raise Refusal("FINDING_OWN_DOCUMENT", path="findingId")
    if finding.severity not in _STOPPING or finding.key in NEVER_OVERRIDDEN:
        raise Refusal("FINDING_NOT_OVERRIDABLE", path="findingId", control=finding.control)
    if not reason.strip():
        raise Refusal("FINDING_REASON_REQUIRED", path="reason")
    check_reason(reason, path="reason")
    if finding.id in await overrides_of(session, [finding]):
        raise Refusal("FINDING_ALREADY_OVERRIDDEN", path="findingId")
    session.add(
        FindingOverride(
            hospital_id=finding.hospital_id,
            id=new_id(),
            finding_id=finding.id,
            overridden_by=viewer.staff_id,
            reason=reason.strip(),
            permission=Permission.FINDING_OVERRIDE.value,
            overridden_at=now,
        )
    )
    await audit.record(
        session,
        hospital_id=finding.hospital_id,
        actor_id=viewer.staff_id,
        action="finding.override",
        subject_type="finding",
        subject_id=finding.id,
        detail={
            "document_id": str(finding.document_id),
            "control": finding.control,
            "case": finding.case_name,
            "snapshot_hash": finding.snapshot_hash,
            "permission": Permission.FINDING_OVERRIDE.value,
        },
        now=now,
    )
    await session.flush()
    await tell_of_granted(
        session, document=document, finding=finding, granted_by=viewer.staff_id, now=now
    )
    return finding
