"""Draft, submit and look at documents."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select
from strawberry.scalars import JSON

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import SIGNED_IN, field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.form_values import inward
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.documents import DocumentPayload, DocumentType
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals.submission import submit_document
from mobile_hrp.services.document_access import (
    requested_documents,
    visible_document,
    visible_documents,
)
from mobile_hrp.services.documents import Draft, save_draft

_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)


@strawberry.input(description="A draft. The id is made by the phone; values are keyed by field.")
class SaveDraftInput:
    idempotency_key: str
    document_id: strawberry.ID
    scenario_code: str
    values: JSON
    title: str = ""
    expected_version: int | None = None


@strawberry.input(description="The people the requester chose for a step.")
class SelectedApproversInput:
    node_key: str
    staff_ids: list[strawberry.ID]


@strawberry.input(description="Why a finding is as it is: the answer to FINDING_NEEDS_REASON.")
class FindingReasonInput:
    control: str
    reason: str


@strawberry.input
class SubmitDocumentInput:
    idempotency_key: str
    document_id: strawberry.ID
    expected_version: int | None = None
    selected: list[SelectedApproversInput] = strawberry.field(default_factory=list)
    comment: str = ""
    reasons: list[FindingReasonInput] = strawberry.field(default_factory=list)


@strawberry.type
class DocumentQuery:
    @field(SIGNED_IN, description="A document I may see.")
    async def document(self, info: Info, id: strawberry.ID) -> DocumentType | None:
        async with info.context.reading() as session:
            try:
                row = await visible_document(
                    session,
                    viewer=info.context.require_viewer(),
                    document_id=decode_id("Document", id),
                )
            except Refusal as refusal:
                if refusal.code == "NOT_FOUND":
                    return None
                raise
        return DocumentType.of(row)

    @field(_SUBMIT, description="Documents I requested, newest first.")
    async def my_documents(
        self,
        info: Info,
        first: int,
        after: str | None = None,
        statuses: list[DocumentStatus] | None = None,
    ) -> Connection[DocumentType]:
        mine = requested_documents(info.context.require_viewer(), statuses or ())
        statement = newest_first(mine, Document.created_at, Document.id, first=first, after=after)
        async with info.context.reading() as session:
            rows = (await session.scalars(statement)).all()
        return connection_of(
            rows, first, position=lambda row: (row.created_at, row.id), node=DocumentType.of
        )


@strawberry.type
class DocumentMutation:
    @mutation(_SUBMIT, description="Create or replace a draft of mine.")
    async def save_draft(self, info: Info, input: SaveDraftInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            draft = Draft(
                id=decode_id("Document", input.document_id, path="documentId"),
                scenario_code=input.scenario_code,
                values=entered_values(input.values),
                title=input.title,
                expected_version=input.expected_version,
            )
            document = await save_draft(session, viewer=viewer, draft=draft, now=now)
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="saveDraft",
            key=input.idempotency_key,
            body={
                "document": input.document_id,
                "scenario": input.scenario_code,
                "values": input.values,
                "title": input.title,
                "expected": input.expected_version,
            },
            work=work,
        )
        return await document_payload(info, outcome)

    @mutation(_SUBMIT, description="Send a document of mine on its way.")
    async def submit_document(self, info: Info, input: SubmitDocumentInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await submit_document(
                session,
                viewer=viewer,
                document_id=decode_id("Document", input.document_id, path="documentId"),
                expected_version=input.expected_version,
                selected=selected_approvers(input.selected),
                comment=input.comment,
                reasons=given_reasons(input.reasons),
                now=now,
            )
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="submitDocument",
            key=input.idempotency_key,
            body={
                "document": input.document_id,
                "expected": input.expected_version,
                "selected": [[one.node_key, *one.staff_ids] for one in input.selected],
                "comment": input.comment,
                "reasons": [[one.control, one.reason] for one in input.reasons],
            },
            work=work,
        )
        return await document_payload(info, outcome)


def selected_approvers(
    chosen: list[SelectedApproversInput],
) -> dict[str, list[uuid.UUID]]:
    """The people chosen per node; raises Refusal ID_INVALID with the path."""
    return {
        one.node_key: [
            decode_id("Staff", staff_id, path=f"selected.{index}.staffIds.{number}")
            for number, staff_id in enumerate(one.staff_ids)
        ]
        for index, one in enumerate(chosen)
    }


def given_reasons(given: list[FindingReasonInput]) -> dict[str, str]:
    """The requester's reasons by control code; the last one given for a control counts."""
    return {one.control: one.reason for one in given}


def entered_values(given: Any) -> Mapping[str, Any]:
    values = inward(given)
    if not isinstance(values, Mapping):
        raise Refusal("FORM_VALUE_INVALID", path="values", type="object")
    return values


async def document_payload(info: Info, outcome: Outcome) -> DocumentPayload:
    """The document as it is after the mutation, or the reasons why nothing was done.

    Who may not see it (an objection needs no part in a document) is told no more of it.
    """

    async def read(result: Mapping[str, Any]) -> DocumentType | None:
        key, viewer = uuid.UUID(result["document_id"]), info.context.require_viewer()
        async with info.context.reading() as session:
            row = await session.scalar(
                select(Document).where(Document.id == key, visible_documents(viewer))
            )
        return DocumentType.of(row) if row else None

    return DocumentPayload(
        document=await outcome.object("document", read),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
