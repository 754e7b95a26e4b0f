from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.fcm import PROJECT, FakeFcm
from tests.notifications.hospital import Stage, open_hospital

from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.runtime.database import Database


@pytest.fixture
async def stage(database: Database, owner_database: Database) -> AsyncIterator[Stage]:
    clock = FakeClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    people = await open_hospital(owner_database, hospital_id=1, staff=3, now=clock())
    async with FakeFcm() as fake:
        channel = FcmChannel(
            project=PROJECT,
            service_account=fake.service_account(),
            clock=clock,
            base_url=fake.url,
            answer_seconds=0.5,
        )
        yield Stage(database, people, clock, fake, channel)
        await channel.close()
