"""Deciding much at once: each item by itself, with a result of its own."""

import hashlib

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import REACHED, covered_by, mutation, needs
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.types.documents import DocumentPayload
from mobile_hrp.resolvers.approval_actions import act, verdict_of
from mobile_hrp.resolvers.approval_inputs import BatchDecideInput, BatchItemInput, body_of
from mobile_hrp.resolvers.documents import document_payload
from mobile_hrp.services.idempotency import check_key

BATCH_MAX = 200
_DECIDE = needs(Permission.TASK_DECIDE)


@covered_by(REACHED)
@strawberry.type(description="What became of one item of a batch.")
class BatchItemPayload:
    task_id: strawberry.ID
    payload: DocumentPayload


@covered_by(REACHED)
@strawberry.type(description="One result per item, in their order; or why nothing was done.")
class BatchDecidePayload:
    results: list[BatchItemPayload]
    accepted: int
    user_errors: list[UserError]


@strawberry.type
class BatchMutation:
    @mutation(_DECIDE, description="Up to 200 verdicts; a refused one stops no other.")
    async def batch_decide(self, info: Info, input: BatchDecideInput) -> BatchDecidePayload:
        try:
            _check(input)
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return BatchDecidePayload(results=[], accepted=0, user_errors=errors)
        results = [
            BatchItemPayload(
                task_id=item.task_id,
                payload=await _one(info, f"{input.idempotency_key}:{number}", item),
            )
            for number, item in enumerate(input.items)
        ]
        accepted = sum(not one.payload.user_errors for one in results)
        return BatchDecidePayload(results=results, accepted=accepted, user_errors=[])


def _check(input: BatchDecideInput) -> None:
    check_key(input.idempotency_key)
    if len(input.items) > BATCH_MAX:
        raise Refusal("BATCH_TOO_LARGE", path="items", limit=BATCH_MAX)


async def _one(info: Info, key: str, item: BatchItemInput) -> DocumentPayload:
    """One verdict in a transaction of its own; its key follows from the batch's and its place."""
    outcome = await act(
        info,
        "batchDecide",
        hashlib.sha256(key.encode()).hexdigest(),
        body_of(item),
        lambda: verdict_of(item),
    )
    return await document_payload(info, outcome)
