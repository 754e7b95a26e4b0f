"""Deciding straight from a notification: what may be decided, the proof, the decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.tokens import token_hash
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.action_tokens import (
    IdentityProofPayload,
    IdentityProofType,
    OfferedDecisionPayload,
    OfferedDecisionType,
)
from mobile_hrp.graphql.types.documents import DocumentPayload
from mobile_hrp.graphql.types.identity import DonePayload
from mobile_hrp.resolvers.documents import document_payload
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import action_tokens, decision_proofs

_DECIDE = needs(Permission.TASK_DECIDE)


@strawberry.input(description="The link of a notification: n/{publicId}.")
class PrepareDecisionInput:
    link: str


@strawberry.input(description="A token of prepareDecision, and a comment where one is needed.")
class DecideByTokenInput:
    idempotency_key: str
    token: str
    comment: str = ""


@strawberry.input(description="The password once more, for the decision of this token.")
class ConfirmActionInput:
    token: str
    password: str


@strawberry.input(description="The password once more, for a decision on this task as shown.")
class ProveIdentityInput:
    task_id: strawberry.ID
    snapshot_hash: str
    password: str


@strawberry.type
class ActionTokenMutation:
    @mutation(_DECIDE, description="What I may decide straight from this notification.")
    async def prepare_decision(
        self, info: Info, input: PrepareDecisionInput
    ) -> OfferedDecisionPayload:
        viewer = info.context.require_viewer()
        try:
            async with info.context.writing() as session:
                offered = await action_tokens.offer(
                    session, viewer=viewer, link=input.link, now=info.context.now()
                )
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return OfferedDecisionPayload(decision=None, user_errors=errors)
        return OfferedDecisionPayload(decision=OfferedDecisionType.of(offered), user_errors=[])

    @mutation(_DECIDE, description="Decide as the token says; each token works once.")
    async def decide_by_token(self, info: Info, input: DecideByTokenInput) -> DocumentPayload:
        refused: list[Refusal] = []

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            try:
                document = await action_tokens.decide(
                    session, viewer=viewer, token=input.token, comment=input.comment, now=now
                )
            except Refusal as refusal:
                refused.append(refusal)
                raise
            return {"document_id": str(document.id)}

        outcome = await perform(
            info,
            operation="decideByToken",
            key=input.idempotency_key,
            body={"token": token_hash(input.token).hex(), "comment": input.comment},
            work=work,
        )
        if refused and outcome.errors:
            await _note(info, input.token, refused[-1])
        return await document_payload(info, outcome)

    @mutation(_DECIDE, description="Prove once more who I am, for the decision of this token.")
    async def confirm_action(self, info: Info, input: ConfirmActionInput) -> DonePayload:
        viewer, now = info.context.require_viewer(), info.context.now()
        try:
            await info.context.services.doors.confirm_password(
                viewer=viewer,
                password=input.password,
                source=info.context.client_address,
                now=now,
            )
            async with info.context.writing() as session:
                await action_tokens.confirm(session, viewer=viewer, token=input.token, now=now)
        except Refusal as refusal:
            if isinstance(refusal, action_tokens.TokenRefused):
                await _note(info, input.token, refusal)
            return DonePayload(done=False, user_errors=user_errors(refusal, info.context.locale))
        return DonePayload(done=True, user_errors=[])

    @mutation(_DECIDE, description="Prove once more who I am, for one decision on a task of mine.")
    async def prove_identity(self, info: Info, input: ProveIdentityInput) -> IdentityProofPayload:
        viewer, now = info.context.require_viewer(), info.context.now()
        try:
            task_id = decode_id("Task", input.task_id, path="taskId")
            async with info.context.reading() as session:
                await decision_proofs.check_task(session, viewer=viewer, task_id=task_id)
            await info.context.services.doors.confirm_password(
                viewer=viewer,
                password=input.password,
                source=info.context.client_address,
                now=now,
            )
            async with info.context.writing() as session:
                proof = await decision_proofs.give(
                    session,
                    viewer=viewer,
                    task_id=task_id,
                    snapshot_hash=input.snapshot_hash,
                    now=now,
                )
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return IdentityProofPayload(proof=None, user_errors=errors)
        return IdentityProofPayload(proof=IdentityProofType.of(proof), user_errors=[])


async def _note(info: Info, token: str, refusal: Refusal) -> None:
    """Keep that a token was refused; what the refusal rolled back is gone, this is not."""
    viewer = info.context.require_viewer()
    async with info.context.writing() as session:
        await action_tokens.note_refused(
            session,
            hospital_id=viewer.hospital_id,
            staff_id=viewer.staff_id,
            token=token,
            refusal=refusal,
            now=info.context.now(),
        )
