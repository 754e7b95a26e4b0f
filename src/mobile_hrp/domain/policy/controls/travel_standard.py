"""C11 差旅标准: lodging by city, rank and season; transport by rank; allowances by day."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from mobile_hrp.domain.policy.cities import CITY_TABLE, city_code, city_region
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.people import Ranks
from mobile_hrp.domain.policy.forms import Entry, Row, head, rows, rows_of
from mobile_hrp.domain.policy.tables import ANY, Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_LODGING: Final = "travel_lodging_by_city_rank_season"
_SEASONS: Final = "travel_peak_season"
_CLASSES: Final = "travel_transport_class"
_LADDER: Final = "travel_transport_ladder"
_ALLOWANCES: Final = "travel_allowance_daily"
_ABROAD: Final = "abroad_daily_standard"
_USUAL: Final = "usual"
_NIGHTS_COUNTED_MAX: Final = 366
"""Nobody stays longer on one row; a slip of the finger must not keep the server counting."""


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    for row in rows_of(document, "OtherExpenseData"):
        yield from _lodging(document, context, row)
    for row in rows_of(document, "VehicleData"):
        yield from _transport(document, context, row)
    yield from _allowances(document, context)
    for row in rows_of(document, "ExpendInfoData"):
        yield from _abroad(document, context, row)


def _rank(document: PolicyDocument, context: PolicyContext, row: Row) -> str:
    traveller = row.first(FieldType.STAFF)
    staff = traveller.text if traveller else str(document.requester_id)
    return context.of(Ranks).by_staff.get(staff, ANY)


def _lodging(document: PolicyDocument, context: PolicyContext, row: Row) -> Iterable[Observation]:
    kind, amount = row.named("ExpenseType"), row.named("ReceiptAmount")
    if kind is None or kind.text != "lodging" or amount is None:
        return
    city, nights = row.first(FieldType.CITY), row.named("nights")
    if city is None or nights is None or nights.number <= 0:
        yield Observation("lodging_not_told", row.path, {"amount_fen": amount.fen}, Severity.WARN)
        return
    count = int(nights.number)
    days = _trip_days(document)
    if days is not None and count >= days > 0:
        yield Observation("nights", nights.path, {"nights": count, "days": days})
    first_night = row.named("check_in") or head(document).named("DepDate")
    rank, code = _rank(document, context, row), city_code(city.text, context.tables, document.on)
    begins = first_night.day if first_night else document.on
    limits = [
        limit
        for number in range(min(count, _NIGHTS_COUNTED_MAX))
        if (limit := _night(document, context, code, rank, begins + timedelta(days=number)))
    ]
    allowed = sum(limit.fen("limit") for limit in limits)
    if limits and amount.fen > allowed:
        yield Observation(
            "lodging",
            row.path,
            {
                "city": city.text,
                "rank": rank,
                "season": str(limits[0].row["season"]),
                "nights": count,
                "limit_fen": limits[0].fen("limit"),
                "allowed_fen": allowed,
                "amount_fen": amount.fen,
                "over_fen": amount.fen - allowed,
                **cited(limits[0]),
            },
        )


def _night(
    document: PolicyDocument, context: PolicyContext, city: str, rank: str, night: date
) -> Standard | None:
    """The limit of one night; out of season where the season has none of its own."""
    month_day = night.isoformat()[5:]
    seasons = [
        season.text("season")
        for season in context.tables.rows(_SEASONS, document.on)
        if season.text("city") == city
        and season.text("from_day") <= month_day <= season.text("to_day")
    ]
    for season in (*seasons, _USUAL):
        keys = {"city": city, "rank": rank, "season": season}
        found = context.tables.find(_LODGING, keys, document.on)
        if found is not None:
            return found
    return None


def _transport(document: PolicyDocument, context: PolicyContext, row: Row) -> Iterable[Observation]:
    vehicle = row.named("VehicleType")
    taken = _rung(vehicle.text, document, context) if vehicle else None
    if vehicle is None or taken is None:
        return
    rank = _rank(document, context, row)
    keys = {"rank": rank, "means": taken.text("means")}
    allowed = context.tables.find(_CLASSES, keys, document.on)
    highest = _rung(allowed.text("allowed"), document, context) if allowed else None
    if allowed and highest and taken.whole("level") > highest.whole("level"):
        fare = row.named("ReceiptAmount")
        yield Observation(
            "transport_class",
            row.path,
            {
                "vehicle": _label(vehicle, vehicle.text),
                "allowed": _label(vehicle, allowed.text("allowed")),
                "rank": rank,
                "amount_fen": fare.fen if fare else None,
                **cited(allowed),
            },
        )


def _rung(vehicle: str, document: PolicyDocument, context: PolicyContext) -> Standard | None:
    return context.tables.find(_LADDER, {"vehicle": vehicle}, document.on)


def _label(entry: Entry, code: str) -> str:
    """The option's name as the form shows it."""
    names = (option.name.zh for option in entry.field.options if option.code == code)
    return next(names, code)


def _trip_days(document: PolicyDocument) -> int | None:
    """Calendar days of the trip, both ends counted."""
    begins, ends = head(document).named("DepDate"), head(document).named("ReturnDate")
    return (ends.day - begins.day).days + 1 if begins and ends else None


def _allowances(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """Each row by the rate of the best region visited, and each kind by the days of the trip."""
    trip_days = _trip_days(document)
    claimed: dict[tuple[str, str], Decimal] = {}
    for row in rows_of(document, "AllowanceData"):
        kind, days = row.named("AllowanceType"), row.named("AllowanceDays")
        amount, traveller = row.named("AllowanceAmount"), row.first(FieldType.STAFF)
        if kind is None or days is None:
            continue
        person = traveller.text if traveller else ""
        claimed[person, kind.text] = claimed.get((person, kind.text), Decimal()) + days.number
        if trip_days is not None and claimed[person, kind.text] > trip_days:
            yield Observation(
                "allowance_days",
                row.path,
                {"days": str(claimed[person, kind.text]), "trip_days": trip_days},
            )
        rate = _best_rate(document, context, kind.text)
        if rate is None or amount is None:
            continue
        allowed = int(rate.fen("amount") * days.number)
        if amount.fen > allowed:
            yield Observation(
                "allowance",
                row.path,
                {
                    "kind": _label(kind, kind.text),
                    "days": days.text,
                    "rate_fen": rate.fen("amount"),
                    "allowed_fen": allowed,
                    "amount_fen": amount.fen,
                    "over_fen": amount.fen - allowed,
                    **cited(rate),
                },
            )


def _best_rate(document: PolicyDocument, context: PolicyContext, kind: str) -> Standard | None:
    visited = {
        city_region(entry.text, context.tables, document.on)
        for row in rows(document)
        for entry in row.of_type(FieldType.CITY)
    }
    rates = [
        rate
        for region in sorted(visited | {ANY})
        if (rate := context.tables.find(_ALLOWANCES, {"region": region, "kind": kind}, document.on))
    ]
    return max(rates, key=lambda rate: rate.fen("amount"), default=None)


def _abroad(document: PolicyDocument, context: PolicyContext, row: Row) -> Iterable[Observation]:
    """Kinds of spending that have a daily standard, for all members of the delegation together."""
    fee, currency = row.named("FeeType"), row.named("Currency")
    amount, city, days = row.named("FeeSumAmount"), row.first(FieldType.CITY), row.named("days")
    if fee is None or currency is None or amount is None:
        return
    place = city_code(city.text, context.tables, document.on) if city else ANY
    keys = {"city": place, "fee_type": fee.text}
    standard = context.tables.find(_ABROAD, keys, document.on)
    if standard is None:
        return
    shown = {"fee": _label(fee, fee.text), "amount": amount.text, "currency": currency.text}
    if city is None or days is None:
        yield Observation("abroad_not_told", row.path, shown, Severity.WARN)
        return
    if standard.text("currency") != currency.text.strip().upper():
        yield Observation(
            "other_currency",
            row.path,
            {**shown, "standard_currency": standard.text("currency"), **cited(standard)},
            Severity.INFO,
        )
        return
    persons = head(document).named("UnitPersons")
    people = int(persons.number) if persons else 1
    allowed = standard.number("limit") * days.number * people
    if amount.number > allowed:
        yield Observation(
            "abroad",
            row.path,
            {
                **shown,
                "city": city.text,
                "days": days.text,
                "people": people,
                "limit": standard.text("limit"),
                "allowed": format(allowed.normalize(), "f"),
                **cited(standard),
            },
        )


CONTROL = ControlFunction(
    key="travel_standard",
    check=check,
    needs=(Ranks,),
    tables=(_LODGING, _SEASONS, _CLASSES, _LADDER, _ALLOWANCES, _ABROAD, CITY_TABLE),
)
