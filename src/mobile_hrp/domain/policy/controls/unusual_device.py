"""C42: a large decision from a new device or at night is proved once more.

It stands in every scenario that pays somebody. Small decisions are none of its business, whatever
they come from: those of a chat's card come from no device of ours at all.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLE: Final = "unusual_device"
STEP_UP: Final = "step_up"


def applies(document: PolicyDocument) -> bool:
    """While somebody decides who has not just proved who they are."""
    return document.deciding is not None and not document.deciding.evidence.get(STEP_UP)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    rule = context.tables.find(TABLE, {"scenario": document.scenario}, document.on)
    if rule is None or document.amount_fen < rule.fen("large_from"):
        return
    facts = context.of(DeviceFacts)
    shown: dict[str, Evidence] = {
        "device": facts.label,
        "amount_fen": document.amount_fen,
        "large_fen": rule.fen("large_from"),
        **cited(rule),
    }
    if facts.first_seen_at is None:
        yield Observation("unknown_device", evidence=shown, severity=Severity.INFO)
        return
    known_for = document.at - facts.first_seen_at
    if known_for < timedelta(days=rule.whole("new_days")):
        since: dict[str, Evidence] = {
            "first_seen_on": facts.first_seen_at.date().isoformat(),
            "days": rule.whole("new_days"),
        }
        yield Observation("new_device", evidence={**shown, **since})
    hour, begins, ends = facts.local_at.hour, rule.whole("odd_from"), rule.whole("odd_until")
    odd = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
    if odd:
        at = facts.local_at.isoformat(timespec="minutes")[11:16]
        yield Observation("odd_hour", evidence={**shown, "at": at})


CONTROL: Final = ControlFunction(
    key="unusual_device", check=check, needs=(DeviceFacts,), tables=(TABLE,), applies=applies
)
