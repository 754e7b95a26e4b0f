"""What people and days make of a spending standard: measured spending beside its limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.form_view import Meaning, Row, head, rows
from mobile_hrp.domain.policy.labor_tax import LABOR_INCOME, withheld_fen
from mobile_hrp.domain.policy.paid_people import FEE_KIND, PEOPLE, TITLE, UNITS
from mobile_hrp.domain.policy.tables import PolicyTables, Standard
from mobile_hrp.domain.policy.terms import Evidence, PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType

CONFERENCE: Final = "conference_per_head_day"
TRAINING: Final = "training_per_head_day"
LECTURE: Final = "lecture_fee_per_hour"
FEES: Final = "labor_fee"
MEALS: Final = "reception_meal"
LODGING: Final = "travel_lodging_by_city_rank_season"
ABROAD: Final = "abroad_per_head_day"

_INT = frozenset({FieldType.INT})
_DATE = frozenset({FieldType.DATE})
_MONEY = frozenset({FieldType.MONEY})
_LIST = frozenset({FieldType.ITEM_LIST})
_DECIMAL = frozenset({FieldType.DECIMAL})
DELEGATES: Final = Meaning(_INT, archive=("RepresentNum",), keys=("reps",))
PARTICIPANTS: Final = Meaning(_INT, archive=("AttendTrainingNum",), keys=("attendees",))
WORKERS: Final = Meaning(_INT, archive=("WorkerNum",), keys=("workers",))
CLASS: Final = Meaning(frozenset({FieldType.ENUM}), archive=("CategoryName",), keys=("category",))
TOTAL_DAYS: Final = Meaning(_DECIMAL, archive=("TotalDay",))
DATES: Final = Meaning(frozenset({FieldType.DATERANGE}))
COSTS: Final = Meaning(
    _LIST, providers=("conference_estimate", "training_estimate"), keys=("lines",)
)
COST_KIND: Final = Meaning(frozenset({FieldType.ENUM}), keys=("kind",))
AMOUNT: Final = Meaning(_MONEY, archive=("TotalAmount",), keys=("amount",))
FEE: Final = Meaning(_MONEY, archive=("ServiceFeeAmount",), keys=("fee", "amount"))
DINNERS: Final = (
    Meaning(_LIST, archive=("OfficialDinnerData",), keys=("meal",)),
    Meaning(_LIST, archive=("FeteData",), keys=("banquet",)),
)
HOTEL: Final = Meaning(_LIST, archive=("HotelData",))
GUESTS: Final = Meaning(_INT, archive=("TotalNum",), keys=("people",))
FROM: Final = Meaning(_DATE, archive=("ArrDate",), keys=("from_on",))
TO: Final = Meaning(_DATE, archive=("DepDate",), keys=("to_on",))
VISITORS: Final = Meaning(_INT, archive=("VisitorsNum",))
HOSTS: Final = Meaning(frozenset({FieldType.STAFF_LIST}), keys=("hosts",))
ABROAD_COSTS: Final = Meaning(_LIST, archive=("BudgetDetailInfoData", "ExpendInfoData"))
COUNTRY: Final = Meaning(
    frozenset({FieldType.TEXT}), archive=("Country", "Destination"), keys=("country",)
)
FEE_TYPE: Final = Meaning(frozenset({FieldType.ENUM}), archive=("FeeType",))
CURRENCY: Final = Meaning(frozenset({FieldType.TEXT}), archive=("Currency",))
FOREIGN: Final = Meaning(_DECIMAL, archive=("FeeSumAmount",))
ROW_DAYS: Final = Meaning(_INT, archive=("DaysNo",))
ROW_PEOPLE: Final = Meaning(_INT, archive=("PeopleNo",))
OUR_PEOPLE: Final = Meaning(_INT, archive=("UnitPersons", "TotalPersons"))
LEFT: Final = Meaning(_DATE, archive=("StartDate",))
CAME_BACK: Final = Meaning(_DATE, archive=("EndDate",))

LECTURE_KIND: Final = "lecture"
WORKING_MEAL: Final = "working_meal"


@dataclass(frozen=True, slots=True)
class Measure:
    """``spent_fen`` for these people and days beside what the standard allows them."""

    path: str
    spent_fen: int
    limit_fen: int
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return self.spent_fen > self.limit_fen

    def shown(self) -> dict[str, Evidence]:
        return {
            "spent_fen": self.spent_fen,
            "limit_fen": self.limit_fen,
            "over_fen": self.spent_fen - self.limit_fen,
            **self.evidence,
        }


def plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _allowed(standard: Standard, *factors: Decimal) -> int:
    allowed = Decimal(standard.fen("limit"))
    for factor in factors:
        allowed *= factor
    return int(allowed.quantize(Decimal(1), ROUND_DOWN))


def _measure(
    path: str, spent_fen: int, standard: Standard, people: Decimal, days: Decimal
) -> Measure:
    return Measure(
        path,
        spent_fen,
        _allowed(standard, people, days),
        {
            "standard_fen": standard.fen("limit"),
            "people": plain(people),
            "days": plain(days),
            **cited(standard),
        },
    )


@dataclass(frozen=True, slots=True)
class Gathering:
    """A conference or a training: its class, its people and days, its costs by kind."""

    table: str
    grade: str
    people: Decimal
    days: Decimal
    path: str
    costs_fen: Mapping[str, int]


def gathering(document: PolicyDocument) -> Gathering | None:
    form = head(document)
    for table, meaning in ((CONFERENCE, DELEGATES), (TRAINING, PARTICIPANTS)):
        heads, costs = form.get(meaning), COSTS.among(document.fields)
        days = _days(form)
        if heads is not None and costs is not None and days is not None:
            spent: dict[str, int] = {}
            for row in rows(document, COSTS):
                kind = row.text(COST_KIND)
                spent[kind] = spent.get(kind, 0) + row.fen(AMOUNT)
            return Gathering(
                table=table,
                grade=form.text(CLASS),
                people=heads.number + form.fen(WORKERS),
                days=days,
                path=f"values.{costs.key}",
                costs_fen=spent,
            )
    return None


def _days(form: Row) -> Decimal | None:
    total, dates = form.get(TOTAL_DAYS), form.get(DATES)
    if total is not None:
        return total.number
    if dates is not None:
        first, last = dates.period
        return Decimal((last - first).days + 1)
    return None


def gathering_total(found: Gathering, tables: PolicyTables, on: date) -> Iterator[Measure]:
    """All costs but the teachers', who have a standard of their own."""
    standard = tables.find(found.table, {"class": found.grade, "item": "total"}, on)
    if standard is not None:
        spent = sum(fen for kind, fen in found.costs_fen.items() if kind != LECTURE_KIND)
        yield _measure(found.path, spent, standard, found.people, found.days)


def gathering_items(
    found: Gathering, tables: PolicyTables, on: date
) -> Iterator[tuple[str, Measure]]:
    for kind, fen in found.costs_fen.items():
        standard = tables.find(found.table, {"class": found.grade, "item": kind}, on)
        if kind and standard is not None:
            yield kind, _measure(found.path, fen, standard, found.people, found.days)


def lectures(document: PolicyDocument, tables: PolicyTables) -> Iterator[tuple[Row, Measure]]:
    """Fees by the hour and title. The standard is after tax; what a claim pays is before."""
    if _fee_kind(document) not in {"", LECTURE_KIND}:
        return
    for row in rows(document, PEOPLE):
        fee, units = row.get(FEE), row.get(UNITS)
        standard = tables.find(LECTURE, {"title": row.text(TITLE)}, document.on)
        if fee is None or units is None or standard is None:
            continue
        net_fen = fee.fen
        if fee.field.archive == "ServiceFeeAmount":
            net_fen -= withheld_fen(LABOR_INCOME, fee.fen, tables, document.on) or 0
        limit_fen = _allowed(standard, units.number)
        yield (
            row,
            Measure(
                fee.path,
                net_fen,
                limit_fen,
                {
                    "standard_fen": standard.fen("limit"),
                    "hours": plain(units.number),
                    **cited(standard),
                },
            ),
        )


def _fee_kind(document: PolicyDocument) -> str:
    return head(document).text(FEE_KIND)


def fees(document: PolicyDocument, tables: PolicyTables) -> Iterator[tuple[Row, Measure]]:
    """Other fees by the person and day, before tax; one day where the row does not say."""
    kind = _fee_kind(document)
    for row in rows(document, PEOPLE):
        fee, units = row.get(FEE), row.get(UNITS)
        keys = {"kind": kind, "title": row.text(TITLE)}
        standard = tables.find(FEES, keys, document.on)
        if fee is not None and standard is not None:
            days = Decimal(1) if units is None else units.number
            yield row, _measure(fee.path, fee.fen, standard, Decimal(1), days)


def meals(document: PolicyDocument, tables: PolicyTables) -> Iterator[Measure]:
    """One working meal a day for each person on the row."""
    standard = tables.find(MEALS, {"meal": WORKING_MEAL}, document.on)
    if standard is None:
        return
    for meaning in DINNERS:
        for row in rows(document, meaning):
            yield _by_guests(row, standard, _nights(row) + 1)


def guest_lodging(document: PolicyDocument, tables: PolicyTables) -> Iterator[Measure]:
    standard = tables.find(LODGING, {"season": "usual"}, document.on)
    if standard is None:
        return
    for row in rows(document, HOTEL):
        yield _by_guests(row, standard, max(_nights(row), 1))


def _by_guests(row: Row, standard: Standard, days: int) -> Measure:
    people = Decimal(row.fen(GUESTS))
    return _measure(row.path, row.fen(AMOUNT), standard, people, Decimal(days))


def _nights(row: Row) -> int:
    first, last = row.get(FROM), row.get(TO)
    return 0 if first is None or last is None else (last.day - first.day).days


@dataclass(frozen=True, slots=True)
class AbroadSpending:
    """What one item came to in one country and currency; the limit is None where none is set."""

    path: str
    item: tuple[str, str]
    country: str
    currency: str
    spent: Decimal
    people: Decimal
    days: Decimal
    standard: Standard | None

    @property
    def limit(self) -> Decimal | None:
        if self.standard is None:
            return None
        return self.standard.number("limit") * self.people * self.days


def abroad(document: PolicyDocument, tables: PolicyTables) -> Iterator[AbroadSpending]:
    """Spending per country, item and currency, of the items that the table speaks of."""
    listed = {one.text("fee_type") for one in tables.rows(ABROAD, document.on)}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows(document, ABROAD_COSTS):
        country = row.text(COUNTRY) or head(document).text(COUNTRY)
        key = (country, row.text(FEE_TYPE), row.text(CURRENCY))
        if key[1] in listed:
            groups.setdefault(key, []).append(row)
    for (country, fee_type, currency), found in groups.items():
        fee = found[0].get(FEE_TYPE)
        keys = {"country": country, "fee_type": fee_type, "currency": currency}
        for people, days, spent in _shares(document, found):
            yield AbroadSpending(
                path=found[0].path,
                item=(fee_type, fee_type) if fee is None else fee.option,
                country=country,
                currency=currency,
                spent=spent,
                people=people,
                days=days,
                standard=tables.find(ABROAD, keys, document.on),
            )


def _shares(
    document: PolicyDocument, found: list[Row]
) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    """Rows that say their people and days are measured each, the others all together."""
    form = head(document)
    left, back = form.get(LEFT), form.get(CAME_BACK)
    together = Decimal(0)
    for row in found:
        spent = row.get(FOREIGN)
        people, days = row.get(ROW_PEOPLE), row.get(ROW_DAYS)
        if spent is None:
            continue
        if people is not None and days is not None:
            yield people.number, days.number, spent.number
        else:
            together += spent.number
    if together and left is not None and back is not None:
        days_away = Decimal((back.day - left.day).days + 1)
        yield Decimal(form.fen(OUR_PEOPLE)), days_away, together
