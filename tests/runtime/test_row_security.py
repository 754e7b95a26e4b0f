"""Row-level security stands below the permission layer: on every table, for every hospital."""

import pytest
from sqlalchemy import text

from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.safety import read_database_facts
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

TENANT_TABLES = sorted(
    name for name, table in metadata.tables.items() if "hospital_id" in table.columns
)
FENCES = text(
    "SELECT c.relname, c.relrowsecurity, p.polpermissive,"
    " pg_get_expr(p.polqual, p.polrelid) AS seen,"
    " pg_get_expr(p.polwithcheck, p.polrelid) AS written"
    " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid"
    " WHERE c.relname = :name AND c.relnamespace = 'public'::regnamespace"
)


@pytest.fixture
async def two_hospitals(owner_database: Database) -> tuple[int, int]:
    for number in (7, 8):
        plan = HospitalPlan(staff=100, seed=number, hospital_id=number, code=f"h{number}")
        await seed_hospital(owner_database, plan, password_hash="-")
    return 7, 8


async def test_every_table_of_a_hospital_is_fenced_for_reading_and_writing(
    database: Database,
) -> None:
    async with database.reading(7) as session:
        for name in TENANT_TABLES:
            rows = (await session.execute(FENCES, {"name": name})).all()
            fences = [row for row in rows if row.relrowsecurity and row.polpermissive]
            assert len(fences) == 1, name
            for expression in (fences[0].seen, fences[0].written):
                assert "hospital_id = " in expression, name
                assert "app.hospital_id" in expression, name


async def test_the_check_at_the_start_finds_nothing_open(database: Database) -> None:
    async with database.engine.connect() as connection:
        facts = await read_database_facts(connection)
    assert (facts.open_tables, facts.owned_tables) == ((), ())
    assert not facts.superuser
    assert not facts.bypasses_row_security


async def test_a_session_sees_its_hospital_and_no_other(
    database: Database, two_hospitals: tuple[int, int]
) -> None:
    for mine in (*two_hospitals, 0, 9):
        async with database.reading(mine) as session:
            for name in TENANT_TABLES:
                found = await session.scalars(
                    text(f'SELECT DISTINCT hospital_id FROM "{name}"')  # noqa: S608 - our own names
                )
                assert set(found) <= {mine}, name


async def test_a_connection_that_names_no_hospital_sees_nothing(
    database: Database, two_hospitals: tuple[int, int]
) -> None:
    assert two_hospitals
    async with database.engine.connect() as connection:
        for name in TENANT_TABLES:
            statement = text(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - our own names
            assert (await connection.execute(statement)).scalar_one() == 0, name
