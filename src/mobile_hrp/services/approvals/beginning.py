"""The first step of an approval, or of its next round: what a submission and its preview share."""

from datetime import datetime

from mobile_hrp.domain.approval import open_instance
from mobile_hrp.domain.approval.commands import Alter, Command, Reopen, Resubmit
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.approval.terms import SYSTEM, InstanceStatus
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.approvals import catching_up, store
from mobile_hrp.services.approvals.commands import advance


async def begin(
    session: AnySession,
    *,
    document: Document,
    plan: FlowPlan,
    before: InstanceState | None,
    comment: str,
    now: datetime,
    snapshot: str | None = None,
) -> Outcome:
    """What the engine makes of sending the document on its way; nothing is stored.

    ``before`` is the approval it had so far. ``snapshot`` stands for the document's own hash where
    that is not known yet.

    Raises:
        Refusal: SELF_APPROVAL_PLANNED, and what the engine refuses of another round.
    """
    seen = snapshot or document.snapshot_hash or ""
    if before is None:
        people = catching_up.seated_in(plan)
        return open_instance(
            plan,
            instance_id=new_id(),
            requester=document.requester_id,
            snapshot_hash=seen,
            now=now,
            ids=store.fresh_ids(),
            amount_fen=document.amount_fen,
            inactive=await catching_up.inactive_among(session, people),
            proxies=await catching_up.grants_for(session, people, now),
        )
    news = await catching_up.news_for(
        session, hospital_id=document.hospital_id, state=before, now=now, plan=plan
    )
    again = _again(before.status, seen, document.amount_fen, plan, comment)
    steps = [*((SYSTEM, command) for command in news), (document.requester_id, again)]
    return advance(before, steps, now=now, ids=store.fresh_ids())


def _again(
    status: InstanceStatus, snapshot: str, amount_fen: int, plan: FlowPlan, comment: str
) -> Command:
    """The command that sends a document round once more, from the state its approval is in."""
    if status is InstanceStatus.RETURNED:
        return Resubmit(snapshot_hash=snapshot, plan=plan, amount_fen=amount_fen, comment=comment)
    if status in {InstanceStatus.WITHDRAWN, InstanceStatus.REJECTED}:
        return Reopen(snapshot_hash=snapshot, plan=plan, amount_fen=amount_fen, comment=comment)
    return Alter(snapshot_hash=snapshot, plan=plan, amount_fen=amount_fen, comment=comment)
