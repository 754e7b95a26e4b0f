"""Whether the rules inside a form are sound: visibility, requirement, calculation."""

from collections.abc import Mapping

from mobile_hrp.domain.expression import Expression, ExpressionError, Kind, Value
from mobile_hrp.domain.scenario.calculating import calculation_order
from mobile_hrp.domain.scenario.checks_people import field_at
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import (
    Calculation,
    CalculationKind,
    FieldDefinition,
    Scenario,
    Vocabulary,
)
from mobile_hrp.domain.scenario.names import (
    Names,
    check_condition,
    check_names,
    form_names,
    sample,
)
from mobile_hrp.domain.scenario.vocabulary import (
    NUMBER_TYPES,
    REFERENCE_LIST_TYPES,
    ROW_TYPES,
    FieldType,
)

_COUNTED = ROW_TYPES | REFERENCE_LIST_TYPES


def check_form_rules(scenario: Scenario, vocabulary: Vocabulary, faults: FaultList) -> None:
    _check_level(scenario, scenario.fields, vocabulary, faults)
    for field in scenario.fields:
        if field.columns:
            _check_level(scenario, field.columns, vocabulary, faults)


def _check_level(
    scenario: Scenario,
    fields: tuple[FieldDefinition, ...],
    vocabulary: Vocabulary,
    faults: FaultList,
) -> None:
    """Rules of fields read fields of their own level: a column its row, a field the form."""
    names = form_names(fields, vocabulary)
    for field in fields:
        for condition in (field.visible_when, field.required_when):
            if condition is not None and check_condition(condition, names, faults):
                _try(condition.expression, names, Kind.BOOL, condition.place, faults)
        if field.prefill:
            _check_provider(field, field.prefill, vocabulary, faults)
        if field.calculation is not None:
            _check_calculation(
                field,
                field.calculation,
                scenario=scenario,
                names=names,
                vocabulary=vocabulary,
                faults=faults,
            )
        if not _ordered(field):
            faults.add("SCENARIO_RANGE_EMPTY", field.place, field=field.key)
    for field in _in_circles(fields):
        faults.add("SCENARIO_CALCULATION_CYCLE", field.place, field=field.key)


def _ordered(field: FieldDefinition) -> bool:
    least, most = field.minimum, field.maximum
    return least is None or most is None or least <= most


def _try(expression: Expression, names: Names, kind: Kind, place: Place, faults: FaultList) -> None:
    """Evaluate over sample values: a mistake of kinds shows with any values."""
    values: Mapping[str, Value] = {name: sample(names[name]) for name in expression.names}
    try:
        found = expression.evaluate(values)
    except ExpressionError as error:
        if error.code in {"DIVISION_BY_ZERO", "OUT_OF_RANGE"}:
            return  # of the sample, not of the rule
        faults.add(
            "SCENARIO_EXPRESSION",
            place,
            reason=error.code.value,
            position=error.position,
            name=error.name,
        )
        return
    if (found is True or found is False) is not (kind is Kind.BOOL):
        faults.add("SCENARIO_EXPRESSION_KIND", place, expected=kind.value)


def _check_provider(
    field: FieldDefinition, name: str, vocabulary: Vocabulary, faults: FaultList
) -> None:
    provider = vocabulary.providers.get(name)
    if provider is None:
        faults.add("SCENARIO_PROVIDER_UNKNOWN", field.place, provider=name)
    elif field.type not in provider.types:
        faults.add(
            "SCENARIO_FIELD_TYPE", field.place, field=field.key, types=", ".join(provider.types)
        )


def _check_calculation(
    field: FieldDefinition,
    calculation: Calculation,
    *,
    scenario: Scenario,
    names: Names,
    vocabulary: Vocabulary,
    faults: FaultList,
) -> None:
    place = calculation.place
    match calculation.kind:
        case CalculationKind.PROVIDER:
            _check_provider(field, calculation.provider, vocabulary, faults)
        case CalculationKind.EXPRESSION if calculation.expression is not None:
            if field.type not in NUMBER_TYPES | {FieldType.BOOL}:
                faults.add("SCENARIO_FIELD_TYPE", place, field=field.key, types="number, bool")
            kind = Kind.BOOL if field.type is FieldType.BOOL else Kind.NUMBER
            if check_names(calculation.expression, names, place, faults):
                _try(calculation.expression, names, kind, place, faults)
        case CalculationKind.SUM:
            _check_terms(field, calculation, scenario, frozenset({field.type}), faults)
        case CalculationKind.COUNT:
            _check_terms(field, calculation, scenario, _COUNTED, faults)
        case CalculationKind.DAYS:
            _check_terms(field, calculation, scenario, frozenset({FieldType.DATERANGE}), faults)
        case _:
            _check_terms(field, calculation, scenario, frozenset({FieldType.ENUM}), faults)
            _check_codes(calculation, scenario, faults)


_RESULTS: Mapping[CalculationKind, frozenset[FieldType]] = {
    CalculationKind.SUM: NUMBER_TYPES,
    CalculationKind.COUNT: frozenset({FieldType.INT}),
    CalculationKind.DAYS: frozenset({FieldType.INT, FieldType.DECIMAL}),
    CalculationKind.ANY: frozenset({FieldType.BOOL}),
}


def _check_terms(
    field: FieldDefinition,
    calculation: Calculation,
    scenario: Scenario,
    types: frozenset[FieldType],
    faults: FaultList,
) -> None:
    results = _RESULTS[calculation.kind]
    if field.type not in results:
        faults.add(
            "SCENARIO_FIELD_TYPE",
            calculation.place,
            field=field.key,
            types=", ".join(sorted(results)),
        )
    for term in calculation.terms:
        found = field_at(scenario, term)
        if found is None:
            faults.add("SCENARIO_FIELD_UNKNOWN", calculation.place, field=term)
        elif found.type not in types:
            faults.add(
                "SCENARIO_FIELD_TYPE",
                calculation.place,
                field=term,
                types=", ".join(sorted(types)),
            )


def _check_codes(calculation: Calculation, scenario: Scenario, faults: FaultList) -> None:
    if not calculation.codes:
        faults.add("SCENARIO_KEY_MISSING", calculation.place, key="is")
    for term in calculation.terms:
        column = field_at(scenario, term)
        known = {option.code for option in column.options} if column is not None else set()
        for code in calculation.codes:
            if column is not None and code not in known:
                faults.add("SCENARIO_OPTION_UNKNOWN", calculation.place, name=term, value=code)


def _in_circles(fields: tuple[FieldDefinition, ...]) -> list[FieldDefinition]:
    done = {field.key for field in calculation_order(fields)}
    return [
        field
        for field in fields
        if field.calculation is not None
        and field.calculation.kind is not CalculationKind.PROVIDER
        and field.key not in done
    ]
