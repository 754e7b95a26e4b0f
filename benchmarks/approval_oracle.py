"""What must be true of every history, checked from outside the engine.

The oracle keeps its own picture of each chain from the events (who sits where since a node was last
reset) and asks none of the engine's own checks. Invariants are those of the design notes:

* I4: a task has exactly one decision if and only if it is decided, and who decided was entitled at
  that instant: the holder of a pending task, active, and for a proxy under a grant in force.
* I5: nobody decides on a document of their own or benefit; nobody, proxies included, fills two
  seats of one chain where the policy forbids it, nor two incompatible duties.
* I6: what is pending has an active and unconflicted person, or there is an alarm.
* A node whose seats are all approved is complete. Nothing is approved by nobody.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import DUTY_OF_KIND, PlanNode
from mobile_hrp.domain.approval.state import Decision, InstanceState, Task
from mobile_hrp.domain.approval.terms import (
    SYSTEM,
    AbsentPolicy,
    AlarmKind,
    Duty,
    InstanceStatus,
    NodeKind,
    NodeStatus,
    SeatRole,
    SelfApprovalPolicy,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)

_UNSEATED_KINDS = (NodeKind.CONFIRM, NodeKind.RECEIVE, NodeKind.PUBLICITY)
_OPEN = (TaskStatus.WAITING, TaskStatus.PENDING, TaskStatus.PARKED, TaskStatus.TAKEN)
_LIVE = (InstanceStatus.RUNNING, InstanceStatus.EFFECTIVE)
_RESETS = (EventKind.NODE_RESET, EventKind.NODE_OPENED)


class Violation(AssertionError):  # noqa: N818 - what was found, not an error of this program
    """An invariant does not hold."""


def require(condition: bool, invariant: str, detail: object = "") -> None:
    if not condition:
        raise Violation(f"{invariant}: {detail}")


@dataclass(slots=True)
class Oracle:
    """Watches one instance from its opening on."""

    chain: dict[str, list[Decision]] = field(default_factory=dict)
    decided: set[uuid.UUID] = field(default_factory=set)
    human_approval: bool = False

    def watch(
        self,
        old: InstanceState | None,
        outcome: Outcome,
        *,
        command: Command | None = None,
        actor: uuid.UUID,
        now: datetime,
        away: frozenset[uuid.UUID],
    ) -> None:
        """Check one accepted command. ``away`` is who was away when it was given.

        ``old`` and ``command`` are None for the opening of the instance.
        """
        new = outcome.state
        require(new.seq > (old.seq if old else 0) or not outcome.events, "sequence", new.seq)
        fresh = new.decisions[len(old.decisions) :] if old else new.decisions
        by_seq = {decision.seq: decision for decision in fresh}
        for event in outcome.events:
            if event.kind in _RESETS:
                self.chain.pop(event.node_key, None)
            elif event.kind is EventKind.DECIDED:
                decision = by_seq[event.seq]
                self._check_decision(old, new, decision, actor=actor, now=now, away=away)
                if not decision.automatic and old is not None:
                    seen = getattr(command, "snapshot_hash", None)
                    require(seen == old.snapshot_hash, "I4 decided on another snapshot", decision)
                if decision.binding:
                    self.chain.setdefault(decision.node_key, []).append(decision)
            elif event.kind is EventKind.APPROVED:
                require(self._somebody_agreed(new), "approved by nobody")
        self._check_rest(new)

    def _check_decision(
        self,
        old: InstanceState | None,
        new: InstanceState,
        decision: Decision,
        *,
        actor: uuid.UUID,
        now: datetime,
        away: frozenset[uuid.UUID],
    ) -> None:
        require(decision.task_id not in self.decided, "I4 decided twice", decision.task_id)
        self.decided.add(decision.task_id)
        node = new.plan.node_by_key.get(decision.node_key) or (
            old.plan.node_by_key[decision.node_key] if old else None
        )
        require(node is not None, "I4 decision without a node", decision.node_key)
        if node is None:
            return
        if decision.automatic:
            require(decision.actor == SYSTEM, "I4 automatic decision by a person")
        else:
            require(old is not None, "I4 a person decided at the opening")
            if old is not None:
                _check_entitled(old, decision, actor=actor, now=now, away=away)
                interested = {old.requester} | old.beneficiaries | old.recused
                own = node.self_approval is SelfApprovalPolicy.ALLOW
                for person in (decision.actor, decision.on_behalf_of):
                    require(person not in interested or own, "I5 own document", decision)
        if decision.binding and (old is None or node is new.plan.node_by_key.get(node.key)):
            self._check_seats(new, node, decision)

    def _check_seats(self, new: InstanceState, node: PlanNode, decision: Decision) -> None:
        people = {decision.on_behalf_of} if decision.automatic else {decision.actor}
        if decision.on_behalf_of is not None:
            people.add(decision.on_behalf_of)
        duty = node.duty or DUTY_OF_KIND[node.kind]
        forbidden = set(new.plan.sod.pairs) | {(b, a) for a, b in new.plan.sod.pairs}
        require(
            new.requester not in people or (duty, Duty.REQUEST) not in forbidden,
            "I5 requester in an incompatible duty",
            decision,
        )
        for key, earlier in self.chain.items():
            other = new.plan.node_by_key.get(key)
            if other is None:
                continue
            for one in earlier:
                before = {one.actor, one.on_behalf_of} - {None, SYSTEM}
                if not before & people:
                    continue
                seated = node.kind not in _UNSEATED_KINDS and other.kind not in _UNSEATED_KINDS
                require(not (new.plan.sod.one_seat_per_chain and seated), "I5 two seats", decision)
                held = other.duty or DUTY_OF_KIND[other.kind]
                require((duty, held) not in forbidden, "I5 incompatible duties", decision)

    def _somebody_agreed(self, state: InstanceState) -> bool:
        interested = {state.requester} | state.beneficiaries | state.recused
        return any(
            one.verdict is Verdict.APPROVED and not one.automatic and one.actor not in interested
            for decisions in self.chain.values()
            for one in decisions
        )

    # ---- the state a command leaves behind

    def _check_rest(self, state: InstanceState) -> None:
        if state.status in _LIVE:
            active = [
                node
                for node in state.plan.nodes
                if state.nodes[node.key].status is NodeStatus.ACTIVE
            ]
            require(bool(active), "I6 running without an active node", state.status)
            for node in active:
                self._check_node(state, node)
        elif state.status is InstanceStatus.RETURNED:
            self._check_returned(state)
        else:
            for task in state.tasks.values():
                require(task.status not in _OPEN, "an ended document has an open task", task)
            require(not state.alarms, "an ended document has an alarm")

    def _check_node(self, state: InstanceState, node: PlanNode) -> None:
        at = state.nodes[node.key]
        alarms = [
            (alarm.kind, alarm.task_id) for alarm in state.alarms if alarm.node_key == node.key
        ]
        tasks = [state.tasks[task_id] for task_id in at.task_ids]
        pending = [
            task
            for task in tasks
            if task.status is TaskStatus.PENDING and task.kind is not TaskKind.CONSULT
        ]
        interested = (state.requester, *state.beneficiaries, *state.recused)
        own = node.self_approval is SelfApprovalPolicy.ALLOW
        grants = [grant.id for grant in state.proxies]
        for task in pending:
            require(own or task.assignee not in interested, "I6 waits for an interested", task)
            require((AlarmKind.HOLDER_CONFLICTED, task.id) not in alarms, "I6 not re-seated", task)
            require(task.grant_id is None or task.grant_id in grants, "I6 without a grant", task)
            if task.assignee in state.inactive:
                waits = node.absent is AbsentPolicy.BLOCK
                alarmed = (AlarmKind.HOLDER_INACTIVE, task.id) in alarms
                require(waits and alarmed, "I6 waits for somebody who left", task)
        if node.is_publicity:
            return
        require(
            bool(pending) or (AlarmKind.NODE_BLOCKED, None) in alarms,
            "I6 a node waits for nobody",
            node.key,
        )
        _check_one_seat_each(tasks)
        _check_waits(tasks)
        _check_complete(node, at.mode, tasks, blocked=at.blocked)

    def _check_returned(self, state: InstanceState) -> None:
        waiting = [task for task in state.tasks.values() if task.status in _OPEN]
        require(
            len(waiting) == 1 and waiting[0].kind is TaskKind.RESUBMIT,
            "I6 returned without a resubmit task",
            waiting,
        )
        alarmed = any(alarm.task_id == waiting[0].id for alarm in state.alarms)
        require((state.requester in state.inactive) == alarmed, "I6 returned to nobody", waiting[0])

    def finish(self, state: InstanceState) -> None:
        """Check the whole of an instance once: I4 over all of its tasks."""
        counts: dict[uuid.UUID, int] = {}
        for decision in state.decisions:
            counts[decision.task_id] = counts.get(decision.task_id, 0) + 1
        for task in state.tasks.values():
            expected = 1 if task.status is TaskStatus.DECIDED else 0
            require(counts.get(task.id, 0) == expected, "I4 decision and status", task)
        require(len(counts) == len(state.decisions), "I4 decided twice")


def _check_entitled(
    old: InstanceState,
    decision: Decision,
    *,
    actor: uuid.UUID,
    now: datetime,
    away: frozenset[uuid.UUID],
) -> None:
    task = old.tasks.get(decision.task_id)
    require(task is not None, "I4 decided what did not exist", decision)
    if task is None:
        return
    require(task.status is TaskStatus.PENDING, "I4 decided what was not pending", task)
    require(decision.actor == actor == task.assignee, "I4 not the holder", decision)
    require(actor not in away, "I4 the holder was away", decision)
    if task.principal is not None and decision.binding:
        require(decision.on_behalf_of == task.principal, "I4 the principal is not named", decision)
        grants = [grant for grant in old.proxies if grant.id == task.grant_id]
        require(
            len(grants) == 1
            and now < grants[0].ends_at
            and grants[0].covers(old.plan.flow_code, old.amount_fen),
            "I4 a proxy without a grant in force",
            decision,
        )


def _check_one_seat_each(tasks: list[Task]) -> None:
    """I5: whatever the policy of the chain, nobody sits twice at one node."""
    people = [
        person
        for task in tasks
        if task.kind is TaskKind.DECIDE
        and (task.status in _OPEN or task.status is TaskStatus.DECIDED)
        for person in (task.assignee, task.principal)
        if person is not None
    ]
    require(len(people) == len(set(people)), "I5 two seats at one node", people)


def _check_waits(tasks: list[Task]) -> None:
    """I6: whatever waits, waits for something that is still open."""
    by_id = {task.id: task for task in tasks}
    held = set()
    for task in tasks:
        below = task
        while below.status in _OPEN or below is not task:
            if below.parent is None:
                break
            if below.role in (SeatRole.BEFORE, SeatRole.DELEGATE):
                held.add(below.parent)
            below = by_id[below.parent]
    claimed = any(task.claimed and task.status is not TaskStatus.CLOSED for task in tasks)
    for task in tasks:
        if task.status is TaskStatus.PARKED:
            require(task.id in held, "I6 parked behind nobody", task)
        elif task.status is TaskStatus.TAKEN:
            require(claimed, "I6 taken by nobody", task)
        elif task.status is TaskStatus.WAITING and task.parent is not None:
            require(by_id[task.parent].status in _OPEN, "I6 waits after what is over", task)


def _check_complete(node: PlanNode, mode: SignMode, tasks: list[Task], *, blocked: bool) -> None:
    """A node whose seats are all over would have been finished; so would an approved pool."""
    after = {task.parent for task in tasks if task.role is SeatRole.AFTER and task.status in _OPEN}
    mains = [
        task
        for task in tasks
        if task.kind is TaskKind.DECIDE
        and task.role is SeatRole.MAIN
        and task.status is not TaskStatus.CLOSED
    ]
    over = [task for task in mains if task.status is TaskStatus.DECIDED and not after]
    agreed = [task for task in over if task.verdict is Verdict.APPROVED]
    if mode is SignMode.VOTE:
        require(blocked or len(over) < len(mains), "a counted vote goes on", node.key)
    elif mode in (SignMode.ANY, SignMode.CLAIM):
        require(not agreed, "an approved node does not complete", node.key)
    elif agreed and len(over) == len(mains):
        require(False, "a node with all approvals does not complete", node.key)
