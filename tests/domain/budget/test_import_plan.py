"""A sheet laid over the lines there are: what would change, and what stands against it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mobile_hrp.domain.budget.figures import BudgetFigures
from mobile_hrp.domain.budget.import_plan import (
    DifferenceKind,
    ExistingLine,
    FieldChange,
    ImportPlan,
    LineTerms,
    Register,
    plan_import,
    shown,
)
from mobile_hrp.domain.budget.importing import Column, ImportedLine, ImportFault, ParsedSheet, Value
from mobile_hrp.domain.budget.terms import ControlMode

REGISTER = Register(
    departments={"D1": "C1", "D2": "C2"},
    campuses=frozenset({"C1", "C2"}),
    projects=frozenset({"P1"}),
    fund_sources=frozenset({"F1", "F2"}),
    department_classes=frozenset({"30211"}),
    government_classes=frozenset({"50502"}),
    owners=frozenset({"E1"}),
)
YEAR = {"first_day": "2026-01-01", "last_day": "2026-12-31"}


def row(number: int, code: str, approved_fen: Any = 100, **values: Any) -> ImportedLine:
    given: dict[Column, Value] = {
        Column.CODE: code,
        Column.NAME: f"line {code}",
        Column.APPROVED: approved_fen,
        **{Column(name): value for name, value in values.items()},
    }
    return ImportedLine(number, code, given, {column: f"S!{column}{number}" for column in given})


def existing(
    approved_fen: int = 100, *, figures: Mapping[str, int] | None = None, **terms: object
) -> ExistingLine:
    return ExistingLine(
        LineTerms(approved_fen=approved_fen, **terms),  # type: ignore[arg-type]  # real terms
        BudgetFigures(approved_fen=approved_fen, **(figures or {})),
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def plan(
    *rows: ImportedLine,
    lines: Mapping[str, ExistingLine] | None = None,
    register: Register = REGISTER,
    remove_missing: bool = False,
    total_fen: int | None = None,
    faults: tuple[ImportFault, ...] = (),
    codes: frozenset[str] = frozenset(),
) -> ImportPlan:
    sheet = ParsedSheet(
        "S", rows, codes | {each.code for each in rows}, total_fen, "S!total", faults
    )
    return plan_import(sheet, lines or {}, register, remove_missing=remove_missing)


def faults(found: ImportPlan) -> list[tuple[str, str, dict[str, str | int]]]:
    return [(fault.cell, fault.code, dict(fault.params)) for fault in found.faults]


def test_each_line_is_new_changed_unchanged_or_removed() -> None:
    lines = {
        "SAME": existing(100, name="line SAME"),
        "MORE": existing(100, name="line MORE", campus="C1"),
        "GONE": existing(40, name="line GONE"),
    }
    found = plan(
        *(row(2, "SAME"), row(3, "MORE", 250), row(4, "NEW", 30)),
        lines=lines,
        remove_missing=True,
    )

    assert faults(found) == []
    same, more, new, gone = found.differences
    assert (same.kind, same.row, same.changes, same.approved_change_fen) == (
        *(DifferenceKind.UNCHANGED, 2, ()),
        0,
    )
    assert (more.kind, more.code, more.name, more.approved_change_fen) == (
        *(DifferenceKind.CHANGED, "MORE", "line MORE"),
        150,
    )
    assert more.changes == (FieldChange("approved_fen", "1.00", "2.50"),)
    assert more.after == replace(lines["MORE"].terms, approved_fen=250)
    assert (new.kind, new.before, new.after, new.approved_change_fen) == (
        *(DifferenceKind.NEW, None, LineTerms(name="line NEW", approved_fen=30)),
        30,
    )
    assert new.changes == ()
    assert (gone.kind, gone.row, gone.name, gone.after, gone.approved_change_fen) == (
        *(DifferenceKind.REMOVED, None, "line GONE", None),
        -40,
    )
    assert [found.count(kind) for kind in DifferenceKind] == [1, 1, 1, 1]
    assert found.approved_change_fen == 140


def test_a_sheet_that_is_not_the_whole_budget_removes_nothing() -> None:
    found = plan(row(2, "A"), lines={"GONE": existing()})
    assert [each.code for each in found.differences] == ["A"]
    sheet = ParsedSheet("S", (), frozenset(), None, "", ())
    assert plan_import(sheet, {"GONE": existing()}, REGISTER).differences == ()


def test_lines_in_use_and_closed_ones_are_not_removed() -> None:
    lines = {
        "USED": existing(name="used", figures={"executed_fen": 1}),
        "MOVED": existing(name="moved", figures={"adjusted_fen": -1}),
        "CLOSED": replace(existing(name="closed"), closed=True),
        "BAD": existing(),
    }
    found = plan(lines=lines, remove_missing=True, codes=frozenset({"BAD"}))
    assert faults(found) == [
        ("S", "BUDGET_IMPORT_REMOVED_IN_USE", {"line": "moved"}),
        ("S", "BUDGET_IMPORT_REMOVED_IN_USE", {"line": "used"}),
    ]
    assert [each.code for each in found.differences] == ["MOVED", "USED"]


def test_columns_a_sheet_does_not_have_and_empty_levels_stay_as_they_are() -> None:
    old = existing(campus="C1", owner="E1", alert_levels_bp=(8_000,), name="line A")
    found = plan(row(2, "A", alert_levels_bp=None), lines={"A": old})
    assert found.differences[0].kind is DifferenceKind.UNCHANGED

    emptied = plan(row(2, "A", owner=None, alert_levels_bp=(5_000, 9_000)), lines={"A": old})
    assert emptied.differences[0].changes == (
        FieldChange("owner", "E1", ""),
        FieldChange("alert_levels_bp", "80", "50/90"),
    )


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (Column.CAMPUS, "BUDGET_IMPORT_UNKNOWN_CAMPUS"),
        (Column.PROJECT, "BUDGET_IMPORT_UNKNOWN_PROJECT"),
        (Column.FUND_SOURCE, "BUDGET_IMPORT_UNKNOWN_FUND_SOURCE"),
        (Column.DEPARTMENT_CLASS, "BUDGET_IMPORT_UNKNOWN_CLASS"),
        (Column.GOVERNMENT_CLASS, "BUDGET_IMPORT_UNKNOWN_CLASS"),
        (Column.OWNER, "BUDGET_IMPORT_UNKNOWN_OWNER"),
        (Column.DEPARTMENT, "BUDGET_IMPORT_UNKNOWN_DEPARTMENT"),
    ],
)
def test_a_code_that_does_not_exist_is_told_at_its_cell(column: Column, code: str) -> None:
    assert faults(plan(row(2, "A", **{column.value: "X"}))) == [
        (f"S!{column}2", code, {"value": "X"})
    ]


def test_codes_that_exist_are_taken() -> None:
    given = {
        "campus": "C1",
        "department": "D1",
        "project": "P1",
        "fund_source": "F2",
        "department_class": "30211",
        "government_class": "50502",
        "owner": "E1",
        "expense_type": "anything",
    }
    assert faults(plan(row(2, "A", **given))) == []
    swapped = plan(row(2, "A", department_class="50502", government_class="30211"))
    assert len(swapped.faults) == 2


def test_a_line_of_another_campus_is_refused() -> None:
    other = ("S!campus2", "LINE_OF_OTHER_CAMPUS", {"line": "line A"})
    assert faults(plan(row(2, "A", campus="C2", department="D1"))) == [other]
    assert faults(plan(row(2, "A", campus=None, department="D1"))) == []
    own = replace(REGISTER, within_campuses=frozenset({"C1"}))
    assert faults(plan(row(2, "A", campus="C2"), register=own)) == [other]
    assert faults(plan(row(2, "A", campus="C1"), register=own)) == []
    assert faults(plan(row(2, "A", campus=None, department="D1"), register=own)) == []
    assert faults(plan(row(2, "A", campus=None, department="D2"), register=own)) == [other]
    assert faults(plan(row(2, "A"), register=own)) == [("S!code2", *other[1:])]


def test_a_line_is_of_its_parents_campus_or_of_none() -> None:
    above = row(2, "TOP", 900, campus="C1")
    fault = ("S!parent3", "LINE_OF_OTHER_CAMPUS", {"line": "line A"})
    assert faults(plan(above, row(3, "A", parent="TOP", campus="C2"))) == [fault]
    assert faults(plan(above, row(3, "A", parent="TOP", campus="C1"))) == []
    assert faults(plan(above, row(3, "A", parent="TOP"))) == []
    assert faults(plan(row(2, "TOP", 900), row(3, "A", parent="TOP", campus="C2"))) == []


def test_closed_lines_take_no_change_and_no_line_below() -> None:
    closed = replace(existing(900, name="old"), closed=True)
    found = plan(row(2, "OLD", 900), row(3, "A", parent="OLD"), lines={"OLD": closed})
    assert faults(found) == [
        ("S!code2", "PERIOD_CLOSED", {"line": "old", **YEAR}),
        ("S!parent3", "PERIOD_CLOSED", {"line": "old", **YEAR}),
    ]


@pytest.mark.parametrize("column", ["parent", "campus", "project", "fund_source"])
def test_what_entries_rest_on_is_fixed_once_a_line_is_in_use(column: str) -> None:
    values = {"parent": "TOP", "campus": "C1", "project": "P1", "fund_source": "F1"}
    line = row(2, "A", **{column: values[column]})
    lines = {"TOP": existing(900), "A": existing(name="line A", figures={"frozen_fen": 1})}
    assert faults(plan(line, lines=lines)) == [
        (f"S!{column}2", "BUDGET_IMPORT_LINE_IN_USE", {"line": "line A"})
    ]
    unused = {**lines, "A": existing(name="line A")}
    assert faults(plan(line, lines=unused)) == []


def test_the_window_of_a_line_is_fixed_from_the_start() -> None:
    found = plan(row(2, "A", check_window="ptd"), lines={"A": existing(name="line A")})
    assert faults(found) == [("S!check_window2", "BUDGET_IMPORT_LINE_IN_USE", {"line": "line A"})]
    assert faults(plan(row(2, "A", check_window="ptd"))) == []


@pytest.mark.parametrize(
    ("before", "after", "approved_fen", "allowed"),
    [
        ("rigid", "rigid", 60, True),
        ("rigid", "rigid", 59, False),
        ("warn", "rigid", 59, False),
        ("warn", "warn", 59, True),
        ("warn", "none", 0, True),
        ("rigid", "elastic", 100, True),
        ("elastic", "elastic", 59, False),
        ("elastic", "elastic", 60, True),
    ],
)
def test_less_is_approved_down_to_what_is_used(
    before: str, after: str, approved_fen: int, *, allowed: bool
) -> None:
    old = existing(100, name="line A", figures={"occupied_fen": 60}, control_mode=before)
    found = plan(row(2, "A", approved_fen, control_mode=after), lines={"A": old})
    told = {"line": "line A", "used": "0.60", "total": f"0.{approved_fen:02d}"}
    assert faults(found) == (
        [] if allowed else [("S!approved_fen2", "BUDGET_IMPORT_BELOW_USED", told)]
    )


def test_a_line_that_is_over_its_budget_may_become_elastic_as_far_as_its_rate() -> None:
    figures = {"executed_fen": 105}
    old = existing(100, name="line A", figures=figures, control_mode="warn")
    for rate_bp, fine in ((500, True), (499, False)):
        terms = {"control_mode": ControlMode.ELASTIC, "over_rate_bp": rate_bp}
        assert bool(faults(plan(row(2, "A", 100, **terms), lines={"A": old}))) is not fine


def test_a_cut_of_an_elastic_line_does_not_count_on_its_rate() -> None:
    terms = {"control_mode": ControlMode.ELASTIC, "over_rate_bp": 500}
    old = existing(100, name="line A", figures={"occupied_fen": 60}, **terms)
    (fault,) = faults(plan(row(2, "A", 59), lines={"A": old}))
    assert fault[1] == "BUDGET_IMPORT_BELOW_USED"
    assert faults(plan(row(2, "A", 60), lines={"A": old})) == []


def test_a_budget_with_its_adjustments_is_never_negative() -> None:
    old = existing(100, name="line A", figures={"adjusted_fen": -50}, control_mode="warn")
    assert faults(plan(row(2, "A", 50), lines={"A": old})) == []
    (fault,) = faults(plan(row(2, "A", 49), lines={"A": old}))
    assert fault[1:] == (
        "BUDGET_IMPORT_BELOW_USED",
        {"line": "line A", "used": "0.00", "total": "-0.01"},
    )


def test_parents_are_in_the_sheet_or_in_the_budget() -> None:
    assert faults(plan(row(2, "A", parent="B"), row(3, "B"))) == []
    assert faults(plan(row(2, "A", parent="B"), lines={"B": existing()})) == []
    unknown = ("S!parent2", "BUDGET_IMPORT_UNKNOWN_PARENT", {"value": "B"})
    assert faults(plan(row(2, "A", parent="B"))) == [unknown]
    assert faults(plan(row(2, "A", parent="B"), codes=frozenset({"B"}))) == [], "B has faults"
    lines = {"B": existing(name="line B"), "A": existing(parent="B", name="line A")}
    both = plan(row(2, "A", parent="X"), row(3, "C", parent="Y"))
    assert [params["value"] for _, _, params in faults(both)] == ["X", "Y"]
    removed = plan(row(2, "A"), lines=lines, remove_missing=True)
    assert faults(removed) == [("S!code2", *unknown[1:])]


def test_nobody_is_the_own_ancestor_and_each_of_a_circle_is_told() -> None:
    found = plan(
        *(row(2, "A", parent="B"), row(3, "B", parent="C"), row(4, "C", parent="A")),
        *(row(5, "D", parent="A", approved_fen=0), row(6, "E", parent="E")),
    )
    circles = [one for one in faults(found) if one[1] == "BUDGET_TREE_CIRCULAR"]
    assert [(cell, params["line"]) for cell, _, params in circles] == [
        ("S!parent2", "line A"),
        ("S!parent3", "line B"),
        ("S!parent4", "line C"),
        ("S!parent6", "line E"),
    ]


def test_a_total_has_at_least_what_its_lines_have() -> None:
    rows = (row(2, "T", 100), row(3, "A", 60, parent="T"))
    assert faults(plan(*rows, row(4, "B", 40, parent="T"))) == []
    fault = ("S!approved_fen2", "BUDGET_IMPORT_SUM")
    told = {"line": "line T", "sum": "1.01", "total": "1.00"}
    assert faults(plan(*rows, row(4, "B", 41, parent="T"))) == [(*fault, told)]
    sound = (row(5, "U", 100), row(6, "C", 60, parent="U"))
    assert faults(plan(*sound, *rows, row(4, "B", 41, parent="T"))) == [(*fault, told)]


def test_lines_outside_the_sheet_count_in_the_sums_of_the_lines_above() -> None:
    lines = {"T": existing(100, name="top"), "A": existing(60, parent="T")}
    assert faults(plan(row(2, "B", 40, parent="T"), lines=lines)) == []
    told = {"line": "top", "sum": "1.01", "total": "1.00"}
    assert faults(plan(row(2, "B", 41, parent="T"), lines=lines)) == [
        ("S!approved_fen2", "BUDGET_IMPORT_SUM", told)
    ]
    wrong = {"T": existing(50), "A": existing(60, parent="T")}
    assert faults(plan(row(2, "X"), lines=wrong)) == [], "not this sheet's doing"


def test_the_sheets_own_total_is_that_of_its_top_lines() -> None:
    rows = (row(2, "T", 100), row(3, "A", 60, parent="T"), row(4, "B", 5, parent="OLD"))
    lines = {"OLD": existing(900)}
    assert faults(plan(*rows, lines=lines, total_fen=105)) == []
    assert faults(plan(*rows, lines=lines, total_fen=104)) == [
        ("S!total", "BUDGET_IMPORT_TOTAL", {"total": "1.04", "sum": "1.05"})
    ]


def test_sums_are_not_drawn_while_cells_cannot_be_read() -> None:
    bad = ImportFault("S!C9", "MONEY_EMPTY")
    rows = (row(2, "T", 100), row(3, "A", 160, parent="T"))
    assert plan(*rows, faults=(bad,), total_fen=1).faults == (bad,)


def test_a_line_that_moves_in_the_tree_says_so() -> None:
    lines = {"T": existing(900), "A": existing(name="line A"), "B": existing(name="line B")}
    moved, stays = plan(row(2, "A", parent="T"), row(3, "B", 5), lines=lines).differences
    assert (moved.moves_in_tree, stays.moves_in_tree) == (True, False)
    assert moved.changes == (FieldChange("parent", "", "T"),)


def test_terms_are_shown_as_people_write_them() -> None:
    assert [
        shown("over_rate_bp", 525),
        shown("over_rate_bp", 5),
        shown("over_rate_bp", 10_100),
        shown("approved_fen", 5),
        shown("alert_levels_bp", (7_000, 10_000)),
        shown("campus", None),
        shown("name", "甲"),
    ] == ["5.25%", "0.05%", "101.00%", "0.05", "70/100", "", "甲"]
