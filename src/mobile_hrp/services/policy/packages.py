"""Import rule packages: taken in as a whole or not at all; nothing is in force by that."""

import asyncio
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.policy.csv_rows import read_csv
from mobile_hrp.domain.policy.package import (
    CSV_NAME,
    KnownPolicy,
    RulePackage,
    load_rule_package,
)
from mobile_hrp.domain.policy.table_shape import shape_of
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.faults import Fault, FaultList
from mobile_hrp.domain.scenario.loading import load_package
from mobile_hrp.domain.scenario.loading_catalogue import TABLE_ROWS_MAX
from mobile_hrp.domain.scenario.model import ScenarioPackage, Vocabulary
from mobile_hrp.models.policy import PolicyPackage, PolicyPackageState, PolicyTableRow
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.scenario_library.archive import zip_contents
from mobile_hrp.scenario_library.reader import read_files
from mobile_hrp.services import audit
from mobile_hrp.services.policy.tables import encoded_row, encoded_settings
from mobile_hrp.services.scenarios import catalogue
from mobile_hrp.services.scenarios.packages import Files, content_hash, core_files

FAULTS_LISTED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class ExaminedRules:
    """A rule package that was read and found sound; ``digest`` is over its files."""

    package: RulePackage
    digest: str


@dataclass(frozen=True, slots=True)
class ImportedRules:
    """``package_id`` is None after a dry run of a package that was not there yet."""

    package_id: uuid.UUID | None
    package: RulePackage


async def known_policy(session: AnySession) -> KnownPolicy:
    """What a rule package of this hospital may speak of."""
    scenarios = frozenset(row.code for row in await catalogue.in_force(session))
    return await asyncio.to_thread(_known, scenarios)


def _known(scenarios: Collection[str]) -> KnownPolicy:
    words = core_vocabulary()
    return KnownPolicy(
        controls=frozenset(words.controls),
        scenarios=scenarios,
        shapes={code: shape_of(table) for code, table in words.policy_tables.items()},
    )


@lru_cache(maxsize=1)
def core_library() -> ScenarioPackage:
    """The library that ships with the product; what was checked when it was made is not again."""
    return load_package(read_files(core_files(), FaultList())).package


def core_vocabulary() -> Vocabulary:
    return core_library().vocabulary


async def unpacked(content: bytes) -> Files:
    """The files of a ZIP.

    Raises:
        Refusal: POLICY_PACKAGE_REFUSED with every fault of the archive.
    """
    faults = FaultList()
    files = await asyncio.to_thread(zip_contents, content, faults)
    _refuse(faults.all)
    return files


async def examine_rules(files: Files, known: KnownPolicy) -> ExaminedRules:
    """Read and check a rule package: computing, so outside a transaction.

    Raises:
        Refusal: POLICY_PACKAGE_REFUSED with every fault by file, line and path; at most
            ``FAULTS_LISTED_MAX`` are listed, the first detail counts all of them.
    """
    return await asyncio.to_thread(_examined, files, known)


def _examined(files: Files, known: KnownPolicy) -> ExaminedRules:
    faults = FaultList()
    sheets = {}
    for name in sorted(files):
        if CSV_NAME.fullmatch(name):
            sheet = read_csv(name, files[name], faults, rows_max=TABLE_ROWS_MAX)
            if sheet is not None:
                sheets[name] = sheet
    parsed = read_files(
        {name: files[name] for name in files if not CSV_NAME.fullmatch(name)}, faults
    )
    unread = {name for name in files if name not in parsed and name not in sheets}
    found = FaultList()
    package = load_rule_package(parsed, sheets, known, found)
    # a file that could not be read has its own faults; that others miss it is only a consequence
    faults.extend(
        tuple(one for one in found.all if one.file not in unread and not _follows(one, unread))
    )
    _refuse(faults.all)
    return ExaminedRules(package, content_hash(files))


def _follows(fault: Fault, unread: Collection[str]) -> bool:
    """Whether a fault only says that a file is missing or empty which could not be read."""
    sheet = f"{fault.file.removesuffix('.yaml')}.csv"
    return fault.params.get("name") in unread or (
        sheet in unread and fault.path in {"", "rows"} and fault.code != "POLICY_TABLE_UNKNOWN"
    )


def _refuse(faults: tuple[Fault, ...]) -> None:
    if faults:
        head = RefusalDetail("POLICY_PACKAGE_REFUSED", "", {"faults": len(faults)})
        raise Refusal.of((head, *(fault.detail() for fault in faults[:FAULTS_LISTED_MAX])))


def core_rules() -> ExaminedRules:
    """The sample tables of the core library as a rule package: what a new hospital starts with."""
    core = core_library()
    package = RulePackage(
        code=core.code,
        version=core.version,
        name=core.name,
        tables=tuple(core.vocabulary.policy_tables.values()),
        settings={},
    )
    tables = {name: text for name, text in core_files().items() if name.startswith("policy_")}
    return ExaminedRules(package, content_hash(tables))


async def take_in_rules(
    session: WriteSession,
    *,
    hospital_id: int,
    examined: ExaminedRules,
    actor_id: uuid.UUID | None,
    now: datetime,
    dry_run: bool = False,
) -> ImportedRules:
    """Put an examined package into the hospital's library, all of it; a dry run writes nothing.

    The same package again is found, not written twice.

    Raises:
        Refusal: POLICY_VERSION_TAKEN when other content was imported under this version.
    """
    package = examined.package
    known = await session.scalar(
        select(PolicyPackage).where(
            PolicyPackage.code == package.code, PolicyPackage.version == package.version
        )
    )
    if known is not None and known.content_hash != examined.digest:
        raise Refusal("POLICY_VERSION_TAKEN", package=package.code, version=package.version)
    if known is not None or dry_run:
        return ImportedRules(None if known is None else known.id, package)
    row = PolicyPackage(
        hospital_id=hospital_id,
        id=new_id(),
        code=package.code,
        version=package.version,
        name_zh=package.name.zh,
        name_en=package.name.en,
        content_hash=examined.digest,
        settings=encoded_settings(package.settings),
        state=PolicyPackageState.IMPORTED,
        imported_by=actor_id,
        imported_at=now,
    )
    session.add(row)
    await session.flush()
    session.add_all(_table_rows(package, row))
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="policy.import",
        subject_type="policy_package",
        subject_id=row.id,
        detail={"code": package.code, "version": package.version, "sha256": examined.digest},
        now=now,
    )
    await session.flush()
    return ImportedRules(row.id, package)


def _table_rows(package: RulePackage, row: PolicyPackage) -> list[PolicyTableRow]:
    names: Mapping[str, tuple[str, str]] = {
        table.code: (table.name.zh, table.name.en) for table in package.tables
    }
    return [
        PolicyTableRow(
            hospital_id=row.hospital_id,
            id=new_id(),
            package_id=row.id,
            code=table.code,
            name_zh=names[table.code][0],
            name_en=names[table.code][1],
            source=table.source,
            effective_from=table.effective_from,
            sample=table.sample,
            key_columns=list(table.key_columns),
            value_columns=list(table.value_columns),
            rows=[encoded_row(one) for one in table.rows],
        )
        for table in package.versions()
    ]


async def package_named(session: AnySession, *, code: str, version: str) -> PolicyPackage:
    """An imported package. Raises Refusal POLICY_PACKAGE_UNKNOWN."""
    row = await session.scalar(
        select(PolicyPackage).where(PolicyPackage.code == code, PolicyPackage.version == version)
    )
    if row is None:
        raise unknown_package(code, version)
    return row


async def all_packages(session: AnySession) -> Sequence[PolicyPackage]:
    """Every imported version, the newest import first."""
    rows = await session.scalars(
        select(PolicyPackage).order_by(PolicyPackage.imported_at.desc(), PolicyPackage.id.desc())
    )
    return rows.all()


def unknown_package(code: str, version: str) -> Refusal:
    return Refusal(
        "POLICY_PACKAGE_UNKNOWN", path="version", package=code[:63], version=version[:63]
    )
