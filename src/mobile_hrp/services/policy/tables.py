"""The policy in force: tables with their history, and what is set about controls.

Loaded once per publication and process: whoever asks only reads the number of the newest one.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from mobile_hrp.domain.policy.settings import ControlSetting, ControlSettings, merged_settings
from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion
from mobile_hrp.domain.scenario.model import Vocabulary
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyPublication,
    PolicyTableRow,
)
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.plain_sql import PlainSql

_KEPT: Final = 32
_DECIMAL: Final = "decimal"
_NEWEST: Final = PlainSql.of(
    select(PolicyPublication.id, PolicyPublication.revision)
    .order_by(PolicyPublication.revision.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """``revision`` counts publications of the hospital; 0 before the first."""

    revision: int
    tables: PolicyTables
    settings: ControlSettings


_NOTHING: Final = PolicyInForce(0, PolicyTables(()), {})
_loaded: OrderedDict[uuid.UUID, PolicyInForce] = OrderedDict()
"""By the id of the publication that led to it: what stands behind one never changes."""


async def published_tables(session: AnySession) -> PolicyTables:
    """Every table version that counts; ask it for a day."""
    return (await policy_in_force(session)).tables


async def control_settings(session: AnySession) -> ControlSettings:
    """The severities that published packages set, by control code.

    A control without a setting keeps the severity of its scenario or of the catalogue.
    """
    return (await policy_in_force(session)).settings


async def policy_in_force(session: AnySession) -> PolicyInForce:
    newest = await _NEWEST.rows(session, {})
    if not newest:
        return _NOTHING
    publication_id, revision = newest[0]
    found = _loaded.get(publication_id)
    if found is None:
        packages = await counting_packages(session)
        found = PolicyInForce(
            revision,
            PolicyTables(history_of(await table_rows(session, packages))),
            merged_settings(
                decoded_settings(package.settings)
                for package in packages
                if package.state is PolicyPackageState.PUBLISHED
            ),
        )
        _loaded[publication_id] = found
        while len(_loaded) > _KEPT:
            _loaded.popitem(last=False)
    else:
        _loaded.move_to_end(publication_id)
    return found


async def counting_packages(session: AnySession) -> Sequence[PolicyPackage]:
    """Packages whose tables count, in the order of their publication."""
    rows = await session.scalars(
        select(PolicyPackage)
        .where(PolicyPackage.revision.is_not(None), PolicyPackage.withdrawn_at.is_(None))
        .order_by(PolicyPackage.revision)
    )
    return rows.all()


async def table_rows(
    session: AnySession, packages: Sequence[PolicyPackage]
) -> list[PolicyTableVersion]:
    """The tables of these packages, package by package in the order given."""
    by_package: dict[uuid.UUID, list[PolicyTableRow]] = {package.id: [] for package in packages}
    rows = await session.scalars(
        select(PolicyTableRow)
        .where(PolicyTableRow.package_id.in_(list(by_package)))
        .order_by(PolicyTableRow.code)
    )
    for row in rows:
        by_package[row.package_id].append(row)
    return [table_version(row, package) for package in packages for row in by_package[package.id]]


def table_version(row: PolicyTableRow, package: PolicyPackage) -> PolicyTableVersion:
    return PolicyTableVersion(
        code=row.code,
        version=f"{package.code}/{package.version}",
        source=row.source,
        effective_from=row.effective_from,
        sample=row.sample,
        key_columns=tuple(row.key_columns),
        value_columns=tuple(row.value_columns),
        rows=tuple(decoded_row(one) for one in row.rows),
    )


def history_of(versions: Iterable[PolicyTableVersion]) -> list[PolicyTableVersion]:
    """What counts of versions in the order of their publication.

    Of two versions for one day the later published counts. A sample gives way to a standard: it
    counts only before the first day on which the hospital has a standard of its own,
    however it is dated.
    """
    latest: dict[tuple[str, date, bool], PolicyTableVersion] = {}
    first_standard: dict[str, date] = {}
    for version in versions:
        latest[version.code, version.effective_from, version.sample] = version
        if not version.sample:
            known = first_standard.get(version.code, version.effective_from)
            first_standard[version.code] = min(known, version.effective_from)
    return [
        version
        for version in latest.values()
        if not version.sample
        or version.code not in first_standard
        or version.effective_from < first_standard[version.code]
    ]


def encoded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON that keeps decimals exact."""
    return {
        name: {_DECIMAL: format(value, "f")} if isinstance(value, Decimal) else value
        for name, value in row.items()
    }


def decoded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(value[_DECIMAL]) if isinstance(value, dict) else value
        for name, value in row.items()
    }


def encoded_settings(settings: ControlSettings) -> dict[str, Any]:
    return {
        code: {
            "severity": None if setting.severity is None else setting.severity.value,
            "scenarios": {name: one.value for name, one in setting.scenarios.items()},
        }
        for code, setting in settings.items()
    }


def decoded_settings(stored: Mapping[str, Any]) -> dict[str, ControlSetting]:
    return {
        code: ControlSetting(
            None if one["severity"] is None else Severity(one["severity"]),
            {name: Severity(value) for name, value in one["scenarios"].items()},
        )
        for code, one in stored.items()
    }


def packaged_tables(vocabulary: Vocabulary) -> Iterable[PolicyTableVersion]:
    """The tables as the scenario's package brings them, most of them sample rows."""
    return (
        PolicyTableVersion(
            code=table.code,
            version=table.effective_from,
            source=table.source,
            effective_from=date.fromisoformat(table.effective_from),
            sample=table.sample,
            key_columns=table.key_columns,
            value_columns=table.value_columns,
            rows=table.rows,
        )
        for table in vocabulary.policy_tables.values()
    )
