"""C12 补助与供餐互斥: who is fed or driven is not also paid for meals or local transport."""

from collections.abc import Iterable
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.requests import PriorRequests
from mobile_hrp.domain.policy.facts.whereabouts import Presence, Whereabouts, WhereKind
from mobile_hrp.domain.policy.forms import Row, head, rows, rows_of
from mobile_hrp.domain.policy.presence import presences
from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_WORDS: Final = "provision_words"
_MEALS: Final = "meals"
_CARS: Final = "cars"
_KINDS: Final = {"meals": _MEALS, "local_transport": _CARS}
"""Kinds of allowance, and what provided instead excludes them."""
_ALLOWANCE, _PROVISION = "allowance", "provision"


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    allowances = _allowances(document)
    yield from _against_the_form(document, allowances)
    yield from _against_the_request(document, context, allowances)
    yield from _taxis(document, allowances)
    yield from _cost_items(document, context)
    yield from _official_cars(document, context)


def _allowances(document: PolicyDocument) -> list[tuple[Row, str, int]]:
    """Rows of allowance: what for, and how much in fen."""
    found = []
    for row in rows_of(document, "AllowanceData"):
        kind, amount = row.named("AllowanceType"), row.named("AllowanceAmount")
        if kind is not None and amount is not None and amount.fen > 0 and kind.text in _KINDS:
            found.append((row, _KINDS[kind.text], amount.fen))
    return found


def _given(document: PolicyDocument, kind: str) -> bool | None:
    """What the form says of meals or cars being provided; None where it says nothing."""
    entry = head(document).named(f"{kind}_provided")
    return bool(entry.value) if entry is not None else None


def _against_the_form(
    document: PolicyDocument, allowances: list[tuple[Row, str, int]]
) -> Iterable[Observation]:
    for row, kind, amount in allowances:
        if not _given(document, kind):
            continue
        if kind == _MEALS:
            yield Observation("meals", row.path, {"amount_fen": amount})
        else:
            yield Observation("cars", row.path, {"amount_fen": amount})


def _against_the_request(
    document: PolicyDocument, context: PolicyContext, allowances: list[tuple[Row, str, int]]
) -> Iterable[Observation]:
    """The request asks of meals and cars in one: who knows better says so on the claim."""
    said_so = [one for one in context.of(PriorRequests).requests if one.provided]
    unsaid = [one for one in allowances if _given(document, one[1]) is None]
    if said_so and unsaid:
        yield Observation(
            "request_says_provided",
            unsaid[0][0].path,
            {
                "request": said_so[0].number,
                "amount_fen": sum(amount for _, _, amount in unsaid),
            },
            Severity.REQUIRE_REASON,
        )


def _taxis(
    document: PolicyDocument, allowances: list[tuple[Row, str, int]]
) -> Iterable[Observation]:
    """A lump sum for local transport covers taxis; the way to the station may be an exception."""
    lump = sum(amount for _, kind, amount in allowances if kind == _CARS)
    for row in rows_of(document, "VehicleData"):
        vehicle, fare = row.named("VehicleType"), row.named("ReceiptAmount")
        if lump and vehicle is not None and vehicle.text == "taxi":
            yield Observation(
                "taxi",
                row.path,
                {"fare_fen": fare.fen if fare else None, "amount_fen": lump},
                Severity.WARN,
            )


def _cost_items(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Forms without a list of allowances name them among their costs (``item``)."""
    items = [
        (row, entry.text, word)
        for row in rows(document)
        if (entry := row.named("item")) is not None
        for word in [_word(entry.text, document, context)]
        if word is not None
    ]
    provided = {word.text("kind") for _, _, word in items if word.text("role") == _PROVISION}
    provided |= {kind for kind in (_MEALS, _CARS) if _given(document, kind)}
    for row, item, word in items:
        if word.text("role") != _ALLOWANCE or word.text("kind") not in provided:
            continue
        amount = row.first(FieldType.MONEY)
        seen: dict[str, Evidence] = {
            "item": item,
            "amount_fen": amount.fen if amount else None,
            **cited(word),
        }
        yield Observation("item_and_provision", row.path, seen)


def _word(text: str, document: PolicyDocument, context: PolicyContext) -> Standard | None:
    """The longest known word in a text: 餐补 says more than 餐."""
    known = [word for word in context.tables.rows(_WORDS, document.on) if word.text("word") in text]
    return max(known, key=lambda word: len(word.text("word")), default=None)


def _official_cars(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Riding in an official car on days for which the lump sum is claimed, on either paper."""
    for own in _own(document):
        for other in context.of(Whereabouts).known:
            if other.person != own.person or not _share_a_day(own, other):
                continue
            car, trip = (own, other) if own.kind is WhereKind.CAR else (other, own)
            if car.kind is WhereKind.CAR and trip.transport_allowance:
                yield Observation(
                    "official_car",
                    own.path,
                    {
                        "first_on": other.first_on.isoformat(),
                        "last_on": other.last_on.isoformat(),
                        "document": other.number,
                    },
                    Severity.WARN,
                )


def _own(document: PolicyDocument) -> tuple[Presence, ...]:
    return presences(document.fields, document.values, str(document.requester_id))


def _share_a_day(one: Presence, other: Presence) -> bool:
    return max(one.first_on, other.first_on) <= min(one.last_on, other.last_on)


CONTROL = ControlFunction(
    key="allowance_exclusive",
    check=check,
    needs=(PriorRequests, Whereabouts),
    tables=(_WORDS,),
)
