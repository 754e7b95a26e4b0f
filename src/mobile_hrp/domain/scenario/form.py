"""Fill a form: types, visibility, requirement and calculation, with a typed fault per field path.

Values outside are what a phone sends (money as text of yuan); inside they are JSON-safe with money
as whole fen. A calculated field is always computed here, whatever the phone sent; a field that the
present editor may not edit keeps its previous value; a field that is not visible holds nothing.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mobile_hrp.domain.expression import ExpressionError, ExpressionFault
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.calculating import calculate, calculation_order
from mobile_hrp.domain.scenario.field_values import is_empty, read_value, within
from mobile_hrp.domain.scenario.model import CalculationKind, Condition, FieldDefinition
from mobile_hrp.domain.scenario.values import readable_fields
from mobile_hrp.domain.scenario.vocabulary import (
    NUMBER_TYPES,
    REQUESTER_EDITOR,
    ROW_TYPES,
    FieldType,
)

ROWS_MAX = 500
PARTS_MAX = 20_000
CHARACTERS_MAX = 500_000

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
    if _oversize(given):
        fault = RefusalDetail(
            "FORM_TOO_LARGE", "values", {"parts": PARTS_MAX, "characters": CHARACTERS_MAX}
        )
        return Filled({}, (fault,))
    filler = _Filler(filling)
    values = filler.fill(fields, given, filling.previous or {}, "values")
    return Filled(values, tuple(filler.faults))


def _oversize(given: Any) -> bool:
    """Whether there is more than any form needs; looked at before anything is checked."""
    parts = characters = 0
    waiting = [given]
    while waiting:
        value = waiting.pop()
        parts += 1
        if isinstance(value, Mapping):
            waiting.extend(value.values())
            characters += sum(len(str(key)) for key in value)
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            characters += len(value)
        if parts + len(waiting) > PARTS_MAX or characters > CHARACTERS_MAX:
            return True
    return False


class _Filler:
    def __init__(self, filling: Filling) -> None:
        self._filling = filling
        self.faults: list[RefusalDetail] = []
        self._faulty: set[str] = set()
        """Paths with a fault at or below them: what was entered wrongly is not also missing."""

    def fill(
        self,
        fields: Sequence[FieldDefinition],
        given: FormValues,
        previous: FormValues,
        path: str,
    ) -> dict[str, Any]:
        known = {field.key for field in fields}
        for key in sorted(str(key) for key in set(given) - known):
            self._fault("FORM_FIELD_UNKNOWN", f"{path}.{key[:60]}")
        values: dict[str, Any] = {}
        for field in fields:
            values[field.key] = self._entered(field, given, previous, f"{path}.{field.key}")
        self._settle(fields, values, path)
        if self._filling.stage is FormStage.SUBMIT:
            self._require(fields, values, path)
        return {key: value for key, value in values.items() if not is_empty(value)}

    def _entered(
        self, field: FieldDefinition, given: FormValues, previous: FormValues, path: str
    ) -> Any:
        if field.calculation is not None:
            provided = self._filling.provided or {}
            by_server = field.calculation.kind is CalculationKind.PROVIDER
            return provided.get(field.key, previous.get(field.key)) if by_server else None
        if not self._may_edit(field):
            return previous.get(field.key)
        raw = given.get(field.key)
        if is_empty(raw):
            return None
        if field.type in ROW_TYPES:
            return self._rows(field, raw, previous.get(field.key), path)
        try:
            return read_value(field, raw, path)
        except Refusal as refusal:
            self._note(refusal.details)
            return None

    def _may_edit(self, field: FieldDefinition) -> bool:
        return self._filling.editor in (field.editable_by or (REQUESTER_EDITOR,))

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

    def _settle(self, fields: Sequence[FieldDefinition], values: dict[str, Any], path: str) -> None:
        """Calculate and hide until both agree: what is hidden must not be counted.

        Two rounds are enough: the second sees the form without what the first one hid.
        """
        for last in (False, True):
            for field in calculation_order(tuple(fields)):
                values[field.key] = self._calculated(field, fields, values, path, report=last)
            readable = self._readable(fields, values)
            for field in fields:
                if field.visible_when is not None and not self._holds(
                    field.visible_when, readable, f"{path}.{field.key}", report=last
                ):
                    values[field.key] = None

    def _calculated(
        self,
        field: FieldDefinition,
        fields: Sequence[FieldDefinition],
        values: dict[str, Any],
        path: str,
        *,
        report: bool,
    ) -> Any:
        where = f"{path}.{field.key}"
        try:
            value = calculate(field, fields, values, self._filling.thresholds)
            if field.type in NUMBER_TYPES and value is not None:
                within(field, value, where)
        except ExpressionError as problem:
            if report:
                self._fault("FORM_RULE_FAILED", where, reason=problem.code.value)
            return None
        except Refusal as refusal:
            if report:
                self._note(refusal.details)
            return None
        return value

    def _readable(
        self, fields: Sequence[FieldDefinition], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {**self._filling.thresholds, **readable_fields(fields, values)}

    def _holds(
        self, condition: Condition, readable: Mapping[str, Any], path: str, *, report: bool = True
    ) -> bool:
        """Whether a rule holds; while something it reads is empty, it does not."""
        try:
            return condition.expression.holds(readable)
        except ExpressionError as problem:
            if report and problem.code is not ExpressionFault.NULL_OPERAND:
                self._fault("FORM_RULE_FAILED", path, reason=problem.code.value)
            return False

    def _require(
        self, fields: Sequence[FieldDefinition], values: Mapping[str, Any], path: str
    ) -> None:
        readable = self._readable(fields, values)
        for field in fields:
            where = f"{path}.{field.key}"
            if not is_empty(values.get(field.key)) or field.calculation is not None:
                continue
            if where in self._faulty or not self._may_edit(field):
                continue
            if field.visible_when is not None and not self._holds(
                field.visible_when, readable, where, report=False
            ):
                continue
            if field.required or (
                field.required_when is not None
                and self._holds(field.required_when, readable, where)
            ):
                self._fault("FORM_FIELD_REQUIRED", where, field=field.name.zh)

    def _fault(self, code: str, path: str, **params: str | int) -> None:
        self._note((RefusalDetail(code, path, params),))

    def _note(self, details: Sequence[RefusalDetail]) -> None:
        self.faults.extend(details)
        for detail in details:
            parts = detail.path.split(".")
            self._faulty.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))


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
