"""Put packages of scenarios into force for a test's hospital."""

from collections.abc import Mapping
from datetime import datetime

from mobile_hrp.runtime.database import Database
from mobile_hrp.services.scenarios.packages import base_of, examine, take_in
from mobile_hrp.services.scenarios.publishing import publish


async def put_into_force(
    owner: Database, *, hospital_id: int, files: Mapping[str, bytes], now: datetime
) -> str:
    """Import a package and publish all of it; returns its version."""
    async with owner.reading(hospital_id) as reading:
        base = await base_of(reading, files)
    examined = await examine(files, base=base)
    async with owner.transaction(hospital_id) as session:
        package = await take_in(
            session, hospital_id=hospital_id, examined=examined, actor_id=None, now=now
        )
        await publish(
            session,
            hospital_id=hospital_id,
            package_code=package.code,
            version=package.version,
            codes=None,
            actor_id=None,
            now=now,
        )
    return package.version
