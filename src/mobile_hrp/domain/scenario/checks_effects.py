"""What a scenario does beside asking people: controls, budget, messages, archive."""

from collections.abc import Iterator

from mobile_hrp.domain.approval.terms import NodeKind
from mobile_hrp.domain.scenario.checks_people import field_at
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import (
    ArchiveForm,
    BudgetPlan,
    FieldDefinition,
    Scenario,
    Vocabulary,
)
from mobile_hrp.domain.scenario.vocabulary import (
    HOLDING,
    ROW_TYPES,
    BudgetEvent,
    BudgetOperation,
    FieldType,
)

_BACK = frozenset({BudgetOperation.RELEASE, BudgetOperation.REVERSE})
_SPENT = frozenset({BudgetOperation.EXECUTE, BudgetOperation.TRANSFER})
_MOVING = HOLDING | _SPENT | {BudgetOperation.CHECK}


def check_effects(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> None:
    for use in scenario.controls:
        if use.code not in vocabulary.controls:
            faults.add("SCENARIO_CONTROL_UNKNOWN", use.place, control=use.code)
    for index, kind in enumerate(scenario.notifications):
        if kind not in vocabulary.notifications:
            faults.add(
                "SCENARIO_NOTIFICATION_UNKNOWN", scenario.at("notify").inside(index), kind=kind
            )
    if scenario.amount:
        _need_field(scenario, scenario.amount, {FieldType.MONEY}, scenario.at("amount"), faults)
    for node in scenario.nodes:
        if node.window is not None and node.window.field:
            _need_field(scenario, node.window.field, {FieldType.INT}, node.place, faults)
    _check_budget(scenario, faults)


def _need_field(
    scenario: Scenario, path: str, types: set[FieldType], place: Place, faults: FaultList
) -> None:
    field = field_at(scenario, path)
    if field is None:
        faults.add("SCENARIO_FIELD_UNKNOWN", place, field=path)
    elif field.type not in types:
        faults.add("SCENARIO_FIELD_TYPE", place, field=path, types=", ".join(sorted(types)))


def _check_budget(scenario: Scenario, faults: FaultList) -> None:
    plan = scenario.budget
    operations = set(plan.events.values())
    if operations & _MOVING and plan.charge is None:
        faults.add("SCENARIO_BUDGET_CHARGE_MISSING", plan.place)
    if plan.charge is not None:
        _check_charge(scenario, faults)
    for reason in _unended(plan):
        faults.add("SCENARIO_BUDGET_UNENDED", plan.place, event=reason)
    kinds = {node.kind for node in scenario.nodes}
    for event, kind in ((BudgetEvent.PAY, NodeKind.PAY), (BudgetEvent.RECEIVE, NodeKind.RECEIVE)):
        if plan.operation(event) is not BudgetOperation.NONE and kind not in kinds:
            faults.add("SCENARIO_BUDGET_EVENT_NEVER", plan.place, event=event.value)


def _unended(plan: BudgetPlan) -> Iterator[str]:
    """Events at which money the document holds would stay held for ever."""
    holds_at = [event for event, operation in plan.events.items() if operation in HOLDING]
    if not any(event in {BudgetEvent.SUBMIT, BudgetEvent.APPROVE} for event in holds_at):
        return
    needed = [BudgetEvent.VOID]
    if BudgetEvent.SUBMIT in holds_at:
        needed += [BudgetEvent.REJECT, BudgetEvent.WITHDRAW]
    for event in needed:
        if plan.operation(event) not in _BACK:
            yield event.value
    spending = (BudgetEvent.APPROVE, BudgetEvent.PAY, BudgetEvent.RECEIVE)
    spent = any(plan.operation(event) in _SPENT for event in spending)
    if not spent and plan.operation(BudgetEvent.CLOSE) is not BudgetOperation.RELEASE:
        yield BudgetEvent.CLOSE.value


def _check_charge(scenario: Scenario, faults: FaultList) -> None:
    plan = scenario.budget
    charge = plan.charge
    if charge is None:
        return
    place = plan.place.inside("charge")
    prefix = ""
    if charge.rows:
        _need_field(scenario, charge.rows, set(ROW_TYPES), place, faults)
        prefix = f"{charge.rows}."
    _need_field(scenario, prefix + charge.amount, {FieldType.MONEY}, place, faults)
    if charge.line:
        _need_field(scenario, prefix + charge.line, {FieldType.BUDGET_LINE}, place, faults)
    if charge.to_line:
        _need_field(scenario, prefix + charge.to_line, {FieldType.BUDGET_LINE}, place, faults)
    if charge.document:
        _need_field(scenario, charge.document, {FieldType.DOC_LINK}, place, faults)
    operations = set(plan.events.values())
    if operations & (HOLDING | {BudgetOperation.CHECK}) and not charge.line:
        faults.add("SCENARIO_BUDGET_LINE_MISSING", place)
    if BudgetOperation.TRANSFER in operations and not charge.to_line:
        faults.add("SCENARIO_BUDGET_LINE_MISSING", place)


def check_archive(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> None:
    """Archive identifiers exist in the form of DA/T 95 that the scenario names."""
    form = vocabulary.archive_forms.get(scenario.archive_form)
    if form is not None:
        _check_elements(scenario, form, faults)
    elif scenario.archive_form:
        faults.add(
            "SCENARIO_ARCHIVE_UNKNOWN", scenario.at("archive_form"), archive=scenario.archive_form
        )
    else:
        for field in scenario.fields:
            if field.archive:
                faults.add("SCENARIO_ARCHIVE_FORM_MISSING", field.place, field=field.key)


def _check_elements(scenario: Scenario, form: ArchiveForm, faults: FaultList) -> None:
    """``Container.Element`` puts one value of the form into every row of a container."""
    inside = {
        f"{container}.{element}"
        for container, elements in form.containers.items()
        for element in elements
    }
    outside = form.head | set(form.containers) | inside
    for field in scenario.fields:
        if field.archive and field.archive not in outside:
            _unknown_archive(field, faults)
        for column in field.columns:
            own = f"{field.archive}.{column.archive}"
            if column.archive and own not in inside and column.archive not in inside:
                _unknown_archive(column, faults)
    for node in scenario.nodes:
        if node.archive and node.archive not in form.containers:
            faults.add("SCENARIO_ARCHIVE_UNKNOWN", node.place, archive=node.archive)


def _unknown_archive(field: FieldDefinition, faults: FaultList) -> None:
    faults.add("SCENARIO_ARCHIVE_UNKNOWN", field.place, archive=field.archive)
