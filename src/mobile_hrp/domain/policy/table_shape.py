"""What the columns of a policy table hold, and whether a row fits.

A table is read by controls, so its columns are fixed by the version that ships with the product:
its ``types``, or what its rows are written as. Figures of standards are never negative.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from mobile_hrp.domain.policy.tables import ANY
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import PolicyTable

_MONEY_PLACES: Final = 2
_PLACES_MAX: Final = 6
NUMBER_MAX: Final = 100_000_000_000
"""100 billion: above any standard, also in yuan."""
_TEXT_MAX: Final = 200
_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,10})?")


class ValueType(StrEnum):
    MONEY = "money"
    """Yuan, at most two decimals."""
    DECIMAL = "decimal"
    INT = "int"
    BOOL = "bool"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TableShape:
    """The columns of a table in their order, keys first, each with its type."""

    code: str
    keys: tuple[str, ...]
    values: tuple[str, ...]
    types: Mapping[str, ValueType]


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row as written, with the places of its columns."""

    row: Mapping[str, Any]
    places: Mapping[str, Place]
    place: Place


def shape_of(table: PolicyTable) -> TableShape:
    """The shape that a table's own rows have."""
    types = {
        column: ValueType(table.types[column])
        if column in table.types
        else _written_as([row[column] for row in table.rows if row.get(column) != ANY])
        for column in (*table.key_columns, *table.value_columns)
    }
    return TableShape(table.code, table.key_columns, table.value_columns, types)


def _written_as(values: list[Any]) -> ValueType:
    if values and all(isinstance(value, bool) for value in values):
        return ValueType.BOOL
    if not values or any(isinstance(value, bool | str) or value is None for value in values):
        return ValueType.TEXT
    if all(isinstance(value, int) for value in values):
        return ValueType.INT
    decimals = [value for value in values if isinstance(value, Decimal)]
    if all(value.as_tuple().exponent == -_MONEY_PLACES for value in decimals):
        return ValueType.MONEY
    return ValueType.DECIMAL


def checked_rows(
    shape: TableShape, rows: Iterable[PlacedRow], faults: FaultList
) -> tuple[Mapping[str, Any], ...]:
    """The rows that fit; every other is among ``faults`` with its place."""
    found: list[Mapping[str, Any]] = []
    seen: dict[tuple[str, ...], Place] = {}
    for placed in rows:
        fits = True
        for column in (*shape.keys, *shape.values):
            if column in placed.row and not _fits(shape, column, placed, faults):
                fits = False
        key = tuple(str(placed.row.get(column)) for column in shape.keys)
        if key in seen:
            first = seen[key]
            faults.add(
                "POLICY_ROW_DUPLICATE", placed.place, key=" / ".join(key)[:120], first=first.line
            )
            continue
        seen[key] = placed.place
        if fits:
            found.append(placed.row)
    return tuple(found)


def _fits(shape: TableShape, column: str, placed: PlacedRow, faults: FaultList) -> bool:
    value, kind = placed.row[column], shape.types[column]
    if value == ANY and column in shape.keys:
        return True
    place = placed.places[column]
    if not _has_type(value, kind):
        faults.add("POLICY_VALUE_TYPE", place, column=column, expected=kind.value)
    elif isinstance(value, str):
        if 1 <= len(value.strip()) <= _TEXT_MAX and value == value.strip():
            return True
        faults.add("SCENARIO_TEXT_LENGTH", place, limit=_TEXT_MAX)
    elif value < 0:
        faults.add("POLICY_VALUE_NEGATIVE", place, column=column)
    elif value > NUMBER_MAX:
        faults.add("SCENARIO_NUMBER_RANGE", place, least=0, most=NUMBER_MAX)
    elif _places(value) > (_MONEY_PLACES if kind is ValueType.MONEY else _PLACES_MAX):
        faults.add("POLICY_VALUE_PRECISION", place, column=column)
    else:
        return True
    return False


def _has_type(value: Any, kind: ValueType) -> bool:
    if kind is ValueType.BOOL or isinstance(value, bool):
        return kind is ValueType.BOOL and isinstance(value, bool)
    if kind is ValueType.TEXT:
        return isinstance(value, str)
    if kind is ValueType.INT:
        return isinstance(value, int)
    return isinstance(value, int | Decimal)


def _places(value: int | Decimal) -> int:
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def read_cell(text: str, kind: ValueType) -> Any:
    """A cell of a spreadsheet as the value it stands for; text where it is none of that type."""
    if text == ANY or kind is ValueType.TEXT:
        return text
    if kind is ValueType.BOOL:
        return {"true": True, "false": False, "是": True, "否": False}.get(text.lower(), text)
    if not _PLAIN_NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)
