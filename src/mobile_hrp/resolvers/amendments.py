"""An approver changes what is approved: deducts per line (核减), or fills in their own fields."""

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
from mobile_hrp.resolvers.approval_inputs import AmendDocumentInput
from mobile_hrp.resolvers.documents import entered_values
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.approvals.amending import Amendment, LineCut, amend_document

_DECIDE = needs(Permission.TASK_DECIDE)


@strawberry.type
class AmendmentMutation:
    @mutation(_DECIDE, description="Deduct from lines (核减) or fill in the fields of my step.")
    async def amend_document(self, info: Info, input: AmendDocumentInput) -> DocumentPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            document = await amend_document(
                session,
                viewer=viewer,
                task_id=decode_id("Task", input.task_id, path="taskId"),
                amendment=_amendment(input),
                now=now,
            )
            return {"document_id": str(document.id)}

        return await run(info, "amendDocument", input, work)


def _amendment(input: AmendDocumentInput) -> Amendment:
    return Amendment(
        snapshot_hash=input.snapshot_hash,
        reason=input.reason,
        lines=[
            LineCut(
                decode_id("DocumentLine", one.line_id, path=f"lines.{index}.lineId"),
                one.amount.at(f"lines.{index}.amount"),
                one.reason,
            )
            for index, one in enumerate(input.lines)
        ],
        values=entered_values(input.values) if input.values is not None else {},
    )
