"""When a date in an approved document is told: some days before it, or again and again after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

TELLINGS_MAX = 12
"""After so many times nobody is told of the same date any more."""


@dataclass(frozen=True, slots=True)
class DateRule:
    """One kind that a date in a scenario's form produces.

    ``field`` is the date's key; of a date range, its end. ``rows`` names the table whose column it
    is, ``name`` the column that says which row. Told once in the ``before`` days up to it; with
    ``every`` from the day after it, once in so many days, for as long as nobody acts.
    """

    kind: str
    scenario: str
    field: str
    before: int = 0
    every: int = 0
    rows: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """One date that is to be told now. ``key`` is the same for each of its tellings."""

    due_on: date
    key: str
    days_over: int = 0
    named: str = ""


RULES: tuple[DateRule, ...] = (
    DateRule("seal_return_due", "seal_use", "return_at", before=1),
    DateRule("asset_return_due", "asset_transfer", "return_on", before=1),
    DateRule("export_expiring", "data_export", "keep_until", before=7),
    DateRule("contract_expiry", "contract_approval", "period", before=30),
    DateRule(
        "contract_milestone",
        "contract_approval",
        "due_on",
        before=7,
        rows="pay_plan",
        name="milestone",
    ),
    DateRule("material_overdue", "urgent_purchase", "papers_by", every=7),
    DateRule("prepay_aging", "prepay_request", "settle_by", every=30),
)


def dues_of(rule: DateRule, values: Mapping[str, Any], today: date, zone: tzinfo) -> Iterator[Due]:
    """What a document's form leads to today by one rule; nothing where the form says no date."""
    if not rule.rows:
        found = _due(rule, _day_of(values.get(rule.field), zone), today, "")
        if found is not None:
            yield found
        return
    rows = values.get(rule.rows)
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, Mapping):
            found = _due(rule, _day_of(row.get(rule.field), zone), today, f":{number}")
            if found is not None:
                yield Due(found.due_on, found.key, found.days_over, str(row.get(rule.name, "")))


def _due(rule: DateRule, day: date | None, today: date, suffix: str) -> Due | None:
    if day is None:
        return None
    left = (day - today).days
    if rule.every:
        if left >= 0:
            return None
        telling = (-left - 1) // rule.every
        if telling >= TELLINGS_MAX:
            return None
        return Due(day, f"{day.isoformat()}:{telling}{suffix}", days_over=-left)
    return Due(day, f"{day.isoformat()}{suffix}") if 0 <= left <= rule.before else None


def _day_of(value: object, zone: tzinfo) -> date | None:
    """The day a field's value names: a date, a moment's date there, the end of a range."""
    if isinstance(value, Mapping):
        value = value.get("to")
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-11-22"):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value).astimezone(zone).date()
    except ValueError:
        return None
