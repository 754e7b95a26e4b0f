"""A hospital with published scenarios, made once and copied for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.conftest import DatabaseServer
from tests.differential.told import Comparing, comparing
from tests.scenarios.hospital import PLAN, Hospital, furnish

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.runtime.provisioning import create_from_template, drop_database
from mobile_hrp.synthetic.hospital.plan import World
from mobile_hrp.synthetic.hospital.seed import make_world

__all__ = ["comparing"]  # a fixture


@dataclass(frozen=True)
class FurnishedTemplate:
    """A database nobody is connected to, and what is in it."""

    name: str
    world: World


@pytest.fixture(scope="session")
def furnished(database_server: DatabaseServer) -> Iterator[FurnishedTemplate]:
    # Another folder of tests that borrows these fixtures makes a template of its own.
    name = f"{database_server.next_name()}_hospital"
    with ThreadPoolExecutor(max_workers=1) as elsewhere:  # it runs an event loop of its own
        elsewhere.submit(asyncio.run, _furnish(database_server, name)).result()
        yield FurnishedTemplate(name, make_world(PLAN))
        elsewhere.submit(asyncio.run, drop_database(database_server.superuser_url, name)).result()


async def _furnish(server: DatabaseServer, name: str) -> None:
    urls = await create_from_template(server.superuser_url, name, server.template)
    owner = Database(urls.owner, statement_timeout_ms=60_000)
    try:
        await furnish(owner)
    finally:
        await owner.close()


@pytest.fixture
async def hospital(
    database_server: DatabaseServer, furnished: FurnishedTemplate
) -> AsyncIterator[Hospital]:
    """A hospital at work: seeded, with the core library and its own papers in force."""
    server, name = database_server.superuser_url, database_server.next_name()
    urls = await create_from_template(server, name, furnished.name)
    database, owner = Database(urls.app), Database(urls.owner)
    live = LiveUpdates(database)
    yield Hospital(database, owner, live, furnished.world)
    await database.close()
    await owner.close()
    await drop_database(server, name)


@pytest.fixture(autouse=True)
def compared(comparing: Comparing) -> Comparing:
    """Every payload that can be told with the work is compared with what resolvers read."""
    return comparing
