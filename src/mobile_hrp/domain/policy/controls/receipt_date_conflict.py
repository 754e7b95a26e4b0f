"""C09 发票日期与业务日期矛盾: a receipt's day and place fit what it is claimed for."""

from collections.abc import Iterable
from typing import Final

from mobile_hrp.domain.policy.cities import city_code
from mobile_hrp.domain.policy.facts.contracts import Contracts
from mobile_hrp.domain.policy.facts.requests import PriorRequests
from mobile_hrp.domain.policy.forms import Entry, everywhere, head, rows
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.scenario.vocabulary import FieldType

_BEGINNING: Final = ("DepDate", "StartDate")
_END: Final = ("ReturnDate", "EndDate")
_DAY_OF_USE_KINDS: Final = frozenset(
    {ReceiptKind.TAXI, ReceiptKind.BUS, ReceiptKind.RAIL_PAPER, ReceiptKind.TOLL}
)
"""Papers whose date is that of the ride. Invoices may be issued before or after."""


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    yield from _in_the_future(document)
    yield from _before_the_contract(document, context)
    yield from _outside_the_trip(document)
    yield from _before_the_event(document)
    yield from _off_the_route(document, context)


def _in_the_future(document: PolicyDocument) -> Iterable[Observation]:
    for receipt in document.receipts:
        if receipt.issued_on is not None and receipt.issued_on > document.on:
            yield Observation(
                "future",
                receipt.path,
                {
                    "number": receipt.number,
                    "issued_on": receipt.issued_on.isoformat(),
                    "claimed_on": document.on.isoformat(),
                },
            )


def _before_the_contract(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    known = context.of(Contracts).by_number
    named = (entry.text for entry in everywhere(document, FieldType.CONTRACT))
    for contract in (known[number] for number in named if number in known):
        for receipt in document.receipts:
            if receipt.issued_on is not None and receipt.issued_on < contract.signed_on:
                yield Observation(
                    "before_contract",
                    receipt.path,
                    {
                        "number": receipt.number,
                        "issued_on": receipt.issued_on.isoformat(),
                        "contract": contract.number,
                        "signed_on": contract.signed_on.isoformat(),
                    },
                )


def _outside_the_trip(document: PolicyDocument) -> Iterable[Observation]:
    begins, ends = head(document).named(*_BEGINNING), head(document).named(*_END)
    if begins is None or ends is None:
        return
    for receipt in document.receipts:
        if receipt.issued_on is None or receipt.kind not in _DAY_OF_USE_KINDS:
            continue
        if not begins.day <= receipt.issued_on <= ends.day:
            yield Observation(
                "outside_trip",
                receipt.path,
                {
                    "number": receipt.number,
                    "issued_on": receipt.issued_on.isoformat(),
                    "begins_on": begins.day.isoformat(),
                    "ends_on": ends.day.isoformat(),
                },
            )


def _before_the_event(document: PolicyDocument) -> Iterable[Observation]:
    """Rows that say when something happened, with the receipts that prove it."""
    days = {row.path: row.first(FieldType.DATE) for row in rows(document)}
    for receipt in document.receipts:
        happened = days.get(receipt.path)
        if happened is None or receipt.issued_on is None:
            continue
        if receipt.issued_on < happened.day:
            yield Observation(
                "before_event",
                receipt.path,
                {
                    "number": receipt.number,
                    "issued_on": receipt.issued_on.isoformat(),
                    "happened_on": happened.day.isoformat(),
                },
            )


def _off_the_route(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    approved = tuple(
        dict.fromkeys(
            city for request in context.of(PriorRequests).requests for city in request.cities
        )
    )
    if not approved:
        return
    on_route = {city_code(city, context.tables, document.on) for city in approved}
    for entry in _cities(document):
        if city_code(entry.text, context.tables, document.on) not in on_route:
            yield Observation("off_route", entry.path, {"city": entry.text, "approved": approved})


def _cities(document: PolicyDocument) -> Iterable[Entry]:
    return (entry for row in rows(document) for entry in row.of_type(FieldType.CITY))


CONTROL = ControlFunction(
    key="receipt_date_conflict",
    check=check,
    needs=(Contracts, PriorRequests),
    tables=("travel_city",),
)
