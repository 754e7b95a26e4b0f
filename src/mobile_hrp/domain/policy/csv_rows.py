"""Rows of a CSV file with their lines, from people we do not trust.

UTF-8 with or without its mark, or GB 18030 as spreadsheets in Chinese offices save it. Bytes and
lines are counted before anything is split.
"""

import csv
from dataclasses import dataclass
from typing import Any, Final

from mobile_hrp.domain.scenario.faults import FaultList, Place

CSV_BYTES_MAX: Final = 10_000_000
CELL_LENGTH_MAX: Final = 2_000
COLUMNS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class CsvRow:
    """``cells`` by column, stripped of blanks around them; ``line`` counts from 1."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    name: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_csv(name: str, content: bytes, faults: FaultList, *, rows_max: int) -> CsvTable | None:
    """The file as rows; None, with the reason among ``faults``, when it cannot be read."""
    lines = content.count(b"\n")
    if lines > rows_max + 1 and _plain(content):
        faults.add("POLICY_TOO_MANY_ROWS", Place(name), limit=rows_max, rows=lines - 1)
        return None
    if len(content) > CSV_BYTES_MAX:
        faults.add("SCENARIO_FILE_TOO_LARGE", Place(name), limit=CSV_BYTES_MAX)
        return None
    text = _decoded(content)
    if text is None:
        faults.add("POLICY_CSV_ENCODING", Place(name))
        return None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        if not _sound_header(name, header, faults):
            return None
        return CsvTable(name, header, tuple(_rows(name, reader, header, faults, rows_max)))
    except csv.Error as problem:
        faults.add("POLICY_CSV_SYNTAX", Place(name, reader.line_num), reason=str(problem)[:120])
        return None


def _plain(content: bytes) -> bool:
    """Whether lines are rows: without quotes no cell holds a line break."""
    return b'"' not in content or len(content) > CSV_BYTES_MAX


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _sound_header(name: str, header: tuple[str, ...], faults: FaultList) -> bool:
    if not any(header) or len(header) > COLUMNS_MAX:
        faults.add("POLICY_CSV_HEADER", Place(name, 1), limit=COLUMNS_MAX)
        return False
    doubled = sorted({column for column in header if header.count(column) > 1})
    for column in doubled:
        faults.add("SCENARIO_DUPLICATE", Place(name, 1, column[:60]), key=column[:60])
    return not doubled


def _rows(
    name: str,
    reader: Any,
    header: tuple[str, ...],
    faults: FaultList,
    rows_max: int,
) -> list[CsvRow]:
    rows: list[CsvRow] = []
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= rows_max:
            faults.add("POLICY_TOO_MANY_ROWS", Place(name), limit=rows_max, rows=len(rows) + 1)
            return []
        if len(cells) != len(header):
            faults.add("POLICY_CSV_CELLS", Place(name, line), cells=len(cells), columns=len(header))
            continue
        long = [column for column, cell in zip(header, cells, strict=True) if _too_long(cell)]
        for column in long:
            faults.add("SCENARIO_TEXT_LENGTH", Place(name, line, column), limit=CELL_LENGTH_MAX)
        if not long:
            rows.append(
                CsvRow(line, {c: cell.strip() for c, cell in zip(header, cells, strict=True)})
            )
    return rows


def _too_long(cell: str) -> bool:
    return len(cell) > CELL_LENGTH_MAX
