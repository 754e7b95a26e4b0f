"""A database of its own for each test: a copy of one that the real migrations made.

``HRP_TEST_DATABASE_URL`` may name a superuser of a throw-away server; otherwise the workers and
runs of a checkout share one embedded server, which the last of them stops and removes.
"""

import asyncio
import hashlib
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mobile_hrp.models import migrate
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.form_seals import use_box
from mobile_hrp.runtime.provisioning import (
    DatabaseUrls,
    create_from_template,
    drop_database,
    provision_database,
)
from mobile_hrp.runtime.secrets_box import SecretsBox

_MEMORY_BYTES_MIN = 2 * 1024**3


@dataclass(frozen=True)
class DatabaseServer:
    """A server with one migrated template, private to this worker process."""

    superuser_url: str
    template: str
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def next_name(self) -> str:
        return f"{self.template}_{next(self._numbers)}"


@pytest.fixture(autouse=True)
def form_key() -> None:
    """What a process of the product is given at its start: the key that people's rows need."""
    use_box(SecretsBox("a root secret that only these tests use"))


@pytest.fixture(scope="session")
def fast_scratch() -> Path:
    """Memory where there is enough of it: a database is some hundred files to create."""
    memory = Path("/dev/shm")  # noqa: S108 - the cluster's folder is made closed, or checked
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _MEMORY_BYTES_MIN:
        return memory
    return Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def superuser_url(fast_scratch: Path) -> Iterator[str]:
    if given := os.environ.get("HRP_TEST_DATABASE_URL"):
        yield given
        return
    # Not tmp_path: root hands the server to an account that cannot enter pytest's closed folders.
    # One place per checkout: the next run finds and ends what a killed run left behind.
    checkout = hashlib.sha256(os.fsencode(Path(__file__).resolve())).hexdigest()[:12]
    home = fast_scratch / f"hrp-tests-{os.geteuid()}-{checkout}"
    cluster = start_cluster(home, fsync=False)
    yield cluster.superuser_url
    cluster.stop(remove=True)


@pytest.fixture(scope="session")
def database_server(superuser_url: str) -> Iterator[DatabaseServer]:
    template = f"hrp_test_{uuid.uuid4().hex[:12]}"
    urls = provision_database(superuser_url, template)
    with ThreadPoolExecutor(max_workers=1) as elsewhere:  # both run event loops of their own
        elsewhere.submit(migrate.upgrade, urls.owner).result()
        yield DatabaseServer(superuser_url, template)
        elsewhere.submit(asyncio.run, drop_database(superuser_url, template)).result()


@pytest.fixture
async def database_urls(database_server: DatabaseServer) -> AsyncIterator[DatabaseUrls]:
    """A freshly migrated database, as its owner and as the application; dropped afterwards."""
    server, name = database_server.superuser_url, database_server.next_name()
    yield await create_from_template(server, name, database_server.template)
    await drop_database(server, name)


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """The database as the application sees it: row-level security holds."""
    opened = Database(database_urls.app)
    yield opened
    await opened.close()


@pytest.fixture
async def owner_database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """The same database as the role that owns the tables: sees the rows of each hospital."""
    opened = Database(database_urls.owner)
    yield opened
    await opened.close()
