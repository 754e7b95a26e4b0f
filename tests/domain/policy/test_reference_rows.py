"""Facts of other systems, cell by cell, without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mobile_hrp.domain.policy.csv_rows import CsvRow, CsvTable
from mobile_hrp.domain.policy.reference import (
    ColumnType,
    ReferenceColumn,
    ReferenceFact,
    ReferenceKind,
    joined_key,
)
from mobile_hrp.domain.policy.reference_rows import read_facts
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.model import Text

KIND = ReferenceKind(
    code="contract_payment",
    name=Text("合同付款", "contract payment"),
    keys=("contract", "party"),
    items=("payment",),
    columns=(
        ReferenceColumn("contract"),
        ReferenceColumn("party"),
        ReferenceColumn("payment"),
        ReferenceColumn("amount", ColumnType.MONEY),
        ReferenceColumn("paid_on", ColumnType.DATE, required=False),
        ReferenceColumn("days", ColumnType.INT, required=False),
        ReferenceColumn("rate", ColumnType.DECIMAL, required=False),
        ReferenceColumn("final", ColumnType.BOOL, required=False),
    ),
)
SOUND = {"contract": "HT-1", "party": "A", "payment": "P1", "amount": "12,000.50"}
SINCE = date(2026, 1, 1)


def read(
    *rows: dict[str, str], header: tuple[str, ...] | None = None
) -> tuple[tuple[ReferenceFact, ...], list[tuple[Any, ...]]]:
    faults = FaultList()
    if header is None:
        header = tuple(column.name for column in KIND.columns)
    table = CsvTable("f.csv", header, tuple(CsvRow(line, row) for line, row in enumerate(rows, 2)))
    facts = read_facts(KIND, table, source="ledger", valid_from=SINCE, faults=faults)
    assert {one.file for one in faults.all} <= {"f.csv"}
    return facts, [(one.line, one.path, one.code, dict(one.params)) for one in faults.all]


def test_cells_become_fen_iso_days_numbers_and_flags() -> None:
    row = {**SOUND, "paid_on": "2026/3/1", "days": "7", "rate": "0.50", "final": "是"}
    ((fact,), faults) = read({**row, "valid_from": "2026-02-01", "valid_to": "2026-02-01"})

    assert faults == []
    assert fact == ReferenceFact(
        kind="contract_payment",
        key="HT-1|A",
        item="P1",
        payload={
            "contract": "HT-1",
            "party": "A",
            "payment": "P1",
            "amount": 1_200_050,
            "paid_on": "2026-03-01",
            "days": 7,
            "rate": "0.50",
            "final": True,
        },
        source="ledger",
        valid_from=date(2026, 2, 1),
        valid_to=date(2026, 2, 1),
    )
    assert (fact.fen("amount"), fact.whole("days"), fact.number("rate")) == (
        *(1_200_050, 7),
        Decimal("0.50"),
    )
    assert (fact.day("paid_on"), fact.flag("final")) == (date(2026, 3, 1), True)


def test_what_is_not_given_is_kept_as_nothing() -> None:
    ((fact,), faults) = read(SOUND)
    assert faults == []
    assert (fact.valid_from, fact.valid_to) == (SINCE, None)
    assert {name: fact.payload[name] for name in ("paid_on", "days", "rate", "final")} == {
        "paid_on": None,
        "days": None,
        "rate": None,
        "final": None,
    }
    assert (fact.given("amount"), fact.given("days"), fact.given("strange")) == (True, False, False)
    assert (fact.text("days"), fact.text("contract"), fact.text("strange")) == ("", "HT-1", "")
    assert fact.text("amount") == "1200050"
    assert fact.flag("final") is False
    assert fact.flag("strange") is False


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("amount", "-3.00", -300),
        ("final", "1", True),
        ("final", "0", False),
        ("final", "FALSE", False),
        ("days", "-1", -1),
        ("days", "1000000000", 1_000_000_000),
        ("rate", "12", "12"),
        ("rate", "-0.125", "-0.125"),
        ("paid_on", "2024-02-29", "2024-02-29"),
    ],
)
def test_the_ways_to_write_a_cell(column: str, cell: str, value: Any) -> None:
    ((fact,), faults) = read({**SOUND, column: cell})
    assert (faults, fact.payload[column]) == ([], value)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("final", "maybe", "bool"),
        ("final", "*", "bool"),
        ("days", "1.5", "int"),
        ("days", "1000000001", "int"),
        ("days", "-1000000001", "int"),
        ("days", "x", "int"),
        ("rate", "1e3", "decimal"),
        ("paid_on", "2026-02-30", "date"),
        ("paid_on", "26-02-01", "date"),
        ("paid_on", "2026-02", "date"),
        ("paid_on", "2026-02-01-01", "date"),
        ("paid_on", "2026-0x-01", "date"),
        ("paid_on", "２０２６-02-01", "date"),
    ],
)
def test_a_cell_of_another_type_is_told_with_what_was_expected(
    column: str, cell: str, expected: str
) -> None:
    assert read({**SOUND, column: cell}) == (
        (),
        [(2, column, "REFERENCE_CELL_TYPE", {"column": column, "expected": expected})],
    )


def test_money_says_itself_what_is_wrong_with_it() -> None:
    facts, ((line, path, code, _),) = read({**SOUND, "amount": "1.005"})
    assert (facts, line, path, code) == ((), 2, "amount", "MONEY_TOO_PRECISE")


def test_an_empty_cell_that_is_needed_is_told() -> None:
    assert read({**SOUND, "payment": ""}, {**SOUND, "party": "B"})[1] == [
        (2, "payment", "REFERENCE_CELL_EMPTY", {"column": "payment"})
    ]


@pytest.mark.parametrize("column", ["contract", "payment"])
def test_a_key_may_not_hold_the_separator(column: str) -> None:
    assert read({**SOUND, column: "a|b"}) == (
        (),
        [
            (
                2,
                column,
                "REFERENCE_CELL_TYPE",
                {"column": column, "expected": "text without |"},
            )
        ],
    )


def test_a_fact_does_not_end_before_it_begins() -> None:
    assert read({**SOUND, "valid_to": "2025-12-31"}) == (
        (),
        [(2, "valid_to", "REFERENCE_VALIDITY", {})],
    )
    assert read({**SOUND, "valid_to": "soon", "valid_from": "2026-13-01"})[1] == [
        (2, "valid_from", "REFERENCE_CELL_TYPE", {"column": "valid_from", "expected": "date"}),
        (2, "valid_to", "REFERENCE_CELL_TYPE", {"column": "valid_to", "expected": "date"}),
    ]


def test_a_fact_twice_is_told_with_its_first_line_and_a_later_period_is_another_fact() -> None:
    later = {**SOUND, "valid_from": "2026-02-01"}
    other = {**SOUND, "payment": "P2"}
    facts, faults = read(SOUND, later, other, SOUND, SOUND)
    assert len(facts) == 5
    assert faults == [
        (5, "", "POLICY_ROW_DUPLICATE", {"key": "HT-1|A / P1", "first": 2}),
        (6, "", "POLICY_ROW_DUPLICATE", {"key": "HT-1|A / P1", "first": 2}),
    ]
    long = {**SOUND, "contract": "x" * 130}
    assert read(long, long)[1][0][3]["key"] == "x" * 120


def test_columns_that_are_missing_or_strange_are_told_before_any_row_is_read() -> None:
    strange = "y" * 70
    header = ("contract", "party", "amount", "valid_from", "valid_to", strange)
    assert read({"amount": "nonsense"}, header=header) == (
        (),
        [
            (1, "", "SCENARIO_KEY_MISSING", {"key": "payment"}),
            (1, "y" * 60, "SCENARIO_KEY_UNKNOWN", {"key": "y" * 60}),
        ],
    )


def test_a_file_without_rows_is_told() -> None:
    assert read() == ((), [(0, "", "REFERENCE_FILE_EMPTY", {})])


def test_a_kind_knows_its_columns_and_keys_are_joined_without_blanks() -> None:
    assert KIND.column("days") == ReferenceColumn("days", ColumnType.INT, required=False)
    assert KIND.column("strange") is None
    assert joined_key([" a ", "b"]) == "a|b"
