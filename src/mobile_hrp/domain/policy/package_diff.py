"""What a rule package would change of the policy in force: rows and severities, one by one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from mobile_hrp.domain.policy.settings import ControlSetting, ControlSettings
from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.domain.scenario.vocabulary import Severity


class PolicyChangeKind(StrEnum):
    TABLE_ADDED = "table_added"
    SOURCE_CHANGED = "source_changed"
    ROW_ADDED = "row_added"
    ROW_CHANGED = "row_changed"
    ROW_REMOVED = "row_removed"
    SEVERITY_CHANGED = "severity_changed"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """``subject`` is a table or a control; ``key`` a row's key values, or a scenario.

    ``before`` and ``after`` show values as text: ``limit=350.00``.
    """

    kind: PolicyChangeKind
    subject: str
    key: str = ""
    before: str = ""
    after: str = ""
    effective_from: date | None = None

    def line(self) -> str:
        """The change as one line of a review."""
        mark = {
            PolicyChangeKind.ROW_REMOVED: "-",
            PolicyChangeKind.ROW_ADDED: "+",
            PolicyChangeKind.TABLE_ADDED: "+",
        }.get(self.kind, "~")
        parts = [mark, self.subject, f"[{self.key}]" if self.key else ""]
        parts.append(" -> ".join(part for part in (self.before, self.after) if part))
        parts.append(f"({self.effective_from.isoformat()})" if self.effective_from else "")
        return " ".join(part for part in parts if part)


def diff_table(
    before: PolicyTableVersion | None, after: PolicyTableVersion
) -> Iterator[PolicyChange]:
    """The changes of one table against the version it takes the place of."""
    code, on = after.code, after.effective_from
    if before is None:
        yield PolicyChange(
            PolicyChangeKind.TABLE_ADDED, code, after=after.source, effective_from=on
        )
    elif (before.source, before.sample) != (after.source, after.sample):
        yield PolicyChange(
            PolicyChangeKind.SOURCE_CHANGED, code, "", _source(before), _source(after), on
        )
    old, new = _by_key(before) if before else {}, _by_key(after)
    for key, row in new.items():
        known = old.get(key)
        if known is None:
            yield PolicyChange(
                PolicyChangeKind.ROW_ADDED, code, _named(key), "", _values(after, row), on
            )
        elif _values(after, known) != _values(after, row):
            yield PolicyChange(
                PolicyChangeKind.ROW_CHANGED,
                code,
                _named(key),
                _values(after, known),
                _values(after, row),
                on,
            )
    for key, row in old.items():
        if key not in new and before is not None:
            yield PolicyChange(
                PolicyChangeKind.ROW_REMOVED, code, _named(key), _values(before, row), "", on
            )


def diff_tables(
    in_force: PolicyTables, tables: Iterable[PolicyTableVersion], today: date
) -> list[PolicyChange]:
    """Each table against what is in force today, or will be on its first day if that is later."""
    return [
        change
        for table in sorted(tables, key=lambda one: (one.code, one.effective_from))
        for change in diff_table(
            in_force.in_force(table.code, max(table.effective_from, today)), table
        )
    ]


def diff_settings(
    before: ControlSettings, after: ControlSettings, defaults: Mapping[str, Severity]
) -> list[PolicyChange]:
    """Severities as they are now (the catalogue's where nothing is set) and would be.

    ``before`` and ``after`` are complete: merged over all packages that count.
    """
    changes: list[PolicyChange] = []
    for code in sorted({*before, *after}):
        old, new = before.get(code, ControlSetting()), after.get(code, ControlSetting())
        general = defaults.get(code)
        changes += _severity_change(code, "", old.severity or general, new.severity or general)
        for scenario in sorted({*old.scenarios, *new.scenarios}):
            changes += _severity_change(
                code,
                scenario,
                old.severity_in(scenario) or general,
                new.severity_in(scenario) or general,
            )
    return changes


def _severity_change(
    code: str, scenario: str, before: Severity | None, after: Severity | None
) -> Iterator[PolicyChange]:
    if before is not after:
        yield PolicyChange(
            PolicyChangeKind.SEVERITY_CHANGED,
            code,
            scenario,
            "" if before is None else before.value,
            "" if after is None else after.value,
        )


def _by_key(table: PolicyTableVersion) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {tuple(str(row[column]) for column in table.key_columns): row for row in table.rows}


def _named(key: tuple[str, ...]) -> str:
    return " / ".join(key)


def _values(table: PolicyTableVersion, row: Mapping[str, Any]) -> str:
    return ", ".join(f"{column}={row.get(column)}" for column in sorted(table.value_columns))


def _source(table: PolicyTableVersion) -> str:
    return f"{table.source} (sample)" if table.sample else table.source
