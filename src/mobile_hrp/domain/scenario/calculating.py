"""Calculated fields: in which order, and what each comes to."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from mobile_hrp.domain.expression import Value
from mobile_hrp.domain.scenario.field_values import is_empty
from mobile_hrp.domain.scenario.model import Calculation, CalculationKind, FieldDefinition
from mobile_hrp.domain.scenario.values import readable_value
from mobile_hrp.domain.scenario.vocabulary import NUMBER_TYPES, FieldType

DECIMAL_PLACES: Final = Decimal("0.000001")


def calculation_order(fields: tuple[FieldDefinition, ...]) -> tuple[FieldDefinition, ...]:
    """Calculated fields, each after those it reads; fields in a circle are left out."""
    waiting = {
        field.key: field
        for field in fields
        if field.calculation is not None and field.calculation.kind is not CalculationKind.PROVIDER
    }
    ordered: list[FieldDefinition] = []
    while True:
        ready = [field for field in waiting.values() if not _reads(field) & set(waiting)]
        if not ready:
            return tuple(ordered)
        ordered.extend(ready)
        for field in ready:
            del waiting[field.key]


def _reads(field: FieldDefinition) -> set[str]:
    terms = field.calculation.terms if field.calculation is not None else ()
    return {term.partition(".")[0] for term in terms}


def calculate(
    field: FieldDefinition,
    fields: Sequence[FieldDefinition],
    values: Mapping[str, Any],
    thresholds: Mapping[str, Decimal],
) -> Any:
    """What a calculated field is worth now, as it is stored.

    An empty number counts as nothing (报销 = 填报 − 核减, while nothing was deducted); a product
    with it is nothing too. Money is rounded to whole fen, half up.

    Raises:
        ExpressionError: the rule gives no result for these values.
    """
    calculation = field.calculation
    if calculation is None:
        return None
    if calculation.kind is not CalculationKind.EXPRESSION:
        return _stored(field, _AGGREGATES[calculation.kind](calculation, values))
    if calculation.expression is None:
        return None
    by_key = {item.key: item for item in fields}
    operands: dict[str, Value] = dict(thresholds)
    for name in calculation.expression.names:
        item = by_key.get(name)
        if item is not None:
            value = readable_value(item, values.get(name))
            empty = value is None and item.type in NUMBER_TYPES
            operands[name] = Decimal(0) if empty else value
    result = calculation.expression.evaluate(operands)
    if field.type is FieldType.MONEY and isinstance(result, Decimal):
        result = result.scaleb(2)  # conditions count in yuan, what is stored counts in fen
    return _stored(field, result)


def _stored(field: FieldDefinition, result: Value) -> Any:
    """A result as it is stored: whole fen, whole numbers, or the text of a decimal."""
    if not isinstance(result, Decimal):
        return result
    if field.type in {FieldType.MONEY, FieldType.INT}:
        return int(result.quantize(Decimal(1), ROUND_HALF_UP))
    plain = result.quantize(DECIMAL_PLACES, ROUND_HALF_UP).normalize()
    return format(plain, "f")


def _terms(calculation: Calculation, values: Mapping[str, Any]) -> list[Any]:
    """The values behind the terms: of a field, or of a column in all rows of a list field."""
    found: list[Any] = []
    for term in calculation.terms:
        head, _, column = term.partition(".")
        value = values.get(head)
        if column:
            found += [row.get(column) for row in value or []]
        else:
            found.append(value)
    return [value for value in found if not is_empty(value)]


def _sum(calculation: Calculation, values: Mapping[str, Any]) -> Decimal:
    """Of stored figures: fen stay fen, decimals are exact."""
    return sum((Decimal(term) for term in _terms(calculation, values)), Decimal(0))


def _count(calculation: Calculation, values: Mapping[str, Any]) -> Decimal:
    terms = _terms(calculation, values)
    return Decimal(sum(len(term) if isinstance(term, list) else 1 for term in terms))


def _days(calculation: Calculation, values: Mapping[str, Any]) -> Decimal:
    """Calendar days of date ranges, both ends counted."""
    total = 0
    for term in _terms(calculation, values):
        first, last = date.fromisoformat(term["from"]), date.fromisoformat(term["to"])
        total += (last - first).days + 1
    return Decimal(total)


def _any(calculation: Calculation, values: Mapping[str, Any]) -> bool:
    return any(term in calculation.codes for term in _terms(calculation, values))


_AGGREGATES: Mapping[CalculationKind, Callable[[Calculation, Mapping[str, Any]], Value]] = {
    CalculationKind.SUM: _sum,
    CalculationKind.COUNT: _count,
    CalculationKind.DAYS: _days,
    CalculationKind.ANY: _any,
}
