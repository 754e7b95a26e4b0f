"""What goes in and out of the outbox: a delivery in hand, and what became of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile_hrp.domain.notification.outcome import Accepted, Ambiguous, RetryScope
from mobile_hrp.domain.notification.settle import Settlement, recalled
from mobile_hrp.domain.notification.vocabulary import (
    RECALLABLE,
    Channel,
    DeliveryState,
    EndpointKind,
    EndpointState,
    Locale,
    NotificationState,
    Phase,
    Urgency,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker now has a lease on, with all it needs to be sent.

    ``taken_over`` when an earlier worker let its lease run out: it may or may not have sent.
    """

    hospital_id: int
    channel: Channel
    id: uuid.UUID
    notification_id: uuid.UUID
    endpoint_id: uuid.UUID
    recipient_id: uuid.UUID
    step: int
    state: DeliveryState
    phase: Phase
    attempts: int
    provider_id: str | None
    taken_over: bool
    public_id: str
    kind: str
    category: str
    urgency: Urgency
    collapse_key: str
    ordinal: int
    badge: int
    notification_state: NotificationState
    expires_at: datetime
    endpoint_kind: EndpointKind
    endpoint_state: EndpointState
    address: str
    locale: Locale
    has_fallback: bool
    permits: int | None
    """Consents left, where each message spends one."""
    waited_hours: int
    """How long the work has waited, for reminders."""
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a taken delivery. ``attempt_id`` names its row in the attempt log."""

    taken: Taken
    attempt_id: uuid.UUID
    outcome: str
    settlement: Settlement
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class PauseOrder:
    """Let every worker wait with a provider until a moment."""

    until: datetime
    reason: str


_STATES = {one.value: one for one in DeliveryState}
_PHASES = {one.value: one for one in Phase}
_URGENCIES = {one.value: one for one in Urgency}
_NOTIFICATION_STATES = {one.value: one for one in NotificationState}
_ENDPOINT_KINDS = {one.value: one for one in EndpointKind}
_ENDPOINT_STATES = {one.value: one for one in EndpointState}
_LOCALES = {one.value: one for one in Locale}


def taken_of(hospital_id: int, channel: Channel, row: Any) -> Taken:
    """A row of the take statement, by position: this is done for every single delivery."""
    return Taken(
        hospital_id,
        channel,
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        _STATES[row[5]],
        _PHASES[row[6]],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        _URGENCIES[row[13]],
        row[14],
        row[15],
        row[16],
        _NOTIFICATION_STATES[row[17]],
        row[18],
        _ENDPOINT_KINDS[row[19]],
        _ENDPOINT_STATES[row[20]],
        row[21],
        _LOCALES[row[22]],
        row[23],
        row[24],
        row[25],
        row[26],
    )


def columns_of(results: Sequence[Result], now: datetime) -> list[list[Any]]:
    """The results as one list per column of the hand-in statement."""
    columns = zip(*(_row_of(result, now) for result in results), strict=True)
    return [list(column) for column in columns]


def _row_of(result: Result, now: datetime) -> tuple[Any, ...]:
    settled, taken = result.settlement, result.taken
    undone = recalled(
        taken.phase,
        settled,
        ambiguous=result.outcome == Ambiguous.__name__,
        takes_back=taken.channel in RECALLABLE,
        now=now,
    )
    return (
        taken.id,
        result.attempt_id,
        taken.attempts,
        taken.phase,
        result.outcome,
        settled.state,
        settled.phase,
        settled.next_at,
        settled.code,
        settled.provider_id,
        settled.state is DeliveryState.ACCEPTED and taken.phase is Phase.SEND,
        settled.state is DeliveryState.CONFIRMED,
        result.attempted_at,
        *undone,
    )


def longest_pause(results: Sequence[Result]) -> PauseOrder | None:
    """The longest wait with the provider that an answer asked for."""
    orders = [
        (result.settlement.pause_until, result.settlement.code)
        for result in results
        if result.settlement.pause_scope is RetryScope.PROVIDER
        and result.settlement.pause_until is not None
    ]
    return PauseOrder(*max(orders)) if orders else None


def spending(results: Sequence[Result]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(endpoint, delivery) of what was sent, or may have been."""
    spent = (Accepted.__name__, Ambiguous.__name__)
    return [
        (result.taken.endpoint_id, result.taken.id)
        for result in results
        if result.taken.phase is Phase.SEND and result.outcome in spent
    ]


def refusing(results: Sequence[Result]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(endpoint, attempt) where the provider says that no permit is left."""
    return [
        (result.taken.endpoint_id, result.attempt_id)
        for result in results
        if result.settlement.clear_permits
    ]
