"""Findings of the controls: before submitting, on documents, and waving one through."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_id, decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.findings import (
    FindingPayload,
    FindingsPayload,
    FindingType,
    kept_findings,
)
from mobile_hrp.models.finding import ControlFinding
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals.exceptions import ask_exception
from mobile_hrp.services.document_access import visible_document
from mobile_hrp.services.documents import content_of
from mobile_hrp.services.policy.checking import preview_findings
from mobile_hrp.services.policy.findings import (
    FindingFilter,
    finding_of,
    findings_of,
    findings_query,
    overridden_matters,
    override_finding,
)
from mobile_hrp.services.scenarios import loaded_scenario
from mobile_hrp.services.snapshots import snapshot_of

_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)
_VIEW = needs(Permission.FINDING_VIEW)
_OVERRIDE = needs(Permission.FINDING_OVERRIDE)


@strawberry.input(description="Which findings; what is left out does not narrow.")
class FindingFilterInput:
    controls: list[str] = strawberry.field(default_factory=list)
    severities: list[Severity] = strawberry.field(default_factory=list)
    department_id: strawberry.ID | None = None
    since: datetime | None = None
    until: datetime | None = strawberry.field(default=None, description="Exclusive.")
    open_only: bool = strawberry.field(
        default=False, description="Only those that wait for somebody to wave them through."
    )


@strawberry.input(description="A draft of mine that something stops.")
class AskExceptionInput:
    idempotency_key: str
    document_id: strawberry.ID
    expected_version: int | None = None


@strawberry.input(description="A finding, and why it may pass.")
class OverrideFindingInput:
    idempotency_key: str
    finding_id: strawberry.ID
    reason: str


@strawberry.type
class FindingQuery:
    @field(_SUBMIT, description="What submitting the document as it is saved would find.")
    async def preview_findings(self, info: Info, document_id: strawberry.ID) -> list[FindingType]:
        key = decode_id("Document", document_id, path="documentId")
        context = info.context
        async with context.reading() as session:
            document = await visible_document(
                session, viewer=context.require_viewer(), document_id=key
            )
            loaded = await loaded_scenario(
                session, document.scenario_code, document.scenario_version
            )
            found = await preview_findings(session, document=document, now=context.now())
            overridden = await overridden_matters(
                session, document.id, snapshot_of(content_of(document))
            )
        return [
            FindingType.previewed(one, loaded.vocabulary, overridden, key, context.locale)
            for one in found
        ]

    @field(_VIEW, description="Findings on the documents in my reach, newest first.")
    async def findings(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        filter: FindingFilterInput | None = None,
    ) -> Connection[FindingType]:
        wanted = _wanted(filter or FindingFilterInput())
        statement = newest_first(
            findings_query(info.context.require_viewer(), wanted),
            ControlFinding.found_at,
            ControlFinding.id,
            first=first,
            after=after,
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
            shown = await kept_findings(session, rows[:first], info.context.locale)
        by_row = dict(zip((row.id for row in rows), shown, strict=False))
        return connection_of(
            rows,
            first,
            position=lambda row: (row.found_at, row.id),
            node=lambda row: by_row[row.id],
        )


@strawberry.type
class FindingMutation:
    @mutation(_SUBMIT, description="Keep what stops my draft, so that it can pass (申请例外).")
    async def ask_exception(self, info: Info, input: AskExceptionInput) -> FindingsPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            key = decode_id("Document", input.document_id, path="documentId")
            await ask_exception(
                session,
                viewer=viewer,
                document_id=key,
                expected_version=input.expected_version,
                now=now,
            )
            return {"document_id": str(key)}

        outcome = await perform(
            info,
            operation="askException",
            key=input.idempotency_key,
            body={"document": input.document_id, "expected": input.expected_version},
            work=work,
        )
        found: list[FindingType] = []
        if outcome.result is not None:
            async with info.context.reading() as session:
                document = await visible_document(
                    session,
                    viewer=info.context.require_viewer(),
                    document_id=uuid.UUID(outcome.result["document_id"]),
                )
                rows = await findings_of(session, document)
                found = await kept_findings(session, rows, info.context.locale)
        return FindingsPayload(
            findings=found, user_errors=outcome.errors, replayed=outcome.replayed
        )

    @mutation(_OVERRIDE, description="Let the content pass in spite of a finding, with a reason.")
    async def override_finding(self, info: Info, input: OverrideFindingInput) -> FindingPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            finding = await override_finding(
                session,
                viewer=viewer,
                finding_id=decode_id("Finding", input.finding_id, path="findingId"),
                reason=input.reason,
                now=now,
            )
            return {"finding_id": str(finding.id)}

        outcome = await perform(
            info,
            operation="overrideFinding",
            key=input.idempotency_key,
            body={"finding": input.finding_id, "reason": input.reason},
            work=work,
        )
        shown = None
        if outcome.result is not None:
            async with info.context.reading() as session:
                row = await finding_of(session, uuid.UUID(outcome.result["finding_id"]))
                (shown,) = await kept_findings(session, [row], info.context.locale)
        return FindingPayload(finding=shown, user_errors=outcome.errors, replayed=outcome.replayed)


def _wanted(given: FindingFilterInput) -> FindingFilter:
    return FindingFilter(
        controls=given.controls,
        severities=[Severity(one) for one in given.severities],
        department_id=decode_optional_id(
            "Department", given.department_id, path="filter.departmentId"
        ),
        since=given.since,
        until=given.until,
        open_only=given.open_only,
    )
