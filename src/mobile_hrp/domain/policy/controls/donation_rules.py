"""C44: gifts, sponsors and pay from outside are never tied to purchasing, and are made public."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

TABLE: Final = "donation_rules"
GIVER: Final = Meaning(frozenset({FieldType.SUPPLIER}))
DESIGNATED: Final = Meaning(frozenset({FieldType.BOOL}), keys=("designated",))
VALUE: Final = Meaning(frozenset({FieldType.MONEY}), keys=("value",))
INTERESTS: Final = Meaning(frozenset({FieldType.SIGNATURE}), keys=("interests", "conflict"))
ORGANISATION: Final = Meaning(frozenset({FieldType.TEXT}), keys=("org",))
INCOME: Final = Meaning(frozenset({FieldType.MONEY}), keys=("income",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    form, facts = head(document), context.of(DonationFacts)
    if INTERESTS.among(document.fields) is not None and form.get(INTERESTS) is None:
        yield Observation("undeclared")
    if VALUE.among(document.fields) is not None:
        yield from _donation(document, context)
    elif facts.business and form.get(GIVER) is not None:
        yield Observation("sponsor_sells", evidence={"purchases": facts.business})
    elif facts.business and form.fen(INCOME) > 0:
        evidence: dict[str, Evidence] = {
            "organisation": form.text(ORGANISATION),
            "income_fen": form.fen(INCOME),
            "purchases": facts.business,
        }
        yield Observation("paid_by_seller", evidence=evidence)


def _donation(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    form, facts = head(document), context.of(DonationFacts)
    designated = form.get(DESIGNATED)
    if facts.business:
        evidence: dict[str, Evidence] = {"purchases": facts.business}
        if designated is not None and designated.value is True:
            yield Observation("tied", designated.path, evidence)
        else:
            yield Observation("giver_sells", "", evidence, Severity.WARN)
    if not facts.accepted_centrally:
        yield Observation("not_central")
    rule = context.tables.find(TABLE, {"rule": "publicity"}, document.on)
    if rule is not None and facts.publicity_days < rule.whole("days"):
        days = {"days": facts.publicity_days, "least": rule.whole("days")}
        yield Observation("not_public", evidence={**days, **cited(rule)})


CONTROL: Final = ControlFunction(
    key="donation_rules", check=check, needs=(DonationFacts,), tables=(TABLE,)
)
