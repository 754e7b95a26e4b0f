"""Import scenario packages and publish their scenarios; nothing is ever half imported."""

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources

from sqlalchemy import select, update

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.gate import GateReport, check_package
from mobile_hrp.domain.scenario.loading import LoadedPackage, load_package
from mobile_hrp.models.scenario import ScenarioPackageRow, ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.scenario_library.reader import folder_contents, read_files
from mobile_hrp.services import audit

CORE_PACKAGE = "cn_hospital_core"
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ImportedPackage:
    """A package in the hospital's library; ``package_id`` None after a dry run."""

    package_id: uuid.UUID | None
    code: str
    version: str
    report: GateReport


def content_hash(files: Files) -> str:
    """SHA-256 over names and bytes, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def read_package(files: Files) -> LoadedPackage:
    """Read the files of a package; every fault of reading is among its faults."""
    faults = FaultList()
    loaded = load_package(read_files(files, faults))
    loaded.faults.extend(faults.all)
    return loaded


@lru_cache(maxsize=1)
def core_files() -> Files:
    """The library that comes with the product."""
    return folder_contents(resources.files("mobile_hrp.scenario_library") / CORE_PACKAGE)


async def import_package(
    session: WriteSession,
    *,
    hospital_id: int,
    files: Files,
    actor_id: uuid.UUID | None,
    now: datetime,
    dry_run: bool = False,
    held_roles: Collection[str] | None = None,
) -> ImportedPackage:
    """Check a package and take it into the hospital's library, all of it or nothing.

    The same package again is found, not written twice.

    Raises:
        Refusal: every fault with file, line and path; SCENARIO_VERSION_TAKEN when other content
            was imported under this version.
    """
    loaded = read_package(files)
    report = check_package(loaded, held_roles=held_roles)
    if report.faults:
        raise Refusal.of(tuple(fault.detail() for fault in report.faults))
    package = loaded.package
    digest = content_hash(files)
    known = await session.scalar(
        select(ScenarioPackageRow).where(
            ScenarioPackageRow.code == package.code, ScenarioPackageRow.version == package.version
        )
    )
    if known is not None and known.content_hash != digest:
        raise Refusal("SCENARIO_VERSION_TAKEN", package=package.code, version=package.version)
    if known is not None or dry_run:
        return ImportedPackage(known.id if known else None, package.code, package.version, report)
    package_id = new_id()
    session.add(
        ScenarioPackageRow(
            hospital_id=hospital_id,
            id=package_id,
            code=package.code,
            version=package.version,
            content_hash=digest,
            files={name: content.decode() for name, content in files.items()},
            imported_by=actor_id,
            imported_at=now,
        )
    )
    await session.flush()
    for scenario in package.scenarios.values():
        source = json.dumps(scenario.source, sort_keys=True, ensure_ascii=False)
        session.add(
            ScenarioVersion(
                hospital_id=hospital_id,
                id=new_id(),
                package_id=package_id,
                code=scenario.code,
                version=package.version,
                name_zh=scenario.name.zh,
                name_en=scenario.name.en,
                group_code=scenario.group.value,
                content=scenario.source,
                content_hash=hashlib.sha256(source.encode()).hexdigest(),
                state=ScenarioState.IMPORTED,
            )
        )
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="scenario.import",
        subject_type="scenario_package",
        subject_id=package_id,
        detail={"code": package.code, "version": package.version, "sha256": digest},
        now=now,
    )
    await session.flush()
    return ImportedPackage(package_id, package.code, package.version, report)


async def publish(
    session: WriteSession,
    *,
    hospital_id: int,
    package_version: str,
    codes: Collection[str] | None,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> list[str]:
    """Put imported scenarios into force; what was in force is retired. Also rolls back.

    ``codes`` None publishes every scenario of the version. Running approvals keep the version they
    began with.

    Raises:
        Refusal: SCENARIO_UNKNOWN for a code the version does not have.
    """
    statement = select(ScenarioVersion).where(ScenarioVersion.version == package_version)
    if codes is not None:
        statement = statement.where(ScenarioVersion.code.in_(codes))
    rows = (await session.scalars(statement.with_for_update())).all()
    missing = sorted(set(codes or ()) - {row.code for row in rows})
    if missing or not rows:
        raise Refusal("SCENARIO_UNKNOWN", scenario=", ".join(missing)[:200])
    await session.execute(
        update(ScenarioVersion)
        .where(
            ScenarioVersion.code.in_([row.code for row in rows]),
            ScenarioVersion.state == ScenarioState.PUBLISHED,
            ScenarioVersion.version != package_version,
        )
        .values(state=ScenarioState.RETIRED, retired_at=now)
    )
    for row in rows:
        row.state = ScenarioState.PUBLISHED
        row.published_by, row.published_at, row.retired_at = actor_id, now, None
    published = sorted(row.code for row in rows)
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="scenario.publish",
        subject_type="scenario_package",
        subject_id=rows[0].package_id,
        detail={"version": package_version, "codes": published},
        now=now,
    )
    await session.flush()
    return published
