"""Reads a rule package: policy tables and severities of controls; the whole of it, or every fault.

policy.yaml                    code, version, names, controls
policy_tables/<table>.yaml     as in the scenario library
policy_tables/<table>.csv      its rows, where the YAML file has none
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from mobile_hrp.domain.policy.csv_rows import CsvTable
from mobile_hrp.domain.policy.settings import ControlSetting, ControlSettings
from mobile_hrp.domain.policy.table_shape import (
    PlacedRow,
    TableShape,
    checked_rows,
    read_cell,
)
from mobile_hrp.domain.policy.tables import PolicyTableVersion
from mobile_hrp.domain.scenario.faults import FaultList, ParsedFile, Place
from mobile_hrp.domain.scenario.loading_catalogue import read_policy_table
from mobile_hrp.domain.scenario.model import PolicyTable, Text
from mobile_hrp.domain.scenario.source import CODE, Cursor, Reader
from mobile_hrp.domain.scenario.vocabulary import Severity

HEAD_FILE: Final = "policy.yaml"
TABLE_FOLDER: Final = "policy_tables/"
PACKAGE_SCHEMA: Final = 1
CSV_NAME: Final = re.compile(r"policy_tables/[a-z][a-z0-9_]{0,62}\.csv")
_SETTINGS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """What a package may speak of: control codes, scenario codes, tables with their shapes."""

    controls: Collection[str] = frozenset()
    scenarios: Collection[str] = frozenset()
    shapes: Mapping[str, TableShape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RulePackage:
    code: str
    version: str
    name: Text
    tables: tuple[PolicyTable, ...]
    settings: ControlSettings

    def versions(self) -> tuple[PolicyTableVersion, ...]:
        """Its tables as they are once they are in force."""
        return tuple(table_version(table, f"{self.code}/{self.version}") for table in self.tables)


def table_version(table: PolicyTable, version: str) -> PolicyTableVersion:
    return PolicyTableVersion(
        code=table.code,
        version=version,
        source=table.source,
        effective_from=date.fromisoformat(table.effective_from),
        sample=table.sample,
        key_columns=table.key_columns,
        value_columns=table.value_columns,
        rows=table.rows,
    )


def load_rule_package(
    files: Mapping[str, ParsedFile],
    sheets: Mapping[str, CsvTable],
    known: KnownPolicy,
    faults: FaultList,
) -> RulePackage:
    """Read the files of a package by their path in it. To be used only without faults."""
    tables = tuple(_tables(files, sheets, known, faults))
    head = files.get(HEAD_FILE)
    if head is None:
        faults.add("SCENARIO_FILE_MISSING", Place(HEAD_FILE), name=HEAD_FILE)
        return RulePackage("", "", Text("", ""), tables, {})
    reader = Reader(Cursor(head, (), head.data, faults))
    package = RulePackage(
        code=reader.require("code", lambda item: item.text(pattern=CODE), ""),
        version=reader.require("version", lambda item: item.text(pattern=CODE), ""),
        name=reader.name(),
        settings=reader.read("controls", lambda item: _settings(item, known), {}),
        tables=tables,
    )
    reader.require("schema", lambda item: item.integer(PACKAGE_SCHEMA, PACKAGE_SCHEMA), 0)
    reader.close()
    if not package.tables and not package.settings:
        faults.add("POLICY_PACKAGE_EMPTY", Place(HEAD_FILE))
    return package


def _settings(cursor: Cursor, known: KnownPolicy) -> dict[str, ControlSetting]:
    settings: dict[str, ControlSetting] = {}
    outer = Reader(cursor)
    if len(outer.names()) > _SETTINGS_MAX:
        cursor.fault("SCENARIO_LIST_TOO_LONG", limit=_SETTINGS_MAX, length=len(outer.names()))
        return {}
    for code in outer.names():
        item = cursor.child(code)
        if code not in known.controls:
            item.fault("POLICY_CONTROL_UNKNOWN", control=code[:60])
        reader = Reader(item)
        setting = ControlSetting(
            reader.read("severity", _severity, None),
            reader.read("scenarios", lambda found: _by_scenario(found, known), {}),
        )
        reader.close()
        if reader.valid and setting == ControlSetting():
            item.fault("SCENARIO_KEY_MISSING", key="severity")
        settings[code] = setting
    return settings


def _severity(cursor: Cursor) -> Severity | None:
    return cursor.member(Severity, Severity.BLOCK)


def _by_scenario(cursor: Cursor, known: KnownPolicy) -> dict[str, Severity]:
    found: dict[str, Severity] = {}
    for scenario in Reader(cursor).names():
        item = cursor.child(scenario)
        if scenario not in known.scenarios:
            item.fault("POLICY_SCENARIO_UNKNOWN", scenario=scenario[:60])
        found[scenario] = item.member(Severity, Severity.BLOCK)
    return found


def _tables(
    files: Mapping[str, ParsedFile],
    sheets: Mapping[str, CsvTable],
    known: KnownPolicy,
    faults: FaultList,
) -> Iterator[PolicyTable]:
    for name in sorted(files):
        if name.startswith(TABLE_FOLDER):
            sheet = sheets.get(name.removesuffix(".yaml") + ".csv")
            yield _table(files[name], sheet, known, faults)
        elif name != HEAD_FILE:
            faults.add("SCENARIO_FILE_UNEXPECTED", Place(name), name=name)
    for name in sorted(sheets):
        head = name.removesuffix(".csv") + ".yaml"
        if head not in files:
            faults.add("SCENARIO_FILE_MISSING", Place(name), name=head)


def _table(
    file: ParsedFile, sheet: CsvTable | None, known: KnownPolicy, faults: FaultList
) -> PolicyTable:
    data = file.data
    if sheet is not None and isinstance(data, dict):
        if "rows" in data:
            place = Place(file.name, file.line(("rows",)), "rows")
            faults.add("POLICY_ROWS_TWICE", place, name=sheet.name)
        data = {**data, "rows": []}
    table = read_policy_table(Cursor(replace(file, data=data), (), data, faults))
    expected = file.name.removeprefix(TABLE_FOLDER).removesuffix(".yaml")
    if table.code and table.code != expected:
        faults.add(
            "POLICY_TABLE_FILE_NAME",
            Place(file.name, file.line(("code",)), "code"),
            table=table.code,
            name=expected,
        )
    shape = known.shapes.get(table.code)
    if shape is None:
        if table.code:
            place = Place(file.name, file.line(("code",)), "code")
            faults.add("POLICY_TABLE_UNKNOWN", place, table=table.code)
        return table
    if not _same_columns(table, shape, file, faults):
        return table
    placed = (
        list(_written_rows(file, table))
        if sheet is None
        else list(_sheet_rows(sheet, shape, faults))
    )
    rows = checked_rows(shape, placed, faults)
    if not placed:
        name = file.name if sheet is None else sheet.name
        faults.add("SCENARIO_LIST_EMPTY", Place(name, 0, "rows"))
    return replace(table, rows=rows)


def _same_columns(
    table: PolicyTable, shape: TableShape, file: ParsedFile, faults: FaultList
) -> bool:
    """Keys in the same order, which says what is more particular; values in any order."""
    same = True
    for path, written, expected in (
        ("keys", table.key_columns, shape.keys),
        ("values", tuple(sorted(table.value_columns)), tuple(sorted(shape.values))),
    ):
        if written != expected:
            place = Place(file.name, file.line((path,)), path)
            faults.add("POLICY_TABLE_COLUMNS", place, expected=", ".join(expected))
            same = False
    return same


def _written_rows(file: ParsedFile, table: PolicyTable) -> Iterator[PlacedRow]:
    for index, row in enumerate(table.rows):
        at = ("rows", index)
        places = {
            column: Place(file.name, file.line((*at, column)), f"rows.{index}.{column}")
            for column in row
        }
        yield PlacedRow(row, places, Place(file.name, file.line(at), f"rows.{index}"))


def _sheet_rows(sheet: CsvTable, shape: TableShape, faults: FaultList) -> Iterator[PlacedRow]:
    columns = {*shape.keys, *shape.values}
    for column in sorted(columns - set(sheet.header)):
        faults.add("SCENARIO_KEY_MISSING", Place(sheet.name, 1), key=column)
    for column in sheet.header:
        if column not in columns:
            faults.add("SCENARIO_KEY_UNKNOWN", Place(sheet.name, 1, column[:60]), key=column[:60])
    for row in sheet.rows:
        known: dict[str, Any] = {
            column: read_cell(cell, shape.types[column])
            for column, cell in row.cells.items()
            if column in columns
        }
        places = {column: Place(sheet.name, row.line, column) for column in known}
        yield PlacedRow(known, places, Place(sheet.name, row.line))
