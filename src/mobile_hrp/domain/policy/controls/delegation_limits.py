"""C40: authority is lent for a time, an amount and named matters, and never passed on."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts, StandingGrant
from mobile_hrp.domain.policy.form_view import Meaning, Placed, Row, form_rows, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

TABLE: Final = "delegation_limits"
DELEGATE: Final = Meaning(frozenset({FieldType.STAFF}))
DATES: Final = Meaning(frozenset({FieldType.DATERANGE}))
CAP: Final = Meaning(frozenset({FieldType.MONEY}))
SCENARIO: Final = Meaning(frozenset({FieldType.TEXT}), keys=("scenario",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    form, facts = head(document), context.of(DelegationFacts)
    delegate, dates = form.get(DELEGATE), form.get(DATES)
    if delegate is not None:
        yield from _delegate(document, facts, delegate)
    flows = frozenset(row.text(SCENARIO) for _, row in form_rows(form))
    for _, row in form_rows(form):
        if row.text(SCENARIO) not in facts.scenarios:
            evidence = {"scenario": row.text(SCENARIO)}
            yield Observation("unknown_scenario", row.path, evidence)
    if delegate is not None and dates is not None:
        yield from _chain(document, facts, delegate, dates, flows)
    yield from _limits(document, context, form, dates)


def _delegate(
    document: PolicyDocument, facts: DelegationFacts, delegate: Placed
) -> Iterator[Observation]:
    if delegate.text == str(document.requester_id):
        yield Observation("oneself", delegate.path)
    if not facts.delegate_active:
        yield Observation("delegate_gone", delegate.path)
    if facts.own_requests:
        evidence = {"count": facts.own_requests}
        yield Observation("own_requests", delegate.path, evidence, Severity.WARN)


def _chain(
    document: PolicyDocument,
    facts: DelegationFacts,
    delegate: Placed,
    dates: Placed,
    flows: frozenset[str],
) -> Iterator[Observation]:
    first, last = dates.period
    requester = str(document.requester_id)
    for grant in facts.grants:
        if not _meets(grant, first, last, flows):
            continue
        evidence = {"first_on": grant.first_day.isoformat(), "last_on": grant.last_day.isoformat()}
        if grant.principal_id == delegate.text:
            yield Observation("passed_on", delegate.path, evidence)
        elif grant.proxy_id == requester:
            # What one holds for somebody else is not one's own to lend; one's own still is.
            yield Observation("holds_for_another", delegate.path, evidence, Severity.WARN)
        elif grant.principal_id == requester and grant.proxy_id != delegate.text:
            yield Observation("lent_already", dates.path, evidence)


def _meets(grant: StandingGrant, first: date, last: date, flows: frozenset[str]) -> bool:
    in_time = grant.first_day <= last and first <= grant.last_day
    return in_time and (not grant.flows or not flows or bool(grant.flows & flows))


def _limits(
    document: PolicyDocument, context: PolicyContext, form: Row, dates: Placed | None
) -> Iterator[Observation]:
    facts = context.of(DelegationFacts)
    rule = context.tables.find(TABLE, {"rank": facts.rank}, document.on)
    if dates is not None:
        first, last = dates.period
        days = (last - first).days + 1
        if first < document.on:
            yield Observation("in_the_past", dates.path, {"first_on": first.isoformat()})
        if rule is not None and days > rule.whole("days"):
            evidence = {"days": days, "most": rule.whole("days"), **cited(rule)}
            yield Observation("too_long", dates.path, evidence)
    if rule is None:
        return
    cap = form.get(CAP)
    if cap is None:
        evidence = {"most_fen": rule.fen("amount"), **cited(rule)}
        yield Observation("no_cap", evidence=evidence)
    elif cap.fen > rule.fen("amount"):
        evidence = {"cap_fen": cap.fen, "most_fen": rule.fen("amount"), **cited(rule)}
        yield Observation("cap_too_high", cap.path, evidence)


CONTROL: Final = ControlFunction(
    key="delegation_limits", check=check, needs=(DelegationFacts,), tables=(TABLE,)
)
