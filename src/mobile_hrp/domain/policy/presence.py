"""Who, by a form, is where and when: trips, rides, overtime, work elsewhere, leave."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mobile_hrp.domain.policy.facts.whereabouts import Presence, WhereKind
from mobile_hrp.domain.policy.forms import Entry, Row, identifier, rows_in
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType

_BEGINNING: Final = ("DepDate", "StartDate")
_END: Final = ("ReturnDate", "EndDate")
_TRAVELLERS: Final = ("TravelerInfoData", "passengers", "doctor")
_ALLOWANCES: Final = ("AllowanceData",)
_LOCAL_TRANSPORT: Final = "local_transport"
_ELSEWHERE: Final = ("org", "invite_org", "host_org")
_DESTINATIONS: Final = ("Destination", "to_place")


def presences(
    fields: tuple[FieldDefinition, ...], values: Mapping[str, Any], requester: str
) -> tuple[Presence, ...]:
    """What a form of these fields says; nothing for forms that are not about being somewhere."""
    form = Row("values", fields, values)
    lists = rows_in(fields, values)
    people = _people(form, lists, requester)
    return tuple(
        found
        for person, path in people
        for found in (
            *_trips(form, lists, person, path),
            *_ranges(form, person, path),
            *_timed(form, lists, person, path),
        )
    )


def _people(form: Row, lists: tuple[Row, ...], requester: str) -> tuple[tuple[str, str], ...]:
    """Each person once, with the path that names them; the requester where nobody is named."""
    found: dict[str, str] = {}
    for entry in form.of_type(FieldType.STAFF, FieldType.STAFF_LIST):
        if {identifier(entry.field), entry.field.key} & set(_TRAVELLERS):
            for person, path in _listed(entry):
                found.setdefault(person, path)
    if not found:
        for row in lists:
            for entry in row.of_type(FieldType.STAFF):
                found.setdefault(entry.text, entry.path)
    return tuple(found.items()) or ((requester, ""),)


def _listed(entry: Entry) -> list[tuple[str, str]]:
    if isinstance(entry.value, list):
        return [(str(one), f"{entry.path}.{number}") for number, one in enumerate(entry.value)]
    return [(entry.text, entry.path)]


def _trips(form: Row, lists: tuple[Row, ...], person: str, path: str) -> Iterable[Presence]:
    allowance = any(
        row.container is not None
        and identifier(row.container) in _ALLOWANCES
        and any(entry.value == _LOCAL_TRANSPORT for entry in row.of_type(FieldType.ENUM))
        and any(entry.text == person for entry in row.of_type(FieldType.STAFF))
        for row in lists
    )
    for row in (form, *lists):
        if row.container is not None and row.container.type is not FieldType.ITINERARY:
            continue
        begins, ends = row.named(*_BEGINNING), row.named(*_END)
        if begins is not None and ends is not None and begins.day <= ends.day:
            yield Presence(
                person,
                WhereKind.TRIP,
                begins.day,
                ends.day,
                place=_destination(row) or _first_city(lists),
                path=path or begins.path,
                transport_allowance=allowance,
            )


def _destination(row: Row) -> str:
    entry = row.named(*_DESTINATIONS)
    return entry.text if entry else ""


def _first_city(lists: tuple[Row, ...]) -> str:
    """Where a claim without a destination was: the first place that was slept at or gone to."""
    for names in (("city",), ("ArrCity",)):
        for row in lists:
            entry = row.named(*names)
            if entry is not None:
                return entry.text
    return ""


def _ranges(form: Row, person: str, path: str) -> Iterable[Presence]:
    """Ranges of days: of rides, of work elsewhere, of leave."""
    rides = any(field.type is FieldType.ITINERARY for field in form.fields)
    elsewhere = form.named(*_ELSEWHERE)
    leaves = any(field.prefill == "workdays" for field in form.fields)
    if rides:
        kind = WhereKind.CAR
    elif elsewhere is not None:
        kind = WhereKind.OUTSIDE
    elif leaves:
        kind = WhereKind.LEAVE
    else:
        return
    for entry in form.of_type(FieldType.DATERANGE):
        yield Presence(
            person,
            kind,
            entry.first_day,
            entry.last_day,
            place=elsewhere.text if elsewhere else "",
            path=path or entry.path,
        )


def _timed(form: Row, lists: tuple[Row, ...], person: str, path: str) -> Iterable[Presence]:
    """Slots of time on the spot, and a moment elsewhere."""
    for row in lists:
        moments = row.of_type(FieldType.DATETIME)
        if len(moments) > 1:
            spot = Presence(person, WhereKind.OVERTIME, moments[0].day, moments[1].day)
            yield _between(moments[0], moments[1], replace(spot, path=row.path))
    elsewhere = form.named(*_ELSEWHERE)
    for moment in form.of_type(FieldType.DATETIME):
        if elsewhere is not None:
            away = Presence(person, WhereKind.OUTSIDE, moment.day, moment.day, elsewhere.text)
            yield _between(moment, moment, replace(away, path=path or moment.path))


def _between(first: Entry, last: Entry, presence: Presence) -> Presence:
    starts, ends = (datetime.fromisoformat(one.text) for one in (first, last))
    return replace(
        presence,
        first_on=starts.date(),
        last_on=ends.date(),
        starts_at=starts,
        ends_at=max(starts, ends),
    )
