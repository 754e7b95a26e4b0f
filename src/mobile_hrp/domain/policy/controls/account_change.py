"""C39: a new account is proved by its owner, checked by another and told to the old contact."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.identity_numbers import masked
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "account_change"
ACCOUNT: Final = Meaning(frozenset({FieldType.PAYEE}))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(AccountChange)
    account = head(document).get(ACCOUNT)
    if account is not None:
        shown = {"account": masked(account.text)}
        if account.text in facts.current:
            yield Observation("same_account", account.path, shown)
        if facts.verified is False:
            yield Observation("not_verified", account.path, shown)
    if not facts.step_up:
        yield Observation("no_step_up")
    if facts.verifiers == 0:
        yield Observation("no_verifier")
    if facts.current and not facts.old_contact:
        yield Observation("nobody_to_tell", evidence={"accounts": len(facts.current)})
    rule = context.tables.find(TABLE, {"rule": "between_changes"}, document.on)
    if rule is None or facts.changed_on is None:
        return
    next_on = facts.changed_on + timedelta(days=rule.whole("days"))
    if document.on < next_on:
        evidence = {
            "changed_on": facts.changed_on.isoformat(),
            "next_on": next_on.isoformat(),
            "days": rule.whole("days"),
            **cited(rule),
        }
        yield Observation("too_soon", evidence=evidence)


CONTROL: Final = ControlFunction(
    key="account_change", check=check, needs=(AccountChange,), tables=(TABLE,)
)
