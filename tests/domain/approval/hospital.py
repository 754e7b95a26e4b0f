"""A small made-up hospital for tests that read as its documents.

Line of command: nurse, head nurse, department head, vice president, president. Finance: reviewers,
finance head, cashiers. ``Paper`` holds one document on its way and speaks in names.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.calendar import office_hours, round_the_clock
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.engine import decide, open_instance
from mobile_hrp.domain.approval.events import Event, EventKind
from mobile_hrp.domain.approval.liveness import liveness_alarms
from mobile_hrp.domain.approval.plan import (
    Branch,
    Candidate,
    Explanation,
    FlowPlan,
    PlanNode,
    SodPolicy,
    Stage,
)
from mobile_hrp.domain.approval.state import InstanceState, NodeState, ProxyGrant, Task
from mobile_hrp.domain.approval.terms import (
    OPEN_TASKS,
    SYSTEM,
    AddPosition,
    InstanceStatus,
    NodeKind,
    NodeStatus,
    ResubmitPolicy,
    SignMode,
    TaskKind,
    TaskStatus,
)
from mobile_hrp.domain.refusal import Refusal

MONDAY_9AM = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 2 March 2026, 09:00 in China."""

_STAFF = (
    *("nurse", "head_nurse", "doctor", "head", "deputy", "vice", "president", "reviewer"),
    *("reviewer2", "finance_head", "cashier", "cashier2", "auditor", "keeper", "admin", "admin2"),
    *("expert1", "expert2", "expert3", "expert4", "colleague"),
)
WHO = {name: uuid.UUID(int=number) for number, name in enumerate(_STAFF, start=1)}
NAME = {staff_id: name for name, staff_id in WHO.items()} | {SYSTEM: "system"}

SUPERIORS = {
    WHO[person]: WHO[superior]
    for person, superior in {
        "nurse": "head_nurse",
        "head_nurse": "head",
        "doctor": "head",
        "deputy": "head",
        "head": "vice",
        "reviewer": "finance_head",
        "reviewer2": "finance_head",
        "finance_head": "vice",
        "cashier": "finance_head",
        "cashier2": "finance_head",
        "vice": "president",
    }.items()
}
LENIENT = SodPolicy(one_seat_per_chain=False)


def numbered_ids(start: int = 1000) -> Iterator[uuid.UUID]:
    number = start
    while True:
        yield uuid.UUID(int=number)
        number += 1


def node(key: str, *who: str, mode: SignMode = SignMode.ANY, **rest: Any) -> PlanNode:
    weights = rest.pop("weights", {})
    candidates = tuple(Candidate(WHO[name], weight=weights.get(name, 1)) for name in who)
    return PlanNode(key, mode=mode, candidates=candidates, **rest)


def claim_chain() -> tuple[PlanNode, ...]:
    """科室负责人, 财务审核 (抢办), 出纳支付 (抢办)."""
    return (
        node("dept_head", "head"),
        node("finance", "reviewer", "reviewer2", mode=SignMode.CLAIM, can=frozenset({"deduct"})),
        node("pay", "cashier", "cashier2", mode=SignMode.CLAIM, kind=NodeKind.PAY),
    )


def plan_of(*nodes: PlanNode | Stage, **rest: Any) -> FlowPlan:
    options: dict[str, Any] = {
        "administrators": (WHO["admin"], WHO["admin2"]),
        "superiors": SUPERIORS,
        "calendars": {"office": office_hours(), "ward": round_the_clock()},
    }
    options.update(rest)
    stages = tuple(one if isinstance(one, Stage) else Stage((Branch((one,)),)) for one in nodes)
    return FlowPlan("expense_claim", "1.0.0", stages, **options)


class Paper:
    """One document on its way through the hospital."""

    def __init__(self, plan: FlowPlan, requester: str = "nurse", **rest: Any) -> None:
        self.now = MONDAY_9AM
        self.ids = numbered_ids()
        self.history: list[Event] = []
        outcome = open_instance(
            plan,
            instance_id=uuid.UUID(int=999),
            requester=WHO[requester],
            snapshot_hash=rest.pop("snapshot", "v1"),
            now=self.now,
            ids=self.ids,
            amount_fen=rest.pop("amount_fen", 100_000),
            beneficiaries=frozenset(WHO[name] for name in rest.pop("beneficiaries", ())),
            recused=frozenset(WHO[name] for name in rest.pop("recused", ())),
            inactive=frozenset(WHO[name] for name in rest.pop("inactive", ())),
            **rest,
        )
        self.state: InstanceState = outcome.state
        self.last: tuple[Event, ...] = outcome.events
        self.history.extend(outcome.events)

    # ---- acting

    def do(self, who: str, command: Command) -> tuple[Event, ...]:
        actor = SYSTEM if who == "system" else WHO[who]
        outcome = decide(self.state, command, actor=actor, now=self.now, ids=self.ids)
        self.state, self.last = outcome.state, outcome.events
        self.history.extend(outcome.events)
        return outcome.events

    def refused(self, who: str, command: Command) -> Refusal:
        """Do something that must be refused, and show that nothing changed."""
        before = self.state.to_json()
        with pytest.raises(Refusal) as caught:
            self.do(who, command)
        assert self.state.to_json() == before
        return caught.value

    def approve(self, who: str, **rest: Any) -> tuple[Event, ...]:
        return self.do(who, c.Approve(self.task(who).id, self.state.snapshot_hash, **rest))

    def reject(self, who: str, comment: str = "票据不全") -> tuple[Event, ...]:
        return self.do(who, c.Reject(self.task(who).id, self.state.snapshot_hash, comment))

    def abstain(self, who: str) -> tuple[Event, ...]:
        return self.do(who, c.Abstain(self.task(who).id, self.state.snapshot_hash))

    def send_back(
        self,
        who: str,
        to_node: str = "requester",
        resubmit: ResubmitPolicy = ResubmitPolicy.FROM_START,
    ) -> tuple[Event, ...]:
        return self.do(
            who,
            c.SendBack(self.task(who).id, self.state.snapshot_hash, "请补材料", to_node, resubmit),
        )

    def add(self, who: str, added: str, position: AddPosition) -> tuple[Event, ...]:
        return self.do(who, c.AddApprover(self.task(who).id, WHO[added], position))

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def tick(self) -> tuple[Event, ...]:
        return self.do("system", c.Tick())

    # ---- looking

    def tasks(self, who: str, *kinds: TaskKind) -> list[Task]:
        wanted = kinds or (TaskKind.DECIDE, TaskKind.OBJECTION)
        return [
            task
            for task in self.state.tasks.values()
            if task.assignee == WHO[who] and task.kind in wanted
        ]

    def task(self, who: str, *kinds: TaskKind) -> Task:
        """The person's task that can be acted on, else an open one, else the latest."""
        tasks = sorted(self.tasks(who, *kinds), key=lambda task: task.seq)
        for wanted in ({TaskStatus.PENDING}, OPEN_TASKS):
            found = [task for task in tasks if task.status in wanted]
            if found:
                return found[0]
        return tasks[-1]

    def waiting_for(self) -> set[str]:
        """Who has something to do now."""
        return {
            NAME[task.assignee]
            for task in self.state.tasks.values()
            if task.status is TaskStatus.PENDING and task.kind is not TaskKind.CONSULT
        }

    def at(self, key: str) -> NodeState:
        return self.state.nodes[key]

    def status_of(self, key: str) -> NodeStatus:
        return self.state.nodes[key].status

    def status(self) -> InstanceStatus:
        return self.state.status

    def codes(self, key: str) -> list[str]:
        """The explanations on record at a node."""
        return [one.code for one in self.at(key).explanations]

    def explained(self, code: str) -> Explanation:
        """The one explanation with this code in the whole timeline."""
        (found,) = [
            event.explanation
            for event in self.history
            if event.explanation is not None and event.explanation.code == code
        ]
        return found

    def alarms(self) -> list[str]:
        assert liveness_alarms(self.state) == self.state.alarms
        return [alarm.kind.value for alarm in self.state.alarms]

    def happened(self, kind: EventKind) -> list[Event]:
        return [event for event in self.history if event.kind is kind]


def grant(
    principal: str, proxy: str, *, days: int = 7, number: int = 500, **rest: Any
) -> ProxyGrant:
    return ProxyGrant(
        uuid.UUID(int=number),
        WHO[principal],
        WHO[proxy],
        MONDAY_9AM - timedelta(hours=1),
        MONDAY_9AM + timedelta(days=days),
        **rest,
    )
