"""C38: objections in time, handled by somebody who did not calculate; long enough a publicity."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.distribution import ObjectionFacts
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "objection_rules"
PUBLICITY: Final = Meaning(frozenset({FieldType.INT}), keys=("publicity_days",))
APPEAL: Final = Meaning(frozenset({FieldType.BOOL}), keys=("appeal",))
EARLIER: Final = Meaning(frozenset({FieldType.DOC_LINK}), keys=("earlier",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    if PUBLICITY.among(document.fields) is not None:
        yield from _publicity(document, context)
    else:
        yield from _objection(document, context.of(ObjectionFacts))


def _publicity(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    days = head(document).get(PUBLICITY)
    rule = context.tables.find(TABLE, {"rule": "publicity"}, document.on)
    if days is not None and rule is not None and days.number < rule.whole("days"):
        evidence = {"days": int(days.number), "least": rule.whole("days"), **cited(rule)}
        yield Observation("too_short", days.path, evidence)


def _objection(document: PolicyDocument, facts: ObjectionFacts) -> Iterator[Observation]:
    appeal, earlier = head(document).get(APPEAL), head(document).get(EARLIER)
    if appeal is not None and appeal.value is True:
        if not facts.earlier_decided:
            path = appeal.path if earlier is None else earlier.path
            yield Observation("nothing_decided", path)
    elif facts.opens_at is None or facts.closes_at is None:
        yield Observation("no_publicity")
    elif document.at < facts.opens_at:
        yield Observation("too_early", evidence={"opens_at": _shown(facts.opens_at.isoformat())})
    elif document.at >= facts.closes_at:
        yield Observation("too_late", evidence={"closed_at": _shown(facts.closes_at.isoformat())})
    if facts.calculated_by is not None and facts.handlers <= {facts.calculated_by}:
        yield Observation("no_other_handler", evidence={"handlers": len(facts.handlers)})


def _shown(moment: str) -> str:
    return moment[:16].replace("T", " ")


CONTROL: Final = ControlFunction(
    key="objection_window", check=check, needs=(ObjectionFacts,), tables=(TABLE,)
)
