"""A document that was submitted before goes round again: altered, or reopened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.access import mutation, needs
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.documents import DocumentPayload
from mobile_hrp.resolvers.approval_actions import run
from mobile_hrp.resolvers.approval_inputs import AlterDocumentInput, ReopenDocumentInput
from mobile_hrp.resolvers.documents import (
    entered_values,
    given_reasons,
    selected_approvers,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals.submission import alter_document, reopen_document

_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)


@strawberry.type
class ResubmissionMutation:
    @mutation(_SUBMIT, description="Change a document on its way, or an approved one (变更).")
    async def alter_document(self, info: Info, input: AlterDocumentInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await alter_document(
                session,
                viewer=viewer,
                document_id=decode_id("Document", input.document_id, path="documentId"),
                values=entered_values(input.values),
                comment=input.comment,
                expected_version=input.expected_version,
                selected=selected_approvers(input.selected),
                reasons=given_reasons(input.reasons),
                now=now,
            )
            return {"document_id": str(document.id)}

        return await run(info, "alterDocument", input, work)

    @mutation(_SUBMIT, description="Send a rejected or withdrawn document round again (唤醒).")
    async def reopen_document(self, info: Info, input: ReopenDocumentInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await reopen_document(
                session,
                viewer=viewer,
                document_id=decode_id("Document", input.document_id, path="documentId"),
                values=entered_values(input.values) if input.values is not None else None,
                comment=input.comment,
                expected_version=input.expected_version,
                selected=selected_approvers(input.selected),
                reasons=given_reasons(input.reasons),
                now=now,
            )
            return {"document_id": str(document.id)}

        return await run(info, "reopenDocument", input, work)
