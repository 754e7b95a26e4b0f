"""Spending a month's metered calls: urgent things are always announced, routine at a pace.

DingTalk's standard edition answers 90020 for the rest of the month after 10,000 calls, so a call
that is not needed today may be the one that is missing on the thirtieth.
"""

from dataclasses import dataclass

from mobile_hrp.domain.notification.vocabulary import Channel, Urgency

METERED: frozenset[Channel] = frozenset(
    {Channel.DINGTALK_TODO, Channel.DINGTALK_CARD, Channel.DINGTALK_WORK}
)
"""Channels whose calls the month's budget counts."""
RING_CALLS = 2
"""What one message to one person costs: showing it, and taking it back or asking what became."""


@dataclass(frozen=True, slots=True)
class CallBudget:
    """A month's calls as they stand.

    ``promised`` are calls that are sure to come: what is shown now has to be taken back.
    ``elapsed_percent`` is how much of the month has passed at the end of today.
    """

    limit: int
    used: int = 0
    promised: int = 0
    elapsed_percent: int = 100
    urgent_reserve_percent: int = 20

    def affords(self, urgency: Urgency, calls: int = RING_CALLS) -> bool:
        """Whether a message of this urgency to one person may be sent over a metered channel."""
        share = 100 - self.urgent_reserve_percent
        if urgency is Urgency.CRITICAL:
            ceiling = self.limit
        elif urgency is Urgency.HIGH:
            ceiling = self.limit * share // 100
        else:
            ceiling = self.limit * share * self.elapsed_percent // 10_000
        return self.used + self.promised + calls <= ceiling

    def affords_digest(self, calls: int = RING_CALLS) -> bool:
        """Digests may use half of what is kept for urgent things: they stand for many."""
        share = 100 - self.urgent_reserve_percent // 2
        return self.used + self.promised + calls <= self.limit * share // 100


UNMETERED = CallBudget(limit=2**31)
"""For hospitals that nobody charges by the call."""
