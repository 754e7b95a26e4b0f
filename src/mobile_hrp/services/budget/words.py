"""The words of a budget sheet (``mobile_contract/budget_sheet.yaml``), read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import TypeVar

import yaml

from mobile_hrp.domain.budget.importing import Column, Vocabulary
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, OverCondition

WordT = TypeVar("WordT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """How the template writes a column: its heading, what to fill in, its width in characters."""

    heading: str
    hint: str
    width: int


@dataclass(frozen=True, slots=True)
class SheetWords:
    """``vocabulary`` reads sheets; the rest writes the template."""

    vocabulary: Vocabulary
    columns: Mapping[Column, ColumnWords]
    chosen: Mapping[str, str]
    total: str
    sheet: str
    notes: str


@lru_cache(maxsize=1)
def sheet_words() -> SheetWords:
    """A word written twice, or a column without words, is an error of ours and stops here."""
    source = resources.files("mobile_hrp.mobile_contract") / "budget_sheet.yaml"
    raw = yaml.safe_load(source.read_text("utf-8"))
    columns = {column: raw["columns"][column.value] for column in Column}
    modes = _words(ControlMode, raw["control_modes"])
    conditions = _words(OverCondition, raw["over_conditions"])
    windows = _words(CheckWindow, raw["check_windows"])
    return SheetWords(
        vocabulary=Vocabulary(
            headings=_words(Column, {key.value: each["words"] for key, each in columns.items()}),
            control_modes=modes,
            over_conditions=conditions,
            check_windows=windows,
            totals=frozenset(word.lower() for word in raw["totals"]),
        ),
        columns={
            column: ColumnWords(each["words"][0], each["hint"], each["width"])
            for column, each in columns.items()
        },
        chosen={
            value: words[0]
            for kind in ("control_modes", "over_conditions", "check_windows")
            for value, words in raw[kind].items()
        },
        total=raw["totals"][0],
        sheet=raw["sheet"],
        notes=raw["notes"],
    )


def _words(kind: type[WordT], raw: Mapping[str, Sequence[str]]) -> dict[str, WordT]:
    words: dict[str, WordT] = {}
    for value in kind:
        for word in raw[value.value]:
            if words.setdefault(word.lower(), value) is not value:
                raise ValueError(f"{word} stands for two things in budget_sheet.yaml")
    return words
