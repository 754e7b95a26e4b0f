"""关闭: a request is used up, and the budget it still holds is free again (指引 43).

By hand, by whoever asked for it; and by itself when the scenario says so and a claim was paid.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.vocabulary import AutoClose, BudgetEvent, BudgetOperation
from mobile_hrp.models.budget import BudgetHold
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit, scenarios
from mobile_hrp.services.budget import adjusting as budget_adjusting
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.linked_requests import linked_requests, users_of

COMMENT_MAX = 2000
_UNDER_WAY = frozenset({DocumentStatus.IN_APPROVAL, DocumentStatus.RETURNED})


async def close_request(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    comment: str,
    now: datetime,
) -> Document:
    """Close an approved request; claims on their way keep what they have taken of it.

    Raises:
        Refusal: NOT_FOUND for anybody else's, DOCUMENT_NOT_CLOSABLE, COMMENT_TOO_LONG.
    """
    document = await lock_document(session, document_id)
    if document.requester_id != viewer.staff_id:
        raise Refusal("NOT_FOUND", path="documentId")
    if len(comment) > COMMENT_MAX:
        raise Refusal("COMMENT_TOO_LONG", path="comment", limit=COMMENT_MAX)
    scenario = await scenarios.of_document(session, document)
    closes = scenario.budget.operation(BudgetEvent.CLOSE) is not BudgetOperation.NONE
    if document.status is not DocumentStatus.APPROVED or not closes:
        raise Refusal("DOCUMENT_NOT_CLOSABLE", path="documentId", status=document.status.value)
    await _close(session, document, viewer.staff_id, now, {"comment_length": len(comment)})
    return document


async def close_finished_requests(
    session: WriteSession,
    *,
    claim: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> Sequence[uuid.UUID]:
    """A claim was paid: close the requests it used that need no further claim.

    Call after the claim's budget was executed. Answers with the documents that were closed.

    Raises:
        Refusal: PERIOD_CLOSED when what is left of one lies in a closed year.
    """
    requests = await linked_requests(session, document_id=claim.id)
    closed = []
    for key in requests.ids:
        document = await lock_document(session, key)
        if document.status is DocumentStatus.APPROVED and await _is_finished(session, document):
            await _close(session, document, actor_id, now, {"because_of": str(claim.id)})
            closed.append(key)
    return closed


async def _is_finished(session: AnySession, document: Document) -> bool:
    scenario = await scenarios.of_document(session, document)
    rule = scenario.budget.closes
    if rule is AutoClose.BY_HAND or await _claims_under_way(session, document.id):
        return False
    return rule is AutoClose.CLAIMED or not await _holds(session, document.id)


async def _claims_under_way(session: AnySession, request_id: uuid.UUID) -> bool:
    for user in await users_of(session, request_id=request_id):
        approved_unpaid = user.status is DocumentStatus.APPROVED and await _holds(session, user.id)
        if user.status in _UNDER_WAY or approved_unpaid:
            return True
    return False


async def _holds(session: AnySession, document_id: uuid.UUID) -> bool:
    found = select(exists().where(BudgetHold.document_id == document_id, BudgetHold.left_fen > 0))
    return bool(await session.scalar(found))


async def _close(
    session: WriteSession,
    document: Document,
    actor_id: uuid.UUID | None,
    now: datetime,
    detail: dict[str, object],
) -> None:
    await budget_adjusting.give_back_for_document(
        session,
        document=document,
        actor_id=actor_id,
        now=now,
        requests=await linked_requests(session, document_id=document.id),
    )
    document.status = DocumentStatus.CLOSED
    document.finished_at = now
    await audit.record(
        session,
        hospital_id=document.hospital_id,
        actor_id=actor_id,
        action="document.close",
        subject_type="document",
        subject_id=document.id,
        detail=detail,
        now=now,
    )
