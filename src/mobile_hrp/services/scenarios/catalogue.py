"""The scenarios in force: from stored files to the model, read once per content."""

from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.model import Scenario, ScenarioPackage, Vocabulary
from mobile_hrp.models.document import Document
from mobile_hrp.models.scenario import ScenarioPackageRow, ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.scenarios.packages import read_package

_PACKAGES_KEPT = 8
_packages: OrderedDict[str, ScenarioPackage] = OrderedDict()
"""Parsed packages by content hash: the content under a hash never changes."""


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario of one version with the words it uses."""

    scenario: Scenario
    vocabulary: Vocabulary

    @property
    def version(self) -> str:
        return self.scenario.version


async def published(session: AnySession, code: str) -> LoadedScenario:
    """The version in force. Raises Refusal SCENARIO_UNKNOWN."""
    found = await session.execute(
        select(ScenarioVersion.package_id, ScenarioVersion.version).where(
            ScenarioVersion.code == code, ScenarioVersion.state == ScenarioState.PUBLISHED
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal("SCENARIO_UNKNOWN", path="scenarioCode", scenario=code[:60])
    return await loaded_scenario(session, code, row.version)


async def of_document(session: AnySession, document: Document) -> Scenario:
    """The scenario of the version the document was made under."""
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    return loaded.scenario


async def loaded_scenario(session: AnySession, code: str, version: str) -> LoadedScenario:
    """One scenario of one version. Raises Refusal SCENARIO_UNKNOWN."""
    found = await session.execute(
        select(ScenarioPackageRow.id, ScenarioPackageRow.content_hash)
        .join(
            ScenarioVersion,
            (ScenarioVersion.hospital_id == ScenarioPackageRow.hospital_id)
            & (ScenarioVersion.package_id == ScenarioPackageRow.id),
        )
        .where(ScenarioVersion.code == code, ScenarioVersion.version == version)
    )
    row = found.one_or_none()
    if row is None:
        raise Refusal("SCENARIO_UNKNOWN", path="scenarioCode", scenario=code[:60])
    package = _packages.get(row.content_hash)
    if package is None:
        files = await session.scalar(
            select(ScenarioPackageRow.files).where(ScenarioPackageRow.id == row.id)
        )
        texts: dict[str, str] = files or {}
        package = read_package({name: text.encode() for name, text in texts.items()}).package
        _packages[row.content_hash] = package
        while len(_packages) > _PACKAGES_KEPT:
            _packages.popitem(last=False)
    return LoadedScenario(package.scenarios[code], package.vocabulary)
