"""A migrated database of its own for a command, on a server that is gone afterwards."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mobile_hrp.models import migrate
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database

NAME = "hrp_trial"


@asynccontextmanager
async def throwaway_database() -> AsyncIterator[DatabaseUrls]:
    """A server without fsync in a temporary folder; nothing of it remains."""
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="hrp-trial-"))
    cluster = await asyncio.to_thread(start_cluster, home / "postgres", fsync=False)
    try:
        urls = await asyncio.to_thread(provision_database, cluster.superuser_url, NAME)
        await asyncio.to_thread(migrate.upgrade, urls.owner)
        yield urls
    finally:
        await asyncio.to_thread(cluster.stop, remove=True)
        await asyncio.to_thread(shutil.rmtree, home)
