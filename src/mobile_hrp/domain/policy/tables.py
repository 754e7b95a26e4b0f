"""Policy tables: standards in force on a day, looked up by keys; the more particular row wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class PolicyTableVersion:
    """One version of one table. ``values`` of a row are as written; money columns are in yuan.

    ``version`` names it in evidence; ``source`` is the document the rows come from.
    """

    code: str
    version: str
    source: str
    effective_from: date
    sample: bool
    key_columns: tuple[str, ...]
    value_columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """The row that applies, with the version it stands in."""

    table: PolicyTableVersion
    row: Mapping[str, Any]

    def fen(self, column: str) -> int:
        """A money column, in fen."""
        return int(Decimal(str(self.row[column])) * 100)

    def number(self, column: str) -> Decimal:
        return Decimal(str(self.row[column]))

    def whole(self, column: str) -> int:
        return int(self.row[column])

    def text(self, column: str) -> str:
        return str(self.row[column])


class PolicyTables:
    """Every version of every table that a hospital has published."""

    def __init__(self, versions: Iterable[PolicyTableVersion]) -> None:
        self._versions: dict[str, list[PolicyTableVersion]] = {}
        for version in versions:
            self._versions.setdefault(version.code, []).append(version)
        for known in self._versions.values():
            known.sort(key=lambda version: (version.effective_from, version.version))

    def completed_by(self, versions: Iterable[PolicyTableVersion]) -> "PolicyTables":
        """These tables, and of the given ones those whose code nobody has published here."""
        own = [version for known in self._versions.values() for version in known]
        return PolicyTables([*own, *(one for one in versions if one.code not in self._versions)])

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._versions))

    def in_force(self, code: str, on: date) -> PolicyTableVersion | None:
        """The latest version that had taken effect by the day."""
        effective = [
            version for version in self._versions.get(code, ()) if version.effective_from <= on
        ]
        return effective[-1] if effective else None

    def find(self, code: str, keys: Mapping[str, str], on: date) -> Standard | None:
        """The most particular row whose key columns equal the keys or are ``*``.

        A row is more particular the earlier its first exact key stands in the table's column
        order; None when no table is in force or no row fits.
        """
        table = self.in_force(code, on)
        if table is None:
            return None
        fitting = [row for row in table.rows if _fits(table, row, keys)]
        if not fitting:
            return None
        return Standard(table, max(fitting, key=lambda row: _particularity(table, row)))

    def rows(self, code: str, on: date) -> tuple[Standard, ...]:
        """Every row in force on the day, for tables of bands or lists."""
        table = self.in_force(code, on)
        return tuple(Standard(table, row) for row in table.rows) if table else ()


def _fits(table: PolicyTableVersion, row: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    return all(
        str(row[column]) == ANY or str(row[column]) == keys.get(column)
        for column in table.key_columns
    )


def _particularity(table: PolicyTableVersion, row: Mapping[str, Any]) -> tuple[bool, ...]:
    return tuple(str(row[column]) != ANY for column in table.key_columns)
