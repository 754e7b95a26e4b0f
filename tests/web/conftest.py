"""A web process of our own on a loopback port, over a hospital with published scenarios."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from argon2 import PasswordHasher
from pydantic import SecretStr

from mobile_hrp.app import create_app
from mobile_hrp.demo.client import Phone
from mobile_hrp.demo.operations import LOGIN
from mobile_hrp.demo.processes import free_port
from mobile_hrp.demo.waiting import until
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.http_protocol import GatheringProtocol
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.runtime.settings import Environment, Settings
from mobile_hrp.synthetic.hospital.filling import publish_core_library
from mobile_hrp.synthetic.hospital.logins import DemoPerson, cast
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PASSWORD = "Only-for-tests-2026"
SECRET = "x5Hq2vN8rT1wY7zB4mK9pL3sD6fG0jCQ-uE_aRiOoMnWlXtZ"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Web:
    """A running web process and phones of people of the seeded hospital."""

    url: str
    world: World
    people: dict[str, DemoPerson]
    database: Database
    http: aiohttp.ClientSession
    phones: dict[str, Phone] = field(default_factory=dict)

    async def phone(self, part: str, url: str | None = None) -> Phone:
        """A new signed-in phone of this person."""
        phone = Phone(self.http, url or self.url, part)
        payload = await phone.mutate(LOGIN, {"input": self.login(part, phone.device_id)})
        phone.token = payload["session"]["accessToken"]
        return phone

    def login(self, part: str, installation_id: uuid.UUID) -> dict[str, Any]:
        return {
            "hospitalCode": self.world.plan.code,
            "loginName": self.people[part].login_name,
            "password": PASSWORD,
            "device": {"installationId": str(installation_id), "platform": "ANDROID"},
        }

    async def post(
        self, body: Any, *, token: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """A raw POST of JSON; returns the status and the decoded body."""
        sent = {"content-type": "application/json", **(headers or {})}
        if token:
            sent["authorization"] = f"Bearer {token}"
        async with self.http.post(
            f"{self.url}/graphql", data=json.dumps(body).encode(), headers=sent
        ) as answer:
            return answer.status, await answer.json(content_type=None)


async def seed(owner: Database, database: Database, plan: HospitalPlan | None = None) -> World:
    """A hospital with the core scenarios in force, published as the application does it."""
    chosen = plan or HospitalPlan(staff=100)
    seeded = await seed_hospital(owner, chosen, password_hash=_HASH)
    await publish_core_library(database, chosen)
    return seeded.world


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """Serve the application in this process; yields its URL."""
    port = free_port()
    config = uvicorn.Config(
        create_app(settings),
        host="127.0.0.1",
        port=port,
        log_config=None,
        http=GatheringProtocol,
        ws="websockets-sansio",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: _started(server, task), "the server to start")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> bool:
    if task.done():
        await task  # raises what kept it from starting
    return server.started


def settings_for(urls: DatabaseUrls, data_dir: Path) -> Settings:
    return Settings(
        environment=Environment.TEST,
        secret_key=SecretStr(SECRET),
        database_url=urls.app,
        data_dir=data_dir,
        log_level="CRITICAL",
        pool_size=5,
    )


@pytest.fixture
async def web(
    database_urls: DatabaseUrls, owner_database: Database, database: Database, tmp_path: Path
) -> AsyncIterator[Web]:
    world = await seed(owner_database, database)
    settings = settings_for(database_urls, tmp_path)
    async with serving(settings) as url, aiohttp.ClientSession() as http:
        yield Web(url, world, cast(world), database, http)


@pytest.fixture
async def uncompiled(web: Web, database_urls: DatabaseUrls, tmp_path: Path) -> AsyncIterator[Web]:
    """A second process over the same hospital, whose answers are those of resolvers."""
    settings = settings_for(database_urls, tmp_path).model_copy(
        update={"compiled_operations": False}
    )
    async with serving(settings) as url:
        yield replace(web, url=url, phones={})
