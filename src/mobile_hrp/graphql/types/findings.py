"""What the controls of expense policy found, in words, with what was said to it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.policy.judging import NEVER_OVERRIDDEN, Matter, matter_of
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.model import Vocabulary
from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.mobile_contract.findings_catalogue import evidence_text, finding_message
from mobile_hrp.models.document import Document
from mobile_hrp.models.finding import ControlFinding, FindingOverride
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.findings import overrides_of
from mobile_hrp.services.scenarios import loaded_scenario

strawberry.enum(Severity, name="FindingSeverity")
strawberry.enum(ControlStage, name="ControlStage")


@covered_by(REACHED)
@strawberry.type(name="FindingEvidence", description="A value that decided; money in yuan.")
class EvidenceType:
    name: str
    text: str


@covered_by(REACHED)
@strawberry.type(name="FindingOverride", description="Who waved a finding through, and why.")
class FindingOverrideType:
    reason: str
    permission: str
    overridden_at: datetime
    row: strawberry.Private[FindingOverride]

    @field(REACHED)
    async def overridden_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.overridden_by)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a stored and a previewed finding have in common."""

    control: str
    key: str
    case: str
    severity: Severity
    path: str
    evidence: Mapping[str, Any]
    rule_version: str


@covered_by(REACHED)
@strawberry.type(name="Finding", description="What a control (管控点) found on a document.")
class FindingType:
    id: strawberry.ID | None = strawberry.field(description="Null in a preview: not kept.")
    control: str
    control_name: str
    stage: ControlStage
    case: str
    severity: Severity
    path: str = strawberry.field(description="The form path it is about; empty for the whole.")
    message: str
    evidence: list[EvidenceType]
    rule_version: str = strawberry.field(description="The policy tables it was judged by.")
    unchecked: bool = strawberry.field(description="Facts were missing; it stops nothing.")
    overridable: bool
    overridden: bool
    override: FindingOverrideType | None
    reason: str | None = strawberry.field(description="What the requester said to it.")
    found_at: datetime | None
    document_id: strawberry.ID
    document_key: strawberry.Private[uuid.UUID]

    @field(REACHED)
    async def document_number(self, info: Info) -> str:
        row = await info.context.loaders.documents.load(self.document_key)
        return row.number if row else ""

    @classmethod
    def kept(
        cls,
        row: ControlFinding,
        vocabulary: Vocabulary,
        override: FindingOverride | None,
        locale: str,
    ) -> Self:
        seen = _Seen(
            control=row.control,
            key=row.key,
            case=row.case_name,
            severity=row.severity,
            path=row.path,
            evidence=row.evidence,
            rule_version=row.rule_version,
        )
        return cls(
            **_shown(seen, vocabulary, locale),
            id=encode_id("Finding", row.id),
            stage=row.stage,
            overridden=override is not None,
            override=FindingOverrideType(
                reason=override.reason,
                permission=override.permission,
                overridden_at=override.overridden_at,
                row=override,
            )
            if override is not None
            else None,
            reason=row.reason,
            found_at=row.found_at,
            document_id=encode_id("Document", row.document_id),
            document_key=row.document_id,
        )

    @classmethod
    def previewed(
        cls,
        finding: Finding,
        vocabulary: Vocabulary,
        overridden: frozenset[Matter],
        document_id: uuid.UUID,
        locale: str,
    ) -> Self:
        seen = _Seen(
            control=finding.control,
            key=finding.key,
            case=finding.case,
            severity=finding.severity,
            path=finding.path,
            evidence=finding.evidence,
            rule_version=finding.rule_version,
        )
        return cls(
            **_shown(seen, vocabulary, locale),
            id=None,
            stage=vocabulary.controls[finding.control].stage,
            overridden=matter_of(finding) in overridden,
            override=None,
            reason=None,
            found_at=None,
            document_id=encode_id("Document", document_id),
            document_key=document_id,
        )


def _shown(seen: _Seen, vocabulary: Vocabulary, locale: str) -> dict[str, Any]:
    control = vocabulary.controls.get(seen.control)
    return {
        "control": seen.control,
        "control_name": control.name.localized(locale) if control else seen.control,
        "case": seen.case,
        "severity": seen.severity,
        "path": seen.path,
        "message": finding_message(seen.key, seen.case, seen.evidence, locale),
        "evidence": [
            EvidenceType(name=name, text=evidence_text(name, value, locale))
            for name, value in seen.evidence.items()
        ],
        "rule_version": seen.rule_version,
        "unchecked": seen.case == "unchecked",
        "overridable": seen.severity in {Severity.BLOCK, Severity.REQUIRE_REASON}
        and seen.key not in NEVER_OVERRIDDEN,
    }


async def kept_findings(
    session: AnySession, rows: Sequence[ControlFinding], locale: str
) -> list[FindingType]:
    """Stored findings in words, with the override that holds; each scenario is loaded once."""
    overrides = await overrides_of(session, rows)
    documents = await session.execute(
        select(Document.id, Document.scenario_code, Document.scenario_version).where(
            Document.id.in_({row.document_id for row in rows})
        )
    )
    made_under = {key: (code, version) for key, code, version in documents}
    words = {
        code_and_version: (await loaded_scenario(session, *code_and_version)).vocabulary
        for code_and_version in sorted(set(made_under.values()))
    }
    return [
        FindingType.kept(row, words[made_under[row.document_id]], overrides.get(row.id), locale)
        for row in rows
    ]


@covered_by(REACHED)
@strawberry.type(description="The finding as it is now, or why nothing was done.")
class FindingPayload:
    finding: FindingType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="What would stop the draft, kept so that it can be waved through.")
class FindingsPayload:
    findings: list[FindingType]
    user_errors: list[UserError]
    replayed: bool = False
