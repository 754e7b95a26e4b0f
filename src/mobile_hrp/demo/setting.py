"""Where the story takes place: a database, a hospital, providers, two servers and a worker."""

import asyncio
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher

from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.processes import Stage, free_port
from mobile_hrp.models import migrate
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, drop_database, provision_database
from mobile_hrp.services.scenarios.packages import core_files, import_package, publish
from mobile_hrp.synthetic.hospital.logins import DemoPerson, cast
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World
from mobile_hrp.synthetic.hospital.seed import seed_hospital
from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm

PASSWORD = "demo-Only-2026"  # noqa: S105 - the one password of a hospital that does not exist
DATABASE = "hrp_demo"
_SEED_TIMEOUT_MS = 60_000


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
async def opened(narrator: Narrator, data_dir: Path, *, port: int) -> AsyncIterator[Setting]:
    """Build everything from nothing, and take it down again."""
    with narrator.working("PostgreSQL (embedded)"):
        cluster = await asyncio.to_thread(start_cluster, data_dir / "postgres")
    try:
        urls, world = await _database(narrator, cluster.superuser_url)
        async with FakeFcm() as fcm:
            account = data_dir / "fcm.json"
            account.write_text(json.dumps(fcm.service_account()), "utf-8")
            shutil.rmtree(data_dir / "objects", ignore_errors=True)
            stage = Stage(
                environment=_environment(urls, data_dir, fcm, account), logs=data_dir / "logs"
            )
            first, second = port, free_port()
            try:
                with narrator.working("two servers and one worker"):
                    await _start(stage, first, second)
                yield Setting(
                    world=world,
                    people=cast(world),
                    urls=urls,
                    stage=stage,
                    first_url=f"http://127.0.0.1:{first}",
                    second_url=f"http://127.0.0.1:{second}",
                    fcm=fcm,
                )
            finally:
                stage.stop()
    finally:
        await asyncio.to_thread(cluster.stop)


async def _database(narrator: Narrator, superuser_url: str) -> tuple[DatabaseUrls, World]:
    with narrator.working("database, tables, row-level security"):
        await drop_database(superuser_url, DATABASE)
        urls = await asyncio.to_thread(provision_database, superuser_url, DATABASE)
        await asyncio.to_thread(migrate.upgrade, urls.owner)
    owner = Database(urls.owner, statement_timeout_ms=_SEED_TIMEOUT_MS)
    plan = HospitalPlan(today=utc_now().date())
    try:
        with narrator.working("a hospital that does not exist, its budgets and scenarios"):
            seeded = await seed_hospital(
                owner, plan, password_hash=await asyncio.to_thread(PasswordHasher().hash, PASSWORD)
            )
            async with owner.transaction(plan.hospital_id) as session:
                package = await import_package(
                    session,
                    hospital_id=plan.hospital_id,
                    files=core_files(),
                    actor_id=None,
                    now=plan.now,
                )
                await publish(
                    session,
                    hospital_id=plan.hospital_id,
                    package_version=package.version,
                    codes=None,
                    actor_id=None,
                    now=plan.now,
                )
    finally:
        await owner.close()
    return urls, seeded.world


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


async def _start(stage: Stage, first: int, second: int) -> None:
    stage.start("server-1", "serve", "--port", str(first))
    stage.start("server-2", "serve", "--port", str(second))
    stage.start("worker", "worker")
    await stage.until_ready("server-1", f"http://127.0.0.1:{first}")
    await stage.until_ready("server-2", f"http://127.0.0.1:{second}")
