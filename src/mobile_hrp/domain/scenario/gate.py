"""The publish gate: what must be true of a package before anybody works with it.

Everything a scenario names exists; every rule of its form is sound; every case its conditions can
tell apart is routed; every path ends with a decision of a person who is not the requester; money
that is held can be let go again. All faults are found, none is fixed silently.
"""

from collections.abc import Collection
from dataclasses import dataclass

from mobile_hrp.domain.approval.terms import (
    REQUESTER_NODE,
    SELF_ACTING_KINDS,
    EmptyPolicy,
    NodeKind,
    SelfApprovalPolicy,
    SignMode,
    TimeoutAction,
)
from mobile_hrp.domain.scenario.cases import Case, Stop, cases, deciding_names
from mobile_hrp.domain.scenario.checks_effects import check_archive, check_effects
from mobile_hrp.domain.scenario.checks_form import check_form_rules
from mobile_hrp.domain.scenario.checks_people import check_people
from mobile_hrp.domain.scenario.faults import Fault, FaultList
from mobile_hrp.domain.scenario.loading import LoadedPackage
from mobile_hrp.domain.scenario.model import NodeDefinition, Scenario, ScenarioPackage, Vocabulary
from mobile_hrp.domain.scenario.names import check_condition, flow_names
from mobile_hrp.domain.scenario.vocabulary import Resolution


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """What was tried for one scenario."""

    code: str
    fields: int
    nodes: int
    cases: int
    paths: int


@dataclass(frozen=True, slots=True)
class GateReport:
    scenarios: tuple[ScenarioReport, ...]
    faults: tuple[Fault, ...]

    @property
    def cases(self) -> int:
        return sum(report.cases for report in self.scenarios)

    @property
    def paths(self) -> int:
        return sum(report.paths for report in self.scenarios)


def check_package(
    loaded: LoadedPackage, *, held_roles: Collection[str] | None = None
) -> GateReport:
    """Try everything. ``held_roles`` are the roles somebody holds; None skips that question."""
    faults = FaultList()
    faults.extend(loaded.faults.all)
    package = loaded.package
    check_vocabulary(package.vocabulary, faults)
    reports = tuple(
        check_scenario(scenario, package, faults, held_roles=held_roles)
        for scenario in package.scenarios.values()
    )
    return GateReport(reports, faults.all)


def check_vocabulary(vocabulary: Vocabulary, faults: FaultList) -> None:
    """The package's own references: approver kinds in matrices, limits that are known."""
    for bands in vocabulary.matrices.values():
        for band in bands:
            kind = vocabulary.approvers.get(band.who)
            if kind is None or kind.by is Resolution.MATRIX:
                faults.add("SCENARIO_APPROVER_UNKNOWN", band.place, who=band.who)
            unknown = set(band.up_to.names if band.up_to is not None else ()) - set(
                vocabulary.thresholds
            )
            for name in sorted(unknown):
                faults.add("SCENARIO_NAME_UNKNOWN", band.place, name=name)


def check_scenario(
    scenario: Scenario,
    package: ScenarioPackage,
    faults: FaultList,
    *,
    held_roles: Collection[str] | None = None,
) -> ScenarioReport:
    """Check one scenario against the words of its package."""
    vocabulary = package.vocabulary
    check_form_rules(scenario, vocabulary, faults)
    check_effects(scenario, vocabulary, faults)
    check_archive(scenario, vocabulary, faults)
    check_people(scenario, vocabulary, faults, held_roles)
    for node in scenario.nodes:
        _check_node(node, faults)
    tried = _try_paths(scenario, vocabulary, faults)
    return ScenarioReport(
        code=scenario.code,
        fields=len(scenario.fields) + sum(len(field.columns) for field in scenario.fields),
        nodes=len(scenario.nodes),
        cases=len(tried),
        paths=len({tuple((stop.node.key, stop.who) for stop in case.path) for case in tried}),
    )


def _check_node(node: NodeDefinition, faults: FaultList) -> None:
    if node.key == REQUESTER_NODE:
        faults.add("SCENARIO_NODE_KEY_RESERVED", node.place, node=node.key)
    if (
        node.policies.self_approval is SelfApprovalPolicy.ALLOW
        and node.kind not in SELF_ACTING_KINDS
    ):
        faults.add("SCENARIO_SELF_APPROVAL", node.place, node=node.key)
    if any(step.action is TimeoutAction.APPROVE for step in node.policies.timeouts):
        faults.add("SCENARIO_TIMEOUT_APPROVES", node.place, node=node.key)
    if (node.kind is NodeKind.PUBLICITY) is not (node.window is not None):
        faults.add("SCENARIO_WINDOW_MISPLACED", node.place, node=node.key)
    if (node.who == "system") is not (node.kind is NodeKind.PUBLICITY):
        faults.add("SCENARIO_SYSTEM_DECIDES", node.place, node=node.key)


def _try_paths(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> tuple[Case, ...]:
    names = flow_names(scenario, vocabulary)
    before = len(faults)
    for node in scenario.nodes:
        if node.when is not None:
            check_condition(node.when, names, faults)
        if node.matrix and not scenario.amount:
            faults.add("SCENARIO_AMOUNT_MISSING", node.place, node=node.key)
    if len(faults) > before:
        return ()  # unknown names have no cases
    tried = tuple(cases(scenario, names, vocabulary.matrices, faults))
    read = deciding_names(scenario, names)
    broken: set[str] = set()
    for case in tried:
        fault = _path_fault(case.path, vocabulary)
        if fault and fault not in broken:
            broken.add(fault)
            faults.add(fault, scenario.at("flow"), case=case.described(read))
    _check_reached(scenario, tried, faults)
    return tried


def _path_fault(path: tuple[Stop, ...], vocabulary: Vocabulary) -> str:
    """The rule a path breaks, empty when it is sound."""
    deciding = [stop for stop in path if stop.node.decides]
    if not deciding:
        return "SCENARIO_PATH_UNDECIDED"
    by_others = [stop for stop in deciding if not _own(stop, vocabulary)]
    if not by_others:
        return "SCENARIO_PATH_SELF_APPROVED"
    last = deciding[-1].node
    if last.policies.empty is EmptyPolicy.SKIP or all(
        stop.node.policies.empty is EmptyPolicy.SKIP for stop in by_others
    ):
        return "SCENARIO_PATH_MAY_BE_EMPTY"
    reviewing = False
    for stop in path:
        review = stop.node.kind is NodeKind.POST_REVIEW
        if reviewing and not (review or stop.node.mode is SignMode.NOTIFY):
            return "SCENARIO_AFTER_POST_REVIEW"
        reviewing = reviewing or review
    return ""


def _own(stop: Stop, vocabulary: Vocabulary) -> bool:
    """Whether the requester is the one who acts here."""
    kind = vocabulary.approvers.get(stop.who)
    return (
        kind is not None and kind.by is Resolution.REQUESTER
    ) or stop.node.policies.self_approval is SelfApprovalPolicy.ALLOW


def _check_reached(scenario: Scenario, tried: tuple[Case, ...], faults: FaultList) -> None:
    reached = {stop.node.key for case in tried for stop in case.path}
    for node in scenario.nodes:
        if tried and node.key not in reached:
            faults.add("SCENARIO_NODE_UNREACHABLE", node.place, node=node.key)
