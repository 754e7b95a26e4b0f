"""Fill a database with the made-up hospital: people, budgets, work, logins, scenarios in force."""

import asyncio

from argon2 import PasswordHasher

from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.policy.packages import core_rules, take_in_rules
from mobile_hrp.services.policy.publishing import publish_rules
from mobile_hrp.services.push.limits import set_limits
from mobile_hrp.services.scenarios.packages import core_files, examine, take_in
from mobile_hrp.services.scenarios.publishing import publish
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import Seeded, seed_hospital

_TIMEOUT_MS = 60_000


async def fill_hospital(
    owner_url: str, *, staff: int, seed: int, password: str, every_way: bool = False
) -> Seeded:
    """Seed as the owner role and publish the core library. ``every_way`` as in the plan.

    Raises:
        HospitalExistsError: the hospital is there already; nothing was changed.
    """
    plan = HospitalPlan(staff=staff, seed=seed, today=utc_now().date(), every_way=every_way)
    password_hash = await asyncio.to_thread(PasswordHasher().hash, password)
    owner = Database(owner_url, statement_timeout_ms=_TIMEOUT_MS)
    try:
        seeded = await seed_hospital(owner, plan, password_hash=password_hash)
        await publish_core_library(owner, plan)
        await publish_core_rules(owner, plan)
        await ring_at_any_hour(owner, plan)
    finally:
        await owner.close()
    return seeded


async def ring_at_any_hour(owner: Database, plan: HospitalPlan) -> None:
    """Keep no quiet hours: whoever tries the hospital out at night sees phones ring, too."""
    async with owner.transaction(plan.hospital_id) as session:
        await set_limits(
            session,
            hospital_id=plan.hospital_id,
            actor_id=None,
            limits=Limits(quiet_from=0, quiet_until=0),
            now=plan.now,
        )


async def publish_core_library(owner: Database, plan: HospitalPlan) -> None:
    """Import the scenarios that come with the product and put all of them into force."""
    examined = await examine(core_files(), base=None)
    async with owner.transaction(plan.hospital_id) as session:
        package = await take_in(
            session,
            hospital_id=plan.hospital_id,
            examined=examined,
            actor_id=None,
            now=plan.now,
        )
        await publish(
            session,
            hospital_id=plan.hospital_id,
            package_code=package.code,
            version=package.version,
            codes=None,
            actor_id=None,
            now=plan.now,
        )


async def publish_core_rules(owner: Database, plan: HospitalPlan) -> None:
    """Put the sample tables that come with the product into force, until there are better ones."""
    examined = await asyncio.to_thread(core_rules)
    async with owner.transaction(plan.hospital_id) as session:
        package = (
            await take_in_rules(
                session,
                hospital_id=plan.hospital_id,
                examined=examined,
                actor_id=None,
                now=plan.now,
            )
        ).package
        await publish_rules(
            session, code=package.code, version=package.version, actor_id=None, now=plan.now
        )
