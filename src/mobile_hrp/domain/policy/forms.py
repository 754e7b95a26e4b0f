"""Finding things on a form by what they are, whichever scenario the form belongs to.

A field is known by its type, by its identifier in DA/T 95-2022, or by one of the few keys that
forms without such an identifier use; ``names`` below hold identifiers first, then keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType


@dataclass(frozen=True, slots=True)
class Entry:
    """A field that was filled in: where, and with what. ``value`` is as stored (money in fen)."""

    path: str
    field: FieldDefinition
    value: Any

    @property
    def fen(self) -> int:
        return int(self.value)

    @property
    def number(self) -> Decimal:
        return Decimal(str(self.value))

    @property
    def text(self) -> str:
        return str(self.value)

    @property
    def day(self) -> date:
        """The day of a date or of a moment."""
        return date.fromisoformat(str(self.value)[:10])

    @property
    def first_day(self) -> date:
        """The day, or the first of a range of days."""
        return date.fromisoformat(self.value["from"]) if self._ranges else self.day

    @property
    def last_day(self) -> date:
        """The day, or the last of a range of days."""
        return date.fromisoformat(self.value["to"]) if self._ranges else self.day

    @property
    def _ranges(self) -> bool:
        return self.field.type is FieldType.DATERANGE


@dataclass(frozen=True, slots=True)
class Row:
    """The head of a form, or a row of one of its lists (then ``container`` is the list)."""

    path: str
    fields: tuple[FieldDefinition, ...]
    values: Mapping[str, Any]
    container: FieldDefinition | None = None

    def entries(self) -> Iterator[Entry]:
        """What was filled in. False and zero are; empty texts and lists are not."""
        for field in self.fields:
            value = self.values.get(field.key)
            if value is not None and value not in ("", []):
                yield Entry(f"{self.path}.{field.key}", field, value)

    def of_type(self, *types: FieldType) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries() if entry.field.type in types)

    def first(self, *types: FieldType) -> Entry | None:
        return next(iter(self.of_type(*types)), None)

    def named(self, *names: str) -> Entry | None:
        """The filled field of the earliest name that fits one."""
        filled = tuple(self.entries())
        for name in names:
            for entry in filled:
                if name in (identifier(entry.field), entry.field.key):
                    return entry
        return None


def identifier(field: FieldDefinition) -> str:
    """The element of DA/T 95-2022 alone, without its container; empty where there is none."""
    return field.archive.rpartition(".")[2]


def head(document: PolicyDocument) -> Row:
    return Row("values", document.fields, document.values)


def rows(document: PolicyDocument) -> tuple[Row, ...]:
    """The rows of every list on the form."""
    return rows_in(document.fields, document.values)


def rows_in(fields: tuple[FieldDefinition, ...], values: Mapping[str, Any]) -> tuple[Row, ...]:
    """The same of a form that is no document to be judged."""
    return tuple(
        Row(f"values.{field.key}.{index}", field.columns, row, field)
        for field in fields
        if field.type in ROW_TYPES
        for index, row in enumerate(values.get(field.key) or ())
    )


def rows_of(document: PolicyDocument, *names: str) -> tuple[Row, ...]:
    """The rows of the lists that go by one of the names."""
    return tuple(
        row
        for row in rows(document)
        if row.container is not None
        and (identifier(row.container) in names or row.container.key in names)
    )


def everywhere(document: PolicyDocument, *types: FieldType) -> tuple[Entry, ...]:
    """The filled fields of these types, on the head and in the rows."""
    return tuple(
        entry for row in (head(document), *rows(document)) for entry in row.of_type(*types)
    )


def has_list(document: PolicyDocument, *names: str) -> bool:
    """Whether the form has such a list, filled or not."""
    return any(
        field.type in ROW_TYPES and (identifier(field) in names or field.key in names)
        for field in document.fields
    )


def has_type(document: PolicyDocument, *types: FieldType) -> bool:
    """Whether the form has a field or a column of the type, filled or not."""
    return any(
        field.type in types or any(column.type in types for column in field.columns)
        for field in document.fields
    )
