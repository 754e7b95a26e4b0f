"""Two hospitals of random rows, and the compiled tier over them."""

from collections.abc import AsyncIterator

import pytest
from tests.differential.rows import Filled, fill

from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema


@pytest.fixture
async def filled(owner_database: Database) -> Filled:
    """The hospital that is asked about; the other is there not to be seen."""
    first = await fill(owner_database, hospital_id=7)
    await fill(owner_database, hospital_id=8)
    return first


@pytest.fixture
async def tier(database: Database) -> AsyncIterator[CompiledTier]:
    opened = await CompiledTier.open(database, schema, size=2)
    yield opened
    await opened.close()
