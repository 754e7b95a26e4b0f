"""The SDK in a bare realm, with phones of our own making, against the live server."""

from pathlib import Path

from tests.web.conftest import Web
from tests.web.sdk.driving import driver

from mobile_hrp.runtime.database import Database


async def test_the_shipped_files_keep_every_promise(
    web: Web, owner_database: Database, tmp_path: Path
) -> None:
    ready = await driver(web, owner_database, tmp_path)
    found = await ready.run([{"host": "wx"}, {"host": "dd"}], seconds=100)
    broken = [f"{one.host}: {one.scenario}: {one.problem}" for one in found if one.problem]
    assert "\n".join(broken) == ""
    assert [sum(one.host == host for one in found) for host in ("wx", "dd")] == [19, 15]
