"""What may be decided straight from a notification."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.approval.terms import Verdict
from mobile_hrp.domain.identity.step_up import StepUpReason
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.types.documents import DocumentType
from mobile_hrp.services.action_tokens import Action, Offered
from mobile_hrp.services.decision_proofs import Proof

strawberry.enum(StepUpReason, name="StepUpReason")


@covered_by(OWNER)
@strawberry.type(name="DecisionAction", description="One verdict that may be given, once.")
class DecisionActionType:
    verdict: Verdict
    token: str = strawberry.field(
        description="For decideByToken on this device. Keep it in memory only."
    )
    expires_at: datetime

    @classmethod
    def of(cls, action: Action) -> Self:
        return cls(verdict=action.verdict, token=action.token, expires_at=action.expires_at)


@covered_by(REACHED)
@strawberry.type(name="OfferedDecision", description="What to show, and the buttons under it.")
class OfferedDecisionType:
    document: DocumentType = strawberry.field(
        description="Show this: the tokens decide on this version and on no other."
    )
    snapshot_hash: str
    actions: list[DecisionActionType]
    step_up: list[StepUpReason] = strawberry.field(
        description="Not empty: confirmAction comes first, with the person's password."
    )

    @classmethod
    def of(cls, offered: Offered) -> Self:
        return cls(
            document=DocumentType.of(offered.document),
            snapshot_hash=offered.snapshot_hash,
            actions=[DecisionActionType.of(action) for action in offered.actions],
            step_up=list(offered.step_up),
        )


@covered_by(REACHED)
@strawberry.type
class OfferedDecisionPayload:
    decision: OfferedDecisionType | None
    user_errors: list[UserError]


@covered_by(OWNER)
@strawberry.type(name="IdentityProof", description="That I have just shown who I am.")
class IdentityProofType:
    token: str = strawberry.field(
        description="The evidence `step_up` of one approval, once. Keep it in memory only."
    )
    expires_at: datetime

    @classmethod
    def of(cls, proof: Proof) -> Self:
        return cls(token=proof.token, expires_at=proof.expires_at)


@covered_by(REACHED)
@strawberry.type
class IdentityProofPayload:
    proof: IdentityProofType | None
    user_errors: list[UserError]
