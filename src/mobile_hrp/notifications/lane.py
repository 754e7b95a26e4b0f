"""One channel's lane of the delivery worker.

A lane is a bulkhead: its window, pauses and slowness are its own, so a provider that hangs delays
nobody else. The window bounds what is taken but not yet committed; a place is free again only after
the outcome has been committed, so a killed worker repeats at most one window.
"""

import asyncio
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mobile_hrp.domain.notification.outcome import Ambiguous, Drop, Outcome, Retry, RetryScope
from mobile_hrp.domain.notification.settle import (
    DeliveryFacts,
    Settlement,
    settle,
    settle_withdrawal,
)
from mobile_hrp.domain.notification.vocabulary import (
    RECALLABLE,
    Channel,
    DeliveryState,
    EndpointState,
    NotificationState,
    Phase,
)
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.notifications.channels.base import ChannelAdapter, Item, RenderError, Target
from mobile_hrp.notifications.outbox import Outbox, Result, Taken
from mobile_hrp.notifications.wording import Wording
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.secrets_box import SealBroken

_log = structlog.get_logger(__name__)
_DATABASE_PAUSE_SECONDS = 1.0
_BUG_TRIES = 5


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """``window`` deliveries may be taken and uncommitted; a lease outlives any one send by far."""

    window: int = 100
    lease: timedelta = timedelta(seconds=60)
    send_seconds: float = 20.0
    linger_seconds: float = 0.004


@dataclass(slots=True)
class LaneTools:
    """What every lane of a worker shares."""

    outbox: Outbox
    sealer: AddressSealer
    wording: Wording
    clock: Clock
    new_id: Callable[[], uuid.UUID]
    settings: LaneSettings
    wake: Callable[[int, frozenset[Channel]], None]
    jitter: Callable[[], float] = field(default=random.random)


class Lane:
    """Takes, sends and hands in for one channel, over all hospitals."""

    def __init__(self, adapter: ChannelAdapter, tools: LaneTools) -> None:
        self._adapter = adapter
        self._tools = tools
        self._due: dict[int, None] = {}
        self._results: list[Result] = []
        self._in_flight = 0
        self._changed = asyncio.Event()
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
        self._changed.set()

    def start(self) -> None:
        """Take again after a ``stop``."""
        self._stopping = False

    def stop(self) -> None:
        """Take nothing more; ``run`` returns when everything in flight has been handed in."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        while not (self._stopping and not self._in_flight):
            await self._changed.wait()
            self._changed.clear()
            if self._results and self._in_flight > len(self._results):
                await asyncio.sleep(self._tools.settings.linger_seconds)
            try:
                await self._lap()
            except (SQLAlchemyError, OSError) as error:
                # what was learned stays here and is handed in again; what was taken times out
                _log.warning("outbox_unreachable", error=type(error).__name__)
                await asyncio.sleep(_DATABASE_PAUSE_SECONDS)
                self._changed.set()

    async def _lap(self) -> None:
        learned: dict[int, list[Result]] = defaultdict(list)
        for result in self._results:
            learned[result.taken.hospital_id].append(result)
        taking = not self._stopping and not self._is_paused()
        hospitals = dict.fromkeys([*learned, *(self._due if taking else ())])
        for hospital_id in hospitals:
            results = learned.get(hospital_id, [])
            free = self._tools.settings.window - self._in_flight + len(results)
            wanted = free if taking and hospital_id in self._due else 0
            if results or wanted > 0:
                await self._exchange(hospital_id, results, max(wanted, 0))
        if not (self._in_flight or (self._due and self.open)):
            self.quiet.set()

    async def _exchange(self, hospital_id: int, results: list[Result], wanted: int) -> None:
        tools = self._tools
        now = tools.clock()
        if wanted:
            self._due.pop(hospital_id, None)  # before asking: a wake-up meanwhile must survive
        try:
            taken, woken = await tools.outbox.exchange(
                hospital_id,
                self._adapter.channel,
                results=results,
                wanted=wanted,
                now=now,
                lease_until=now + tools.settings.lease,
                permit_template=self._adapter.capabilities.permit_template,
            )
        except (SQLAlchemyError, OSError):
            if wanted:
                self._due[hospital_id] = None
            raise
        handed_in = {id(result) for result in results}
        self._results = [result for result in self._results if id(result) not in handed_in]
        self._in_flight += len(taken) - len(results)
        if wanted and len(taken) == wanted:
            self.wake(hospital_id)
        if woken:
            tools.wake(hospital_id, woken)
        self._start(taken)

    def _start(self, taken: Sequence[Taken]) -> None:
        ready: dict[Phase, list[tuple[Taken, Item]]] = defaultdict(list)
        for delivery in taken:
            prepared = self._prepare(delivery)
            if isinstance(prepared, Settlement):
                self._learn(delivery, "none", prepared)
            else:
                ready[delivery.phase].append((delivery, prepared))
        size = self._adapter.capabilities.batch_max
        for phase, items in ready.items():
            for start in range(0, len(items), size):
                task = asyncio.create_task(self._send(phase, items[start : start + size]))
                self._sends.add(task)
                task.add_done_callback(self._sends.discard)

    def _prepare(self, delivery: Taken) -> Item | Settlement:
        """The item to send, or the end of a delivery that must not be sent."""
        now = self._tools.clock()
        if delivery.phase is Phase.SEND:
            unwanted = _unwanted(delivery, now)
            if unwanted is not None:
                return unwanted
            if delivery.taken_over:
                facts = self._facts(delivery)
                lost = settle(facts, Ambiguous("LEASE_LOST"), now=now, jitter=0.0)
                if lost.phase is None:
                    return lost
        try:
            return self._item(delivery, now)
        except SealBroken:
            return Settlement(
                DeliveryState.UNDELIVERED,
                "ADDRESS_UNREADABLE",
                fall_back=True,
                revoke_endpoint=True,
                alarm=True,
            )
        except RenderError as error:
            drop = Drop("RENDER", field=error.field)
            return settle(self._facts(delivery), drop, now=now, jitter=0.0)

    def _item(self, delivery: Taken, now: datetime) -> Item:
        channel = self._adapter.channel
        address = self._tools.sealer.open(
            delivery.address, hospital_id=delivery.hospital_id, channel=channel
        )
        target = Target(delivery.endpoint_kind, address, delivery.locale)
        message = self._tools.wording.message(delivery)
        body = b""
        if delivery.phase is Phase.SEND:
            body = self._adapter.render(message, target, now=now)
        return Item(delivery.id, target, message, body, delivery.provider_id)

    async def _send(self, phase: Phase, items: Sequence[tuple[Taken, Item]]) -> None:
        call = {
            Phase.SEND: self._adapter.send,
            Phase.CONFIRM: self._adapter.confirm,
            Phase.WITHDRAW: self._adapter.withdraw,
        }[phase]
        batch = [item for _, item in items]
        outcomes: Sequence[Outcome]
        try:
            async with asyncio.timeout(self._tools.settings.send_seconds):
                outcomes = await call(batch)
        except TimeoutError:
            outcomes = [Ambiguous("DEADLINE")] * len(batch)
        except Exception as error:  # noqa: BLE001 - the worker loop: a bug must not stop the lane
            _log.error("channel_bug", channel=self._adapter.channel, error=type(error).__name__)
            bug = Retry(f"BUG:{type(error).__name__}", backoff=True, tries=_BUG_TRIES)
            outcomes = [bug] * len(batch)
        now = self._tools.clock()
        settle_phase = settle_withdrawal if phase is Phase.WITHDRAW else settle
        for (delivery, _), outcome in zip(items, outcomes, strict=True):
            facts = self._facts(delivery)
            settlement = settle_phase(facts, outcome, now=now, jitter=self._tools.jitter())
            self._learn(delivery, type(outcome).__name__, settlement)

    def _facts(self, delivery: Taken) -> DeliveryFacts:
        capabilities = self._adapter.capabilities
        return DeliveryFacts(
            attempts=delivery.attempts,
            phase=delivery.phase,
            expires_at=delivery.expires_at,
            idempotency=capabilities.idempotency,
            confirms_after=capabilities.confirms_after,
            has_fallback=delivery.has_fallback,
            state=delivery.state,
        )

    def _learn(self, delivery: Taken, outcome: str, settlement: Settlement) -> None:
        if settlement.pause_scope is RetryScope.PROVIDER and settlement.pause_until is not None:
            self._pause(settlement.pause_until)
        if settlement.alarm:
            _log.error(
                "delivery_alarm",
                channel=self._adapter.channel,
                delivery_id=str(delivery.id),
                code=settlement.code,
            )
        now = self._tools.clock()
        attempt_id = self._tools.new_id()
        self._results.append(Result(delivery, attempt_id, outcome, settlement, now))
        self._changed.set()

    def _pause(self, until: datetime) -> None:
        if self._paused_until is None or until > self._paused_until:
            self._paused_until = until

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self._tools.clock() < self._paused_until


def _unwanted(delivery: Taken, now: datetime) -> Settlement | None:
    """Why there is no need to send any more, or None."""
    if delivery.expires_at <= now:
        return Settlement(DeliveryState.EXPIRED, "EXPIRED")
    if delivery.notification_state is not NotificationState.LIVE:
        if delivery.taken_over and delivery.channel in RECALLABLE:
            # the worker before may have sent it: what may be shown is taken back
            return Settlement(DeliveryState.UNCERTAIN, "LEASE_LOST", Phase.WITHDRAW, now)
        return Settlement(DeliveryState.SUPPRESSED, delivery.notification_state.value.upper())
    if delivery.endpoint_state is EndpointState.REVOKED:
        return Settlement(DeliveryState.UNDELIVERED, "ENDPOINT_REVOKED", fall_back=True)
    if delivery.permits is not None and delivery.permits <= 0:
        return Settlement(DeliveryState.UNDELIVERED, "NO_PERMIT_LEFT", fall_back=True)
    return None
