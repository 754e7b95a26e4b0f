"""Scenarios: what can be started, the form of each, and how versions come into force."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import strawberry

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.model import ScenarioPackage
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.errors import UserError, user_errors
from mobile_hrp.graphql.types.scenarios import (
    ImportScenarioPackagePayload,
    PublishScenarioPayload,
    RollbackScenarioPayload,
    ScenarioChangeType,
    ScenarioCheckReportType,
    ScenarioEntryType,
    ScenarioReplayType,
    ScenarioType,
    ScenarioVersionType,
)
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services.organisation_view import LoadedOrganisation, load_organisation
from mobile_hrp.services.scenarios import catalogue, packages, publishing
from mobile_hrp.services.scenarios.catalogue import LoadedScenario
from mobile_hrp.services.scenarios.packages import Examined
from mobile_hrp.services.scenarios.publishing import Replay

_VIEW = needs(Permission.SCENARIO_VIEW)
_IMPORT = needs(Permission.SCENARIO_IMPORT)
_PUBLISH = needs(Permission.SCENARIO_PUBLISH)
_CHANGES_MAX = 500
_FILES_MAX = 700


@strawberry.input(description="A file of a package: its path in it, and its text.")
class PackageFileInput:
    path: str
    text: str


@strawberry.input(description="All files of one package; a dry run checks and writes nothing.")
class ImportScenarioPackageInput:
    idempotency_key: str
    files: list[PackageFileInput]
    dry_run: bool = False


@strawberry.input(description="Scenarios of an imported package; without codes, all of them.")
class PublishScenarioInput:
    idempotency_key: str
    package_code: str
    version: str
    codes: list[str] | None = None
    dry_run: bool = False


@strawberry.input(description="Back to the version in force before, or to the one named.")
class RollbackScenarioInput:
    idempotency_key: str
    code: str
    to_version: str | None = None


@strawberry.type
class ScenarioQuery:
    @field(_VIEW, description="The kinds of documents that can be started now.")
    async def scenarios(self, info: Info) -> list[ScenarioEntryType]:
        async with info.context.reading() as session:
            rows = await catalogue.in_force(session)
        return [ScenarioEntryType.of(row, info.context.locale) for row in rows]

    @field(_VIEW, description="The form and flow of a scenario: the version in force, or another.")
    async def scenario(self, info: Info, code: str, version: str | None = None) -> ScenarioType:
        async with info.context.reading() as session:
            if version is None:
                loaded = await catalogue.published(session, code)
            else:
                loaded = await catalogue.loaded_scenario(
                    session, code, version, unpublished=_prepares(info)
                )
        return ScenarioType.of(loaded, info.context.locale)

    @field(_VIEW, description="The versions of a scenario, the newest import first.")
    async def scenario_versions(self, info: Info, code: str) -> list[ScenarioVersionType]:
        async with info.context.reading() as session:
            found = await catalogue.versions_of(session, code, unpublished=_prepares(info))
        return [ScenarioVersionType.of(facts) for facts in found]

    @field(_VIEW, description="What differs between two versions of a scenario.")
    async def diff_scenario(
        self, info: Info, code: str, from_version: str, to_version: str
    ) -> list[ScenarioChangeType]:
        async with info.context.reading() as session:
            found = await catalogue.differences(
                session, code, before=from_version, after=to_version, unpublished=_prepares(info)
            )
        return [ScenarioChangeType.of(change) for change in found]


@strawberry.type
class ScenarioMutation:
    @mutation(_IMPORT, description="Check a package and take it in as a whole, or not at all.")
    async def import_scenario_package(
        self, info: Info, input: ImportScenarioPackageInput
    ) -> ImportScenarioPackagePayload:
        try:
            examined, organisation = await _examined(info, input)
        except Refusal as refusal:
            return _import_payload(Outcome(errors=_faults(refusal, info)))

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            taken = await packages.take_in(
                session,
                hospital_id=viewer.hospital_id,
                examined=examined,
                actor_id=viewer.staff_id,
                now=now,
                dry_run=input.dry_run,
            )
            return {
                "report": _report(examined),
                "imported": taken.package_id is not None and not input.dry_run,
                **await _effects(session, examined, organisation, now),
            }

        outcome = await perform(
            info,
            operation="importScenarioPackage",
            key=input.idempotency_key,
            body={
                "files": {file.path: file.text for file in input.files},
                "dry_run": input.dry_run,
            },
            work=work,
        )
        return _import_payload(outcome)

    @mutation(_PUBLISH, description="Put imported scenarios into force.")
    async def publish_scenario(
        self, info: Info, input: PublishScenarioInput
    ) -> PublishScenarioPayload:
        try:
            package, codes, organisation = await _ready(info, input)
        except Refusal as refusal:
            return PublishScenarioPayload(
                published=[], replay=None, user_errors=_faults(refusal, info)
            )

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            replay = await publishing.replay(
                session, package=package, codes=codes, organisation=organisation, now=now
            )
            published: list[str] = []
            if not input.dry_run:
                published = await publishing.publish(
                    session,
                    hospital_id=viewer.hospital_id,
                    package_code=input.package_code,
                    version=input.version,
                    codes=input.codes,
                    actor_id=viewer.staff_id,
                    now=now,
                )
            return {"published": published, "replay": _stored(replay)}

        outcome = await perform(
            info,
            operation="publishScenario",
            key=input.idempotency_key,
            body={
                "package": input.package_code,
                "version": input.version,
                "codes": input.codes,
                "dry_run": input.dry_run,
            },
            work=work,
        )
        result = outcome.result or {}
        replay = result.get("replay")
        return PublishScenarioPayload(
            published=result.get("published", []),
            replay=ScenarioReplayType.of(replay) if replay else None,
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )

    @mutation(_PUBLISH, description="Put an earlier version of a scenario back into force.")
    async def rollback_scenario(
        self, info: Info, input: RollbackScenarioInput
    ) -> RollbackScenarioPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            version = await publishing.rollback(
                session,
                hospital_id=viewer.hospital_id,
                code=input.code,
                to_version=input.to_version,
                actor_id=viewer.staff_id,
                now=now,
            )
            return {"version": version}

        outcome = await perform(
            info,
            operation="rollbackScenario",
            key=input.idempotency_key,
            body={"code": input.code, "to": input.to_version},
            work=work,
        )
        return RollbackScenarioPayload(
            version=(outcome.result or {}).get("version"),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )


def _prepares(info: Info) -> bool:
    """Whether the viewer works on scenarios and may see what is not in force yet."""
    viewer = info.context.require_viewer()
    return viewer.holds(Permission.SCENARIO_IMPORT) or viewer.holds(Permission.SCENARIO_PUBLISH)


async def _examined(
    info: Info, given: ImportScenarioPackageInput
) -> tuple[Examined, LoadedOrganisation]:
    """The package, checked against the hospital's people. Computing is done outside the database.

    Raises:
        Refusal: all faults of the package, or a file that is there twice.
    """
    files = _files(given)
    async with info.context.reading() as session:
        base = await packages.base_of(session, files)
        organisation = await _organisation(session, info)
    held = publishing.roles_held(organisation)
    return await packages.examine(files, base=base, held_roles=held), organisation


def _files(given: ImportScenarioPackageInput) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    doubled = []
    for index, file in enumerate(given.files[: _FILES_MAX + 1]):
        if file.path in files:
            doubled.append(
                RefusalDetail("SCENARIO_DUPLICATE", f"files.{index}.path", {"key": file.path[:60]})
            )
        files[file.path] = file.text.encode("utf-8", "surrogatepass")
    if doubled:
        raise Refusal.of(tuple(doubled))
    return files


async def _ready(
    info: Info, given: PublishScenarioInput
) -> tuple[ScenarioPackage, list[str], LoadedOrganisation]:
    """The package to publish from, after the gate was asked once more."""
    async with info.context.reading() as session:
        package = await publishing.package_named(
            session, code=given.package_code, version=given.version
        )
        organisation = await _organisation(session, info)
    codes = [code for code in package.scenarios if given.codes is None or code in set(given.codes)]
    held = publishing.roles_held(organisation)
    await publishing.check_again(package, codes, held_roles=held)
    return package, codes, organisation


async def _organisation(session: AnySession, info: Info) -> LoadedOrganisation:
    return await load_organisation(
        session,
        hospital_id=info.context.require_viewer().hospital_id,
        now=info.context.now(),
    )


async def _effects(
    session: AnySession, examined: Examined, organisation: LoadedOrganisation, now: datetime
) -> Mapping[str, Any]:
    """Against what is in force: the differences, and what would have gone another way."""
    package = examined.package
    lines: list[str] = []
    for code, scenario in package.scenarios.items():
        try:
            present = await catalogue.published(session, code)
        except Refusal:
            lines.append(f"+ {code}: {scenario.name.zh}")
            continue
        lines += [
            f"{code} {change.line()}"
            for change in catalogue.changes_between(
                present, LoadedScenario(scenario, package.vocabulary)
            )
        ]
    replay = await publishing.replay(
        session,
        package=package,
        codes=list(package.scenarios),
        organisation=organisation,
        now=now,
    )
    return {"changes": lines[:_CHANGES_MAX], "replay": _stored(replay)}


def _report(examined: Examined) -> Mapping[str, Any]:
    report = examined.report
    return {
        "package_code": report.package.code,
        "version": report.package.version,
        "scenarios": report.scenarios,
        "controls": report.controls,
        "fields": report.fields,
        "nodes": report.nodes,
        "cases": report.cases,
        "paths": report.paths,
    }


def _stored(replay: Replay) -> Mapping[str, Any]:
    plain = asdict(replay)
    for one in plain["rerouted"]:
        one["document_id"] = str(one["document_id"])
        for key in ("before", "after", "undetermined"):
            one[key] = list(one[key])
    return {**plain, "rerouted": list(plain["rerouted"])}


def _faults(refusal: Refusal, info: Info) -> list[UserError]:
    """Faults of a package name their place whole: ``file:line:path`` is one element."""
    errors = user_errors(refusal, info.context.locale)
    for error, detail in zip(errors, refusal.details, strict=True):
        if "line" in detail.params:
            error.field = [detail.path]
    return errors


def _import_payload(outcome: Outcome) -> ImportScenarioPackagePayload:
    result = outcome.result
    if result is None:
        return ImportScenarioPackagePayload(
            report=None, imported=False, changes=[], replay=None, user_errors=outcome.errors
        )
    return ImportScenarioPackagePayload(
        report=ScenarioCheckReportType(**result["report"]),
        imported=result["imported"],
        changes=result["changes"],
        replay=ScenarioReplayType.of(result["replay"]),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )
