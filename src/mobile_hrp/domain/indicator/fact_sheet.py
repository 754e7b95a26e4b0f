"""Reading a sheet of indicator facts: each row becomes a fact, or a fault that names it.

Facts hold closed words, yes or no, numbers and days. A cell with anything else is a fault, so no
name of a patient and no free text gets in by mistake. A sheet with one fault changes nothing.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from mobile_hrp.domain.fact_rows import MILLI, FactFault, Faults, read_rows
from mobile_hrp.domain.indicator.definition import Attribute, Dataset
from mobile_hrp.domain.indicator.terms import AttributeKind, Subject

_PEOPLE_MAX: Final = 10**6
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?")
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
class ReadSheet:
    facts: tuple[SheetFact, ...]
    faults: tuple[FactFault, ...]
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
        self._faults = Faults()
        self._seen: dict[str, int] = {}

    def whole(self, rows: Iterable[Sequence[str]]) -> ReadSheet:
        read_rows(rows, self._faults, columns_of=self._columns, read=self._read)
        return ReadSheet(tuple(self._facts), tuple(self._faults.listed), self._faults.count)

    def _columns(self, row: Sequence[str]) -> Mapping[Column | str, int]:
        columns = self._faults.headings(row, self._words, unknown="INDICATOR_HEADING_UNKNOWN")
        for needed in (Column.DEPARTMENT, Column.DATE, Column.ROW, *self._dataset.attributes):
            if needed not in columns:
                self._faults.add(1, "FACT_HEADING_MISSING", text=str(needed))
        return columns

    def _read(self, number: int, texts: Mapping[Column | str, str]) -> None:
        before = self._faults.count
        place = self._departments.get(texts[Column.DEPARTMENT])
        if place is None:
            self._faults.add(number, "FACT_DEPARTMENT_UNKNOWN", text=texts[Column.DEPARTMENT])
        day = self._day(number, texts[Column.DATE])
        milli = self._faults.quantity_milli(number, texts.get(Column.QUANTITY, "") or "1")
        people = self._people(number, texts.get(Column.PEOPLE, ""), milli)
        attributes = {
            code: self._attribute(number, attribute, texts[code])
            for code, attribute in self._dataset.attributes.items()
        }
        source = self._source(number, texts[Column.ROW])
        if self._faults.count == before and place is not None and day is not None:
            self._facts.append(SheetFact(place, day, milli, people, attributes, source))

    def _day(self, number: int, text: str) -> date | None:
        day = self._faults.day(number, text)
        if day is not None and day > self._today:
            self._faults.add(number, "INDICATOR_DATE_AHEAD", text=text)
        return day

    def _people(self, number: int, text: str, milli: int) -> int:
        """Unless it is said, each whole unit of a fact about people is another person."""
        if self._dataset.subject is Subject.THINGS:
            if text:
                self._faults.add(number, "INDICATOR_PEOPLE", text=text)
            return 0
        if not text:
            return min(milli // MILLI, _PEOPLE_MAX)
        if not re.fullmatch(r"[0-9]{1,6}", text):
            self._faults.add(number, "INDICATOR_PEOPLE", text=text)
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
        self._faults.add(number, "INDICATOR_ATTRIBUTE", text=text, column=attribute.code)
        return ""

    def _source(self, number: int, text: str) -> str:
        if not _ROW_KEY.fullmatch(text):
            self._faults.add(number, "INDICATOR_SOURCE_ROW", text=text)
        elif text in self._seen:
            self._faults.add(number, "FACT_ROW_TWICE", text=text, first=self._seen[text])
        self._seen.setdefault(text, number)
        return text
