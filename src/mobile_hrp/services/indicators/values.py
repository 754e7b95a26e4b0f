"""Values by month and department, each with the version of the definition it was computed with.

What is kept back of small groups is decided over all departments of a month before anything is
left out for the viewer: what somebody sees of a department does not depend on what else they may
see. Months are whole and departments do not overlap, so no two questions differ by a few people.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.definition import Dataset, Indicator
from mobile_hrp.domain.indicator.evaluation import Fact, Result, evaluate, shown_value
from mobile_hrp.domain.indicator.suppression import hidden_groups
from mobile_hrp.domain.indicator.terms import ValueState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.indicators.facts import ByPlace, Months, read_facts
from mobile_hrp.services.indicators.versions import Version, Versions, versions_of

MONTHS_MAX = 36


@dataclass(frozen=True, slots=True)
class Value:
    """One value. ``department_id`` None is the whole hospital; ``shown`` is in the unit's part."""

    indicator: Indicator
    version: Version
    month: date
    department_id: uuid.UUID | None
    state: ValueState
    shown: int | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None


@dataclass(frozen=True, slots=True)
class MonthValues:
    """All departments of one month, and the hospital."""

    hospital: Value
    departments: Mapping[uuid.UUID, Value]


def months_of(first: str, last: str) -> Months:
    """Read two months given as ``2026-11``.

    Raises:
        Refusal: INDICATOR_MONTHS for anything else, for an empty span or one beyond three years.
    """
    found = Months(month_of(first, path="from"), month_of(last, path="until"))
    if not 1 <= len(found.each()) <= MONTHS_MAX:
        raise Refusal("INDICATOR_MONTHS", path="until", limit=MONTHS_MAX)
    return found


def month_of(text: str, *, path: str = "month") -> date:
    """The first day of a month. Raises Refusal INDICATOR_MONTHS."""
    try:
        if len(text) == len("2026-11"):
            return date.fromisoformat(f"{text}-01")
    except ValueError:
        pass
    raise Refusal("INDICATOR_MONTHS", path=path, limit=MONTHS_MAX)


async def month_values(
    session: AnySession,
    *,
    indicators: Sequence[Indicator],
    months: Months,
    choose: Callable[[Versions, date], Version] = Versions.on,
) -> Mapping[tuple[str, date], MonthValues]:
    """Every value of some indicators, nobody's view. ``choose`` picks the version of a month."""
    versions = await versions_of(session, indicators)
    facts: dict[str, ByPlace] = {}
    found: dict[tuple[str, date], MonthValues] = {}
    for indicator in indicators:
        for month in months.each():
            version = choose(versions[indicator.code], month)
            dataset = version.definition.dataset
            if dataset.code not in facts:
                facts[dataset.code] = await _facts(session, dataset, months)
            places = {
                place: rows for (when, place), rows in facts[dataset.code].items() if when == month
            }
            found[indicator.code, month] = _of_month(indicator, version, month, places)
    return found


async def _facts(session: AnySession, dataset: Dataset, months: Months) -> ByPlace:
    return await read_facts(session, dataset=dataset, months=months)


def _of_month(
    indicator: Indicator, version: Version, month: date, places: Mapping[uuid.UUID, Sequence[Fact]]
) -> MonthValues:
    results = {place: evaluate(version.definition, rows) for place, rows in places.items()}
    whole = evaluate(version.definition, [fact for rows in places.values() for fact in rows])
    hidden, total_too = hidden_groups({place: one.people for place, one in results.items()})

    def value(place: uuid.UUID | None, result: Result, *, hide: bool) -> Value:
        return value_of(indicator, version, month, place, result, hide=hide)

    return MonthValues(
        value(None, whole, hide=total_too),
        {place: value(place, one, hide=place in hidden) for place, one in results.items()},
    )


def value_of(
    indicator: Indicator,
    version: Version,
    month: date,
    department_id: uuid.UUID | None,
    result: Result,
    *,
    hide: bool,
) -> Value:
    """A result as it may be shown; what is kept back is not in it."""
    if hide:
        return Value(indicator, version, month, department_id, ValueState.TOO_FEW)
    if result.fault:
        return Value(indicator, version, month, department_id, ValueState.FAULT)
    if result.value is None:
        return Value(indicator, version, month, department_id, ValueState.NO_DATA)
    return Value(
        indicator,
        version,
        month,
        department_id,
        ValueState.SHOWN,
        shown_value(result.value, indicator.unit),
        result.numerator,
        result.denominator,
    )


def require_place(viewer: Viewer, department_id: uuid.UUID | None) -> None:
    """Whether the viewer may read values of a department; of the hospital everybody with a post.

    Raises:
        Refusal: PERMISSION_DENIED without any such post, NOT_FOUND alike for a department that is
            not there and one that the post does not cover.
    """
    viewer.require_held(Permission.INDICATOR_VIEW)
    if department_id is not None and not viewer.can(
        Permission.INDICATOR_VIEW, department_id=department_id
    ):
        raise Refusal("NOT_FOUND", path="departmentId")


async def series(
    session: AnySession,
    *,
    viewer: Viewer,
    indicator: Indicator,
    months: Months,
    department_id: uuid.UUID | None,
) -> Sequence[Value]:
    """One value a month, earliest first. Raises Refusal as ``require_place``."""
    require_place(viewer, department_id)
    found = await month_values(session, indicators=[indicator], months=months)
    return [pick(found[indicator.code, month], department_id) for month in months.each()]


def pick(values: MonthValues, department_id: uuid.UUID | None) -> Value:
    """The value of one place; no data where it has none."""
    if department_id is None:
        return values.hospital
    whole = values.hospital
    nothing = Value(whole.indicator, whole.version, whole.month, department_id, ValueState.NO_DATA)
    return values.departments.get(department_id, nothing)


def seen_by(viewer: Viewer, values: MonthValues) -> Sequence[Value]:
    """The departments of a month that the viewer's post covers."""
    reach = viewer.reach(Permission.INDICATOR_VIEW)
    return [
        one
        for place, one in sorted(values.departments.items())
        if reach.hospital or place in reach.departments
    ]
