"""A holder changes the document: deducts from it (核减), or fills in the fields that are theirs.

What that asks of others:

- Decisions already given stay. Who agreed to more has agreed to less, so a deduction asks nobody
  again; only a policy that repeats a person's earlier yes by itself does not repeat it for a
  version that person has not seen.
- An own entry (a repairer's quote) may make the amount higher, but not once somebody has agreed:
  they would stand for money they never saw. The paper is sent back instead.
- Everybody who decides later sees, and names, the new snapshot; a decision on the old one is stale.
- A deduction leaves the route as it is: whom the higher amount made necessary still sees it. With
  an own entry the steps that have not begun follow the new values; the others stay.
- Nobody amends where the paper has taken effect: paid, sealed, received or under later review.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mobile_hrp.domain.approval.codes import ExplanationCode, RefusalCode
from mobile_hrp.domain.approval.commands import Amend
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.ending import sync_nodes
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_comment,
    check_snapshot,
    held_task,
    refuse_obstacle,
)
from mobile_hrp.domain.approval.plan import Branch, Explanation, FlowPlan, PlanNode, Stage
from mobile_hrp.domain.approval.separation import counted_decisions
from mobile_hrp.domain.approval.state import InstanceState, Task
from mobile_hrp.domain.approval.terms import (
    DEDUCT,
    EFFECT_KINDS,
    InstanceStatus,
    NodeStatus,
    SeatRole,
    Verdict,
)
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal


def require_amender(
    state: InstanceState,
    *,
    task_id: uuid.UUID,
    rights: Sequence[str],
    seen: str,
    actor: uuid.UUID,
    now: datetime,
) -> PlanNode:
    """The node at which ``actor`` may amend now; asked before anything of a document is changed.

    Raises:
        Refusal: as ``check_amender``.
    """
    draft = Draft(state, actor=actor, now=now, ids=iter(()))
    return check_amender(draft, task_id, rights, seen)[1]


def check_amender(
    draft: Draft, task_id: uuid.UUID, rights: Sequence[str], seen: str
) -> tuple[Task, PlanNode]:
    """The task and node of somebody who may amend what they saw, with all these rights.

    Raises:
        Refusal: TASK_NOT_FOUND for an unknown and for a foreign task alike, SNAPSHOT_STALE,
            SELF_APPROVAL and the like, NOT_ALLOWED_HERE.
    """
    task = held_task(draft, task_id)
    node = draft.node(task.node_key)
    for person in (task.assignee, task.principal):
        if person is not None and (found := draft.obstacle(node, person)) is not None:
            raise refuse_obstacle(found, path="task_id")
    check_snapshot(draft, seen)
    in_effect = node.kind in EFFECT_KINDS or draft.status is InstanceStatus.EFFECTIVE
    for right in rights:
        if right not in node.can or in_effect or task.role is SeatRole.DELEGATE:
            raise Refusal(RefusalCode.NOT_ALLOWED_HERE, action=right, node=node.name or node.key)
    return task, node


def amend(draft: Draft, command: Amend) -> None:
    check_comment(command.comment, required=True)
    task, node = check_amender(draft, command.task_id, (command.right,), command.old_snapshot_hash)
    _check_amount(draft, node, command)
    before, before_fen = draft.snapshot_hash, draft.amount_fen
    draft.snapshot_hash = command.snapshot_hash
    draft.amount_fen = command.amount_fen
    if command.plan is not None:
        draft.plan = _rerouted(draft, command.plan)
        draft.forget()
        sync_nodes(draft)
    draft.emit(
        EventKind.AMENDED,
        node_key=node.key,
        task_id=task.id,
        staff=(draft.requester,),
        explanation=_explanation(command, node, before_fen),
        data={
            "right": command.right,
            "before": before,
            "after": command.snapshot_hash,
            "amount_fen_before": before_fen,
            "amount_fen": command.amount_fen,
            "comment": command.comment,
        },
    )


def _check_amount(draft: Draft, node: PlanNode, command: Amend) -> None:
    if command.amount_fen <= draft.amount_fen:
        return
    if command.right == DEDUCT:
        raise Refusal(
            RefusalCode.NOT_ALLOWED_HERE, action=command.right, node=node.name or node.key
        )
    if any(one.verdict is Verdict.APPROVED for one in counted_decisions(draft)):
        raise Refusal(
            RefusalCode.AMEND_RAISES_AMOUNT,
            before=format_money(draft.amount_fen),
            after=format_money(command.amount_fen),
        )


def _explanation(command: Amend, node: PlanNode, before_fen: int) -> Explanation:
    if command.right != DEDUCT:
        return Explanation(
            ExplanationCode.FIELDS_FILLED_IN,
            {"node": node.name or node.key, "reason": command.comment},
        )
    return Explanation(
        ExplanationCode.AMOUNT_DEDUCTED,
        {
            "node": node.name or node.key,
            "before": format_money(before_fen),
            "after": format_money(command.amount_fen),
            "deducted": format_money(before_fen - command.amount_fen),
            "reason": command.comment,
        },
    )


def _rerouted(draft: Draft, new: FlowPlan) -> FlowPlan:
    """The plan with the new route of the steps that have not begun."""
    old = draft.plan

    def kept(node: PlanNode) -> PlanNode:
        waits = draft.nodes[node.key].status is NodeStatus.WAITING
        return new.node_by_key.get(node.key, node) if waits else node

    stages = tuple(
        Stage(
            tuple(
                Branch(tuple(kept(node) for node in branch.nodes), branch.key)
                for branch in stage.branches
            ),
            stage.join,
        )
        for stage in old.stages
    )
    return replace(old, stages=stages, facts=old.facts | new.facts)
