"""One channel's lane of the delivery worker.

A lane is a bulkhead: its window, pauses and slowness are its own, so a provider that hangs delays
nobody else. The window bounds what may have been sent and is not committed yet; a place is free
again only after the outcome has been committed, so a killed worker repeats at most one window. What
lies ready in a lane is leased but not sent, and is never repeated.
"""

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from mobile_hrp.domain.notification.breaker import Breaker, Health, health_of
from mobile_hrp.domain.notification.outcome import Ambiguous, Outcome, Retry, RetryScope
from mobile_hrp.domain.notification.settle import (
    FIRST_BACKOFF,
    Idempotency,
    Settlement,
    settle,
    settle_withdrawal,
)
from mobile_hrp.domain.notification.vocabulary import Channel, Phase
from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.lane_tools import LaneTools, Ready, facts_of, prepare
from mobile_hrp.notifications.metering import Leave, Metering
from mobile_hrp.notifications.outbox import OUTBOX_TROUBLE
from mobile_hrp.notifications.outbox_rows import PauseOrder, Result, Taken, longest_pause
from mobile_hrp.notifications.ready_queue import ReadyQueue
from mobile_hrp.runtime.metrics import DELIVERIES

_log = structlog.get_logger(__name__)
_DATABASE_PAUSE_SECONDS = 1.0
_BUG_TRIES = 5
_HAND_IN_AT_ONCE = 5
_PREPARED_AT_ONCE = 16
_CALLS_APART = 1_000


class Lane:
    """Takes, sends and hands in for one channel, over all hospitals."""

    def __init__(self, adapter: ChannelAdapter, tools: LaneTools) -> None:
        self._adapter = adapter
        self._tools = tools
        self._metering = Metering(adapter, tools.meters)
        self._due: dict[int, None] = {}
        self._window = min(tools.settings.window, adapter.capabilities.in_flight_max)
        self._ready = ReadyQueue(adapter.capabilities, self._window)
        self._results: list[Result] = []
        self._unsent: list[Taken] = []
        self._in_flight = 0
        self._calls_made = 0
        self._busy = 0
        self._hungry = asyncio.Event()
        self._learned = asyncio.Event()
        self._gathering = False
        self._breaker = Breaker()
        self._opened: PauseOrder | None = None
        self._probe: set[uuid.UUID] = set()
        self._recovered: set[uuid.UUID] = set()
        self._paused_until: datetime | None = None
        self._sends: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.quiet = asyncio.Event()
        """Set while nothing is in flight and nothing known to be due can be taken."""
        self.quiet.set()

    @property
    def open(self) -> bool:
        """Not paused: due work would be taken."""
        return not self._is_paused()

    def wake(self, hospital_id: int) -> None:
        self._due[hospital_id] = None
        self.quiet.clear()
        self._hungry.set()

    def start(self) -> None:
        """Take again after a ``stop``."""
        self._stopping = False

    def stop(self) -> None:
        """Take nothing more; ``run`` returns when everything in flight has been handed in."""
        self._stopping = True
        self._give_back()
        self._hungry.set()
        self._learned.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_forever())
            for _ in range(_HAND_IN_AT_ONCE):
                group.create_task(self._hand_in_forever())

    # taking

    async def _take_forever(self) -> None:
        while not self._stopping:
            await self._hungry.wait()
            self._hungry.clear()
            self._busy += 1
            try:
                await self._take_round()
            except OUTBOX_TROUBLE as error:
                _log.warning("outbox_unreachable", error=type(error).__name__)
                await asyncio.sleep(_DATABASE_PAUSE_SECONDS)
                self._hungry.set()
            self._busy -= 1
            self._rest()

    async def _take_round(self) -> None:
        self._pump()
        for hospital_id in list(self._due):
            room = self._room()
            if room <= 0 or self._stopping or self._is_paused():
                return
            await self._take(hospital_id, room)
            self._pump()

    def _room(self) -> int:
        """How many may be leased now.

        Where a repeat would be seen, no more than can be sent at once: after a crash nobody knows
        which of the leased ones were sent.
        """
        settings, ready = self._tools.settings, len(self._ready)
        if self._adapter.capabilities.idempotency is Idempotency.NONE:
            return self._window - self._in_flight - ready
        room = settings.ahead - ready
        return room if room >= settings.ahead // 4 else 0

    async def _take(self, hospital_id: int, room: int) -> None:
        tools, capabilities = self._tools, self._adapter.capabilities
        now = tools.clock()
        self._due.pop(hospital_id, None)  # before asking: a wake-up meanwhile must survive
        try:
            claim = await tools.outbox.take(
                hospital_id,
                self._adapter.channel,
                wanted=room,
                now=now,
                lease=tools.settings.lease,
                permit_template=capabilities.permit_template,
                probe_size=capabilities.batch_max,
            )
        except OUTBOX_TROUBLE:
            self._due[hospital_id] = None
            raise
        if claim.probing:
            self._probe.update(taken.id for taken in claim.taken)
        elif len(claim.taken) == room:
            self.wake(hospital_id)
        send_before = now + tools.settings.lease - timedelta(seconds=tools.settings.send_seconds)
        for number, delivery in enumerate(claim.taken):
            if number % _PREPARED_AT_ONCE == _PREPARED_AT_ONCE - 1:
                await asyncio.sleep(0)  # answers and timers wait for nobody's preparation
            prepared = prepare(delivery, self._adapter, tools, send_before)
            if isinstance(prepared, Settlement):
                self._in_flight += 1
                self._learn(delivery, "none", prepared, now)
            else:
                self._ready.add(prepared)
        if self._stopping or self._is_paused():  # since it was taken
            self._give_back()

    # sending

    def _pump(self) -> None:
        """Start as many sends as the window has places for."""
        if self._stopping or self._is_paused():
            return
        now = self._tools.clock()
        more = bool(self._due) and self._room() > 0
        while batch := self._ready.next_batch(self._window - self._in_flight, more_to_come=more):
            if now > batch[0].send_before:  # the lease may end while it is being sent
                self._unsent += [ready.taken for ready in batch]
                self._learned.set()
                continue
            self._in_flight += len(batch)
            task = asyncio.create_task(self._send(batch))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)

    async def _send(self, batch: list[Ready]) -> None:
        refused = await self._metering.ask(batch, self._tools.clock()) if self._metering else None
        if refused is not None:
            batch = self._heed(batch, refused)
            if not batch:
                return
        outcomes = await self._call(batch)
        # what shared a call falls due together and apart from others, to be asked after together
        self._calls_made += 1
        now = self._tools.clock() + timedelta(microseconds=self._calls_made % _CALLS_APART)
        for ready, outcome in zip(batch, outcomes, strict=True):
            self._settle(ready, outcome, now)

    def _heed(self, batch: list[Ready], leave: Leave) -> list[Ready]:
        """What of a batch may be sent now; the rest waits here or is settled."""
        now = self._tools.clock()
        if leave.wait_until is not None:
            self._in_flight -= len(batch)
            self._ready.put_back(batch)
            self._wait_until(leave.wait_until)
            return []
        for ready, outcome in leave.refused:
            self._settle(ready, outcome, now, asked=False)
        refused = {ready.taken.id for ready, _ in leave.refused}
        return [ready for ready in batch if ready.taken.id not in refused]

    async def _call(self, batch: list[Ready]) -> Sequence[Outcome]:
        phase, adapter = batch[0].taken.phase, self._adapter
        call = adapter.send
        if phase is not Phase.SEND:
            call = adapter.confirm if phase is Phase.CONFIRM else adapter.withdraw
        try:
            async with asyncio.timeout(self._tools.settings.send_seconds):
                return await call([ready.item for ready in batch])
        except TimeoutError:
            return [Ambiguous("DEADLINE")] * len(batch)
        except Exception as error:  # noqa: BLE001 - the worker loop: a bug must not stop the lane
            _log.error("channel_bug", channel=self._adapter.channel, error=type(error).__name__)
            bug = Retry(f"BUG:{type(error).__name__}", backoff=True, tries=_BUG_TRIES)
            return [bug] * len(batch)

    def _settle(self, ready: Ready, outcome: Outcome, now: datetime, *, asked: bool = True) -> None:
        """Turn an outcome into what happens next. ``asked`` False: the provider knows nothing."""
        settle_phase = settle_withdrawal if ready.taken.phase is Phase.WITHDRAW else settle
        facts = facts_of(ready.taken, self._adapter.capabilities)
        settlement = settle_phase(facts, outcome, now=now, jitter=self._tools.jitter())
        if asked:
            self._watch_health(ready.taken, outcome, settlement, now)
        self._learn(ready.taken, type(outcome).__name__, settlement, now)

    def _watch_health(
        self, taken: Taken, outcome: Outcome, settlement: Settlement, now: datetime
    ) -> None:
        health = health_of(outcome)
        probing = taken.id in self._probe
        if probing and health is Health.GOOD:
            self._recovered.add(taken.id)
        if self._breaker.opens(taken.id, health) or (probing and health is Health.BAD):
            until = settlement.pause_until or now + FIRST_BACKOFF * (0.5 + self._tools.jitter())
            code = settlement.code or type(outcome).__name__
            self._opened = PauseOrder(until, code)
            self._pause(until)
        if settlement.pause_scope is RetryScope.PROVIDER and settlement.pause_until is not None:
            self._pause(settlement.pause_until)

    def _learn(self, delivery: Taken, outcome: str, settlement: Settlement, now: datetime) -> None:
        if settlement.alarm:
            _log.error(
                "delivery_alarm",
                channel=self._adapter.channel,
                delivery_id=str(delivery.id),
                code=settlement.code,
            )
        result = Result(delivery, self._tools.new_id(), outcome, settlement, now)
        self._results.append(result)
        self._ready.done(delivery)
        self._learned.set()

    # handing in

    async def _hand_in_forever(self) -> None:
        while True:
            if self._is_finished():
                self._learned.set()  # for the next one
                return
            await self._learned.wait()
            self._learned.clear()
            if self._gathering:
                continue
            if self._results and self._in_flight > len(self._results):
                self._gathering = True
                await asyncio.sleep(self._tools.settings.linger_seconds)
                self._gathering = False
            try:
                await self._hand_in()
            except OUTBOX_TROUBLE as error:
                # what was learned stays here and is handed in again
                _log.warning("outbox_unreachable", error=type(error).__name__)
                await asyncio.sleep(_DATABASE_PAUSE_SECONDS)
                self._learned.set()
            self._rest()

    def _is_finished(self) -> bool:
        left = self._in_flight or self._busy or self._results or self._unsent
        return self._stopping and not left

    async def _hand_in(self) -> None:
        """Commit what was learned, hospital by hospital, and give back what was not sent."""
        learned: dict[int, list[Result]] = defaultdict(list)
        results, self._results = self._results, []
        for result in results:
            learned[result.taken.hospital_id].append(result)
        try:
            while learned:
                hospital_id, mine = learned.popitem()
                try:
                    await self._commit(hospital_id, mine)
                except OUTBOX_TROUBLE:
                    learned[hospital_id] = mine
                    raise
        finally:
            self._results += [result for mine in learned.values() for result in mine]
        self._busy += 1
        try:
            await self._release_unsent()
        finally:
            self._busy -= 1

    async def _commit(self, hospital_id: int, results: list[Result]) -> None:
        tools, now = self._tools, self._tools.clock()
        opened, asked = self._opened, longest_pause(results)
        pause = max(
            (one for one in (opened, asked) if one), key=lambda one: one.until, default=None
        )
        mine = {result.taken.id for result in results}
        resume = pause is None and not mine.isdisjoint(self._recovered)

        def committed(woken: frozenset[Channel]) -> None:
            if opened is self._opened:
                self._opened = None
            self._free(hospital_id, results, mine, resume=resume)
            if woken:
                tools.wake(hospital_id, woken)

        await tools.outbox.hand_in(
            hospital_id,
            self._adapter.channel,
            results,
            now=now,
            committed=committed,
            pause=pause,
            resume=resume,
            permit_template=self._adapter.capabilities.permit_template,
        )

    def _free(
        self, hospital_id: int, results: list[Result], ids: set[uuid.UUID], *, resume: bool
    ) -> None:
        """Give the places of committed results to what is ready."""
        self._in_flight -= len(results)
        self._probe -= ids
        self._recovered -= ids
        for outcome, many in Counter(result.outcome for result in results).items():
            DELIVERIES.labels(channel=self._adapter.channel.value, outcome=outcome).inc(many)
        if resume:
            self.wake(hospital_id)
        self._pump()
        if self._due or self._ready:
            self._hungry.set()

    async def _release_unsent(self) -> None:
        unsent, self._unsent = self._unsent, []
        by_hospital: dict[int, list[Taken]] = defaultdict(list)
        for taken in unsent:
            if not taken.taken_over:  # else it may have been sent, and the lease must tell so
                by_hospital[taken.hospital_id].append(taken)
        for hospital_id, mine in by_hospital.items():
            await self._tools.outbox.release(hospital_id, mine)

    # waiting

    def _pause(self, until: datetime) -> None:
        if self._paused_until is None or until > self._paused_until:
            self._paused_until = until
        self._give_back()

    def _wait_until(self, until: datetime) -> None:
        """Send nothing until our own meter has room again; what is ready stays here."""
        if self._paused_until is None or until > self._paused_until:
            self._paused_until = until
        if self._stopping:
            self._give_back()
            return
        wait = (until - self._tools.clock()).total_seconds()
        asyncio.get_running_loop().call_later(max(wait, 0.0), self._hungry.set)
        self._rest()

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self._tools.clock() < self._paused_until

    def _give_back(self) -> None:
        self._unsent += self._ready.clear()
        if self._unsent:
            self._learned.set()

    def _rest(self) -> None:
        waiting = self._due or self._ready
        if not (self._in_flight or self._busy or self._unsent or (waiting and self.open)):
            self.quiet.set()
