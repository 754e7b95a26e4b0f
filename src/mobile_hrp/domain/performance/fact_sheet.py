"""Reading a sheet of counted work: every row becomes a fact, or a fault that names it.

Nothing is guessed: an unknown number, a formula or a date outside the period is a fault, and all
faults of a sheet are found in one reading. A sheet with a fault changes nothing.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobile_hrp.domain.fact_rows import FactFault, Faults, read_rows
from mobile_hrp.domain.performance.rules import RuleBook
from mobile_hrp.domain.performance.terms import InputKind

ROWS_MAX = 200_000
_TEXT_MAX = 120
QUANTITY_MILLI_MAX = 10**15


class FactColumn(StrEnum):
    STAFF = "staff"
    DEPARTMENT = "department"
    CODE = "code"
    QUANTITY = "quantity"
    DATE = "date"
    ROW = "row"


REQUIRED = (FactColumn.CODE, FactColumn.QUANTITY)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One readable row. ``source_row`` is the other system's key, or where the row stands."""

    staff_id: uuid.UUID | None
    department_id: uuid.UUID
    code: str
    quantity_milli: int
    occurred_on: date
    source_row: str


@dataclass(frozen=True, slots=True)
class Register:
    """What a row may name: people with their department, departments, codes of the rules."""

    staff: Mapping[str, tuple[uuid.UUID, uuid.UUID]]
    departments: Mapping[str, uuid.UUID]
    book: RuleBook
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """The rows that could be read, the first faults, and how many there are."""

    rows: tuple[FactRow, ...]
    faults: tuple[FactFault, ...]
    fault_count: int


def read_facts(
    rows: Iterable[Sequence[str]], headings: Mapping[str, FactColumn], register: Register
) -> ReadFacts:
    """Read a sheet whose first row names the columns; ``headings`` are the words it may use."""
    return _Reading(headings, register).whole(rows)


class _Reading:
    def __init__(self, headings: Mapping[str, FactColumn], register: Register) -> None:
        self._headings = headings
        self._register = register
        self._codes = register.book.counted
        self._found: list[FactRow] = []
        self._faults = Faults()
        self._sources: dict[str, int] = {}
        self._once: dict[tuple[uuid.UUID, uuid.UUID | None, str], int] = {}

    def whole(self, rows: Iterable[Sequence[str]]) -> ReadFacts:
        read_rows(rows, self._faults, columns_of=self._columns, read=self._read)
        return ReadFacts(tuple(self._found), tuple(self._faults.listed), self._faults.count)

    def _columns(self, row: Sequence[str]) -> Mapping[FactColumn, int]:
        columns = self._faults.headings(row, self._headings, unknown="FACT_HEADING_UNKNOWN")
        for column in REQUIRED:
            if column not in columns:
                self._faults.add(1, "FACT_HEADING_MISSING", text=column.value)
        if FactColumn.STAFF not in columns and FactColumn.DEPARTMENT not in columns:
            self._faults.add(1, "FACT_HEADING_MISSING", text=FactColumn.STAFF.value)
        return columns

    def _read(self, number: int, texts: Mapping[FactColumn, str]) -> None:
        before = self._faults.count
        for text in texts.values():
            if text.startswith("=") or len(text) > _TEXT_MAX:
                self._faults.add(number, "FACT_TEXT", text=text)
        where = self._where(number, texts)
        code = texts[FactColumn.CODE]
        if code not in self._codes:
            self._faults.add(number, "FACT_CODE_UNKNOWN", text=code)
        milli = self._faults.quantity_milli(number, texts[FactColumn.QUANTITY])
        day = self._day(number, texts.get(FactColumn.DATE, ""))
        source = texts.get(FactColumn.ROW) or f"{number}"
        if source in self._sources:
            self._faults.add(number, "FACT_ROW_TWICE", text=source, first=self._sources[source])
        self._sources.setdefault(source, number)
        if self._faults.count == before and where is not None:
            staff_id, department_id = where
            self._require_once(number, department_id, staff_id, code)
            self._found.append(FactRow(staff_id, department_id, code, milli, day, source))

    def _where(
        self, number: int, texts: Mapping[FactColumn, str]
    ) -> tuple[uuid.UUID | None, uuid.UUID] | None:
        """Whose work it is. Work is the person's department's unless the row names another."""
        person, place = texts.get(FactColumn.STAFF, ""), texts.get(FactColumn.DEPARTMENT, "")
        found = self._register.staff.get(person) if person else None
        if person and found is None:
            self._faults.add(number, "FACT_STAFF_UNKNOWN", text=person)
        department_id = self._register.departments.get(place) if place else None
        if place and department_id is None:
            self._faults.add(number, "FACT_DEPARTMENT_UNKNOWN", text=place)
        if not person and not place:
            self._faults.add(number, "FACT_NOBODY")
        if found is not None:
            return found[0], department_id or found[1]
        return (None, department_id) if department_id is not None and not person else None

    def _day(self, number: int, text: str) -> date:
        """Without a date a row counts on the period's last day."""
        if not text:
            return self._register.last_day
        day = self._faults.day(number, text)
        if day is None:
            return self._register.last_day
        if not self._register.first_day <= day <= self._register.last_day:
            self._faults.add(
                number,
                "FACT_DATE_OUTSIDE",
                text=text,
                first_day=self._register.first_day.isoformat(),
                last_day=self._register.last_day.isoformat(),
            )
        return day

    def _require_once(
        self, number: int, department_id: uuid.UUID, staff_id: uuid.UUID | None, code: str
    ) -> None:
        declared = self._register.book.inputs.get(code)
        if declared is None or declared.kind is not InputKind.COEFFICIENT:
            return
        key = (department_id, staff_id, code)
        if key in self._once:
            self._faults.add(number, "FACT_COEFFICIENT_TWICE", text=code, first=self._once[key])
        self._once.setdefault(key, number)
