"""Asking a provider's meter before a call, and what a refusal means for the deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mobile_hrp.domain.notification.outcome import Fault, NotDelivered, Outcome, Retry
from mobile_hrp.notifications.channels.base import ChannelAdapter
from mobile_hrp.notifications.lane_tools import Ready
from mobile_hrp.notifications.meters import Meters, next_month
from mobile_hrp.notifications.outbox import OUTBOX_TROUBLE

_METER_AWAY = "METER_UNREACHABLE"
_PERSON_WAIT_SECONDS = 30.0
_TROUBLE_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Leave:
    """All must wait until ``wait_until``, or some are refused and the others may go."""

    wait_until: datetime | None = None
    refused: Sequence[tuple[Ready, Outcome]] = ()


class Metering:
    """The meter of one channel; false where its provider counts nothing."""

    def __init__(self, adapter: ChannelAdapter, meters: Meters) -> None:
        self._meters = meters
        self._meter = adapter.capabilities.meter or adapter.channel.value
        self._limits = adapter.capabilities.limits

    def __bool__(self) -> bool:
        return self._limits is not None

    async def ask(self, batch: Sequence[Ready], now: datetime) -> Leave | None:
        """None when the call may go out to all of the batch, which is of one hospital."""
        if self._limits is None:
            return None
        try:
            grant = await self._meters.draw(
                batch[0].taken.hospital_id,
                self._meter,
                self._limits,
                persons=[ready.taken.endpoint_id for ready in batch],
                now=now,
            )
        except OUTBOX_TROUBLE:
            return _all(batch, Retry(_METER_AWAY, at_least=_TROUBLE_WAIT_SECONDS))
        if grant.month_used_up:
            return _all(batch, Fault("MONTH_USED_UP", until=next_month(now)))
        if grant.wait_until is not None:
            return Leave(wait_until=grant.wait_until)
        if not grant.persons_refused:
            return None
        return Leave(
            refused=[
                (ready, _enough(ready))
                for ready in batch
                if ready.taken.endpoint_id in grant.persons_refused
            ]
        )


def _all(batch: Sequence[Ready], outcome: Outcome) -> Leave:
    return Leave(refused=[(ready, outcome) for ready in batch])


def _enough(ready: Ready) -> Outcome:
    """Beyond the provider's limit per person it would say yes and show nothing."""
    if ready.taken.has_fallback:
        return NotDelivered("PERSON_LIMIT")
    return Retry("PERSON_LIMIT", at_least=_PERSON_WAIT_SECONDS)
