"""A random hospital that routes random documents and behaves badly, from one seed.

Everything comes from ``random.Random(seed)``: the people, the lines of command, the plans with all
modes, kinds and policies, who does what, the clock (which sometimes goes backwards), who leaves and
who stands in for whom. The same seed gives the same history.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.calendar import office_hours, round_the_clock
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.plan import (
    Branch,
    Candidate,
    EvidenceRule,
    Explanation,
    FlowPlan,
    PlanNode,
    SodPolicy,
    Span,
    Stage,
    TimeoutStep,
    VoteRule,
)
from mobile_hrp.domain.approval.state import InstanceState, ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    REQUESTER_NODE,
    SELF_ACTING_KINDS,
    SYSTEM,
    AbsentPolicy,
    Action,
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
    WithdrawPolicy,
)

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FLOW = "simulated"
_CALENDARS = {"office": office_hours(), "ward": round_the_clock()}
_STALE = "stale"
_PLANS = 12

Step = tuple[uuid.UUID, Command]
PickT = TypeVar("PickT")

# How often things happen, in percent.
_CLOCK = ((90, "on"), (8, "days"), (2, "back"))
_PASSING = {"on": (0, 40), "days": (60, 4320), "back": (-600, -1)}
_DAY = (
    (72, "hold"),
    (7, "tick"),
    (5, "system"),
    (5, "forge"),
    (6, "talk"),
    (5, "request"),
)
_HOLDING = ((55, "approve"), (4, "reject"), (5, "abstain"), (6, "send back"), (30, "hand on"))
_SYSTEM = ((45, "people"), (30, "proxy"), (22, "revoke"), (3, "recuse"))
_TALK = ((30, "remind"), (20, "comment"), (10, "copy"), (20, "object"), (15, "assign"), (5, "read"))
_REQUEST = ((25, "withdraw"), (25, "resubmit"), (15, "alter"), (25, "reopen"), (10, "void"))
_NODES = ((4, "publicity"), (6, "notice"), (90, "decide"))
_KINDS = (NodeKind.APPROVE,) * 8 + (NodeKind.PAY, NodeKind.CONFIRM, NodeKind.RECEIVE)
_MODES = tuple(mode for mode in SignMode if mode is not SignMode.NOTIFY)
_SELF = tuple(one for one in SelfApprovalPolicy if one is not SelfApprovalPolicy.ALLOW)


def numbered_ids(start: int) -> Iterator[uuid.UUID]:
    number = start
    while True:
        yield uuid.UUID(int=number)
        number += 1


@dataclass(slots=True)
class People:
    everybody: list[uuid.UUID]
    superiors: dict[uuid.UUID, uuid.UUID]
    administrators: tuple[uuid.UUID, ...]
    away: frozenset[uuid.UUID] = frozenset()


class World:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.ids = numbered_ids(1 << 64)
        self.now = START
        self.versions = 0
        self.plans: list[FlowPlan] = []
        size = self.rng.randint(6, 24)
        everybody = [uuid.UUID(int=number) for number in range(1, size + 1)]
        superiors = {
            person: self.pick(everybody[:place])
            for place, person in enumerate(everybody)
            if place and self.chance(0.9)
        }
        administrators = tuple(self.rng.sample(everybody, self.pick((0, 1, 1, 2, 2, 3))))
        self.people = People(everybody, superiors, administrators)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, options: Sequence[PickT]) -> PickT:
        """``Random.choice``, three times as fast and as good for this."""
        return options[int(self.rng.random() * len(options))]

    def habit(self, table: tuple[tuple[int, str], ...]) -> str:
        """One of the names, as often as the percentage before it says."""
        draw = self.rng.random() * 100
        for percent, name in table:
            draw -= percent
            if draw < 0:
                return name
        return table[-1][1]

    def person(self) -> uuid.UUID:
        return self.pick(self.people.everybody)

    def some(self, most: int) -> list[uuid.UUID]:
        most = min(most, len(self.people.everybody))
        return self.rng.sample(self.people.everybody, self.rng.randint(0, most))

    def snapshot(self) -> str:
        self.versions += 1
        return f"v{self.versions}"

    def amount_fen(self) -> int:
        return self.pick((1_000, 50_000, 900_000, 6_000_000))

    def pass_time(self) -> None:
        """Mostly minutes, sometimes days, and now and then the clock is set back."""
        least, most = _PASSING[self.habit(_CLOCK)]
        self.now += timedelta(minutes=least + int(self.rng.random() * (most - least)))

    # ---- plans

    def plan(self) -> FlowPlan:
        """One of a few routes, as the present lines of command make it."""
        if len(self.plans) < _PLANS:
            self.plans.append(self._new_plan())
        plan = self.pick(self.plans)
        if plan.administrators == self.people.administrators:
            return plan
        return replace(plan, administrators=self.people.administrators)

    def _new_plan(self) -> FlowPlan:
        names = iter(range(1000))
        stages = [self._stage(names) for _ in range(self.rng.randint(1, 5))]
        nodes = [node for stage in stages for branch in stage.branches for node in branch.nodes]
        if not any(node.decides for node in nodes):
            stages.append(_alone(PlanNode("last", candidates=self._candidates())))
        if self.chance(0.15):
            kind = NodeKind.POST_REVIEW
            review = PlanNode(
                "review", kind=kind, candidates=self._candidates(), **self._policies()
            )
            stages.append(_alone(review))
        sod = SodPolicy(one_seat_per_chain=self.chance(0.7))
        return FlowPlan(
            FLOW,
            "1",
            tuple(stages),
            administrators=self.people.administrators,
            superiors=dict(self.people.superiors),
            calendars=_CALENDARS,
            sod=sod if self.chance(0.8) else replace(sod, pairs=()),
            withdraw=self.pick(tuple(WithdrawPolicy)),
        )

    def _stage(self, names: Iterator[int]) -> Stage:
        if self.chance(0.75):
            alone = Branch((self._node(f"n{next(names)}"),))
            return Stage((alone,), self.pick((Join.ALL, Join.ANY)))
        branches = []
        for _ in range(self.rng.randint(2, 3)):
            nodes = [self._node(f"n{next(names)}") for _ in range(self.rng.randint(1, 2))]
            branches.append(Branch(tuple(nodes)))
        return Stage(tuple(branches), self.pick((Join.ALL, Join.ALL, Join.ANY)))

    def _candidates(self) -> tuple[Candidate, ...]:
        return tuple(Candidate(person, weight=self.pick((1, 1, 1, 2))) for person in self.some(5))

    def _policies(self) -> dict[str, Any]:
        return {
            "self_approval": self.pick(_SELF),
            "repeated": self.pick(tuple(RepeatedPolicy)),
            "empty": self.pick(tuple(EmptyPolicy)),
            "absent": self.pick(tuple(AbsentPolicy)),
            "seconds": tuple(self.some(2)),
        }

    def _node(self, key: str) -> PlanNode:
        what = self.habit(_NODES)
        if what == "notice":
            return PlanNode(key, mode=SignMode.NOTIFY, candidates=self._candidates())
        if what == "publicity":
            return PlanNode(
                key,
                kind=NodeKind.PUBLICITY,
                mode=SignMode.NOTIFY,
                window=Span(self.pick((60, 4320)), working=False),
                candidates=self._candidates(),
                **self._policies(),
            )
        policies = self._policies()
        kind = self.pick(_KINDS)
        if kind in SELF_ACTING_KINDS and self.chance(0.5):
            policies["self_approval"] = SelfApprovalPolicy.ALLOW
        return PlanNode(
            key,
            mode=self.pick(_MODES),
            kind=kind,
            candidates=self._candidates(),
            skip=Explanation("CONDITION_FALSE") if self.chance(0.1) else None,
            can=frozenset({"deduct"}) if self.chance(0.3) else frozenset(),
            forbids=frozenset(one for one in Action if self.chance(0.03)),
            vote=VoteRule(
                self.pick((0, 5000, 6667)), self.pick((3333, 5000)), strict=self.chance(0.7)
            ),
            evidence=(EvidenceRule("scan", "ok"),) if kind is NodeKind.RECEIVE else (),
            timeouts=self._timeouts(),
            due=Span(480) if self.chance(0.3) else None,
            calendar=self.pick(("office", "ward")),
            **policies,
        )

    def _timeouts(self) -> tuple[TimeoutStep, ...]:
        if self.chance(0.6):
            return ()
        actions = [self.pick(tuple(TimeoutAction)) for _ in range(self.rng.randint(1, 3))]
        return tuple(
            TimeoutStep(Span(120 * place, working=False), action)
            for place, action in enumerate(actions, start=1)
        )

    # ---- people and proxies

    def grant(self) -> ProxyGrant:
        principal, proxy = self.person(), self.person()
        starts_at = self.now - timedelta(hours=self.rng.randint(0, 5))
        return ProxyGrant(
            next(self.ids),
            principal,
            proxy,
            starts_at,
            starts_at + timedelta(hours=self.rng.randint(1, 200)),
            flows=frozenset({FLOW}) if self.chance(0.5) else frozenset(),
            amount_fen_max=self.amount_fen() if self.chance(0.5) else None,
        )

    def grants(self) -> tuple[ProxyGrant, ...]:
        grants = [self.grant() for _ in range(self.pick((0, 0, 1, 3)))]
        return tuple(one for one in grants if one.principal != one.proxy)

    def org_change(self) -> c.OrgChanged:
        left = tuple(one for one in self.some(2) if one not in self.people.away)
        returned = tuple(one for one in self.people.away if self.chance(0.5))
        self.people.away = (self.people.away | frozenset(left)) - frozenset(returned)
        change = c.OrgChanged(left=left, returned=returned)
        if left and self.chance(0.4):
            change = replace(change, successors={left[0]: self.person()})
        if self.chance(0.2):
            change = replace(change, superiors={self.person(): self.person()})
        if self.chance(0.2):
            self.people.administrators = tuple(self.some(3))
            change = replace(change, administrators=self.people.administrators)
        return change

    # ---- what somebody does next

    def next_step(self, state: InstanceState) -> Step:
        """Mostly a holder acts on a pending task; sometimes it is the wrong person or thing."""
        tasks = live_tasks(state)
        match self.habit(_DAY):
            case "hold" if tasks:
                return self._by_holder(state, self.pick(tasks))
            case "talk" if tasks:
                return self._talk(state, self.pick(tasks))
            case "forge":
                return self._forged(state, tasks)
            case "tick":
                return SYSTEM, c.Tick()
            case "system":
                return SYSTEM, self._by_system(state)
        return self._by_requester(state)

    def _by_holder(self, state: InstanceState, task: Task) -> Step:
        if task.kind is TaskKind.RESUBMIT:
            return task.assignee, self._resubmit(state)
        if task.kind is TaskKind.CONSULT:
            return task.assignee, c.AnswerConsult(task.id, "可以")
        if task.status is not TaskStatus.PENDING:
            who = task.principal or task.assignee
            return who, self.pick((c.TakeBack(task.id), c.RemoveApprover(task.id)))
        return task.assignee, self._act(state, task)

    def _act(self, state: InstanceState, task: Task) -> Command:
        match self.habit(_HOLDING):
            case "approve":
                evidence = {"scan": "ok"} if self.chance(0.9) else {}
                return c.Approve(task.id, state.snapshot_hash, "同意", evidence)
            case "reject":
                return c.Reject(task.id, state.snapshot_hash, "不同意")
            case "abstain":
                return c.Abstain(task.id, state.snapshot_hash)
            case "send back":
                return self._send_back(state, task)
        return self._hand_on(state, task)

    def _send_back(self, state: InstanceState, task: Task) -> Command:
        done = [key for key, node in state.nodes.items() if node.status is NodeStatus.DONE]
        target = self.pick((REQUESTER_NODE, *done))
        policy = self.pick(tuple(ResubmitPolicy))
        return c.SendBack(task.id, state.snapshot_hash, "请补", target, policy)

    def _hand_on(self, state: InstanceState, task: Task) -> Command:
        makers: tuple[Callable[[], Command], ...] = (
            lambda: c.Claim(task.id),
            lambda: c.Release(task.id),
            lambda: c.Transfer(task.id, self.person()),
            lambda: c.Delegate(task.id, self.person()),
            lambda: c.AddApprover(task.id, self.person(), self.pick(tuple(AddPosition))),
            lambda: c.AddApprover(task.id, self.person(), self.pick(tuple(AddPosition))),
            lambda: c.RemoveApprover(self.pick(live_tasks(state)).id),
            lambda: c.Consult(task.id, self.person(), "怎么看"),
            lambda: c.Amend(
                task.id,
                "deduct",
                state.snapshot_hash,
                self.snapshot(),
                state.amount_fen // 2,
                "核减",
            ),
        )
        return self.pick(makers)()

    def _by_system(self, state: InstanceState) -> Command:
        match self.habit(_SYSTEM):
            case "people":
                return self.org_change()
            case "recuse":
                return c.Recuse((self.person(),), "亲属回避")
            case "revoke" if state.proxies:
                return c.RevokeProxy(self.pick(state.proxies).id)
        return c.ApplyProxy(self.grant())

    def _forged(self, state: InstanceState, tasks: list[Task]) -> Step:
        """A stranger, a stale screen, an invented task, an old task, somebody posing as system."""
        some = list(state.tasks.values())
        task_id = self.pick(some).id if some and self.chance(0.7) else self.person()
        if self.chance(0.2) and tasks:
            task = self.pick(tasks)
            return task.assignee, c.Approve(task.id, _STALE)
        command: Command = self.pick(
            (
                c.Approve(task_id, state.snapshot_hash, evidence={"scan": "ok"}),
                c.Reject(task_id, state.snapshot_hash, "不"),
                c.TakeBack(task_id),
                c.Tick(),
                c.Void("作废"),
            )
        )
        return self.person(), command

    def _talk(self, state: InstanceState, task: Task) -> Step:
        active = [key for key, node in state.nodes.items() if node.status is NodeStatus.ACTIVE]
        administrators = state.plan.administrators
        match self.habit(_TALK):
            case "remind":
                return state.requester, c.Remind(task.id)
            case "comment":
                return self.person(), c.Comment("请尽快", (self.person(),))
            case "copy":
                return state.requester, c.CarbonCopy((self.person(),))
            case "object" if active:
                return self.person(), c.Object(self.pick(active), "有异议")
            case "assign" if active and administrators:
                picked = task.id if self.chance(0.5) else None
                key = task.node_key if picked else self.pick(active)
                return self.pick(administrators), c.Assign(key, (self.person(),), "指派", picked)
        return self.person(), c.MarkRead(task.id)

    def _resubmit(self, state: InstanceState) -> Command:
        if self.chance(0.5):
            return c.Resubmit(self.snapshot())
        plan = self.plan() if self.chance(0.3) else state.plan
        return c.Resubmit(self.snapshot(), plan, self.amount_fen(), self._beneficiaries())

    def _beneficiaries(self) -> frozenset[uuid.UUID]:
        return frozenset(self.some(2))

    def _by_requester(self, state: InstanceState) -> Step:
        requester = state.requester
        match self.habit(_REQUEST):
            case "withdraw":
                return requester, c.Withdraw()
            case "resubmit":
                return requester, self._resubmit(state)
            case "alter":
                version = (self.snapshot(), self.plan(), self.amount_fen())
                return requester, c.Alter(*version, "变更", self._beneficiaries())
            case "reopen":
                return requester, c.Reopen(self.snapshot(), self.plan(), self.amount_fen())
        return self.pick((requester, *state.plan.administrators)), c.Void("作废")

    def opening(self) -> dict[str, Any]:
        """The arguments of ``open_instance`` for a new document."""
        return {
            "instance_id": next(self.ids),
            "requester": self.person(),
            "snapshot_hash": self.snapshot(),
            "now": self.now,
            "ids": self.ids,
            "amount_fen": self.amount_fen(),
            "beneficiaries": self._beneficiaries() if self.chance(0.4) else frozenset(),
            "inactive": self.people.away,
            "proxies": self.grants(),
        }


def _alone(node: PlanNode) -> Stage:
    return Stage((Branch((node,)),))


def live_tasks(state: InstanceState) -> list[Task]:
    """The open tasks of active nodes, and the one that waits for the requester."""
    tasks = [
        state.tasks[task_id]
        for node in state.nodes.values()
        if node.status is NodeStatus.ACTIVE
        for task_id in node.task_ids
    ]
    if not tasks:
        tasks = [task for task in state.tasks.values() if task.kind is TaskKind.RESUBMIT]
    return [
        task
        for task in tasks
        if task.status in (TaskStatus.PENDING, TaskStatus.PARKED, TaskStatus.TAKEN)
    ]
