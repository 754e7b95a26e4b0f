"""How an instance ends, and what a new round does to the nodes of an old route."""

from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.state import NodeState
from mobile_hrp.domain.approval.terms import (
    CloseReason,
    InstanceStatus,
    NodeStatus,
)


def reject_instance(draft: Draft) -> None:
    end_instance(draft, InstanceStatus.REJECTED, EventKind.REJECTED)


def end_instance(
    draft: Draft, status: InstanceStatus, kind: EventKind, *, comment: str = ""
) -> None:
    """Stop everything. While an alteration was under way, what was in force before stays so."""
    stop_everything(draft, CloseReason.INSTANCE_ENDED)
    draft.closed_at = draft.now
    draft.emit(kind, staff=(draft.requester,), data={"comment": comment} if comment else None)
    if draft.in_force is None or status is InstanceStatus.VOIDED:
        draft.status = status
        draft.in_force = None
        return
    kept = draft.in_force
    draft.status = InstanceStatus.APPROVED
    draft.snapshot_hash = kept.snapshot_hash
    draft.amount_fen = kept.amount_fen
    draft.in_force = None
    draft.emit(
        EventKind.ALTERATION_DROPPED,
        staff=(draft.requester,),
        data={"round": kept.round, "snapshot_hash": kept.snapshot_hash},
    )


def stop_everything(draft: Draft, because: CloseReason) -> None:
    for node in draft.active_nodes():
        draft.finish_node(node.key, NodeStatus.SUPERSEDED, EventKind.NODE_SUPERSEDED, because)
    draft.close_tasks(sorted(draft.tasks.values(), key=lambda task: task.seq), because)


def sync_nodes(draft: Draft) -> None:
    """Give every node of the plan a state; nodes an older route had are superseded."""
    for node in draft.plan.nodes:
        if node.key not in draft.nodes:
            draft.nodes[node.key] = NodeState(id=next(draft.ids), key=node.key, mode=node.mode)
    for key, state in list(draft.nodes.items()):
        if key not in draft.plan.node_by_key and state.status is not NodeStatus.SUPERSEDED:
            draft.reset_node(key)
            draft.set_node(key, status=NodeStatus.SUPERSEDED)
