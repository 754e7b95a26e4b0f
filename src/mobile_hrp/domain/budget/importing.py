"""Reading a budget sheet: every cell becomes a value, or a fault that names the cell.

Nothing is guessed. A formula, a full-width digit or an unknown heading is a fault, not a hint, and
all faults of a sheet are found in one reading.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, OverCondition
from mobile_hrp.domain.money import parse_money
from mobile_hrp.domain.refusal import Refusal

ROWS_MAX = 5_000
COLUMNS_MAX = 40
HEADING_ROWS_MAX = 10
CODE_LENGTH_MAX = 40
TEXT_LENGTH_MAX = 120
LEVELS_MAX = 8
LEVEL_PERCENT_MAX = 200
OVER_RATE_BP_MAX = 10_000
_FORMULA = ("=", "+", "-", "@")
_RATE = re.compile(r"(?P<whole>[0-9]{1,3})(?:\.(?P<part>[0-9]{1,2}))?\s*%?")
_LEVELS = re.compile(r"[0-9]{1,3}%?(?:\s*[/,，、;；]\s*[0-9]{1,3}%?)*")
_CONTROL_LAST = 31  # ASCII control characters end here
_DELETE = 127


class Column(StrEnum):
    """What a column of the sheet holds; the names are those of :class:`LineTerms`."""

    CODE = "code"
    NAME = "name"
    PARENT = "parent"
    DEPARTMENT = "department"
    CAMPUS = "campus"
    PROJECT = "project"
    FUND_SOURCE = "fund_source"
    EXPENSE_TYPE = "expense_type"
    FUNCTION_CLASS = "function_class"
    DEPARTMENT_CLASS = "department_class"
    GOVERNMENT_CLASS = "government_class"
    OWNER = "owner"
    CONTROL_MODE = "control_mode"
    OVER_RATE = "over_rate_bp"
    OVER_CONDITION = "over_condition"
    CHECK_WINDOW = "check_window"
    ALERT_LEVELS = "alert_levels_bp"
    APPROVED = "approved_fen"


REQUIRED = (Column.CODE, Column.NAME, Column.APPROVED)

Value = str | int | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text. ``formula``: the sheet would calculate it, so nobody has read its value."""

    text: str = ""
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet; the first is row 1 and its first cell is A1."""

    name: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a sheet may use, in lower case."""

    headings: Mapping[str, Column]
    control_modes: Mapping[str, ControlMode]
    over_conditions: Mapping[str, OverCondition]
    check_windows: Mapping[str, CheckWindow]
    totals: frozenset[str]


@dataclass(frozen=True, slots=True)
class ImportFault:
    """Why a cell (``sheet!B7``; the sheet's name for a missing one) stands against the import."""

    cell: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """One row: the values of the columns the sheet has, and the cell of each."""

    row: int
    code: str
    values: Mapping[Column, Value]
    cells: Mapping[Column, str]

    def cell(self, column: Column) -> str:
        """Where a column's value stands; the code's cell where the sheet has no such column."""
        return self.cells.get(column, self.cells[Column.CODE])


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """Rows that could be read, codes of all rows, the sheet's own total, and the faults."""

    name: str
    lines: tuple[ImportedLine, ...]
    codes: frozenset[str]
    total_fen: int | None
    total_cell: str
    faults: tuple[ImportFault, ...]


def column_letters(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    rest = index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def parse_sheet(sheet: Sheet, words: Vocabulary) -> ParsedSheet:
    """Read a whole sheet; it never stops at the first fault.

    Raises:
        Refusal: BUDGET_IMPORT_TOO_MANY_ROWS, for what is not worth reading.
    """
    if len(sheet.rows) > ROWS_MAX + HEADING_ROWS_MAX:
        raise Refusal("BUDGET_IMPORT_TOO_MANY_ROWS", path="file", maximum=ROWS_MAX)
    return _Reading(sheet, words).whole()


class _Reading:
    def __init__(self, sheet: Sheet, words: Vocabulary) -> None:
        self._sheet = sheet
        self._words = words
        self._faults: list[ImportFault] = []
        self._lines: list[ImportedLine] = []
        self._rows_by_code: dict[str, int] = {}
        self._total: tuple[int | None, str] = (None, "")
        self._readers: Mapping[Column, Callable[[str], Value]] = {
            Column.CODE: lambda text: _text(text, required=True, code=True),
            Column.APPROVED: _amount,
            Column.OVER_RATE: _over_rate_bp,
            Column.ALERT_LEVELS: _alert_levels_bp,
            Column.CONTROL_MODE: lambda text: _chosen(text, words.control_modes, ControlMode.RIGID),
            Column.OVER_CONDITION: lambda text: _chosen(
                text, words.over_conditions, OverCondition.REASON
            ),
            Column.CHECK_WINDOW: lambda text: _chosen(text, words.check_windows, CheckWindow.YEAR),
        }

    def whole(self) -> ParsedSheet:
        at = self._heading_row()
        columns = self._columns(at) if at is not None else {}
        if columns:
            for index in range((at or 0) + 1, len(self._sheet.rows)):
                self._row(index + 1, self._sheet.rows[index], columns)
            if not self._rows_by_code and not self._faults:
                self._fault(self._sheet.name, "BUDGET_IMPORT_EMPTY")
        total_fen, total_cell = self._total
        return ParsedSheet(
            self._sheet.name,
            tuple(self._lines),
            frozenset(self._rows_by_code),
            total_fen,
            total_cell,
            tuple(self._faults),
        )

    def _heading_row(self) -> int | None:
        """The first row that names the code column."""
        for index, row in enumerate(self._sheet.rows[:HEADING_ROWS_MAX]):
            if any(self._words.headings.get(_word(cell)) is Column.CODE for cell in row):
                return index
        self._fault(self._sheet.name, "BUDGET_IMPORT_HEADINGS_MISSING", heading=Column.CODE.value)
        return None

    def _columns(self, at: int) -> dict[int, Column]:
        """Which column stands where; empty when one that has to be there is missing."""
        columns: dict[int, Column] = {}
        for index, cell in enumerate(self._sheet.rows[at]):
            word = _word(cell)
            if not word:
                continue
            column = self._words.headings.get(word)
            place = self._place(at + 1, index)
            if column is None:
                self._fault(place, "BUDGET_IMPORT_HEADING_UNKNOWN", heading=cell.text[:40])
            elif column in columns.values():
                self._fault(place, "BUDGET_IMPORT_HEADING_TWICE", heading=cell.text[:40])
            else:
                columns[index] = column
        missing = [column for column in REQUIRED if column not in columns.values()]
        for column in missing:
            self._fault(self._sheet.name, "BUDGET_IMPORT_HEADINGS_MISSING", heading=column.value)
        return {} if missing else columns

    def _row(self, number: int, row: Sequence[Cell], columns: Mapping[int, Column]) -> None:
        if not any(cell.text.strip() or cell.formula for cell in row):
            return
        before = len(self._faults)
        cells: dict[Column, str] = {}
        found: dict[Column, Cell] = {}
        for index, column in columns.items():
            cells[column] = self._place(number, index)
            found[column] = row[index] if index < len(row) else Cell()
        for index, cell in enumerate(row):
            if index not in columns and (cell.text.strip() or cell.formula):
                self._fault(self._place(number, index), "BUDGET_IMPORT_OUTSIDE_COLUMNS")
        if _word(found[Column.CODE]) in self._words.totals:
            approved = self._value(Column.APPROVED, found, cells)
            if isinstance(approved, int):
                self._total = (approved, cells[Column.APPROVED])
            return
        values = {column: self._value(column, found, cells) for column in columns.values()}
        code = values[Column.CODE]
        if not isinstance(code, str):
            return
        earlier = self._rows_by_code.setdefault(code, number)
        if earlier != number:
            self._fault(cells[Column.CODE], "BUDGET_IMPORT_DUPLICATE", line=code, row=earlier)
        if len(self._faults) == before:
            self._lines.append(ImportedLine(number, code, values, cells))

    def _value(
        self, column: Column, found: Mapping[Column, Cell], cells: Mapping[Column, str]
    ) -> Value:
        cell, place = found[column], cells[column]
        if cell.formula:
            self._fault(place, "BUDGET_IMPORT_FORMULA")
            return None
        try:
            return self._read(column, cell.text.strip())
        except Refusal as refusal:
            detail = refusal.details[0]
            self._faults.append(ImportFault(place, detail.code, detail.params))
            return None

    def _read(self, column: Column, text: str) -> Value:
        reader = self._readers.get(column)
        if reader is not None:
            return reader(text)
        return _text(text, required=column is Column.NAME, code=column is not Column.NAME)

    def _place(self, number: int, index: int) -> str:
        return f"{self._sheet.name}!{column_letters(index)}{number}"

    def _fault(self, cell: str, code: str, **params: str | int) -> None:
        self._faults.append(ImportFault(cell, code, params))


def _word(cell: Cell) -> str:
    return cell.text.strip().strip("*").strip().lower()


def _amount(text: str) -> int:
    if text.startswith(("=", "@")):
        raise Refusal("BUDGET_IMPORT_FORMULA")
    return parse_money(text)


def _text(text: str, *, required: bool, code: bool) -> str | None:
    if not text:
        if required:
            raise Refusal("BUDGET_IMPORT_REQUIRED")
        return None
    if text.startswith(_FORMULA):
        raise Refusal("BUDGET_IMPORT_FORMULA")
    maximum = CODE_LENGTH_MAX if code else TEXT_LENGTH_MAX
    unstorable = any(
        ord(each) <= _CONTROL_LAST or ord(each) == _DELETE or "\ud800" <= each <= "\udfff"
        for each in text
    )
    if len(text) > maximum or unstorable:
        raise Refusal("BUDGET_IMPORT_TEXT", maximum=maximum)
    return text


def _chosen(text: str, words: Mapping[str, str], default: str) -> str:
    if not text:
        return default
    chosen = words.get(text.lower())
    if chosen is None:
        raise Refusal("BUDGET_IMPORT_WORD", value=text[:40])
    return chosen


def _over_rate_bp(text: str) -> int:
    """Percent: 5, 5% and 5.25 % are ways to say it."""
    if not text:
        return 0
    match = _RATE.fullmatch(text)
    if match is None or not text.isascii():
        raise Refusal("BUDGET_IMPORT_RATE")
    rate_bp = int(match["whole"]) * 100 + int((match["part"] or "").ljust(2, "0"))
    if rate_bp > OVER_RATE_BP_MAX:
        raise Refusal("BUDGET_IMPORT_RATE")
    return rate_bp


def _alert_levels_bp(text: str) -> tuple[int, ...] | None:
    """Percent, rising, as in 70/85/95/100; None leaves what is there."""
    if not text:
        return None
    if not _LEVELS.fullmatch(text):
        raise Refusal("BUDGET_IMPORT_LEVELS")
    levels = [int(part) for part in re.findall(r"[0-9]+", text)]
    rising = all(lower < upper for lower, upper in pairwise(levels))
    if not rising or levels[0] < 1 or levels[-1] > LEVEL_PERCENT_MAX or len(levels) > LEVELS_MAX:
        raise Refusal("BUDGET_IMPORT_LEVELS")
    return tuple(level * 100 for level in levels)
