"""What a kind of notification is: how urgent, on which ladder, how long, with which words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from mobile_hrp.domain.notification.vocabulary import Channel, Locale, Urgency


@dataclass(frozen=True, slots=True)
class LadderStep:
    """Try ``channel`` when ``after`` has passed since the notification and it is still unread."""

    channel: Channel
    after: timedelta


@dataclass(frozen=True, slots=True)
class KindRule:
    """One notification kind as the scenario package defines it.

    ``push_line`` is the only text that leaves the hospital: a type, never a name, amount or
    department. ``mandatory`` kinds cannot be switched off. ``digestible`` kinds lose nothing by
    waiting for a digest. Of a kind with ``roll_up``, what comes within that time of the last one
    waits for one digest at its end.
    """

    key: str
    category: str
    urgency: Urgency
    ladder: tuple[LadderStep, ...]
    expires_after: timedelta
    push_line: Mapping[Locale, str]
    title: Mapping[Locale, str] = field(default_factory=dict)
    body: Mapping[Locale, str] = field(default_factory=dict)
    mandatory: bool = False
    digestible: bool = False
    roll_up: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of the ladder for one person: what to send where, and when at the earliest."""

    number: int
    channel: Channel
    after: timedelta


def plan_ladder(rule: KindRule, reachable: Collection[Channel]) -> tuple[PlannedStep, ...]:
    """The rule's ladder over the channels this person can be reached on.

    A step whose channel the person lacks is skipped and the following ones move up by its wait, so
    that the first way that exists is tried at once.
    """
    steps = [step for step in rule.ladder if step.channel in reachable]
    if not steps:
        return ()
    saved = steps[0].after
    return tuple(
        PlannedStep(number, step.channel, max(step.after - saved, timedelta(0)))
        for number, step in enumerate(steps)
    )
