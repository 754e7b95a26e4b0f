"""Reads rows of a file as reference facts of one kind; every fault has its line and column."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from mobile_hrp.domain.money import parse_money
from mobile_hrp.domain.policy.csv_rows import CsvRow, CsvTable
from mobile_hrp.domain.policy.reference import (
    KEY_SEPARATOR,
    ColumnType,
    ReferenceFact,
    ReferenceKind,
    joined_key,
)
from mobile_hrp.domain.policy.table_shape import ValueType, read_cell
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.faults import FaultList, Place

VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
_INT_MAX: Final = 1_000_000_000
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class _Origin:
    """What every fact of a file has in common."""

    kind: ReferenceKind
    source: str
    valid_from: date


def read_facts(
    kind: ReferenceKind, table: CsvTable, *, source: str, valid_from: date, faults: FaultList
) -> tuple[ReferenceFact, ...]:
    """The facts of a file; to be used only without faults.

    Columns ``valid_from`` and ``valid_to`` (the last day) are optional; ``valid_from`` is what
    counts where a row says nothing.
    """
    named = {column.name for column in kind.columns}
    before = len(faults)
    for column in kind.columns:
        if column.required and column.name not in table.header:
            faults.add("SCENARIO_KEY_MISSING", Place(table.name, 1), key=column.name)
    for name in table.header:
        if name not in named | {VALID_FROM, VALID_TO}:
            faults.add("SCENARIO_KEY_UNKNOWN", Place(table.name, 1, name[:60]), key=name[:60])
    if len(faults) > before:
        return ()
    if not table.rows:
        faults.add("REFERENCE_FILE_EMPTY", Place(table.name))
    found: list[ReferenceFact] = []
    seen: dict[tuple[str, str, date], int] = {}
    for row in table.rows:
        fact = _fact(_Origin(kind, source, valid_from), table.name, row, faults)
        if fact is None:
            continue
        identity = (fact.key, fact.item, fact.valid_from)
        if identity in seen:
            shown = " / ".join(part for part in (fact.key, fact.item) if part)
            faults.add(
                "POLICY_ROW_DUPLICATE",
                Place(table.name, row.line),
                key=shown[:120],
                first=seen[identity],
            )
        seen.setdefault(identity, row.line)
        found.append(fact)
    return tuple(found)


def _fact(origin: _Origin, name: str, row: CsvRow, faults: FaultList) -> ReferenceFact | None:
    before, kind = len(faults), origin.kind
    payload: dict[str, Any] = {}
    for column in kind.columns:
        text, place = row.cells.get(column.name, ""), Place(name, row.line, column.name)
        if text:
            payload[column.name] = _cell(text, column.type, place, faults)
        elif column.required:
            faults.add("REFERENCE_CELL_EMPTY", place, column=column.name)
        else:
            payload[column.name] = None
        identifies = column.name in kind.keys + kind.items
        if identifies and KEY_SEPARATOR in text:
            faults.add("REFERENCE_CELL_TYPE", place, column=column.name, expected="text without |")
    first = _day(row, name, VALID_FROM, faults) or origin.valid_from
    last = _day(row, name, VALID_TO, faults)
    if last is not None and last < first:
        faults.add("REFERENCE_VALIDITY", Place(name, row.line, VALID_TO))
    if len(faults) > before:
        return None
    return ReferenceFact(
        kind=kind.code,
        key=_joined(payload, kind.keys),
        item=_joined(payload, kind.items),
        payload=payload,
        source=origin.source,
        valid_from=first,
        valid_to=last,
    )


def _joined(payload: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    return joined_key([str(payload[column]) for column in columns])


def _day(row: CsvRow, name: str, column: str, faults: FaultList) -> date | None:
    text = row.cells.get(column, "")
    if not text:
        return None
    value = _cell(text, ColumnType.DATE, Place(name, row.line, column), faults)
    return date.fromisoformat(value) if isinstance(value, str) else None


def _cell(text: str, kind: ColumnType, place: Place, faults: FaultList) -> Any:
    """A cell as it is stored: fen, ISO date, whole number, text of a decimal, flag or text."""
    try:
        value = _read(text, kind)
    except Refusal as refusal:  # money says itself what is wrong with it
        faults.add(refusal.code, place, **refusal.details[0].params)
        return None
    if value is _ABSENT:
        faults.add("REFERENCE_CELL_TYPE", place, column=place.path, expected=kind.value)
        return None
    return value


def _read(text: str, kind: ColumnType) -> Any:
    if kind is ColumnType.TEXT:
        return text
    if kind is ColumnType.MONEY:
        return parse_money(text, allow_negative=True)
    if kind is ColumnType.DATE:
        return _iso_date(text)
    return _flag(text) if kind is ColumnType.BOOL else _number(text, kind)


def _flag(text: str) -> Any:
    flag = {"1": True, "0": False}.get(text, read_cell(text, ValueType.BOOL))
    return flag if isinstance(flag, bool) else _ABSENT


def _number(text: str, kind: ColumnType) -> Any:
    number = read_cell(text, ValueType.DECIMAL)
    if isinstance(number, str) or abs(number) > _INT_MAX:
        return _ABSENT
    if kind is ColumnType.INT:
        return number if isinstance(number, int) else _ABSENT
    return format(Decimal(number), "f")


def _iso_date(text: str) -> Any:
    """2026-03-01; 2026/3/1 as spreadsheets write it is taken for the same day."""
    parts = text.replace("/", "-").split("-")
    if len(parts) != 3 or len(parts[0]) != 4 or not all(_digits(part) for part in parts):  # noqa: PLR2004 - a date has three parts, a year four digits
        return _ABSENT
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        return _ABSENT


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
