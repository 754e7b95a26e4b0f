"""What a person wants, as far as the hospital lets them choose."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.limits import Limits
from mobile_hrp.domain.notification.vocabulary import Cadence, Channel, Urgency
from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Ways:
    """The channels on which a person is told of a kind at once, and those for digests."""

    at_once: frozenset[Channel]
    digest: frozenset[Channel]


def ways_to(
    rule: KindRule,
    *,
    reachable: Collection[Channel],
    wishes: Mapping[Channel, Cadence],
    limits: Limits,
) -> Ways:
    """Sort the channels of a person by what they want of the rule's category.

    ``critical`` ignores wishes. What is mandatory, by the kind or by the hospital, cannot be
    switched off: an ``off`` that stands from before is read as ``immediate``.
    """
    usable = {step.channel for step in rule.ladder} & set(reachable)
    if rule.urgency is Urgency.CRITICAL:
        return Ways(frozenset(usable), frozenset(usable))
    must = is_mandatory(rule, limits)
    at_once, digest = set(), set()
    for channel in usable:
        wish = wishes.get(channel, Cadence.IMMEDIATE)
        if wish is Cadence.IMMEDIATE or (wish is Cadence.OFF and must):
            at_once.add(channel)
        if wish is not Cadence.OFF or must:
            digest.add(channel)
    return Ways(frozenset(at_once), frozenset(digest))


def is_mandatory(rule: KindRule, limits: Limits) -> bool:
    return rule.mandatory or rule.category in limits.mandatory_categories


def check_wish(category: str, cadence: Cadence, limits: Limits) -> None:
    """Raise Refusal PREFERENCE_MANDATORY where the hospital does not let a category go silent."""
    if cadence is Cadence.OFF and category in limits.mandatory_categories:
        raise Refusal("PREFERENCE_MANDATORY", path="wishes")
