"""From a provider's answer to the next state of the delivery. The whole retry policy is here."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Confirmed,
    Drop,
    Fault,
    NoPermit,
    NotDelivered,
    Outcome,
    Retry,
    RetryScope,
    Revoke,
)
from mobile_hrp.domain.notification.vocabulary import DeliveryState, Phase

FIRST_BACKOFF = timedelta(seconds=10)
LONGEST_BACKOFF = timedelta(minutes=10)
FAULT_PAUSE = timedelta(minutes=5)
LEAST_WAIT = timedelta(seconds=1)


class Idempotency(enum.StrEnum):
    """What makes sending the same thing twice harmless for a channel.

    ``KEY``: the provider or the phone collapses repeats by our key. ``CONTENT``: the provider drops
    an identical text. ``NONE``: a repeat is seen twice.
    """

    KEY = "key"
    CONTENT = "content"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What the policy looks at. ``attempts`` counts the one whose outcome is being settled."""

    attempts: int
    phase: Phase
    expires_at: datetime
    idempotency: Idempotency
    confirms_after: timedelta | None = None
    has_fallback: bool = False
    state: DeliveryState = DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class Settlement:
    """The next state of a delivery and what follows for its neighbours.

    ``phase`` None means terminal. ``fall_back`` starts the next step of the ladder now.
    ``pause_until`` stops the channel (scope PROVIDER) or the person on it (scope RECIPIENT).
    """

    state: DeliveryState
    code: str
    phase: Phase | None = None
    next_at: datetime | None = None
    provider_id: str | None = None
    fall_back: bool = False
    revoke_endpoint: bool = False
    clear_permits: bool = False
    seen: bool = False
    alarm: bool = False
    pause_scope: RetryScope | None = None
    pause_until: datetime | None = None


class Recalled(NamedTuple):
    """The state of a delivery, and what is still to be done for it when."""

    state: DeliveryState
    phase: Phase | None
    next_at: datetime | None


def backoff(attempts: int, jitter: float) -> timedelta:
    """10 s doubling per attempt, capped at 10 min, spread by ±50 %. ``jitter`` is in [0, 1)."""
    doublings: int = min(attempts - 1, 10)
    base = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return base * (0.5 + jitter)


def settle(facts: DeliveryFacts, outcome: Outcome, *, now: datetime, jitter: float) -> Settlement:
    """Decide what an outcome does to a delivery in its send or confirm phase."""
    match outcome:
        case Accepted():
            settled = _accepted(facts, outcome, now)
        case Confirmed(read=read, code=code):
            settled = Settlement(DeliveryState.CONFIRMED, code, seen=read)
        case Retry():
            settled = _retry(facts, outcome, now, jitter)
        case Ambiguous():
            settled = _ambiguous(facts, outcome, now, jitter)
        case Fault():
            settled = _fault(facts, outcome, now)
        case _:
            settled = _refused(outcome)
    return settled


def settle_withdrawal(
    facts: DeliveryFacts, outcome: Outcome, *, now: datetime, jitter: float
) -> Settlement:
    """Decide what an outcome does to a delivery that is being taken back.

    Taking back is a courtesy: it is retried while the provider is away, and given up quietly when
    the provider refuses or the notification has expired. It never starts another channel.
    """
    wait: timedelta | None = None
    match outcome:
        case Accepted(code=code) | Confirmed(code=code):
            return Settlement(DeliveryState.WITHDRAWN, code)
        case Retry(code=code, at_least=at_least, tries=tries):
            if tries is None or facts.attempts < tries:
                wait = max(timedelta(seconds=at_least), backoff(facts.attempts, jitter))
        case Ambiguous(code=code) | Fault(code=code):
            wait = max(FAULT_PAUSE, backoff(facts.attempts, jitter))
        case _:
            code = outcome.code
    if wait is None or now + wait >= facts.expires_at:
        return Settlement(facts.state, code, revoke_endpoint=isinstance(outcome, Revoke))
    return Settlement(facts.state, code, Phase.WITHDRAW, now + wait)


def recalled(
    tried: Phase, settlement: Settlement, *, ambiguous: bool, takes_back: bool, now: datetime
) -> Recalled:
    """What a settlement becomes when the need for the message ended while it was in hand.

    ``takes_back`` when the channel can undo what it shows. What may have arrived is taken back,
    what certainly has not is not tried again.
    """
    as_settled = Recalled(settlement.state, settlement.phase, settlement.next_at)
    if tried is Phase.WITHDRAW:
        return as_settled
    shown = settlement.state in (DeliveryState.ACCEPTED, DeliveryState.CONFIRMED) or ambiguous
    if shown and takes_back:
        unsure = settlement.state is DeliveryState.PENDING
        state = DeliveryState.UNCERTAIN if unsure else settlement.state
        return Recalled(state, Phase.WITHDRAW, now)
    if settlement.phase is Phase.SEND:
        return Recalled(DeliveryState.SUPPRESSED, None, None)
    return as_settled


def _refused(outcome: Drop | NotDelivered | Revoke | NoPermit) -> Settlement:
    """This way to the person is closed for this message: the next one is tried at once."""
    if isinstance(outcome, Drop):
        named = f"{outcome.code}:{outcome.field}" if outcome.field else outcome.code
        return Settlement(DeliveryState.DEAD, named, fall_back=True, alarm=True)
    return Settlement(
        DeliveryState.UNDELIVERED,
        outcome.code,
        fall_back=True,
        revoke_endpoint=isinstance(outcome, Revoke),
        clear_permits=isinstance(outcome, NoPermit),
    )


def _accepted(facts: DeliveryFacts, outcome: Accepted, now: datetime) -> Settlement:
    waits = facts.confirms_after is not None
    return Settlement(
        DeliveryState.ACCEPTED,
        outcome.code,
        phase=Phase.CONFIRM if waits else None,
        next_at=now + facts.confirms_after if facts.confirms_after is not None else None,
        provider_id=outcome.provider_id,
    )


def _retry(facts: DeliveryFacts, outcome: Retry, now: datetime, jitter: float) -> Settlement:
    if outcome.tries is not None and facts.attempts >= outcome.tries:
        return Settlement(DeliveryState.DEAD, outcome.code, fall_back=True, alarm=True)
    wait = max(timedelta(seconds=outcome.at_least), LEAST_WAIT)
    if outcome.backoff:
        wait = max(wait, backoff(facts.attempts, jitter))
    pauses = outcome.scope is not RetryScope.DELIVERY
    return _again(
        facts,
        outcome.code,
        now + wait,
        pause_scope=outcome.scope if pauses else None,
        pause_until=now + wait if pauses else None,
    )


def _ambiguous(
    facts: DeliveryFacts, outcome: Ambiguous, now: datetime, jitter: float
) -> Settlement:
    if facts.phase is Phase.SEND and facts.idempotency is Idempotency.NONE:
        return Settlement(DeliveryState.UNCERTAIN, outcome.code, fall_back=True)
    return _again(facts, outcome.code, now + backoff(facts.attempts, jitter))


def _fault(facts: DeliveryFacts, outcome: Fault, now: datetime) -> Settlement:
    until = outcome.until if outcome.until is not None else now + FAULT_PAUSE
    if facts.phase is Phase.SEND and facts.has_fallback:
        return Settlement(
            DeliveryState.UNDELIVERED,
            outcome.code,
            fall_back=True,
            alarm=True,
            pause_scope=RetryScope.PROVIDER,
            pause_until=until,
        )
    return _again(
        facts,
        outcome.code,
        until,
        alarm=True,
        pause_scope=RetryScope.PROVIDER,
        pause_until=until,
    )


def _again(
    facts: DeliveryFacts,
    code: str,
    next_at: datetime,
    *,
    alarm: bool = False,
    pause_scope: RetryScope | None = None,
    pause_until: datetime | None = None,
) -> Settlement:
    """Another try of the same phase, or the dead letter when the notification ends before it.

    A delivery that was accepted keeps that state while its confirmation is asked for again.
    """
    if next_at >= facts.expires_at:
        sent = facts.phase is not Phase.SEND
        return Settlement(
            DeliveryState.UNCERTAIN if sent else DeliveryState.DEAD,
            code,
            fall_back=not sent,
            alarm=alarm or not sent,
            pause_scope=pause_scope,
            pause_until=pause_until,
        )
    return Settlement(
        facts.state,
        code,
        phase=facts.phase,
        next_at=next_at,
        alarm=alarm,
        pause_scope=pause_scope,
        pause_until=pause_until,
    )
