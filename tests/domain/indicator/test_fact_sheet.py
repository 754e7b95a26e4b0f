"""Sheets of facts: closed words only, and every fault by its row."""

import uuid
from datetime import date

import pytest
from tests.domain.indicator.definitions import LIBRARY, TOPUPS

from mobile_hrp.domain.indicator.fact_sheet import ReadSheet, read_sheet_facts

TODAY = date(2026, 11, 22)
PLACES = {"CARD": uuid.UUID(int=1)}
HEADINGS = ["科室编码", "日期", "数量", "人数", "来源行号", "渠道", "入院首次充值"]


def read(*rows: list[str], headings: list[str] = HEADINGS) -> ReadSheet:
    return read_sheet_facts([headings, *rows], TOPUPS, PLACES, today=TODAY)


def test_a_row_becomes_a_fact_with_its_source() -> None:
    found = read(["CARD", "2026-11-05", "12", "", "T-1", "app", "否"])
    (fact,) = found.facts
    assert (fact.quantity_milli, fact.people, fact.source_row) == (12_000, 12, "T-1")
    assert fact.attributes == {"channel": "app", "first_topup": False}
    assert found.faults == ()


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (0, "NOWHERE", "FACT_DEPARTMENT_UNKNOWN"),
        (1, "2026-11-31", "FACT_DATE"),
        (1, "2026-11-23", "INDICATOR_DATE_AHEAD"),
        (2, "-1", "FACT_QUANTITY"),
        (2, "1e9", "FACT_QUANTITY"),
        (3, "2.5", "INDICATOR_PEOPLE"),
        (4, "王某某 13800000000", "INDICATOR_SOURCE_ROW"),
        (4, "", "INDICATOR_SOURCE_ROW"),
        (5, "张三", "INDICATOR_ATTRIBUTE"),
        (5, "=cmd()", "INDICATOR_ATTRIBUTE"),
        (6, "maybe", "INDICATOR_ATTRIBUTE"),
    ],
)
def test_anything_but_closed_words_is_a_fault_of_its_row(cell: int, value: str, code: str) -> None:
    row = ["CARD", "2026-11-05", "12", "3", "T-1", "app", "是"]
    row[cell] = value
    found = read(row)
    assert [(fault.row, fault.code) for fault in found.faults] == [(2, code)]
    assert found.facts == ()


def test_headings_are_checked_before_anything_is_read() -> None:
    found = read(["x"], headings=["科室编码", "日期", "患者姓名", "渠道", "渠道"])
    codes = [fault.code for fault in found.faults]
    assert codes == [
        "INDICATOR_HEADING_UNKNOWN",
        "FACT_HEADING_TWICE",
        "FACT_HEADING_MISSING",
        "FACT_HEADING_MISSING",
    ]
    assert [fault.code for fault in read().faults] == ["FACT_NO_ROWS"]


def test_the_same_source_row_twice_is_a_fault() -> None:
    row = ["CARD", "2026-11-05", "12", "3", "T-1", "app", "是"]
    found = read(row, row)
    assert [(fault.row, fault.params["first"]) for fault in found.faults] == [(3, 2)]


def test_facts_about_things_count_nobody() -> None:
    energy = LIBRARY.datasets["energy"]
    headings = ["department", "date", "people", "row", "kind", "clinical"]
    row = ["CARD", "2026-11-05", "4", "E1", "water", "yes"]
    found = read_sheet_facts([headings, row], energy, PLACES, today=TODAY)
    assert [fault.code for fault in found.faults] == ["INDICATOR_PEOPLE"]
    row[2] = ""
    (fact,) = read_sheet_facts([headings, row], energy, PLACES, today=TODAY).facts
    assert (fact.people, fact.quantity_milli) == (0, 1000)
