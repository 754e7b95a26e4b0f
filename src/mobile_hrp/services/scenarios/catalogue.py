"""The scenarios of a hospital: in force, of one version, and what there is of each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.diff import Change, ChangeKind, diff_scenarios
from mobile_hrp.domain.scenario.model import Scenario, Vocabulary
from mobile_hrp.models.document import Document
from mobile_hrp.models.scenario import ScenarioPackageRow, ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.runtime.plain_sql import PlainSql
from mobile_hrp.services.scenarios.store import package_of

_CODE_SHOWN_MAX = 60
_OF_VERSION = select(ScenarioVersion.package_id).where(
    ScenarioVersion.code == bindparam("code"), ScenarioVersion.version == bindparam("version")
)
_PACKAGE = PlainSql.of(_OF_VERSION)
_PACKAGE_ONCE_IN_FORCE = PlainSql.of(
    _OF_VERSION.where(ScenarioVersion.state != ScenarioState.IMPORTED)
)


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario of one version with the words it uses."""

    scenario: Scenario
    vocabulary: Vocabulary

    @property
    def version(self) -> str:
        return self.scenario.version


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """One version of a scenario in a hospital's library."""

    code: str
    version: str
    package_code: str
    state: ScenarioState
    imported_at: datetime
    imported_by: uuid.UUID | None
    published_at: datetime | None
    published_by: uuid.UUID | None
    retired_at: datetime | None


async def published(session: AnySession, code: str) -> LoadedScenario:
    """The version in force. Raises Refusal SCENARIO_UNKNOWN."""
    version = await session.scalar(
        select(ScenarioVersion.version).where(
            ScenarioVersion.code == code, ScenarioVersion.state == ScenarioState.PUBLISHED
        )
    )
    if version is None:
        raise _unknown(code)
    return await loaded_scenario(session, code, version)


async def of_document(session: AnySession, document: Document) -> Scenario:
    """The scenario of the version the document was made under."""
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    return loaded.scenario


async def loaded_scenario(
    session: AnySession, code: str, version: str, *, unpublished: bool = True
) -> LoadedScenario:
    """One scenario of one version; without ``unpublished``, one that was ever in force.

    Raises:
        Refusal: SCENARIO_UNKNOWN.
    """
    statement = _PACKAGE if unpublished else _PACKAGE_ONCE_IN_FORCE
    package_id = await statement.value(session, {"code": code, "version": version})
    if package_id is None:
        raise _unknown(code)
    package = await package_of(session, package_id)
    return LoadedScenario(package.scenarios[code], package.vocabulary)


async def in_force(session: AnySession) -> Sequence[ScenarioVersion]:
    """The scenarios people can start now, by group and code."""
    rows = await session.scalars(
        select(ScenarioVersion)
        .where(ScenarioVersion.state == ScenarioState.PUBLISHED)
        .order_by(ScenarioVersion.group_code, ScenarioVersion.code)
    )
    return rows.all()


async def versions_of(
    session: AnySession, code: str, *, unpublished: bool
) -> Sequence[VersionFacts]:
    """The versions of a scenario, the newest import first."""
    statement = (
        select(ScenarioVersion, ScenarioPackageRow)
        .join(
            ScenarioPackageRow,
            (ScenarioPackageRow.hospital_id == ScenarioVersion.hospital_id)
            & (ScenarioPackageRow.id == ScenarioVersion.package_id),
        )
        .where(ScenarioVersion.code == code)
        .order_by(ScenarioPackageRow.imported_at.desc(), ScenarioVersion.id.desc())
    )
    if not unpublished:
        statement = statement.where(ScenarioVersion.state != ScenarioState.IMPORTED)
    rows = (await session.execute(statement)).all()
    return [
        VersionFacts(
            code=version.code,
            version=version.version,
            package_code=package.code,
            state=version.state,
            imported_at=package.imported_at,
            imported_by=package.imported_by,
            published_at=version.published_at,
            published_by=version.published_by,
            retired_at=version.retired_at,
        )
        for version, package in rows
    ]


async def differences(
    session: AnySession, code: str, *, before: str, after: str, unpublished: bool
) -> Sequence[Change]:
    """What differs between two versions of a scenario. Raises Refusal SCENARIO_UNKNOWN."""
    old = await loaded_scenario(session, code, before, unpublished=unpublished)
    new = await loaded_scenario(session, code, after, unpublished=unpublished)
    return changes_between(old, new)


def changes_between(old: LoadedScenario, new: LoadedScenario) -> Sequence[Change]:
    """What was written otherwise, and limits whose value its rules now read otherwise."""
    names = _names_read(old.scenario) | _names_read(new.scenario)
    before, after = old.vocabulary.thresholds, new.vocabulary.thresholds
    limits = [
        Change(
            ChangeKind.CHANGED,
            f"thresholds.{name}",
            format(before[name], "f"),
            format(after[name], "f"),
        )
        for name in sorted(names & before.keys() & after.keys())
        if before[name] != after[name]
    ]
    return [*diff_scenarios(old.scenario, new.scenario), *limits]


def _names_read(scenario: Scenario) -> set[str]:
    conditions = [node.when for node in scenario.nodes]
    for item in scenario.fields:
        for one in (item, *item.columns):
            conditions += [one.visible_when, one.required_when]
    return {name for one in conditions if one is not None for name in one.expression.names}


def _unknown(code: str) -> Refusal:
    return Refusal("SCENARIO_UNKNOWN", path="scenarioCode", scenario=code[:_CODE_SHOWN_MAX])
