"""The approval engine: (state, command, now, ids) to (state, events).

How to use it::

    outcome = open_instance(plan, instance_id=..., requester=..., snapshot_hash=..., ...)
    outcome = decide(outcome.state, Approve(task_id, seen_hash), actor=..., now=..., ids=...)
    changes = project(old_state, outcome.state, outcome.events, document_id=..., ids=...)

``InstanceState.to_json`` and ``from_json`` store it; ``Refusal`` says no with a code of
``codes.RefusalCode``; ``try_decide`` is the item of a batch; ``next_wakeup`` says when to send the
next ``Tick``; ``liveness_alarms`` and ``audit_history`` are the watchman's and the auditor's
queries. Commands of ``SYSTEM_COMMANDS`` have the actor ``SYSTEM``. Modules: ``terms`` (vocabulary),
``plan`` (the routed flow), ``state``, ``commands``, ``events``, ``engine`` (the way in).

The exact meaning
-----------------
*Plan.* Stages run one after the other. A stage has branches that run side by side; a branch is a
row of nodes. With ``Join.ALL`` every branch must finish; with ``Join.ANY`` the first that finishes
wins and the others are superseded. Nothing nests. Conditions were decided by routing: a node that
is not needed is in the plan with ``skip`` saying why. The first stage that is not complete is the
one that runs; there is no other pointer.

*Node.* Active nodes have seats; a seat is a main task and whatever was added before or after it.
ANY, CLAIM: the first agreed seat finishes the node. ALL: every seat, of which at least one agreed,
the rest may abstain. SEQUENTIAL: the same, one after the other. VOTE: see ``VoteRule``; seats only
count. A binding rejection anywhere else rejects the node, its branch, and (unless another branch of
a ``Join.ANY`` may still win) the instance. CLAIM: the claimer holds the task until it is released;
agreeing without claiming first is allowed while nobody has claimed. A node whose seats are all over
without an agreement is empty. NOTIFY sends copies and is done.

*Adding.* Before: I wait until they agree. After: they are asked once I agreed, and my seat is
complete when they agree. Beside: a further seat of the node. Transfer: the seat is theirs for good.
Delegate: they give an opinion, the task comes back to me, only my verdict binds. Standing proxy:
they hold the task in my name, waiting tasks included, and get exactly my rights but to pass it on;
on revocation, expiry or a raised amount it comes back. One task has one holder at any time.

*Send back* to the requester or to a node passed before. FROM_START: that node and all it precedes
run again. TO_RETURNER: only that node and what was active run again. A resubmission whose amount
rose, or whose route or beneficiaries changed, always starts again.

*Nobody decides* on their own document: requester, beneficiaries, recused (save for CONFIRM and
RECEIVE nodes that ask the requester by design). With ``one_seat_per_chain`` nobody, and nobody
through a proxy, fills two seats of one chain; a chain is the decisions whose nodes were not reset.
When a decision makes another waiting seat impossible for the same person, that seat is re-seated.

*No document is approved by nobody*: when policies and timeouts would carry it to the end without a
person's agreement, the administrators are asked at its last node.

*Publicity* holds the flow until its window has passed and every objection is dismissed by a handler
who did not raise it. *Post-review*: the document is approved and in force (EFFECTIVE) when the flow
reaches it; a failed review does not undo that, it is recorded.

*Time* never orders anything: ``seq`` does. Every automatic choice leaves an ``Explanation``.
"""

from mobile_hrp.domain.approval.commands import COMMANDS, command_from_json, command_to_json
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.engine import SYSTEM_COMMANDS, decide, open_instance, try_decide
from mobile_hrp.domain.approval.liveness import liveness_alarms
from mobile_hrp.domain.approval.plan import FlowPlan, PlanNode
from mobile_hrp.domain.approval.projection import RowChanges, project
from mobile_hrp.domain.approval.separation import HistoryMark, SodFinding, audit_history
from mobile_hrp.domain.approval.state import InstanceState, ProxyGrant
from mobile_hrp.domain.approval.terms import SYSTEM
from mobile_hrp.domain.approval.timers import next_wakeup

__all__ = [
    "COMMANDS",
    "SYSTEM",
    "SYSTEM_COMMANDS",
    "FlowPlan",
    "HistoryMark",
    "InstanceState",
    "Outcome",
    "PlanNode",
    "ProxyGrant",
    "RowChanges",
    "SodFinding",
    "audit_history",
    "command_from_json",
    "command_to_json",
    "decide",
    "liveness_alarms",
    "next_wakeup",
    "open_instance",
    "project",
    "try_decide",
]
