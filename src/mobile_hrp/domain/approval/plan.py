"""A flow already routed for one document: who sits where, why, and by which policies."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mobile_hrp.domain.approval.calendar import WorkCalendar
from mobile_hrp.domain.approval.codec import JsonValue
from mobile_hrp.domain.approval.terms import (
    APPROVERS_PER_NODE_MAX,
    REQUESTER_NODE,
    SELF_ACTING_KINDS,
    AbsentPolicy,
    Action,
    Duty,
    EmptyPolicy,
    Join,
    NodeKind,
    RepeatedPolicy,
    SelfApprovalPolicy,
    SignMode,
    TimeoutAction,
    WithdrawPolicy,
)

BASIS_POINTS = 10_000

DUTY_OF_KIND: Mapping[NodeKind, Duty] = {
    NodeKind.APPROVE: Duty.APPROVE,
    NodeKind.CONFIRM: Duty.CONFIRM,
    NodeKind.HANDLE: Duty.HANDLE,
    NodeKind.PAY: Duty.PAY,
    NodeKind.RECEIVE: Duty.RECEIVE,
    NodeKind.SEAL: Duty.SEAL,
    NodeKind.RECORD: Duty.RECORD,
    NodeKind.PUBLICITY: Duty.PUBLISH,
    NodeKind.POST_REVIEW: Duty.AUDIT,
}


@dataclass(frozen=True, slots=True)
class Explanation(JsonValue):
    """Why something was chosen: a catalogued code and the values that decided."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span(JsonValue):
    """A length of time; ``working`` counts it on the node's calendar, else on the wall clock."""

    minutes: int
    working: bool = True

    def after(self, start: datetime, calendar: WorkCalendar | None) -> datetime:
        if self.working and calendar is not None:
            return calendar.add(start, self.minutes)
        return start + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class TimeoutStep(JsonValue):
    """``after`` counts from the moment the task became pending; steps are in rising order."""

    after: Span
    action: TimeoutAction


@dataclass(frozen=True, slots=True)
class VoteRule(JsonValue):
    """Shares of the weight of all seats, in basis points (三分之二到会, 过半数赞成).

    Passed when the cast weight reaches ``quorum_bp`` and the approving weight exceeds
    ``pass_bp`` (reaches it when ``strict`` is false). Abstaining counts as being present.
    A share that must be reached is rounded up to a whole basis point, so that 6667 means two
    thirds and two of three members are enough.
    """

    quorum_bp: int = 6667
    pass_bp: int = 5000
    strict: bool = True

    def enough(self, approving: int, total: int) -> bool:
        if self.strict:
            return approving * BASIS_POINTS > self.pass_bp * total
        return _reaches(approving, total, self.pass_bp)

    def quorate(self, cast: int, total: int) -> bool:
        return _reaches(cast, total, self.quorum_bp)


def _reaches(part: int, total: int, share_bp: int) -> bool:
    return -(-part * BASIS_POINTS // total) >= share_bp


@dataclass(frozen=True, slots=True)
class EvidenceRule(JsonValue):
    """Something an approval must bring: a scanned code, a payment number, minutes of a meeting.

    With ``expected`` the value must equal it (the code printed on the goods).
    """

    name: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate(JsonValue):
    staff_id: uuid.UUID
    why: Explanation | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class PlanNode(JsonValue):
    """One step. ``skip`` is set when routing decided that the step is not needed, and says why.

    ``can`` names further rights of the holder that the form knows (``deduct``,
    ``request_material``); ``forbids`` takes standard actions away.
    """

    key: str
    name: str = ""
    mode: SignMode = SignMode.ANY
    kind: NodeKind = NodeKind.APPROVE
    duty: Duty | None = None
    candidates: tuple[Candidate, ...] = ()
    seconds: tuple[uuid.UUID, ...] = ()
    skip: Explanation | None = None
    reasons: tuple[Explanation, ...] = ()
    can: frozenset[str] = frozenset()
    forbids: frozenset[Action] = frozenset()
    vote: VoteRule = VoteRule()
    evidence: tuple[EvidenceRule, ...] = ()
    self_approval: SelfApprovalPolicy = SelfApprovalPolicy.TO_SUPERIOR
    repeated: RepeatedPolicy = RepeatedPolicy.ASK_AGAIN
    empty: EmptyPolicy = EmptyPolicy.TO_ADMIN
    absent: AbsentPolicy = AbsentPolicy.TO_SUPERIOR
    timeouts: tuple[TimeoutStep, ...] = ()
    due: Span | None = None
    window: Span | None = None
    calendar: str = "office"

    @property
    def is_publicity(self) -> bool:
        return self.kind is NodeKind.PUBLICITY

    @property
    def decides(self) -> bool:
        """Whether people decide here: neither a notice nor a publicity window."""
        return self.mode is not SignMode.NOTIFY and self.kind is not NodeKind.PUBLICITY

    @property
    def own_duty(self) -> Duty:
        return self.duty or DUTY_OF_KIND[self.kind]

    def check(self) -> None:
        """Raise ValueError for a node no engine could run; the publish gate shows it to authors."""
        if not self.key or self.key == REQUESTER_NODE:
            raise ValueError(f"not a node key: {self.key!r}")
        if self.self_approval is SelfApprovalPolicy.ALLOW and self.kind not in SELF_ACTING_KINDS:
            raise ValueError(
                f"{self.key}: only confirm and receive nodes may be the requester's own"
            )
        if self.is_publicity and self.window is None:
            raise ValueError(f"{self.key}: a publicity needs a window")
        if len(self.candidates) > APPROVERS_PER_NODE_MAX:
            raise ValueError(f"{self.key}: more than {APPROVERS_PER_NODE_MAX} candidates")
        if any(candidate.weight < 1 for candidate in self.candidates):
            raise ValueError(f"{self.key}: a voting weight is at least 1")


@dataclass(frozen=True, slots=True)
class Branch(JsonValue):
    nodes: tuple[PlanNode, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stage(JsonValue):
    """Branches that run side by side; an ordinary step is a stage of one branch of one node."""

    branches: tuple[Branch, ...]
    join: Join = Join.ALL


@dataclass(frozen=True, slots=True)
class LinkedDuty(JsonValue):
    """A duty somebody had on a related document (who bought must not accept the goods)."""

    staff_id: uuid.UUID
    duty: Duty
    document: str = ""


@dataclass(frozen=True, slots=True)
class SodPolicy(JsonValue):
    """Incompatible posts (不相容职务). The requester deciding is forbidden whatever this says."""

    pairs: tuple[tuple[Duty, Duty], ...] = (
        (Duty.REQUEST, Duty.PAY),
        (Duty.REQUEST, Duty.RECORD),
        (Duty.REQUEST, Duty.SEAL),
        (Duty.APPROVE, Duty.PAY),
        (Duty.PAY, Duty.RECORD),
        (Duty.APPROVE, Duty.AUDIT),
        (Duty.HANDLE, Duty.AUDIT),
        (Duty.CALCULATE, Duty.APPROVE),
    )
    one_seat_per_chain: bool = True

    def clash(self, duty: Duty, held: Duty) -> bool:
        return (duty, held) in self.pairs or (held, duty) in self.pairs


@dataclass(frozen=True)
class FlowPlan(JsonValue):
    """The stages in order, and what the engine must know of the organisation to act alone.

    ``facts`` names the yes/no facts beside the form that held when the route was found.
    """

    flow_code: str
    flow_version: str
    stages: tuple[Stage, ...]
    administrators: tuple[uuid.UUID, ...] = ()
    superiors: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    sod: SodPolicy = SodPolicy()
    linked_duties: tuple[LinkedDuty, ...] = ()
    withdraw: WithdrawPolicy = WithdrawPolicy.ANY_TIME
    reasons: tuple[Explanation, ...] = ()
    facts: frozenset[str] = frozenset()
    nodes: tuple[PlanNode, ...] = field(init=False, repr=False, compare=False)
    node_by_key: Mapping[str, PlanNode] = field(init=False, repr=False, compare=False)
    place_by_key: Mapping[str, tuple[int, int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[str, tuple[int, int, int]] = {}
        nodes: list[PlanNode] = []
        for number, stage in enumerate(self.stages):
            for side, branch in enumerate(stage.branches):
                for step, node in enumerate(branch.nodes):
                    node.check()
                    if node.key in places:
                        raise ValueError(f"two nodes have the key {node.key!r}")
                    places[node.key] = (number, side, step)
                    nodes.append(node)
        object.__setattr__(self, "nodes", tuple(nodes))
        object.__setattr__(self, "node_by_key", {node.key: node for node in nodes})
        object.__setattr__(self, "place_by_key", places)
        self._check_order()

    @classmethod
    def serial(
        cls, flow_code: str, flow_version: str, nodes: tuple[PlanNode, ...], **rest: object
    ) -> "FlowPlan":
        """A plan without parallel branches."""
        stages = tuple(Stage((Branch((node,)),)) for node in nodes)
        return cls(flow_code, flow_version, stages, **rest)  # type: ignore[arg-type]  # same fields

    def calendar_of(self, node: PlanNode) -> WorkCalendar | None:
        return self.calendars.get(node.calendar)

    def is_before(self, earlier: str, later: str) -> bool:
        """Whether the paper passes ``earlier`` on every way to ``later``."""
        first, second = self.place_by_key[earlier], self.place_by_key[later]
        if first[0] != second[0]:
            return first[0] < second[0]
        return first[1] == second[1] and first[2] < second[2]

    def _check_order(self) -> None:
        if not any(node.decides for node in self.nodes):
            raise ValueError("no node at which a person decides")
        reviewing = False
        for stage in self.stages:
            nodes = [node for branch in stage.branches for node in branch.nodes]
            reviews = [node.kind is NodeKind.POST_REVIEW for node in nodes]
            if any(reviews) and not all(reviews):
                raise ValueError("post-reviews share no stage with other nodes")
            if reviewing and not all(
                review or node.mode is SignMode.NOTIFY
                for review, node in zip(reviews, nodes, strict=True)
            ):
                raise ValueError("only notices and post-reviews may follow a post-review")
            reviewing = reviewing or any(reviews)
