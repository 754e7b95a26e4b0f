"""C30: the same trip, hours or charge was claimed before, or stands twice on the form."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.facts.earlier import EarlierMatters
from mobile_hrp.domain.policy.matters import Matter, MatterKind, matters
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)

TABLE: Final = "repeated_matter"


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    standard = context.tables.find(TABLE, {"rule": "same_charge"}, document.on)
    days = 0 if standard is None else standard.whole("days")
    since = document.on - timedelta(days=days)
    own = matters(document.fields, document.values, document.requester_id)
    for position, matter in enumerate(own):
        for first in own[:position]:
            if matter.same_as(first):
                yield Observation("twice_here", matter.path, {"other": first.path})
                break
        for earlier in context.of(EarlierMatters).claimed:
            if not matter.same_as(earlier.matter):
                continue
            evidence: dict[str, Evidence] = {
                "document": earlier.number,
                "submitted_on": earlier.submitted_on.isoformat(),
            }
            if matter.kind is not MatterKind.CHARGE:
                yield _again(matter, {**evidence, **_when(earlier.matter)})
                break
            if earlier.submitted_on >= since:
                evidence |= {"amount_fen": matter.amount_fen, "days": days}
                yield Observation("same_charge", matter.path, evidence)
                break


def _again(matter: Matter, evidence: dict[str, Evidence]) -> Observation:
    if matter.kind is MatterKind.TRIP:
        return Observation("same_trip", matter.path, evidence)
    return Observation("same_slot", matter.path, evidence)


def _when(matter: Matter) -> dict[str, Evidence]:
    return {"begins_on": matter.begins, "ends_on": matter.ends}


CONTROL: Final = ControlFunction(
    key="repeated_matter", check=check, needs=(EarlierMatters,), tables=(TABLE,)
)
