"""Import scenario packages: checked as a whole, taken in as a whole, or not at all."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.faults import FaultList, PackageRefused
from mobile_hrp.domain.scenario.loading import PACKAGE_FILE
from mobile_hrp.domain.scenario.model import Scenario, ScenarioPackage
from mobile_hrp.models.scenario import ScenarioPackageRow, ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.scenario_library.check import CheckReport, check_contents, core_folder
from mobile_hrp.scenario_library.reader import folder_contents, read_file
from mobile_hrp.services import audit
from mobile_hrp.services.scenarios.store import package_of

CORE_PACKAGE = "cn_hospital_core"
FAULTS_LISTED_MAX = 1_000
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Base:
    """An imported package that another one builds on."""

    package_id: uuid.UUID
    package: ScenarioPackage


@dataclass(frozen=True, slots=True)
class Examined:
    """A package that was read and checked; ``base_id`` is the imported package it builds on."""

    files: Files
    report: CheckReport
    base_id: uuid.UUID | None

    @property
    def package(self) -> ScenarioPackage:
        return self.report.package


@dataclass(frozen=True, slots=True)
class ImportedPackage:
    """A package in the hospital's library; ``package_id`` None after a dry run."""

    package_id: uuid.UUID | None
    code: str
    version: str
    report: CheckReport


def content_hash(files: Files) -> str:
    """SHA-256 over names and bytes, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def core_files() -> Files:
    """The library that comes with the product."""
    return folder_contents(core_folder())


async def base_of(session: AnySession, files: Files) -> Base | None:
    """The newest imported package of the code that ``package.yaml`` requires, if there is one."""
    head = read_file(PACKAGE_FILE, files.get(PACKAGE_FILE, b""), FaultList())
    needed = head.data.get("requires") if head is not None and isinstance(head.data, dict) else None
    if not isinstance(needed, str):
        return None
    found = await session.scalar(
        select(ScenarioPackageRow.id)
        .where(ScenarioPackageRow.code == needed)
        .order_by(ScenarioPackageRow.imported_at.desc(), ScenarioPackageRow.id.desc())
        .limit(1)
    )
    return None if found is None else Base(found, await package_of(session, found))


async def examine(
    files: Files, *, base: Base | None, held_roles: Collection[str] | None = None
) -> Examined:
    """Read and check a package: seconds of computing for a large one, so outside a transaction.

    ``held_roles`` are the roles somebody holds; None skips that question.

    Raises:
        PackageRefused: every fault with file, line and path, at most ``FAULTS_LISTED_MAX`` listed;
            the first detail counts all of them.
    """
    report = await asyncio.to_thread(
        check_contents,
        files,
        base=None if base is None else base.package,
        held_roles=held_roles,
    )
    if report.faults:
        refusal = PackageRefused(report.faults)
        refusal.details = refusal.details[: FAULTS_LISTED_MAX + 1]
        raise refusal
    return Examined(files, report, None if base is None else base.package_id)


async def take_in(
    session: WriteSession,
    *,
    hospital_id: int,
    examined: Examined,
    actor_id: uuid.UUID | None,
    now: datetime,
    dry_run: bool = False,
) -> ImportedPackage:
    """Put an examined package into the hospital's library, all of it; a dry run writes nothing.

    The same package again is found, not written twice.

    Raises:
        Refusal: SCENARIO_VERSION_TAKEN when other content was imported under this version, or
            another package has a scenario of this code and version.
    """
    package, digest = examined.package, content_hash(examined.files)
    known = await session.scalar(
        select(ScenarioPackageRow).where(
            ScenarioPackageRow.code == package.code, ScenarioPackageRow.version == package.version
        )
    )
    if known is not None and known.content_hash != digest:
        raise Refusal("SCENARIO_VERSION_TAKEN", package=package.code, version=package.version)
    if known is None:
        await _check_free(session, package)
    if known is not None or dry_run:
        found = None if known is None else known.id
        return ImportedPackage(found, package.code, package.version, examined.report)
    row = ScenarioPackageRow(
        hospital_id=hospital_id,
        id=new_id(),
        code=package.code,
        version=package.version,
        content_hash=digest,
        files={name: content.decode() for name, content in examined.files.items()},
        base_id=examined.base_id,
        imported_by=actor_id,
        imported_at=now,
    )
    session.add(row)
    await session.flush()
    session.add_all(_version_of(one, row) for one in package.scenarios.values())
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="scenario.import",
        subject_type="scenario_package",
        subject_id=row.id,
        detail={"code": package.code, "version": package.version, "sha256": digest},
        now=now,
    )
    await session.flush()
    return ImportedPackage(row.id, package.code, package.version, examined.report)


async def _check_free(session: AnySession, package: ScenarioPackage) -> None:
    taken = await session.execute(
        select(ScenarioVersion.code).where(
            ScenarioVersion.version == package.version,
            ScenarioVersion.code.in_(list(package.scenarios)),
        )
    )
    details = tuple(
        RefusalDetail(
            "SCENARIO_VERSION_TAKEN",
            package.scenarios[code].place.file,
            {"package": code, "version": package.version},
        )
        for code in sorted(taken.scalars())
    )
    if details:
        raise Refusal.of(details)


def _version_of(scenario: Scenario, row: ScenarioPackageRow) -> ScenarioVersion:
    source = json.dumps(scenario.source, sort_keys=True, ensure_ascii=False)
    return ScenarioVersion(
        hospital_id=row.hospital_id,
        id=new_id(),
        package_id=row.id,
        code=scenario.code,
        version=row.version,
        name_zh=scenario.name.zh,
        name_en=scenario.name.en,
        group_code=scenario.group.value,
        content=scenario.source,
        content_hash=hashlib.sha256(source.encode()).hexdigest(),
        state=ScenarioState.IMPORTED,
    )
