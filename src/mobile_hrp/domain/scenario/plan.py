"""A route as the approval engine's ``FlowPlan``."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_hrp.domain.approval.calendar import WorkCalendar
from mobile_hrp.domain.approval.plan import (
    Branch,
    Candidate,
    EvidenceRule,
    Explanation,
    FlowPlan,
    LinkedDuty,
    PlanNode,
    SodPolicy,
    Span,
    Stage,
    TimeoutStep,
    VoteRule,
)
from mobile_hrp.domain.approval.terms import EDIT_FORM
from mobile_hrp.domain.scenario.deductions import fills_fields
from mobile_hrp.domain.scenario.model import NodeDefinition, Scenario
from mobile_hrp.domain.scenario.organisation import Because
from mobile_hrp.domain.scenario.routing import Route, RoutedNode, RouteStatus

MINUTES_PER_HOUR = 60
HOURS_PER_DAY = 24
BASIS_POINTS_PER_PERCENT = 100
TWO_THIRDS_PERCENT = 67
TWO_THIRDS_BP = 6667
ROUND_THE_CLOCK = "always"
"""The calendar of scenarios whose clock never stops."""


@dataclass(frozen=True, slots=True)
class PlanSurroundings:
    """What the engine needs beside the route, see ``FlowPlan``. ``weights`` are voting weights."""

    administrators: tuple[uuid.UUID, ...] = ()
    superiors: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    sod: SodPolicy = field(default_factory=SodPolicy)
    linked_duties: tuple[LinkedDuty, ...] = ()
    weights: Mapping[uuid.UUID, int] = field(default_factory=dict)


def flow_plan(route: Route, values: Mapping[str, Any], around: PlanSurroundings) -> FlowPlan:
    """The plan of a settled route. ``values`` are the form's stored values.

    Raises:
        Refusal: ROUTE_VALUE_MISSING for a route that still lacks values.
        ValueError: a plan no engine could run; the publish gate keeps such scenarios out.
    """
    route.require_complete()
    stages = tuple(
        Stage(
            tuple(
                Branch(
                    tuple(_plan_node(route.scenario, routed, values, around) for routed in branch)
                )
                for branch in step.branches
            ),
            step.join,
        )
        for step in route.steps
    )
    return FlowPlan(
        flow_code=route.scenario.code,
        flow_version=route.scenario.version,
        stages=stages,
        administrators=around.administrators,
        superiors=around.superiors,
        calendars=around.calendars,
        sod=around.sod,
        linked_duties=around.linked_duties,
        withdraw=route.scenario.withdraw,
        facts=frozenset(name for name, value in route.facts.items() if value is True),
    )


def _plan_node(
    scenario: Scenario, routed: RoutedNode, values: Mapping[str, Any], around: PlanSurroundings
) -> PlanNode:
    node = routed.node
    policies = node.policies
    skipped = routed.status is RouteStatus.SKIPPED
    explanations = tuple(_explanation(reason) for reason in routed.reasons)
    working = policies.calendar != ROUND_THE_CLOCK
    return PlanNode(
        key=node.key,
        name=node.name.zh,
        mode=node.mode,
        kind=node.kind,
        candidates=tuple(
            Candidate(
                person.staff_id,
                _explanation(person.because),
                around.weights.get(person.staff_id, 1),
            )
            for person in routed.people
        ),
        skip=explanations[0] if skipped else None,
        reasons=explanations,
        can=node.can | ({EDIT_FORM} if fills_fields(scenario, node.who) else frozenset()),
        forbids=node.forbids,
        vote=VoteRule(
            quorum_bp=_quorum_bp(node.vote.quorum),
            pass_bp=node.vote.passing * BASIS_POINTS_PER_PERCENT,
        ),
        evidence=tuple(EvidenceRule(name) for name in node.evidence),
        self_approval=policies.self_approval,
        repeated=policies.repeated,
        empty=policies.empty,
        absent=policies.absent,
        timeouts=tuple(
            TimeoutStep(_hours(timeout.hours, working=working), timeout.action)
            for timeout in policies.timeouts
        ),
        due=_hours(policies.due_hours, working=working) if policies.due_hours else None,
        window=_window(node, values),
        calendar=policies.calendar,
    )


def _quorum_bp(percent: int) -> int:
    """67 % is how a rule writes two thirds (三分之二到会): two of three are enough."""
    return TWO_THIRDS_BP if percent == TWO_THIRDS_PERCENT else percent * BASIS_POINTS_PER_PERCENT


def _explanation(because: Because) -> Explanation:
    return Explanation(because.code, because.params)


def _hours(hours: int, *, working: bool) -> Span:
    return Span(hours * MINUTES_PER_HOUR, working=working)


def _window(node: NodeDefinition, values: Mapping[str, Any]) -> Span | None:
    """A publicity lasts whole calendar days, holidays included."""
    if node.window is None:
        return None
    days = node.window.days or int(values.get(node.window.field) or 1)
    return Span(days * HOURS_PER_DAY * MINUTES_PER_HOUR, working=False)
