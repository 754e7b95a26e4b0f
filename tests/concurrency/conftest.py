"""A hospital of a few colleagues who press their buttons at the same moment."""

import pytest
from tests.concurrency.papers import Office, open_office

from mobile_hrp.runtime.database import Database


@pytest.fixture
async def office(owner_database: Database, database: Database) -> Office:
    return await open_office(owner_database, database)
