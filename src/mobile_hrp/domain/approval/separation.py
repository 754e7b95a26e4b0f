"""Separation of duties: one rule, asked at routing, at decision, and of history by an auditor."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mobile_hrp.domain.approval.plan import FlowPlan, PlanNode
from mobile_hrp.domain.approval.state import Decision, InstanceState, NodeState
from mobile_hrp.domain.approval.terms import (
    ONE_SEAT_EXEMPT_KINDS,
    Duty,
    SelfApprovalPolicy,
)

Filled = Mapping[uuid.UUID, list[PlanNode]]


class ObstacleKind(StrEnum):
    """Why a person may not sit at a node. All but ABSENT are also refusal codes."""

    SELF_APPROVAL = "SELF_APPROVAL"
    DUTY_CONFLICT = "DUTY_CONFLICT"
    SECOND_SEAT = "SECOND_SEAT"
    ABSENT = "APPROVER_INACTIVE"


@dataclass(frozen=True, slots=True)
class Obstacle:
    kind: ObstacleKind
    params: Mapping[str, str] = field(default_factory=dict)


class ChainView(Protocol):
    """What the rule reads; a state and a draft both have it."""

    @property
    def plan(self) -> FlowPlan: ...
    @property
    def requester(self) -> uuid.UUID: ...
    @property
    def inactive(self) -> frozenset[uuid.UUID]: ...
    @property
    def beneficiaries(self) -> frozenset[uuid.UUID]: ...
    @property
    def recused(self) -> frozenset[uuid.UUID]: ...
    @property
    def nodes(self) -> Mapping[str, NodeState]: ...
    @property
    def decisions(self) -> tuple[Decision, ...]: ...


def counts(view: ChainView, decision: Decision) -> bool:
    """Whether a decision is part of the chain as it stands: its node was not undone since."""
    node = view.nodes.get(decision.node_key)
    return (
        decision.binding
        and node is not None
        and decision.node_key in view.plan.node_by_key
        and decision.seq > node.since
    )


def counted_decisions(view: ChainView) -> list[Decision]:
    return [decision for decision in view.decisions if counts(view, decision)]


def is_interested(view: ChainView, person: uuid.UUID) -> bool:
    """Requester, beneficiary or recused: somebody whose own matter this is."""
    # an empty set would still compute the hash, which is slow for a UUID
    return (
        person == view.requester
        or (bool(view.beneficiaries) and person in view.beneficiaries)
        or (bool(view.recused) and person in view.recused)
    )


def filled_seats(view: ChainView) -> Filled:
    """For each person the nodes at which they, or somebody in their name, decided in this chain."""
    filled: dict[uuid.UUID, list[PlanNode]] = {}
    for decision in view.decisions:
        if counts(view, decision):
            node = view.plan.node_by_key[decision.node_key]
            for person in decision.people:
                filled.setdefault(person, []).append(node)
    return filled


def conflict(view: ChainView, node: PlanNode, person: uuid.UUID, filled: Filled) -> Obstacle | None:
    """The duty or interest that keeps a person from a node, whether or not they are at work.

    ``filled`` is ``filled_seats(view)``.
    """
    if node.self_approval is not SelfApprovalPolicy.ALLOW and is_interested(view, person):
        return Obstacle(ObstacleKind.SELF_APPROVAL)
    held: list[tuple[Duty, str]] = [
        (linked.duty, linked.document)
        for linked in view.plan.linked_duties
        if linked.staff_id == person
    ]
    if person == view.requester:
        held.append((Duty.REQUEST, ""))
    sod = view.plan.sod
    for earlier in filled.get(person, ()):
        if sod.one_seat_per_chain and _takes_a_seat(node) and _takes_a_seat(earlier):
            return Obstacle(ObstacleKind.SECOND_SEAT, {"node": earlier.name or earlier.key})
        held.append((earlier.own_duty, earlier.name or earlier.key))
    duty = node.own_duty
    for other, where in held:
        if sod.clash(duty, other):
            return Obstacle(
                ObstacleKind.DUTY_CONFLICT, {"duty": duty.value, "held": other.value, "node": where}
            )
    return None


def _takes_a_seat(node: PlanNode) -> bool:
    return node.kind not in ONE_SEAT_EXEMPT_KINDS


@dataclass(frozen=True, slots=True)
class HistoryMark:
    """A decision, or with ``decision`` None the undoing of a node's run, in order of ``seq``."""

    seq: int
    node_key: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class SodFinding:
    """One breach, as the auditor's query reports it."""

    code: str
    person: uuid.UUID
    node_key: str
    seq: int
    with_node_key: str = ""


def audit_history(state: InstanceState, marks: Iterable[HistoryMark] = ()) -> list[SodFinding]:
    """Look for breaches in what was really decided, without trusting what the engine checked.

    ``marks`` are the decisions and NODE_RESET events of the timeline. Without them the decisions
    that count now are audited. The route is the state's plan.
    """
    ordered = sorted(marks, key=lambda mark: mark.seq) or [
        HistoryMark(decision.seq, decision.node_key, decision)
        for decision in counted_decisions(state)
    ]
    standing: dict[str, list[Decision]] = {}
    findings: list[SodFinding] = []
    for mark in ordered:
        if mark.decision is None:
            standing.pop(mark.node_key, None)
            continue
        if not mark.decision.binding or mark.node_key not in state.plan.node_by_key:
            continue
        for person in mark.decision.people:
            findings.extend(_audit_one(state, standing, mark.decision, person))
        standing.setdefault(mark.node_key, []).append(mark.decision)
    return findings


def _audit_one(
    state: InstanceState,
    standing: Mapping[str, list[Decision]],
    decision: Decision,
    person: uuid.UUID,
) -> list[SodFinding]:
    node = state.node(decision.node_key)
    findings = []
    if is_interested(state, person) and node.self_approval is not SelfApprovalPolicy.ALLOW:
        findings.append(SodFinding("SELF_APPROVAL", person, node.key, decision.seq))
    duties = [(linked.duty, "") for linked in state.plan.linked_duties if linked.staff_id == person]
    if person == state.requester:
        duties.append((Duty.REQUEST, ""))
    for key, earlier in standing.items():
        if not any(person in one.people for one in earlier):
            continue
        other = state.node(key)
        duties.append((other.own_duty, key))
        both_seats = _takes_a_seat(node) and _takes_a_seat(other)
        if state.plan.sod.one_seat_per_chain and both_seats:
            findings.append(SodFinding("SECOND_SEAT", person, node.key, decision.seq, key))
    findings.extend(
        SodFinding("DUTY_CONFLICT", person, node.key, decision.seq, key)
        for duty, key in duties
        if state.plan.sod.clash(node.own_duty, duty)
    )
    return findings
