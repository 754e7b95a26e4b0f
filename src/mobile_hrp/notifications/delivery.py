"""The delivery worker: one lane per channel, woken by commits and, as a net, by a poll."""

import asyncio
import secrets
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.registry import ChannelRegistry
from mobile_hrp.notifications.kinds import KindBook
from mobile_hrp.notifications.lane import Lane
from mobile_hrp.notifications.lane_tools import LaneSettings, LaneTools
from mobile_hrp.notifications.meters import Meters
from mobile_hrp.notifications.outbox import OUTBOX_TROUBLE, Outbox
from mobile_hrp.notifications.wakeup import listen
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.tasks import end

_TIDY_SECONDS = 60.0
_LONGEST_LEASE = timedelta(minutes=15)

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
        self._meters = Meters(database)
        self._settings = settings or LaneSettings()
        self._tidy_at = 0.0
        self._listen_url = (listen_database or database).url
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._news = asyncio.Event()
        self._to_look_at: set[int] = set()
        self._look_at_all = True
        tools = LaneTools(
            outbox=self._outbox,
            meters=self._meters,
            sealer=sealer,
            wording=Wording(kinds),
            clock=clock,
            new_id=new_id,
            settings=self._settings,
            wake=self._wake,
        )
        self._lanes = {adapter.channel: Lane(adapter, tools) for adapter in channels}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, then finish what is in flight and return."""
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes.values():
                    lane.start()
                    group.create_task(lane.run())
                listening = group.create_task(
                    listen(self._listen_url, wake=self._news_of, wake_all=self._news_of_all)
                )
                looking = group.create_task(self._look_forever())
                await stop.wait()
                await end(listening, looking)
                for lane in self._lanes.values():
                    lane.stop()
        finally:
            await self._outbox.close()

    async def drain(self) -> None:
        """Deliver all that is due now and return; for tests and one-shot commands."""
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes.values():
                    lane.start()
                    group.create_task(lane.run())
                while await self._look():
                    await asyncio.gather(*(lane.quiet.wait() for lane in self._lanes.values()))
                for lane in self._lanes.values():
                    lane.stop()
        finally:
            await self._outbox.close()

    def _wake(self, hospital_id: int, channels: frozenset[Channel]) -> None:
        for channel in channels:
            lane = self._lanes.get(channel)
            if lane is not None:
                lane.wake(hospital_id)

    def _news_of(self, hospital_id: int) -> None:
        self._to_look_at.add(hospital_id)
        self._news.set()

    def _news_of_all(self) -> None:
        self._look_at_all = True
        self._news.set()

    async def _look_forever(self) -> None:
        while True:
            self._news.clear()
            hospitals = None if self._look_at_all else frozenset(self._to_look_at)
            self._look_at_all = False
            self._to_look_at.clear()
            try:
                await self._look(hospitals)
                await self._tidy()
            except OUTBOX_TROUBLE as error:
                _log.warning("outbox_unreachable", error=type(error).__name__)
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._news.wait()
            except TimeoutError:
                self._look_at_all = True

    async def _tidy(self) -> None:
        """Now and then, free what nobody will."""
        now = asyncio.get_running_loop().time()
        if now < self._tidy_at:
            return
        self._tidy_at = now + _TIDY_SECONDS
        for hospital_id in await self._outbox.hospitals():
            await self._outbox.end_impossible_leases(
                hospital_id, now=self._clock(), longest=_LONGEST_LEASE
            )
            await self._meters.tidy(hospital_id, self._clock())

    async def _look(self, hospitals: Iterable[int] | None = None) -> bool:
        """Wake the lanes with due work, in all hospitals by default; True if one is open."""
        found = False
        for hospital_id in await self._outbox.hospitals() if hospitals is None else hospitals:
            channels = await self._outbox.due_channels(hospital_id, self._clock())
            self._wake(hospital_id, channels)
            lanes = [self._lanes[channel] for channel in channels if channel in self._lanes]
            found |= any(lane.open for lane in lanes)
        return found
