"""C18 收款账户一致: money goes to the requester or the supplier, on an account that settled in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.accounts import plain_account
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.payees import STAFF, SUPPLIER, KnownAccount, PayeeAccounts
from mobile_hrp.domain.policy.forms import Entry, everywhere, head, rows
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_SHOWN_DIGITS: Final = 4


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    accounts = context.of(PayeeAccounts)
    if document.amount_fen == 0:
        yield from _registering(document, accounts)
        return
    for entry in head(document).of_type(FieldType.PAYEE):
        yield from _paying(document, context, entry)
    yield from _people(document, context)


def _tail(entry: Entry, known: KnownAccount | None = None) -> Mapping[str, Evidence]:
    """As much of an account as its owner needs to know it by."""
    shown = known.tail if known is not None else ""
    return {"account_tail": shown or plain_account(entry.text)[-_SHOWN_DIGITS:]}


def _registering(document: PolicyDocument, accounts: PayeeAccounts) -> Iterable[Observation]:
    """A form without money registers an account: it must not be somebody else's already."""
    owners = _owners(document, accounts)
    for entry in everywhere(document, FieldType.PAYEE):
        known = accounts.known.get(entry.text)
        if known is not None and (known.holder_kind, known.holder) not in owners:
            yield Observation("of_somebody_else", entry.path, _tail(entry, known))


def _owners(document: PolicyDocument, accounts: PayeeAccounts) -> set[tuple[str, str]]:
    """Who may be paid: the supplier that is named, else the requester."""
    named = [entry.text for entry in head(document).of_type(FieldType.SUPPLIER)]
    if named:
        return {(SUPPLIER, accounts.suppliers.get(one, "")) for one in named}
    return {(STAFF, accounts.requester)}


def _paying(
    document: PolicyDocument, context: PolicyContext, entry: Entry
) -> Iterable[Observation]:
    accounts = context.of(PayeeAccounts)
    known = accounts.known.get(entry.text)
    if known is None:
        yield Observation("unknown", entry.path, _tail(entry), Severity.REQUIRE_REASON)
    elif (known.holder_kind, known.holder) not in _owners(document, accounts):
        yield Observation("of_somebody_else", entry.path, _tail(entry, known))
    else:
        yield from _cooling(document, context, entry, known)


def _cooling(
    document: PolicyDocument, context: PolicyContext, entry: Entry, known: KnownAccount
) -> Iterable[Observation]:
    """An account is used from the day its cooling-off ends."""
    rest = context.tables.find("retention_days", {"rule": "payee_cooling_off"}, document.on)
    if rest is None:
        return
    usable = known.added_on + timedelta(days=rest.whole("days"))
    if document.on < usable:
        yield Observation(
            "cooling_off",
            entry.path,
            {
                **_tail(entry, known),
                "added_on": known.added_on.isoformat(),
                "usable_on": usable.isoformat(),
                "days": rest.whole("days"),
                **cited(rest),
            },
        )


def _people(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Rows of people paid: outsiders are in no register, but each has an account of their own."""
    entries = [entry for row in rows(document) for entry in row.of_type(FieldType.PAYEE)]
    times = Counter(plain_account(entry.text) for entry in entries)
    for entry in entries:
        count = times[plain_account(entry.text)]
        known = context.of(PayeeAccounts).known.get(entry.text)
        if count > 1:
            yield Observation(
                "shared",
                entry.path,
                {**_tail(entry, known), "people": count},
                Severity.REQUIRE_REASON,
            )
        if known is not None:
            yield from _cooling(document, context, entry, known)


CONTROL = ControlFunction(
    key="payee_account",
    check=check,
    needs=(PayeeAccounts,),
    tables=("retention_days",),
    applies=lambda document: bool(everywhere(document, FieldType.PAYEE)),
)
