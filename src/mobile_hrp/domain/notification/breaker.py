"""When a provider counts as down, from the outcomes of its last calls."""

import enum
import uuid
from dataclasses import dataclass, field

from mobile_hrp.domain.notification.outcome import Ambiguous, Fault, Outcome, Retry, RetryScope

STREAK_TO_OPEN = 5


class Health(enum.Enum):
    """What an outcome says about the provider, not about the message."""

    GOOD = "good"
    BAD = "bad"


def health_of(outcome: Outcome) -> Health:
    """A refusal is a sign of life: only silence, nonsense and 'come again' are not."""
    match outcome:
        case Ambiguous() | Fault():
            return Health.BAD
        case Retry(scope=scope, backoff=backoff):
            unwell = backoff or scope is RetryScope.PROVIDER
            return Health.BAD if unwell else Health.GOOD
        case _:
            return Health.GOOD


@dataclass(slots=True)
class Breaker:
    """Counts different deliveries that failed one after the other.

    One phone that always fails opens nothing: it takes ``STREAK_TO_OPEN`` different deliveries
    without a sign of life in between.
    """

    _failed: set[uuid.UUID] = field(default_factory=set)

    def opens(self, delivery_id: uuid.UUID, health: Health) -> bool:
        """Take an outcome in; True when the provider is to be left alone for a while."""
        if health is Health.GOOD:
            self._failed.clear()
            return False
        self._failed.add(delivery_id)
        if len(self._failed) < STREAK_TO_OPEN:
            return False
        self._failed.clear()
        return True
