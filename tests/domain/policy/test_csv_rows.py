"""Files as rows: what is read, and every reason why one is not."""

import pytest

from mobile_hrp.domain.policy import csv_rows
from mobile_hrp.domain.policy.csv_rows import CsvRow, CsvTable, read_csv
from mobile_hrp.domain.scenario.faults import Fault, FaultList


def read(content: bytes, rows_max: int = 100) -> tuple[CsvTable | None, tuple[Fault, ...]]:
    faults = FaultList()
    return read_csv("a.csv", content, faults, rows_max=rows_max), faults.all


def told(content: bytes, rows_max: int = 100) -> list[tuple[str, int, str, str, dict[str, object]]]:
    _, faults = read(content, rows_max)
    assert {fault.file for fault in faults} <= {"a.csv"}
    return [(one.file, one.line, one.path, one.code, dict(one.params)) for one in faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_cells_are_stripped_and_know_their_line(encoding: str) -> None:
    text = ' 城市 ,limit\n\n北京, 650 \n , \n"上\n海",600\r\n广州,550'
    table, faults = read(text.encode(encoding))

    assert faults == ()
    assert table == CsvTable(
        "a.csv",
        ("城市", "limit"),
        (
            CsvRow(3, {"城市": "北京", "limit": "650"}),
            CsvRow(5, {"城市": "上\n海", "limit": "600"}),
            CsvRow(7, {"城市": "广州", "limit": "550"}),
        ),
    )


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"a,b\n1,\0"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    table, _ = read(content)
    assert table is None
    assert told(content) == [("a.csv", 0, "", "POLICY_CSV_ENCODING", {})]


@pytest.mark.parametrize("content", [b"", b" , \n1,2", ",".join("c" * 61).encode()])
def test_a_file_without_a_usable_head_is_refused(content: bytes) -> None:
    table, _ = read(content)
    assert table is None
    assert told(content) == [("a.csv", 1, "", "POLICY_CSV_HEADER", {"limit": 60})]


def test_as_many_columns_as_may_be_are_read() -> None:
    head = ",".join(f"c{number}" for number in range(60))
    table, faults = read(head.encode())
    assert table is not None
    assert (len(table.header), table.rows, faults) == (60, (), ())


def test_a_column_named_twice_is_refused() -> None:
    long = "x" * 70
    content = f"b,a,{long},b,a,{long},b\n1,2,3,4,5,6,7".encode()
    assert read(content)[0] is None
    assert told(content) == [
        ("a.csv", 1, name, "SCENARIO_DUPLICATE", {"key": name}) for name in ("a", "b", "x" * 60)
    ]


def test_a_row_with_another_number_of_cells_is_told_and_the_others_are_read() -> None:
    content = b"a,b\n1\n1,2\n1,2,3\n"
    table, _ = read(content)
    assert table is not None
    assert [row.line for row in table.rows] == [3]
    assert told(content) == [
        ("a.csv", 2, "", "POLICY_CSV_CELLS", {"cells": 1, "columns": 2}),
        ("a.csv", 4, "", "POLICY_CSV_CELLS", {"cells": 3, "columns": 2}),
    ]


def test_a_cell_may_be_long_but_not_longer() -> None:
    content = f"a,b\n{'x' * 2_000},1\n2,{'y' * 2_001}\n".encode()
    table, _ = read(content)
    assert table is not None
    assert [row.line for row in table.rows] == [2]
    assert told(content) == [("a.csv", 3, "b", "SCENARIO_TEXT_LENGTH", {"limit": 2_000})]


def test_rows_are_counted_before_they_are_split_where_lines_are_rows() -> None:
    plain = b"a\n" + b"1\n" * 4
    assert told(plain, 3) == [("a.csv", 0, "", "POLICY_TOO_MANY_ROWS", {"limit": 3, "rows": 4})]
    assert told(plain, 4) == []
    table, _ = read(plain, 4)
    assert table is not None
    assert len(table.rows) == 4


def test_rows_with_quotes_are_counted_while_they_are_read() -> None:
    quoted = b'a\n"1\n\n\n"\n2\n'
    table, faults = read(quoted, 2)
    assert faults == ()
    assert table is not None
    assert [row.line for row in table.rows] == [2, 6]
    assert told(quoted, 1) == [("a.csv", 0, "", "POLICY_TOO_MANY_ROWS", {"limit": 1, "rows": 2})]
    too_many, _ = read(quoted, 1)
    assert too_many is not None
    assert too_many.rows == ()


def test_a_quote_that_never_ends_is_told_at_its_line() -> None:
    content = b'a\n1\n"2'
    assert read(content)[0] is None
    (fault,) = read(content)[1]
    assert (fault.code, fault.line, fault.path) == ("POLICY_CSV_SYNTAX", 3, "")
    assert fault.params["reason"]


def test_a_file_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "CSV_BYTES_MAX", 8)
    assert told(b"a,b\n1,2\n") == []
    assert told(b"a,b\n1,22\n") == [("a.csv", 0, "", "SCENARIO_FILE_TOO_LARGE", {"limit": 8})]
    lines = b'a\n"\n\n\n"\n1\n'
    assert told(lines, 2) == [("a.csv", 0, "", "POLICY_TOO_MANY_ROWS", {"limit": 2, "rows": 5})]
