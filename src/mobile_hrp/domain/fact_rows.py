"""What all sheets of facts have in common: headings, quantities, days, and faults by row."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

ColumnT = TypeVar("ColumnT")

FAULTS_MAX: Final = 200
"""How many faults of a sheet are listed; all are counted."""
MILLI: Final = 1000
_SHOWN: Final = 40
_QUANTITY = re.compile(r"(?P<whole>[0-9]{1,12})(?:\.(?P<part>[0-9]{1,3}))?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.]?)(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
    r"(?:[ T]00:00:00)?"
)


@dataclass(frozen=True, slots=True)
class FactFault:
    """Why a row stands against the import; ``row`` counts from 1 with the headings."""

    row: int
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


class Faults:
    """The faults of a sheet: the first are listed, with what the cell said cut short."""

    def __init__(self) -> None:
        self.listed: list[FactFault] = []
        self.count = 0

    def add(self, row: int, code: str, **params: str | int) -> None:
        self.count += 1
        if len(self.listed) < FAULTS_MAX:
            short = {
                name: value[:_SHOWN] if isinstance(value, str) else value
                for name, value in params.items()
            }
            self.listed.append(FactFault(row, code, short))

    def quantity_milli(self, row: int, text: str) -> int:
        """A quantity of up to three decimals in thousandths; 0 and a fault for anything else."""
        match = _QUANTITY.fullmatch(text)
        if match is None:
            self.add(row, "FACT_QUANTITY", text=text)
            return 0
        return int(match["whole"]) * MILLI + int((match["part"] or "").ljust(3, "0"))

    def day(self, row: int, text: str) -> date | None:
        """A day, written 2026-11-02, 2026/11/2, 2026.11.02 or 20261102; else None and a fault."""
        match = _DATE.fullmatch(text)
        if match is not None:
            with suppress(ValueError):  # the 31st of November is told as any text that is no day
                return date(int(match["year"]), int(match["month"]), int(match["day"]))
        self.add(row, "FACT_DATE", text=text)
        return None

    def headings(
        self, row: Sequence[str], words: Mapping[str, ColumnT], *, unknown: str
    ) -> dict[ColumnT, int]:
        """Where each named column stands; ``unknown`` is the code for a word nobody knows."""
        columns: dict[ColumnT, int] = {}
        for index, cell in enumerate(row):
            word = " ".join(cell.split()).lower().lstrip("\ufeff")
            if not word:
                continue
            column = words.get(word)
            if column is None:
                self.add(1, unknown, text=cell)
            elif column in columns:
                self.add(1, "FACT_HEADING_TWICE", text=cell)
            else:
                columns[column] = index
        return columns


def read_rows(
    rows: Iterable[Sequence[str]],
    faults: Faults,
    *,
    columns_of: Callable[[Sequence[str]], Mapping[ColumnT, int]],
    read: Callable[[int, Mapping[ColumnT, str]], None],
) -> None:
    """Hand each row that is not empty to ``read``, its cells by column and stripped.

    The first row names the columns. A fault in it ends the reading: nothing below could be trusted.
    """
    columns: Mapping[ColumnT, int] | None = None
    number = 0
    for number, row in enumerate(rows, start=1):
        if columns is None:
            columns = columns_of(row)
            if faults.count:
                break
        elif any(cell.strip() for cell in row):
            texts = {
                column: row[index].strip() if index < len(row) else ""
                for column, index in columns.items()
            }
            read(number, texts)
    if number <= 1 and not faults.count:
        faults.add(1, "FACT_NO_ROWS")
