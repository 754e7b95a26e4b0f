"""What one approval instance remembers; immutable, and complete enough to be replayed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mobile_hrp.domain.approval.codec import JsonValue
from mobile_hrp.domain.approval.plan import Explanation, FlowPlan, PlanNode
from mobile_hrp.domain.approval.terms import (
    AlarmKind,
    CloseReason,
    InstanceStatus,
    NodeStatus,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)


@dataclass(frozen=True)  # without slots: see codec.evolve
class Task(JsonValue):
    """One person's part in a node.

    ``assignee`` is the only one who may act. ``principal`` is set while a standing proxy holds the
    task in that person's name. ``run`` says in which activation of the node it arose, ``seat``
    which seat it fills; an added or delegated task points to its ``parent``. ``seq`` orders tasks;
    the timestamps only inform.
    """

    id: uuid.UUID
    node_key: str
    run: int
    seat: int
    assignee: uuid.UUID
    seq: int
    status: TaskStatus
    kind: TaskKind = TaskKind.DECIDE
    role: SeatRole = SeatRole.MAIN
    principal: uuid.UUID | None = None
    grant_id: uuid.UUID | None = None
    parent: uuid.UUID | None = None
    added_by: uuid.UUID | None = None
    weight: int = 1
    claimed: bool = False
    verdict: Verdict | None = None
    because: CloseReason | None = None
    opened_at: datetime | None = None
    finished_at: datetime | None = None
    due_at: datetime | None = None
    timeout_at: datetime | None = None
    timeout_step: int = 0
    reminded_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision(JsonValue):
    """One verdict on one task. ``binding`` is false for the opinion of a delegate.

    ``automatic`` marks what a policy decided (repeated approver, timeout); its actor is SYSTEM and
    ``on_behalf_of`` the person in whose seat it was made.
    """

    id: uuid.UUID
    task_id: uuid.UUID
    node_key: str
    run: int
    seat: int
    round: int
    seq: int
    actor: uuid.UUID
    verdict: Verdict
    snapshot_hash: str
    decided_at: datetime
    on_behalf_of: uuid.UUID | None = None
    binding: bool = True
    automatic: bool = False
    comment: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> tuple[uuid.UUID, ...]:
        """Everybody who fills the seat with this decision, the represented person included."""
        if self.on_behalf_of is None:
            return (self.actor,)
        return (self.on_behalf_of,) if self.automatic else (self.actor, self.on_behalf_of)


@dataclass(frozen=True, slots=True)
class Objection(JsonValue):
    """An objection raised during a publicity window, and the task that answers it."""

    id: uuid.UUID
    raised_by: uuid.UUID
    raised_at: datetime
    text: str
    task_id: uuid.UUID | None = None
    dismissed: bool = False


@dataclass(frozen=True)  # without slots: see codec.evolve
class NodeState(JsonValue):
    """``task_ids`` and ``seats`` (in order of turn) belong to the current run only.

    ``run`` counts how often the paper reached the node. Decisions up to the sequence number
    ``since`` no longer count. ``blocked``: nobody may act and administrators were told.
    ``required``: administrators are asked because every policy skipped and no person has agreed.
    """

    id: uuid.UUID
    key: str
    status: NodeStatus = NodeStatus.WAITING
    run: int = 0
    since: int = 0
    mode: SignMode = SignMode.ANY
    task_ids: tuple[uuid.UUID, ...] = ()
    seats: tuple[int, ...] = ()
    blocked: bool = False
    required: bool = False
    explanations: tuple[Explanation, ...] = ()
    objections: tuple[Objection, ...] = ()
    window_ends_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProxyGrant(JsonValue):
    """A standing authorisation (代理): ``proxy`` acts in the name of ``principal``.

    Empty ``flows`` means every flow; without ``amount_fen_max`` there is no cap. In force from
    ``starts_at`` until just before ``ends_at``. A proxy never passes the authority on.
    """

    id: uuid.UUID
    principal: uuid.UUID
    proxy: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    flows: frozenset[str] = frozenset()
    amount_fen_max: int | None = None

    def in_force(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def covers(self, flow_code: str, amount_fen: int) -> bool:
        in_scope = not self.flows or flow_code in self.flows
        return in_scope and (self.amount_fen_max is None or amount_fen <= self.amount_fen_max)


@dataclass(frozen=True, slots=True)
class Alarm(JsonValue):
    """Something waits and nobody entitled and active can act on it."""

    kind: AlarmKind
    node_key: str
    task_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ApprovedVersion(JsonValue):
    """What is in force while an alteration is under way."""

    round: int
    snapshot_hash: str
    amount_fen: int


@dataclass(frozen=True)  # without slots: see codec.evolve
class InstanceState(JsonValue):
    """The whole of one approval. ``seq`` numbers every event and is the only order there is.

    ``recused`` are people who must keep out although they gain nothing (near relatives, 回避).
    ``inactive`` are people the engine was told have left or are disabled.
    """

    id: uuid.UUID
    plan: FlowPlan
    requester: uuid.UUID
    snapshot_hash: str
    opened_at: datetime
    beneficiaries: frozenset[uuid.UUID] = frozenset()
    recused: frozenset[uuid.UUID] = frozenset()
    inactive: frozenset[uuid.UUID] = frozenset()
    amount_fen: int = 0
    status: InstanceStatus = InstanceStatus.RUNNING
    round: int = 1
    seq: int = 0
    nodes: Mapping[str, NodeState] = field(default_factory=dict, metadata={"keyed_by": "key"})
    tasks: Mapping[uuid.UUID, Task] = field(default_factory=dict, metadata={"keyed_by": "id"})
    decisions: tuple[Decision, ...] = ()
    proxies: tuple[ProxyGrant, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    resubmit_from_start: bool = True
    in_force: ApprovedVersion | None = None
    review_failed: bool = False
    closed_at: datetime | None = None

    def node(self, key: str) -> PlanNode:
        return self.plan.node_by_key[key]

    @property
    def version(self) -> int:
        return self.seq
