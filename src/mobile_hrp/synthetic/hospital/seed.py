"""Write the made-up hospital into a database, as the role that owns the tables."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import insert, select

from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database
from mobile_hrp.synthetic.hospital.logins import add_logins
from mobile_hrp.synthetic.hospital.money import (
    add_budgets,
    add_codes,
    add_elastic_line,
    add_major_projects,
    add_project_lines,
    add_workload,
)
from mobile_hrp.synthetic.hospital.people import add_organization, add_people
from mobile_hrp.synthetic.hospital.plan import HOSPITAL_TAX_ID, HospitalPlan, World

_BATCH = 1000
_ORDER = (
    "campus",
    "department",
    "staff",
    "role_assignment",
    "fund_source",
    "economic_class",
    "project",
    "budget_line",
    "budget_entry",
    "performance_period",
    "workload_fact",
    "credential",
)


class HospitalExistsError(RuntimeError):
    """There is a hospital of this id already; seeding never touches it."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows went where."""

    world: World
    counts: dict[str, int]


def make_world(plan: HospitalPlan) -> World:
    """All rows of the hospital, the same for the same plan."""
    world = World.begin(plan)
    add_organization(world)
    add_people(world)
    add_codes(world)
    add_budgets(world)
    add_workload(world)
    add_major_projects(world)
    if plan.every_way:
        add_elastic_line(world)
        add_project_lines(world)
    return world


async def seed_hospital(
    owner: Database,
    plan: HospitalPlan,
    *,
    password_hash: str,
    progress: Callable[[str, int], None] = lambda _table, _rows: None,
) -> Seeded:
    """Insert the hospital in one transaction; ``password_hash`` is given to every login.

    Raises:
        HospitalExistsError: the database holds this hospital already; nothing was written.
    """
    world = make_world(plan)
    add_logins(world, password_hash)
    counts: dict[str, int] = {}
    hospital = metadata.tables["hospital"]
    async with owner.transaction(plan.hospital_id) as session:
        present = await session.execute(
            select(hospital.c.id).where(hospital.c.id == plan.hospital_id)
        )
        if present.first() is not None:
            raise HospitalExistsError(plan.hospital_id)
        await session.execute(
            insert(hospital).values(
                id=plan.hospital_id,
                code=plan.code,
                name=plan.name,
                tax_id=HOSPITAL_TAX_ID,
                created_at=plan.now,
            )
        )
        for table in _ORDER:
            rows = world.rows.get(table, [])
            for start in range(0, len(rows), _BATCH):
                await session.execute(insert(metadata.tables[table]), rows[start : start + _BATCH])
            counts[table] = len(rows)
            progress(table, len(rows))
    return Seeded(world=world, counts=counts)
