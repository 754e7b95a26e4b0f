"""Proofs of identity for one decision on a task: given by password, used up with the decision.

What an approval is asked to bring as ``step_up`` is such a proof and nothing else; what stays in
the decision is which session proved it. A forged proof, somebody else's, one for another task and
one that was used are answered alike; the audit tells them apart.
"""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from mobile_hrp.domain.approval.terms import TaskStatus
from mobile_hrp.domain.identity.rate_limit import RateLimit
from mobile_hrp.domain.identity.step_up import FRESH_FOR, is_fresh
from mobile_hrp.domain.identity.tokens import TOKEN_BYTES, hospital_of, token_hash, token_text
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy.controls.unusual_device import STEP_UP
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.approval import ApprovalTask
from mobile_hrp.models.identity import DecisionProof
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.rate_limits import take_tokens

REFUSALS: Final = RateLimit("decision_proof.refused", capacity=30, per_token=FRESH_FOR / 15)
"""How many refused proofs of one person are audited; beyond, each is refused and none is noted."""
_PATH: Final = f"evidence.{STEP_UP}"
_TASK: Final = "task"


class ProofRefused(Refusal):
    """``reason`` is for the audit only; the person who presented the proof learns the code."""

    def __init__(self, reason: str, *, task_id: uuid.UUID) -> None:
        super().__init__("STEP_UP_PROOF_INVALID", path=_PATH)
        self.reason = reason
        self.task_id = task_id


@dataclass(frozen=True, slots=True)
class Proof:
    """``token`` exists nowhere else in readable form."""

    token: str = field(repr=False)
    expires_at: datetime


async def check_task(session: AnySession, *, viewer: Viewer, task_id: uuid.UUID) -> None:
    """Raise Refusal TASK_NOT_FOUND unless this task waits for the viewer."""
    found = await session.scalar(
        select(ApprovalTask.id).where(
            ApprovalTask.id == task_id,
            ApprovalTask.assignee_id == viewer.staff_id,
            ApprovalTask.status == TaskStatus.PENDING,
        )
    )
    if found is None:
        raise Refusal("TASK_NOT_FOUND", path="taskId")


async def give(
    session: WriteSession, *, viewer: Viewer, task_id: uuid.UUID, snapshot_hash: str, now: datetime
) -> Proof:
    """A proof for a decision on this task, to somebody who has just shown who they are."""
    token = token_text(viewer.hospital_id, secrets.token_bytes(TOKEN_BYTES))
    session.add(
        DecisionProof(
            hospital_id=viewer.hospital_id,
            id=new_id(),
            staff_id=viewer.staff_id,
            session_id=viewer.session_id,
            token_hash=token_hash(token),
            task_id=task_id,
            snapshot_hash=snapshot_hash,
            given_at=now,
        )
    )
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="decision_proof.give",
        subject_type=_TASK,
        subject_id=task_id,
        now=now,
        detail={"session_id": str(viewer.session_id)},
    )
    return Proof(token, now + FRESH_FOR)


async def redeem(
    session: WriteSession,
    *,
    viewer: Viewer,
    task_id: uuid.UUID,
    snapshot_hash: str,
    evidence: Mapping[str, str],
    now: datetime,
) -> Mapping[str, str]:
    """The evidence of an approval as it is kept: a proof in it is used up and named.

    Raises:
        ProofRefused: for a text that is no proof of this person for this decision, or no more.
    """
    token = evidence.get(STEP_UP, "").strip()
    if not token:
        return {name: value for name, value in evidence.items() if name != STEP_UP}
    row = None
    if hospital_of(token) == viewer.hospital_id:
        row = await session.scalar(
            select(DecisionProof)
            .where(DecisionProof.token_hash == token_hash(token))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    reason = _reason(row, viewer, task_id, snapshot_hash, now)
    if row is None or reason:
        raise ProofRefused(reason, task_id=task_id)
    row.used_at = now
    return {**evidence, STEP_UP: proof_of_session(viewer)}


def proof_of_session(viewer: Viewer) -> str:
    """What a decision keeps of a proof: the session it was given in."""
    return f"session:{viewer.session_id}"


async def note_refused(
    session: WriteSession, *, viewer: Viewer, refusal: ProofRefused, now: datetime
) -> None:
    """Audit a refused proof in a transaction of its own, never the text that was presented."""
    wait = await take_tokens(
        session,
        hospital_id=viewer.hospital_id,
        limit=REFUSALS,
        subject=str(viewer.staff_id),
        now=now,
    )
    if wait is not None:
        return
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="decision_proof.refuse",
        subject_type=_TASK,
        subject_id=refusal.task_id,
        now=now,
        detail={"reason": refusal.reason},
    )


async def forget(session: WriteSession, *, hospital_id: int, before: datetime) -> None:
    """Delete proofs given before a moment; the decisions they led to keep their session."""
    await session.execute(
        delete(DecisionProof).where(
            DecisionProof.hospital_id == hospital_id, DecisionProof.given_at < before
        )
    )


def _reason(
    row: DecisionProof | None,
    viewer: Viewer,
    task_id: uuid.UUID,
    snapshot_hash: str,
    now: datetime,
) -> str:
    """Why a proof does not hold; '' when it does."""
    if row is None:
        return "forged"
    faults = {
        "foreign": row.staff_id != viewer.staff_id,
        "elsewhere": row.session_id != viewer.session_id,
        "another_decision": (row.task_id, row.snapshot_hash) != (task_id, snapshot_hash),
        "used": row.used_at is not None,
        "stale": not is_fresh(row.given_at, now=now),
    }
    return next((reason for reason, holds in faults.items() if holds), "")
