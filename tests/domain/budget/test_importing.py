"""Reading a budget sheet: each cell is a value, or a fault that names the cell."""

from collections.abc import Mapping, Sequence

import pytest

from mobile_hrp.domain.budget.importing import (
    COLUMNS_MAX,
    HEADING_ROWS_MAX,
    ROWS_MAX,
    Cell,
    Column,
    ImportFault,
    ParsedSheet,
    Sheet,
    Vocabulary,
    column_letters,
    parse_sheet,
)
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, OverCondition
from mobile_hrp.domain.refusal import Refusal

WORDS = Vocabulary(
    headings={column.value: column for column in Column},
    control_modes={"rigid": ControlMode.RIGID, "elastic": ControlMode.ELASTIC},
    over_conditions={"reason": OverCondition.REASON, "extra": OverCondition.EXTRA_APPROVER},
    check_windows={"year": CheckWindow.YEAR, "ptd": CheckWindow.PTD},
    totals=frozenset({"total"}),
)
BASE = ("code", "name", "approved_fen")


def parse(*rows: Sequence[str | Cell], headings: Sequence[str] = BASE) -> ParsedSheet:
    cells = [
        [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        for row in (headings, *rows)
    ]
    return parse_sheet(Sheet("S", cells), WORDS)


def faults(parsed: ParsedSheet) -> list[tuple[str, str, dict[str, str | int]]]:
    return [(fault.cell, fault.code, dict(fault.params)) for fault in parsed.faults]


def values(column: Column, text: str) -> Mapping[Column, object]:
    """The values of one row with ``text`` in a column beside the required ones."""
    (line,) = parse(("A", "甲", "1", text), headings=(*BASE, column.value)).lines
    return line.values


def only_fault(column: Column, text: str | Cell) -> tuple[str, dict[str, str | int]]:
    parsed = parse(("A", "甲", "1", text), headings=(*BASE, column.value))
    ((cell, code, params),) = faults(parsed)
    assert cell == "S!D2"
    assert parsed.lines == ()
    assert parsed.codes == {"A"}
    return code, params


def test_columns_are_lettered_as_spreadsheets_do() -> None:
    assert [column_letters(index) for index in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "B", "Z", "AA", "AB", "AZ", "BA"),
        *("ZZ", "AAA"),
    ]


def test_a_row_is_read_with_the_cell_of_each_value() -> None:
    parsed = parse((" A-1 ", "甲", "1,234.50"), (), ("", " ", ""), ("B", "乙", "0"))

    assert faults(parsed) == []
    first, second = parsed.lines
    assert (first.row, first.code, dict(first.values)) == (
        *(2, "A-1"),
        {Column.CODE: "A-1", Column.NAME: "甲", Column.APPROVED: 123_450},
    )
    assert dict(first.cells) == {
        Column.CODE: "S!A2",
        Column.NAME: "S!B2",
        Column.APPROVED: "S!C2",
    }
    assert (first.cell(Column.APPROVED), first.cell(Column.CAMPUS)) == ("S!C2", "S!A2")
    assert (second.row, second.code, second.values[Column.APPROVED]) == (5, "B", 0)
    assert (parsed.name, set(parsed.codes)) == ("S", {"A-1", "B"})
    assert (parsed.total_fen, parsed.total_cell) == (None, "")


def test_headings_may_stand_below_a_title_in_any_order_and_case() -> None:
    above = [[Cell("Budget 2027")], []]
    sheet = Sheet("S", [*above, *([Cell(text) for text in row] for row in _ROWS)])

    parsed = parse_sheet(sheet, WORDS)

    assert faults(parsed) == []
    (line,) = parsed.lines
    assert (line.row, line.code, line.cell(Column.CODE)) == (4, "A", "S!C4")


_ROWS = (("Approved_fen", " *NAME* ", "Code"), ("1", "甲", "A"))


def test_a_column_without_a_heading_hides_none_behind_it() -> None:
    parsed = parse(("A", "", "甲", "1"), headings=("code", "", "name", "approved_fen"))

    assert faults(parsed) == []
    assert parsed.codes == {"A"}


def test_headings_are_looked_for_in_the_first_rows_only() -> None:
    def titled(rows: int) -> ParsedSheet:
        body = [[Cell(text) for text in row] for row in _ROWS]
        return parse_sheet(Sheet("S", [[Cell("title")]] * rows + body), WORDS)

    assert faults(titled(HEADING_ROWS_MAX - 1)) == []
    missing = [("S", "BUDGET_IMPORT_HEADINGS_MISSING", {"heading": "code"})]
    assert faults(titled(HEADING_ROWS_MAX)) == missing


def test_missing_unknown_and_repeated_headings_are_named_and_no_row_is_read() -> None:
    parsed = parse(("A",), headings=("code", "nmae" + "x" * 60, "code", ""))

    assert parsed.lines == ()
    assert faults(parsed) == [
        ("S!B1", "BUDGET_IMPORT_HEADING_UNKNOWN", {"heading": "nmae" + "x" * 36}),
        ("S!C1", "BUDGET_IMPORT_HEADING_TWICE", {"heading": "code"}),
        ("S", "BUDGET_IMPORT_HEADINGS_MISSING", {"heading": "name"}),
        ("S", "BUDGET_IMPORT_HEADINGS_MISSING", {"heading": "approved_fen"}),
    ]


def test_rows_below_an_unknown_heading_are_still_read() -> None:
    parsed = parse(("A", "甲", "1", "x"), headings=(*BASE, "remark"))

    assert faults(parsed) == [
        ("S!D1", "BUDGET_IMPORT_HEADING_UNKNOWN", {"heading": "remark"}),
        ("S!D2", "BUDGET_IMPORT_OUTSIDE_COLUMNS", {}),
    ]
    assert parsed.codes == {"A"}


def test_a_sheet_with_nothing_below_its_headings_is_empty() -> None:
    assert faults(parse()) == [("S", "BUDGET_IMPORT_EMPTY", {})]
    assert faults(parse(("", "", ""))) == [("S", "BUDGET_IMPORT_EMPTY", {})]


def test_content_beside_the_columns_is_pointed_at() -> None:
    parsed = parse(("A", "甲", "1", "", "note"), ("B", "乙", "2", Cell("", formula=True)))

    assert faults(parsed) == [
        ("S!E2", "BUDGET_IMPORT_OUTSIDE_COLUMNS", {}),
        ("S!D3", "BUDGET_IMPORT_OUTSIDE_COLUMNS", {}),
    ]
    assert parsed.lines == ()
    assert parsed.codes == {"A", "B"}


def test_a_short_row_has_empty_cells_at_its_end() -> None:
    assert faults(parse(("A", "甲"))) == [("S!C2", "MONEY_EMPTY", {})]


def test_every_fault_of_a_row_is_found_and_other_rows_are_read() -> None:
    parsed = parse(("", "", "x"), ("B", "乙", "1"))

    assert faults(parsed) == [
        ("S!A2", "BUDGET_IMPORT_REQUIRED", {}),
        ("S!B2", "BUDGET_IMPORT_REQUIRED", {}),
        ("S!C2", "MONEY_MALFORMED", {}),
    ]
    assert [line.code for line in parsed.lines] == ["B"]


def test_a_code_may_stand_in_one_row_only() -> None:
    parsed = parse(("A", "甲", "1"), ("A", "乙", "2"), ("A", "丙", "3"))

    assert faults(parsed) == [
        ("S!A3", "BUDGET_IMPORT_DUPLICATE", {"line": "A", "row": 2}),
        ("S!A4", "BUDGET_IMPORT_DUPLICATE", {"line": "A", "row": 2}),
    ]
    assert [line.row for line in parsed.lines] == [2]


def test_the_total_row_is_a_figure_to_check_and_no_line() -> None:
    parsed = parse(("A", "甲", "1"), (" Total ", "", "1.00"))

    assert (parsed.total_fen, parsed.total_cell, parsed.faults) == (100, "S!C3", ())
    assert parsed.codes == {"A"}
    bad = parse(("A", "甲", "1"), ("total", "", "x"))
    assert (bad.total_fen, faults(bad)) == (None, [("S!C3", "MONEY_MALFORMED", {})])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1.00", "MONEY_NEGATIVE"),
        ("NaN", "MONEY_NOT_A_NUMBER"),
        ("1e30", "MONEY_EXPONENT"),
        ("1.005", "MONEY_TOO_PRECISE"),
        ("１２", "MONEY_FULL_WIDTH"),
        ("=1+1", "BUDGET_IMPORT_FORMULA"),
        ("@A1", "BUDGET_IMPORT_FORMULA"),
        ("", "MONEY_EMPTY"),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(text: str, code: str) -> None:
    ((cell, found, _),) = faults(parse(("A", "甲", text)))
    assert (cell, found) == ("S!C2", code)


def test_the_limit_of_an_amount_is_told() -> None:
    ((_, code, params),) = faults(parse(("A", "甲", "1" + "0" * 30)))
    assert (code, params) == ("MONEY_TOO_LARGE", {"maximum": "100000000000.00"})


def test_formulas_are_faults_wherever_they_stand() -> None:
    for column in (Column.NAME, Column.CODE, Column.APPROVED):
        row = ["A", "甲", "1"]
        at = BASE.index(column.value)
        cells: list[str | Cell] = [*row]
        cells[at] = Cell("2", formula=True)
        ((cell, code, params),) = faults(parse(cells))
        assert (cell, code, params) == (f"S!{'ABC'[at]}2", "BUDGET_IMPORT_FORMULA", {})
    for first in "=+-@":
        assert only_fault(Column.CAMPUS, f"{first}A") == ("BUDGET_IMPORT_FORMULA", {})


@pytest.mark.parametrize("bad", ["x" * 41, "a\x00b", "a\x1fb", "a\x7fb", "a\ud800b"])
def test_codes_are_short_and_can_be_stored(bad: str) -> None:
    assert only_fault(Column.PROJECT, bad) == ("BUDGET_IMPORT_TEXT", {"maximum": 40})


def test_the_last_half_of_a_surrogate_pair_cannot_be_stored() -> None:
    assert only_fault(Column.PROJECT, "a\udfffb") == ("BUDGET_IMPORT_TEXT", {"maximum": 40})


def test_a_name_may_be_longer_than_a_code() -> None:
    (line,) = parse(("A" * 40, "甲" * 120, "1")).lines
    assert (len(line.code), len(str(line.values[Column.NAME]))) == (40, 120)
    assert faults(parse(("A", "甲" * 121, "1"))) == [
        ("S!B2", "BUDGET_IMPORT_TEXT", {"maximum": 120})
    ]
    assert faults(parse(("A" * 41, "甲", "1"))) == [("S!A2", "BUDGET_IMPORT_TEXT", {"maximum": 40})]
    assert values(Column.PROJECT, "a b\u00a0c\uffff")[Column.PROJECT] == "a b\u00a0c\uffff"


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (Column.CAMPUS, "", None),
        (Column.CAMPUS, "C1", "C1"),
        (Column.CONTROL_MODE, "", ControlMode.RIGID),
        (Column.CONTROL_MODE, "ELASTIC", ControlMode.ELASTIC),
        (Column.OVER_CONDITION, "", OverCondition.REASON),
        (Column.OVER_CONDITION, "extra", OverCondition.EXTRA_APPROVER),
        (Column.CHECK_WINDOW, "", CheckWindow.YEAR),
        (Column.CHECK_WINDOW, "ptd", CheckWindow.PTD),
        (Column.OVER_RATE, "", 0),
        (Column.OVER_RATE, "5", 500),
        (Column.OVER_RATE, "5.5 %", 550),
        (Column.OVER_RATE, "0.25%", 25),
        (Column.OVER_RATE, "100", 10_000),
        (Column.ALERT_LEVELS, "", None),
        (Column.ALERT_LEVELS, "80", (8_000,)),
        (Column.ALERT_LEVELS, "1/200", (100, 20_000)),
        (Column.ALERT_LEVELS, "70%、 85%，95 / 100", (7_000, 8_500, 9_500, 10_000)),
        (Column.ALERT_LEVELS, "1,2,3,4,5,6,7;8", tuple(range(100, 900, 100))),
    ],
)
def test_a_term_is_read_as_people_write_it(column: Column, text: str, expected: object) -> None:
    assert values(column, text)[column] == expected


@pytest.mark.parametrize("text", ["100.01", "1000", "5.555", "５", "-5", "5%%", "five", "5."])
def test_an_over_rate_is_a_percentage(text: str) -> None:
    code, params = only_fault(Column.OVER_RATE, text)
    assert (code, params) == ("BUDGET_IMPORT_RATE", {})


@pytest.mark.parametrize(
    "text", ["85/70", "70/70", "0/70", "70/201", "70/x", "1/2/3/4/5/6/7/8/9", "1000", "/70"]
)
def test_alert_levels_rise_within_their_limits(text: str) -> None:
    assert only_fault(Column.ALERT_LEVELS, text) == ("BUDGET_IMPORT_LEVELS", {})


def test_a_word_that_is_none_of_the_choices_is_told() -> None:
    for column in (Column.CONTROL_MODE, Column.OVER_CONDITION, Column.CHECK_WINDOW):
        assert only_fault(column, "w" * 50) == ("BUDGET_IMPORT_WORD", {"value": "w" * 40})


def test_too_many_rows_are_not_read_at_all() -> None:
    row = [Cell("A")]
    with pytest.raises(Refusal) as refused:
        parse_sheet(Sheet("S", [row] * (ROWS_MAX + HEADING_ROWS_MAX + 1)), WORDS)
    (detail,) = refused.value.details
    assert (detail.code, detail.path, dict(detail.params)) == (
        *("BUDGET_IMPORT_TOO_MANY_ROWS", "file"),
        {"maximum": ROWS_MAX},
    )
    assert parse_sheet(Sheet("S", [row] * (ROWS_MAX + HEADING_ROWS_MAX)), WORDS).faults == (
        ImportFault("S", "BUDGET_IMPORT_HEADINGS_MISSING", {"heading": "code"}),
    )
    assert (ROWS_MAX, COLUMNS_MAX) == (5_000, 40)
