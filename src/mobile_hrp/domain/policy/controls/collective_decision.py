"""C23: a major matter (三重一大) is decided together and names the minutes."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "collective_decision"
MINUTES: Final = Meaning(
    types=frozenset({FieldType.TEXT}), keys=("minutes_no", "minutes_number", "meeting_no")
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    standard = context.tables.find(TABLE, {"scenario": document.scenario}, document.on)
    if standard is None:
        return
    above_fen = standard.fen("above_amount")
    if standard.row["always"] is not True and document.amount_fen <= above_fen:
        return
    facts = context.of(CollectiveDecision)
    named = head(document).get(MINUTES)
    if named is None:
        if not facts.meeting_on_route and not any(one.approved for one in facts.earlier):
            yield Observation(
                "missing",
                evidence={
                    "amount_fen": document.amount_fen,
                    "above_fen": above_fen,
                    **cited(standard),
                },
            )
        return
    found = facts.registered.get(named.text)
    if found is None:
        yield Observation("unknown", named.path, {"minutes": named.text})
    elif not found.approved:
        yield Observation(
            "not_approved",
            named.path,
            {"minutes": named.text, "body": found.body, "held_on": found.held_on.isoformat()},
        )


CONTROL: Final = ControlFunction(
    key="collective_decision", check=check, needs=(CollectiveDecision,), tables=(TABLE,)
)
