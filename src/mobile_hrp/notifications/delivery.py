"""The delivery worker: one lane per channel, woken by commits and, as a net, by a poll."""

import asyncio
import secrets
import uuid
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.kinds import KindBook
from mobile_hrp.notifications.lane import Lane, LaneSettings, LaneTools
from mobile_hrp.notifications.outbox import Outbox
from mobile_hrp.notifications.wakeup import listen
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database

_log = structlog.get_logger(__name__)


class DeliveryWorker:
    """Delivers what the outbox holds. Any number may run; each delivery is leased to one at a time.

    At least once to the provider: a killed worker's leases run out and another worker takes its
    deliveries over, under the same idempotency key.
    """

    def __init__(
        self,
        database: Database,
        channels: ChannelRegistry,
        *,
        kinds: KindBook,
        sealer: AddressSealer,
        clock: Clock,
        new_id: Callable[[], uuid.UUID],
        listen_database: Database | None = None,
        settings: LaneSettings | None = None,
        poll_seconds: float = 1.0,
    ) -> None:
        self.name = f"worker-{secrets.token_hex(8)}"
        self._outbox = Outbox(database, self.name)
        self._listen_url = (listen_database or database).url
        self._clock = clock
        self._poll_seconds = poll_seconds
        tools = LaneTools(
            outbox=self._outbox,
            sealer=sealer,
            wording=Wording(kinds),
            clock=clock,
            new_id=new_id,
            settings=settings or LaneSettings(),
            wake=self._wake,
        )
        self._lanes = {adapter.channel: Lane(adapter, tools) for adapter in channels}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, then finish what is in flight and return."""
        missed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.run())
            group.create_task(listen(self._listen_url, self._wake, stop, all_due=missed.set))
            group.create_task(self._poll(stop, missed))
            await stop.wait()
            for lane in self._lanes.values():
                lane.stop()

    async def drain(self) -> None:
        """Deliver all that is due now and return; for tests and one-shot commands."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.run())
            while await self._look():
                await asyncio.gather(*(lane.quiet.wait() for lane in self._lanes.values()))
            for lane in self._lanes.values():
                lane.stop()

    def _wake(self, hospital_id: int, channels: frozenset[Channel]) -> None:
        for channel in channels:
            lane = self._lanes.get(channel)
            if lane is not None:
                lane.wake(hospital_id)

    async def _poll(self, stop: asyncio.Event, missed: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                _log.warning("outbox_unreachable", error=type(error).__name__)
            missed.clear()
            await _first_of(stop, missed, seconds=self._poll_seconds)

    async def _look(self) -> bool:
        """Wake the lanes that have due work in any hospital; True when one can do something."""
        found = False
        for hospital_id in await self._outbox.hospitals():
            channels = await self._outbox.due_channels(hospital_id, self._clock())
            self._wake(hospital_id, channels)
            found |= any(
                self._lanes[channel].open for channel in channels if channel in self._lanes
            )
        return found


async def _first_of(*events: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
