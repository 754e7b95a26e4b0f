"""A seeded hospital with the sample tables in force, and short ways to bring rules in."""

from collections.abc import Mapping
from datetime import datetime

from mobile_hrp.models.policy import PolicyPackage
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.policy.packages import (
    ImportedRules,
    core_rules,
    examine_rules,
    known_policy,
    take_in_rules,
)
from mobile_hrp.services.policy.publishing import publish_rules, rollback_rules
from mobile_hrp.services.scenarios import publishing as scenarios
from mobile_hrp.services.scenarios.packages import Examined, core_files, examine, take_in
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PLAN = HospitalPlan(staff=90, seed=3)
NOW = datetime.fromisoformat("2026-02-10T04:00:00+00:00")


_core: list[Examined] = []
"""Checked once a process: the gate takes seconds."""


async def open_hospital(owner: Database, database: Database) -> None:
    """People, scenarios in force and the sample tables, published as the application does it."""
    await seed_hospital(owner, PLAN, password_hash="not-a-hash")
    if not _core:
        _core.append(await examine(core_files(), base=None))
    async with database.transaction(PLAN.hospital_id) as session:
        taken = await take_in(
            session, hospital_id=PLAN.hospital_id, examined=_core[0], actor_id=None, now=NOW
        )
        await scenarios.publish(
            session,
            hospital_id=PLAN.hospital_id,
            package_code=taken.code,
            version=taken.version,
            codes=None,
            actor_id=None,
            now=NOW,
        )
    await publish_samples(database)


async def publish_samples(database: Database) -> None:
    examined = core_rules()
    async with database.transaction(PLAN.hospital_id) as session:
        await take_in_rules(
            session, hospital_id=PLAN.hospital_id, examined=examined, actor_id=None, now=NOW
        )
        package = examined.package
        await publish_rules(
            session, code=package.code, version=package.version, actor_id=None, now=NOW
        )


async def bring(
    database: Database, files: Mapping[str, bytes], *, dry_run: bool = False
) -> ImportedRules:
    async with database.reading(PLAN.hospital_id) as session:
        known = await known_policy(session)
    examined = await examine_rules(files, known)
    async with database.transaction(PLAN.hospital_id) as session:
        return await take_in_rules(
            session,
            hospital_id=PLAN.hospital_id,
            examined=examined,
            actor_id=None,
            now=NOW,
            dry_run=dry_run,
        )


async def publish(
    database: Database, version: str = "2026.1", *, code: str = "our-rules", now: datetime = NOW
) -> PolicyPackage:
    async with database.transaction(PLAN.hospital_id) as session:
        return await publish_rules(session, code=code, version=version, actor_id=None, now=now)


async def rollback(database: Database, *, code: str = "our-rules") -> PolicyPackage | None:
    async with database.transaction(PLAN.hospital_id) as session:
        return await rollback_rules(session, code=code, reason="示例", actor_id=None, now=NOW)
