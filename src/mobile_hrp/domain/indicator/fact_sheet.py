"""Reading a sheet of indicator facts: each row becomes a fact, or a fault that names it.

Facts hold closed words, yes or no, numbers and days. A cell with anything else is a fault, so no
name of a patient and no free text gets in by mistake. A sheet with one fault changes nothing.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from mobile_hrp.domain.indicator.definition import Attribute, Dataset
from mobile_hrp.domain.indicator.terms import AttributeKind, Subject

FAULTS_MAX: Final = 200
_MILLI: Final = 1000
_PEOPLE_MAX: Final = 10**6
_SHOWN: Final = 40
_QUANTITY = re.compile(r"(?P<whole>[0-9]{1,12})(?:\.(?P<part>[0-9]{1,3}))?")
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?")
_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T]00:00:00)?")
_ROW_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,59}")
_YES: Final = frozenset({"1", "y", "yes", "true", "是"})
_NO: Final = frozenset({"0", "n", "no", "false", "否"})


class Column(StrEnum):
    """What every sheet may have; the words of a dataset's attributes come on top."""

    DEPARTMENT = "department"
    DATE = "date"
    QUANTITY = "quantity"
    PEOPLE = "people"
    ROW = "row"


COLUMN_WORDS: Final[Mapping[str, Column]] = {
    "科室编码": Column.DEPARTMENT,
    "department": Column.DEPARTMENT,
    "日期": Column.DATE,
    "date": Column.DATE,
    "数量": Column.QUANTITY,
    "quantity": Column.QUANTITY,
    "人数": Column.PEOPLE,
    "people": Column.PEOPLE,
    "来源行号": Column.ROW,
    "row": Column.ROW,
}


@dataclass(frozen=True, slots=True)
class SheetFact:
    """One readable row. ``attributes`` are stored as they are: words, bools, decimals as text."""

    department_id: uuid.UUID
    occurred_on: date
    quantity_milli: int
    people: int
    attributes: Mapping[str, str | bool]
    source_row: str


@dataclass(frozen=True, slots=True)
class SheetFault:
    """Why a row stands against the import; ``row`` counts from 1 with the headings."""

    row: int
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadSheet:
    facts: tuple[SheetFact, ...]
    faults: tuple[SheetFault, ...]
    fault_count: int


def read_sheet_facts(
    rows: Iterable[Sequence[str]],
    dataset: Dataset,
    departments: Mapping[str, uuid.UUID],
    *,
    today: date,
) -> ReadSheet:
    """Read a sheet whose first row names the columns; days after ``today`` are faults."""
    return _Reading(dataset, departments, today).whole(rows)


class _Reading:
    def __init__(self, dataset: Dataset, departments: Mapping[str, uuid.UUID], today: date) -> None:
        self._dataset = dataset
        self._departments = departments
        self._today = today
        self._words: dict[str, Column | str] = dict(COLUMN_WORDS)
        for attribute in dataset.attributes.values():
            for word in (attribute.code, *attribute.names.values()):
                self._words[word.lower()] = attribute.code
        self._facts: list[SheetFact] = []
        self._faults: list[SheetFault] = []
        self._fault_count = 0
        self._seen: dict[str, int] = {}

    def whole(self, rows: Iterable[Sequence[str]]) -> ReadSheet:
        columns: dict[Column | str, int] | None = None
        number = 0
        for number, row in enumerate(rows, start=1):
            if columns is None:
                columns = self._columns(row)
                if columns is None:
                    break
            elif any(cell.strip() for cell in row):
                self._read(number, row, columns)
        if number <= 1 and not self._fault_count:
            self._fault(1, "FACT_NO_ROWS")
        return ReadSheet(tuple(self._facts), tuple(self._faults), self._fault_count)

    def _columns(self, row: Sequence[str]) -> dict[Column | str, int] | None:
        columns: dict[Column | str, int] = {}
        for index, cell in enumerate(row):
            word = " ".join(cell.split()).lower().lstrip("\ufeff")
            if not word:
                continue
            column = self._words.get(word)
            if column is None:
                self._fault(1, "INDICATOR_HEADING_UNKNOWN", text=cell)
            elif column in columns:
                self._fault(1, "FACT_HEADING_TWICE", text=cell)
            else:
                columns[column] = index
        for needed in (Column.DEPARTMENT, Column.DATE, Column.ROW, *self._dataset.attributes):
            if needed not in columns:
                self._fault(1, "FACT_HEADING_MISSING", text=str(needed))
        return None if self._fault_count else columns

    def _read(self, number: int, row: Sequence[str], columns: Mapping[Column | str, int]) -> None:
        texts = {
            column: row[index].strip() if index < len(row) else ""
            for column, index in columns.items()
        }
        before = self._fault_count
        place = self._departments.get(texts[Column.DEPARTMENT])
        if place is None:
            self._fault(number, "FACT_DEPARTMENT_UNKNOWN", text=texts[Column.DEPARTMENT])
        day = self._day(number, texts[Column.DATE])
        milli = self._quantity(number, texts.get(Column.QUANTITY, "") or "1")
        people = self._people(number, texts.get(Column.PEOPLE, ""), milli)
        attributes = {
            code: self._attribute(number, attribute, texts[code])
            for code, attribute in self._dataset.attributes.items()
        }
        source = self._source(number, texts[Column.ROW])
        if self._fault_count == before and place is not None and day is not None:
            self._facts.append(SheetFact(place, day, milli, people, attributes, source))

    def _day(self, number: int, text: str) -> date | None:
        match = _DATE.fullmatch(text)
        try:
            day = date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if day is None:
            self._fault(number, "FACT_DATE", text=text)
        elif day > self._today:
            self._fault(number, "INDICATOR_DATE_AHEAD", text=text)
        return day

    def _quantity(self, number: int, text: str) -> int:
        match = _QUANTITY.fullmatch(text)
        if match is None:
            self._fault(number, "FACT_QUANTITY", text=text)
            return 0
        return int(match["whole"]) * _MILLI + int((match["part"] or "").ljust(3, "0"))

    def _people(self, number: int, text: str, milli: int) -> int:
        """Unless it is said, each whole unit of a fact about people is another person."""
        if self._dataset.subject is Subject.THINGS:
            if text:
                self._fault(number, "INDICATOR_PEOPLE", text=text)
            return 0
        if not text:
            return min(milli // _MILLI, _PEOPLE_MAX)
        if not re.fullmatch(r"[0-9]{1,6}", text):
            self._fault(number, "INDICATOR_PEOPLE", text=text)
            return 0
        return int(text)

    def _attribute(self, number: int, attribute: Attribute, text: str) -> str | bool:
        word = text.lower()
        if attribute.kind is AttributeKind.YES_NO and word in _YES | _NO:
            return word in _YES
        if attribute.kind is AttributeKind.CHOICE and text in attribute.options:
            return text
        if attribute.kind is AttributeKind.NUMBER and _NUMBER.fullmatch(text):
            return text
        self._fault(number, "INDICATOR_ATTRIBUTE", text=text, column=attribute.code)
        return ""

    def _source(self, number: int, text: str) -> str:
        if not _ROW_KEY.fullmatch(text):
            self._fault(number, "INDICATOR_SOURCE_ROW", text=text)
        elif text in self._seen:
            self._fault(number, "FACT_ROW_TWICE", text=text, first=self._seen[text])
        self._seen.setdefault(text, number)
        return text

    def _fault(self, row: int, code: str, **params: str | int) -> None:
        self._fault_count += 1
        if len(self._faults) < FAULTS_MAX:
            short = {
                name: value[:_SHOWN] if isinstance(value, str) else value
                for name, value in params.items()
            }
            self._faults.append(SheetFault(row, code, short))
