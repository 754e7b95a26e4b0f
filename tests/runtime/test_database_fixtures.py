"""What other tests rely on: a fresh database each, seen through the application's role."""

import pytest
from sqlalchemy import text

from mobile_hrp.runtime.database import Database

HOSPITAL = 7


@pytest.mark.parametrize("attempt", [1, 2])
async def test_each_test_has_a_database_of_its_own(owner_database: Database, attempt: int) -> None:
    async with owner_database.transaction(HOSPITAL) as session:
        found = await session.scalar(text("SELECT to_regclass('left_behind')"))
        await session.execute(text("CREATE TABLE left_behind (attempt int)"))

    assert found is None, f"attempt {attempt} sees another test's table"


async def test_the_application_connects_as_a_role_that_owns_nothing(database: Database) -> None:
    async with database.reading(HOSPITAL) as session:
        role, owned, hospital = (
            await session.execute(
                text(
                    "SELECT current_user, count(c.oid), current_setting('app.hospital_id')"
                    " FROM pg_roles r LEFT JOIN pg_class c ON c.relowner = r.oid"
                    " WHERE r.rolname = current_user"
                )
            )
        ).one()

    assert (role, owned, hospital) == ("hrp_app", 0, str(HOSPITAL))
