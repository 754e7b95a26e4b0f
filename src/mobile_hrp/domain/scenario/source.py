"""Reading parsed data into the model: every step checks, notes faults and goes on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from mobile_hrp.domain.scenario.faults import FaultList, ParsedFile, Path, Place, dotted
from mobile_hrp.domain.scenario.model import Text

Member = TypeVar("Member", bound=StrEnum)
Item = TypeVar("Item")

KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
LABEL_LENGTH_MAX: Final = 60
SENTENCE_LENGTH_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value in a file, with where it stands."""

    file: ParsedFile
    path: Path
    value: Any
    faults: FaultList

    @property
    def place(self) -> Place:
        return Place(self.file.name, self.file.line(self.path), dotted(self.path))

    def fault(self, code: str, **params: str | int) -> None:
        self.faults.add(code, self.place, **params)

    def child(self, key: str | int) -> "Cursor":
        return Cursor(self.file, (*self.path, key), self.value[key], self.faults)

    def items(self, limit: int) -> Iterator["Cursor"]:
        """The members of a list; a single fault when it is none, or is longer than ``limit``."""
        if not isinstance(self.value, list):
            self.fault("SCENARIO_VALUE_TYPE", expected="list")
            return
        if len(self.value) > limit:
            self.fault("SCENARIO_LIST_TOO_LONG", limit=limit, length=len(self.value))
        for index in range(len(self.value)):
            yield self.child(index)

    def text(self, *, limit: int = LABEL_LENGTH_MAX, pattern: re.Pattern[str] | None = None) -> str:
        if not isinstance(self.value, str):
            self.fault("SCENARIO_VALUE_TYPE", expected="text")
            return ""
        if not 1 <= len(self.value) <= limit:
            self.fault("SCENARIO_TEXT_LENGTH", limit=limit)
        elif pattern is not None and not pattern.fullmatch(self.value):
            self.fault("SCENARIO_KEY_FORMAT", value=self.value)
        return self.value

    def member(self, kind: type[Member], fallback: Member) -> Member:
        """The enum member the text names."""
        text = self.text(limit=SENTENCE_LENGTH_MAX)
        try:
            return kind(text)
        except ValueError:
            if text:
                self.fault(
                    "SCENARIO_VALUE_UNKNOWN", value=text, expected=", ".join(item for item in kind)
                )
            return fallback

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            self.fault("SCENARIO_VALUE_TYPE", expected="true/false")
            return False
        return self.value

    def integer(self, least: int, most: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.fault("SCENARIO_VALUE_TYPE", expected="int")
            return least
        if not least <= self.value <= most:
            self.fault("SCENARIO_NUMBER_RANGE", least=least, most=most)
        return self.value

    def number(self) -> Decimal:
        if isinstance(self.value, bool) or not isinstance(self.value, (int, Decimal)):
            self.fault("SCENARIO_VALUE_TYPE", expected="number")
            return Decimal(0)
        return Decimal(self.value)


class Reader:
    """A mapping read key by key; ``close`` reports the keys nobody asked for."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._read: set[str] = set()
        self.valid = isinstance(cursor.value, dict)
        if not self.valid:
            cursor.fault("SCENARIO_VALUE_TYPE", expected="mapping")

    @property
    def place(self) -> Place:
        return self.cursor.place

    def get(self, key: str) -> Cursor | None:
        """The value at ``key``, None when it is absent."""
        self._read.add(key)
        if not self.valid or key not in self.cursor.value:
            return None
        return self.cursor.child(key)

    def need(self, key: str) -> Cursor | None:
        """As ``get``, and a fault when it is absent."""
        found = self.get(key)
        if found is None and self.valid:
            self.cursor.fault("SCENARIO_KEY_MISSING", key=key)
        return found

    def read(self, key: str, convert: Callable[[Cursor], Item], fallback: Item) -> Item:
        found = self.get(key)
        return fallback if found is None else convert(found)

    def require(self, key: str, convert: Callable[[Cursor], Item], fallback: Item) -> Item:
        found = self.need(key)
        return fallback if found is None else convert(found)

    def key(self, name: str = "key") -> str:
        return self.require(name, lambda cursor: cursor.text(pattern=KEY), "")

    def member(self, name: str, kind: type[Member], fallback: Member) -> Member:
        return self.read(name, lambda cursor: cursor.member(kind, fallback), fallback)

    def flag(self, name: str, fallback: bool = False) -> bool:
        return self.read(name, Cursor.boolean, fallback)

    def name(self, limit: int = LABEL_LENGTH_MAX) -> Text:
        """The pair of ``zh`` and ``en`` beside each other in this mapping."""
        return Text(
            self.require("zh", lambda cursor: cursor.text(limit=limit), ""),
            self.require("en", lambda cursor: cursor.text(limit=2 * limit), ""),
        )

    def sentence(self, key: str) -> Text | None:
        """An optional pair of texts below ``key``."""
        found = self.get(key)
        if found is None:
            return None
        reader = Reader(found)
        text = reader.name(SENTENCE_LENGTH_MAX)
        reader.close()
        return text

    def texts(self, key: str, limit: int = 100) -> tuple[str, ...]:
        found = self.get(key)
        if found is None:
            return ()
        return tuple(item.text(limit=2 * LABEL_LENGTH_MAX) for item in found.items(limit))

    def names(self) -> tuple[str, ...]:
        return tuple(self.cursor.value) if self.valid else ()

    def close(self) -> None:
        for key in self.names():
            if key not in self._read:
                self.cursor.child(key).fault("SCENARIO_KEY_UNKNOWN", key=key)


def unique(keys: list[tuple[str, Place]], faults: FaultList) -> None:
    """Report every key after the first of its name."""
    seen: set[str] = set()
    for key, place in keys:
        if key and key in seen:
            faults.add("SCENARIO_DUPLICATE", place, key=key)
        seen.add(key)
