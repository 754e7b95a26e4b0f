"""Fill a form: types, visibility, requirement and calculation, with a typed fault per field path.

Values outside are what a phone sends (money as text of yuan); inside they are JSON-safe with money
as whole fen. A calculated field is always computed here, whatever the phone sent; a field that the
present editor may not edit keeps its previous value; a field that is not visible holds nothing.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mobile_hrp.domain.expression import ExpressionError, Value
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.field_values import is_empty, read_value
from mobile_hrp.domain.scenario.model import (
    Calculation,
    CalculationKind,
    Condition,
    FieldDefinition,
)
from mobile_hrp.domain.scenario.values import readable_fields
from mobile_hrp.domain.scenario.vocabulary import (
    REQUESTER_EDITOR,
    ROW_TYPES,
    FieldType,
)

ROWS_MAX = 500
_FEN = Decimal(100)

FormValues = Mapping[str, Any]


class FormStage(enum.Enum):
    """A draft may have holes; a submission may not."""

    DRAFT = "draft"
    SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class Filling:
    """Who fills a form, when, and what the server contributes.

    ``previous`` are the stored values; ``provided`` those of provider fields, by field key.
    """

    stage: FormStage
    thresholds: Mapping[str, Decimal]
    editor: str = REQUESTER_EDITOR
    previous: FormValues | None = None
    provided: FormValues | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """The normalised values and every fault. Values are to be stored only without faults."""

    values: dict[str, Any]
    faults: tuple[RefusalDetail, ...]

    def checked(self) -> dict[str, Any]:
        """The values; raises one Refusal with all faults."""
        if self.faults:
            raise Refusal.of(self.faults)
        return self.values


def fill(fields: Sequence[FieldDefinition], given: FormValues, filling: Filling) -> Filled:
    """Check and complete what was entered; every fault names its field path."""
    filler = _Filler(filling, "values")
    values = filler.fill(fields, given, filling.previous or {}, "values")
    return Filled(values, tuple(filler.faults))


class _Filler:
    def __init__(self, filling: Filling, root: str) -> None:
        self._filling = filling
        self._root = root
        self.faults: list[RefusalDetail] = []

    def fill(
        self,
        fields: Sequence[FieldDefinition],
        given: FormValues,
        previous: FormValues,
        path: str,
    ) -> dict[str, Any]:
        known = {field.key for field in fields}
        for key in sorted(set(given) - known):
            self._fault("FORM_FIELD_UNKNOWN", f"{path}.{key[:60]}")
        values: dict[str, Any] = {}
        for field in fields:
            values[field.key] = self._entered(field, given, previous, f"{path}.{field.key}")
        for field in fields:
            if field.calculation is not None:
                readable = readable_fields(fields, values)
                values[field.key] = self._calculated(field, values, readable, path)
        self._hide(fields, values, path)
        if self._filling.stage is FormStage.SUBMIT:
            self._require(fields, values, path)
        return {key: value for key, value in values.items() if not is_empty(value)}

    def _entered(
        self, field: FieldDefinition, given: FormValues, previous: FormValues, path: str
    ) -> Any:
        editors = field.editable_by or (REQUESTER_EDITOR,)
        if field.calculation is not None:
            return None
        if self._filling.editor not in editors:
            return previous.get(field.key)
        raw = given.get(field.key)
        if is_empty(raw):
            return None
        if field.type in ROW_TYPES:
            return self._rows(field, raw, previous.get(field.key), path)
        try:
            return read_value(field, raw, path)
        except Refusal as refusal:
            self.faults.extend(refusal.details)
            return None

    def _rows(self, field: FieldDefinition, raw: Any, previous: Any, path: str) -> Any:
        if not isinstance(raw, list):
            self._fault("FORM_VALUE_INVALID", path, type=field.type.value)
            return None
        if len(raw) > ROWS_MAX:
            self._fault("FORM_ROWS_TOO_MANY", path, limit=ROWS_MAX)
            return None
        before = previous if isinstance(previous, list) else []
        rows = []
        for index, row in enumerate(raw):
            if not isinstance(row, Mapping):
                self._fault("FORM_VALUE_INVALID", f"{path}.{index}", type=field.type.value)
                continue
            old = before[index] if index < len(before) else {}
            rows.append(self.fill(field.columns, row, old, f"{path}.{index}"))
        return rows

    def _calculated(
        self,
        field: FieldDefinition,
        values: Mapping[str, Any],
        readable: Mapping[str, Value],
        path: str,
    ) -> Any:
        calculation = field.calculation
        if calculation is None:
            return None
        if calculation.kind is CalculationKind.PROVIDER:
            return (self._filling.provided or {}).get(field.key)
        if calculation.kind is CalculationKind.EXPRESSION:
            return self._computed(field, calculation, readable, path)
        return _AGGREGATES[calculation.kind](calculation, values)

    def _computed(
        self,
        field: FieldDefinition,
        calculation: Calculation,
        values: Mapping[str, Value],
        path: str,
    ) -> Any:
        if calculation.expression is None:
            return None
        names = {name: self._operand(name, values) for name in calculation.expression.names}
        try:
            result = calculation.expression.evaluate(names)
        except ExpressionError as problem:
            self._fault("FORM_RULE_FAILED", f"{path}.{field.key}", reason=problem.code.value)
            return None
        return _stored(field, result)

    def _operand(self, name: str, values: Mapping[str, Value]) -> Value:
        """In a calculation an empty number counts as nothing: 报销 = 填报 − 核减."""
        value = self._readable(name, values)
        return Decimal(0) if value is None else value

    def _readable(self, name: str, values: Mapping[str, Value]) -> Value:
        if name in self._filling.thresholds:
            return self._filling.thresholds[name]
        return values.get(name)

    def _holds(self, condition: Condition, values: Mapping[str, Value], path: str) -> bool:
        names = {name: self._readable(name, values) for name in condition.expression.names}
        try:
            return condition.expression.evaluate(names) is True
        except ExpressionError as problem:
            self._fault("FORM_RULE_FAILED", path, reason=problem.code.value)
            return False

    def _hide(self, fields: Sequence[FieldDefinition], values: dict[str, Any], path: str) -> None:
        readable = readable_fields(fields, values)
        for field in fields:
            if field.visible_when is not None and not self._holds(
                field.visible_when, readable, f"{path}.{field.key}"
            ):
                values[field.key] = None

    def _require(
        self, fields: Sequence[FieldDefinition], values: Mapping[str, Any], path: str
    ) -> None:
        readable = readable_fields(fields, values)
        for field in fields:
            where = f"{path}.{field.key}"
            asked = REQUESTER_EDITOR in (field.editable_by or (REQUESTER_EDITOR,))
            visible = field.visible_when is None or self._holds(field.visible_when, readable, where)
            required = field.required or (
                field.required_when is not None
                and self._holds(field.required_when, readable, where)
            )
            calculated = field.calculation is not None
            missing = is_empty(values.get(field.key))
            faulty = any(fault.path.startswith(where) for fault in self.faults)
            if asked and visible and required and missing and not (calculated or faulty):
                self._fault("FORM_FIELD_REQUIRED", where, field=field.name.zh)

    def _fault(self, code: str, path: str, **params: str | int) -> None:
        self.faults.append(RefusalDetail(code, path, params))


def _stored(field: FieldDefinition, result: Value) -> Any:
    if isinstance(result, Decimal):
        if field.type is FieldType.MONEY:
            return int((result * _FEN).to_integral_value())
        if field.type is FieldType.INT:
            return int(result)
        return format(result.normalize(), "f")
    return result.isoformat() if isinstance(result, date) else result


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


def _sum(calculation: Calculation, values: Mapping[str, Any]) -> Any:
    terms = _terms(calculation, values)
    if any(isinstance(term, str) for term in terms):
        return format(sum((Decimal(term) for term in terms), Decimal(0)).normalize(), "f")
    return sum(terms)


def _count(calculation: Calculation, values: Mapping[str, Any]) -> int:
    return sum(len(term) if isinstance(term, list) else 1 for term in _terms(calculation, values))


def _days(calculation: Calculation, values: Mapping[str, Any]) -> str:
    """Calendar days of date ranges, both ends counted."""
    total = 0
    for term in _terms(calculation, values):
        if isinstance(term, Mapping):
            last, first = date.fromisoformat(term["to"]), date.fromisoformat(term["from"])
            total += (last - first).days + 1
    return str(total)


def _any(calculation: Calculation, values: Mapping[str, Any]) -> bool:
    return any(term in calculation.codes for term in _terms(calculation, values))


_AGGREGATES: Mapping[CalculationKind, Callable[[Calculation, Mapping[str, Any]], Any]] = {
    CalculationKind.SUM: _sum,
    CalculationKind.COUNT: _count,
    CalculationKind.DAYS: _days,
    CalculationKind.ANY: _any,
}


def displayed(fields: Sequence[FieldDefinition], values: FormValues) -> dict[str, Any]:
    """Stored values as a phone shows them: money as text of yuan, rows alike."""
    shown: dict[str, Any] = {}
    for field in fields:
        value = values.get(field.key)
        if is_empty(value):
            continue
        if field.type is FieldType.MONEY and isinstance(value, int):
            shown[field.key] = format_money(value)
        elif field.type in ROW_TYPES:
            shown[field.key] = [displayed(field.columns, row) for row in value or []]
        else:
            shown[field.key] = value
    return shown
