"""Form data by what it means: field type, DA/T 95 element, provider, and only then a usual key.

A control that looked for one scenario's key would be silent in the next scenario. A ``Meaning``
says every way a form may carry a thing; the first way that fits wins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.field_values import is_empty
from mobile_hrp.domain.scenario.model import CalculationKind, FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType

FORM: Final = "values"
"""Where the paths of form fields begin."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """``types`` narrow every other way; alone they take the first field of such a type.

    ``archive`` are DA/T 95 elements (the last part of the field's identifier), ``providers`` what
    the server computes or proposes, ``keys`` the fallback for forms outside the standard.
    """

    types: frozenset[FieldType] = frozenset()
    archive: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def among(self, fields: Sequence[FieldDefinition]) -> FieldDefinition | None:
        fitting = [field for field in fields if not self.types or field.type in self.types]
        if not (self.archive or self.providers or self.keys):
            return fitting[0] if fitting else None
        for element in self.archive:
            for field in fitting:
                if field.archive.rpartition(".")[2] == element:
                    return field
        for field in fitting:
            if _provider(field) in self.providers:
                return field
        for key in self.keys:
            for field in fitting:
                if field.key == key:
                    return field
        return None


def _provider(field: FieldDefinition) -> str | None:
    calculation = field.calculation
    if calculation is not None and calculation.kind is CalculationKind.PROVIDER:
        return calculation.provider
    return field.prefill or None


@dataclass(frozen=True, slots=True)
class Placed:
    """A value that was given, its field and its path in the form."""

    path: str
    field: FieldDefinition
    value: Any

    @property
    def text(self) -> str:
        return str(self.value)

    @property
    def fen(self) -> int:
        return int(self.value)

    @property
    def number(self) -> Decimal:
        return Decimal(str(self.value))

    @property
    def day(self) -> date:
        return date.fromisoformat(self.value)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.value)

    @property
    def period(self) -> tuple[date, date]:
        """First and last day of a date range."""
        return date.fromisoformat(self.value["from"]), date.fromisoformat(self.value["to"])

    @property
    def option(self) -> tuple[str, str]:
        """The Chinese and English name of a chosen option; the code where it has none."""
        for option in self.field.options:
            if option.code == self.value:
                return option.name.zh, option.name.en
        return self.text, self.text


@dataclass(frozen=True, slots=True)
class Row:
    """The form itself, or one row of one of its lists."""

    path: str
    fields: tuple[FieldDefinition, ...]
    values: Mapping[str, Any]

    def get(self, meaning: Meaning) -> Placed | None:
        """What was given for it; None where the form has no such field or it was left empty."""
        field = meaning.among(self.fields)
        if field is None or is_empty(self.values.get(field.key)):
            return None
        return Placed(f"{self.path}.{field.key}", field, self.values[field.key])

    def text(self, meaning: Meaning) -> str:
        found = self.get(meaning)
        return "" if found is None else found.text

    def fen(self, meaning: Meaning) -> int:
        found = self.get(meaning)
        return 0 if found is None else found.fen


def head(document: PolicyDocument) -> Row:
    return Row(FORM, document.fields, document.values)


def has(document: PolicyDocument, meaning: Meaning) -> bool:
    """Whether the form, or a list of it, has such a field at all."""
    return any(
        meaning.among(fields) is not None
        for fields in (document.fields, *(field.columns for field in document.fields))
    )


def placed(document: PolicyDocument, *types: FieldType) -> Iterator[Placed]:
    """Every given value of these types, in lists too, in the form's order."""
    for field in document.fields:
        value = document.values.get(field.key)
        if is_empty(value):
            continue
        if field.type in types:
            yield Placed(f"{FORM}.{field.key}", field, value)
        if field.type in ROW_TYPES:
            for row in _rows(field, value):
                for column in field.columns:
                    if column.type in types and not is_empty(row.values.get(column.key)):
                        yield Placed(f"{row.path}.{column.key}", column, row.values[column.key])


def rows(document: PolicyDocument, meaning: Meaning) -> tuple[Row, ...]:
    """The rows of the list that carries the meaning."""
    field = meaning.among(document.fields)
    if field is None:
        return ()
    return tuple(_rows(field, document.values.get(field.key)))


def form_rows(form: Row) -> Iterator[tuple[FieldDefinition, Row]]:
    """The rows of every list of a form, each with its list."""
    for field in form.fields:
        if field.type in ROW_TYPES:
            for row in _rows(field, form.values.get(field.key)):
                yield field, row


def _rows(field: FieldDefinition, values: Any) -> Iterator[Row]:
    for number, row in enumerate(values or ()):
        yield Row(f"{FORM}.{field.key}.{number}", field.columns, row)
