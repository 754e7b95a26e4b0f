"""What a column holds, and every reason why a value does not fit."""

from decimal import Decimal
from typing import Any

import pytest

from mobile_hrp.domain.policy.table_shape import (
    NUMBER_MAX,
    PlacedRow,
    TableShape,
    ValueType,
    checked_rows,
    read_cell,
    shape_of,
)
from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.domain.scenario.model import PolicyTable, Text

BOOL, DECIMAL, INT = ValueType.BOOL, ValueType.DECIMAL, ValueType.INT
MONEY, TEXT = ValueType.MONEY, ValueType.TEXT
SHAPE = TableShape(
    "lodging",
    ("city", "grade"),
    ("limit", "share", "days", "open"),
    {"city": TEXT, "grade": INT, "limit": MONEY, "share": DECIMAL, "days": INT, "open": BOOL},
)
SOUND: dict[str, Any] = {
    "city": "1100",
    "grade": 3,
    "limit": Decimal("350.50"),
    "share": Decimal("0.125"),
    "days": 3,
    "open": True,
}


def checked(*rows: dict[str, Any]) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    faults = FaultList()
    placed = [
        PlacedRow(
            row,
            {column: Place("t.csv", number, column) for column in row},
            Place("t.csv", number),
        )
        for number, row in enumerate(rows, 2)
    ]
    found = checked_rows(SHAPE, placed, faults)
    return found, [(one.line, one.path, one.code, dict(one.params)) for one in faults.all]


def typed(*values: Any, types: dict[str, str] | None = None) -> ValueType:
    """What a column is taken for that is written like this."""
    table = PolicyTable(
        code="t",
        name=Text("表", "table"),
        source="s",
        effective_from="2026-01-01",
        sample=False,
        key_columns=("k",),
        value_columns=("v",),
        rows=tuple({"k": "a", "v": value} for value in values),
        types=types or {},
    )
    shape = shape_of(table)
    assert (shape.code, shape.keys, shape.values) == ("t", ("k",), ("v",))
    assert shape.types["k"] is (TEXT)
    return shape.types["v"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((True, False), BOOL),
        ((True, 1), TEXT),
        ((1, 2), INT),
        (("*", 2), INT),
        (("*",), TEXT),
        ((), TEXT),
        (("usual", 1), TEXT),
        ((None, 1), TEXT),
        ((Decimal("1.50"), Decimal("2.00")), MONEY),
        ((Decimal("1.50"), 2), MONEY),
        ((Decimal("1.50"), Decimal("0.125")), DECIMAL),
        ((Decimal("0.5"),), DECIMAL),
    ],
)
def test_a_column_holds_what_its_rows_are_written_as(
    values: tuple[Any, ...], expected: ValueType
) -> None:
    assert typed(*values) is expected


def test_a_type_that_is_said_goes_before_how_rows_are_written() -> None:
    assert typed(1, 2, types={"v": "money"}) is MONEY


def test_rows_that_fit_are_kept_as_they_are() -> None:
    anywhere = {**SOUND, "city": "*", "grade": "*"}
    assert checked(SOUND, anywhere) == ((SOUND, anywhere), [])


@pytest.mark.parametrize(
    ("column", "value", "code", "params"),
    [
        ("city", 7, "POLICY_VALUE_TYPE", {"column": "city", "expected": "text"}),
        ("city", "", "SCENARIO_TEXT_LENGTH", {"limit": 200}),
        ("city", "x" * 201, "SCENARIO_TEXT_LENGTH", {"limit": 200}),
        ("city", " x", "SCENARIO_TEXT_LENGTH", {"limit": 200}),
        ("limit", "*", "POLICY_VALUE_TYPE", {"column": "limit", "expected": "money"}),
        ("limit", True, "POLICY_VALUE_TYPE", {"column": "limit", "expected": "money"}),
        ("limit", -1, "POLICY_VALUE_NEGATIVE", {"column": "limit"}),
        ("limit", NUMBER_MAX + 1, "SCENARIO_NUMBER_RANGE", {"least": 0, "most": NUMBER_MAX}),
        ("limit", Decimal("1.505"), "POLICY_VALUE_PRECISION", {"column": "limit"}),
        ("share", Decimal("0.1234567"), "POLICY_VALUE_PRECISION", {"column": "share"}),
        ("share", "half", "POLICY_VALUE_TYPE", {"column": "share", "expected": "decimal"}),
        ("days", Decimal("1.0"), "POLICY_VALUE_TYPE", {"column": "days", "expected": "int"}),
        ("days", False, "POLICY_VALUE_TYPE", {"column": "days", "expected": "int"}),
        ("open", 1, "POLICY_VALUE_TYPE", {"column": "open", "expected": "bool"}),
        ("open", None, "POLICY_VALUE_TYPE", {"column": "open", "expected": "bool"}),
    ],
)
def test_a_value_that_does_not_fit_is_told_at_its_place(
    column: str, value: Any, code: str, params: dict[str, Any]
) -> None:
    other = {**SOUND, "city": "3100"}
    assert checked({**SOUND, column: value}, other) == (
        (other,),
        [(2, column, code, params)],
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("city", "x" * 200),
        ("city", "x"),
        ("limit", 0),
        ("limit", NUMBER_MAX),
        ("limit", Decimal("1.5")),
        ("limit", Decimal("1E+2")),
        ("share", Decimal("0.123456")),
        ("share", 1),
        ("open", False),
    ],
)
def test_the_last_value_that_fits_fits(column: str, value: Any) -> None:
    row = {**SOUND, column: value}
    assert checked(row) == ((row,), [])


def test_every_fault_of_a_row_is_told() -> None:
    found, faults = checked({**SOUND, "limit": -1, "days": "x"})
    assert found == ()
    assert [(path, code) for _, path, code, _ in faults] == [
        ("days", "POLICY_VALUE_TYPE"),
        ("limit", "POLICY_VALUE_NEGATIVE"),
    ]


def test_a_column_that_is_not_there_is_somebody_elses_fault() -> None:
    row = {key: value for key, value in SOUND.items() if key != "days"}
    assert checked(row) == ((row,), [])


def test_a_second_row_of_one_key_is_told_with_the_line_of_the_first() -> None:
    again = {**SOUND, "limit": 1}
    third = {**SOUND, "limit": 2}
    other = {**SOUND, "grade": 4}
    assert checked(SOUND, again, other, third) == (
        (SOUND, other),
        [
            (3, "", "POLICY_ROW_DUPLICATE", {"key": "1100 / 3", "first": 2}),
            (5, "", "POLICY_ROW_DUPLICATE", {"key": "1100 / 3", "first": 2}),
        ],
    )
    long = {**SOUND, "city": "x" * 150}
    _, faults = checked(long, long)
    assert faults[0][3]["key"] == "x" * 120


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("*", INT, "*"),
        ("12", TEXT, "12"),
        ("true", BOOL, True),
        ("FALSE", BOOL, False),
        ("是", BOOL, True),
        ("否", BOOL, False),
        ("1", BOOL, "1"),
        ("12", INT, 12),
        ("-12", INT, -12),
        ("0", INT, 0),
        ("012", INT, "012"),
        ("1.50", MONEY, Decimal("1.50")),
        ("1.", MONEY, "1."),
        ("1e3", DECIMAL, "1e3"),
        ("1,000", MONEY, "1,000"),
        ("9" * 18, INT, int("9" * 18)),
        ("9" * 19, INT, "9" * 19),
    ],
)
def test_a_cell_is_read_as_what_it_stands_for(text: str, kind: ValueType, value: Any) -> None:
    read = read_cell(text, kind)
    assert (type(read), read) == (type(value), value)
