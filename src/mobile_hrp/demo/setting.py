"""Where the story takes place: a database, a hospital, providers, two servers and a worker."""

import asyncio
import json
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.processes import Stage, free_port
from mobile_hrp.models import migrate
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, drop_database, provision_database
from mobile_hrp.synthetic.hospital.filling import fill_hospital
from mobile_hrp.synthetic.hospital.logins import DemoPerson, cast
from mobile_hrp.synthetic.hospital.plan import World
from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm

PASSWORD = "demo-Only-2026"  # noqa: S105 - the one password of a hospital that does not exist
DATABASE = "hrp_demo"
_SIBLINGS = "siblings"
_STAFF = 120
_SEED = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What the story plays in."""

    world: World
    people: dict[str, DemoPerson]
    urls: DatabaseUrls
    stage: Stage
    first_url: str
    second_url: str
    fcm: FakeFcm


@asynccontextmanager
async def opened(
    narrator: Narrator, data_dir: Path, *, port: int, siblings: subprocess.Popen[bytes]
) -> AsyncIterator[Setting]:
    """Build everything from nothing, and take it down again."""
    with narrator.working("PostgreSQL (embedded)"):
        cluster = await asyncio.to_thread(start_cluster, data_dir / "postgres")
        await drop_database(cluster.superuser_url, DATABASE)
        urls = await asyncio.to_thread(provision_database, cluster.superuser_url, DATABASE)
    try:
        async with FakeFcm() as fcm:
            stage = await asyncio.to_thread(_stage, data_dir, urls, fcm)
            first, second = port, free_port()
            try:
                # they load while the tables are made; the worker wants its tables at once
                stage.adopt(_SIBLINGS, siblings)
                wanted = {
                    "environment": dict(stage.environment),
                    "ports": [first, second],
                    "logs": str(stage.logs),
                }
                stage.tell(_SIBLINGS, json.dumps(wanted))
                with narrator.working("tables, row-level security"):
                    await asyncio.to_thread(migrate.upgrade, urls.owner)
                stage.tell(_SIBLINGS, "worker")
                with narrator.working("a hospital that does not exist, its budgets, 58 scenarios"):
                    seeded = await fill_hospital(
                        urls.owner, staff=_STAFF, seed=_SEED, password=PASSWORD
                    )
                world = seeded.world
                first_url, second_url = (f"http://127.0.0.1:{one}" for one in (first, second))
                with narrator.working("two servers and one worker"):
                    await stage.until_ready(_SIBLINGS, first_url)
                    await stage.until_ready(_SIBLINGS, second_url)
                yield Setting(world, cast(world), urls, stage, first_url, second_url, fcm)
            finally:
                stage.stop()
    finally:
        await asyncio.to_thread(cluster.stop)


def _stage(data_dir: Path, urls: DatabaseUrls, fcm: FakeFcm) -> Stage:
    """A clean stage: no logs and no originals of an earlier run."""
    for folder in ("logs", "objects"):
        shutil.rmtree(data_dir / folder, ignore_errors=True)
    (data_dir / "logs").mkdir()
    account = data_dir / "fcm.json"
    account.write_text(json.dumps(fcm.service_account()), "utf-8")
    environment = _environment(urls, data_dir, fcm, account)
    return Stage(environment=environment, logs=data_dir / "logs")


def _environment(urls: DatabaseUrls, data_dir: Path, fcm: FakeFcm, account: Path) -> dict[str, str]:
    return {
        "HRP_ENVIRONMENT": "demo",
        "HRP_SECRET_KEY": secrets.token_urlsafe(48),
        "HRP_DATABASE_URL": urls.app,
        "HRP_DATA_DIR": str(data_dir.resolve()),
        "HRP_FCM_PROJECT": PROJECT,
        "HRP_FCM_CREDENTIALS_FILE": str(account.resolve()),
        "HRP_FCM_BASE_URL": fcm.url,
        "HRP_LOG_LEVEL": "INFO",
    }
