"""Whether the people a flow asks for can be found."""

from collections.abc import Collection

from mobile_hrp.domain.approval.terms import SelfApprovalPolicy
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.model import (
    ApproverKind,
    FieldDefinition,
    NodeDefinition,
    Scenario,
    Vocabulary,
)
from mobile_hrp.domain.scenario.vocabulary import (
    EXTRA_APPROVER_FACT,
    HOLDING,
    REQUESTER_EDITOR,
    BudgetEvent,
    ControlStage,
    FieldType,
    Resolution,
    Severity,
)

PLACES = frozenset(
    {FieldType.DEPT, FieldType.CAMPUS, FieldType.BUDGET_LINE, FieldType.STAFF, FieldType.PROJECT}
)
"""Field types that lead to a department or campus where a role can be looked up."""
_HOLDING_EVENTS = (BudgetEvent.SUBMIT, BudgetEvent.APPROVE)


def check_people(
    scenario: Scenario,
    vocabulary: Vocabulary,
    faults: FaultList,
    held_roles: Collection[str] | None,
) -> None:
    for node in scenario.nodes:
        kind = vocabulary.approvers.get(node.who)
        if kind is None:
            faults.add("SCENARIO_APPROVER_UNKNOWN", node.place, who=node.who)
            continue
        _check_of(node, kind, scenario, faults)
        if kind.by is Resolution.FUNCTION:
            _check_function(node, scenario, vocabulary, faults)
        _check_matrix(node, kind, vocabulary, faults)
        if kind.by is Resolution.REQUESTER and (
            node.policies.self_approval is not SelfApprovalPolicy.ALLOW
        ):
            faults.add("SCENARIO_REQUESTER_EXCLUDED", node.place, node=node.key)
        if held_roles is not None:
            _check_held(node, kind, vocabulary, faults, held_roles)
    _check_editors(scenario, vocabulary, faults)
    _check_extra_approver(scenario, vocabulary, faults)


def _check_of(
    node: NodeDefinition, kind: ApproverKind, scenario: Scenario, faults: FaultList
) -> None:
    """``of`` names a field of a type that leads to people."""
    if kind.by is Resolution.FUNCTION:
        return
    if not node.of:
        if kind.of_types:
            faults.add(
                "SCENARIO_NODE_NEEDS_FIELD",
                node.place,
                node=node.key,
                types=", ".join(kind.of_types),
            )
        return
    allowed = kind.of_types or (tuple(sorted(PLACES)) if kind.by is Resolution.ROLE else ())
    field = scenario.field(node.of)
    if field is None:
        faults.add("SCENARIO_FIELD_UNKNOWN", node.place, field=node.of)
    elif field.type not in allowed:
        faults.add(
            "SCENARIO_FIELD_TYPE", node.place, field=node.of, types=", ".join(allowed) or "—"
        )


def _check_function(
    node: NodeDefinition, scenario: Scenario, vocabulary: Vocabulary, faults: FaultList
) -> None:
    if bool(node.function) == bool(node.of):
        faults.add("SCENARIO_FUNCTION_AMBIGUOUS", node.place, node=node.key)
    if node.function and node.function not in vocabulary.functions:
        faults.add("SCENARIO_FUNCTION_UNKNOWN", node.place, function=node.function)
    if node.of:
        field = field_at(scenario, node.of)
        if field is None:
            faults.add("SCENARIO_FIELD_UNKNOWN", node.place, field=node.of)
        elif field.type is not FieldType.ENUM:
            faults.add("SCENARIO_FIELD_TYPE", node.place, field=node.of, types=FieldType.ENUM)


def field_at(scenario: Scenario, path: str) -> FieldDefinition | None:
    """The field or column at ``field`` or ``field.column``."""
    head, _, column = path.partition(".")
    field = scenario.field(head)
    if field is None or not column:
        return field
    return next((item for item in field.columns if item.key == column), None)


def _check_matrix(
    node: NodeDefinition, kind: ApproverKind, vocabulary: Vocabulary, faults: FaultList
) -> None:
    if (kind.by is Resolution.MATRIX) is not bool(node.matrix):
        faults.add("SCENARIO_MATRIX_MISPLACED", node.place, node=node.key)
    elif node.matrix and node.matrix not in vocabulary.matrices:
        faults.add("SCENARIO_MATRIX_UNKNOWN", node.place, matrix=node.matrix)


def _check_held(
    node: NodeDefinition,
    kind: ApproverKind,
    vocabulary: Vocabulary,
    faults: FaultList,
    held_roles: Collection[str],
) -> None:
    kinds = [kind]
    for band in vocabulary.matrices.get(node.matrix, ()):
        found = vocabulary.approvers.get(band.who)
        kinds.extend([] if found is None else [found])
    for asked in kinds:
        if asked.role and asked.role not in held_roles:
            faults.add("SCENARIO_APPROVER_NOT_HELD", node.place, who=asked.code, role=asked.role)


def _check_editors(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> None:
    """A field that approvers fill needs a node of theirs that may edit."""
    asked = {node.who for node in scenario.nodes if node.can & {"deduct", "edit_form"}}
    for field in scenario.fields:
        for editor in field.editable_by:
            if editor == REQUESTER_EDITOR:
                continue
            if editor not in vocabulary.approvers:
                faults.add("SCENARIO_APPROVER_UNKNOWN", field.place, who=editor)
            elif editor not in asked:
                faults.add("SCENARIO_EDITOR_ABSENT", field.place, field=field.key, who=editor)


def _check_extra_approver(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> None:
    """Where something may demand one more approver, some node must be there to answer."""
    asking = [
        use.code
        for use in scenario.controls
        if (control := vocabulary.controls.get(use.code)) is not None
        and control.stage is not ControlStage.APPROVE
        and (use.severity or control.severity) is Severity.REQUIRE_EXTRA_APPROVER
    ]
    # an elastic budget line may ask for one more approver before its money is held
    if any(scenario.budget.operation(event) in HOLDING for event in _HOLDING_EVENTS):
        asking.append("budget")
    answered = any(
        EXTRA_APPROVER_FACT in node.when.expression.names
        for node in scenario.nodes
        if node.when is not None
    )
    if asking and not answered:
        faults.add(
            "SCENARIO_EXTRA_APPROVER_ABSENT",
            scenario.at("flow"),
            by=", ".join(asking),
        )
