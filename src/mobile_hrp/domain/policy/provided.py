"""Values the policy tables give to a form: allowances, estimates, tax. Suggestions, except tax.

Each answers in stored form (money in fen, decimals as text) or with None where the form does not
say enough yet, or where no standard is in force: then the person fills the field in.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from mobile_hrp.domain.policy.cities import city_region
from mobile_hrp.domain.policy.labor_tax import withheld
from mobile_hrp.domain.policy.paid_people import paid_people
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import PolicyDocument

_ALLOWANCES: Final = "travel_allowance_daily"
_CONFERENCE: Final = "conference_per_head_day"
_TRAINING: Final = "training_per_head_day"
_ALLOWANCE_KINDS: Final = ("meals", "local_transport")
_TOTAL: Final = "total"

Provide: TypeAlias = Callable[[PolicyDocument, PolicyTables], Any]


def travel_allowance(document: PolicyDocument, tables: PolicyTables) -> Any:
    """A row per traveller and kind for the calendar days of the trip, at the best region's rate.

    Travellers are those of the transport and lodging rows, or the requester.
    """
    values = document.values
    first, last = _day(values.get("dep_date")), _day(values.get("return_date"))
    if first is None or last is None or last < first:
        return None
    days = (last - first).days + 1
    travellers = _travellers(values) or [str(document.requester_id)]
    rows = []
    for kind in _ALLOWANCE_KINDS:
        rates = [
            found.fen("amount")
            for region in _regions(values, tables, document.on)
            if (found := tables.find(_ALLOWANCES, {"region": region, "kind": kind}, document.on))
        ]
        if rates:
            rows += [
                {"traveler": who, "kind": kind, "days": str(days), "amount": days * max(rates)}
                for who in travellers
            ]
    return rows or None


def _travellers(values: Mapping[str, Any]) -> list[str]:
    listed = [*(values.get("transport") or ()), *(values.get("lodging") or ())]
    return list(dict.fromkeys(str(row["traveler"]) for row in listed if row.get("traveler")))


def _regions(values: Mapping[str, Any], tables: PolicyTables, on: date) -> list[str]:
    cities = [row.get("arr_city") for row in values.get("transport") or ()]
    cities += [row.get("city") for row in values.get("lodging") or ()]
    return sorted({city_region(str(city), tables, on) for city in cities if city} | {"*"})


def conference_estimate(document: PolicyDocument, tables: PolicyTables) -> Any:
    """A row per item of the class's standard: heads by days by the limit."""
    values = document.values
    heads = _whole(values.get("reps")) + _whole(values.get("workers"))
    return _estimate(document, tables, _CONFERENCE, heads)


def training_estimate(document: PolicyDocument, tables: PolicyTables) -> Any:
    return _estimate(document, tables, _TRAINING, _whole(document.values.get("attendees")))


def _estimate(document: PolicyDocument, tables: PolicyTables, code: str, heads: int) -> Any:
    """By item where the standard has items; its total only where it has nothing else."""
    values, period = document.values, document.values.get("period") or {}
    first, last = _day(period.get("from")), _day(period.get("to"))
    if first is None or last is None or last < first or heads <= 0:
        return None
    days = (last - first).days + 1
    standards = {
        one.text("item"): one.fen("limit")
        for one in tables.rows(code, document.on)
        if one.text("class") == values.get("category")
    }
    if len(standards) > 1:
        standards.pop(_TOTAL, None)
    rows = []
    for item, limit_fen in standards.items():
        name = _kind_names(document).get(item)
        row = {"item": name or _name_of(document), "amount": heads * days * limit_fen}
        rows.append({**row, "kind": item} if name else row)
    return rows or None


def _kind_names(document: PolicyDocument) -> dict[str, str]:
    """What the form calls the kinds of cost."""
    return {
        option.code: option.name.zh
        for field in document.fields
        if field.prefill in PROVIDERS
        for column in field.columns
        if column.key == "kind"
        for option in column.options
    }


def _name_of(document: PolicyDocument) -> str:
    """What the form calls the estimate, for a standard that has no items."""
    return next(field.name.zh for field in document.fields if field.prefill in PROVIDERS)


def personal_tax(document: PolicyDocument, tables: PolicyTables) -> Any:
    """The tax withheld from all people of the form together, in fen."""
    found = withheld(document, paid_people(document), tables)
    return sum(one.tax_fen for one in found) if found else None


PROVIDERS: Final[Mapping[str, Provide]] = MappingProxyType(
    {
        "travel_allowance": travel_allowance,
        "conference_estimate": conference_estimate,
        "training_estimate": training_estimate,
        "personal_tax": personal_tax,
    }
)
"""By the name that forms use for it."""


def provided(document: PolicyDocument, tables: PolicyTables) -> dict[str, Any]:
    """What the server fills in of this form, by field key: values nobody edits."""
    found: dict[str, Any] = {}
    for field in document.fields:
        name = field.calculation.provider if field.calculation is not None else ""
        if name in PROVIDERS:
            value = PROVIDERS[name](document, tables)
            if value is not None:
                found[field.key] = value
    return found


def prefilled(document: PolicyDocument, tables: PolicyTables) -> dict[str, Any]:
    """What the server suggests for this form, by field key; only columns the form has."""
    found: dict[str, Any] = {}
    for field in document.fields:
        if field.prefill not in PROVIDERS:
            continue
        rows = PROVIDERS[field.prefill](document, tables)
        columns = {column.key: column for column in field.columns}
        if rows is not None:
            found[field.key] = [
                {key: value for key, value in row.items() if key in columns} for row in rows
            ]
    return found


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: Any) -> int:
    return int(Decimal(str(value))) if isinstance(value, int | str) and str(value) else 0
