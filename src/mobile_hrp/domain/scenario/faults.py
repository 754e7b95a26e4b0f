"""Faults of a package: all of them, each with its file, line and path; nothing stops at the first.

A fault is data like a refusal: its code is catalogued with Chinese and English texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_hrp.domain.refusal import Refusal, RefusalDetail

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """``("flow", 3, "when")`` -> ``flow.3.when``."""
    return ".".join(str(part) for part in path)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong. ``line`` counts from 1; 0 when the whole file is meant."""

    file: str
    line: int
    path: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict, compare=False)

    def detail(self) -> RefusalDetail:
        """The same as a refusal's reason, for the edge; the place is also among the params."""
        place: dict[str, str | int] = {"file": self.file, "line": self.line}
        return RefusalDetail(
            self.code, f"{self.file}:{self.line}:{self.path}", {**place, **self.params}
        )


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One parsed file: plain data, and the line of every value by its path.

    Data consists of dict, list, str, int, Decimal, bool and None only.
    """

    name: str
    data: Any
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of ``path`` or of the nearest value around it."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, kept in the model so that later checks can point at it."""

    file: str = ""
    line: int = 0
    path: str = ""

    def inside(self, *parts: str | int) -> "Place":
        below = dotted(parts)
        return Place(self.file, self.line, f"{self.path}.{below}" if self.path else below)


class FaultList:
    """Collects faults; the same one at the same place only once."""

    def __init__(self) -> None:
        self._faults: dict[tuple[Fault, str], Fault] = {}

    def add(self, code: str, place: Place, **params: str | int) -> None:
        fault = Fault(place.file, place.line, place.path, code, params)
        self._faults[fault, str(sorted(params.items()))] = fault

    def extend(self, faults: tuple[Fault, ...]) -> None:
        for fault in faults:
            self._faults[fault, str(sorted(fault.params.items()))] = fault

    @property
    def all(self) -> tuple[Fault, ...]:
        return tuple(sorted(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)


class PackageRefused(Refusal):
    """A package with faults: refused as a whole, nothing of it is used."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("SCENARIO_PACKAGE_REFUSED", faults=len(faults))
        self.faults = faults
        self.details = (*self.details, *(fault.detail() for fault in faults))
