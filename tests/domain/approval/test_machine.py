"""Hypothesis plays the hospital: any plan, any people, any order of commands.

The oracle of the simulation checks I4, I5, I6 and that a fully approved node completes after every
step; a failure shrinks to the shortest history that breaks a rule.
"""

import uuid
from datetime import timedelta
from typing import Any

from benchmarks.approval_oracle import Oracle
from benchmarks.approval_world import live_tasks
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from tests.domain.approval.hospital import MONDAY_9AM, numbered_ids

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.engine import decide, open_instance
from mobile_hrp.domain.approval.liveness import liveness_alarms
from mobile_hrp.domain.approval.plan import (
    Branch,
    Candidate,
    FlowPlan,
    PlanNode,
    SodPolicy,
    Span,
    Stage,
    TimeoutStep,
)
from mobile_hrp.domain.approval.separation import audit_history
from mobile_hrp.domain.approval.state import InstanceState, ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    SYSTEM,
    AbsentPolicy,
    AddPosition,
    EmptyPolicy,
    Join,
    NodeKind,
    NodeStatus,
    RepeatedPolicy,
    ResubmitPolicy,
    SelfApprovalPolicy,
    SignMode,
    TaskKind,
    TaskStatus,
    TimeoutAction,
)
from mobile_hrp.domain.refusal import Refusal

STAFF = [uuid.UUID(int=number) for number in range(1, 9)]
SUPERIORS = dict(zip(STAFF[1:], STAFF, strict=False))
people = st.sampled_from(STAFF)
groups = st.lists(people, max_size=4, unique=True).map(tuple)
numbers = st.integers(min_value=0, max_value=10**6)


@st.composite
def nodes(draw: st.DrawFn, key: str) -> PlanNode:
    kind = draw(st.sampled_from([NodeKind.APPROVE, NodeKind.APPROVE, NodeKind.PAY]))
    at_once = {SelfApprovalPolicy.ALLOW, SelfApprovalPolicy.REFUSE}  # not a matter of histories
    policies = [one for one in SelfApprovalPolicy if one not in at_once]
    timeout = draw(st.none() | st.sampled_from(TimeoutAction))
    return PlanNode(
        key,
        mode=draw(st.sampled_from([one for one in SignMode if one is not SignMode.NOTIFY])),
        kind=kind,
        candidates=tuple(Candidate(person) for person in draw(groups)),
        self_approval=draw(st.sampled_from(policies)),
        repeated=draw(st.sampled_from(RepeatedPolicy)),
        empty=draw(st.sampled_from(EmptyPolicy)),
        absent=draw(st.sampled_from(AbsentPolicy)),
        timeouts=(TimeoutStep(Span(60, working=False), timeout),) if timeout else (),
    )


@st.composite
def plans(draw: st.DrawFn) -> FlowPlan:
    stages = []
    for number in range(draw(st.integers(1, 3))):
        sides = draw(st.integers(1, 2))
        branches = tuple(Branch((draw(nodes(f"n{number}{side}")),)) for side in range(sides))
        stages.append(Stage(branches, draw(st.sampled_from(Join))))
    return FlowPlan(
        "expense_claim",
        "1",
        tuple(stages),
        administrators=draw(groups),
        superiors=SUPERIORS,
        sod=SodPolicy(one_seat_per_chain=draw(st.booleans())),
    )


class Approval(RuleBasedStateMachine):
    """One document after the other; every accepted command is watched by the oracle."""

    @initialize(plan=plans(), requester=people, beneficiaries=groups, away=groups)
    def submit(self, plan: FlowPlan, requester: uuid.UUID, beneficiaries: Any, away: Any) -> None:
        self.now, self.ids, self.versions = MONDAY_9AM, numbered_ids(), 1
        self.oracle, self.away = Oracle(), frozenset(away)
        outcome = open_instance(
            plan,
            instance_id=uuid.UUID(int=999),
            requester=requester,
            snapshot_hash="v1",
            now=self.now,
            ids=self.ids,
            amount_fen=100,
            beneficiaries=frozenset(beneficiaries),
            inactive=self.away,
        )
        self.oracle.watch(None, outcome, actor=requester, now=self.now, away=self.away)
        self.state: InstanceState = outcome.state

    def do(self, actor: uuid.UUID, command: Command) -> None:
        away = self.away
        if isinstance(command, c.OrgChanged):
            self.away = (self.away | frozenset(command.left)) - frozenset(command.returned)
        try:
            outcome = decide(self.state, command, actor=actor, now=self.now, ids=self.ids)
        except Refusal:
            return
        self.oracle.watch(
            self.state, outcome, command=command, actor=actor, now=self.now, away=away
        )
        self.state = outcome.state

    def pick(self, number: int) -> Task | None:
        """Some open task, a pending one of the requester's included."""
        tasks = live_tasks(self.state)
        return tasks[number % len(tasks)] if tasks else None

    @rule(number=numbers, verdict=st.sampled_from("aaaaarx"))
    def decide_task(self, number: int, verdict: str) -> None:
        task = self.pick(number)
        if task is not None:
            seen = self.state.snapshot_hash
            commands: dict[str, Command] = {
                "a": c.Approve(task.id, seen),
                "r": c.Reject(task.id, seen, "不"),
                "x": c.Abstain(task.id, seen),
            }
            self.do(task.assignee, commands[verdict])

    @rule(number=numbers, back_to=numbers, resubmit=st.sampled_from(ResubmitPolicy))
    def send_back(self, number: int, back_to: int, resubmit: ResubmitPolicy) -> None:
        task = self.pick(number)
        if task is not None:
            keys = ["requester", *self.state.nodes]
            key = keys[back_to % len(keys)]
            seen = self.state.snapshot_hash
            self.do(task.assignee, c.SendBack(task.id, seen, "退", key, resubmit))

    @rule(number=numbers, who=people, position=st.sampled_from(AddPosition))
    def add_approver(self, number: int, who: uuid.UUID, position: AddPosition) -> None:
        task = self.pick(number)
        if task is not None:
            self.do(task.assignee, c.AddApprover(task.id, who, position))

    @rule(number=numbers, who=people, how=st.sampled_from("tdcrlkq"))
    def hand_on(self, number: int, who: uuid.UUID, how: str) -> None:
        task = self.pick(number)
        if task is not None:
            commands: dict[str, Command] = {
                "t": c.Transfer(task.id, who),
                "d": c.Delegate(task.id, who),
                "c": c.Claim(task.id),
                "l": c.Release(task.id),
                "k": c.TakeBack(task.id),
                "q": c.Consult(task.id, who, "?"),
                "r": c.RemoveApprover(task.id),
            }
            self.do(task.added_by or task.assignee if how == "r" else task.assignee, commands[how])

    @rule(principal=people, proxy=people, hours=st.integers(1, 5))
    def grant(self, principal: uuid.UUID, proxy: uuid.UUID, hours: int) -> None:
        ends_at = self.now + timedelta(hours=hours)
        given = ProxyGrant(next(self.ids), principal, proxy, self.now, ends_at)
        self.do(SYSTEM, c.ApplyProxy(given))

    @rule(number=numbers)
    def revoke(self, number: int) -> None:
        if self.state.proxies:
            proxies = self.state.proxies
            self.do(SYSTEM, c.RevokeProxy(proxies[number % len(proxies)].id))

    @rule(left=groups, back=groups, administrators=st.none() | groups)
    def staff_changes(self, left: Any, back: Any, administrators: Any) -> None:
        returned = tuple(one for one in back if one not in left)
        change = c.OrgChanged(left=left, returned=returned, administrators=administrators)
        self.do(SYSTEM, change)

    @rule(minutes=st.integers(-90, 180))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.do(SYSTEM, c.Tick())

    @rule(how=st.sampled_from("wrao"), plan=plans(), amount_fen=st.integers(1, 200))
    def requester_acts(self, how: str, plan: FlowPlan, amount_fen: int) -> None:
        self.versions += 1
        seen = f"v{self.versions}"
        commands: dict[str, Command] = {
            "w": c.Withdraw(),
            "r": c.Resubmit(seen, plan if amount_fen % 2 else None, amount_fen),
            "a": c.Alter(seen, plan, amount_fen, "变更"),
            "o": c.Reopen(seen, plan, amount_fen),
        }
        self.do(self.state.requester, commands[how])

    @rule(who=people, number=numbers)
    def stranger_tries(self, who: uuid.UUID, number: int) -> None:
        """Whoever it is, on whatever task there ever was."""
        tasks = list(self.state.tasks.values())
        if tasks:
            task = tasks[number % len(tasks)]
            self.do(who, c.Approve(task.id, self.state.snapshot_hash))

    @invariant()
    def what_waits_can_be_acted_on(self) -> None:
        """I6, asked through the watchman's own query."""
        assert liveness_alarms(self.state) == self.state.alarms
        alarmed = {alarm.task_id for alarm in self.state.alarms}
        blocked = {alarm.node_key for alarm in self.state.alarms}
        for node in self.state.nodes.values():
            if node.status is not NodeStatus.ACTIVE or node.key in blocked:
                continue
            pending = [
                task
                for task in map(self.state.tasks.__getitem__, node.task_ids)
                if task.status is TaskStatus.PENDING and task.kind is TaskKind.DECIDE
            ]
            assert any(task.assignee not in self.away for task in pending if task.id not in alarmed)

    @invariant()
    def the_auditor_finds_nothing(self) -> None:
        assert audit_history(self.state) == []

    @invariant()
    def what_is_stored_is_what_is_there(self) -> None:
        assert InstanceState.from_json(self.state.to_json()) == self.state

    def teardown(self) -> None:
        if hasattr(self, "state"):
            self.oracle.finish(self.state)


TestApproval = Approval.TestCase
TestApproval.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
